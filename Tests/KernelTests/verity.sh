#!/usr/bin/env bash
# What opens dm-verity devices, and devices whose blocks are not the right ones: ward-verity's confinement, requests that
# are none, its death, tables that others left, disks that fail or change under a running container.
# shellcheck disable=SC2154 # work, images and bin come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"

eval "plain_$(declare -f image_root)"
image_root() {
  plain_image_root "$1"
  seq 100000 >"$1/etc/large"
}

refuses verity-without-a-command 'usage: ward-verity open' ward-verity
refuses verity-other-command 'usage: ward-verity open' ward-verity close
if [[ ! -e /dev/mapper/control ]]; then
  skip verity 'this kernel has no device-mapper'
  finish
fi
configure
enforce 2 || { not_ok measure 'the node has no policy'; finish; }
box_bundle box
root=$(wardctl image inspect "$work/images.lock" box --json | jq -r .image.rootHash)
image=$images/$root.erofs
cp "$image" "$work/root.erofs"
device=ward-$root
described=$(wardctl image inspect "$work/images.lock" box --json)
entry() { jq -r ".image.$1" <<<"$described"; }
# request LOOP [FILTER]: a request of ward, changed by a jq filter.
request() {
  jq -c --argjson loop "$1" \
    '.image | {dataBlocks, hashOffset, loop: $loop, onCorruption: "error", rootHash, salt} | '"${2:-.}" <<<"$described"
}
devices() { cat /sys/block/dm-*/dm/name 2>/dev/null; }
ask() { ward-verity open <<<"$1"; }

# What is not a request makes nothing.
loop=$(losetup --find --show --read-only "$image")
number=${loop#/dev/loop}
refuses request-that-is-no-json request ask 'open everything'
refuses request-with-more-members 'unknown' ask "$(request "$number" '.name = "other"')"
refuses request-without-a-member rootHash ask "$(request "$number" 'del(.rootHash)')"
refuses request-with-a-path loop ask "$(request "$number" '.loop = "/dev/vda"')"
refuses request-to-ignore-corruption onCorruption ask "$(request "$number" '.onCorruption = "ignore"')"
refuses request-with-a-signature-that-is-a-text signature ask "$(request "$number" '.signature = "PKCS7"')"
refuses request-with-parameters salt ask "$(request "$number" '.salt = "00 1 ignore_corruption"')"
refuses request-that-never-ends 'file too large' ask "$(head -c 20000 /dev/zero | tr '\0' '[')"
refuses request-for-no-device 'DM_TABLE_LOAD' ask "$(request 4000)"
refuses request-for-a-longer-device 'DM_TABLE_LOAD' \
  ask "$(request "$number" '.dataBlocks = 1000000 | .hashOffset = 4096000000')"
same no-request-left-a-device '' "$(devices)"

# While it waits for its request it can do nothing else any more.
mkfifo "$work/pipe"
ward-verity open <"$work/pipe" &
waiting=$!
exec 9>"$work/pipe"
confined=''
for ((try = 0; try < 50; try++)); do
  confined=$(sed -n 's/^\(CapPrm\|CapEff\|CapInh\|NoNewPrivs\|Seccomp\):[[:space:]]*/\1=/p' "/proc/$waiting/status" | xargs)
  [[ $confined != *Seccomp=2* ]] || break
  sleep 0.1
done
same it-is-confined 'CapInh=0000000000000000 CapPrm=0000000000200000 CapEff=0000000000200000 NoNewPrivs=1 Seccomp=2' \
  "$confined"
kill -9 "$waiting"
exec 9>&-
wait "$waiting" 2>/dev/null
same its-death-leaves-no-device '' "$(devices)"
check request-of-ward ask "$(request "$number")"
same device-is-the-pinned-one "0 $(($(entry dataBlocks) * 8)) verity 1 7:$number 7:$number 4096 4096 $(entry dataBlocks) $((
  $(entry hashOffset) / 4096)) sha256 $root $(entry salt)" "$(dmsetup table "$device")"
same device-is-read-only 1 "$(cat /sys/block/dm-0/ro)"
refuses device-is-not-made-twice 'device or resource busy' ask "$(request "$number")"
dmsetup remove "$device"
losetup --detach "$loop"

make() { ward create --bundle "$work/box" box </dev/null >"$work/out" 2>&1; }
# opens NAME: a container can be made on the genuine table, and nothing is left after it.
opens() {
  if ! make; then
    not_ok "$1" "$(<"$work/out")"
    return
  fi
  same "$1" "$(entry dataBlocks)" "$(dmsetup table "$device" | cut -d' ' -f9)"
  ward delete --force box
  same "$1-and-is-closed" '' "$(gone box)"
}

# Killed between its steps it leaves a device without a table, or one that was never resumed; others may leave worse.
dmsetup create --notable "$device"
opens device-without-a-table-makes-way
echo '0 8 error' | dmsetup create "$device"
opens device-of-another-kind-makes-way
loop=$(losetup --find --show "$image")
dmsetup create "$device" --table "0 $(($(entry dataBlocks) * 8)) linear $loop 0"
losetup --detach "$loop"
opens device-without-a-check-makes-way

# A disk that fails, or that shows other contents later: a file system on a device whose table is swapped.
size=$(stat -c %s "$image")
truncate -s 64M "$work/disk" "$work/altered"
mkfs.ext4 -q -O ^has_journal -d "$images" "$work/disk"
cp "$work/disk" "$work/altered"
# One byte in the file `large` of the image, whose place is found by its contents.
place=$(grep -obaF $'\n77777\n' "$work/altered" | head -n 1 | cut -d: -f1)
printf x | dd of="$work/altered" bs=1 seek=$((place + 3)) conv=notrunc status=none
disk=$(losetup --find --show --read-only "$work/disk")
altered=$(losetup --find --show --read-only "$work/altered")
sectors=$(blockdev --getsz "$disk")
# becomes TABLE CACHES: the disk is another one from here on.
becomes() {
  dmsetup reload --readonly disk --table "0 $sectors $1"
  dmsetup suspend --noflush disk
  dmsetup resume disk
  echo "$2" >/proc/sys/vm/drop_caches
}
code() { grep -o 'WARD-[A-Z-]*' "$work/out" | head -n 1; }
dmsetup create --readonly disk --table "0 $sectors linear $disk 0"
mount -o ro "/dev/dm-$(dmsetup info -c --noheadings -o minor disk)" "$images"
opens image-on-a-disk
becomes error 1
make
same disk-that-cannot-be-read-is-a-corrupt-image "WARD-IMAGE-CORRUPT input/output error" \
  "$(code) $(grep -o 'input/output error' "$work/out" | head -n 1)"
same failed-create-leaves-nothing '' "$(gone box)"
becomes error 3
make
same disk-without-names-is-no-absent-image WARD-IMAGE-CORRUPT "$(code)"
becomes "linear $disk 0" 3
opens disk-that-is-back

make || not_ok container-on-a-good-disk "$(<"$work/out")"
becomes "linear $altered 0" 1
mounted=/run/ward/images/$root/mount
refuses altered-block-is-an-error 'Input/output error' cat "$mounted/etc/large"
check other-blocks-are-read grep -q . "$mounted/etc/passwd"
same kernel-remembers-it C "$(dmsetup status "$device" | cut -d' ' -f4)"
box_bundle second
ward create --bundle "$work/second" second </dev/null >"$work/out" 2>&1
same no-further-container-on-it WARD-IMAGE-CORRUPT "$(code)"
same and-it-is-on-record WARD-IMAGE-CORRUPT "$(wardctl denials list --json | jq -r '.[-1].violations[0].code // .[-1].code')"
refuses nothing-is-started-in-the-first-one 'WARD-IMAGE-CORRUPT' ward start box
before=$(wardctl denials list --json | jq length)
check first-one-is-killed ward kill box KILL
check first-one-ends ward delete --force box
same found-once 'found kill WARD-IMAGE-CORRUPT' "$(wardctl denials list --json | jq -r --argjson before "$before" \
  '.[$before:][] | "\(.decision) \(.verb) \(.violations[0].code)"')"
same nothing-is-left '' "$(gone box second)"
becomes "linear $disk 0" 1
umount "$images"
dmsetup remove disk
losetup --detach "$disk"
losetup --detach "$altered"

mv "$image" "$work/away"
make
same absent-image WARD-IMAGE-MISSING "$(code)"
mv "$work/away" "$image"
for change in -4096 +4096; do
  truncate -s "$change" "$image"
  make
  same "image-of-another-size-$change" WARD-IMAGE-CORRUPT "$(code)"
  cp "$work/root.erofs" "$image" 2>/dev/null || truncate -s "$size" "$image"
done

# What a node does about a bad block is a part of the table. The configuration is that of a boot.
for response in restart panic; do
  reset_tpm
  rm -f /run/ward/policy.json /run/ward/event.log
  configure "\"onCorruption\":\"$response\""
  if wardctl measure --bundle "$work/policy.json" >/dev/null && make; then
    same "response-$response" "${response}_on_corruption" "$(dmsetup table "$device" | awk '{ print $NF }')"
    ward delete --force box
  else
    not_ok "response-$response" "$(<"$work/out")"
  fi
done

# Its death at each command to the kernel, and when it is done: the launch is refused, and no device is left.
cat >"$work/mortal" <<MORTAL
#!/bin/sh
exec strace -qq -o /dev/null -e trace=ioctl,exit_group -e "inject=\$(cat "$work/dies-at")" "$bin/ward-verity" "\$@"
MORTAL
chmod 755 "$work/mortal"
reset_tpm
rm -f /run/ward/policy.json /run/ward/event.log
configure
jq -c --arg program "$work/mortal" '.verity = $program' /etc/ward/ward.json >"$work/changed" && cat "$work/changed" >/etc/ward/ward.json
check measure-with-a-mortal-helper wardctl measure --bundle "$work/policy.json"
deaths=0
for at in ioctl:signal=KILL:when={1..6} exit_group:signal=KILL; do
  echo "$at" >"$work/dies-at"
  # It has made fewer commands than that.
  if make; then ward delete --force box && continue; fi
  deaths=$((deaths + 1))
  same "death-at-$at" WARD-IMAGE-CORRUPT "$(code)"
  same "death-at-$at-leaves-nothing" '' "$(gone box; devices)"
done
if ((deaths > 3)); then ok it-died-at-each-step; else not_ok it-died-at-each-step "only $deaths times"; fi

# A node that hands signatures of root hashes to its kernel, which trusts none of these signers.
reset_tpm
rm -f /run/ward/policy.json /run/ward/event.log
configure '"rootHashSignatures":true'
check measure-with-signatures wardctl measure --bundle "$work/policy.json"
# refused NAME TEXT: a container is refused for want of a signature, and says why.
refused() {
  if make; then not_ok "$1" 'it was created'; else same "$1" WARD-IMAGE-SIGNATURE "$(code)"; fi
  if [[ $(<"$work/out") == *"$2"* ]]; then ok "$1-says-why"; else not_ok "$1-says-why" "$(<"$work/out")"; fi
  ward delete --force box >/dev/null 2>&1
}
refused without-a-signature "$root.p7s: not in the image directories"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=signer -days 2 -keyout "$work/key" -out "$work/certificate" 2>/dev/null
check sign wardctl image sign "$work/images.lock" box --key "$work/key" --certificate "$work/certificate" --output "$images"
refused unknown-signer 'this kernel does not trust the signer of the root hash'
# With its certificate in it the kernel checks the signature itself, before it asks who made it.
with_certificate() {
  printf %s "$1" | openssl smime -sign -noattr -binary -inkey "$work/key" -signer "$work/certificate" -outform der \
    -out "$images/$root.p7s"
}
with_certificate "$root"
refused right-signature-of-an-unknown-signer 'this kernel does not trust the signer of the root hash'
with_certificate "${root^^}"
refused signature-of-another-root-hash 'the signature is not one of this root hash'
head -c 100 /dev/urandom >"$images/$root.p7s"
refused signature-that-is-none 'the signature of the root hash is none in PKCS #7'
same no-signature-left-a-device '' "$(gone box)"
# A kernel that demands signatures, on a node that hands none over.
reset_tpm
rm -f /run/ward/policy.json /run/ward/event.log
configure
wardctl measure --bundle "$work/policy.json" >/dev/null
if modprobe --remove dm_verity && modprobe dm_verity require_signatures=1; then
  refused kernel-that-demands-a-signature 'this kernel demands a signature of the root hash'
  modprobe --remove dm_verity && modprobe dm_verity
else
  skip kernel-that-demands-a-signature 'dm-verity is no module here'
fi
finish
