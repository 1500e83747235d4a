# shellcheck shell=bash
# Sourced by Hack/bench after bundles.sh: the contenders of `cost` are Ward on three nodes, each with a swtpm of its own.

beside_pids=()

# node_beside NAME [MEMBER...]: a mount namespace with another /run/ward and /etc/ward, where the compiled policy is
# measured. Its path is in $beside afterwards.
node_beside() {
  local folder=$work/$1 tpm
  mkdir -p "$folder"/{tpm,etc}
  tpm=swtpm:$folder/tpm/socket
  work=$folder start_tpm
  beside_pids+=("$(cat "$folder/tpm/pid")")
  configure "${@:2}"
  mv /etc/ward/ward.json "$folder/etc/"
  unshare --mount --propagation private sleep infinity &
  beside_pids+=($!)
  beside=/proc/$!/ns/mnt
  while [[ $(readlink "$beside") == "$(readlink /proc/self/ns/mnt)" ]]; do sleep 0.01; done
  nsenter --mount="$beside" mount -t tmpfs -o mode=0700 tmpfs /run/ward
  nsenter --mount="$beside" mount --bind "$folder/etc" /etc/ward
  nsenter --mount="$beside" wardctl measure --bundle "$work/policy.json" >/dev/null
}

beside_end() {
  kill "${beside_pids[@]}" 2>/dev/null
  wait 2>/dev/null
}
trap 'beside_end; node_end' EXIT


beside=/proc/$$/ns/mnt
contender enforcing "$work/ward" ward
node_beside reopened
contender reopened "$work/ward" ward
compile "$checkout/Manifests/policies/conformance.yaml"
node_beside conformance
contender conformance "$work/peer" ward
configure '"keepImages":true'
