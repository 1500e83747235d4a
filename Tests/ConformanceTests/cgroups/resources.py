"""config-linux.md: limits of resources, by each controller, on cgroup v1 and v2."""

import json
import os

from case import case, expect, expect_true, skip_unless
from cgroups import UNIFIED, block_device, controllers, has_file, path_of, value

MIB = 1 << 20


def limited(c, controller, resources):
    """The cgroup of a created container with these resources."""
    skip_unless(controller in controllers() or (UNIFIED and controller == "devices"), f"there is no controller {controller}")
    c.linux["resources"] = resources
    c.create()
    return path_of(c.pid, controller)


def found(folder, *names):
    return [value(folder, name).split("\n")[0] for name in names]


@case("config-linux.memory.limit", "config-linux.memory.reservation", "config-linux.memory.swap")
def memory(c):
    has_swap = UNIFIED or os.path.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")
    limits = {"limit": 64 * MIB, "reservation": 32 * MIB, **({"swap": 96 * MIB} if has_swap else {})}
    folder = limited(c, "memory", {"memory": limits})
    if UNIFIED:
        names, wanted = ["memory.max", "memory.low"], [64, 32]
        if os.path.exists(f"{folder}/memory.swap.max"):
            names, wanted = [*names, "memory.swap.max"], [64, 32, 32]
    else:
        names, wanted = ["memory.limit_in_bytes", "memory.soft_limit_in_bytes"], [64, 32]
        if has_swap:
            names, wanted = [*names, "memory.memsw.limit_in_bytes"], [64, 32, 96]
    expect(found(folder, *names), [str(size * MIB) for size in wanted], f"{names}")


@case("config-linux.memory.unlimited")
def memory_without_a_limit(c):
    folder = limited(c, "memory", {"memory": {"limit": -1, "swap": -1}})
    limit = value(folder, "memory.max" if UNIFIED else "memory.limit_in_bytes")
    expect_true(limit == "max" or int(limit) > 1 << 60, f"the limit is {limit}")


@case("config-linux.memory.limit")
def memory_that_is_used_up_ends_the_program(c):
    skip_unless(UNIFIED or os.path.exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"), "no limit of swap here")
    c.linux["resources"] = {"memory": {"limit": 16 * MIB, "swap": 16 * MIB}}
    expect(c.run("dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo $?"), "137", "its exit status")


@case("config-linux.memory.swappiness")
def memory_swappiness(c):
    skip_unless(not UNIFIED, "cgroup v2 has no swappiness")
    expect(found(limited(c, "memory", {"memory": {"swappiness": 30}}), "memory.swappiness"), ["30"], "swappiness")


@case("config-linux.memory.swappiness-range", "config.valid-values")
def memory_swappiness_out_of_range(c):
    c.linux["resources"] = {"memory": {"swappiness": 101}}
    c.refused("swappiness 101")


@case("config-linux.memory.disableOOMKiller")
def memory_without_the_oom_killer(c):
    skip_unless(not UNIFIED, "cgroup v2 has no such switch")
    folder = limited(c, "memory", {"memory": {"disableOOMKiller": True, "limit": 64 * MIB}})
    expect_true("oom_kill_disable 1" in value(folder, "memory.oom_control"), value(folder, "memory.oom_control"))


@case("config-linux.memory.kernelTCP")
def memory_of_tcp_buffers(c):
    skip_unless(not UNIFIED, "cgroup v2 has no such limit")
    folder = limited(c, "memory", {"memory": {"kernelTCP": 8 * MIB}})
    expect(found(folder, "memory.kmem.tcp.limit_in_bytes"), [str(8 * MIB)], "limit")


@case("config-linux.memory.limit", "runtime.create.cannot-apply", "config.valid-values")
def memory_limits_that_contradict(c):
    c.linux["resources"] = {"memory": {"limit": 64 * MIB, "swap": 32 * MIB}}
    c.refused("swap below the limit of memory")


@case("config-linux.memory.checkBeforeUpdate")
def memory_that_is_in_use_is_not_taken_away(c):
    c.mount("/data", "tmpfs", "tmpfs")
    c.script("dd if=/dev/zero of=/data/file bs=1M count=24 2>/dev/null; echo full; sleep 100")
    limited(c, "memory", {"memory": {"limit": 64 * MIB}})
    c.start()
    c.wait_for(lambda: c.output == "full", "memory to be used")
    resources = c.host_file("resources.json", json.dumps(
        {"memory": {"limit": 8 * MIB, "swap": 8 * MIB, "checkBeforeUpdate": True}}))
    result = c.runtime("update", "--resources", resources, c.id)
    expect_true(result.failed, "a limit below what is used was accepted")
    expect(c.state["status"], "running", "status after it")


@case("config-linux.cpu.shares")
def cpu_shares(c):
    folder = limited(c, "cpu", {"cpu": {"shares": 512}})
    if UNIFIED:
        weight = int(value(folder, "cpu.weight"))
        expect_true(1 < weight < 100, f"cpu.weight is {weight} for half of the default shares")
    else:
        expect(found(folder, "cpu.shares"), ["512"], "cpu.shares")


@case("config-linux.cpu.quota", "config-linux.cpu.period")
def cpu_quota_and_period(c):
    folder = limited(c, "cpu", {"cpu": {"quota": 20000, "period": 50000}})
    if UNIFIED:
        expect(found(folder, "cpu.max"), ["20000 50000"], "cpu.max")
    else:
        expect(found(folder, "cpu.cfs_quota_us", "cpu.cfs_period_us"), ["20000", "50000"], "quota and period")


@case("config-linux.cpu.burst")
def cpu_burst(c):
    name = "cpu.max.burst" if UNIFIED else "cpu.cfs_burst_us"
    folder = limited(c, "cpu", {"cpu": {"quota": 20000, "period": 50000, "burst": 10000}})
    expect(found(folder, name), ["10000"], name)


@case("config-linux.cpu.burst-range", "runtime.create.cannot-apply")
def cpu_burst_above_the_quota(c):
    c.linux["resources"] = {"cpu": {"quota": 20000, "period": 50000, "burst": 30000}}
    c.refused("a burst above the quota")


@case("config-linux.cpu.idle")
def cpu_idle(c):
    skip_unless(os.uname().release >= "5.15", "an old kernel")
    expect(found(limited(c, "cpu", {"cpu": {"idle": 1}}), "cpu.idle"), ["1"], "cpu.idle")


@case("config-linux.cpu.realtime")
def cpu_real_time(c):
    skip_unless(os.path.exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"), "no real-time share here")
    c.linux["cgroupsPath"] = f"/{c.runtime.name}-{c.id}"
    folder = limited(c, "cpu", {"cpu": {"realtimeRuntime": 2000, "realtimePeriod": 500000}})
    expect(found(folder, "cpu.rt_runtime_us", "cpu.rt_period_us"), ["2000", "500000"], "real-time share")


@case("config-linux.cpu.cpus", "config-linux.cpu.mems")
def cpu_set(c):
    folder = limited(c, "cpuset", {"cpu": {"cpus": "0", "mems": "0"}})
    expect(found(folder, "cpuset.cpus", "cpuset.mems"), ["0", "0"], "processors and memory nodes")
    with open(f"/proc/{c.pid}/status", encoding="utf-8") as file:
        expect_true("Cpus_allowed_list:\t0\n" in file.read(), "the process may use another processor")


@case("config-linux.cpu.cpus", "runtime.create.cannot-apply")
def cpu_set_of_processors_that_are_not_there(c):
    for cpus in ("4000", "one", "0-"):
        other = c.another()
        other.linux["resources"] = {"cpu": {"cpus": cpus}}
        other.refused(f"the processors {cpus}")


@case("config-linux.pids.limit")
def pids(c):
    expect(found(limited(c, "pids", {"pids": {"limit": 42}}), "pids.max"), ["42"], "pids.max")


@case("config-linux.pids.unlimited")
def pids_without_a_limit(c):
    expect(found(limited(c, "pids", {"pids": {"limit": -1}}), "pids.max"), ["max"], "pids.max")


@case("config-linux.pids.zero")
def pids_of_zero(c):
    c.linux["resources"] = {"pids": {"limit": 0}}
    result = c.try_create()
    if not result.failed:
        expect(value(path_of(c.pid, "pids"), "pids.max"), "0", "pids.max")


@case("config-linux.blockIO.throttle")
def block_io_throttling(c):
    device = block_device()
    skip_unless(device, "no disk")
    major, minor = map(int, device.split(":"))
    entry = {"major": major, "minor": minor}
    controller = "io" if UNIFIED else "blkio"
    folder = limited(c, controller, {"blockIO": {
        "throttleReadBpsDevice": [{**entry, "rate": 1000000}], "throttleWriteBpsDevice": [{**entry, "rate": 2000000}],
        "throttleReadIOPSDevice": [{**entry, "rate": 300}], "throttleWriteIOPSDevice": [{**entry, "rate": 400}]}})
    if UNIFIED:
        expect(sorted(value(folder, "io.max").split()), sorted([device, "rbps=1000000", "wbps=2000000", "riops=300", "wiops=400"]),
               "io.max")
    else:
        names = [f"blkio.throttle.{name}_device" for name in ("read_bps", "write_bps", "read_iops", "write_iops")]
        expect(found(folder, *names), [f"{device} {rate}" for rate in (1000000, 2000000, 300, 400)], "throttling")


WEIGHTS = ("io.bfq.weight", "io.weight") if UNIFIED else ("blkio.bfq.weight", "blkio.weight")


def weight_file():
    controller = "io" if UNIFIED else "blkio"
    return next((name for name in WEIGHTS if controller in controllers() and has_file(controller, name)), None)


@case("config-linux.blockIO.weight")
def block_io_weight(c):
    name = weight_file()
    skip_unless(name, "no scheduler with weights")
    weight = int(value(limited(c, "io" if UNIFIED else "blkio", {"blockIO": {"weight": 300}}), name).split()[-1])
    expect_true(weight == 300 or (name == "io.weight" and weight > 100), f"{name} is {weight}")


@case("config-linux.blockIO.weight", "runtime.create.cannot-apply")
def block_io_weight_without_a_scheduler(c):
    skip_unless(not weight_file(), "there are weights here")
    c.linux["resources"] = {"blockIO": {"weight": 300}}
    c.refused("a weight that cannot be set")


@case("config-linux.blockIO.weightDevice", "config.valid-values")
def block_io_weight_of_a_device_without_any_weight(c):
    c.linux["resources"] = {"blockIO": {"weightDevice": [{"major": 8, "minor": 0}]}}
    c.refused("a weightDevice without weight and leafWeight")


@case("config-linux.hugepageLimits.limit")
def huge_pages(c):
    folder = limited(c, "hugetlb", {"hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}]})
    names = ["hugetlb.2MB.rsvd.max", "hugetlb.2MB.max"] if UNIFIED else [
        "hugetlb.2MB.rsvd.limit_in_bytes", "hugetlb.2MB.limit_in_bytes"]
    name = next(name for name in names if os.path.exists(f"{folder}/{name}"))
    expect(found(folder, name), [str(4 * MIB)], name)


@case("config-linux.hugepageLimits.pageSize", "config.valid-values")
def huge_pages_of_a_size_that_is_none(c):
    for size in ("3MB", "2mb", "", "../x"):
        other = c.another()
        other.linux["resources"] = {"hugepageLimits": [{"pageSize": size, "limit": 4 * MIB}]}
        other.refused(f"the page size {size!r}")


@case("config-linux.rdma.limits")
def rdma(c):
    limited(c, "rdma", {})
    skip_unless(os.path.isdir("/sys/class/infiniband") and os.listdir("/sys/class/infiniband"), "no RDMA device")
    device = os.listdir("/sys/class/infiniband")[0]
    other = c.another()
    folder = limited(other, "rdma", {"rdma": {device: {"hcaHandles": 3, "hcaObjects": 10}}})
    expect(value(folder, "rdma.max"), f"{device} hca_handle=3 hca_object=10", "rdma.max")


@case("config-linux.rdma.required", "config.valid-values")
def rdma_without_any_limit(c):
    c.linux["resources"] = {"rdma": {"mlx5_1": {}}}
    c.refused("an rdma device without limits")


@case("config-linux.network.classID", "config-linux.network.priorities")
def network(c):
    skip_unless({"net_cls", "net_prio"} <= controllers(), "no controllers net_cls and net_prio")
    c.linux["resources"] = {"network": {"classID": 1048577, "priorities": [{"name": "lo", "priority": 5}]}}
    c.create()
    expect(found(path_of(c.pid, "net_cls"), "net_cls.classid"), ["1048577"], "net_cls.classid")
    expect_true("lo 5" in value(path_of(c.pid, "net_prio"), "net_prio.ifpriomap"), "the priority is not set")


def opens(c, *rules):
    """How a container with these rules can open two block devices: `a` is 7:0 and `b` is 7:1."""
    c.linux["resources"] = {"devices": [{"allow": False, "access": "rwm"}, *rules]}
    for names in c.process["capabilities"].values():
        names.append("CAP_MKNOD")
    # Whether there is such a device does not matter: what the rules deny is "not permitted".
    return c.run("""
        for name in a b; do
          mknod /tmp/$name b 7 $([ $name = a ] && echo 0 || echo 1)
          (: </tmp/$name) 2>&1 | grep -q 'not permitted' || printf '%s:r ' $name
          (: >>/tmp/$name) 2>&1 | grep -q 'not permitted' || printf '%s:w ' $name
        done""")


A, B = ({"type": "b", "major": 7, "minor": minor, "access": "rwm"} for minor in (0, 1))


@case("config-linux.resources.devices.order")
def device_rules_are_applied_in_order(c):
    expect(opens(c.another(), {"allow": True, **A}, {"allow": True, **B}, {"allow": False, **B}), "a:r a:w",
           "a allowed, b allowed and then denied")
    expect(opens(c.another(), {"allow": False, **A}, {"allow": True, "access": "rwm"}, {"allow": False, **B}), "a:r a:w",
           "a denied, all allowed, b denied")


@case("config-linux.resources.devices.access")
def device_rules_are_for_kinds_of_access(c):
    expect(opens(c.another(), {"allow": True, **A, "access": "r"}, {"allow": True, **B, "access": "w"}), "a:r b:w",
           "a to be read, b to be written")


@case("config-linux.resources.devices.wildcards")
def device_rules_without_numbers_are_for_all(c):
    expect(opens(c.another(), {"allow": True, "type": "b", "major": 7, "access": "rw"}), "a:r a:w b:r b:w",
           "each minor number")
    expect(opens(c.another(), {"allow": True, "type": "a", "access": "rwm"}), "a:r a:w b:r b:w", "type a")
    expect(opens(c.another(), {"allow": True, "access": "rwm"}), "a:r a:w b:r b:w", "without a type")
    expect(opens(c.another(), {"allow": True, "type": "c", "major": 7, "access": "rw"}), "", "the other type")


@case("config-linux.resources.devices.valid", "config.valid-values")
def device_rules_that_are_invalid(c):
    for rule in ({"allow": True, "access": "x"}, {"allow": True, "type": "z", "access": "r"}, {"access": "rwm", "type": "c"},
                 {"allow": "yes", "access": "r"}):
        other = c.another()
        other.linux["resources"] = {"devices": [rule]}
        other.refused(f"the rule {rule}")


@case("config.valid-values")
def limits_that_are_no_numbers(c):
    for resources in ({"pids": {"limit": "many"}}, {"memory": {"limit": 1.5}}, {"cpu": {"shares": -1}},
                      {"memory": {"limit": 2**63}}):
        other = c.another()
        other.linux["resources"] = resources
        other.refused(f"{resources}")
