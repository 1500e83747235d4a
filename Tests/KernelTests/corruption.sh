#!/usr/bin/env bash
# What a node does about a block that is not the pinned one, where its configuration asks for more than an error: the kernel
# stops the machine, or starts it anew, before anybody gets the block. The node is the VM, whose end is the result; its part
# is corruption/node.sh.
# Boots the VM itself: this machine must go on.
# shellcheck disable=SC2034,SC2154 # work, images and checkout come from node; enforced.sh reads integrity
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
cd "$work" || exit 1
eval "plain_$(declare -f image_root)"
image_root() {
  plain_image_root "$1"
  seq 100000 >"$1/etc/large"
}
integrity=dm-verity
compile_box || { not_ok policy 'it was not compiled' && finish; }
box_bundle box
# One byte in the middle of a file: whoever opens the image does not read it.
image=$(echo "$images"/*.erofs)
place=$(grep -obaF $'\n77777\n' "$image" | head -n 1 | cut -d: -f1)
printf x | dd of="$image" bs=1 seek=$((place + 3)) conv=notrunc status=none
# All this lies in a RAM disk that the VM does not see.
mkdir shared
mv images policy.json images.lock box shared
cd "$checkout" || exit 1

# ends_by RESPONSE WORDS: the VM ends while the block is read, and its kernel says why.
ends_by() {
  local status=0
  rm -f "$work"/shared/{reading,read}
  WARD_ON_CORRUPTION=$1 Hack/vm --out "$work/shared" --timeout 240 -- "$checkout/Tests/KernelTests/corruption/node.sh" \
    >"$work/said" 2>"$work/log" || status=$?
  # What the VM's own part has checked.
  sed "s/^\(ok\|not ok\) /&$1\//" "$work/said"
  same "$1-ends-the-machine" 125 "$status"
  check "$1-while-it-read-the-block" test -e "$work/shared/reading"
  check "$1-before-anybody-had-it" test ! -e "$work/shared/read"
  check "$1-is-what-the-kernel-says" grep -qF "$2" "$work/log"
}
ends_by panic 'Kernel panic - not syncing: dm-verity device corrupted'
ends_by restart "Restarting system with command 'dm-verity device corrupted'"
finish
