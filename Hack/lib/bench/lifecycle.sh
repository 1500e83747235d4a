# shellcheck shell=bash
# Sourced by Hack/bench on a private node: the bundles of the three runtimes. Everybody runs /bin/true of busybox in five
# new namespaces. Ward does so with all that it is for: measured policy, PCR check and decision record on every command,
# verified image, the policy's seccomp filter and device rules. The peers have a plain directory, no seccomp and no
# policy.

caption='Ward: measured policy, PCR check and decision record on every command, verified image, seccomp and device rules; the
image stays open between containers ("keepImages"), as on a node that runs the same image again and again.
Peers: a plain directory; no policy, no seccomp.'

# crun 1.8 refuses a hybrid hierarchy; the mount namespace is this script's own.
if mountpoint --quiet /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi

# shellcheck disable=SC2154 # work, images, integrity and checkout come from node
mkdir -p "$work/rootfs"/{bin,proc,dev,sys,tmp,etc} "$work/peer" "$work/ward/rootfs" "$work/policy"
cp /bin/busybox "$work/rootfs/bin/"
ln -s busybox "$work/rootfs/bin/true"

# The configuration of the peers, and for Ward the same with the namespaces and the environment that the policy names.
runc spec --bundle "$work/peer"
plain_config=$(jq --arg root "$work/rootfs" '
  .root = {path: $root, readonly: true}
  | .process.args = ["/bin/true"] | .process.terminal = false | .process.env = ["PATH=/bin", "TERM=xterm"]
  | .linux.namespaces = (["pid", "network", "ipc", "uts", "mount"] | map({type: .}))
  | .process.capabilities |= map_values([]) | del(.linux.seccomp) | .hostname = "bench"' "$work/peer/config.json")
printf '%s\n' "$plain_config" >"$work/peer/config.json"
jq '.root.path = "rootfs"' "$work/peer/config.json" >"$work/ward/config.json"

cp "$checkout/Manifests/policies/busybox.yaml" "$work/policy/"
wardctl image build --output "$images" --lock "$work/policy/images.lock" --name busybox "$work/rootfs" >/dev/null
# Its hints about the smallest policy are of no interest here, its errors are.
if ! compiled=$(wardctl policy compile --integrity "$integrity" --output "$work/policy.json" \
  "$work/policy/busybox.yaml" 2>&1); then
  printf '%s\n' "$compiled" >&2
  exit 1
fi
configure '"keepImages":true'
wardctl measure --bundle "$work/policy.json" >/dev/null

# shellcheck disable=SC2034 # for Hack/bench
contenders=(
  "ward=ward:$work/ward"
  "crun=crun --root $work/crun-root:$work/peer"
  "runc=runc --root $work/runc-root:$work/peer"
)
