#!/usr/bin/env bash
# The systemd driver with a real systemd, which runs as the first process of a pid and cgroup namespace: it makes the
# container's cgroup, knows its limits, and does not take them back.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
if [[ ! -x /lib/systemd/systemd ]]; then
  skip systemd 'this machine has no systemd'
  finish
fi
node "$@"
admit_all

bundle=$work/bundle
mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/proc" "$bundle/rootfs/dev"
cp "$(command -v busybox)" "$bundle/rootfs/bin/"
ln -s busybox "$bundle/rootfs/bin/sleep"
id=scope-$$
# config RESOURCES: writes config.json.
config() {
  printf '{"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],
    "cwd":"/"},"root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
    "linux":{"resources":%s,"cgroupsPath":"test-pods.slice:ward:%s","namespaces":[{"type":"pid"},{"type":"mount"},
    {"type":"ipc"},{"type":"uts"}]}}' "$1" "$id" >"$bundle/config.json"
}

# Here the hierarchy of v2 has no controllers to give; in the VM it has them all.
[[ $(stat --file-system --format %T /sys/fs/cgroup) == cgroup2fs ]] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
top=/sys/fs/cgroup/systemd-test-$$
controllers=$(</sys/fs/cgroup/cgroup.controllers)
for controller in $controllers; do echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control; done
mkdir "$top"
mkdir -p /run/systemd/system
printf '[Unit]\nDefaultDependencies=no\n' >/run/systemd/system/idle.target
# Only systemd is in its cgroup: one with processes of its own hands no controllers down.
unshare --pid --fork --mount --propagation private --kill-child bash -c 'echo 0 >"$1/cgroup.procs"
  exec unshare --cgroup bash -c "
    umount --lazy /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount -t proc proc /proc
    container=test exec /lib/systemd/systemd --system --unit=idle.target --log-target=null --show-status=false"' \
  start "$top" </dev/null >/dev/null 2>&1 &
unshared=$!
for ((try = 0; try < 300; try++)); do
  systemd=$(pgrep --parent "$unshared" systemd) && [[ -S /run/systemd/private ]] && break
  sleep 0.1
done
inside() { nsenter --target "$systemd" --mount --pid --cgroup "$@"; }
unit() { inside systemctl show --property "$1" --value "$2"; }
for ((try = 0; try < 100; try++)); do
  inside systemctl list-units >/dev/null 2>&1 && break
  sleep 0.1
done
check systemd-runs inside systemctl is-active idle.target
launch() {
  inside ward --systemd-cgroup "$@" </dev/null >/dev/null 2>"$work/errors" || {
    cat "$work/errors"
    return 1
  }
}
scope=ward-$id.scope
group=$top/test.slice/test-pods.slice/$scope

config '{}'
check create launch create --bundle "$bundle" --pid-file "$work/pid" "$id"
same scope-is-active active "$(unit ActiveState "$scope")"
same scope-is-delegated yes "$(unit Delegate "$scope")"
same scope-is-in-its-slice test-pods.slice "$(unit Slice "$scope")"
same scope-has-no-limit-of-tasks infinity "$(unit TasksMax "$scope")"
same the-container-is-alone-in-it "$(<"$work/pid")" \
  "$(inside sh -c 'cat "/sys/fs/cgroup$1/cgroup.procs"' - "$(unit ControlGroup "$scope")")"
same cgroup-is-where-the-path-says yes "$([[ -d $group ]] && echo yes)"
check start inside ward start "$id"
refuses same-container-again 'already exists' launch create --bundle "$bundle" "$id"
check pause inside ward pause "$id"
same paused paused "$(inside ward state "$id" | jq --raw-output .status)"
check resume inside ward resume "$id"
check systemd-reloads inside systemctl daemon-reload
same still-running running "$(inside ward state "$id" | jq --raw-output .status)"
# As Podman: without the flag of the creation.
check delete inside ward delete --force "$id"
same scope-is-gone inactive "$(unit ActiveState "$scope")"
same cgroup-is-gone '' "$([[ -d $group ]] && echo there)"
check the-name-is-free-at-once launch run --detach --bundle "$bundle" "$id"
check ends-by-itself inside ward kill "$id" KILL
sleep 0.5
check delete-after-the-end inside ward delete --force "$id"

# A unit of this name that is not Ward's stays what it is.
inside systemd-run --quiet --scope --unit="$scope" sleep 1000 </dev/null >/dev/null 2>&1 &
for ((try = 0; try < 100; try++)); do
  [[ $(unit ActiveState "$scope") == active ]] && break
  sleep 0.1
done
refuses a-unit-of-others "unit $scope: systemd: Unit $scope was already loaded" launch create --bundle "$bundle" "$id"
same a-unit-of-others-stays active "$(unit ActiveState "$scope")"
inside systemctl stop "$scope"

config '{"memory":{"limit":104857600,"swap":104857600},"pids":{"limit":64},"cpu":{"shares":1024,"quota":50000,"period":100000,"cpus":"0"}}'
if [[ " $controllers " == *' memory '* ]]; then
  check limits launch run --detach --bundle "$bundle" "$id"
  same systemd-knows-memory 104857600 "$(unit MemoryMax "$scope")"
  same systemd-knows-tasks 64 "$(unit TasksMax "$scope")"
  same systemd-knows-weight 100 "$(unit CPUWeight "$scope")"
  same systemd-knows-quota 500ms "$(unit CPUQuotaPerSecUSec "$scope")"
  same systemd-knows-processors 0 "$(unit AllowedCPUs "$scope")"
  check update inside ward update --memory 200m --memory-swap 200m --cpu-quota 25000 "$id"
  check reload-after-update inside systemctl daemon-reload
  same memory-after-reload 209715200 "$(<"$group/memory.max")"
  same tasks-after-reload 64 "$(<"$group/pids.max")"
  same quota-after-reload '25000 100000' "$(<"$group/cpu.max")"
  refuses failed-update 'cannot set memory.nothing' inside ward update --resources=- "$id" \
    <<<'{"memory":{"limit":314572800,"swap":314572800},"unified":{"memory.nothing":"1"}}'
  same failed-update-leaves-systemd 209715200 "$(unit MemoryMax "$scope")"
  same failed-update-leaves-memory 209715200 "$(<"$group/memory.max")"
  check limits-delete inside ward delete --force "$id"
else
  refuses limits-without-controllers 'this kernel does not have it' launch run --detach --bundle "$bundle" "$id"
  same no-scope-left inactive "$(unit ActiveState "$scope")"
fi
kill "$systemd" 2>/dev/null
kill -KILL "$unshared" "$systemd" 2>/dev/null
wait "$unshared" 2>/dev/null
for ((try = 0; try < 50; try++)); do
  find "$top" -depth -type d -exec rmdir {} + 2>/dev/null && break
  sleep 0.1
done
finish
