# shellcheck shell=bash
# Sourced by the main job: what kubelet and containerd's CRI plugin make for the example pod.

pod_uid=3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3
sandbox=5f0c8d7be2a94c1f3e6d5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706
container=c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a
netns=/run/netns/cni-9a1c7d52-03be-4f6a-8d15-2b90e6f4c7a8
cri_configs=$checkout/Tests/RuntimeSpecTests/Fixtures/containerd-cri

# The files that kubelet and containerd mount into the pod, and its network namespace.
write_pod_files() {
  local pod=/var/lib/kubelet/pods/$pod_uid state=/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/$sandbox
  local shm=/run/containerd/io.containerd.grpc.v1.cri/sandboxes/$sandbox/shm
  mkdir -p "$pod/containers/embed" "$state" "$shm" "$work/sandbox/rootfs" "$work/embed/rootfs"
  mount -t tmpfs -o nosuid,nodev,noexec,size=64m shm "$shm"
  printf '127.0.0.1\tlocalhost\n' >"$pod/etc-hosts"
  : >"$pod/containers/embed/4f1d2c9a"
  echo embeddings-7d9c6b5f4-x2x8q >"$state/hostname"
  echo 'nameserver 10.96.0.10' >"$state/resolv.conf"
  ip netns add "$(basename "$netns")"
  ip -n "$(basename "$netns")" link set lo up
  # The address that the container is told, which a network plug-in would give to the pod.
  ip -n "$(basename "$netns")" address add "$(jq --raw-output \
    '.process.env[] | select(startswith("POD_IP=")) | ltrimstr("POD_IP=")' "$cri_configs/container.json")/32" dev lo
}

# The configurations as containerd 1.6's CRI plugin writes them for this pod, with what differs from node to node.
sandbox_config() {
  jq --arg netns "/var$netns" --argjson adjustment "$(lowest_oom_score_adjustment)" '
    (.linux.namespaces[] | select(.type == "network")).path = $netns
    | .process.oomScoreAdj = ([.process.oomScoreAdj, $adjustment] | max)' "$cri_configs/sandbox.json"
}

# -1000 with CAP_SYS_RESOURCE (bit 24); without it the kernel refuses to go below the present value.
lowest_oom_score_adjustment() {
  local capabilities
  capabilities=$(sed -n 's/^CapEff:\t/0x/p' /proc/self/status)
  if ((capabilities >> 24 & 1)); then echo -1000; else cat /proc/self/oom_score_adj; fi
}

container_config() {
  jq --arg pid "$(cat "$work/sandbox/pid")" '
    .process.args = ["/usr/bin/python3", "/srv/serve.py", "--model", "/model", "--host", "0.0.0.0", "--port", "8080"]
    | (.linux.namespaces[] | select(.path != null)).path |= sub("/proc/[0-9]+/"; "/proc/\($pid)/")' \
    "$cri_configs/container.json"
}

# exec_process NAME: process.json as containerd writes it for the policy's exec entry.
exec_process() {
  jq '.process | .args = ["/usr/bin/python3", "/srv/health.py", "--port", "8080"]' "$work/embed/config.json"
}
