# shellcheck shell=bash
# Sourced after harness.sh by tests of a node that admits every command: a busybox root file system, and containers of it.
# shellcheck disable=SC2154 # work, checkout and number come from node and from here

# admit: the policy, and the root file system $root.
admit() {
  admit_all
  # A user namespace of a container has to reach its root.
  chmod 0755 "$work"
  root=$work/rootfs
  make_root "$root"
}

# make_root FOLDER: a busybox root file system.
make_root() {
  mkdir -p "$1"/{bin,proc,dev,sys,tmp,etc,data,root}
  cp /bin/busybox "$1/bin/"
  local program
  for program in $("$1/bin/busybox" --list); do [[ $program == busybox ]] || ln -s busybox "$1/bin/$program"; done
  printf 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n' >"$1/etc/passwd"
}

# A jq filter that makes all of a test's config.json what they have in common.
base=.
# bundle NAME FILTER ARGUMENT...: a bundle for a program; the jq filter changes its config.json.
bundle() {
  local name=$1 filter=$2
  shift 2
  mkdir -p "$work/$name"
  jq -n --arg root "$root" '{
    ociVersion: "1.3.0", root: {path: $root, readonly: false},
    process: {args: $ARGS.positional, env: ["PATH=/bin"], cwd: "/", user: {uid: 0, gid: 0},
      capabilities: (["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_MKNOD", "CAP_SYS_ADMIN"]
        | {bounding: ., effective: ., permitted: .})},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
      {destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
      {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}],
    linux: {namespaces: (["pid", "network", "ipc", "uts", "mount", "cgroup"] | map({type: .}))}}' \
    --args -- "$@" | jq "$base | $filter" >"$work/$name/config.json"
}

# inside NAME EXPECTED SCRIPT [FILTER]: a shell script of a container prints EXPECTED.
number=0
inside() {
  local id=c$$-$((number += 1)) output
  bundle "$id" "${4:-.}" sh -c "$3"
  output=$(ward run --bundle "$work/$id" "$id" </dev/null 2>&1)
  same "$1" "$2" "$output"
}

# fails NAME TEXT FILTER [ARGUMENT...]: a container is not made, for this reason, and nothing of it is left.
fails() {
  local id=c$$-$((number += 1)) name=$1 text=$2 filter=$3
  shift 3
  bundle "$id" "$filter" "${@:-true}"
  refuses "$name" "$text" plain ward create --bundle "$work/$id" "$id"
  refuses "$name, and leaves no state" "does not exist" ward state "$id"
}

# plain COMMAND...: the command, with the messages of the log without their escapes.
plain() {
  local output status=0
  output=$("$@" 2>&1 </dev/null) || status=$?
  sed 's/\\"/"/g; s/\\u0024/$/g' <<<"$output"
  return "$status"
}

# create NAME: a container of the bundle, up to the start barrier. It keeps the streams of its create: a pipe of this
# script would stay open.
create() {
  ward create --bundle "$work/$1" --pid-file "$work/$1/pid" "$1" </dev/null >"$work/$1/out" 2>&1 || { cat "$work/$1/out"; return 1; }
}

# created NAME [FILTER]: a container that sleeps, up to the start barrier.
created() { bundle "$1" "${2:-.}" sleep 1000 && create "$1"; }

# running NAME [FILTER]: a container that sleeps.
running() { created "$@" && ward start "$1"; }
