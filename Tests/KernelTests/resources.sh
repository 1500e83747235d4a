#!/usr/bin/env bash
# Limits: every controller that the node has, at the creation and by update, on cgroup v1 or v2.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
admit_all

bundle=$work/bundle
mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/proc" "$bundle/rootfs/dev"
cp "$(command -v busybox)" "$bundle/rootfs/bin/"
for name in sh sleep cat mkdir; do ln -s busybox "$bundle/rootfs/bin/$name"; done
mknod "$bundle/rootfs/tun" c 10 200
# config RESOURCES: writes config.json.
config() {
  printf '{"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],
    "cwd":"/"},"root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
    "linux":{"resources":%s,"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"}]}}' \
    "$1" >"$bundle/config.json"
}
launch() {
  ward "$@" </dev/null >/dev/null 2>"$work/errors" || {
    cat "$work/errors"
    return 1
  }
}
unified=
[[ $(stat --file-system --format %T /sys/fs/cgroup) == cgroup2fs ]] && unified=yes
number=0
id=

# value FILE: what the container's cgroup holds; in v1 below the controller's hierarchy.
value() {
  local controller=${1%%.*}
  if [[ $unified ]]; then cat "/sys/fs/cgroup/ward/$id/$1"; else cat "/sys/fs/cgroup/$controller/ward/$id/$1"; fi |
    tr '\n' ' ' | sed 's/ $//'
}
# fresh: the next container has an id of its own.
fresh() { id=resources-$((number++))-$$; }
# begin RESOURCES: the container runs, with these limits.
begin() {
  config "$1"
  launch run --detach --bundle "$bundle" "$id"
}
end() { ward delete --force "$id" >/dev/null 2>&1; }
# holds NAME FILE VALUE
holds() { same "$1" "$3" "$(value "$2")"; }
# created NAME RESOURCES FILE VALUE: a container that is created with the limits has the value, and so has one that
# is updated.
created() {
  fresh
  check "create-$1" begin "$2"
  holds "create-$1-holds" "$3" "$4"
  end
  fresh
  check "update-$1-begin" begin '{}'
  check "update-$1" update "$2"
  holds "update-$1-holds" "$3" "$4"
  end
}
# refused NAME RESOURCES TEXT: neither creation nor update drops it.
refused() {
  fresh
  refuses "create-$1" "$3" begin "$2"
  refuses "create-$1-leaves-nothing" 'container does not exist' ward state "$id"
  fresh
  begin '{}'
  refuses "update-$1" "$3" update "$2"
  end
}
# update RESOURCES: as containerd's shim sends them.
update() { ward update --resources=- "$id" <<<"$1"; }
# has FILE: whether cgroups of this kernel have the file.
has() { [[ -e $probe/$1 || -e /sys/fs/cgroup/${1%%.*}/ward-probe-$$/$1 ]]; }
probe=/sys/fs/cgroup/ward-probe-$$
if [[ $unified ]]; then
  sed 's/^/+/; s/ / +/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
  mkdir "$probe"
else
  mkdir /sys/fs/cgroup/{cpu,memory,blkio}/ward-probe-$$
fi

common() {
  if [[ $unified ]]; then
    created memory '{"memory":{"limit":104857600,"reservation":52428800}}' memory.max 104857600
    created memory-reservation '{"memory":{"limit":104857600,"reservation":52428800}}' memory.low 52428800
    created pids '{"pids":{"limit":64}}' pids.max 64
    created cpu '{"cpu":{"quota":50000,"period":200000}}' cpu.max '50000 200000'
    created shares '{"cpu":{"shares":1024}}' cpu.weight 100
    created cpus '{"cpu":{"cpus":"0","mems":"0"}}' cpuset.cpus 0
    created unified '{"unified":{"memory.high":"73400320","pids.max":"33"}}' memory.high 73400320
  else
    created memory '{"memory":{"limit":104857600,"reservation":52428800}}' memory.limit_in_bytes 104857600
    created memory-reservation '{"memory":{"limit":104857600,"reservation":52428800}}' memory.soft_limit_in_bytes 52428800
    created swappiness '{"memory":{"swappiness":7}}' memory.swappiness 7
    created no-oom-killer '{"memory":{"disableOOMKiller":true}}' memory.oom_control \
      "$(sed 's/oom_kill_disable 0/oom_kill_disable 1/' /sys/fs/cgroup/memory/memory.oom_control | tr '\n' ' ' | sed 's/ $//; s/oom_kill [0-9]*$/oom_kill 0/')"
    created pids '{"pids":{"limit":64}}' pids.max 64
    created cpu-quota '{"cpu":{"quota":50000,"period":200000}}' cpu.cfs_quota_us 50000
    created cpu-period '{"cpu":{"quota":50000,"period":200000}}' cpu.cfs_period_us 200000
    created shares '{"cpu":{"shares":512}}' cpu.shares 512
    created cpus '{"cpu":{"cpus":"0","mems":"0"}}' cpuset.cpus 0
    refused unified '{"unified":{"memory.high":"1"}}' 'files of cgroup v2'
  fi
  # Go programs send 0 where they have no value.
  fresh
  check zeros-say-nothing begin '{"memory":{"limit":0,"reservation":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"","mems":""},"blockIO":{"weight":0}}'
  end
}

# optional NAME FILE RESOURCES VALUE: set where this kernel has the file, and otherwise refused by name.
optional() {
  if has "$2"; then created "$1" "$3" "$2" "$4"; else refused "$1" "$3" "${5:-${2%%.*}}"; fi
}

rest() {
  local device
  device=$(sed 's/ .*//' /sys/block/*/dev | head -1)
  if [[ $unified ]]; then
    optional burst cpu.max.burst '{"cpu":{"quota":50000,"period":100000,"burst":20000}}' 20000
    optional idle cpu.idle '{"cpu":{"idle":1}}' 1
    optional swap memory.swap.max '{"memory":{"limit":104857600,"swap":157286400}}' 52428800
    if [[ $device ]]; then
      optional throttle io.max "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":${device%:*},\"minor\":${device#*:},\"rate\":1048576}]}}" \
        "$device rbps=1048576 wbps=max riops=max wiops=max"
    fi
    if has io.bfq.weight; then created weight '{"blockIO":{"weight":500}}' io.bfq.weight 'default 500'; else
      optional weight io.weight '{"blockIO":{"weight":500}}' 'default 4950'
    fi
    optional hugepages hugetlb.2MB.max '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' 4194304
    refused rdma '{"rdma":{"no-such-device":{"hcaHandles":1}}}' rdma
    refused swappiness '{"memory":{"swappiness":7}}' 'memory.swappiness is a setting of cgroup v1'
    refused kernel-memory '{"memory":{"kernel":1048576}}' 'memory.kernel is a setting of cgroup v1'
    refused no-oom-killer '{"memory":{"disableOOMKiller":true}}' 'memory.disableOOMKiller is a setting of cgroup v1'
    refused realtime '{"cpu":{"realtimeRuntime":1000}}' 'cpu.realtimeRuntime is a setting of cgroup v1'
    refused network '{"network":{"classID":1}}' 'network.classID is a setting of cgroup v1'
    refused missing-controller '{"unified":{"nothing.max":"1"}}' 'cgroup controller nothing is not available'
    refused missing-file '{"unified":{"memory.nothing":"1"}}' 'cannot set memory.nothing of controller memory'
    refused freezing '{"unified":{"cgroup.freeze":"1"}}' 'WARD-RESOURCE at /linux/resources/unified/cgroup.freeze'
  else
    optional burst cpu.cfs_burst_us '{"cpu":{"quota":50000,"period":100000,"burst":20000}}' 20000
    optional idle cpu.idle '{"cpu":{"idle":1}}' 1
    optional swap memory.memsw.limit_in_bytes '{"memory":{"limit":104857600,"swap":157286400}}' 157286400
    if [[ $device ]]; then
      optional throttle blkio.throttle.read_bps_device "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":${device%:*},\"minor\":${device#*:},\"rate\":1048576}]}}" \
        "$device 1048576"
    fi
    if has blkio.bfq.weight; then created weight '{"blockIO":{"weight":500}}' blkio.bfq.weight 500; else
      optional weight blkio.weight '{"blockIO":{"weight":500}}' 500
    fi
    optional hugepages hugetlb.2MB.limit_in_bytes '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' 4194304
    optional network-class net_cls.classid '{"network":{"classID":5}}' 5
    optional network-priority net_prio.ifpriomap '{"network":{"priorities":[{"name":"lo","priority":7}]}}' 'lo 7'
    refused rdma '{"rdma":{"no-such-device":{"hcaHandles":1}}}' rdma
  fi
  refused hugepage-path '{"hugepageLimits":[{"pageSize":"../2MB","limit":1}]}' 'WARD-RESOURCE'
  refused wrong-processors '{"cpu":{"cpus":"4000"}}' 'cpuset.cpus'
}

# What fails leaves everything as it was.
rollback() {
  local memory=memory.limit_in_bytes
  [[ $unified ]] && memory=memory.max
  fresh
  begin '{"memory":{"limit":104857600},"pids":{"limit":64},"cpu":{"shares":512}}'
  refuses failed-update 'cpuset.cpus' update '{"memory":{"limit":209715200},"pids":{"limit":65},"cpu":{"cpus":"4000","shares":100}}'
  holds failed-update-leaves-memory "$memory" 104857600
  holds failed-update-leaves-pids pids.max 64
  # Each value alone would be refused in one of the two orders.
  if [[ ! $unified ]]; then
    check period-and-quota-up ward update --cpu-period 400000 --cpu-quota 300000 "$id"
    check period-and-quota-down ward update --cpu-period 10000 --cpu-quota 5000 "$id"
    holds quota-is-down cpu.cfs_quota_us 5000
  else
    check period-alone ward update --cpu-quota 70000 "$id"
    check quota-stays ward update --cpu-period 200000 "$id"
    holds period-leaves-quota cpu.max '70000 200000'
    refuses check-before-update 'rejecting memory limit' update '{"memory":{"limit":4096,"checkBeforeUpdate":true}}'
    holds check-before-update-leaves memory.max 104857600
  fi
  check memory-up ward update --memory 200m "$id"
  holds memory-is-up "$memory" 209715200
  check memory-without-limit ward update --memory -1 "$id"
  refuses no-such-document 'no such file or directory' ward update --resources "$work/nothing" "$id"
  printf '{"pids":{"limit":71}}' >"$work/resources.json"
  check update-from-a-file ward update -r "$work/resources.json" "$id"
  holds update-from-a-file-holds pids.max 71
  refuses unknown-resource 'surplus' update '{"surplus":1}'
  refuses cache-classes 'Intel RDT is not supported' ward update --l3-cache-schema 'L3:0=f' "$id"
  end
}

devices() {
  fresh
  begin '{"devices":[{"allow":false,"access":"rwm"}]}'
  refuses device-is-denied 'Operation not permitted' ward exec "$id" cat /tun
  check same-devices-again update '{"devices":[{"allow":false,"access":"rwm"}]}'
  if [[ $unified ]]; then
    check allow-a-device update '{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":10,"minor":200,"access":"rw"}]}'
    refuses device-is-allowed 'File descriptor in bad state' ward exec "$id" cat /tun
    check deny-it-again update '{"devices":[{"allow":false,"access":"rwm"}]}'
    refuses device-is-denied-again 'Operation not permitted' ward exec "$id" cat /tun
  else
    refuses other-devices 'v1 cannot change the device rules' update '{"devices":[{"allow":true,"access":"rwm"}]}'
  fi
  end
}

# What the container makes beneath its cgroup goes with it, and so do processes in there.
nested() {
  local where=/sys/fs/cgroup/freezer
  [[ $unified ]] && where=/sys/fs/cgroup
  fresh
  begin '{}'
  mkdir -p "$where/ward/$id/a/b"
  ward exec --detach "$id" sleep 1000 </dev/null >/dev/null 2>&1
  pgrep --ns "$(ward state "$id" | jq .pid)" --nslist pid sleep | tail -1 >"$where/ward/$id/a/b/cgroup.procs"
  check nested-process-is-paused ward pause "$id"
  check nested-delete ward delete --force "$id"
  same nothing-nested-left '' "$(find /sys/fs/cgroup -depth -type d -path "*/ward/$id*")"
}

# A cgroup with processes of others is left alone, and so are they.
others() {
  local where=/sys/fs/cgroup/freezer sleeper
  [[ $unified ]] && where=/sys/fs/cgroup
  mkdir -p "$where/others-$$/beneath"
  sleep 1000 &
  sleeper=$!
  echo "$sleeper" >"$where/others-$$/beneath/cgroup.procs"
  fresh
  config '{}'
  sed -i "s|\"linux\":{|&\"cgroupsPath\":\"/others-$$\",|" "$bundle/config.json"
  refuses cgroup-of-others "cgroup /others-$$ is in use by others" launch run --detach --bundle "$bundle" "$id"
  check delete-after-that ward delete --force "$id"
  check processes-of-others-live kill -0 "$sleeper"
  kill "$sleeper"
  wait "$sleeper" 2>/dev/null
  find "$where/others-$$" -depth -type d -exec rmdir {} +
}

# Accounts and named hierarchies: a container does not stay in its caller's cgroup of v1.
hierarchies() {
  local name
  [[ $unified ]] && return
  fresh
  begin '{}'
  for name in systemd cpuacct blkio freezer memory; do
    [[ -d /sys/fs/cgroup/$name ]] || continue
    same "joins-$name" "/ward/$id" \
      "$(sed --quiet "s/^[0-9]*:\(name=\)\?$name://p" "/proc/$(ward state "$id" | jq .pid)/cgroup")"
  done
  end
}

common
rest
rollback
devices
nested
others
hierarchies
find /sys/fs/cgroup -depth -type d -name "ward-probe-$$" -exec rmdir {} +
finish
