# shellcheck shell=bash
# Sourced by the tests that look at a process from inside: a conformance policy, a busybox root, and bundles of it.
# shellcheck disable=SC2154 # work and checkout come from node

configure
wardctl policy compile -o "$work/policy.json" "$checkout/Manifests/policies/conformance.yaml" >/dev/null 2>&1
wardctl measure --bundle "$work/policy.json" >/dev/null || { not_ok measure "wardctl measure failed"; finish; }

root=$work/rootfs
mkdir -p "$root"/{bin,proc,dev,sys,tmp,etc}
cp /bin/busybox "$root/bin/"
for program in $("$root/bin/busybox" --list); do [[ $program == busybox ]] || ln -s busybox "$root/bin/$program"; done

# bundle NAME FILTER ARGUMENT...: a bundle for a program; the jq filter changes its config.json.
bundle() {
  local name=$1 filter=$2
  shift 2
  mkdir -p "$work/$name"
  jq -n --arg root "$root" '{
    ociVersion: "1.3.0", root: {path: $root, readonly: false}, annotations: {"org.example.key": "value"},
    process: {args: $ARGS.positional, env: ["PATH=/bin"], cwd: "/", user: {uid: 0, gid: 0}, noNewPrivileges: true},
    mounts: [
      {destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=64k"]}],
    linux: {namespaces: (["pid", "network", "ipc", "uts", "mount"] | map({type: .}))}}' \
    --args -- "$@" | jq "$filter" >"$work/$name/config.json"
}

# inside NAME EXPECTED SCRIPT [FILTER]: a shell script of a container prints EXPECTED.
number=0
inside() {
  local id=c$$-$((number += 1)) output
  bundle "$id" "${4:-.}" sh -c "$3"
  output=$(ward run --bundle "$work/$id" "$id" </dev/null 2>&1)
  same "$1" "$2" "$output"
}

# plain COMMAND...: the command, with the messages of the log without their escapes.
plain() {
  local output status=0
  output=$("$@" 2>&1) || status=$?
  sed 's/\\"/"/g; s/\\u0024/$/g' <<<"$output"
  return "$status"
}

# create ID: a container keeps the streams of its create: a pipe of this script would stay open.
create() {
  ward create --bundle "$work/$1" --pid-file "$work/$1.pid" "$1" </dev/null >"$work/$1.out" 2>&1 || { cat "$work/$1.out"; return 1; }
}

# fails NAME TEXT FILTER [ARGUMENT...]: a container is not made, for this reason, and nothing of it is left.
fails() {
  local id=c$$-$((number += 1)) name=$1 text=$2 filter=$3
  shift 3
  bundle "$id" "$filter" "${@:-true}"
  refuses "$name" "$text" plain ward create --bundle "$work/$id" "$id"
  refuses "$name, and leaves no state" "does not exist" ward state "$id"
}
