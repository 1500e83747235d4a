# shellcheck shell=bash
# Sourced after harness.sh by the tests of published attacks: a node whose policy admits what is sent (an enforcing one
# would refuse most of it before), a busybox root, and an attacker's program.
#
# ATTACKED=runc (or crun, or a path) runs the attacks against another runtime: that is how a case shows that it can fail.
# shellcheck disable=SC2154 # work and checkout come from node

attacked=${ATTACKED:-ward}
# How long one race lasts, in seconds.
race_seconds=${RACE_SECONDS:-8}
[[ ${WARD_VM:-} != 1 ]] || race_seconds=${RACE_SECONDS:-5}

# runtime ARGUMENT...: the runtime under attack, within bounds of time.
runtime() {
  case $attacked in
    ward) timeout 30 ward "$@" ;;
    *) timeout 30 "$attacked" --root "$work/peer" "$@" ;;
  esac
}

# hostile: the policy, the attacker's program and the root of the containers.
hostile() {
  if [[ $attacked == ward ]]; then
    admit_all
  elif mountpoint --quiet /sys/fs/cgroup/unified; then
    # crun 1.8 refuses a hybrid hierarchy.
    umount /sys/fs/cgroup/unified
  fi
  # Swift's own compiler, where the machine has no other.
  "$(command -v cc || command -v clang)" -O2 -static -o "$work/attacker" "$checkout/Tests/KernelTests/attacker.c" \
    || { not_ok attacker 'the attacker does not compile'; finish; }
  root=$work/rootfs
  make_root "$root"
  # What no container may reach: it lies on the node, beside the containers' files.
  outside=$work/outside
  mkdir -p "$outside"
  echo secret >"$outside/secret"
  chmod 0755 "$work" "$outside"
  core_pattern=$(cat /proc/sys/kernel/core_pattern)
}

# make_root FOLDER: files of a container.
make_root() {
  local program
  mkdir -p "$1"/{bin,proc,dev,sys,tmp,etc,root}
  cp /bin/busybox "$work/attacker" "$1/bin/"
  for program in sh sleep cat ls find grep head id mount readlink sed sort stat touch true wc; do ln -s busybox "$1/bin/$program"; done
  printf 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n' >"$1/etc/passwd"
}

# bundle NAME FILTER ARGUMENT...: a bundle for a program with $root as its root; the jq filter changes its config.json.
# Cgroups are those of the whole machine, where another test may be at work.
bundle() {
  local name=$1 filter=$2
  shift 2
  mkdir -p "$work/$name"
  jq -n --arg root "$root" --arg cgroup "/ward/hostile-$$-$name" '{
    ociVersion: "1.0.2", root: {path: $root}, hostname: "box",
    process: {args: $ARGS.positional, env: ["PATH=/bin"], cwd: "/", user: {uid: 0, gid: 0}, noNewPrivileges: true,
      capabilities: (["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETUID", "CAP_SETGID"]
        | {bounding: ., effective: ., permitted: .})},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
      {destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]}],
    linux: {
      cgroupsPath: $cgroup, namespaces: (["pid", "network", "ipc", "uts", "mount"] | map({type: .})),
      maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}' \
    --args -- "$@" | jq "$filter" >"$work/$name/config.json"
}

# launch NAME [OPTION...]: runs a container of the bundle to its end, and prints it and the runtime say.
number=0
launch() {
  local name=$1 status=0
  shift
  runtime run "$@" --bundle "$work/$name" "$name-$((number += 1))" </dev/null >"$work/said" 2>&1 || status=$?
  cat "$work/said"
  return "$status"
}

# says NAME EXPECTED FILTER SCRIPT: a container's shell script prints EXPECTED.
says() {
  bundle "case" "$3" sh -c "$4"
  same "$1" "$2" "$(launch case 2>&1)"
}

# denied NAME TEXT FILTER [SCRIPT]: no container is made, for this reason, and nothing of it is left.
denied() {
  bundle "case" "$3" sh -c "${4:-true}"
  refuses "$1" "$2" launch case
  same "$1: nothing is left" '' "$(runtime list -q)"
}

# untouched NAME: what lies beside the containers' files is what it was, nothing is mounted on it, and no setting of
# the node has changed.
untouched() {
  same "$1: nothing outside was made, mounted on or changed" "secret, 0, $core_pattern" \
    "$(tr '\n' ' ' < <(ls "$outside") | sed 's/ $//'), $(grep -c " $outside" /proc/self/mountinfo), $(cat /proc/sys/kernel/core_pattern)"
  find "$outside" -mindepth 1 ! -name secret -delete
}

# swapping A B: from here on two names change places, as fast as it goes; the process is $swapper.
swapping() {
  "$work/attacker" swap "$1" "$2" &
  swapper=$!
}
# swapped: that ends.
swapped() {
  kill "$swapper"
  wait "$swapper" 2>/dev/null
}

# race NAME: launches of the bundle `race` for $race_seconds, and at least ten, while names are swapped. `ran` and `refused` count them,
# `found` holds the lines in which a container says that it came upon something of the node.
race() {
  local end=$((SECONDS + race_seconds)) output
  ran=0 refused=0 found=''
  while ((SECONDS < end || (ran + refused < 10 && SECONDS < end + 60))); do
    if output=$(launch race 2>&1); then ran=$((ran + 1)); else refused=$((refused + 1)); fi
    found+=$(grep -a -E 'ESCAPED|secret' <<<"$output")
  done
  same "$1: no launch of $((ran + refused)) ($refused refused) came upon the node" '' "${found:0:200}"
  if ((ran + refused < 10)); then not_ok "$1: enough tries" "only $((ran + refused)) launches"; else ok "$1: enough tries"; fi
}
