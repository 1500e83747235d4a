# shellcheck shell=bash
# Sourced after harness.sh by tests of a node that admits every command: a busybox root file system, and containers of it.
# shellcheck disable=SC2154 # work, checkout and number come from node and from here

# admit: measures the conformance policy, and makes the root file system $root.
admit() {
  configure
  wardctl policy compile -o "$work/policy.json" "$checkout/Manifests/policies/conformance.yaml" >/dev/null 2>&1
  wardctl measure --bundle "$work/policy.json" >/dev/null || { not_ok measure "wardctl measure failed"; finish; }
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
  printf 'root:x:0:0::/root:/bin/sh\n' >"$1/etc/passwd"
}

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
    --args -- "$@" | jq "$filter" >"$work/$name/config.json"
}

# inside NAME EXPECTED SCRIPT [FILTER]: a shell script of a container prints EXPECTED.
number=0
inside() {
  local id=c$((number += 1)) output
  bundle "$id" "${4:-.}" sh -c "$3"
  output=$(ward run --bundle "$work/$id" "$id" </dev/null 2>&1)
  same "$1" "$2" "$output"
}

# fails NAME TEXT FILTER: a container is not made, for this reason, and nothing of it is left.
fails() {
  local id=c$((number += 1))
  bundle "$id" "$3" true
  refuses "$1" "$2" plain ward create --bundle "$work/$id" "$id"
  refuses "$1, and leaves no state" "does not exist" ward state "$id"
}

# plain COMMAND...: the command, with the messages of the log without their escapes.
plain() {
  local output status=0
  output=$("$@" 2>&1 </dev/null) || status=$?
  sed 's/\\"/"/g; s/\\u0024/$/g' <<<"$output"
  return "$status"
}

# created NAME [FILTER]: a container that sleeps, up to the start barrier. A container keeps the streams of its create.
created() {
  bundle "$1" "${2:-.}" sleep 1000
  ward create --bundle "$work/$1" --pid-file "$work/$1/pid" "$1" </dev/null >"$work/$1/out" 2>&1 || { cat "$work/$1/out"; return 1; }
}

# running NAME [FILTER]: a container that sleeps.
running() { created "$@" && ward start "$1"; }
