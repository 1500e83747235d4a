#!/usr/bin/env bash
# Encrypted model volumes: built with a key, opened for a container with the key of the node's provider, and everything
# that the provider, the disk and a death in the middle may do instead. Here the image is decrypted into memory, in the VM
# by dm-crypt beneath dm-verity.
# shellcheck disable=SC2154 # work, images, integrity and bin come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
cd "$work" || exit 1

build() { wardctl image build --output "$images" --lock images.lock "$@"; }
entry() { wardctl image inspect images.lock "$1" --json | jq -r ".image.$2"; }

# What the author does.
mkdir model
{ echo 'weights of this model'; seq 200000; } >model/weights
check build-with-a-new-key build --name model --volume --encrypt model-key --new-key model.key model
same new-key '64 600' "$(stat -c '%s %a' model.key)"
root=$(entry model rootHash)
image=$images/$root.crypt
same lock-states-the-encryption '{"cipher":"aes-xts-plain64","key":"model-key","sectorSize":4096}' \
  "$(jq -c .images.model.encryption images.lock)"
refuses key-file-is-not-overwritten 'file exists' \
  build --name other --volume --encrypt model-key --new-key model.key model
refuses encryption-without-a-key '--encrypt needs one of' build --name other --volume --encrypt model-key model
refuses key-without-encryption '--encrypt needs one of' build --name other --volume --key model.key model
refuses key-of-another-length 'expected a key of 64 bytes, found 21' \
  build --name other --volume --encrypt k --key <(sed 1q model/weights | head -c 21) model
refuses name-that-is-a-path 'needs a name' build --name other --volume --encrypt ../k --key model.key model
before=$(sha256sum <"$image")
build --name model --volume --encrypt model-key --key - model <model.key >/dev/null
same encryption-is-reproducible "$before" "$(sha256sum <"$image")"
head -c 64 /dev/urandom >other.key
same nothing-is-in-the-clear 0 "$(grep -caF 'weights of' "$image")"
same no-file-is-in-the-clear '' "$(find "$images" -name '*.erofs' -o -name '.*' -type f)"

check verify-with-the-key wardctl image verify images.lock model --images "$images" --key model.key
refuses verify-with-another-key 'block 0 of the hash tree' \
  wardctl image verify images.lock model --images "$images" --key other.key
refuses verify-without-a-key 'give it by --key' wardctl image verify images.lock model --images "$images"
check lock-with-the-key wardctl image lock --lock again.lock --name model --encrypt model-key --key model.key "$image"
same lock-finds-what-was-built "$(jq -S . images.lock)" "$(jq -S . again.lock)"
refuses lock-with-another-key 'or encrypted with another key' \
  wardctl image lock --lock again.lock --name model --encrypt model-key --key other.key "$image"
refuses lock-without-a-key 'is encrypted: --encrypt NAME and --key FILE are missing' \
  wardctl image lock --lock again.lock --name model "$image"
refuses lock-without-the-keys-name 'give --encrypt and --key together' \
  wardctl image lock --lock again.lock --name model --key model.key "$image"
mkdir mounted
if wardctl image mount images.lock model --images "$images" --key - mounted <model.key; then
  same mounted-to-look 'weights of this model' "$(head -n 1 mounted/weights)"
  umount mounted
else
  not_ok mounted-to-look 'it could not be mounted'
fi

# By programs of another hand, without Ward.
if [[ -e /dev/mapper/control ]]; then
  loop=$(losetup --find --show --read-only "$image")
  check cryptsetup-opens-it cryptsetup open --readonly --type plain --cipher aes-xts-plain64 --key-size 512 \
    --sector-size 4096 --key-file model.key "$loop" by-hand
  check veritysetup-agrees veritysetup verify --no-superblock --data-blocks="$(entry model dataBlocks)" \
    --hash-offset="$(entry model hashOffset)" --salt="$(entry model salt)" /dev/mapper/by-hand /dev/mapper/by-hand "$root"
  mount -o ro -t erofs /dev/mapper/by-hand mounted
  check cryptsetup-shows-the-files diff -r model mounted
  umount mounted
  cryptsetup close by-hand
  losetup --detach "$loop"
else
  skip cryptsetup-opens-it 'this kernel has no device-mapper'
fi

inspected=$(wardctl image inspect images.lock model --images "$images" --json)
same inspect-finds-the-encrypted-file "$image true null" \
  "$(jq -r '"\(.onDisk.path) \(.onDisk.sizeAgrees) \(.onDisk.superblockAgrees)"' <<<"$inspected")"

# The node: a provider that says what it was asked, and does what the file `does` says.
mkdir provider
cat >provider/keys <<'PROVIDER'
#!/bin/sh
here=${0%/*}
cat >"$here/asked"
env >"$here/environment"
. "$here/does"
PROVIDER
chmod 755 provider/keys
does() { printf '%s\n' "$1" >provider/does; }
genuine="cat $work/model.key"
provider="\"keyProvider\":\"$work/provider/keys\",\"keyProviderTimeout\":4"
does "$genuine"
# boot MEMBER...: a node with these members in its configuration, which is measured with the policy.
boot() {
  reset_tpm
  rm -rf /run/ward/*
  configure "$@"
  wardctl measure --bundle policy.json
}

image_root root
build --name box --mount-point /model root >/dev/null
# write_policy [FILTER]: the policy, with the lock file changed by a jq filter.
write_policy() {
  jq "${1:-.}" images.lock >policy.lock
  cat >policy.yaml <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: encrypted, version: 1}
platform: bare-1
images: policy.lock
integrity: $integrity
containers:
  box:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    volumes: {/model: {image: model}}
    signals: [TERM, KILL]
    stdio: {stdout: allow, stderr: allow}
    instances: 2
    exec:
      model: {args: [/bin/cat, /model/weights]}
POLICY
  wardctl policy compile --output policy.json policy.yaml >/dev/null
}
write_policy
configure "$provider"
check measure wardctl measure --bundle policy.json
digest=$(sha256sum <policy.json | cut -d' ' -f1)
same reviewers-see-it 'aes-xts-plain64, sectors of 4096 bytes, key model-key' \
  "$(wardctl policy inspect policy.json | sed -n '/image model/,/image/s/^ *encryption  *//p')"
box_bundle one
box_bundle two
bare_config | jq '.process | .args = ["/bin/cat", "/model/weights"]' >process.json
create() { ward create --bundle "$work/$1" "$1" </dev/null >"$work/out" 2>&1; }
code() { grep -o 'WARD-[A-Z-]*' "$work/out" | head -n 1; }
devices() { cat /sys/block/dm-*/dm/name 2>/dev/null | grep -F "$root"; }
# left ID...: within two seconds nothing is left of the containers, of their image and of its devices.
left() {
  local try what
  for ((try = 0; try < 40; try++)); do
    what=$(
      leftovers "$@"
      devices
      losetup --list --noheadings --output BACK-FILE | grep -F "$root"
    )
    [[ -n $what ]] || return 0
    sleep 0.05
  done
  printf '%s\n' "$what"
}
# denied NAME CODE TEXT: no container; the record has the code and the message the text; nothing is left.
denied() {
  if create one; then
    not_ok "$1" 'it was created'
    ward delete --force one
    return
  fi
  same "$1" "$2" "$(code)"
  if [[ $(<out) == *"$3"* ]]; then ok "$1-says-why"; else not_ok "$1-says-why" "$(<out)"; fi
  same "$1-leaves-nothing" '' "$(left one)"
}

if create one; then ok container-with-an-encrypted-volume; else not_ok container-with-an-encrypted-volume "$(<out)"; fi
same provider-is-asked "{\"key\":\"model-key\",\"policy\":\"$digest\",\"rootHash\":\"$root\"}" "$(<provider/asked)"
same provider-has-no-environment PATH "$(cut -d= -f1 provider/environment | grep -vx 'PWD\|SHLVL\|_\|OLDPWD' | xargs)"
ward start one
same model-is-read "$(sha256sum <model/weights)" \
  "$(ward exec --process process.json one 2>"$work/errors" | sha256sum)"
rm provider/asked
create two || not_ok second-container "$(<out)"
same second-container-shares-the-mapping absent "$(test -e provider/asked && echo asked || echo absent)"

# The key is nowhere.
key=$(od -An -v -tx1 model.key | tr -d ' \n')
# holds FILE...: those that hold the key, as it is or in hexadecimal.
holds() {
  /usr/bin/python3 - "$key" "$@" <<'PYTHON'
import sys
key = bytes.fromhex(sys.argv[1])
for name in sys.argv[2:]:
    try:
        with open(name, "rb") as file: contents = file.read(64 << 20)
    except OSError: continue
    if key in contents or key[:32] in contents or key[32:] in contents or key.hex().encode() in contents.lower():
        print(name)
PYTHON
}
same the-search-finds-a-key model.key "$(holds model.key images.lock)"
mapfile -t files < <(find /run/ward /etc/ward /tmp -xdev -type f ! -path "$work/*" 2>/dev/null)
same key-is-in-no-file-of-the-node '' "$(holds "${files[@]}" policy.json images.lock out "$image")"
same key-is-on-no-command-line-and-in-no-environment '' "$(holds /proc/[0-9]*/cmdline /proc/[0-9]*/environ)"
if [[ $integrity == dm-verity ]]; then
  sectors=$(($(stat -c %s "$image") / 512))
  same device-that-decrypts "0 $sectors crypt aes-xts-plain64 :64:logon:ward:image 0 7:N 0 1 sector_size:4096" \
    "$(dmsetup table --showkeys "ward-$root-crypt" | sed 's/ 7:[0-9]* / 7:N /')"
  same both-are-read-only '1 1' "$(
    for name in "ward-$root" "ward-$root-crypt"; do
      cat "/sys/block/dm-$(dmsetup info -c --noheadings -o minor "$name")/ro"
    done | xargs)"
  same no-keyring-holds-it '' "$(grep -F ward:image /proc/keys)"
fi
check first-ends ward delete --force one
check second-ends ward delete --force two
same closed-with-the-last '' "$(left one two)"

# What the provider may do instead.
does "cat $work/other.key"
denied another-key WARD-IMAGE-CORRUPT 'or model-key is another key than it was encrypted with'
if grep -q 'block 0 of the ' out; then ok another-key-names-the-block; else not_ok another-key-names-the-block "$(<out)"; fi
does 'sleep 1000'
before=$SECONDS
denied provider-that-hangs WARD-IMAGE-KEY 'gave no key within 4 s'
if ((SECONDS - before < 15)); then ok and-is-ended-in-time; else not_ok and-is-ended-in-time "$((SECONDS - before)) s"; fi
# The same on any kernel: not repeated in the VM.
if [[ -z ${WARD_VM:-} ]]; then
  does 'echo no policy of that digest >&2; exit 1'
  denied provider-that-refuses WARD-IMAGE-KEY 'ended with status 1: no policy of that digest'
  does "$genuine; echo"
  denied provider-that-says-more WARD-IMAGE-KEY 'more than the 64 bytes'
  does "head -c 10 $work/model.key"
  denied provider-that-says-less WARD-IMAGE-KEY 'gave 10 bytes'
  does 'head -c 64 /dev/zero'
  denied key-of-equal-halves WARD-IMAGE-KEY 'halves differ'
  same refusals-are-on-record WARD-IMAGE-KEY "$(wardctl denials list --json | jq -r '.[-1].violations[0].code // .[-1].code')"
  check boot-without-a-provider boot
  denied no-provider WARD-IMAGE-KEY 'no keyProvider in /etc/ward/ward.json'
  check boot-with-a-provider-that-is-not-there boot "\"keyProvider\":\"$work/provider/none\""
  denied provider-that-is-not-there WARD-IMAGE-KEY 'could not be started'
  check boot-as-before boot "$provider"
fi
does "$genuine"

# A disk that was changed is refused by the hash tree; one byte of it spoils a block of the cipher.
cp "$image" altered
printf x | dd of="$image" bs=1 seek=5000 conv=notrunc status=none
if create one; then
  ward start one
  refuses altered-block-is-an-error 'nput/output error' \
    ward exec --process process.json one
  ward delete --force one
else
  same altered-block-is-refused WARD-IMAGE-CORRUPT "$(code)"
fi
same altered-block-leaves-nothing '' "$(left one)"
cp altered "$image"
mv "$image" "$images/$root.away"
denied absent-file WARD-IMAGE-MISSING "$root.crypt"
mv "$images/$root.away" "$image"

# ward is killed while the provider thinks; what comes next finds nothing in its way.
does "touch $work/provider/thinking; sleep 1000"
rm -f provider/thinking
ward create --bundle "$work/one" one </dev/null >out 2>&1 &
running=$!
for ((try = 0; try < 200; try++)); do [[ ! -e provider/thinking ]] || break; sleep 0.05; done
kill -9 "$running"
wait "$running" 2>/dev/null
ward delete --force one >/dev/null 2>&1
same ward-killed-while-it-asks '' "$(left one)"
does "$genuine"
# ward-verity in the same way: a program that stands before it, and dies when the key is on its way.
mkdir provider/bin
cat >provider/bin/ward-verity <<VERITY
#!/bin/sh
[ -e "$work/provider/before" ] || "$bin/ward-verity" "\$@"
kill -9 \$\$
VERITY
chmod 755 provider/bin/ward-verity
genuine_bin=$bin
bin=$work/provider/bin
check boot-with-another-ward-verity boot "$provider"
touch provider/before
for death in before after; do
  if create one; then not_ok "ward-verity-killed-$death" 'it was created'; else ok "ward-verity-killed-$death"; fi
  same "ward-verity-killed-$death-leaves-nothing" '' "$(left one)"
  rm -f provider/before
done
bin=$genuine_bin
check boot-with-the-real-one boot "$provider"
if [[ $integrity == dm-verity ]]; then
  # What a crash between the two devices leaves, and worse: a device of that name that does not decrypt.
  dmsetup create "ward-$root-crypt" --table "0 8 error"
  if create one; then ok device-of-the-name-makes-way; else not_ok device-of-the-name-makes-way "$(<out)"; fi
  ward delete --force one
  same and-is-closed '' "$(left one)"
fi

# Another policy, in which the image is not said to be encrypted: whatever the host puts there, it is not opened.
write_policy 'del(.images.model.encryption)'
check measure-another-policy boot "$provider"
rm -f provider/asked
denied policy-without-encryption WARD-IMAGE-MISSING "$root.erofs"
cp "$image" "$images/$root.erofs"
if create one; then
  not_ok ciphertext-in-its-place 'it was created'
  ward delete --force one
else
  same ciphertext-in-its-place WARD-IMAGE-CORRUPT "$(code)"
fi
same ciphertext-in-its-place-leaves-nothing '' "$(left one)"
same nobody-was-asked absent "$(test -e provider/asked && echo asked || echo absent)"
finish
