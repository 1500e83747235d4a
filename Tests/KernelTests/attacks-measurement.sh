#!/usr/bin/env bash
# The same on any kernel: not repeated in the VM
# Attacks on the measurement of a node under an enforcing policy: bundles, registers and logs that are not those of the
# boot, a TPM that is gone, slow or reset. Each is refused with its code, changes nothing, and leaves one record.
# shellcheck disable=SC2154 # work comes from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
cd "$work" || exit 1

export TPM2TOOLS_TCTI
tools() {
  ln -sfn "$work/tpm/control" "$work/tpm/socket.ctrl"
  TPM2TOOLS_TCTI=swtpm:path=$work/tpm/socket
}

# boot: the node as after a boot; nothing is measured yet.
boot() {
  reset_tpm
  tools
  rm -rf /run/ward/*
  configure "$@"
}

create() { ward create --bundle box "$1" </dev/null >out 2>&1; }
records() { wardctl denials list --all --json 2>/dev/null | jq length; }
code() { wardctl denials list --json | jq -r 'last.violations[0].code'; }

# attack NAME CODE: what is asked now is refused with the code, makes nothing, and is on record once.
attack() {
  local before after begin=$SECONDS
  before=$(records)
  if create attacked; then
    not_ok "$1" 'the container was created'
    ward delete --force attacked
    return
  fi
  after=$(records)
  if [[ $(code) != "$2" || $(<out) != *"$2"* ]]; then
    not_ok "$1" "expected $2, got $(code) and $(<out)"
  elif ((after != before + 1)); then
    not_ok "$1" "expected one record more than $before, got $after"
  elif [[ -n $(ward list -q) ]]; then
    not_ok "$1" "left $(ward list -q)"
  elif ((SECONDS - begin > 10)); then
    not_ok "$1" "took $((SECONDS - begin)) seconds"
  else
    ok "$1"
  fi
}

works() {
  if create genuine; then
    ok "$1"
    ward delete --force genuine
  else
    not_ok "$1" "$(<out)"
  fi
}

boot
compile_box 2 || { not_ok compile 'no policy'; finish; }
box_bundle box
cp policy.json genuine.json
sed 's/version: 1}/version: 2}/' policy.yaml >next.yaml
wardctl policy compile --output next.json next.yaml >/dev/null

# Before anything is measured, and with a bundle that was only put there.
attack nothing-is-measured WARD-POLICY-MISSING
cp genuine.json /run/ward/policy.json
attack put-there-and-not-measured WARD-LOG-INVALID
boot
wardctl measure --bundle genuine.json --lockdown >/dev/null
works measured

# The bundle is another one: altered by one bit, an older or newer one that was good elsewhere, cut, absent, a link, a FIFO.
sed 's/"version":1/"version":3/' genuine.json >/run/ward/policy.json
attack altered-bundle WARD-PCR-MISMATCH
cp next.json /run/ward/policy.json
attack other-genuine-bundle WARD-PCR-MISMATCH
head -c -1 genuine.json >/run/ward/policy.json
attack cut-bundle WARD-PCR-MISMATCH
rm /run/ward/policy.json
attack no-bundle WARD-POLICY-MISSING
ln -s "$work/genuine.json" /run/ward/policy.json
attack link-for-a-bundle WARD-POLICY-UNREADABLE
rm /run/ward/policy.json
mkfifo /run/ward/policy.json
attack fifo-for-a-bundle WARD-POLICY-UNREADABLE
rm /run/ward/policy.json
cp genuine.json /run/ward/policy.json
works bundle-put-back

# The event log is another one.
cp /run/ward/event.log event.log
python3 - event.log <<'PYTHON'
import pathlib, struct, sys
log = pathlib.Path(sys.argv[1]).read_bytes()
def tlv(data):
    kind, length = struct.unpack(">BI", data[:5])
    return kind, data[5:5 + length], data[5 + length:]
def put(kind, value): return struct.pack(">BI", kind, len(value)) + value
records, rest = [], log
while rest:
    parts = []
    for _ in range(4):
        kind, value, rest = tlv(rest)
        parts.append((kind, value))
    records.append(parts)
def write(name, records):
    pathlib.Path(name).write_bytes(b"".join(put(k, v) for record in records for k, v in record))
policy, separator = records[0], records[1]
write("changed-type", [policy, separator[:3] + [(separator[3][0], put(4, tlv(separator[3][1])[1]))]] + records[2:])
write("gap", [policy] + records[2:])
write("without-its-end", records[:-1])
write("event-after-separator", records + [[(0, struct.pack(">Q", len(records)))] + separator[1:]])
write("foreign-register", [policy, [separator[0], (1, b"\x0d")] + separator[2:]] + records[2:])
PYTHON
for log in changed-type gap event-after-separator foreign-register; do
  cp "$log" /run/ward/event.log
  attack "log-with-$log" WARD-LOG-INVALID
done
cp without-its-end /run/ward/event.log
attack log-without-its-end WARD-LOG-MISMATCH
cp event.log /run/ward/event.log
works log-put-back

# The registers are extended by somebody else, after load: in the bank that counts. The other banks are for the verifier,
# who pins one.
tpm2_pcrextend "14:sha256=$(printf '%064d' 0)" 2>said
attack event-register-extended WARD-LOG-MISMATCH
boot
wardctl measure --bundle genuine.json >/dev/null
tpm2_pcrextend "8:sha256=$(sha256sum <genuine.json | cut -c1-64)" 2>said
attack measured-twice WARD-PCR-MISMATCH
refuses nothing-is-measured-over-it 'already measured in this boot' wardctl measure --bundle genuine.json

# Extended before the start, in any bank.
for bank in sha1:40 sha256:64 sha384:96 sha512:128; do
  boot
  tpm2_pcrextend "8:${bank%:*}=$(printf "%0${bank#*:}d" 0)" 2>said
  refuses "extended-before-the-start-in-${bank%:*}" 'expected zero' wardctl measure --bundle genuine.json
done

# An old bundle with good signatures.
openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null
openssl pkey -in key.pem -pubout -out key.pub
wardctl policy sign --key key.pem --name author genuine.json >/dev/null
boot "\"policySigners\":$(jq -cn --rawfile key key.pub '{required: 1, keys: {author: $key}}')" '"policyFloor":{"attacked":2}'
refuses old-bundle-with-a-good-signature WARD-POLICY-FLOOR wardctl measure --bundle genuine.json
wardctl policy sign --key key.pem --name author next.json >/dev/null
check new-bundle wardctl measure --bundle next.json
rm genuine.json.dsse

# Versions that are none.
for version in '"7"' -1 9223372036854775808 0 7.0; do
  sed "s/\"version\":1/\"version\":$version/" genuine.json >none.json
  refuses "version-$version" version wardctl measure --bundle none.json
done
sed 's/"apiVersion":"ward\/v1"/"apiVersion":"ward\/v2"/' genuine.json >none.json
refuses unknown-form-of-policy 'ward/v1' wardctl measure --bundle none.json

# The TPM is slow, gone, and another one.
boot
wardctl measure --bundle genuine.json >/dev/null
kill -STOP "$(<tpm/pid)"
attack stopped-tpm WARD-TPM-UNAVAILABLE
kill -CONT "$(<tpm/pid)"
works tpm-goes-on
kill -KILL "$(<tpm/pid)"
while kill -0 "$(<tpm/pid)" 2>/dev/null; do sleep 0.05; done
attack no-tpm WARD-TPM-UNAVAILABLE
start_tpm
attack tpm-after-a-reset WARD-NOT-MEASURED

# A TPM that ends while it works: whatever moment it is, the container is there whole or not at all.
boot
wardctl measure --bundle genuine.json >/dev/null
for ((moment = 0; moment < 8; moment++)); do
  create "killed-$moment" &
  sleep "0.00$moment"
  kill -KILL "$(<tpm/pid)" 2>/dev/null
  if wait $!; then
    ward state "killed-$moment" >/dev/null || not_ok "tpm-killed-at-$moment" 'created, and not there'
    ward kill "killed-$moment" KILL >/dev/null 2>&1
  fi
  start_tpm
  reset_tpm
  rm -rf /run/ward/policy.json /run/ward/event.log*
  wardctl measure --bundle genuine.json >/dev/null
  ward delete --force "killed-$moment" >/dev/null 2>&1
done
same tpm-killed-leaves-nothing '' "$(ward list -q)"
works after-killed-tpms
finish
