#!/usr/bin/env bash
# RAM disks as the kernel has them, and that no more memory is promised than the node has.
# The same on any kernel: not repeated in the VM
# shellcheck disable=SC2154 # work, images and integrity come from node
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"

total=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) * 1024))
image_root "$work/root"
wardctl image build --output "$images" --lock "$work/images.lock" --name box "$work/root" >/dev/null
cat >"$work/policy.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: scratch, version: 1}
platform: bare-1
images: images.lock
integrity: memory
containers:
  half:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/scratch: {size: $((total / 4)), hugePages: withinSize}, /: {size: $((total / 4))}}
    stdio: {stdout: allow, stderr: allow}
    instances: 3
  all:
    image: box
    args: [/bin/sleep, "2000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/scratch: {size: $total}}
  none:
    image: box
    args: [/bin/sleep, "3000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
POLICY
configure '"keepImages":true'
if ! { wardctl policy compile --output "$work/policy.json" "$work/policy.yaml" &&
  wardctl measure --bundle "$work/policy.json"; } >"$work/said" 2>&1; then
  not_ok measure "$(<"$work/said")"
  finish
fi

# make ID [FILTER]: creates a container; what it says is in $work/out.
make() {
  box_bundle "$1" "${2:-.root.readonly = false}"
  ward create --bundle "$work/$1" "$1" </dev/null >"$work/out" 2>&1
}
code() { grep -o 'WARD-[A-Z-]*' "$work/out" | head -n 1; }

make one || not_ok first-container "$(<"$work/out")"
pid=$(ward state one | jq .pid)
mounted() { awk -v place="$1" '$5 == place { print $NF }' "/proc/$pid/mountinfo" | tail -n 1; }
same huge-pages-as-the-policy-says within_size "$(mounted /scratch | grep -o 'within_size')"
same never-swapped noswap "$(mounted /scratch | grep -o noswap)"
same what-it-was-promised "$((total / 4 * 2)) $(wardctl image inspect "$work/images.lock" box --json | jq '.image.dataBlocks * 4096')" \
  "$(jq -r '.memory | "\(.scratch) \(.images | add)"' /run/ward/containers/one/state.json)"
make two
same image-leaves-no-room-for-two-halves WARD-NODE-MEMORY "$(code)"
same it-is-on-record WARD-NODE-MEMORY "$(wardctl denials list --json | jq -r '.[-1].violations[0].code // .[-1].code')"
same nothing-of-it-is-there '' "$(find /run/ward/containers /sys/fs/cgroup -name two 2>/dev/null)"
check containers-without-scratch-start make none '.process.args[1] = "3000"'
ward delete --force none
check room-is-given-back ward delete --force one
make two || not_ok room-is-taken-again "$(<"$work/out")"
ward delete --force two
# With keepImages its image stays in memory: beside it all of the memory is too much.
make all '.process.args[1] = "2000" | .root.readonly = true'
same image-that-is-kept-counts WARD-NODE-MEMORY "$(code)"
grep -q "bytes beside the $(wardctl image inspect "$work/images.lock" box --json | jq '.image.dataBlocks * 4096') of others" "$work/out" ||
  not_ok image-that-is-kept-is-named "$(<"$work/out")"
# A create that is killed gives its promise back with `delete --force`, not before.
strace -qq -o /dev/null -f -e trace=clone,clone3 -e inject=clone,clone3:signal=KILL ward create --bundle "$work/two" two \
  </dev/null >/dev/null 2>&1
make one
same killed-create-still-holds-its-memory WARD-NODE-MEMORY "$(code)"
ward delete --force two
check and-gives-it-back make one
finish
