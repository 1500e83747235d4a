#!/usr/bin/env bash
# Images with error correction codes: made and checked by their authors, pinned by the policy, and repaired by the kernel
# as far as the codes reach. Without device-mapper a block that is not the pinned one is refused and named.
# shellcheck disable=SC2154 # work, images, integrity and bin come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
cd "$work" || exit 1

build() { wardctl image build --output "$images" --lock images.lock "$@"; }
entry() { jq -r ".images.model$1" images.lock; }

mkdir model
seq 500000 >model/weights
if [[ -z ${WARD_VM:-} ]]; then
  build --name model --volume model >/dev/null
  mv "$images/$(entry .rootHash).erofs" plain
fi
check build-with-codes build --name model --volume --fec-roots 2 model
root=$(entry .rootHash)
image=$images/$root.erofs
blocks=$(entry .fec.start)
distance=$(((blocks + 252) / 253))
cp "$image" genuine

# What the codes are. The same on any kernel: not repeated in the VM.
if [[ -z ${WARD_VM:-} ]]; then
  length=$(stat -c %s plain)
  check codes-follow-the-same-image cmp --bytes="$length" plain genuine
  same lock-states-the-codes "{\"blocks\":$((length / 4096)),\"roots\":2,\"start\":$((length / 4096))}" \
    "$(entry .fec | jq -c .)"
  same length-is-that-of-the-codes "$((length + distance * 2 * 4096)) $((distance * 2 * 4096))" \
    "$(stat -c %s "$image") $(wardctl image inspect images.lock model --json | jq .geometry.fecBytes)"
  refuses codes-without-roots 'from 2 to 24, found 1' build --name other --volume --fec-roots 1 model
  refuses codes-of-too-many-roots 'from 2 to 24, found 25' build --name other --volume --fec-roots 25 model
  check veritysetup-formats veritysetup format --no-superblock --data-blocks="$(entry .dataBlocks)" \
    --hash-offset="$(entry .hashOffset)" --salt="$(entry .salt)" --fec-device=plain --fec-offset="$length" \
    --fec-roots=2 plain plain
  check veritysetup-makes-the-same-file cmp genuine plain
  check verify-with-codes wardctl image verify images.lock model --images "$images"
  check lock-finds-the-codes wardctl image lock --lock again.lock --name model "$image"
  same found-codes "$(entry .fec | jq -c .)" "$(jq -c .images.model.fec again.lock)"
  printf x | dd of="$image" bs=1 seek=$((length + 5000)) conv=notrunc status=none
  refuses altered-codes-are-named 'block 1 of the error correction codes' \
    wardctl image verify images.lock model --images "$images"
  refuses altered-codes-are-not-exported 'block 1 of the error correction codes' \
    wardctl image export images.lock model --images "$images" --to exported:one
  cp genuine "$image"
  check export-with-codes wardctl image export images.lock model --images "$images" --to exported:one
  check import-with-codes wardctl image import --output imported --lock imported.lock exported:one
  check imported-file-has-the-codes cmp genuine "imported/$root.erofs"
fi

# The node: a volume that is as it was made, and one that is encrypted, with codes that no block holds a whole number of.
mkdir secret
seq 500000 -1 1 >secret/weights
build --name secret --volume --fec-roots 3 --encrypt model-key --new-key model.key secret >/dev/null
secret=$images/$(jq -r .images.secret.rootHash images.lock).crypt
cp "$secret" genuine.crypt
printf '#!/bin/sh\ncat %s\n' "$work/model.key" >provider
chmod 755 provider
image_root root
build --name box --mount-point /model --mount-point /secret root >/dev/null
# write_policy [FILTER]: the policy, with the lock file changed by a jq filter.
write_policy() {
  jq "${1:-.}" images.lock >policy.lock
  cat >policy.yaml <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: corrected, version: 1}
platform: bare-1
images: policy.lock
integrity: $integrity
containers:
  box:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    volumes: {/model: {image: model}, /secret: {image: secret}}
    signals: [TERM, KILL]
    stdio: {stdout: allow, stderr: allow}
    exec:
      model: {args: [/bin/cat, /model/weights]}
      secret: {args: [/bin/cat, /secret/weights]}
POLICY
  wardctl policy compile --output policy.json policy.yaml
}
# boot [FILTER]: a node with that policy.
boot() {
  reset_tpm
  rm -rf /run/ward/*
  configure "\"keyProvider\":\"$work/provider\""
  write_policy "${1:-.}" && wardctl measure --bundle policy.json
}
box_bundle box
for name in model secret; do bare_config | jq ".process | .args = [\"/bin/cat\", \"/$name/weights\"]" >$name.json; done
create() { ward create --bundle "$work/box" box </dev/null >out 2>&1; }
begin() { if create && ward start box; then ok "$1"; else not_ok "$1" "$(<out)"; fi; }
end() { ward delete --force box >/dev/null 2>&1; }
# weights NAME: those that the container reads.
weights() { ward exec --process "$1.json" box 2>errors; }
# damage FILE BLOCK COUNT: so many blocks of the file from there on are not what they were.
damage() { dd if=/dev/urandom of="$1" bs=4096 seek="$2" count="$3" conv=notrunc status=none; }
# denied NAME: no container.
denied() {
  if create; then not_ok "$1" 'it was created'; else same "$1" WARD-IMAGE-CORRUPT "$(grep -o 'WARD-[A-Z-]*' out | head -n 1)"; fi
  end
}
device=ward-$root
place=$(($(grep -obaF $'\n250000\n' genuine | head -n 1 | cut -d: -f1) / 4096))

check boot boot
same reviewers-see-it "2 roots, from block $blocks on, for $blocks blocks" \
  "$(wardctl policy inspect policy.json | sed -n '/image model/,/image/s/^ *fec  *//p')"
if [[ $integrity == dm-verity ]]; then
  # As many blocks as the codes reach: two of each code word, and of the other volume three.
  damage "$image" "$place" $((2 * distance))
  damage "$secret" "$place" $((3 * distance))
  begin container-on-damaged-images
  same table-has-the-codes "8 use_fec_from_device DEVICE fec_blocks $blocks fec_start $blocks fec_roots 2" \
    "$(dmsetup table "$device" | cut -d' ' -f14- | sed 's/7:[0-9]*/DEVICE/')"
  for name in model secret; do
    same "damaged-$name-is-read-right" "$(sha256sum <$name/weights)" "$(weights $name | sha256sum)"
  done
  same and-nothing-is-held-against-it V "$(dmsetup status "$device" | cut -d' ' -f4)"
  same and-the-node-shows-it "box dm-verity false $(dmsetup status "$device" | awk '{ print $5 == "" ? "null" : $5 }')" \
    "$(wardctl image live --json | jq -r --arg root "$root" \
      '.[] | select(.rootHash == $root) | "\(.containers[]) \(.integrity) \(.corrupt) \(.repairs)"')"
  end
  cp genuine "$image"
  cp genuine.crypt "$secret"
  # One more than that.
  damage "$image" "$place" $((2 * distance + 1))
  begin container-on-a-ruined-image
  refuses too-many-damaged-blocks-are-an-error 'nput/output error' ward exec --process model.json box
  same kernel-remembers-it C "$(dmsetup status "$device" | cut -d' ' -f4)"
  same and-it-is-shown true "$(wardctl image live --json | jq --arg root "$root" '.[] | select(.rootHash == $root).corrupt')"
  end
  same nothing-is-left '' "$(gone box)"
  cp genuine "$image"
  # Codes that are none repair nothing, and give nothing else to read.
  damage "$image" "$place" 1
  damage "$image" "$blocks" $((2 * distance))
  begin container-with-bad-codes
  refuses bad-codes-repair-nothing 'nput/output error' ward exec --process model.json box
  end
  cp genuine "$image"
  # A table without the codes, or with others, is another one.
  loop=$(losetup --find --show --read-only "$image")
  number=$(stat -c %Hr:%Lr "$loop")
  table="0 $(($(entry .dataBlocks) * 8)) verity 1 $number $number 4096 4096 $(entry .dataBlocks) $((
    $(entry .hashOffset) / 4096)) sha256 $root $(entry .salt)"
  for others in '' " 8 use_fec_from_device $number fec_blocks $blocks fec_start $((blocks - 1)) fec_roots 2"; do
    dmsetup create --readonly "$device" --table "$table$others"
    create || not_ok "table${others:+-with-other-codes}" "$(<out)"
    same "table-makes-way${others:+-with-other-codes}" "$blocks" "$(dmsetup table "$device" | cut -d' ' -f20)"
    end
  done
  losetup --detach "$loop"
else
  begin container-on-images-with-codes
  same live-images-are-shown "3 true" "$(wardctl image live --json |
    jq -r '"\(length) \(all(.integrity == "memory" and .containers == ["box"]))"')"
  same encrypted-model-is-read-right "$(sha256sum <secret/weights)" "$(weights secret | sha256sum)"
  end
  damage "$image" "$place" 1
  denied memory-mode-repairs-nothing
  same and-names-the-block "block $place of the data does not have the pinned digest" \
    "$(grep -o 'block [0-9]* of the data does not have the pinned digest' out)"
  cp genuine "$image"
  skip repair 'this kernel has no device-mapper'
  # What the policy says and the file does not have. The same on any kernel: not repeated in the VM.
  check measure-a-policy-without-codes boot 'del(.images.model.fec)'
  denied image-with-codes-under-a-policy-without
  check measure-a-policy-with-other-codes boot '.images.model.fec.roots = 3'
  denied image-with-other-codes
  for change in '.start += 1' '.blocks -= 1' '.roots = 1' '.roots = 25' 'del(.roots)' '.device = "7:0"'; do
    refuses "no-policy-with $change" '/images/model' write_policy ".images.model.fec |= ($change)"
  done
fi
finish
