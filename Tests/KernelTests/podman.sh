#!/usr/bin/env bash
# Podman and conmon call ward: a container's life, streams, terminal, filter and failures under a policy that admits
# everything, and what a user of Podman sees of a refusal.
# shellcheck disable=SC1091,SC2016,SC2154,SC2317 # names come from node; check calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
engine podman podman conmon
node "$@"
busybox_image
mkdir -p /etc/containers/containers.conf.d "$work/podman/temporary"
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
sed "s,/usr/bin/ward,$(command -v ward)," "$checkout/Manifests/podman/ward.conf" \
  >/etc/containers/containers.conf.d/ward.conf
# This machine may not raise limits, which Podman does without being asked.
printf '[containers]\ndefault_ulimits = []\n' >/etc/containers/containers.conf
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
  finish
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
refuses 'denied/code' 'WARD-UNSUPPORTED at /linux/seccomp/defaultAction' \
  run --security-opt "seccomp=$work/notify.json" box true
run --security-opt "seccomp=$work/notify.json" box true >/dev/null 2>&1
same 'denied/exit-code' 126 $?
same 'denied/no-state' '' "$(ls /run/ward/containers)"
check 'denied/record' sh -c 'wardctl denials list | grep --quiet WARD-UNSUPPORTED'
finish
