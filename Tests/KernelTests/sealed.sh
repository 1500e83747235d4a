#!/usr/bin/env bash
# A model whose key needs no key service: an author encrypts the model and seals its key for the policy and this machine; the
# node boots, measures and launches the inference service. Then the same with a policy that differs in one byte. The vTPM is
# a swtpm with its state, which boots twice. story.sh has the same with a verifier outside.
# The same on any kernel: not repeated in the VM, where story.sh opens the model by dm-crypt beneath dm-verity.
# shellcheck disable=SC2034,SC2154,SC2317 # work, bin and tpm come from node; the quickstart's functions use the others
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
here=$checkout/Hack
built=$checkout/.build-quickstart
# shellcheck source=../../Hack/lib/quickstart/main-job.sh
source "$here/lib/quickstart/main-job.sh"
[[ -e $built/images.lock ]] || { not_ok sealed 'Hack/quickstart --prepare has not built the images' && finish; }
node "$@"
cd "$work" || exit 1
cover /usr/local
install -D "$checkout/Manifests/keyrelease/key-provider" /usr/local/libexec/ward/key-provider
mkdir -p /usr/local/bin /etc/ward/keys author
ln -sf "$bin/wardctl" /usr/local/bin/wardctl

# boot BUNDLE: the machine starts with the TPM that it has, and measures.
boot() {
  reset_tpm
  rm -rf /run/ward/*
  configure '"keyProvider":"/usr/local/libexec/ward/key-provider"'
  jq -c --arg built "$built/images" '.images += [$built]' /etc/ward/ward.json >changed && cat changed >/etc/ward/ward.json
  [[ -z $1 ]] || { wardctl measure --bundle "$1" && wardctl measure --lockdown; }
}

# The author: a model that the host cannot read, and a key for one policy on one machine.
boot ''
mkdir plain
wardctl image mount "$built/images.lock" minilm --images "$built/images" plain
cp "$built/images.lock" images.lock
check the-model-is-encrypted wardctl image build --volume --encrypt minilm-key --new-key author/minilm.key \
  --output "$images" --lock images.lock --name minilm plain
umount plain
wardctl policy compile --images images.lock --integrity "$integrity" --output policy.json \
  "$checkout/Manifests/policies/inference.yaml" >said 2>&1 || cat said >&2
check the-key-is-sealed-for-the-policy wardctl attest seal --input author/minilm.key --bundle policy.json \
  --output /etc/ward/keys/minilm-key
sed 's/"version":1}$/"version":2}/' policy.json >other.json
same one-byte-differs 1 "$(cmp -l policy.json other.json | wc -l)"

check boot-measure-lockdown boot policy.json
launch_pod >said 2>&1 </dev/null
same the-pod-runs 'running running' "$(ward list --format json | jq -r '[.[].status] | join(" ")')"
[[ $failed == 0 ]] || cat said >&2
root=$(jq -r .images.minilm.rootHash images.lock)
if (ask_for_embeddings) >answer 2>&1; then ok the-model-answers; else not_ok the-model-answers "$(tail -n 3 answer | xargs)"; fi
ward kill "$container" KILL
ward delete --force "$container"
ward delete --force "$sandbox"
same nothing-is-left '' "$(cat /sys/block/dm-*/dm/name 2>/dev/null | grep -F "$root")"

check boot-with-one-byte-changed boot other.json
{
  sandbox_config >"$work/sandbox/config.json"
  ward create --bundle "$work/sandbox" --pid-file "$work/sandbox/pid" "$sandbox" && ward start "$sandbox"
  container_config >"$work/embed/config.json"
} >said 2>&1 </dev/null
ward create --bundle "$work/embed" "$container" >said 2>&1 </dev/null
same no-key-no-model WARD-IMAGE-KEY "$(grep -o 'WARD-[A-Z-]*' said | head -n 1)"
check the-refusal-says-why grep -q 'expected PCR 8 (sha256)' said
same no-model-is-open '' "$(cat /sys/block/dm-*/dm/name 2>/dev/null | grep -F "$root")"
ward delete --force "$sandbox"
ip netns delete "$(basename "$netns")"
finish
