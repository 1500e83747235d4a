#!/usr/bin/env bash
# containerd's CRI plugin calls ward by a RuntimeClass handler, as kubelet makes it: a pod and its containers under a
# policy that admits everything, then under one for pods. With this Debian's containerd and with the newest one.
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/peers.sh"
engine cri containerd containernetworking-plugins python3-grpcio
node "$@"
source "$checkout/Tests/KernelTests/containerd-cri.sh"
busybox_image
pause_image
policy=pods@4

# What kubelet asks for: a pod, and a container of it that runs a shell's script.
uid=3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3
kubelet=/var/lib/kubelet/pods/$uid
pod=$(jq --compact-output --null-input --arg uid "$uid" '{
  metadata: {name: "box-7d9c6b5f4-x2x8q", uid: $uid, namespace: "tests"}, hostname: "box-7d9c6b5f4-x2x8q",
  log_directory: "/var/log/pods/tests_box-7d9c6b5f4-x2x8q_\($uid)", dns_config: {servers: ["10.96.0.10"]},
  linux: {cgroup_parent: "/kubepods/burstable/pod\($uid)",
    security_context: {namespace_options: {pid: 1}, seccomp: {profile_type: 0}}}}')
# container ATTEMPT SCRIPT [FILTER]: the request to create it; FILTER changes its configuration.
container() {
  jq --compact-output --null-input --argjson pod "$pod" --arg id "$sandbox" --argjson attempt "$1" --arg script "$2" \
    --arg kubelet "$kubelet" '{
    metadata: {name: "box", attempt: $attempt}, image: {image: "localhost/box:latest"},
    command: ["/bin/sh", "-c"], args: [$script], envs: [{key: "KUBERNETES_SERVICE_HOST", value: "10.96.0.1"}],
    mounts: [{container_path: "/etc/hosts", host_path: "\($kubelet)/etc-hosts"},
      {container_path: "/dev/termination-log", host_path: "\($kubelet)/containers/box/4f1d2c9a"}],
    log_path: "box/\($attempt).log",
    linux: {
      resources: {cpu_period: 100000, cpu_quota: 50000, cpu_shares: 512, memory_limit_in_bytes: 67108864,
        oom_score_adj: 900},
      security_context: {namespace_options: {pid: 1}, run_as_user: {value: 10001}, run_as_group: {value: 10001},
        no_new_privs: 1, readonly_rootfs: 1, capabilities: {drop_capabilities: ["ALL"]}, seccomp: {profile_type: 0},
        apparmor: {profile_type: 1},
        masked_paths: ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
        readonly_paths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}}
    | '"${3:-.}"' | {pod_sandbox_id: $id, config: ., sandbox_config: $pod}'
}
mkdir -p "$kubelet/containers/box"
echo '127.0.0.1 localhost' >"$kubelet/etc-hosts"
: >"$kubelet/containers/box/4f1d2c9a"

# run_pod, run_container ATTEMPT SCRIPT [FILTER]: made and started; their ids are in $sandbox and $box.
run_pod() {
  call RunPodSandbox "{\"config\": $pod, \"runtime_handler\": \"ward\"}" && sandbox=$(of .pod_sandbox_id)
}
run_container() {
  box=
  call CreateContainer "$(container "$@")" && box=$(of .container_id) \
    && call StartContainer "{\"container_id\": \"$box\"}"
}
# memory_limit: of the container's cgroup, in either version of the hierarchy.
memory_limit() {
  cat /sys/fs/cgroup/memory/kubepods/burstable/"pod$uid/$box"/memory.limit_in_bytes \
    /sys/fs/cgroup/kubepods/burstable/"pod$uid/$box"/memory.max 2>/dev/null
}

# life NAME: everything that kubelet does with a pod, under a policy that admits it.
life() {
  local name=$1 used
  run_pod >"$work/said" || { not_ok "$name/pod" "$(<"$work/said")"; return; }
  ok "$name/pod"
  call PodSandboxStatus "{\"pod_sandbox_id\": \"$sandbox\"}"
  same "$name/pod/ready" '0 ward' "$(of '"\(.status.state) \(.status.runtime_handler)"')"
  same "$name/pod/of-ward" running "$(ward --root /run/containerd/runc/k8s.io state "$sandbox" | jq --raw-output .status)"

  check_here "$name/container" run_container 0 'echo started; while :; do sleep 1; done'
  same "$name/container/running" 1 "$(status .status.state)"
  check_here "$name/exec" exec_in sh -c 'echo inside; id -u; exit 4'
  same "$name/exec/answer" $'4 inside\n10001' "$(of '"\(.exit_code) \(.stdout)"')"
  same "$name/logs" 'stdout F started' "$(cut -d ' ' -f 2- "/var/log/pods/tests_box-7d9c6b5f4-x2x8q_$uid/box/0.log")"
  check_here "$name/stats" call ContainerStats "{\"container_id\": \"$box\"}"
  used=$(of '.stats | .memory.working_set_bytes.value > 100000 and .memory.working_set_bytes.value < 67108864')
  same "$name/stats/memory" true "$used"
  # Of this container, not of the whole machine.
  used=$(of '.stats.cpu.usage_core_nano_seconds.value | . > 0 and . < 60000000000')
  same "$name/stats/cpu" true "$used"
  same "$name/limit" 67108864 "$(memory_limit)"
  check_here "$name/update" call UpdateContainerResources \
    "{\"container_id\": \"$box\", \"linux\": {\"memory_limit_in_bytes\": 134217728, \"cpu_shares\": 256}}"
  same "$name/update/limit" 134217728 "$(memory_limit)"
  check_here "$name/stop" call StopContainer "{\"container_id\": \"$box\", \"timeout\": 1}"
  same "$name/stop/status" '137 Error' "$(ends)"
  check_here "$name/remove" call RemoveContainer "{\"container_id\": \"$box\"}"

  check_here "$name/restart" run_container 1 'echo again; exit 7'
  same "$name/restart/exit-code" '7 Error' "$(ends)"
  check_here "$name/memory" run_container 2 'x=0123456789abcdef; while :; do x=$x$x; done'
  same "$name/memory/reported" '137 OOMKilled' "$(ends)"
  check_here "$name/pod/remove" remove_pod
  same "$name/pod/no-state" '' "$(ls /run/ward/containers)"
  same "$name/pod/no-cgroup" '' "$(find /sys/fs/cgroup -type d \( -name "$sandbox" -o -name "$box" \) 2>/dev/null)"
}

wardctl image build --name box --reference localhost/box:latest --lock "$work/images.lock" --output "$images" \
  --oci-layout "$work/oci:latest" >/dev/null
script='echo started; grep " / " /proc/mounts; while :; do sleep 1; done'
# gate NAME RELEASE: the same calls at the gate. What the policy names runs from the verified image, nothing else does.
gate() {
  local name=$1
  cat >"$work/pods.yaml" <<POLICY
apiVersion: ward/v1
kind: Policy
metadata: {name: pods, version: 4}
platform: containerd-cri-$2
sandbox: {}
containers:
  box:
    image: box
    args: [/bin/sh, -c, '$script']
    env: {PATH: /bin}
    user: {uid: 10001, gid: 10001}
    limits: {memory: {range: [16Mi, 128Mi], optional: true}}
    exec: {probe: {args: [/bin/echo, well]}}
    stdio: {stdout: allow}
    signals: [TERM, KILL]
POLICY
  boot "$work/pods.yaml" --images "$work/images.lock" --integrity memory
  check_here "$name/pod" run_pod
  check_here "$name/container" run_container 0 "$script"
  for _ in {1..50}; do
    grep --quiet erofs "/var/log/pods/tests_box-7d9c6b5f4-x2x8q_$uid/box/0.log" && break
    sleep 0.1
  done
  check "$name/root-is-the-verified-image" grep --quiet ' / erofs ro' \
    "/var/log/pods/tests_box-7d9c6b5f4-x2x8q_$uid/box/0.log"
  check_here "$name/exec" exec_in /bin/echo well
  same "$name/exec/answer" $'0 well' "$(of '"\(.exit_code) \(.stdout)"')"
  denied "$name/exec/another-program" WARD-EXEC exec_in /bin/sh -c 'cat /etc/shadow'
  check_here "$name/stop" call StopContainer "{\"container_id\": \"$box\", \"timeout\": 1}"
  same "$name/stop/status" '137 Error' "$(ends)"
  check_here "$name/remove" call RemoveContainer "{\"container_id\": \"$box\"}"

  denied "$name/another-program" WARD-ARGS run_container 1 'cat /etc/shadow'
  denied "$name/environment" WARD-ENV-UNEXPECTED \
    run_container 2 "$script" '.envs += [{key: "LD_PRELOAD", value: "/x.so"}]'
  denied "$name/mount" WARD-MOUNT-UNEXPECTED \
    run_container 3 "$script" '.mounts += [{container_path: "/host", host_path: "/etc"}]'
  denied "$name/limit" WARD-LIMIT run_container 4 "$script" '.linux.resources.memory_limit_in_bytes = 8589934592'
  denied "$name/host-namespace" WARD-NAMESPACE \
    run_container 5 "$script" '.linux.security_context.namespace_options.pid = 2'
  denied "$name/unmasked" WARD-MASKED-PATHS \
    run_container 6 "$script" '.linux.security_context.masked_paths |= map(select(. != "/proc/kcore"))'
  # CVE-2021-25741: the source of a bind becomes a link after containerd has looked, before the runtime does.
  check_here "$name/source" call CreateContainer "$(container 7 "$script")"
  box=$(of .container_id)
  mv "$kubelet/etc-hosts" "$kubelet/hosts"
  ln -s /etc/shadow "$kubelet/etc-hosts"
  if call StartContainer "{\"container_id\": \"$box\"}" >"$work/said"; then
    not_ok "$name/source-becomes-a-link" 'it was mounted'
  else
    same "$name/source-becomes-a-link" 'too many levels of symbolic links' \
      "$(grep -o 'too many levels of symbolic links' "$work/said" || cat "$work/said")"
  fi
  mv "$kubelet/hosts" "$kubelet/etc-hosts"
  check_here "$name/pod/remove" remove_pod
  same "$name/no-state" '' "$(ls /run/ward/containers)"
  check "$name/denials-verify" wardctl denials verify
}
for release in 1 2; do
  name=containerd-$release manifest=config.toml
  if ((release == 2)); then
    manifest=config-2.toml
    if ! newest=$(peer_programs sid containerd 2>&1); then
      skip "$name" "${newest//$'\n'/; }"
      continue
    fi
    PATH=${newest##*$'\n'}:$PATH
  fi
  boot "$checkout/Manifests/policies/conformance.yaml"
  start_containerd "$manifest"
  ctr --namespace k8s.io image import --base-name localhost/box "$work/image.tar" >/dev/null
  life "$name"
  gate "$name/gate" "$release"
  stop_containerd
done
finish
