#!/usr/bin/env bash
# The measurement and the events on a node of its own; in the VM on a real TPM device.
# shellcheck source=harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
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
configure
printf '\n' | cat first.json - >blank.json
refuses not-canonical 'canonical' wardctl measure --bundle blank.json
check measure wardctl measure --bundle first.json
same measured-file-is-the-bundle "$digest" "$(sha256sum </run/ward/policy.json | cut -d' ' -f1)"
refuses second-bundle 'already measured in this boot' wardctl measure --bundle second.json
refuses same-bundle-again 'already measured in this boot' wardctl measure --bundle first.json
same bundle-stays "$digest" "$(sha256sum </run/ward/policy.json | cut -d' ' -f1)"

check lockdown wardctl measure --lockdown
refuses second-lockdown 'only checkpoints after the separator' wardctl measure --lockdown
same events 'policy separator' "$(wardctl attest log --json | jq -r '[.[].content.event] | join(" ")')"

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
finish
