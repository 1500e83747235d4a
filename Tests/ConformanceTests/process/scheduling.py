"""config.md: scheduler, I/O priority and CPU affinity."""

import os

from case import case, expect, expect_true, skip_unless

RUNS = "sleep 100"


def process_of(c):
    """The program of the container, which has been started."""
    c.script(f"exec {RUNS}")
    c.create()
    c.start()
    pid = c.pid
    c.wait_for(lambda: open(f"/proc/{pid}/comm", encoding="utf-8").read().strip() == "sleep", "the program to run")
    return pid


def priority_of(pid):
    """Class and level of I/O, by ioprio_get."""
    import ctypes
    value = ctypes.CDLL(None).syscall(252, 1, pid)
    return value >> 13, value & 7


def real_time_share(c):
    """With RT_GROUP_SCHED no cgroup but the root has real-time processor time unless it is given some."""
    if os.path.exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"):
        c.linux["cgroupsPath"] = f"/{c.runtime.name}-{c.id}"
        c.linux["resources"] = {"cpu": {"realtimeRuntime": 1000, "realtimePeriod": 1000000}}


@case("config.scheduler.policy", "config.scheduler.nice")
def batch_with_a_nice_value(c):
    c.process["scheduler"] = {"policy": "SCHED_BATCH", "nice": 5}
    pid = process_of(c)
    expect(os.sched_getscheduler(pid), os.SCHED_BATCH, "policy")
    expect(os.getpriority(os.PRIO_PROCESS, pid), 5, "nice value")


@case("config.scheduler.policy", "config.scheduler.priority")
def real_time_with_a_priority(c):
    for name, policy in (("SCHED_FIFO", os.SCHED_FIFO), ("SCHED_RR", os.SCHED_RR)):
        other = c.another()
        other.process["scheduler"] = {"policy": name, "priority": 10}
        real_time_share(other)
        pid = process_of(other)
        expect(os.sched_getscheduler(pid), policy, "policy")
        expect(os.sched_getparam(pid).sched_priority, 10, "priority")


@case("config.scheduler.policy", "config.scheduler.nice")
def other_and_idle(c):
    for name, policy, nice in (("SCHED_OTHER", os.SCHED_OTHER, 7), ("SCHED_IDLE", os.SCHED_IDLE, 0)):
        other = c.another()
        other.process["scheduler"] = {"policy": name, **({"nice": nice} if nice else {})}
        pid = process_of(other)
        expect(os.sched_getscheduler(pid), policy, "policy")
        expect(os.getpriority(os.PRIO_PROCESS, pid), nice, "nice value")


@case("config.scheduler.flags")
def reset_on_fork(c):
    c.process["scheduler"] = {"policy": "SCHED_BATCH", "flags": ["SCHED_FLAG_RESET_ON_FORK"]}
    pid = process_of(c)
    expect(os.sched_getscheduler(pid), os.SCHED_BATCH | os.SCHED_RESET_ON_FORK, "policy and flag")


@case("config.scheduler.deadline")
def deadline_with_its_times(c):
    c.process["scheduler"] = {
        "policy": "SCHED_DEADLINE", "runtime": 10_000_000, "deadline": 20_000_000, "period": 30_000_000}
    pid = process_of(c)
    expect(os.sched_getscheduler(pid), 6, "policy")
    with open(f"/proc/{pid}/sched", encoding="utf-8") as file:
        found = {line.split(":")[0].strip(): line.split(":")[-1].strip() for line in file if ":" in line}
    expect(found.get("policy"), "6", "policy of /proc/PID/sched")


@case("config.valid-values")
def an_unknown_policy_or_flag_is_an_error(c):
    for value in ({"policy": "SCHED_NOSUCH"}, {"policy": "SCHED_BATCH", "flags": ["SCHED_FLAG_NOSUCH"]},
                  {"policy": "SCHED_OTHER", "nice": 20}, {"policy": "SCHED_FIFO", "priority": 100}):
        other = c.another()
        other.process["scheduler"] = value
        other.refused_at_start(f"the scheduler {value}")


@case("config.ioPriority")
def the_io_priority_is_set(c):
    for name, number, level in (("IOPRIO_CLASS_BE", 2, 6), ("IOPRIO_CLASS_IDLE", 3, 0), ("IOPRIO_CLASS_RT", 1, 3)):
        other = c.another()
        other.process["ioPriority"] = {"class": name, "priority": level}
        expect(priority_of(process_of(other)), (number, level), name)


@case("config.valid-values")
def an_unknown_class_or_level_is_an_error(c):
    for value in ({"class": "IOPRIO_CLASS_NOSUCH", "priority": 1}, {"class": "IOPRIO_CLASS_BE", "priority": 8}):
        other = c.another()
        other.process["ioPriority"] = value
        other.refused_at_start(f"the I/O priority {value}")


@case("config.execCPUAffinity.final", "config.execCPUAffinity.initial")
def a_further_process_has_the_affinity_and_the_first_has_not(c):
    skip_unless(os.cpu_count() > 1, "one processor")
    c.process["execCPUAffinity"] = {"initial": "0", "final": "1"}
    c.script("grep Cpus_allowed_list /proc/self/status; sleep 100")
    c.create()
    c.start()
    everywhere = open("/proc/self/status", encoding="utf-8").read().split("Cpus_allowed_list:")[1].split()[0]
    c.wait_for(lambda: c.output, "the program to print")
    expect(c.output.split()[1], everywhere, "processors of the first process")
    expect(c.execute("grep", "Cpus_allowed_list", "/proc/self/status").split()[1], "1", "processors of a further one")


@case("config.valid-values")
def an_affinity_that_is_no_list_is_an_error(c):
    c.process["execCPUAffinity"] = {"final": "first"}
    c.script("sleep 100")
    result = c.try_create()
    if not result.failed:
        c.start()
        result = c.runtime("exec", c.id, "true")
    expect_true(result.failed, "neither create nor exec failed")
