# shellcheck shell=bash
# Sourced by the tests in which containerd's CRI plugin calls ward: containerd with a network for pods, and the calls that
# kubelet makes.
# shellcheck disable=SC2154 # work and checkout come from node

# shellcheck source=kubelet.sh
source "$(dirname "${BASH_SOURCE[0]}")/kubelet.sh"
mkdir -p /etc/containerd /etc/cni/net.d
# Pods' logs, which the private node does not cover.
mount -t tmpfs tmpfs /var/log
cat >/etc/cni/net.d/10-pods.conflist <<'CNI'
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.98.0.0/24"}]]}}]}
CNI

daemon=''
stop_containerd() {
  local id
  end_client
  if [[ -n $daemon ]]; then
    for id in $(ctr --namespace k8s.io task list --quiet 2>/dev/null); do
      ctr --namespace k8s.io task delete --force "$id" >/dev/null 2>&1
    done
    kill "$daemon"
    wait "$daemon"
    daemon=
    # The mounts of sandboxes that a failed test left.
    grep -o ' /run/\(containerd\|netns\)/[^ ]*' /proc/self/mounts | xargs --no-run-if-empty umount --lazy 2>/dev/null
    rm -rf /run/containerd /var/lib/containerd/* /run/netns /var/log/pods
  fi
}
stop() {
  stop_containerd
  umount --lazy /var/log
  node_end
}
trap stop EXIT

# start_containerd MANIFEST: containerd with that file of Manifests/containerd, which names ward for the handler `ward`.
start_containerd() {
  local log=$work/containerd.log
  # What this machine needs besides: its own pause image, and a snapshotter that works on any file system.
  sed -e "s,/usr/bin/ward,$(command -v ward)," -e '/SystemdCgroup/d' "$checkout/Manifests/containerd/$1" \
    >/etc/containerd/config.toml
  cat "$work/$1" >>/etc/containerd/config.toml
  containerd >"$log" 2>&1 &
  daemon=$!
  for _ in {1..300}; do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
  ctr --namespace k8s.io image import --base-name localhost/pause "$work/pause.tar" >/dev/null
  start_client /run/containerd/containerd.sock
}

cat >"$work/config.toml" <<'CONFIG'
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:latest"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
CONFIG
cat >"$work/config-2.toml" <<'CONFIG'
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "localhost/pause:latest"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
CONFIG
