# shellcheck shell=bash
# Sourced by the tests in which containerd's CRI plugin calls ward: containerd with a network for pods, and the calls that
# kubelet makes. The pod's sandbox is $sandbox, the container that calls are about is $box, the policy is $policy.
# shellcheck disable=SC1083,SC2093,SC2154 # work, checkout and answer come from node and call

mkdir -p /etc/containerd /etc/cni/net.d
# Pods' logs, which the private node does not cover.
mount -t tmpfs tmpfs /var/log
cat >/etc/cni/net.d/10-pods.conflist <<'CNI'
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.98.0.0/24"}]]}}]}
CNI

daemon='' client=''
stop_containerd() {
  local id
  if [[ -n $client ]]; then
    exec {COPROC[1]}>&-
    wait "$client"
    client=
  fi
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
  coproc /usr/bin/python3 "$checkout/Tests/KernelTests/cri.py" /run/containerd/containerd.sock 2>>"$log"
  client=$COPROC_PID
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

# check_here NAME COMMAND...: check, in this shell: the command sets variables.
check_here() {
  local name=$1
  shift
  if "$@" >"$work/said" 2>&1; then ok "$name"; else not_ok "$name" "$* failed: $(tr '\n' ';' <"$work/said")"; fi
}
# call METHOD JSON: one call to containerd; the answer is in $answer, or the error on standard output.
call() {
  answer=
  printf '%s %s\n' "$1" "$(tr -d '\n' <<<"$2")" >&"${COPROC[1]}"
  local reply
  IFS= read -r -t 90 reply <&"${COPROC[0]}" || reply='error: no answer'
  if [[ $reply == "ok "* ]]; then answer=${reply#ok }; else
    echo "$1: $reply"
    return 1
  fi
}
# of FILTER: a part of the answer.
of() { jq --raw-output "$1" <<<"$answer"; }

remove_pod() {
  call StopPodSandbox "{\"pod_sandbox_id\": \"$sandbox\"}" && call RemovePodSandbox "{\"pod_sandbox_id\": \"$sandbox\"}"
}
# exec_in COMMAND...: in the container.
exec_in() {
  call ExecSync "$(jq --compact-output --null-input --arg id "$box" \
    '{container_id: $id, cmd: $ARGS.positional, timeout: 20}' --args -- "$@")"
}
status() { call ContainerStatus "{\"container_id\": \"$box\"}" && of "$1"; }
# ends: the container has ended; its exit code and reason.
ends() {
  local now
  for _ in {1..100}; do
    now=$(status '"\(.status.state) \(.status.exit_code) \(.status.reason)"')
    [[ $now != 2\ * ]] || break
    sleep 0.1
  done
  echo "${now#2 }"
}
# denied NAME CODE COMMAND...: refused by the policy, said to the caller and on record.
denied() {
  local name=$1 code=$2
  shift 2
  if "$@" >"$work/said" 2>&1; then
    not_ok "$name" "$* was admitted"
  elif ! grep --quiet "permission denied by policy $policy: .*$code" "$work/said"; then
    not_ok "$name" "expected $code, got: $(<"$work/said")"
  elif ! wardctl denials list | tail -n 1 | grep --quiet "$code"; then
    not_ok "$name" "no record: $(wardctl denials list | tail -n 1)"
  else
    ok "$name"
  fi
}

