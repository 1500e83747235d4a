#!/usr/bin/env bash
# Keys, evidence and sealed secrets, judged by tpm2-tools, OpenSSL and Python; in the VM on a real TPM device.
# shellcheck source=harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
configure
cd "$work" || exit 1

# The tools look for a swtpm's control socket beside the other.
export TPM2TOOLS_TCTI=$tpm
if [[ $tpm == swtpm:* ]]; then
  ln -s control "$work/tpm/socket.ctrl"
  TPM2TOOLS_TCTI=swtpm:path=${tpm#swtpm:}
fi

# bundle NAME VERSION: a policy that admits everything, in canonical form.
bundle() {
  printf '{"apiVersion":"ward/v1","kind":"PolicyBundle","mode":"conformance","name":"%s","version":%s}' "$1" "$2"
}
# field NAME FILE: base64 of a JSON file, decoded.
field() { jq -r "$1" "$2" | base64 -d; }

bundle first 7 >first.json
bundle second 7 >second.json
# Something for the decision log: nothing is measured yet.
mkdir nothing
printf '{"ociVersion":"1.0.2"}' >nothing/config.json
ward create --bundle nothing early </dev/null >said 2>&1

# Signed by two.
openssl genpkey -algorithm ed25519 -out alice.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out bob.pem
openssl genpkey -algorithm ed25519 -out carol.pem
for name in alice bob carol; do openssl pkey -in "$name.pem" -pubout -out "$name.pub"; done
for name in alice bob; do wardctl policy sign --key "$name.pem" --name "$name" first.json >/dev/null; done
configure "\"policySigners\":$(jq -cn --rawfile alice alice.pub --rawfile bob bob.pub \
  '{required: 2, keys: {alice: $alice, bob: $bob}}')"

# Sealed secrets.
head -c 64 /dev/urandom >secret
check seal-for-a-policy-to-come wardctl attest seal --input secret --bundle first.json --output first.sealed
wardctl attest seal --input - --bundle second.json --output second.sealed <secret
refuses no-secret-before-the-policy 'found zero: no policy was measured' wardctl attest unseal first.sealed
head -c 129 /dev/urandom >long
refuses no-secret-too-long 'file too large' wardctl attest seal --input long --bundle first.json --output long.sealed
check measure wardctl measure --bundle first.json
wardctl attest unseal first.sealed >opened 2>said
same unseal-under-the-policy "$(sha256sum <secret)" "$(sha256sum <opened)"
refuses no-secret-under-another-policy \
  "expected PCR 8 (sha256) $(wardctl attest expect --json second.json | jq -r .banks.sha256.value), found $(
    wardctl attest expect --json first.json | jq -r .banks.sha256.value)" wardctl attest unseal second.sealed
jq -c ".value=$(jq .value first.sealed)" second.sealed >liar.sealed
refuses no-secret-for-an-edited-value 'expected the policy of PCR 8 with this value' wardctl attest unseal liar.sealed
jq -c '.parent="000b'"$(printf '%064d' 0)"'"' first.sealed >elsewhere.sealed
refuses no-secret-from-another-tpm 'sealed under another storage key' wardctl attest unseal elsewhere.sealed

if [[ $tpm == swtpm:* ]]; then
  # Somebody between the program and the TPM shows a storage key of theirs when it is made, and the TPM's own one when it
  # is asked for again.
  cat >between.py <<'PYTHON'
import hashlib, socket, sys

def message(peer):
    data = b""
    while len(data) < 10 or len(data) < int.from_bytes(data[2:6], "big"):
        part = peer.recv(4096)
        if not part:
            sys.exit()
        data += part
    return data

# The generator of P-256 is a point, too.
point = bytes.fromhex(
    "0020" "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "0020" "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
client, _ = server.accept()
tpm = socket.socket(socket.AF_UNIX)
tpm.connect(sys.argv[2])
while True:
    command = message(client)
    tpm.sendall(command)
    answer = message(tpm)
    if command[6:10] == bytes.fromhex("00000131") and answer[6:10] == bytes(4):  # TPM2_CreatePrimary
        area = answer[20:20 + int.from_bytes(answer[18:20], "big")]
        other = area[:-len(point)] + point
        name = lambda area: bytes.fromhex("000b") + hashlib.sha256(area).digest()
        answer = answer.replace(area, other).replace(name(area), name(other))
    client.sendall(answer)
PYTHON
  python3 between.py "$work/between" "${tpm#swtpm:}" &
  while [[ ! -S between ]]; do sleep 0.05; done
  refuses no-secret-to-a-key-of-another 'sealed under another storage key' \
    wardctl attest unseal first.sealed --tpm "swtpm:$work/between"
  wait
  # Nobody of the same user may look into the process: its files in /proc are root's then (proc(5)).
  chmod 711 "$work"
  mkfifo secrets
  exec 9<>secrets
  setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/wardctl" attest seal --input - --bundle first.json --output no <&9 \
    >said 2>&1 &
  pid=$!
  owner=
  for ((round = 0; round < 200 && ${owner:-1} != 0; round++)); do
    sleep 0.05
    owner=$(stat -c %u "/proc/$pid/environ" 2>/dev/null)
  done
  same seal-is-not-dumpable 0 "$owner"
  kill "$pid"
  wait
  exec 9>&-
  chmod 700 "$work"
fi

# What we seal is opened by tpm2-tools under the same policy, and so is what they seal for it by us.
storage='fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'
tpm2_createprimary -Q -C o -G ecc:aes128cfb -g sha256 -a "$storage" -c parent.ctx 2>>said
field .public first.sealed >sealed.pub
field .private first.sealed >sealed.priv
tpm2_load -Q -C parent.ctx -u sealed.pub -r sealed.priv -c sealed.ctx 2>>said
tpm2_flushcontext -t 2>>said
tpm2_unseal -c sealed.ctx -p pcr:sha256:8 2>>said >opened
same tpm2-unseal "$(sha256sum <secret)" "$(sha256sum <opened)"
tpm2_flushcontext -t 2>>said
tpm2_startauthsession -Q -S trial.ctx 2>>said
tpm2_policypcr -Q -S trial.ctx -l sha256:8 -L policy.digest 2>>said
tpm2_flushcontext trial.ctx 2>>said
same policy-digest-by-tpm2-policypcr "$(xxd -p -c 64 policy.digest)" "$(xxd -s 12 -l 32 -p -c 64 sealed.pub)"

# The attestation key.
check key-create wardctl attest key create
same key-is-found "$(wardctl attest key create | tail -n 1)" "name $(wardctl attest key export --format name)"
wardctl attest key export --format pem >ak.pem
tpm2_readpublic -Q -c 0x81010002 -f pem -o by-tools.pem 2>>said
same tpm2-readpublic "$(<by-tools.pem)" "$(<ak.pem)"
tpm2_createprimary -Q -C o -G ecc -c other.ctx 2>>said
tpm2_evictcontrol -Q -C o -c other.ctx 0x81010003 2>>said
tpm2_flushcontext -t 2>>said
refuses no-other-key-as-attestation-key 'expected a restricted signing key' wardctl attest key create --handle 0x81010003
refuses no-key-where-there-is-none 'found nothing' wardctl attest key export --format pem --handle 0x81010004

# Credential activation, both sides against tpm2-tools; in the emulated VM, where each program takes long, of one kind.
kinds=(rsa ecc)
[[ ${WARD_VM:-} != 1 ]] || kinds=(ecc)
for kind in "${kinds[@]}"; do
  wardctl attest key export --endorsement "$kind" --output node.json
  wardctl attest key export --endorsement "$kind" --key endorsement --format pem --output ek.pem
  wardctl attest key challenge node.json --ek ek.pem --output credential --keep pending.json
  check "activate-$kind" wardctl attest key activate credential --endorsement "$kind" --output answer
  check "confirm-$kind" wardctl attest key confirm pending.json --answer answer --output confirmed.pem
  same "confirmed-key-$kind" "$(<ak.pem)" "$(<confirmed.pem)"

  tpm2_createek -Q -G "$kind" -c ek.ctx -u ek.pub 2>>said
  tpm2_flushcontext -t 2>>said
  tpm2_startauthsession -Q --policy-session -S session.ctx 2>>said
  tpm2_policysecret -Q -S session.ctx -c e 2>>said
  tpm2_activatecredential -Q -c 0x81010002 -C ek.ctx -i credential -o by-tools -P session:session.ctx 2>>said
  same "tpm2-activatecredential-$kind" "$(sha256sum <answer)" "$(sha256sum <by-tools)"
  tpm2_flushcontext session.ctx 2>>said
  tpm2_flushcontext -t 2>>said

  head -c 32 /dev/urandom >token
  tpm2_makecredential -Q -T none -G "$kind" -u ek.pem -s token \
    -n "$(wardctl attest key export --format name)" -o by-tools.credential 2>>said
  wardctl attest key activate by-tools.credential --endorsement "$kind" --output answer
  same "tpm2-makecredential-$kind" "$(sha256sum <token)" "$(sha256sum <answer)"
  refuses "wrong-answer-$kind" 'expected the secret of the credential' \
    wardctl attest key confirm pending.json --answer answer --output confirmed.pem
done

# A key whose maker certified it: the certificate lies in the TPM's storage.
if [[ ${WARD_VM:-} != 1 ]]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout maker.key -out maker.pem -days 30 \
    -subj '/CN=Maker of TPMs' 2>>said
  wardctl attest key export --endorsement ecc --key endorsement --format pem --output ek.pem
  openssl req -new -key maker.key -subj '/CN=TPM' 2>>said |
    openssl x509 -req -force_pubkey ek.pem -CA maker.pem -CAkey maker.key -set_serial 1 -outform DER -out ek.crt 2>>said
  tpm2_nvdefine -Q -C o -s "$(stat -c %s ek.crt)" -a 'ownerread|authread|ownerwrite' 0x01c0000a 2>>said
  tpm2_nvwrite -Q -C o -i ek.crt 0x01c0000a 2>>said
  wardctl attest key export --output node.json
  check certified-endorsement-key \
    wardctl attest key challenge node.json --ek-ca maker.pem --output credential --keep pending.json
  refuses foreign-maker 'expected a certificate of one of the authorities' \
    wardctl attest key challenge node.json --ek-ca <(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
      -nodes -keyout /dev/null -subj '/CN=Another' 2>>said) --output credential --keep pending.json
  wardctl attest key activate credential --output answer
  check confirm-certified wardctl attest key confirm pending.json --answer answer --output ak.pem
fi

# The evidence.
head -c 32 /dev/urandom >challenge
echo 'a key of the node' >extra
check quote wardctl attest quote --challenge challenge --extra extra --output evidence.json
field .quote evidence.json >quote.msg
field .signature evidence.json >quote.sig
jq -r '.policyPCR.value + .eventPCR.value' evidence.json | xxd -r -p >quote.pcrs
nonce=$( (printf 'ward/v1 Evidence'; (cat challenge; sha256sum <extra | xxd -r -p) | sha256sum | xxd -r -p) |
  sha256sum | cut -d' ' -f1)
check tpm2-checkquote tpm2_checkquote -u ak.pem -m quote.msg -s quote.sig -f quote.pcrs -l sha256:8,14 -q "$nonce"
same tpm2-pcrread "$(xxd -p -c 64 quote.pcrs)" "$(tpm2_pcrread -Q sha256:8,14 -o /dev/stdout 2>>said | xxd -p -c 64)"
same log-in-json 'policy checkpoint' "$(wardctl attest log --json --check | jq -r '[.[].content.event] | join(" ")')"

# verify EVIDENCE ARGUMENT...: the checks that failed.
verify() {
  local evidence=$1
  shift
  wardctl attest verify "$evidence" --json --challenge challenge --extra extra --ak ak.pem "$@" 2>said |
    jq -r 'if .verified then "verified" else [.checks[] | select(.result == "failed") | .check] | join(" ") end'
}
same not-locked-down lockdown "$(verify evidence.json --bundle first.json)"
same open-node verified "$(verify evidence.json --bundle first.json --allow-open)"
mv evidence.json open.json
wardctl measure --lockdown >/dev/null
wardctl attest quote --challenge challenge --extra extra --output evidence.json
same verified verified "$(verify evidence.json --bundle first.json)"
same another-policy bundle "$(verify evidence.json --bundle second.json)"
wardctl attest verify evidence.json --challenge challenge --ak ak.pem --bundle second.json >said 2>&1
same status-of-a-failure 2 $?
check says-which grep -q "^bundle  *failed  *expected $(sha256sum second.json | cut -d' ' -f1), found $(
  sha256sum first.json | cut -d' ' -f1)" said
head -c 32 /dev/urandom >other
same replayed-answer nonce "$(verify evidence.json --bundle first.json --challenge other)"
same challenge-in-hex verified "$(verify evidence.json --bundle first.json --challenge "$(xxd -p -c 64 challenge)")"
same old-challenge freshness "$(verify evidence.json --bundle first.json --issued "$(($(date +%s) - 61))" --max-age 60)"
for option in --max-age=-1 --issued=-9223372036854775808; do
  refuses "no-time-below-zero${option%%=*}" 'expected seconds from 0 on' \
    wardctl attest verify evidence.json --challenge challenge --ak ak.pem --bundle first.json --issued 1 --max-age 1 "$option"
done
same shipped-decisions verified "$(verify evidence.json --bundle first.json --decisions /run/ward/decisions.jsonl)"
sed '$s/{/{ /' /run/ward/decisions.jsonl >changed.jsonl
same changed-decisions decision-log "$(verify evidence.json --bundle first.json --decisions changed.jsonl)"
same rollback floor "$(verify evidence.json --bundle first.json --floor 8)"
same signers verified "$(verify evidence.json --signer alice=alice.pub --signer bob=bob.pub --require 2)"
same too-few-signers signers "$(verify evidence.json --signer alice=alice.pub --signer carol=carol.pub --require 2)"
same decisions-up-to-now "$(wc -l </run/ward/decisions.jsonl) $(tail -n 1 /run/ward/decisions.jsonl |
  sha256sum | cut -d' ' -f1)" "$(jq -r '.decisions | "\(.sequence) \(.digest)"' evidence.json)"

# A party without Ward decides alike.
wardctl attest expect --format release-policy --floor 7 --signer alice=alice.pub --signer bob=bob.pub --require 2 \
  first.json >release.json
refuses no-private-key-is-published 'alice.pem: expected a public key' \
  wardctl attest expect --format release-policy --signer alice=alice.pem --require 1 first.json
refuses no-signer-twice 'found alice twice' wardctl attest expect --format release-policy --signer alice=alice.pub \
  --signer alice=bob.pub --require 1 first.json
refuses no-requirement-below-one 'expected from 1 to 1' \
  wardctl attest expect --format release-policy --signer alice=alice.pub --require=-1 first.json
release() { "$checkout/Manifests/keyrelease/release.py" "$1" release.json challenge ak.pem; }
check release release evidence.json
same release-policy verified "$(verify evidence.json --release-policy release.json)"
wardctl attest expect --format release-policy second.json >other-release.json
wardctl attest expect --format release-policy --signer alice=alice.pub --signer carol=carol.pub --require 2 \
  first.json >carol-release.json
refuses no-release-without-signers 'no key: signers' \
  "$checkout/Manifests/keyrelease/release.py" evidence.json carol-release.json challenge ak.pem
refuses no-release-for-another-policy 'no key: bundle' \
  "$checkout/Manifests/keyrelease/release.py" evidence.json other-release.json challenge ak.pem
refuses no-release-for-an-open-node 'no key: lockdown' release open.json
jq -c '.configuration = "e30="' evidence.json >configured.json
refuses no-release-for-another-configuration 'no key: configuration' release configured.json
jq -c '.floor = 8' release.json >above.json
refuses no-release-below-the-floor 'no key: version' \
  "$checkout/Manifests/keyrelease/release.py" evidence.json above.json challenge ak.pem
jq -c '.signers.keys.twin = .signers.keys.alice' release.json >twin.json
refuses no-release-by-one-key-of-two-names 'no key: signers: one key' \
  "$checkout/Manifests/keyrelease/release.py" evidence.json twin.json challenge ak.pem
# attack NAME FAILED TEXT JQ...: neither party is deceived by evidence that was changed.
attack() {
  local name=$1 failed=$2 text=$3
  shift 3
  jq -c "$@" evidence.json >attack.json
  same "$name" "$failed" "$(verify attack.json --release-policy release.json)"
  refuses "$name-without-ward" "no key: $text" release attack.json
}
# quote_of SELECTION: the TPM signs it as willingly.
quote_of() {
  tpm2_quote -Q -c 0x81010002 -l "$1" -q "$nonce" -m attack.quote -s attack.signature 2>>said
  attack "quote-of-$1" selection selection --arg quote "$(base64 -w0 attack.quote)" \
    --arg signature "$(base64 -w0 attack.signature)" '.quote = $quote | .signature = $signature'
}
quote_of sha256:8+sha256:14
# What follows is the same on any kernel: in the VM it would only take time.
if [[ ${WARD_VM:-} != 1 ]]; then
  quote_of sha256:8,14+sha256:8
  quote_of sha384:8,14
  quote_of sha256:0,8,14
  attack zeros 'values policy-pcr' signature '.policyPCR.value = "'"$(printf '%064d' 0)"'"'
  attack extra-of-another 'nonce extra' signature '.extra = "eA=="'
  # edited EXPRESSION: the log after a change in Python.
  edited() {
    field .eventLog evidence.json | python3 -c '
import base64, sys
log = bytearray(sys.stdin.buffer.read())
'"$1"'
print(base64.b64encode(log).decode())'
  }
  attack log-cut-short event-log 'event log' --arg log "$(edited 'del log[-1]')" '.eventLog = $log'
  attack log-with-a-gap event-log 'event log' --arg log "$(edited 'log[12] = 1')" '.eventLog = $log'
  attack log-of-another-type event-log 'event log' --arg log "$(edited 'log[log.rindex(b"W\0\0\0")] = 0x58')" '.eventLog = $log'
  attack log-twice event-log 'event log' --arg log "$(edited 'log = log + log')" '.eventLog = $log'
fi

# Whoever resets the TPM has PCRs without a policy, and no key.
if [[ -e $work/tpm/pid ]]; then
  reset_tpm
  refuses no-quote-after-a-reset WARD-NOT-MEASURED wardctl attest quote --challenge challenge --output evidence.json
  refuses no-log-after-a-reset WARD-NOT-MEASURED wardctl attest log --check
  refuses no-secret-after-a-reset 'found zero' wardctl attest unseal first.sealed
else
  skip reset-tpm 'no TPM of its own'
fi

# A TPM that says nothing holds nobody up.
if [[ -e $work/tpm/pid ]]; then
  kill -STOP "$(<"$work/tpm/pid")"
  begin=$SECONDS
  refuses stopped-tpm 'no answer in time' wardctl attest unseal first.sealed
  check stopped-tpm-in-time test $((SECONDS - begin)) -le 10
  kill -CONT "$(<"$work/tpm/pid")"
  pid=$(<"$work/tpm/pid")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  refuses ended-tpm 'TPM: ' wardctl attest unseal first.sealed
else
  skip stopped-tpm 'no TPM of its own'
fi
[[ $failed == 0 ]] || cat said >&2
finish
