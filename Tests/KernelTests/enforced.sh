# shellcheck shell=bash
# Sourced after harness.sh by tests of a node with an enforcing policy: one busybox image, a container `box` that sleeps,
# and what may be executed in it.
# shellcheck disable=SC2154 # work, images, integrity and checkout come from node

# shellcheck source=../../Hack/lib/bare.sh
source "$checkout/Hack/lib/bare.sh"

# image_root FOLDER: the files of the image.
image_root() {
  mkdir -p "$1"/{bin,proc,dev,sys,tmp,etc,scratch}
  cp "$(command -v busybox)" "$1/bin/busybox"
  local program
  for program in sh sleep cat ls grep sed readlink true wc kill; do ln -s busybox "$1/bin/$program"; done
  # Of this run alone: loop devices are seen by the whole machine.
  echo "$work" >"$1/etc/test"
  echo 'app:x:10001:10001::/tmp:/bin/sh' >"$1/etc/passwd"
  # CVE-2019-5736: the kernel is asked to run whatever runs it.
  printf '#!/proc/self/exe --version\n' >"$1/bin/itself"
  cat >"$1/bin/facts" <<'FACTS'
#!/bin/sh
sed -n 's/^\(NoNewPrivs\|Seccomp\|Uid\|Gid\|Groups\|Cap[A-Z][a-z]*\):[[:space:]]*/\1=/p' /proc/self/status
FACTS
  cat >"$1/bin/descriptors" <<'DESCRIPTORS'
#!/bin/sh
for number in $(ls /proc/$$/fd); do readlink "/proc/$$/fd/$number"; done
DESCRIPTORS
  chmod 755 "$1/bin/"*
}

# enforce [INSTANCES]: builds the image, compiles and measures the policy.
enforce() { compile_box "${1:-1}" && wardctl measure --bundle "$work/policy.json" >/dev/null; }

# compile_box [INSTANCES]: builds the image and compiles the policy.
compile_box() {
  image_root "$work/root"
  wardctl image build --output "$images" --lock "$work/images.lock" --name box "$work/root" >/dev/null || return 1
  cat >"$work/policy.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: attacked, version: 1}
platform: bare-1
images: images.lock
integrity: $integrity
containers:
  box:
    image: box
    args: [/bin/sleep, "1000"]
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    scratch: {/scratch: {size: 1Mi}}
    signals: [TERM, KILL]
    stdio: {stdout: allow, stderr: allow}
    instances: ${1:-1}
    exec:
      facts: {args: [/bin/facts]}
      descriptors: {args: [/bin/descriptors]}
      itself: {args: [/bin/itself]}
      wait: {args: [/bin/sleep, "5"]}
POLICY
  wardctl policy compile --output "$work/policy.json" "$work/policy.yaml" >/dev/null
}

# box_bundle NAME [FILTER]: a bundle with it.
box_bundle() {
  mkdir -p "$work/$1/rootfs"
  bare_config "${2:-.}" >"$work/$1/config.json"
}

# box_process FILTER: process.json for exec.
box_process() { bare_config | jq ".process | del(.rlimits) | $1"; }

# gone ID...: within two seconds nothing of the containers is left; otherwise prints what is.
gone() {
  local try
  for ((try = 0; try < 40; try++)); do
    [[ -n $(leftovers "$@") ]] || return 0
    # Processes, mounts and loop devices end a moment after the last command that asks for it.
    sleep 0.05
  done
  leftovers "$@"
}

# leftovers ID...: what there is of containers beside their bundles.
leftovers() {
  local id
  for id; do
    find /sys/fs/cgroup -depth -type d -name "$id" 2>/dev/null
    find /run/ward/images -name "$id" 2>/dev/null
    # A directory without a state is no container: the next create sweeps it up.
    find /run/ward/containers -path "*/$id/state.json" 2>/dev/null
  done
  grep -o '/run/ward/[^ ]*' /proc/self/mountinfo
  # Loop and verity devices are those of the whole machine: only this image's count.
  local image
  image=ward-$(wardctl image inspect "$work/images.lock" box --json | jq -r .image.rootHash)
  losetup --list --noheadings --output BACK-FILE 2>/dev/null | grep -F "$image"
  grep -sxh "$image" /sys/block/dm-*/dm/name
}
