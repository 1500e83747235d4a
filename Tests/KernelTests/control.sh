#!/usr/bin/env bash
# Containers under control: status, signals, freezer, deletion, and what a killed command leaves, on this machine's
# cgroups and on a hierarchy of cgroup v2 without controllers.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
admit_all

bundle=$work/bundle
mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/proc" "$bundle/rootfs/dev"
cp "$(command -v busybox)" "$bundle/rootfs/bin/"
for name in sh sleep cat; do ln -s busybox "$bundle/rootfs/bin/$name"; done
mknod "$bundle/rootfs/null" c 1 3
mknod "$bundle/rootfs/tun" c 10 200
# config ARGUMENTS: writes config.json; the arguments are JSON.
config() {
  printf '{"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"args":%s,"env":["PATH=/bin"],"cwd":"/"},
    "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
    "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"},{"type":"network"}]}}' \
    "$1" >"$bundle/config.json"
}
config '["sleep","1000"]'

# launch ARGUMENT...: ward, whose container keeps the standard streams open for as long as it lives.
launch() {
  ward "$@" </dev/null >/dev/null 2>"$work/errors" || {
    cat "$work/errors"
    return 1
  }
}
status() { ward state "$1" 2>/dev/null | jq --raw-output .status; }
# becomes NAME STATUS ID: within two seconds the container has the status.
becomes() {
  local try
  for ((try = 0; try < 200; try++)); do
    if [[ $(status "$3") == "$2" ]]; then break; fi
    sleep 0.01
  done
  same "$1" "$2" "$(status "$3")"
}
# nothing_left NAME ID
nothing_left() {
  local left
  left=$(find /sys/fs/cgroup -depth -type d -path "*/ward/$2" 2>/dev/null; ls -d "/run/ward/containers/$2" 2>/dev/null)
  same "$1" '' "$left"
}

# control KIND: the whole life, on whatever is mounted at /sys/fs/cgroup.
control() {
  local kind=$1 id=control-$1-$$ freezer=/sys/fs/cgroup/freezer/ward/control-$1-$$/freezer.state frozen=FROZEN
  [[ $(stat --file-system --format %T /sys/fs/cgroup) != cgroup2fs ]] ||
    { freezer=/sys/fs/cgroup/ward/$id/cgroup.freeze frozen=1; }
  check "$kind-create" launch create --bundle "$bundle" --pid-file "$work/pid" "$id"
  same "$kind-created" created "$(status "$id")"
  same "$kind-pid" "$(<"$work/pid")" "$(ward state "$id" | jq .pid)"
  refuses "$kind-id-is-taken" 'container with given ID already exists' launch create --bundle "$bundle" "$id"
  refuses "$kind-id-is-taken-with-any-root" 'already exists' launch --root /other create --bundle "$bundle" "$id"
  refuses "$kind-not-seen-with-another-root" 'container does not exist' ward --root /other state "$id"
  check "$kind-start" ward start "$id"
  same "$kind-running" running "$(status "$id")"
  refuses "$kind-second-start" 'cannot start an already running container' ward start "$id"
  refuses "$kind-delete-while-running" "cannot delete container $id that is not stopped: running" ward delete "$id"
  check "$kind-default-device" ward exec "$id" cat /null
  refuses "$kind-other-device" 'Operation not permitted' ward exec "$id" cat /tun
  check "$kind-signal-0" ward kill "$id" 0
  same "$kind-ps" "[$(<"$work/pid")]" "$(ward ps --format json "$id")"
  ward exec --detach --pid-file "$work/exec" "$id" sh -c 'sleep 1000' secret </dev/null >/dev/null 2>&1
  same "$kind-ps-with-exec" "[$(printf '%s\n' "$(<"$work/pid")" "$(<"$work/exec")" | sort -n | paste -sd,)]" \
    "$(ward ps -f json "$id")"
  same "$kind-ps-columns" 'UID PID PPID C STIME TTY TIME CMD' "$(ward ps "$id" | head -n 1 | xargs)"
  same "$kind-ps-rows" 2 "$(ward ps "$id" | tail -n +2 | grep -c 'sleep 1000$')"
  for columns in pid,ppid,pgid,sid,user,uid,group,gid,stat,nlwp,ni,tty,tname,s,comm,args pid,rss,vsz,times; do
    same "$kind-ps-like-that-of-the-node-$columns" "$(ps -o "$columns" -p "$(<"$work/pid")" | xargs)" \
      "$(ward ps "$id" -o "$columns" | sed -n "1p;/^ *$(<"$work/pid") /p" | xargs)"
  done
  refuses "$kind-ps-unknown-option" 'ps: unsupported option' ward ps "$id" e
  refuses "$kind-ps-unknown-column" 'ps: unknown column \"environ\"' ward ps "$id" -o pid,environ
  kill "$(<"$work/exec")"
  echo "$frozen" >"$freezer"
  becomes "$kind-paused" paused "$id"
  refuses "$kind-exec-while-paused" 'cannot exec in a paused container' ward exec "$id" cat /null
  check "$kind-kill-while-paused" ward kill "$id" KILL
  becomes "$kind-stopped" stopped "$id"
  same "$kind-pid-when-stopped" 0 "$(ward state "$id" | jq .pid)"
  refuses "$kind-kill-when-stopped" 'container not running' ward kill "$id" TERM
  check "$kind-kill-all-when-stopped" ward kill --all "$id" KILL
  check "$kind-delete" ward delete "$id"
  nothing_left "$kind-nothing-left" "$id"
  check "$kind-create-again" launch create --bundle "$bundle" "$id"
  check "$kind-delete-created" ward delete "$id"
  nothing_left "$kind-nothing-left-of-created" "$id"
  check "$kind-run-detached" launch run --detach --bundle "$bundle" "$id"
  echo "$frozen" >"$freezer"
  check "$kind-delete-frozen-by-force" ward delete --force "$id"
  nothing_left "$kind-nothing-left-of-frozen" "$id"
}

# killed_creates: create is killed at many points; what it leaves is cleared, and nothing stays.
killed_creates() {
  local output
  output=$(python3 - "$bundle" "$$" <<'PYTHON'
import os, subprocess, sys, time
bundle, unique = sys.argv[1:]
for number in range(60):
    name = f"killed-{unique}-{number}"
    create = subprocess.Popen(["ward", "create", "--bundle", bundle, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(number * 0.0005)
    create.kill()
    create.wait()
    delete = subprocess.run(["ward", "delete", "--force", name], capture_output=True, text=True)
    if delete.returncode: print(f"delete after {number * 0.5} ms: {delete.stderr}")
    for top, directories, _ in os.walk("/sys/fs/cgroup"):
        if name in directories: print(f"left after {number * 0.5} ms: {top}/{name}")
PYTHON
  )
  same killed-creates-are-cleared '' "$output"
  check create-sweeps-up launch create --bundle "$bundle" "swept-$$"
  same nothing-but-the-new-one "swept-$$" "$(ls /run/ward/containers)"
  check delete-the-new-one ward delete "swept-$$"
}

control native
killed_creates
config '["sh","-c","exit 5"]'
ward run --bundle "$bundle" "ends-$$"
same run-passes-the-exit-code-on 5 $?
nothing_left run-leaves-nothing "ends-$$"
config '["sleep","1000"]'
if [[ $(stat --file-system --format %T /sys/fs/cgroup) == cgroup2fs ]]; then
  skip unified 'the native hierarchy is of v2 already'
else
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  control unified
fi
finish
