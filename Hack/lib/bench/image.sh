# shellcheck shell=bash
# Sourced by Hack/bench on a private node: what verified images cost their authors and a node, with a model of the given
# size. Prints medians in ms, and what stands beside them.
# shellcheck disable=SC2154 # work, images, integrity and checkout come from node

# shellcheck source=../bare.sh
source "$checkout/Hack/lib/bare.sh"

size=256 rounds=3 json=
while (($#)); do
  case $1 in
    --size | --rounds | --json)
      (($# > 1)) || { echo "Hack/bench image: $1 needs a value" >&2; exit 2; }
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    *) echo "Hack/bench image: unknown argument $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

mkdir -p "$work/model" "$work/other" "$work/ward" "$work/root"/{bin,proc,dev,sys,tmp,etc,model} "$work/box/rootfs"
head -c $((size << 20)) /dev/urandom >"$work/model/model.safetensors"
cp "$(command -v busybox)" "$work/root/bin/busybox"
ln -s busybox "$work/root/bin/sleep"

# timed COMMAND...: how long it takes, in ms. `before` makes it ready.
before=:
timed() {
  local begin
  $before >/dev/null
  begin=$EPOCHREALTIME
  "$@" </dev/null >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  awk -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", (end - begin) * 1000 }'
}
middle() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
# median COMMAND...: of all rounds.
median() {
  local round
  for ((round = 0; round < rounds; round++)); do timed "$@"; done | middle
}
# medians COMMAND OTHER: of both, which take turns. What the first pair takes is not counted: it is the first to touch the
# memory that the files lie in.
medians() {
  local round
  rm -f "$work"/took.*
  for ((round = 0; round <= rounds; round++)); do
    timed "$1" >>"$work/took.ward"
    timed "$2" >>"$work/took.other"
  done
  tail -n "$rounds" "$work/took.ward" | middle
  tail -n "$rounds" "$work/took.other" | middle
}

results=()
# result MEASURE WARD [OTHER]
result() {
  results+=("$(jq -cn --arg measure "$1" --argjson ward "$2" --argjson other "${3:-null}" \
    '{measure: $measure, ward_ms: $ward, other_ms: $other, ratio: (if $other then $ward / $other else null end)}')")
}

lock=$work/images.lock
rebuild() {
  rm -f "$images"/*.erofs
  build --name model --volume "$work/model"
}
build() { wardctl image build --output "$images" --lock "$lock" "$@"; }
# What an author would run without Ward: the same steps, by the programs of the distribution.
others() {
  rm -f "$work/other/image"
  mkfs.erofs --quiet -T0 --all-root "$work/other/image" "$work/model"
  local bytes
  bytes=$(stat -c %s "$work/other/image")
  veritysetup format --no-superblock --hash-offset="$bytes" "$work/other/image" "$work/other/image" >"$work/other/said"
}
# shellcheck disable=SC2046 # two numbers
result "image build, $size MiB (other: mkfs.erofs and veritysetup)" $(medians rebuild others)
other_root=$(sed -n 's/^Root hash:[[:space:]]*//p' "$work/other/said")
other_salt=$(sed -n 's/^Salt:[[:space:]]*//p' "$work/other/said")
other_blocks=$(sed -n 's/^Data blocks:[[:space:]]*//p' "$work/other/said")
result "image verify (other: veritysetup verify)" \
  "$(median wardctl image verify "$lock" model --images "$images")" \
  "$(median veritysetup verify --no-superblock --hash-offset=$((other_blocks * 4096)) --salt="$other_salt" \
    --data-blocks="$other_blocks" "$work/other/image" "$work/other/image" "$other_root")"

# The hash tree by itself, and error correction codes; each round appends them to a fresh copy of the file system.
tree=$checkout/Hack/bench.d/.build/release/tree
if [[ -x $tree ]]; then
  truncate -s $((other_blocks * 4096)) "$work/other/image"
  mv "$work/other/image" "$work/other/plain"
  fresh() { cp "$work/other/plain" "$work/other/appended"; }
  format() {
    veritysetup format --no-superblock --hash-offset=$((other_blocks * 4096)) --salt="$other_salt" "$@" \
      "$work/other/appended" "$work/other/appended"
  }
  before=fresh
  ward_ms=$(median "$tree" "$work/other/appended" "$other_salt")
  if [[ $(<"$work/said") != "$other_root" ]]; then
    echo "Hack/bench image: the root hash is not that of veritysetup" >&2
    exit 1
  fi
  result "hash tree alone (other: veritysetup format)" "$ward_ms" "$(median format)"
  fresh
  format >/dev/null
  end=$(stat -c %s "$work/other/appended")
  result "hash tree and codes of 2 roots (other: veritysetup format --fec-roots)" \
    "$(median "$tree" "$work/other/appended" "$other_salt" 2)" \
    "$(median format --fec-device="$work/other/appended" --fec-offset="$end" --fec-roots=2)"
  rm "$work/other/plain" "$work/other/appended"
  before=:
else
  echo 'Hack/bench image: the hash tree alone is measured after a run outside of the VM' >&2
fi

build --name box "$work/root" >/dev/null
cat >"$work/policy.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: bench, version: 1}
platform: bare-1
images: images.lock
integrity: $integrity
containers:
  box:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/tmp: {size: 1Mi}}
    volumes: {/model: {image: model}}
    signals: [KILL]
    stdio: {stdout: deny, stderr: deny}
    instances: 2
POLICY
wardctl policy compile --output "$work/policy.json" "$work/policy.yaml" >/dev/null
reset_tpm
configure
wardctl measure --bundle "$work/policy.json" >/dev/null
mkdir -p "$work/two/rootfs"
for bundle in box two; do bare_config >"$work/$bundle/config.json"; done
create() { ward create --bundle "$work/$1" "$1"; }
gone() { for id in "$@"; do ward delete --force "$id" 2>/dev/null; done; }
before='gone box two'
# Cold: devices and memory files end with the last container, and what the kernel has kept of them. The files lie in RAM.
opened=$(median create box)
result "create with everything on, image of $size MiB opened ($integrity, cold)" "$opened"
shared() { gone box two && create box </dev/null; }
before=shared
shared_ms=$(median create two)
result "create with everything on, image of $size MiB shared" "$shared_ms"
if [[ $integrity == memory ]]; then
  result 'memory mode per GiB of image: opened less shared' \
    "$(jq -n "[($opened - $shared_ms) * 1024 / $size, 0] | max * 10 | round / 10")"
fi

if [[ $integrity == dm-verity ]]; then
  gone box two
  create box </dev/null >/dev/null 2>&1
  device=$(grep -lx "ward-$(jq -r .images.model.rootHash "$lock")" /sys/block/dm-*/dm/name)
  device=/dev/${device:11:-8}
  loop=$(losetup --noheadings --output NAME --associated "$images/$(jq -r .images.model.rootHash "$lock").erofs")
  uncached() { blockdev --flushbufs "$device" && blockdev --flushbufs "$loop"; }
  before=uncached
  result "read of $size MiB through dm-verity (other: the device beneath)" \
    "$(median dd if="$device" of=/dev/null bs=1M)" "$(median dd if="$loop" of=/dev/null bs=1M count="$size")"
fi
gone box two

printf '%s\n' "${results[@]}" | jq -s '{measures: .}' >"$work/result.json"
[[ -z $json ]] || cp "$work/result.json" "$json"
jq -r '["measure", "ward", "other", "ratio"], (.measures[] | [.measure, .ward_ms, .other_ms // "-",
  (if .ratio then (.ratio * 100 | round / 100) else "-" end)]) | @tsv' "$work/result.json" | column -t -s $'\t'
