# shellcheck shell=bash
# Sourced by Hack/bench on a private node: the bundles of all runtimes. Everybody runs programs of busybox in five new
# namespaces. Ward does so with all that it is for: measured policy, PCR check and decision record on every command,
# verified image, the policy's seccomp filter and device rules. The peers have a plain directory, no seccomp and no
# policy.

# shellcheck source=../peers.sh
[[ ! -e $checkout/Hack/lib/peers.sh ]] || source "$checkout/Hack/lib/peers.sh"

# A runtime that knows only one of v1 and v2 refuses a hybrid hierarchy; the mount namespace is this script's own.
if mountpoint --quiet /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi

# bundles FOLDER ROOT: the bundles `true` and `sleep` with a root, and what `exec` executes.
bundles() {
  local name
  mkdir -p "$1"/{true,sleep}
  for name in true sleep; do
    jq --arg root "$2" --arg name "$name" '
      .root = {path: $root, readonly: true}
      | .process.args = {true: ["/bin/true"], sleep: ["/bin/sleep", "1000"]}[$name]
      | .process.terminal = false | .process.env = ["PATH=/bin", "TERM=xterm"]
      | .linux.namespaces = (["pid", "network", "ipc", "uts", "mount"] | map({type: .}))
      | .process.capabilities |= map_values([]) | del(.linux.seccomp) | .hostname = "bench"' \
      "$work/config.json" >"$1/$name/config.json"
  done
  jq .process "$1/true/config.json" >"$1/process.json"
}

# contender NAME BUNDLES COMMAND...: one more for the measurement, on the node $beside where that is set.
contender() {
  printf '%s\n' "${@:3}" | jq --raw-input --slurp --compact-output --arg name "$1" --arg bundles "$2" \
    --arg node "${beside:-}" '
    {name: $name, bundles: $bundles, command: rtrimstr("\n") | split("\n")}
    + if $node == "" then {} else {node: $node} end' >>"$work/contenders"
}

# wards: Ward from a read-only mount, as on a node with a verified root, and from where it was built: there it executes
# itself once more from a read-only mount of its own when it enters a container.
wards() {
  mkdir "$work/bin"
  mount --bind "$bin" "$work/bin"
  mount -o remount,bind,ro "$work/bin"
  contender ward "$work/ward" "$work/bin/ward"
  contender ward@writable "$work/ward" "$bin/ward"
}

# peer NAME[@SUITE]: a contender that lies on this machine, or that Debian SUITE has.
peer() {
  local program=${1%@*} folder
  if [[ $1 == *@* ]]; then
    folder=$(peer_programs "${1#*@}" crun runc)
    program=$folder/$program
  fi
  "$program" --version >/dev/null
  contender "$1" "$work/peer" "$program" --root "$work/$1-root"
}

# compile POLICY: the bundle of a policy. Its hints about the smallest policy are of no interest here, its errors are.
compile() {
  local said
  if ! said=$(wardctl policy compile --integrity "$integrity" --output "$work/policy.json" "$1" 2>&1); then
    printf '%s\n' "$said" >&2
    return 1
  fi
}

# shellcheck disable=SC2154 # work, images, integrity and checkout come from node
mkdir -p "$work/rootfs"/{bin,proc,dev,sys,tmp,etc} "$work/policy" "$work/ward"/{true,sleep}/rootfs
cp /bin/busybox "$work/rootfs/bin/"
ln -s busybox "$work/rootfs/bin/true"
ln -s busybox "$work/rootfs/bin/sleep"
runc spec --bundle "$work"
bundles "$work/peer" "$work/rootfs"
bundles "$work/ward" rootfs
cp "$checkout/Hack/lib/bench/policy.yaml" "$work/policy/"
wardctl image build --output "$images" --lock "$work/policy/images.lock" --name busybox "$work/rootfs" >/dev/null
compile "$work/policy/policy.yaml"
# What is measured stays in the machine's own vTPM until it boots.
reset_tpm
configure '"keepImages":true'
wardctl measure --bundle "$work/policy.json" >/dev/null
