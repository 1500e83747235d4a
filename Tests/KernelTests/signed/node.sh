#!/usr/bin/env bash
# The node's part of signed.sh, in the VM and as its only task. The kernel checks signatures by what the firmware has told
# it; nobody on the node adds a key.
# shellcheck disable=SC2034,SC2154 # the functions of harness.sh use what stands here
source "$(dirname "${BASH_SOURCE[0]}")/../harness.sh"
work=$WARD_VM_OUT bin=$WARD_BIN images=$WARD_VM_OUT/images tpm=device:/dev/tpmrm0
# shellcheck source=../enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/../enforced.sh"
root=$(jq -r .images.box.rootHash "$work/images.lock")
model=$(jq -r .images.model.rootHash "$work/images.lock")
mkdir -p /etc/ward
mkdir -m 0700 /run/ward

check kernel-demands-signatures sh -c 'modprobe --remove dm_verity && modprobe dm_verity require_signatures=1'
same kernel-has-the-owner-from-the-firmware 1 "$(grep -c 'asymmetri owner: ' /proc/keys)"
configure '"rootHashSignatures":true'
check measure wardctl measure --bundle "$work/policy.json"

create() { ward create --bundle "$work/box" box </dev/null >/run/said 2>&1; }
# with SIGNATURE: the image is signed so; without one where it is left out.
with() { rm -f "$images/$root.p7s" && if (($#)); then cp "$work/signatures/$1" "$images/$root.p7s"; fi; }
# refused NAME TEXT: a container is refused for the signature's sake, and the message has the text.
refused() {
  if create; then not_ok "$1" 'it was created'; else same "$1" WARD-IMAGE-SIGNATURE "$(grep -o 'WARD-[A-Z-]*' /run/said | head -n 1)"; fi
  check "$1-says-why" grep -qF "$2" /run/said
  ward delete --force box >/dev/null 2>&1
}
with
refused without-a-signature "$root.p7s: not in the image directories"
with stranger
refused signature-of-a-stranger 'this kernel does not trust the signer of the root hash'
with other
refused signature-of-another-root-hash 'the signature is not one of this root hash'
same no-refused-signature-left-a-device '' "$(gone box)"

with owner
# A block of BusyBox, which the codes repair.
dd if=/dev/urandom of="$images/$root.erofs" bs=4096 seek=30 count=1 conv=notrunc status=none
if create; then ok signature-of-the-owner; else not_ok signature-of-the-owner "$(</run/said)"; fi
same kernel-was-given-it '10 root_hash_sig_key_desc ward:root-hash-signature' \
  "$(dmsetup table "ward-$root" | cut -d' ' -f14,23-)"
# Whatever the size of a model, opening it reads its superblock and the way to that from the top of the tree.
loop=$(losetup --noheadings --output NAME --associated "$images/$model.erofs")
same "opening-64-MiB-reads-little" yes "$(awk '{ print ($3 * 512 < 1048576 ? "yes" : $3 * 512 " bytes") }' "/sys/block/${loop##*/}/stat")"
check container-runs ward start box
bare_config | jq '.process | .args = ["/bin/facts"]' >/run/facts.json
check files-are-read ward exec --process /run/facts.json box
cat "/run/ward/images/$root/mount/bin/busybox" >/dev/null
same repairs-are-shown 'box dm-verity false true' "$(wardctl image live --json | jq -r --arg root "$root" '
  .[] | select(.rootHash == $root) | "\(.containers[]) \(.integrity) \(.corrupt) \(.repairs > 0)"')"
check kill ward kill box KILL
check delete ward delete --force box
same nothing-is-left '' "$(gone box)"
# The kernel's word stands for every device, and not for those of Ward alone.
wardctl image inspect "$work/images.lock" box --json >/run/image
entry() { jq -r ".image.$1" /run/image; }
loop=$(losetup --find --show --read-only "$images/$root.erofs")
refuses unsigned-device-of-root 'Required key not available' dmsetup create --readonly unsigned --table "0 $((
  $(entry dataBlocks) * 8)) verity 1 $loop $loop 4096 4096 $(entry dataBlocks) $(($(entry hashOffset) / 4096)) sha256 $root $(
  entry salt)"
losetup --detach "$loop"
finish
