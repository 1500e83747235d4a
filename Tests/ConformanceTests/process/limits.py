"""config.md: rlimits of the process."""

from case import case, expect

# The resource, and the line of /proc/PID/limits.
RESOURCES = {
    "RLIMIT_AS": "Max address space", "RLIMIT_CORE": "Max core file size", "RLIMIT_CPU": "Max cpu time",
    "RLIMIT_DATA": "Max data size", "RLIMIT_FSIZE": "Max file size", "RLIMIT_LOCKS": "Max file locks",
    "RLIMIT_MEMLOCK": "Max locked memory", "RLIMIT_MSGQUEUE": "Max msgqueue size", "RLIMIT_NICE": "Max nice priority",
    "RLIMIT_NOFILE": "Max open files", "RLIMIT_NPROC": "Max processes", "RLIMIT_RSS": "Max resident set",
    "RLIMIT_RTPRIO": "Max realtime priority", "RLIMIT_RTTIME": "Max realtime timeout",
    "RLIMIT_SIGPENDING": "Max pending signals", "RLIMIT_STACK": "Max stack size",
}


def limits(text):
    """Soft and hard limit by the name of the line."""
    return {line[:26].strip(): tuple(line[26:].split()[:2]) for line in text.splitlines()}


@case("config.rlimits.applied", "config.rlimits.getrlimit")
def each_resource_has_the_limits_that_are_configured(c):
    ours = limits(open("/proc/self/limits", encoding="utf-8").read())
    wanted = {}
    entries = []
    for resource, name in RESOURCES.items():
        # Nobody here may raise a hard limit: the value is below it.
        ceiling = ours[name][1]
        hard = 1 << 40 if ceiling == "unlimited" else int(ceiling)
        soft = hard // 2
        wanted[name] = (str(soft), str(hard))
        entries.append({"type": resource, "soft": soft, "hard": hard})
    c.process["rlimits"] = entries
    found = limits(c.run("cat /proc/self/limits"))
    expect({name: found[name] for name in wanted}, wanted, "limits")


@case("config.rlimits.unknown")
def an_unknown_resource_is_an_error(c):
    for name in ("RLIMIT_NOSUCH", "NOFILE", "rlimit_nofile"):
        other = c.another()
        other.process["rlimits"] = [{"type": name, "soft": 8, "hard": 8}]
        other.refused_at_start(f"the resource {name}")


@case("config.rlimits.duplicate")
def a_resource_that_is_listed_twice_is_an_error(c):
    c.process["rlimits"] = [
        {"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}, {"type": "RLIMIT_NOFILE", "soft": 32, "hard": 64}]
    c.refused_at_start("RLIMIT_NOFILE twice")


@case("config.valid-values")
def a_soft_limit_above_the_hard_one_is_an_error(c):
    c.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 65, "hard": 64}]
    c.refused_at_start("a soft limit above the hard one")
