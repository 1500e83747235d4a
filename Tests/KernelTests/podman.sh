#!/usr/bin/env bash
# Podman and conmon call ward: a container's life, streams, terminal, filter and failures under a policy that admits
# everything, and what a user of Podman sees of a refusal. What users do day by day with the newest Podman too.
# The same on any kernel: not repeated in the VM, where podman-policy.sh runs both versions of Podman.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../../Hack/lib/peers.sh"
engine podman podman conmon
node "$@"
busybox_image
pause_image
# conmon leaves a file where it was started when a container ran out of memory.
cd "$work" || exit 1
mkdir -p /etc/containers/containers.conf.d "$work/podman/temporary"
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
sed "s,/usr/bin/ward,$(command -v ward)," "$checkout/Manifests/podman/ward.conf" \
  >/etc/containers/containers.conf.d/ward.conf
# This machine may not raise limits, which Podman does without being asked.
cat >/etc/containers/containers.conf <<'CONF'
[containers]
default_ulimits = []
[engine]
infra_image = "localhost/pause:latest"
CONF
globals=(--root "$work/podman/root" --runroot "$work/podman/run" --tmpdir "$work/podman/temporary"
  --storage-driver=vfs --cgroup-manager=cgroupfs --events-backend=file)
pm() { podman "${globals[@]}" "$@"; }
run() { pm run --rm --network=none "$@" </dev/null; }
stop() {
  pm rm --force --all >/dev/null 2>&1
  # Podman leaves its cgroups behind, and the last conmon takes a moment.
  for _ in {1..20}; do
    [[ -n $(find /sys/fs/cgroup -type d -name libpod_parent) ]] || break
    find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} \; 2>/dev/null
    sleep 0.1
  done
  node_end
}
trap stop EXIT

boot "$checkout/Manifests/policies/conformance.yaml"
if ! pm load --quiet --input "$work/image.tar" >"$work/loaded" 2>&1; then
  not_ok load "$(<"$work/loaded")"
  fi
pm tag "$(pm images --quiet | head -n 1)" box
same 'runtime-is-ward' ward "$(pm info --format '{{.Host.OCIRuntime.Name}}')"

output=$(run box sh -c 'echo hello; id -u; exit 7')
same 'run/exit-code' 7 $?
same 'run/output' $'hello\n0' "$output"
same 'run/no-state' '' "$(ls /run/ward/containers)"
same 'run/input' piped "$(pm run --rm --interactive --network=none box cat <<<piped)"
same 'run/seccomp-profile' 'Seccomp:	2' "$(run box grep Seccomp: /proc/self/status)"
same 'run/no-profile-where-none-is-asked-for' 'Seccomp:	0' \
  "$(run --security-opt seccomp=unconfined box grep Seccomp: /proc/self/status)"
cat >"$work/profile.json" <<'PROFILE'
{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"],
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
PROFILE
refuses 'run/profile-of-the-user' 'No space left on device' \
  run --security-opt "seccomp=$work/profile.json" box mkdir /tmp/x
same 'run/user-without-capabilities' '1000 0000000000000000' \
  "$(run --user 1000 --cap-drop ALL --read-only box sh -c 'echo $(id -u) $(grep CapBnd /proc/self/status | cut -c 9-)')"
same 'run/user-namespace' '0 100000 65536' \
  "$(run --uidmap 0:100000:65536 box sh -c 'echo $(cat /proc/self/uid_map)')"
check 'run/privileged' run --privileged box true
run box nosuch >/dev/null 2>&1
same 'run/missing-program' 127 $?
run box /etc >/dev/null 2>&1
same 'run/no-program' 126 $?
# terminal COMMAND...: Podman's command on a terminal.
terminal() {
  python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
    podman "${globals[@]}" "$@" </dev/null
}
output=$(terminal run --rm --network=none --interactive --tty box sh -c 'tty; exit 5')
same 'terminal/exit-code' 5 $?
same 'terminal/output' /dev/pts/0 "$(terminal_line "$output")"

check 'life/run' pm run --detach --name life --network=none --security-opt "seccomp=$work/profile.json" box \
  sh -c 'echo started; trap "exit 9" TERM; while :; do sleep 0.1; done'
same 'life/status' running "$(pm inspect --format '{{.State.Status}}' life)"
output=$(pm exec life sh -c 'echo inside; exit 3')
same 'exec/exit-code' 3 $?
same 'exec/output' inside "$output"
output=$(terminal exec --interactive --tty life sh -c 'tty; exit 6')
same 'exec/terminal/exit-code' 6 $?
same 'exec/terminal/output' /dev/pts/0 "$(terminal_line "$output")"
same 'exec/filter-of-the-container' 'Seccomp:	2' "$(pm exec life grep Seccomp: /proc/self/status)"
refuses 'exec/profile-of-the-container' 'No space left on device' pm exec life mkdir /tmp/x
pm exec life nosuch >/dev/null 2>&1
same 'exec/missing-program' 127 $?
same 'life/logs' started "$(pm logs life)"
check 'life/stop' pm stop --time 5 life
same 'life/exit-code' 9 "$(pm inspect --format '{{.State.ExitCode}}' life)"
check 'life/start-again' pm start life
check 'life/kill' pm kill --signal KILL life
check 'life/killed' timeout 10 podman "${globals[@]}" wait life
check 'life/rm' pm rm life
same 'life/no-state' '' "$(ls /run/ward/containers)"

# A filter that asks another process would need that process to answer for the container.
jq '.defaultAction = "SCMP_ACT_NOTIFY"' "$work/profile.json" >"$work/notify.json"
refuses 'denied/code' 'WARD-SECCOMP at /linux/seccomp/defaultAction' \
  run --security-opt "seccomp=$work/notify.json" box true
run --security-opt "seccomp=$work/notify.json" box true >/dev/null 2>&1
same 'denied/exit-code' 126 $?
same 'denied/no-state' '' "$(ls /run/ward/containers)"
check 'denied/record' sh -c 'wardctl denials list | grep --quiet WARD-SECCOMP'

# memory_limit ID: of the container's cgroup, in either version of the hierarchy.
memory_limit() {
  find /sys/fs/cgroup -path "*/libpod-$(pm inspect --format '{{.Id}}' "$1")/*" -prune -o \
    -path "*/libpod-$(pm inspect --format '{{.Id}}' "$1")" -exec sh -c 'cat "$1"/memory.max "$1"/memory.limit_in_bytes' - {} \; \
    2>/dev/null
}
# detach: runs a container on a terminal, and leaves it by the keys for that.
detach() {
  timeout 30 /usr/bin/python3 - podman "${globals[@]}" run --interactive --tty --name left --network=none \
    --detach-keys ctrl-p,ctrl-q box sh -c 'echo ready; while :; do sleep 0.1; done' <<'PYTHON'
import os, pty, sys, time
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
said = b""
while b"ready" not in said:
    said += os.read(terminal, 1000)
for key in b"\x10", b"\x11":
    os.write(terminal, key)
    time.sleep(0.2)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
PYTHON
}
cat >"$work/pod.yaml" <<'POD'
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: box, image: localhost/box:latest, imagePullPolicy: Never, command: [sh, -c, 'echo of the pod; sleep 100']}
POD

# days NAME: what users of Podman do day by day.
days() {
  local name=$1
  pm load --quiet --input "$work/pause.tar" >"$work/loaded" 2>&1
  pm tag localhost/latest:latest localhost/pause:latest
  check "$name/run" pm run --detach --name day --network=none box sh -c 'echo started; while :; do sleep 0.1; done'
  same "$name/stats" true "$(pm stats --no-stream --format json day | jq '.[0] | (.pids | tonumber) > 0')"
  same "$name/stats/memory" true "$(pm stats --no-stream --format json day | jq '.[0].mem_usage | startswith("0B") | not')"
  check "$name/top" grep --quiet 'echo started' <<<"$(pm top day args)"
  check "$name/pause" pm pause day
  same "$name/pause/status" paused "$(pm inspect --format '{{.State.Status}}' day)"
  same "$name/pause/of-ward" paused "$(ward state "$(pm inspect --format '{{.Id}}' day)" | jq --raw-output .status)"
  check "$name/unpause" pm unpause day
  same "$name/unpause/status" running "$(pm inspect --format '{{.State.Status}}' day)"
  check "$name/update" pm update --memory 64m day
  same "$name/update/limit" 67108864 "$(memory_limit day)"
  check "$name/restart" pm restart --time 0 day
  same "$name/restart/logs" $'started\nstarted' "$(pm logs day)"
  check "$name/kill" pm kill day
  same "$name/kill/exit-code" 137 "$(timeout 20 podman "${globals[@]}" wait day)"
  check "$name/rm" pm rm day
  check "$name/memory" test "$(pm run --name full --memory 32m --network=none box \
    sh -c 'x=0123456789abcdef; while :; do x=$x$x; done' 2>/dev/null; echo $?)" = 137
  # Debian 12's conmon does not see it, with any runtime.
  [[ $name == podman-4 ]] ||
    same "$name/memory/reported" 'true 137' "$(pm inspect --format '{{.State.OOMKilled}} {{.State.ExitCode}}' full)"
  check "$name/detach" detach
  same "$name/detach/runs-on" running "$(pm inspect --format '{{.State.Status}}' left)"
  check "$name/detach/rm" pm rm --force --time 0 left
  check "$name/pod" pm play kube --network none pod.yaml
  same "$name/pod/runs" 'Running' "$(pm pod inspect --format '{{.State}}' web)"
  for _ in {1..50}; do [[ -n $(pm logs web-box) ]] && break; sleep 0.1; done
  same "$name/pod/logs" 'of the pod' "$(pm logs web-box)"
  check "$name/pod/down" pm play kube --down pod.yaml
  pm rm --force --all --time 0 >/dev/null 2>&1
  same "$name/no-state" '' "$(ls /run/ward/containers)"
}
days podman-4

if ! newest=$(peer_programs sid podman conmon netavark 2>&1); then
  skip podman-5 "${newest//$'\n'/; }"
  finish
fi
newest=${newest##*$'\n'}
PATH=$newest:$PATH
export PODMAN_IGNORE_CGROUPSV1_WARNING=1
mkdir -p "$work/podman-5/temporary"
# Where its network program lies, which it looks for even where a container has no network.
printf 'helper_binaries_dir = ["%s"]\n' "${newest%/bin}/root/usr/lib/podman" >>/etc/containers/containers.conf
globals=(--root "$work/podman-5/root" --runroot "$work/podman-5/run" --tmpdir "$work/podman-5/temporary"
  --storage-driver=vfs --cgroup-manager=cgroupfs --events-backend=file)
same podman-5/version 5 "$(podman --version | sed 's/.* \([0-9]*\)\..*/\1/')"
pm load --quiet --input "$work/image.tar" >"$work/loaded" 2>&1
pm tag localhost/latest:latest localhost/box:latest
same podman-5/runtime-is-ward ward "$(pm info --format '{{.Host.OCIRuntime.Name}}')"
output=$(run box sh -c 'echo hello; id -u; exit 7')
same podman-5/exit-code 7 $?
same podman-5/output $'hello\n0' "$output"
output=$(terminal run --rm --network=none --interactive --tty box sh -c 'tty; exit 5')
same podman-5/terminal/exit-code 5 $?
same podman-5/terminal/output /dev/pts/0 "$(terminal_line "$output")"
check podman-5/exec/run pm run --detach --name inner --network=none box sleep 100
output=$(terminal exec --interactive --tty inner sh -c 'tty; exit 6')
same podman-5/exec/exit-code 6 $?
same podman-5/exec/output /dev/pts/0 "$(terminal_line "$output")"
check podman-5/exec/rm pm rm --force --time 0 inner
days podman-5
finish
