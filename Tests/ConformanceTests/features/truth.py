"""Each claim of the features document is compared with what the runtime does."""

import os

from case import case, expect, expect_true, skip_unless
from cgroups import UNIFIED

from ConformanceTests.features.shape import features
from ConformanceTests.mounts.options import MAP


def claim(c, *place):
    """What the document says at a place; a claim that is absent says nothing."""
    value = features(c)
    for name in place:
        value = (value or {}).get(name)
    skip_unless(value is not None, f"no claim about {'.'.join(place)}")
    return value


def accepted(c, what):
    """Recognised: create does not fail, and the program runs."""
    result = c.try_run()
    expect_true(not result.failed, f"{what} is claimed, but: {result.message}")


@case("features.hooks")
def each_hook_that_is_listed_is_called(c):
    log = f"{c.root}/data/log"
    names = claim(c, "hooks")
    c.config["hooks"] = {
        name: [{"path": "/bin/sh", "args": [
            "sh", "-c", f"cat >/dev/null; echo {name} >>{'/data/log' if name == 'startContainer' else log}"]}]
        for name in names}
    c.create()
    c.start()
    c.wait()
    c.delete()
    with open(log, encoding="utf-8") as file:
        expect(sorted(file.read().split()), sorted(names), "hooks that were called")


@case("features.mountOptions")
def each_mount_option_that_is_listed_is_recognised(c):
    volume = c.mappable_folder("volume")
    needs_user = {"idmap", "ridmap"}
    for option in claim(c, "mountOptions"):
        place = f"/data/{option}"
        if option == "remount":
            c.mount(place, "tmpfs", "tmpfs", "nosuid")
            c.mount(place, "tmpfs", "tmpfs", "remount", "nosuid", "ro")
        elif option in needs_user:
            c.mount(place, "bind", volume, "bind" if option == "idmap" else "rbind", option,
                    uidMappings=MAP, gidMappings=MAP)
        elif option.startswith("r") and option not in ("ro", "rw", "relatime", "rbind"):
            c.mount(place, "bind", volume, "rbind", option)
        elif option in ("bind", "rbind"):
            c.mount(place, "bind", volume, option)
        elif option in ("acl", "noacl", "usrquota", "grpquota", "copy-symlink", "src-nofollow", "dest-nofollow"):
            continue  # of other file systems, or about links
        else:
            c.mount(place, "tmpfs", "tmpfs", option)
    accepted(c, "each mount option")


@case("features.mountOptions")
def an_option_that_is_not_listed_is_none_of_the_runtime(c):
    """What is unknown goes to the file system, which refuses it."""
    c.mount("/data", "tmpfs", "tmpfs", "nosuchoption")
    c.refused("an option that nobody knows")


@case("features.namespaces")
def each_namespace_that_is_listed_is_recognised(c):
    for kind in claim(c, "linux", "namespaces"):
        if kind == "user":
            c.user_namespace()
        elif not (kind == "time" and not os.path.exists("/proc/self/ns/time")):
            c.namespace(kind)
    host = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in os.listdir("/proc/self/ns") if "_for_" not in kind}
    found = c.facts("for kind in /proc/self/ns/*; do echo ${kind##*/}=$(readlink $kind); done")
    kinds = {"network": "net", "mount": "mnt"}
    for kind in claim(c, "linux", "namespaces"):
        kind = kinds.get(kind, kind)
        expect_true(found[kind] != host[kind], f"the {kind} namespace is this machine's")


@case("features.capabilities")
def each_capability_that_is_listed_is_recognised(c):
    listed = claim(c, "linux", "capabilities")
    with open("/proc/self/status", encoding="utf-8") as file:
        bounding = next(int(line.split()[1], 16) for line in file if line.startswith("CapBnd"))
    # Their numbers are those of the list of the specification, which is in the order of the kernel.
    order = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT
    SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
    WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
    expect([name for name in listed if name.removeprefix("CAP_") not in order], [], "capabilities that there are not")
    here = [name for name in listed if bounding >> order.index(name.removeprefix("CAP_")) & 1]
    c.process["capabilities"] = {name: here for name in ("bounding", "effective", "permitted")}
    wanted = sum(1 << order.index(name.removeprefix("CAP_")) for name in here)
    expect(int(c.run("sed -n 's/^CapEff:.//p' /proc/self/status"), 16), wanted, "capabilities")


@case("features.cgroup")
def the_cgroup_version_of_this_machine_is_claimed(c):
    expect(claim(c, "linux", "cgroup", "v2" if UNIFIED else "v1"), True, "the claim")
    c.linux["resources"] = {"pids": {"limit": 99}}
    c.namespace("cgroup")
    c.mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro")
    expect(c.run("cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null; true"), "99", "pids.max")


@case("features.cgroup")
def the_systemd_driver_is_never_ignored(c):
    skip_unless(not os.path.exists("/run/systemd/system"), "systemd runs here")
    c.linux["cgroupsPath"] = "system.slice:conformance:x"
    c.write()
    c.made = True
    result = c.runtime("--systemd-cgroup", "create", "--bundle", c.bundle, c.id, files=c.files)
    expect_true(result.failed, "create with the systemd driver and no systemd did not fail")


@case("features.seccomp.actions", "features.seccomp.operators")
def what_is_listed_for_seccomp_is_recognised(c):
    expect(claim(c, "linux", "seccomp", "enabled"), True, "enabled")
    c.process["noNewPrivileges"] = True
    calls = iter(("sync", "syncfs", "vhangup", "swapon", "swapoff", "acct", "reboot", "quotactl", "sethostname", "umount2",
                  "personality", "mknod", "setns"))
    rules = [{"names": [next(calls)], "action": action} for action in claim(c, "linux", "seccomp", "actions")
             if action != "SCMP_ACT_NOTIFY"]
    rules += [{"names": ["setpriority"], "action": "SCMP_ACT_ERRNO", "args": [
        {"index": 0, "value": 77 + number, "valueTwo": 77 + number, "op": op}]}
        for number, op in enumerate(claim(c, "linux", "seccomp", "operators"))]
    c.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}
    accepted(c, "all of the actions and operators")


# libseccomp makes no filter for both byte orders: on this machine these are known, and cannot be had.
BIG_ENDIAN = {f"SCMP_ARCH_{name}" for name in "MIPS MIPS64 MIPS64N32 PPC PPC64 S390 S390X PARISC PARISC64 M68K SHEB".split()}


@case("features.seccomp.archs")
def each_architecture_that_is_listed_is_recognised(c):
    listed = set(claim(c, "linux", "seccomp", "archs"))
    c.process["noNewPrivileges"] = True
    c.linux["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": sorted(listed - BIG_ENDIAN),
        "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}
    accepted(c, f"each of {sorted(listed - BIG_ENDIAN)}")


@case("features.seccomp.archs.unlisted")
def an_architecture_that_is_not_listed_is_an_error(c):
    listed = claim(c, "linux", "seccomp", "archs")
    known = {f"SCMP_ARCH_{name}" for name in (
        "X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC "
        "PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB").split()}
    for name in sorted(known - set(listed)):
        other = c.another()
        other.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": [name]}
        other.refused(f"{name}, which is not claimed")


@case("features.seccomp.knownFlags", "features.seccomp.supportedFlags")
def each_flag_that_is_listed_as_supported_is_applied(c):
    known, supported = claim(c, "linux", "seccomp", "knownFlags"), claim(c, "linux", "seccomp", "supportedFlags")
    expect([name for name in supported if name not in known], [], "supported flags that are not known")
    c.process["noNewPrivileges"] = True
    c.linux["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}],
        # That one is for a filter with a listener; seccomp/the-flag-that-waits-for-the-answer has it.
        "flags": [name for name in supported if name != "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}
    accepted(c, "each flag")


@case("features.idmap")
def id_mapped_mounts_are_there_where_they_are_claimed(c):
    enabled = claim(c, "linux", "mountExtensions", "idmap", "enabled")
    volume = c.mappable_folder("volume")
    os.chmod(volume, 0o755)
    c.mount("/data", "bind", volume, "bind", "idmap", uidMappings=MAP, gidMappings=MAP)
    result = c.try_run()
    expect(not result.failed, enabled, "an id-mapped mount")


@case("features.netDevices")
def network_devices_are_refused_for_a_reason_of_the_machine_where_they_are_claimed(c):
    enabled = claim(c, "linux", "netDevices", "enabled")
    c.linux["netDevices"] = {"nosuch9": {}}
    message = c.refused("a device that is not there").message.lower()
    expect("unsupported" in message, not enabled, f"unsupported ({message})")


@case("features.memoryPolicy.modes", "features.memoryPolicy.flags")
def each_memory_policy_that_is_listed_is_recognised(c):
    skip_unless(os.path.exists("/proc/self/numa_maps"), "a kernel without NUMA")
    old = os.uname().release.startswith(("5.", "6.1."))
    for mode in claim(c, "linux", "memoryPolicy", "modes"):
        if mode == "MPOL_WEIGHTED_INTERLEAVE" and old:
            continue  # came with Linux 6.9
        other = c.another()
        other.linux["memoryPolicy"] = {"mode": mode, **({} if mode in ("MPOL_DEFAULT", "MPOL_LOCAL") else {"nodes": "0"})}
        accepted(other, mode)
    for flag in claim(c, "linux", "memoryPolicy", "flags"):
        other = c.another()
        mode = "MPOL_BIND" if flag == "MPOL_F_NUMA_BALANCING" else "MPOL_INTERLEAVE"
        other.linux["memoryPolicy"] = {"mode": mode, "nodes": "0", "flags": [flag]}
        accepted(other, flag)


@case("features.intelRdt")
def intel_rdt_fails_for_a_reason_of_the_machine_where_it_is_claimed(c):
    enabled = claim(c, "linux", "intelRdt", "enabled")
    skip_unless(not os.path.exists("/sys/fs/resctrl/schemata"), "resctrl is mounted here")
    c.linux["intelRdt"] = {"closID": "group", "l3CacheSchema": "L3:0=f"}
    message = c.refused("intelRdt without resctrl").message.lower()
    expect("unsupported" in message, not enabled, f"unsupported ({message})")


@case("features.apparmor", "features.selinux")
def labels_fail_for_a_reason_of_the_machine_where_they_are_claimed(c):
    for name, member, place in (("apparmor", "apparmorProfile", "/sys/kernel/security/apparmor"),
                                ("selinux", "selinuxLabel", "/sys/fs/selinux")):
        enabled = claim(c, "linux", name, "enabled")
        if os.path.isdir(place):
            continue
        other = c.another()
        other.process[member] = "nosuch"
        result = other.try_create()
        if not result.failed:
            result = other.operation("start")
        expect_true(result.failed, f"{member} is dropped")
        expect("unsupported" in result.message.lower(), not enabled, f"unsupported ({result.message})")
