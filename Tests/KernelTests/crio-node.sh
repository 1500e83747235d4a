# shellcheck shell=bash
# Sourced by the test in which CRI-O calls ward: CRI-O of the folder $programs, with a network for pods, and the calls that
# kubelet makes.
# shellcheck disable=SC2154 # work, checkout, built, uid and programs come from node and the test

# shellcheck source=kubelet.sh
source "$(dirname "${BASH_SOURCE[0]}")/kubelet.sh"
mkdir -p /etc/containers /etc/cni/net.d /etc/crio/crio.conf.d /var/lib/containers
# CRI-O's storage, on a file system that takes overlays, and the pods' logs, which the private node does not cover.
for place in /var/lib/containers /var/log; do mount -t tmpfs tmpfs "$place"; done
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
cat >/etc/cni/net.d/10-pods.conflist <<'CNI'
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.99.0.0/24"}]]}}]}
CNI
sed "s,/usr/bin/ward,$(command -v ward)," "$checkout/Manifests/crio/10-ward.conf" >/etc/crio/crio.conf.d/10-ward.conf
# What this machine needs besides: no systemd, no other runtime, and its own pause image. CRI-O 1.26 asks for at most 0
# processes on cgroup v1 unless it is told otherwise.
cat >/etc/crio/crio.conf <<CONF
[crio]
storage_driver = "overlay"
[crio.runtime]
default_runtime = "ward"
cgroup_manager = "cgroupfs"
conmon_cgroup = "pod"
pids_limit = -1
pinns_path = "$programs/pinns"
[crio.image]
pause_image = "localhost/pause:latest"
[crio.network]
plugin_dirs = ["/usr/lib/cni"]
CONF

# What CRI-O hands on: its own --root, which is a name to ward.
as_crio() { ward --root /run/crio-ward "$@"; }
daemon=''
stop_crio() {
  end_client
  [[ -n $daemon ]] || return 0
  kill "$daemon" 2>/dev/null
  wait "$daemon"
  daemon=
}
stop() {
  local id
  for id in $(as_crio list -q); do as_crio delete --force "$id"; done
  stop_crio
  grep -o ' /run/\(net\|ipc\|uts\|containers\)[^ ]*' /proc/self/mounts | xargs --no-run-if-empty umount --lazy 2>/dev/null
  find /sys/fs/cgroup -depth -type d -path "*/kubepods/burstable/pod$uid*" -exec rmdir {} \; 2>/dev/null
  umount --lazy /var/lib/containers /var/log
  node_end
}
trap stop EXIT
# start_crio: with what stands in /etc/crio.
start_crio() {
  rm -f /run/crio/crio.sock
  "$programs/crio" >"$work/crio.log" 2>&1 &
  daemon=$!
  for _ in {1..600}; do
    [[ ! -S /run/crio/crio.sock ]] || break
    if ! kill -0 "$daemon"; then
      tail -n 3 "$work/crio.log"
      return 1
    fi
    sleep 0.1
  done
  start_client /run/crio/crio.sock
  call Version '{}'
}
# import_images: into CRI-O's storage, under the references of the lock file.
import_images() {
  local name reference store='containers-storage:[overlay@/var/lib/containers/storage+/run/containers/storage]'
  local copy=(skopeo --insecure-policy copy --quiet)
  "${copy[@]}" "oci:$work/pause:latest" "${store}localhost/pause:latest" || return
  while read -r name reference; do
    "${copy[@]}" "oci:$built/layout:$name" "$store$reference" || return
  done < <(jq --raw-output '.images | to_entries[] | "\(.key) \(.value.references[]?)"' "$built/images.lock")
}
