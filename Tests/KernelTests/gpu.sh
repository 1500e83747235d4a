#!/usr/bin/env bash
# Containers with GPUs: what they find, who holds what, and what is refused. The node's GPUs are files (gpu/node.sh), and NVML
# is a stand-in that writes down what it was asked.
# shellcheck disable=SC2154
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=enforced.sh
source "$(dirname "${BASH_SOURCE[0]}")/enforced.sh"
# shellcheck source=gpu/node.sh
source "$(dirname "${BASH_SOURCE[0]}")/gpu/node.sh"
if ! command -v cc >/dev/null; then
  skip gpu 'no C compiler for the stand-in'
  finish
fi
cd "$work" || exit 1
gpu_node 3

# The driver's image.
gpu_driver "$work/driver"
build_driver() { wardctl image build-driver --root "$work/driver" "$@"; }
check driver-image-builds build_driver --output "$images" --lock images.lock --name driver
if [[ -z ${WARD_VM:-} ]]; then
  before=$(sha256sum <images.lock)
  build_driver --output "$images" --lock images.lock --name driver >/dev/null
  same driver-image-is-reproducible "$before" "$(sha256sum <images.lock)"
  same driver-libraries-are-listed "4 libcuda.so.$gpu_version" \
    "$(build_driver --libraries | wc -l) $(build_driver --libraries | grep -o 'libcuda.so.550[0-9.]*')"
  cp -a driver mixed
  touch mixed/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.535.1
  refuses driver-of-two-versions 'expected one version of the driver' \
    wardctl image build-driver --root "$work/mixed" --output "$images" --lock images.lock
  refuses driver-that-is-not-there 'libcuda.so.VERSION' \
    wardctl image build-driver --root "$work/nvml" --output "$images" --lock images.lock
  same failed-driver-leaves-nothing '' "$(find "$images" -mindepth 1 -name '.*')"
fi

# The policy.
image_root "$work/root"
mkdir -p "$work/root/usr/local/nvidia"
cat >"$work/root/bin/look" <<'LOOK'
#!/bin/sh
ls -ln /dev /dev/nvidia-caps /dev/dri 2>/dev/null |
  sed -n 's/^c.* \([0-9]*, *[0-9]*\) .* \(nvidia[^ ]*\|renderD[^ ]*\|kfd\)$/\2 \1/p'
for name in nvidia0 nvidia1 nvidia2; do cat "/dev/$name" 2>&1 | sed -n 's/.*: //p'; done
readlink /usr/local/nvidia/lib64/libcuda.so.1
LOOK
chmod 755 "$work/root/bin/look"
wardctl image build --output "$images" --lock images.lock --name box "$work/root" >/dev/null
# entry NAME NUMBER GPU: a container that sleeps.
entry() {
  cat <<ENTRY
  $1:
    image: box
    args: [/bin/sleep, "$2"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/scratch: {size: 1Mi}}
    ${3:+gpu: $3}
    signals: [KILL]
    stdio: {stdout: allow, stderr: allow}
    instances: 5
    exec: {look: {args: [/bin/look]}}
ENTRY
}
mkdir -p libraries
cp "driver/usr/lib/x86_64-linux-gnu/libcuda.so.$gpu_version" libraries/
library="path: $work/libraries/libcuda.so.$gpu_version, links: [libcuda.so.1]"
library+=", sha256: \"$(sha256sum "libraries/libcuda.so.$gpu_version" | cut -c1-64)\""
{
  printf 'apiVersion: ward/v1\nkind: Policy\nmetadata: {name: gpu, version: 1}\nplatform: bare-1\n'
  printf 'images: images.lock\nintegrity: %s\ncontainers:\n' "$integrity"
  entry box 1000 '{count: 1, driverImage: driver}'
  entry pair 1001 '{count: 2, driverImage: driver}'
  entry files 1002 "{count: 1, driverLibraries: [{$library}], capabilities: [utility]}"
  entry plain 1003 ''
  entry strict 1004 '{count: 1, onViolation: stop}'
  entry part 1006 '{count: 1, mig: true, confidentialCompute: optional}'
  entry amd 1007 '{count: 1, vendor: amd, confidentialCompute: optional}'
  entry named 1005 "{count: 1, uuids: [$(gpu_uuid 2)]}"
} >policy.yaml
check policy-compiles wardctl policy compile --output policy.json policy.yaml
check policy-is-measured wardctl measure --bundle policy.json

# create ID NUMBER [FILTER]: makes and starts a container of the entry that sleeps so long.
create() {
  box_bundle "$1" ".process.args[1] = \"$2\" | ${3:-.}"
  timeout 60 ward create --bundle "$work/$1" "$1" </dev/null >"$work/said" 2>&1 || {
    cat "$work/said"
    return 1
  }
  ward start "$1"
}
look() {
  bare_config '.process | .args = ["/bin/look"]' >process.json
  ward exec --process process.json "$1" 2>&1
}
held() { wardctl gpu status --json | jq -r '[.gpus[] | .holders[0].container // "-"] | join(" ")'; }
delete() { ward delete --force "$1"; }
no='No such device or address'

same no-gpu-is-held '- - -' "$(held)"
# Asking for a mode in which others could look takes nothing and records it.
modes=('devtools 1')
# The rest says nothing new on another kernel, as all that is refused before anything is made.
[[ -n ${WARD_VM:-} ]] ||
  modes+=('environment 1' 'feature 0' 'stale 1' 'ready 1' 'report 3' 'size 9000' 'init 9')
for mode in "${modes[@]}"; do
  gpu_mode "$mode"
  refuses "refused: ${mode% *}" WARD-GPU-CONFIDENTIAL create box 1000
done
# What the library tries fails with EPERM (1) or EROFS (30), but for a socket of the file system.
gpu_mode 'attempt 1' 'environment 1'
create box 1000 >/dev/null 2>&1
same library-is-confined 'bpf 1|dumpable 1|execve 1|local 0|mknod 1|mount 1|pattern 30|ptrace 1|socket 1|unshare 1' \
  "$(grep -E '^(bpf|dumpable|execve|local|mknod|mount|pattern|ptrace|socket|unshare) ' nvml/nvml.log | sort -u | paste -sd'|')"
same nothing-was-made-ready '' "$(grep -s ready nvml/nvml.log)"
same nothing-was-measured 0 "$(wardctl attest log --json | jq '[.[] | select(.content.event == "gpu")] | length')"
gpu_mode 'ready 0'
gpu_parameters 'RMDisableScrubOnFree=1;'
refuses refused-without-scrubbing RMDisableScrubOnFree create box 1000
gpu_parameters ''
same nothing-is-left '' "$(ls /run/ward/containers 2>/dev/null)"

check container-with-a-gpu create box 1000
absent='No such file or directory'
same it-finds-its-gpu-alone \
  "nvidia-uvm 507, 0|nvidia0 195, 0|nvidiactl 195, 255|$no|$absent|$absent|libcuda.so.$gpu_version" \
  "$(look box | sed 's/,  */, /' | paste -sd'|')"
same evidence-comes-before-ready "report $(gpu_uuid 0),ready 1" "$(tail -n 2 nvml/nvml.log | paste -sd,)"
same evidence-is-measured 1 "$(wardctl attest log --json | jq '[.[] | select(.content.event == "gpu")] | length')"
measured=$(wardctl attest log --json | jq -r '.[] | select(.content.event == "gpu") | .content.digest')
same evidence-is-kept "$measured" "$(sha256sum </run/ward/gpu/evidence-"$measured".json | cut -c1-64)"
same status-shows-the-holder 'box - -' "$(held)"

# The cgroup of the container, on either version.
cgroup=$(jq -r .cgroup /run/ward/containers/box/state.json)
processes=/sys/fs/cgroup/devices$cgroup/cgroup.procs
[[ -e $processes ]] || processes=/sys/fs/cgroup$cgroup/cgroup.procs
mknod -m 666 nvidia0 c 195 0
mknod -m 666 nvidia1 c 195 1
# shellcheck disable=SC2016 # the script is the child's own
in_cgroup() { sh -c 'echo $$ >"$0" && exec cat "$1"' "$processes" "$1" 2>&1 | sed 's/.*: //'; }
same the-cgroup-admits-its-gpu "$no" "$(in_cgroup nvidia0)"
same the-cgroup-denies-others 'Operation not permitted' "$(in_cgroup nvidia1)"

# What the control plane says of GPUs is compared, and never obeyed.
device='{path: "/dev/nvidia2", type: "c", major: 195, minor: 2}'
rule='{allow: true, type: "c", major: 195, minor: 2, access: "rwm"}'
check cdi-devices-are-compared create cdi 1000 \
  ".linux.devices = [$device] | .linux.resources.devices += [$rule] | .annotations[\"cdi.k8s.io/x\"] = \"nvidia.com/gpu=2\""
same and-not-obeyed 'nvidia1 195, 1' "$(look cdi | sed -n 's/,  */, /; /^nvidia[0-9]/p')"
same another-gpu-is-evidenced "report $(gpu_uuid 1)" "$(tail -n 1 nvml/nvml.log)"
if [[ -z ${WARD_VM:-} ]]; then
  refuses cdi-for-all WARD-GPU-SENT create sent 1000 '.annotations["cdi.k8s.io/x"] = "nvidia.com/gpu=all"'
  refuses a-device-that-is-no-gpu WARD-GPU-SENT create sent 1000 \
    '.linux.devices = [{path: "/dev/mem", type: "c", major: 1, minor: 1}]'
  refuses variables-select-nothing WARD-ENV-UNEXPECTED create sent 1000 '.process.env += ["NVIDIA_VISIBLE_DEVICES=all"]'
  refuses a-hook-of-the-toolkit WARD-HOOKS create sent 1000 '.hooks.createContainer = [{path: "/usr/bin/nvidia-ctk"}]'
  refuses libraries-over-the-driver WARD-MOUNT-UNEXPECTED create sent 1000 \
    '.mounts += [{destination: "/usr/local/nvidia/lib64", type: "bind", source: "/tmp", options: ["bind", "ro"]}]'
  refuses a-plain-entry-has-no-devices 'permission denied' create sent 1003 ".linux.devices = [$device]"
fi
check a-plain-container create plain 1003
same and-it-finds-no-gpu "$absent|$absent|$absent" "$(look plain | paste -sd'|')"

refuses two-where-one-is-free WARD-GPU-BUSY create pair 1001
check the-last-one create named 1005
refuses none-is-left WARD-GPU-BUSY create late 1000
same refusals-are-on-record 'WARD-GPU-BUSY' "$(wardctl denials list --json | jq -r 'last.violations[0].code')"
same the-refused-hold-nothing 'box cdi named' "$(held)"
delete box
same deleted-ones-hold-nothing '- cdi named' "$(held)"
check a-gpu-is-free-again create late 1000
same and-was-evidenced-before 1 "$(grep -c "report $(gpu_uuid 0)" nvml/nvml.log | sed 's/[1-9]/1/')"

# A crash: the process that makes a container is killed, and delete clears what it held.
delete late
box_bundle crash '.process.args[1] = "1000"'
{ (timeout --signal KILL 0.02 ward create --bundle "$work/crash" crash </dev/null >/dev/null); } 2>/dev/null
delete crash 2>/dev/null
same a-crash-holds-nothing '- cdi named' "$(held)"

# Libraries of the node by digest.
if [[ -z ${WARD_VM:-} ]]; then
  check libraries-by-digest create files 1002
  same they-are-copied-with-links "libcuda.so.$gpu_version" "$(look files | grep libcuda)"
  same utility-has-no-unified-memory '' "$(look files | grep uvm)"
  delete files
  echo >>"libraries/libcuda.so.$gpu_version"
  refuses another-library WARD-GPU-DRIVER create files 1002
  same a-failed-one-holds-nothing '- cdi named' "$(held)"
fi

# A refused command on an entry that says so stops the GPUs, and they stay stopped.
check before-the-stop create strict 1004
box_process '.args = ["/bin/sh"]' >process.json
refuses stopped-by-a-violation 'the GPUs of the node are stopped' ward exec --process process.json strict
same nvml-was-told 'ready 0' "$(tail -n 1 nvml/nvml.log)"
delete strict
refuses stopped-for-good 'were stopped' create box 1000

# Parts of a GPU, by their access tokens; a divided GPU is given by its parts alone.
mig_instance 0 1 30
mig_instance 0 2 39
check a-part-of-a-gpu create part 1006
same it-finds-its-part-alone 'nvidia-uvm 507, 0|nvidia0 195, 0|nvidiactl 195, 255|nvidia-cap30 237, 30|nvidia-cap31 237, 31' \
  "$(look part | sed 's/,  */, /; /^nvidia/!d' | paste -sd'|')"
same status-shows-the-part "part (gi1/ci0)" "$(wardctl gpu status | grep -o 'part (.*')"
check another-part create part2 1006
same they-share-the-gpu 'nvidia-cap39 237, 39|nvidia-cap40 237, 40' "$(look part2 | grep cap | sed 's/,  */, /' | paste -sd'|')"
refuses no-part-is-left WARD-GPU-BUSY create part3 1006

# AMD's, on the same node.
refuses no-gpu-of-amd 'expected GPUs of AMD' create amd 1007
amd_gpu 129 0000:43:00.0
check a-gpu-of-amd create amd 1007
same it-finds-amd-alone 'kfd 510, 0|renderD129 226, 129' "$(look amd | sed 's/,  */, /; /^kfd\|^render/!d' | paste -sd'|')"
refuses no-second-gpu-of-amd WARD-GPU-BUSY create amd2 1007
for id in cdi named plain part part2 amd; do delete $id; done
same everything-is-gone '' "$(gone box cdi named plain late files strict crash part part2 amd)"
finish
