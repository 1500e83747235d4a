#!/usr/bin/env bash
# containerd calls ward: containers through `ctr` and containerd's own shim, under a policy that admits everything with
# this Debian's containerd and with the newest one, then under one that names a container.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/peers.sh"
engine containerd containerd
node "$@"
busybox_image
image=docker.io/library/box:latest
daemon=
# start_containerd NAME: containerd with a root and a state of its own.
start_containerd() {
  local state=$work/$1
  mkdir "$state"
  cat >"$state/config.toml" <<CONFIG
version = 2
root = "$state/root"
state = "$state/run"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$state/containerd.sock"
CONFIG
  export CONTAINERD_ADDRESS=$state/containerd.sock
  containerd --config "$state/config.toml" >"$state/log" 2>&1 &
  daemon=$!
  for _ in {1..300}; do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
  check "$1/import" ctr image import --base-name "${image%:*}" "$work/image.tar"
}
stop_containerd() {
  local task
  for task in $(ctr task list --quiet 2>/dev/null); do ctr task delete --force "$task" >/dev/null 2>&1; done
  kill "$daemon"
  wait "$daemon"
}
stop() {
  stop_containerd
  node_end
}
trap stop EXIT

# run OPTION... -- ID COMMAND...: a container of the image.
run() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1") && shift; done
  shift
  ctr run --runtime io.containerd.runc.v2 --runc-binary "$(command -v ward)" --snapshotter native \
    "${options[@]}" "$image" "$@" </dev/null
}
# on_terminal COMMAND...
on_terminal() { python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@"; }
# of TASK: its status.
of() { ctr task list | sed -n "s/^$1 .* //p" | tr -d ' '; }
# becomes TASK STATUS
becomes() {
  for _ in {1..50}; do [[ $(of "$1") == "$2" ]] && return; sleep 0.1; done
  echo "task $1 is $(of "$1")"
  return 1
}

# A detached task keeps the streams of ctr: a pipe of this script would stay open.
detached() { run --detach -- "$@" >"$work/detached" 2>&1; }
restarts() { ctr task start --detach "$1" >"$work/detached" 2>&1 </dev/null; }
# A terminal travels through the shim's console socket.
terminal() {
  on_terminal ctr run --rm --tty --runtime io.containerd.runc.v2 --runc-binary "$(command -v ward)" \
    --snapshotter native "$image" terminal sh -c 'tty; exit 5' </dev/null
}

# life NAME: everything that containerd's users do, under a policy that admits it.
life() {
  local name=$1 output metrics used events
  output=$(run --rm -- one sh -c 'echo hello; id -u; exit 7' 2>"$work/errors")
  same "$name/run/exit-code" 7 $?
  same "$name/run/output" $'hello\n0' "$output"
  same "$name/run/no-state" '' "$(ls /run/ward/containers)"
  output=$(run --rm --seccomp -- filtered sh -c 'grep Seccomp: /proc/self/status')
  same "$name/run/seccomp-profile" 'Seccomp:	2' "$output"
  refuses "$name/run/missing-program" 'executable file not found in $PATH' run --rm -- missing nosuch

  check "$name/task/detach" detached two sleep 100
  check "$name/task/running" becomes two RUNNING
  # The shim's --root: containerd's namespaces are lists of their own.
  same "$name/task/known-to-ward" running "$(ward --root /run/containerd/runc/default state two 2>&1 | jq -r .status)"
  refuses "$name/task/of-this-namespace-only" 'does not exist' ward --root /run/containerd/runc/k8s.io state two
  output=$(ctr task exec --exec-id e1 two sh -c 'echo inside; exit 3' </dev/null)
  same "$name/exec/exit-code" 3 $?
  same "$name/exec/output" inside "$output"
  output=$(on_terminal ctr task exec --exec-id e2 --tty two sh -c 'tty; exit 6' </dev/null)
  same "$name/exec/terminal/exit-code" 6 $?
  same "$name/exec/terminal/output" /dev/pts/0 "$(terminal_line "$output")"
  check "$name/ps" grep --quiet --line-regexp "$(ward --root /run/containerd/runc/default state two | jq .pid)" \
    <<<"$(ctr task ps two | awk '{ print $1 }')"
  metrics=$(ctr task metrics two)
  # Of this task, not of the whole machine. The names are those of cgroup v1 and of v2.
  used=$(awk '$1 == "memory.usage_in_bytes" || $1 == "memory.usage" { print ($2 > 0 && $2 < 2 ^ 25) }' <<<"$metrics")
  same "$name/metrics/memory" 1 "$used"
  used=$(awk '$1 == "cpuacct.usage" { print ($2 > 0 && $2 < 6e10) }
    $1 == "cpu.usage_usec" { print ($2 > 0 && $2 < 6e7) }' <<<"$metrics")
  same "$name/metrics/cpu" 1 "$used"
  check "$name/pause" ctr task pause two
  same "$name/pause/status" PAUSED "$(of two)"
  refuses "$name/pause/exec" 'cannot exec in a paused' ctr task exec --exec-id e3 two true
  check "$name/resume" ctr task resume two
  same "$name/resume/status" RUNNING "$(of two)"
  check "$name/kill/deliver" ctr task kill --signal KILL two
  check "$name/kill/stopped" becomes two STOPPED
  ctr task delete two >/dev/null 2>&1
  same "$name/delete/no-task" '' "$(ctr task list --quiet)"
  same "$name/delete/no-state" '' "$(ls /run/ward/containers)"
  same "$name/delete/no-cgroup" '' "$(find /sys/fs/cgroup -type d -path '*/default/two*' 2>/dev/null)"
  check "$name/restart" restarts two
  check "$name/restart/running" becomes two RUNNING
  check "$name/restart/kill" ctr task kill --signal KILL two
  check "$name/restart/stopped" becomes two STOPPED
  ctr task delete two >/dev/null 2>&1
  check "$name/delete/container" ctr container delete two

  check "$name/logs" run --detach --log-uri "file://$work/$name.log" -- logged sh -c 'echo to the log; sleep 100'
  for _ in {1..50}; do [[ -s $work/$name.log ]] && break; sleep 0.1; done
  same "$name/logs/content" 'to the log' "$(<"$work/$name.log")"
  ctr task delete --force logged >/dev/null 2>&1
  ctr container delete logged >/dev/null 2>&1

  ctr events >"$work/$name.events" 2>&1 &
  events=$!
  sleep 0.5
  run --rm --memory-limit 33554432 -- full sh -c 'x=0123456789abcdef; while :; do x=$x$x; done' >/dev/null 2>&1
  same "$name/memory" 137 $?
  for _ in {1..50}; do grep --quiet /tasks/oom "$work/$name.events" && break; sleep 0.1; done
  check "$name/memory/reported" grep --quiet '/tasks/oom {"container_id":"full"}' "$work/$name.events"
  kill "$events"

  output=$(terminal)
  same "$name/terminal/exit-code" 5 $?
  same "$name/terminal/output" /dev/pts/0 "$(terminal_line "$output")"
}
boot "$checkout/Manifests/policies/conformance.yaml"
if newest=$(peer_programs sid containerd 2>&1); then
  older=$PATH PATH=${newest##*$'\n'}:$PATH
  start_containerd containerd-2
  life containerd-2
  stop_containerd
  PATH=$older
  hash -r
else
  skip containerd-2 "${newest//$'\n'/; }"
fi
start_containerd containerd-1
life containerd-1

# Enforced: the files are those of the verified image, whatever ctr unpacked.
wardctl image build --name box --lock "$work/images.lock" --output "$images" --oci-layout "$work/oci:latest" >/dev/null
cat >"$work/box.yaml" <<'POLICY'
apiVersion: ward/v1
kind: Policy
metadata: {name: box, version: 3}
platform: containerd-ctr-1
containers:
  shell:
    image: box
    args: [cat, /proc/mounts]
    env: {PATH: /bin}
    user: {uid: 0, gid: 0}
    capabilities: [CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FSETID, CAP_FOWNER, CAP_MKNOD, CAP_NET_RAW, CAP_SETGID, CAP_SETUID,
      CAP_SETFCAP, CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_KILL, CAP_AUDIT_WRITE]
    stdio: {stdout: allow}
    signals: [TERM, KILL]
POLICY
boot "$work/box.yaml" --images "$work/images.lock" --integrity memory
output=$(run --rm -- admitted cat /proc/mounts 2>&1)
same 'enforce/exit-code' 0 $?
check 'enforce/root-is-the-verified-image' grep --quiet ' / erofs ro' <<<"$output"

# denied NAME CODE OPTION... -- ID COMMAND...: refused to the user of ctr by this policy, on record, without a trace.
denied() {
  local name=$1 code=$2
  shift 2
  refuses "enforce/$name" 'permission denied by policy box@3' run --rm "$@"
  refuses "enforce/$name/code" "$code" run --rm "$@"
  check "enforce/$name/record" sh -c "wardctl denials list | tail -n 1 | grep --quiet '$code'"
  same "enforce/$name/no-state" '' "$(ls /run/ward/containers)"
}
denied 'another-program' WARD-ARGS -- other sh -c 'cat /etc/shadow'
denied 'environment' WARD-ENV-UNEXPECTED --env LD_PRELOAD=/tmp/x.so -- environment cat /proc/mounts
denied 'mount' WARD-MOUNT-UNEXPECTED --mount type=bind,src=/etc,dst=/host,options=rbind:ro -- mount cat /proc/mounts
denied 'host-network' WARD-NAMESPACE --net-host -- network cat /proc/mounts
denied 'privileged' WARD-CAPABILITIES --privileged -- privileged cat /proc/mounts
check 'enforce/denials-verify' wardctl denials verify
finish
