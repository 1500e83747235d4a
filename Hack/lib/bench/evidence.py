"""Writes evidence of a node with a long event log, signed with a key of its own: usage: evidence.py EVENTS DIRECTORY

No TPM extends a PCR so often in the time of a bench; to whoever verifies it makes no difference."""
import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

BANKS = [(4, "sha1"), (11, "sha256"), (12, "sha384"), (13, "sha512")]


def tlv(kind, value):
    return struct.pack(">BI", kind, len(value)) + value


def record(number, kind, payload):
    text = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    content = tlv(0x57, tlv(kind, text))
    digests = b"".join(tlv(low, hashlib.new(name, content).digest()) for low, name in BANKS)
    bytes_ = tlv(0, struct.pack(">Q", number)) + tlv(1, bytes([14])) + tlv(3, digests) + content
    return bytes_, hashlib.sha256(content).digest()


def extend(value, digest):
    return hashlib.sha256(value + digest).digest()


def sized(value):
    return struct.pack(">H", len(value)) + value


def main():
    count, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    bundle = (b'{"apiVersion":"ward/v1","kind":"PolicyBundle","mode":"conformance","name":"bench","version":1}')
    digest = hashlib.sha256(bundle).hexdigest()
    events = [(1, {"configuration": hashlib.sha256(b"").hexdigest(), "digest": digest, "name": "bench", "version": 1}),
              (2, {})]
    image = hashlib.sha256(b"image").hexdigest()
    events += [(5, {"entry": "embed", "images": [image, image], "policy": digest})] * (count - len(events))
    log, value = [], bytes(32)
    for number, (kind, payload) in enumerate(events):
        written, measured = record(number, kind, payload)
        log.append(written)
        value = extend(value, measured)
    policy_value = extend(bytes(32), bytes.fromhex(digest))

    key = folder / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", folder / "ak.pem"], check=True)
    der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    x, y = der[-64:-32], der[-32:]
    # ECDSA on P-256 with SHA-256, restricted.
    area = struct.pack(">HHI", 0x23, 0x0B, 0x50072) + sized(b"") + struct.pack(
        ">HHHHH", 0x10, 0x18, 0x0B, 0x03, 0x10) + sized(x) + sized(y)
    challenge = bytes(range(32))
    (folder / "challenge").write_bytes(challenge)
    inner = hashlib.sha256(challenge + hashlib.sha256(b"").digest()).digest()
    nonce = hashlib.sha256(b"ward/v1 Evidence" + inner).digest()
    selection = struct.pack(">IHB", 1, 0x0B, 3) + (1 << 8 | 1 << 14).to_bytes(3, "little")
    quote = struct.pack(">IH", 0xFF544347, 0x8018) + sized(b"\x00\x0b" + bytes(32)) + sized(nonce) + struct.pack(
        ">QIIBQ", 1, 1, 0, 1, 1) + selection + sized(hashlib.sha256(policy_value + value).digest())
    (folder / "quote").write_bytes(quote)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key, folder / "quote"], check=True,
                               capture_output=True).stdout
    numbers, offset = [], 2
    for _ in range(2):
        size = signature[offset + 1]
        numbers.append(signature[offset + 2:offset + 2 + size].lstrip(b"\0").rjust(32, b"\0"))
        offset += 2 + size
    signed = struct.pack(">HH", 0x18, 0x0B) + sized(numbers[0]) + sized(numbers[1])

    def text(value):
        return base64.b64encode(value).decode()

    evidence = {
        "apiVersion": "ward/v1", "kind": "Evidence", "bank": "sha256", "quote": text(quote), "signature": text(signed),
        "policyPCR": {"pcr": 8, "value": policy_value.hex()}, "eventPCR": {"pcr": 14, "value": value.hex()},
        "attestationKey": {"public": text(sized(area))}, "bundle": text(bundle), "eventLog": text(b"".join(log)),
    }
    (folder / "evidence.json").write_text(json.dumps(evidence, sort_keys=True, separators=(",", ":")))
    (folder / "policy.json").write_bytes(bundle)


main()
