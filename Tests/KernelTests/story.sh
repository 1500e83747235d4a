#!/usr/bin/env bash
# The whole story on two machines: boot, measure, lockdown, launch, quote, verify outside the VM, key unsealed, model volume
# opened, inference answered; then the same with a policy that differs in one byte. This script is the host's part: author,
# maker of the machine, and key service with its verifier. The node is the VM, and its part is story/node.sh; it is booted
# twice with one TPM. Between the two go nothing but files in one folder for each boot: policy and images to the node, and the
# messages of key service and node.
# Boots the VM itself: there is no part for this machine's kernel.
# shellcheck disable=SC2094,SC2154,SC2317 # messages are named as files are; work and tpm come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
built=$checkout/.build-quickstart
[[ -e $built/images.lock ]] || { not_ok story 'Hack/quickstart --prepare has not built the images' && finish; }
cd "$work" || exit 1
# All this lies in a RAM disk that the VM does not see.
mkdir author verifier plain

# The author: a model that the host cannot read, a policy, and what a node has to prove for the key.
wardctl image mount "$built/images.lock" minilm --images "$built/images" plain
cp "$built/images.lock" images.lock
check the-model-is-encrypted wardctl image build --volume --encrypt minilm-key --new-key author/minilm-key \
  --output "$images" --lock images.lock --name minilm plain
umount plain
wardctl policy compile --images images.lock --integrity dm-verity --output policy.json \
  "$checkout/Manifests/policies/inference.yaml" >said 2>&1 || cat said >&2
sed 's/"version":1}$/"version":2}/' policy.json >other.json
same one-byte-differs 1 "$(cmp -l policy.json other.json | wc -l)"
wardctl attest expect --format release-policy policy.json >verifier/release.json

# The maker of the machine, who knows its TPM and tells the verifier of its attestation key.
reset_tpm
wardctl attest key create --tpm "$tpm" >/dev/null
check the-verifier-knows-the-machine wardctl attest key export --tpm "$tpm" --format pem --output verifier/ak.pem
end_tpm

# boot POLICY EXPECTED: the node boots with the policy on its disk, and is expected to get the key or not.
boot() {
  shared=$work/$2
  mkdir -p "$shared/service" "$shared/images"
  cp "$1" "$shared/policy.json"
  ln "$images"/* "$shared/images"
  (cd "$checkout" && exec Hack/vm --tpm-state "$work/tpm" --out "$shared" --timeout 300 -- \
    "$checkout/Tests/KernelTests/story/node.sh" "$2" "$work/author/minilm-key") </dev/null &
  vm=$!
}
# send MESSAGE, receive MESSAGE: to and from the node; there is nothing to receive when the VM has ended.
send() { cat >"$shared/service/.$1" && mv "$shared/service/.$1" "$shared/service/$1"; }
receive() {
  until [[ -e $shared/service/$1 ]]; do
    kill -0 "$vm" 2>/dev/null || return
    sleep 0.1
  done
  cat "$shared/service/$1"
}
# challenge: the node asks for the key, and answers the service's challenge with evidence.
challenge() {
  receive request >request && [[ $(jq -r .key request) == minilm-key ]] || return
  head -c 32 /dev/urandom >challenge
  send challenge <challenge
  receive evidence.json >evidence.json && [[ -s evidence.json ]]
}
# verify, release: the two verifiers, who have the evidence, the challenge, the key of the machine and the author's word.
verify() { wardctl attest verify evidence.json --challenge challenge --ak ak.pem --release-policy release.json "$@"; }
release() {
  "$checkout/Manifests/keyrelease/release.py" evidence.json release.json challenge ak.pem ../author/minilm-key answer
}
# answer: what the service sends back.
answer() { if [[ -s answer ]]; then send answer <answer; else release 2>&1 | send refusal; fi; }
failed_checks() { verify --json | jq -r '[.checks[] | select(.result == "failed") | .check] | join(" ")'; }
resets() { verify --json | jq .clock.resets; }
ended() { wait "$vm" || not_ok "$1" "the node's part has failed"; }
cd verifier || exit 1

boot ../policy.json key
check quote challenge
check verify-outside-the-vm verify
check a-party-without-ward-releases-the-key release
first=$(resets)
jq -r .extra evidence.json | base64 -d >../recorded-for
answer
ended key

mv answer ../recorded
boot ../other.json no-key
cp ../policy.json "$shared/attested.json"
cp ../recorded ../recorded-for "$shared"
check quote-with-one-byte-changed challenge
check the-same-tpm-booted-again test "$(resets)" -gt "$first"
verify >judgement
same not-verified-outside-the-vm 2 $?
same the-verifier-says-which-check bundle "$(failed_checks)"
digest() { sha256sum <"$1" | cut -d' ' -f1; }
check the-verifier-says-what-it-found grep -q "^bundle  *failed  *expected $(digest ../policy.json), found $(
  digest ../other.json)" judgement
refuses no-release-by-a-party-without-ward 'no key: bundle' release
same no-answer absent "$(test -e answer && echo there || echo absent)"
answer
ended no-key
finish
