"""config-linux.md: masked and read-only paths, propagation of the root, kernel parameters, personality, memory policy."""

import os

from case import case, expect, expect_true, skip_unless


@case("config-linux.maskedPaths")
def masked_paths_cannot_be_read(c):
    with open(f"{c.root}/data/secret", "w", encoding="utf-8") as file:
        file.write("secret")
    os.mkdir(f"{c.root}/data/folder")
    open(f"{c.root}/data/folder/secret", "w", encoding="utf-8").close()
    c.linux["maskedPaths"] = ["/data/secret", "/data/folder", "/proc/timer_list", "/no/such/path"]
    expect(c.run("cat /data/secret | wc -c; ls /data/folder | wc -l; cat /proc/timer_list | wc -c"), "0\n0\n0",
           "what is left of them")


@case("config-linux.maskedPaths-absolute", "config-linux.readonlyPaths-absolute", "config.valid-values")
def a_relative_path_is_an_error(c):
    for name in ("maskedPaths", "readonlyPaths"):
        other = c.another()
        other.linux[name] = ["proc/timer_list"]
        other.refused(f"a relative path in {name}")


@case("config-linux.readonlyPaths")
def read_only_paths_cannot_be_written(c):
    os.mkdir(f"{c.root}/data/folder")
    open(f"{c.root}/data/file", "w", encoding="utf-8").close()
    c.linux["readonlyPaths"] = ["/data/folder", "/data/file", "/proc/sys", "/no/such/path"]
    found = c.run("touch /data/folder/x; echo x >/data/file; echo x >/proc/sys/kernel/domainname; touch /data/other;"
                  "ls /data/folder | wc -l; cat /data/file | wc -c; ls /data/other")
    expect(found, "0\n0\n/data/other", "what was written")


@case("config-linux.sysctl")
def kernel_parameters_are_set(c):
    c.linux["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "net.core.somaxconn": "256"}
    expect(c.run("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced /proc/sys/net/core/somaxconn"),
           "1\n1\n256", "parameters")


@case("config-linux.sysctl", "runtime.create.cannot-apply")
def a_parameter_of_the_whole_machine_is_an_error(c):
    before = open("/proc/sys/vm/swappiness", encoding="utf-8").read()
    c.linux["sysctl"] = {"vm.swappiness": "7"}
    result = c.try_create()
    after = open("/proc/sys/vm/swappiness", encoding="utf-8").read()
    if after != before:
        with open("/proc/sys/vm/swappiness", "w", encoding="utf-8") as file:
            file.write(before)
    expect_true(result.failed, "create with vm.swappiness did not fail")
    expect(after, before, "the parameter of this machine")


def propagation_of_root(c, value):
    if value:
        c.linux["rootfsPropagation"] = value
    return c.run("awk '$5 == \"/\"' /proc/self/mountinfo | tail -n 1 | sed 's/ - .*//' | cut -d ' ' -f 7-")


@case("config-linux.rootfsPropagation")
def the_root_has_the_propagation_that_is_configured(c):
    expect_true("shared:" in propagation_of_root(c.another(), "shared"), "shared: it is not")
    found = propagation_of_root(c.another(), "private")
    expect_true("shared:" not in found and "master:" not in found, f"private: it is {found}")
    expect_true("unbindable" in propagation_of_root(c.another(), "unbindable"), "unbindable: it is not")
    found = propagation_of_root(c.another(), "slave")
    expect_true("shared:" not in found, f"slave: it is {found}")


@case("config-linux.rootfsPropagation")
def a_slave_root_gets_the_mounts_of_this_machine(c):
    shared = c.host_folder("shared")
    c.mounted(shared, "tmpfs")
    c.host("mount", "--make-shared", shared)
    os.mkdir(f"{shared}/later")
    c.linux["rootfsPropagation"] = "slave"
    c.mount("/data", "bind", shared, "rbind", "rslave")
    c.script("sleep 100")
    c.create()
    c.mounted(f"{shared}/later", "tmpfs")
    open(f"{shared}/later/mark", "w", encoding="utf-8").close()
    expect(os.listdir(f"/proc/{c.pid}/root/data/later"), ["mark"], "a mount that came later")


@case("config.valid-values")
def an_unknown_propagation_is_an_error(c):
    c.linux["rootfsPropagation"] = "nosuch"
    c.refused("the propagation nosuch")


@case("config-linux.personality.domain")
def the_personality_is_set(c):
    skip_unless(os.uname().machine == "x86_64", "not on x86-64")
    for domain, machine in (("LINUX32", "i686"), ("LINUX", "x86_64")):
        other = c.another()
        other.linux["personality"] = {"domain": domain}
        expect(other.run("uname -m; cat /proc/self/personality"),
               f"{machine}\n{'00000008' if domain == 'LINUX32' else '00000000'}", domain)


@case("config-linux.personality.required", "config.valid-values")
def an_unknown_personality_is_an_error(c):
    for value in ({"domain": "NOSUCH"}, {}, {"domain": "LINUX", "flags": ["NOSUCH"]}):
        other = c.another()
        other.linux["personality"] = value
        other.refused_at_start(f"the personality {value}")


@case("config-linux.memoryPolicy.mode", "config-linux.memoryPolicy.nodes", "config-linux.memoryPolicy.flags")
def the_memory_policy_is_set(c):
    skip_unless(os.path.exists("/proc/self/numa_maps"), "a kernel without NUMA")
    for policy, shown in (({"mode": "MPOL_BIND", "nodes": "0"}, "bind:0"), ({"mode": "MPOL_INTERLEAVE", "nodes": "0"}, "interleave:0"),
                          ({"mode": "MPOL_PREFERRED", "nodes": "0"}, "prefer:0"), ({"mode": "MPOL_DEFAULT"}, "default"),
                          ({"mode": "MPOL_LOCAL"}, "local"), ({"mode": "MPOL_PREFERRED_MANY", "nodes": "0"}, "prefer (many):0"),
                          ({"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}, "bind=static:0")):
        other = c.another()
        other.linux["memoryPolicy"] = policy
        found = other.run("head -n 1 /proc/self/numa_maps").split(" ", 1)[1]
        expect_true(found.startswith(shown), f"{policy}: numa_maps says {found}")


@case("config-linux.memoryPolicy.required", "config.valid-values")
def an_unknown_memory_policy_is_an_error(c):
    for value in ({"mode": "MPOL_NOSUCH"}, {"nodes": "0"}, {"mode": "MPOL_BIND", "nodes": "none"},
                  {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NOSUCH"]}):
        other = c.another()
        other.linux["memoryPolicy"] = value
        other.refused_at_start(f"the memory policy {value}")


@case("config-linux.mountLabel", "runtime.create.cannot-apply")
def a_mount_label_without_selinux_is_an_error(c):
    skip_unless(not os.path.isdir("/sys/fs/selinux"), "SELinux is active here")
    c.linux["mountLabel"] = "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811"
    c.mount("/data", "tmpfs", "tmpfs")
    c.refused("a mount label on a kernel without SELinux")


@case("config-linux.intelRdt.unmounted")
def intel_rdt_without_resctrl_is_an_error(c):
    skip_unless(not os.path.exists("/sys/fs/resctrl/schemata"), "resctrl is mounted here")
    for value in ({"closID": "group", "l3CacheSchema": "L3:0=f"}, {"enableMonitoring": True}, {}):
        other = c.another()
        other.linux["intelRdt"] = value
        other.refused(f"intelRdt {value}")
