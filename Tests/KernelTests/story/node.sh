#!/usr/bin/env bash
# The node's part of story.sh, in the VM and as its only task: node.sh key | no-key FILE, with the FILE that has the key on
# the host. The node knows no more than what its verified file system would hold, and the host's files in $WARD_VM_OUT.
# shellcheck disable=SC2034,SC2154,SC2317 # the quickstart's functions use some and make others
source "$(dirname "${BASH_SOURCE[0]}")/../harness.sh"
here=$checkout/Hack
built=$checkout/.build-quickstart
# shellcheck source=../../../Hack/lib/quickstart/main-job.sh
source "$here/lib/quickstart/main-job.sh"
shared=$WARD_VM_OUT
suffix=''
[[ $1 == key ]] || suffix=-with-one-byte-changed
work=$(mktemp -d) bin=$WARD_BIN images=$shared/images tpm=device:/dev/tpmrm0
root=$(basename "$images"/*.crypt .crypt)
cd "$work" || exit 1

mkdir -p /etc/ward /run/key-service
mkdir -m 0700 /run/ward
mount --bind "$shared/service" /run/key-service
install -D "$checkout/Manifests/keyrelease/key-request" /usr/local/libexec/ward/key-request
ln -s "$bin/wardctl" /usr/local/bin/wardctl
configure '"keyProvider":"/usr/local/libexec/ward/key-request"' '"keyProviderTimeout":120'
jq -c --arg built "$built/images" '.images += [$built]' /etc/ward/ward.json >changed && cat changed >/etc/ward/ward.json

check "no-key-in-reach$suffix" test ! -e "$2"
same "boot$suffix" "$(printf '%064d' 0)" "$(</sys/class/tpm/tpm0/pcr-sha256/8)"
check "measure$suffix" wardctl measure --bundle "$shared/policy.json"
check "lockdown$suffix" wardctl measure --lockdown

launch_sandbox() {
  write_pod_files
  sandbox_config >"$work/sandbox/config.json"
  ward create --bundle "$work/sandbox" --pid-file "$work/sandbox/pid" "$sandbox" </dev/null >said 2>&1 &&
    ward start "$sandbox"
}
if launch_sandbox; then ok "launch$suffix"; else not_ok "launch$suffix" "$(tail -n 1 said)"; fi
container_config >"$work/embed/config.json"
# Within this command the node quotes, the host verifies, and what it answers is unsealed.
ward create --bundle "$work/embed" --pid-file "$work/embed/pid" "$container" </dev/null >said 2>&1
status=$?
devices() { cat /sys/block/dm-*/dm/name 2>/dev/null | grep -F "$root" | sort | xargs; }

with_the_key() {
  ((status == 0)) || { not_ok key-unsealed "$(tail -n 1 said)" && return; }
  ok key-unsealed
  same model-volume-opened "ward-$root ward-$root-crypt" "$(devices)"
  ward start "$container"
  if (ask_for_embeddings) >said 2>&1; then ok inference-answered; else
    not_ok inference-answered "$(tail -n 3 said | tr '\n' ' ')"
  fi
  ward kill "$container" KILL
  ward delete --force "$container"
  same model-volume-closed '' "$(devices)"
}

without_the_key() {
  same no-key-no-model 'WARD-IMAGE-KEY 1' "$(grep -o 'WARD-[A-Z-]*' said | head -n 1) $status"
  check the-refusal-says-which-check grep -q 'no key: bundle' said
  same no-model-volume '' "$(devices)"
  same no-container "$sandbox" "$(ward list -q)"

  # The host has kept the answer of the boot before. The TPM has the key that it is for, and does not use it.
  wardctl attest expect --json --bank sha256 "$shared/attested.json" | jq -r .banks.sha256.value | xxd -r -p >value
  tpm2_createpolicy -Q --policy-pcr -l sha256:8 -f value -L attested
  tpm2_createprimary -Q -C o -G rsa2048:null:null -a 'fixedtpm|fixedparent|sensitivedataorigin|decrypt' -L attested -c key
  tpm2_readpublic -Q -c key -f pem -o key.pem
  same the-key-of-the-boot-before "$(<"$shared/recorded-for")" "$(<key.pem)"
  refuses a-recorded-answer-opens-nothing 'a policy check failed' \
    tpm2_rsadecrypt -Q -c key -p pcr:sha256:8 -s oaep "$shared/recorded"
}

export TPM2TOOLS_TCTI=$tpm
if [[ $1 == key ]]; then with_the_key; else without_the_key; fi
ward delete --force "$sandbox"
finish
