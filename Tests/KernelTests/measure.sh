#!/usr/bin/env bash
# The measurement and the events on a node of its own; in the VM on a real TPM device.
# shellcheck source=harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# Small, so that it can be filled; what is decided is written elsewhere.
mount -t tmpfs -o size=1M,mode=0700 tmpfs /run/ward
eval "plain_$(declare -f configure)"
configure() { plain_configure '"decisionLog":{"path":"/var/lib/decisions.jsonl"}' "$@"; }
configure
cd "$work" || exit 1

# bundle NAME VERSION: a policy that admits everything, in canonical form.
bundle() {
  printf '{"apiVersion":"ward/v1","kind":"PolicyBundle","mode":"conformance","name":"%s","version":%s}' "$1" "$2"
}

# expected BANK FILE: the value of the policy PCR.
expected() { wardctl attest expect --json --bank "$1" "$2" | jq -r ".banks.$1.value"; }

bundle first 7 >first.json
bundle second 7 >second.json
refuses nothing-is-measured-yet 'nothing was measured' wardctl attest log
refuses no-lockdown-without-a-policy WARD-POLICY-MISSING wardctl measure --lockdown

digest=$(sha256sum <first.json | cut -d' ' -f1)
by_hand=$( (head -c 32 /dev/zero; printf '%b' "$(sed 's/../\\x&/g' <<<"$digest")") | sha256sum | cut -d' ' -f1)
same expected-value-by-hand "$by_hand" "$(expected sha256 first.json)"

configure '"policyFloor":{"first":8}'
refuses below-the-floor WARD-POLICY-FLOOR wardctl measure --bundle first.json

# Who must have signed stands in the configuration. What is not signed by enough of them is not measured.
for name in alice bob mallory; do
  openssl genpkey -algorithm ed25519 -out "$name.pem" 2>/dev/null
  openssl pkey -in "$name.pem" -pubout -out "$name.pub"
done
signers=$(jq -cn --rawfile alice alice.pub --rawfile bob bob.pub \
  '{required: 2, keys: {alice: $alice, bob: $bob}}')
configure "\"policySigners\":$signers"
sign() { wardctl policy sign --key "$1.pem" --name "$2" "${3:-first.json}" >/dev/null; }
refuses unsigned 'found no envelope' wardctl measure --bundle first.json
sign alice alice
refuses signed-by-one 'found 1 (alice)' wardctl measure --bundle first.json
sign mallory mallory
refuses signed-by-another 'not signed: bob' wardctl measure --bundle first.json
sign mallory bob
refuses signed-under-anothers-name 'signature of bob' wardctl measure --bundle first.json
cp first.json.dsse forged.dsse
rm first.json.dsse
sign alice alice
sign bob bob
refuses another-file-of-signatures 'signature of bob' wardctl measure --bundle first.json --signature forged.dsse
same nothing-was-changed '' "$(ls /run/ward)"
printf '\n' | cat first.json - >blank.json
refuses not-canonical 'canonical' wardctl measure --bundle blank.json
same measure-says-who-signed 'alice bob' \
  "$(wardctl measure --bundle first.json --json | jq -r '.signers | join(" ")')"
same signatures-are-kept "$(sha256sum <first.json.dsse)" "$(sha256sum </run/ward/policy.json.dsse)"
same configuration-is-measured "$(sha256sum </etc/ward/ward.json | cut -d' ' -f1)" \
  "$(wardctl attest log --json | jq -r '.[0].content.configuration')"
same measured-file-is-the-bundle "$digest" "$(sha256sum </run/ward/policy.json | cut -d' ' -f1)"
sign alice alice second.json
sign bob bob second.json
refuses second-bundle 'already measured in this boot' wardctl measure --bundle second.json
before=$(sha256sum </run/ward/event.log)
check same-bundle-again wardctl measure --bundle first.json
same same-bundle-again-changes-nothing "$before" "$(sha256sum </run/ward/event.log)"
same bundle-stays "$digest" "$(sha256sum </run/ward/policy.json | cut -d' ' -f1)"

check lockdown wardctl measure --lockdown
refuses same-bundle-after-lockdown 'already measured in this boot' wardctl measure --bundle first.json
refuses second-lockdown 'evidence of GPUs after the separator' wardctl measure --lockdown
same events 'policy separator' "$(wardctl attest log --json | jq -r '[.[].content.event] | join(" ")')"

mkdir -p bundle/rootfs
ward spec --bundle bundle
jq '.process.args = ["/bin/true"] | .process.terminal = false' bundle/config.json >config.json
mv config.json bundle/config.json

# The configuration is that of the boot, or nothing works.
cp /etc/ward/ward.json ward.json
configure
refuses another-configuration WARD-CONFIGURATION-MISMATCH ward create --bundle bundle other
cp ward.json /etc/ward/ward.json

# A launch is told to the PCR before anything of it is made; one that cannot be told is none.
ward create --bundle bundle launched </dev/null >/dev/null 2>said || true
same launch-is-measured "$digest" "$(wardctl attest log --json | jq -r 'last.content | select(.event == "launch").policy')"
head -c 2M /dev/zero >/run/ward/fill 2>/dev/null
refuses no-room-for-the-event WARD-LAUNCH-UNMEASURED ward create --bundle bundle unmeasured
rm /run/ward/fill
same no-launch-more 1 "$(wardctl attest log --json | jq '[.[] | select(.content.event == "launch")] | length')"
same nothing-was-made '' "$(ward list -q)"

# The kernel's own view of the device, which knows nothing of ward.
banks=(/sys/class/tpm/tpm0/pcr-*)
if [[ $tpm == device:* && -e ${banks[0]} ]]; then
  for bank in "${banks[@]}"; do
    name=${bank##*-}
    same "kernel-reads-$name" "$(expected "$name" first.json)" "$(tr 'A-F' 'a-f' <"$bank/8")"
  done
else
  skip kernel-reads-the-pcr 'no TPM device'
fi

# The units' own commands; a boot of another TPM than the VM's.
for unit in "$checkout"/Manifests/systemd/*.service; do
  check "unit-${unit##*/}" grep -q '^ExecStart=/usr/bin/wardctl ' "$unit"
done
if [[ $tpm != device:* ]]; then
  reset_tpm
  rm -rf /run/ward/*
  plain_configure
  cp first.json /etc/ward/policy.json
  read -ra command < <(sed -n 's,^ExecStart=/usr/bin/,,p' "$checkout/Manifests/systemd/ward-measure.service")
  check the-unit-measures "${command[@]}"
  same the-unit-locks-down 'policy separator' "$(wardctl attest log --json | jq -r '[.[].content.event] | join(" ")')"
fi
finish
