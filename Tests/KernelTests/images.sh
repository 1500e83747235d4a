#!/usr/bin/env bash
# Verified images as their authors and admins meet them: wardctl image build, list, inspect, verify and close. In the VM
# also the unit tests of live images, for they need dm-verity.
# shellcheck source=harness.sh
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
cd "$work" || exit 1

build() { wardctl image build --output "$images" --lock images.lock "$@"; }
root_hash() { wardctl image inspect images.lock "$1" --json | jq -r .image.rootHash; }

# tree NAME FILE...: the same files, made in the order given.
tree() {
  local name=$1 file
  shift
  mkdir "$name"
  for file; do
    mkdir -p "$(dirname "$name/$file")"
    printf 'contents of %s\n' "$file" >"$name/$file"
  done
  ln -s one "$name/link"
  seq 5000 >"$name/padding"
  chmod 755 "$name/dir/two"
}

tree first one dir/two dir/deep/three
sleep 1.1
tree second dir/deep/three dir/two one
touch -d 2001-02-03 second/one
chown 12:34 second/one
before=$(find first -printf '%p %m %T@\n' | sort | sha256sum)
build --name first first >/dev/null
same source-stays-untouched "$before" "$(find first -printf '%p %m %T@\n' | sort | sha256sum)"
build --name second second >/dev/null
same build-is-reproducible "$(root_hash first)" "$(root_hash second)"
same lock-keeps-other-images 'first second' "$(wardctl image list images.lock --json | jq -r '[.[].name] | join(" ")')"
cp images.lock before.lock
build --name first first >/dev/null
same lock-is-canonical "$(sha256sum <before.lock)" "$(sha256sum <images.lock)"
echo more >>second/one
build --name second second >/dev/null
if [[ $(root_hash first) != "$(root_hash second)" ]]; then
  ok changed-file-changes-the-root-hash
else
  not_ok changed-file-changes-the-root-hash "both are $(root_hash first)"
fi

# An independent reading: Debian's veritysetup and the kernel's EROFS.
image=$images/$(root_hash first).erofs
entry() { wardctl image inspect images.lock "$1" --json | jq -r ".image.$2"; }
check veritysetup-agrees veritysetup verify --no-superblock --data-blocks="$(entry first dataBlocks)" \
  --hash-offset="$(entry first hashOffset)" --salt="$(entry first salt)" "$image" "$image" "$(root_hash first)"
facts=$(wardctl image inspect images.lock first --images "$images" --json)
same inspect-knows-the-whole-file "$(stat -c %s "$image") true true $(entry first dataBlocks)" \
  "$(jq -r '"\(.geometry.fileSize) \(.onDisk.sizeAgrees) \(.onDisk.superblockAgrees) \(.onDisk.superblockBlocks)"' <<<"$facts")"
same inspect-proves-what-it-was-made-with 'true true 4096 0 77617264-0000-4000-8000-65726f667331' \
  "$(jq -r '.onDisk | "\(.superblockProved) \(.saltDerived) \(.fileSystem.blockSize) \(.fileSystem.time) \(.fileSystem.uuid)"' \
    <<<"$facts")"
same inspect-counts-as-dump.erofs-does "$(dump.erofs -s "$image" | sed -n 's/^Filesystem inode count: *//p')" \
  "$(jq .onDisk.fileSystem.inodes <<<"$facts")"
build --name salted --salt c0ffee first >/dev/null
same inspect-tells-a-salt-that-was-given false \
  "$(wardctl image inspect images.lock salted --images "$images" --json | jq .onDisk.saltDerived)"
same inspect-knows-the-tree "$(($(stat -c %s "$image") - $(entry first hashOffset))) 0" \
  "$(jq -r '"\(([.geometry.treeLevels[]] | add) * 4096) \(.geometry.fecBytes)"' <<<"$facts")"
mkdir edited
head -c -4096 "$image" >"edited/${image##*/}"
# The number of blocks in the superblock, 36 bytes in.
printf '\xff' | dd of="edited/${image##*/}" bs=1 seek=$((1024 + 36)) conv=notrunc status=none
same inspect-proves-nothing-of-another-length false \
  "$(wardctl image inspect images.lock first --images edited --json | jq .onDisk.superblockProved)"
same inspect-tells-what-differs 2 "$(wardctl image inspect images.lock first --images edited | grep -c 'it differs from the lock')"
mkdir mounted
mount -o loop,ro -t erofs "$image" mounted
same contents-are-kept 'contents of dir/two 755 0 0' "$(cat mounted/dir/two) $(stat -c '%a %u %Y' mounted/dir/two)"
same mount-points-are-added 'dev etc/hostname etc/hosts etc/resolv.conf proc run sys tmp 1777' \
  "$(cd mounted && echo dev etc/* proc run sys tmp "$(stat -c %a tmp)")"
umount mounted

build --name bare --volume first >/dev/null
mount -o loop,ro -t erofs "$images/$(root_hash bare).erofs" mounted
same volume-has-no-mount-points 'dir link one padding' "$(cd mounted && echo *)"
umount mounted
build --name more --mount-point /model --mount-point /a/b first >/dev/null
mount -o loop,ro -t erofs "$images/$(root_hash more).erofs" mounted
check further-mount-points test -d mounted/model -a -d mounted/a/b
umount mounted
# A link that leads out of the tree leads to a place of the image.
mkdir -p linked outside
ln -s "$work/outside" linked/etc
check link-out-of-the-tree build --name linked linked
same nothing-outside-is-touched '' "$(ls outside)"
mkfifo linked/pipe
refuses fifo 'a device, FIFO or socket' build --name linked linked

# What the node's file system has, the image has: owners, attributes, links, holes.
mkdir -p whole/dir
seq 200000 >whole/dir/large
truncate -s 200M whole/sparse && echo end >>whole/sparse
zeros() { head -c $(($1 * 65536)) /dev/zero; }
numbers() { seq 1000000 1999999 2>/dev/null | head -c "$1"; }
{ zeros 1 && numbers 65545; } >whole/hole-first
{ numbers 65536 && zeros 2; } >whole/hole-last
{ zeros 2 && numbers 131072 && zeros 1 && numbers 300000; } >whole/holes
{ numbers 100 && zeros 1 && numbers 70000; } >whole/no-hole
zeros 4 >whole/nothing-else
ln whole/dir/large whole/hard
cp "$(command -v busybox)" whole/dir/tool
setcap cap_net_bind_service+ep whole/dir/tool
setfattr -n trusted.note -v kept whole/dir
chown 1234:70000 whole/dir/tool
setcap cap_net_bind_service+ep whole/dir/tool
build --name whole --volume --keep-owner whole >/dev/null
whole=$images/$(root_hash whole).erofs
mount -o loop,ro -t erofs "$whole" mounted
same whole-contents '' "$(diff -r --no-dereference whole mounted 2>&1)"
same whole-attributes "1234:70000 2 $(getcap -n whole/dir/tool | cut -d' ' -f2-) kept" \
  "$(stat -c %u:%g mounted/dir/tool) $(stat -c %h mounted/hard) $(getcap -n mounted/dir/tool | cut -d' ' -f2-) $(
    getfattr --only-values -n trusted.note mounted/dir 2>/dev/null)"
umount mounted
if (($(stat -c %s "$whole") < 20000000)); then
  ok holes-take-no-space
else
  not_ok holes-take-no-space "$(stat -c %s "$whole") bytes"
fi
check whole-is-a-file-system fsck.erofs "$whole"

if command -v umoci >/dev/null; then
  umoci init --layout oci
  umoci new --image oci:v1
  umoci unpack --image oci:v1 bundle >/dev/null 2>&1
  mkdir -p bundle/rootfs/bin bundle/rootfs/home/user
  cp "$(command -v busybox)" bundle/rootfs/bin/busybox
  chown 1000:1000 bundle/rootfs/home/user
  umoci repack --image oci:v1 bundle >/dev/null 2>&1
  umoci config --image oci:v1 --config.entrypoint /bin/busybox --config.cmd sleep --config.cmd 60 \
    --config.env MODE=test --config.user 1000:1000 --config.workingdir /home/user
  check oci-layout-builds build --name oci --oci-layout oci:v1 --reference registry.example/app:v1
  same oci-process-is-recorded '/bin/busybox sleep 60|1000:1000|/home/user|true' \
    "$(wardctl image inspect images.lock oci --json |
      jq -r '.image.config | [(.entrypoint + .cmd | join(" ")), .user, .cwd, (.env | index("MODE=test") != null)] | join("|")')"
  same oci-reference-is-recorded registry.example/app:v1 "$(entry oci 'references[0]')"
  mount -o loop,ro -t erofs "$images/$(root_hash oci).erofs" mounted
  same oci-owners-are-kept 1000:1000 "$(stat -c %u:%g mounted/home/user)"
  umount mounted
  first=$(root_hash oci)
  build --name oci --oci-layout oci:v1 >/dev/null
  same oci-build-is-reproducible "$first" "$(root_hash oci)"
  refuses oci-unknown-tag 'expected one manifest tagged v2' build --name oci --oci-layout oci:v2

  # The same image by every other way gives the same bytes.
  cp -r oci/blobs content-store
  mkdir -p store/io.containerd.content.v1.content
  mv content-store store/io.containerd.content.v1.content/blobs
  digest=$(jq -r '.manifests[0].digest' oci/index.json)
  build --name oci --containerd "store@$digest" >/dev/null
  same containerd-store-gives-the-same-image "$first" "$(root_hash oci)"
  if command -v skopeo >/dev/null; then
    for kind in docker-archive oci-archive; do
      skopeo --insecure-policy copy -q oci:oci:v1 "$kind:$kind.tar:localhost/app:v1"
      build --name oci --archive "$kind.tar:localhost/app:v1" >/dev/null
      same "$kind-gives-the-same-image" "$first" "$(root_hash oci)"
    done
    refuses archive-unknown-name 'named localhost/other' build --name oci --archive docker-archive.tar:localhost/other
  else
    skip archives 'skopeo is not installed'
  fi
  blob=oci/$(jq -r '.manifests[0].digest | sub(":"; "/") | "blobs/" + .' oci/index.json)
  layer=oci/blobs/$(jq -r '.layers[-1].digest | sub(":"; "/")' "$blob")
  printf x >>"$layer"
  refuses altered-layer "$(basename "$layer")" build --name oci --oci-layout oci:v1
else
  skip oci-layout 'umoci is not installed'
fi
refuses build-without-a-source 'no such file or directory' build --name x /nonexistent
same failed-build-leaves-nothing '' "$(find "$images" -name '.*' -mindepth 1)"

check verify-genuine wardctl image verify images.lock first --images "$images"
# flip OFFSET: changes one byte of the first image.
flip() {
  local byte
  byte=$(od -An -tu1 -j"$1" -N1 "$image")
  # shellcheck disable=SC2059 # the format is the byte
  printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$image" bs=1 seek="$1" conv=notrunc status=none
}
flip 0
same inspect-proves-nothing-of-another-superblock 'false null' "$(wardctl image inspect images.lock first --images "$images" \
  --json | jq -r '.onDisk | "\(.superblockProved) \(.saltDerived)"')"
refuses verify-names-a-data-block 'block 0 of the data' wardctl image verify images.lock first --images "$images"
flip 0
flip "$(entry first hashOffset)"
refuses verify-names-a-tree-block 'block 0 of the hash tree' wardctl image verify images.lock first --images "$images"
flip "$(entry first hashOffset)"
check verify-is-whole-again wardctl image verify images.lock first --images "$images"
size=$(stat -c %s "$image")
truncate -s +4096 "$image"
refuses verify-longer-file "expected $size bytes, found $((size + 4096))" \
  wardctl image verify images.lock first --images "$images"
truncate -s "$size" "$image"
refuses verify-absent-file 'not in the image directories' wardctl image verify images.lock first --images "$work"
refuses inspect-unknown-image 'no image is named third' wardctl image inspect images.lock third
jq '.images.first.hashType = 0' images.lock >other.lock
refuses lock-of-another-format '/images/first/hashType: expected 1' wardctl image list other.lock

# An image that is there already, into a lock file; its geometry is found again.
check lock wardctl image lock --lock again.lock --name first --reference registry.example/first "$image"
same lock-finds-the-geometry "$(jq -c '.images.first | del(.references)' images.lock)" \
  "$(jq -c '.images.first | del(.references)' again.lock)"
cp "$image" "$work/$(basename "$image")"
printf x | dd of="$work/$(basename "$image")" bs=1 seek=5000 conv=notrunc status=none
refuses lock-of-an-altered-image 'does not have the pinned digest' \
  wardctl image lock --lock again.lock --name first "$work/$(basename "$image")"
check mount wardctl image mount images.lock first --images "$images" mounted
same mounted-to-look 'contents of dir/two ro,nosuid,nodev,noexec' \
  "$(cat mounted/dir/two) $(findmnt -no OPTIONS mounted | cut -d, -f1-4)"
umount mounted

# As an OCI artifact, through a program of another hand.
export_image() { wardctl image export images.lock "$1" --images "$images" --to "$2"; }
check export export_image first exported:one
check export-beside-another export_image bare exported:two
same export-keeps-other-tags 'one two' \
  "$(jq -r '[.manifests[].annotations["org.opencontainers.image.ref.name"]] | join(" ")' exported/index.json)"
moved=exported
if command -v skopeo >/dev/null; then
  check skopeo-moves-it skopeo --insecure-policy copy -q oci:exported:one oci:moved:one
  moved=moved
else
  skip skopeo-moves-it 'skopeo is not installed'
fi
check import wardctl image import --output imported --lock imported.lock "$moved:one"
same import-is-the-same-image "$(sha256sum <"$image") $(entry first rootHash)" \
  "$(sha256sum <"imported/$(basename "$image")") $(jq -r .images.first.rootHash imported.lock)"
refuses import-of-a-container-image 'expected an artifact of the type' \
  wardctl image import --output imported --lock imported.lock oci:v1
artifact=$(jq -r '.manifests[0].digest | "exported/blobs/sha256/" + sub(".*:"; "")' exported/index.json)
layer=exported/blobs/sha256/$(jq -r '.layers[0].digest | sub(".*:"; "")' "$artifact")
printf x | dd of="$layer" bs=1 seek=5000 conv=notrunc status=none
refuses import-of-altered-bytes 'expected the digest' \
  wardctl image import --output imported --lock imported.lock exported:one
same failed-import-leaves-nothing '' "$(find imported -name '.*' -mindepth 1)"

# The signature of a root hash, as other hands make it and check it. The same on any kernel: not repeated in the VM.
if [[ -z ${WARD_VM:-} ]]; then
  sign() { wardctl image sign images.lock first --output signed "$@"; }
  signature=signed/$(root_hash first).p7s
  printf %s "$(root_hash first)" >root-hash
  for kind in rsa:2048 ec; do
    options=()
    [[ $kind != ec ]] || options=(-pkeyopt ec_paramgen_curve:P-256)
    openssl req -x509 -newkey "$kind" "${options[@]}" -nodes -subj /CN=signer -days 2 -keyout "${kind%:*}.key" \
      -out "${kind%:*}.crt" 2>/dev/null
    check "sign-${kind%:*}" sign --key "${kind%:*}.key" --certificate "${kind%:*}.crt"
    check "openssl-verifies-${kind%:*}" openssl smime -verify -binary -inform der -in "$signature" -content root-hash \
      -certfile "${kind%:*}.crt" -nointern -noverify
    check "openssl-cms-verifies-${kind%:*}" openssl cms -verify -binary -inform der -in "$signature" -content root-hash \
      -certfile "${kind%:*}.crt" -nointern -CAfile "${kind%:*}.crt" -purpose any
  done
  refuses openssl-refuses-another-root-hash 'erification failure' openssl cms -verify -binary -inform der -in "$signature" \
    -content /dev/null -certfile ec.crt -nointern -noverify
  sign --key rsa.key --certificate rsa.crt >/dev/null
  openssl smime -sign -nocerts -noattr -binary -in root-hash -inkey rsa.key -signer rsa.crt -outform der -out by-hand.p7s
  check openssl-makes-the-same-signature cmp by-hand.p7s "$signature"
  # It moves with its image, through programs of other hands.
  cp "$signature" "$images"
  signature=$(basename "$signature")
  image_of() { wardctl image import --output "$1" --lock "$1.lock" "${@:2}"; }
  check export-with-its-signature export_image first exported:signed
  manifest=exported/blobs/sha256/$(jq -r '.manifests[] | select(.annotations | .["org.opencontainers.image.ref.name"] ==
    "signed") | .digest | sub(".*:"; "")' exported/index.json)
  same artifact-has-both "application/vnd.ward.image.erofs.v1 application/pkcs7-signature $signature" \
    "$(jq -r '[.layers[].mediaType, .layers[1].annotations["org.opencontainers.image.title"]] | join(" ")' "$manifest")"
  if command -v skopeo >/dev/null; then
    skopeo --insecure-policy copy -q oci:exported:signed oci:sent:signed
  else
    cp -r exported sent
  fi
  check import-with-its-signature image_of signed-by sent:signed --certificate rsa.crt
  check signature-is-the-same cmp "$images/$signature" "signed-by/$signature"
  same inspect-names-the-signer "$(openssl x509 -in rsa.crt -noout -serial | cut -d= -f2) CN=signer" \
    "$(wardctl image inspect signed-by.lock first --images signed-by --json | jq -r '.onDisk.signer | "\(.serial) \(.issuer)"')"
  check verify-with-the-signer wardctl image verify signed-by.lock first --images signed-by --certificate rsa.crt
  refuses verify-with-another-signer 'another one than the certificate' \
    wardctl image verify signed-by.lock first --images signed-by --certificate ec.crt
  refuses verify-without-a-signature "there is no signature $signature" \
    wardctl image verify imported.lock first --images imported --certificate rsa.crt
  refuses import-with-another-signer 'another one than the certificate' image_of other sent:signed --certificate ec.crt
  refuses import-without-a-signature "there is no signature $signature" image_of other "$moved:one" --certificate rsa.crt
  same refused-imports-leave-nothing '' "$(find other -mindepth 1)"
  # A signature of another image, one that is none, and one with something behind it.
  wardctl image sign images.lock bare --key rsa.key --certificate rsa.crt --output signed >/dev/null
  cp "signed/$(root_hash bare).p7s" "$images/$signature"
  check export-of-what-is-a-signature export_image first exported:of-another
  refuses signature-of-another-image 'another one than the certificate' \
    image_of other exported:of-another --certificate rsa.crt
  for bad in garbage longer; do
    if [[ $bad == garbage ]]; then head -c 300 /dev/urandom >"$images/$signature"; else
      cat by-hand.p7s <(echo) >"$images/$signature"
    fi
    refuses "no-export-with-a-$bad-signature" 'expected a signature in PKCS #7' export_image first exported:bad
  done
  rm "$images/$signature"
  refuses sign-with-another-certificate 'not that of the key' sign --key rsa.key --certificate ec.crt
  openssl genpkey -algorithm ed25519 -out ed25519.key
  refuses sign-with-a-key-that-kernels-do-not-know 'expected a key for RSA' sign --key ed25519.key --certificate rsa.crt
  refuses sign-without-a-key 'a private key in PEM' sign --key rsa.crt --certificate rsa.crt
fi

# What somebody at a terminal sees of a build that takes a while, and somebody with a file does not.
if [[ -z ${WARD_VM:-} ]]; then
  mkdir large
  head -c 128M /dev/urandom >large/file
  script --flush --quiet --return --command "exec wardctl image build --output '$images' --lock images.lock --name large \
    --volume --fec-roots 24 large" shown >/dev/null &
  builder=$!
  # A rate is shown once a step has taken half a second: a quick machine is held up in the last one for longer.
  until grep -q 'error correction' shown || ! kill -0 "$builder"; do sleep 0.01; done 2>/dev/null
  held=$(pgrep --parent "$builder")
  kill -STOP "$held"
  sleep 1
  kill -CONT "$builder" "$held"
  wait "$builder"
  same progress-with-rate-and-time-left "large: looking for holes
large: writing and hashing
large: writing error correction codes
yes" "$(tr '\r' '\n' <shown | sed -n 's/^\x1b\[K\(large: [a-z ]*\):.*/\1/p' | uniq
    if grep -qE 'codes: [0-9]+% of 1[0-9]{2} MiB, [0-9]+ [KM]iB/s, [0-9]+ s left' shown; then echo yes; fi)"
  build --name large --volume large >plain 2>&1
  same no-progress-in-a-file 0 "$(grep -c '%' plain)"
  rm "$images/$(root_hash large).erofs"
fi

# The three commands of the README, for a model as Hugging Face's tools lay it out.
snapshot=models--sentence-transformers--tiny/snapshots/0123abcd
mkdir -p "$snapshot/1_Pooling" models--sentence-transformers--tiny/blobs
for file in config.json tokenizer.json model.safetensors 1_Pooling/config.json; do
  blob=$(printf 'contents of %s\n' "$file" | sha256sum | cut -d' ' -f1)
  printf 'contents of %s\n' "$file" >"models--sentence-transformers--tiny/blobs/$blob"
  up=../../
  [[ $file != */* ]] || up=../../../
  ln -s "${up}blobs/$blob" "$snapshot/$file"
done
check model-builds build --name minilm --volume --follow-links "$snapshot"
check model-verifies wardctl image verify images.lock minilm --images "$images"
cat >policy.yaml <<'YAML'
apiVersion: ward/v1
kind: Policy
metadata: {name: model, version: 1}
platform: bare-1
images: images.lock
containers:
  main:
    image: first
    args: [/bin/true]
    user: {uid: 10001, gid: 10001}
    volumes: {/model: {image: minilm}}
YAML
check model-in-a-policy wardctl policy compile --images images.lock policy.yaml
mount -o loop,ro -t erofs "$images/$(root_hash minilm).erofs" mounted
same model-has-its-files 'contents of model.safetensors contents of 1_Pooling/config.json' \
  "$(cat mounted/model.safetensors mounted/1_Pooling/config.json | tr '\n' ' ' | sed 's/ $//')"
umount mounted
check close-without-images wardctl image close --all

tests=$checkout/.build/debug/wardPackageTests.xctest
if [[ -z ${WARD_VM:-} ]]; then
  skip live-images 'in this machine they are among the unit tests'
elif [[ ! -x $tests ]]; then
  skip live-images 'the unit tests are not built'
else
  "$tests" --testing-library swift-testing --filter 'ImageStoreTests|ScratchTests' >unit.log 2>&1
  while read -r mark name _; do
    case $mark in
      passed) ok "live-images-$name" ;;
      failed) not_ok "live-images-$name" "$(grep -E "Test $name\\(.*(recorded an issue|Caught error)" -A 3 unit.log)" ;;
    esac
  done < <(sed -n 's/.*Test \([a-zA-Z]*\)(.*) \(with .* \)\{0,1\}\(passed\|failed\) after.*/\3 \1/p' unit.log)
  grep -q 'Test run with .* passed' unit.log || not_ok live-images "$(tail -n 1 unit.log)"
fi
finish
