#!/usr/bin/env bash
# containerd calls ward: containers through `ctr` and containerd's own shim, first under a policy that admits
# everything, then under one that names a container.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
engine containerd containerd
node "$@"
busybox_image
image=docker.io/library/box:latest
state=$work/containerd
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
stop() {
  local task
  for task in $(ctr task list --quiet 2>/dev/null); do ctr task delete --force "$task" >/dev/null 2>&1; done
  kill "$daemon"
  wait "$daemon"
  node_end
}
trap stop EXIT
for _ in {1..100}; do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
check import ctr image import --index-name "$image" "$work/image.tar"

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

boot "$checkout/Manifests/policies/conformance.yaml"
output=$(run --rm -- one sh -c 'echo hello; id -u; exit 7' 2>"$work/errors")
same 'run/exit-code' 7 $?
same 'run/output' $'hello\n0' "$output"
same 'run/no-state' '' "$(ls /run/ward/containers)"
output=$(run --rm --seccomp -- filtered sh -c 'grep Seccomp: /proc/self/status')
same 'run/seccomp-profile' 'Seccomp:	2' "$output"
refuses 'run/missing-program' 'executable file not found in $PATH' run --rm -- missing nosuch

# A detached task keeps the streams of ctr: a pipe of this script would stay open.
detached() { run --detach -- "$@" >"$work/detached" 2>&1; }
check 'task/detach' detached two sleep 100
check 'task/running' becomes two RUNNING
# The shim's --root: containerd's namespaces are lists of their own.
same 'task/known-to-ward' running "$(ward --root /run/containerd/runc/default state two 2>&1 | jq -r .status)"
refuses 'task/of-this-namespace-only' 'does not exist' ward --root /run/containerd/runc/k8s.io state two
output=$(ctr task exec --exec-id e1 two sh -c 'echo inside; exit 3' </dev/null)
same 'exec/exit-code' 3 $?
same 'exec/output' inside "$output"
output=$(on_terminal ctr task exec --exec-id e2 --tty two sh -c 'tty; exit 6' </dev/null)
same 'exec/terminal/exit-code' 6 $?
same 'exec/terminal/output' /dev/pts/0 "$(terminal_line "$output")"
check 'exec/metrics' ctr task metrics two
check 'kill/deliver' ctr task kill --signal KILL two
check 'kill/stopped' becomes two STOPPED
ctr task delete two >/dev/null 2>&1
same 'delete/no-task' '' "$(ctr task list --quiet)"
same 'delete/no-state' '' "$(ls /run/ward/containers)"
same 'delete/no-cgroup' '' "$(find /sys/fs/cgroup -type d -path '*/default/two*')"
check 'delete/container' ctr container delete two

# A terminal travels through the shim's console socket.
terminal() {
  on_terminal ctr run --rm --tty --runtime io.containerd.runc.v2 --runc-binary "$(command -v ward)" \
    --snapshotter native "$image" terminal sh -c 'tty; exit 5' </dev/null
}
output=$(terminal)
same 'terminal/exit-code' 5 $?
same 'terminal/output' /dev/pts/0 "$(terminal_line "$output")"

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
