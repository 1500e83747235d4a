#!/usr/bin/env python3
"""Decides on the release of a key to a node, from Ward's evidence, without any program of Ward.

usage: release.py EVIDENCE RELEASE-POLICY CHALLENGE AK.PEM [KEY ANSWER]

With KEY, a file, the key is released: written to ANSWER, encrypted for the RSA key that the node has bound to its quote.

Needs tpm2_checkquote (tpm2-tools), openssl and Python's standard library. Exit status 0: the key may be released;
1: it may not, and the last line says why.
"""
import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

ALGORITHMS = {4: "sha1", 11: "sha256", 12: "sha384", 13: "sha512"}
EVENTS = {1, 2, 3, 4, 5}  # policy, separator, checkpoint, gpu, launch
OPERATIONAL = {3, 4, 5}


class Refused(Exception):
    pass


def check(name, holds, found):
    if not holds:
        raise Refused(f"{name}: found {found}")
    print(f"{name}: {found}")


def run(*command):
    """Whether a program agrees."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def quoted_selection(quote):
    """The list of PCRs in a TPMS_ATTEST, and the rest of it: TPM 2.0 Part 2, section 10.12.12."""
    magic, kind = struct.unpack_from(">IH", quote)
    if magic != 0xFF544347 or kind != 0x8018:
        raise Refused("quote: not one of a TPM")
    offset = 6
    for _ in range(2):  # the name of the key, and the nonce
        offset += 2 + struct.unpack_from(">H", quote, offset)[0]
    offset += 17 + 8  # the clock, the firmware's version
    start = offset
    (count,) = struct.unpack_from(">I", quote, offset)
    offset += 4
    for _ in range(count):
        offset += 3 + quote[offset + 2]
    return quote[start:offset]


def selection(bank, pcrs):
    algorithm = {name: number for number, name in ALGORITHMS.items()}[bank]
    bits = sum(1 << pcr for pcr in pcrs)
    return struct.pack(">IHB", 1, algorithm, 3) + bits.to_bytes(3, "little")


def records(log):
    """Type, value and all bytes of each TLV."""
    offset = 0
    while offset < len(log):
        kind, size = struct.unpack_from(">BI", log, offset)
        end = offset + 5 + size
        if end > len(log):
            raise Refused("event log: it ends inside a record")
        yield kind, log[offset + 5:end], log[offset:end]
        offset = end


def replay(log, pcr, bank):
    """The PCR's value by the log, and the events: type and JSON."""
    value = bytes(hashlib.new(bank).digest_size)
    events, locked = [], False
    fields = list(records(log))
    if len(fields) % 4:
        raise Refused("event log: it ends inside a record")
    for number in range(len(fields) // 4):
        recnum, register, digests, content = fields[4 * number:4 * number + 4]
        if (recnum[0], recnum[1]) != (0, struct.pack(">Q", number)):
            raise Refused(f"event log: record {number} has another number")
        if (register[0], register[1]) != (1, bytes([pcr])) or digests[0] != 3 or content[0] != 0x57:
            raise Refused(f"event log: record {number} is of another register or kind")
        found = {ALGORITHMS[kind]: digest for kind, digest, _ in records(digests[1])}
        # The whole content is hashed, with its type.
        for algorithm, digest in found.items():
            if hashlib.new(algorithm, content[2]).digest() != digest:
                raise Refused(f"event log: record {number} has another digest")
        value = hashlib.new(bank, value + found[bank]).digest()
        ((kind, text, _),) = records(content[1])
        if kind not in EVENTS:
            raise Refused(f"event log: record {number} is an event of an unknown kind")
        if locked and kind not in OPERATIONAL:
            raise Refused(f"event log: record {number} may not follow the separator")
        locked = locked or kind == 2
        if (kind == 1) != (number == 0):
            raise Refused("event log: the policy is the first event, and only the first")
        events.append((kind, json.loads(text)))
    return value, events


def fingerprint(key):
    """The same for every text of one public key."""
    read = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.encode(), capture_output=True,
                          check=False)
    if read.returncode:
        raise Refused("signers: the release policy has no public key for each")
    return read.stdout


def signed_by(envelope, bundle, keys, folder):
    """The names of those whose signature of the bundle is right (DSSE)."""
    if base64.b64decode(envelope["payload"]) != bundle:
        raise Refused("signers: the signatures are those of another bundle")
    if len({fingerprint(key) for key in keys.values()}) != len(keys):
        raise Refused("signers: one key stands for two of them")
    kind = "application/vnd.ward.policy.v1+json"
    if envelope["payloadType"] != kind:
        raise Refused("signers: the signatures are of another kind")
    message, signature, key = folder / "message", folder / "signature", folder / "key.pem"
    message.write_bytes(f"DSSEv1 {len(kind)} {kind} {len(bundle)} ".encode() + bundle)
    names = set()
    for entry in envelope["signatures"]:
        if entry["keyid"] not in keys:
            continue
        signature.write_bytes(base64.b64decode(entry["sig"]))
        key.write_text(keys[entry["keyid"]])
        if run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message, "-sigfile",
               signature) or run("openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message):
            names.add(entry["keyid"])
        else:
            raise Refused(f"signers: the signature of {entry['keyid']} is wrong")
    return names


def decide(evidence, policy, challenge, key, folder):
    quote = base64.b64decode(evidence["quote"])
    bundle = base64.b64decode(evidence["bundle"])
    bank, pcrs = policy["bank"], [policy["policyPCR"], policy["eventPCR"]]
    values = [bytes.fromhex(evidence[name]["value"]) for name in ("policyPCR", "eventPCR")]
    if pcrs[0] > pcrs[1]:
        values.reverse()

    # Before any value is hashed: exactly these PCRs, once, in one selection.
    check("selection", quoted_selection(quote) == selection(bank, pcrs), f"{bank}:{pcrs}")
    extra = base64.b64decode(evidence.get("extra", ""))
    inner = hashlib.sha256(challenge + hashlib.sha256(extra).digest()).digest()
    nonce = hashlib.sha256(b"ward/v1 Evidence" + inner).hexdigest()
    (folder / "quote").write_bytes(quote)
    (folder / "quote.sig").write_bytes(base64.b64decode(evidence["signature"]))
    (folder / "pcrs").write_bytes(b"".join(values))
    check("signature, nonce and values", run(
        "tpm2_checkquote", "-u", key, "-m", folder / "quote", "-s", folder / "quote.sig", "-f", folder / "pcrs",
        "-l", f"{bank}:{','.join(str(pcr) for pcr in sorted(pcrs))}", "-q", nonce), "as tpm2_checkquote says")

    digest = hashlib.sha256(bundle).hexdigest()
    check("bundle", digest == policy["bundle"], digest)
    expected = policy["values"][bank]
    check("policy PCR", evidence["policyPCR"]["value"] == expected, evidence["policyPCR"]["value"])
    value, events = replay(base64.b64decode(evidence["eventLog"]), policy["eventPCR"], bank)
    check("event PCR", value.hex() == evidence["eventPCR"]["value"], f"{value.hex()} after {len(events)} events")
    check("policy event", events and events[0][1]["digest"] == digest, events[0][1] if events else "none")
    configuration = hashlib.sha256(base64.b64decode(evidence.get("configuration", ""))).hexdigest()
    check("configuration", events[0][1]["configuration"] == configuration, configuration)
    if policy["lockdown"]:
        check("lockdown", any(kind == 2 for kind, _ in events), "whether there is a separator")
    if "floor" in policy:
        version = json.loads(bundle)["version"]
        check("version", version >= policy["floor"], version)
    if "signers" in policy:
        envelope = json.loads(base64.b64decode(evidence.get("envelope", "bnVsbA=="))) or {}
        names = signed_by(envelope, bundle, policy["signers"]["keys"], folder) if envelope else set()
        check("signers", len(names) >= policy["signers"]["required"], sorted(names))


def wrap(key, evidence, answer, folder):
    """Encrypts for whoever made the evidence: RSA-OAEP with SHA-256. Only after the decision: the quote binds `extra`."""
    recipient = folder / "recipient.pem"
    recipient.write_bytes(base64.b64decode(evidence.get("extra", "")))
    check("recipient", run(
        "openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", recipient, "-in", key, "-out", answer,
        "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"), "as openssl says")


def main():
    if len(sys.argv) not in (5, 7):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        try:
            evidence, policy = (json.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:3])
            challenge = pathlib.Path(sys.argv[3]).read_bytes()
            decide(evidence, policy, challenge, sys.argv[4], pathlib.Path(folder))
            if len(sys.argv) == 7:
                wrap(sys.argv[5], evidence, sys.argv[6], pathlib.Path(folder))
        except (Refused, OSError, KeyError, TypeError, ValueError, struct.error, IndexError) as error:
            sys.exit(f"no key: {error}")
    print("release")


if __name__ == "__main__":
    main()
