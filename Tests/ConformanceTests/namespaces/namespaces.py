"""config-linux.md: namespaces."""

import os
import subprocess

from case import case, expect, expect_true

KINDS = {"pid": "pid", "network": "net", "ipc": "ipc", "uts": "uts", "mount": "mnt", "cgroup": "cgroup", "user": "user",
         "time": "time"}
READ = "for kind in pid net ipc uts mnt cgroup user time; do echo $kind=$(readlink /proc/self/ns/$kind); done"


def ours():
    return {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS.values()}


@case("config-linux.namespaces.new")
def a_kind_without_a_path_is_new(c):
    for kind in ("cgroup", "time"):
        c.namespace(kind)
    c.user_namespace()
    host = ours()
    found = c.facts(READ)
    expect([kind for kind in host if found[kind] == host[kind]], [], "namespaces of this machine")


@case("config-linux.namespaces.inherit")
def a_kind_that_is_not_listed_is_that_of_the_runtime(c):
    c.linux["namespaces"] = [{"type": "mount"}]
    c.config.pop("hostname")
    # Without a network namespace nobody may mount sysfs, without an ipc namespace mqueue is the host's.
    c.config["mounts"] = [entry for entry in c.config["mounts"] if entry["type"] not in ("sysfs", "mqueue")]
    host = ours()
    found = c.facts(READ)
    expect([kind for kind in host if found[kind] != host[kind]], ["mnt"], "namespaces that are not this machine's")


def joined(c, *kinds):
    """A container in the namespaces of another one; what it finds, and what it should."""
    c.script("sleep 100")
    for kind in kinds:
        c.namespace(kind)
    c.create()
    pid = c.pid
    other = c.another()
    for kind in kinds:
        other.namespace(kind, f"/proc/{pid}/ns/{KINDS[kind]}")
    return other, {KINDS[kind]: os.readlink(f"/proc/{pid}/ns/{KINDS[kind]}") for kind in kinds}


@case("config-linux.namespaces.path")
def a_kind_with_a_path_is_that_namespace(c):
    other, wanted = joined(c, "network", "ipc", "uts", "cgroup")
    other.config.pop("hostname")
    found = other.facts(READ)
    expect({kind: found[kind] for kind in wanted}, wanted, "namespaces")


@case("config-linux.namespaces.path")
def a_pid_namespace_by_its_path(c):
    other, wanted = joined(c, "pid")
    found = other.facts(READ)
    expect(found["pid"], wanted["pid"], "pid namespace")


@case("config-linux.namespaces.path")
def a_time_namespace_by_its_path(c):
    other, wanted = joined(c, "time")
    expect(other.facts(READ)["time"], wanted["time"], "time namespace")


@case("config-linux.namespaces.path")
def a_mount_namespace_by_its_path(c):
    # It sees the bundle: a copy of this machine's mounts.
    holder = subprocess.Popen(["unshare", "--mount", "sleep", "60"])
    try:
        path = f"/proc/{holder.pid}/ns/mnt"
        c.wait_for(lambda: os.readlink(path) != os.readlink("/proc/self/ns/mnt"), "a mount namespace")
        wanted = os.readlink(path)
        c.namespace("mount", path)
        c.create()
        expect(os.readlink(f"/proc/{c.pid}/ns/mnt"), wanted, "mount namespace")
    finally:
        holder.kill()
        holder.wait()


@case("config-linux.namespaces.path")
def a_user_namespace_by_its_path(c):
    c.user_namespace()
    c.script("sleep 100")
    c.create()
    other = c.another()
    other.user_namespace()
    del other.linux["uidMappings"], other.linux["gidMappings"]
    other.namespace("user", f"/proc/{c.pid}/ns/user")
    other.linux["namespaces"].sort(key=lambda entry: entry["type"] != "user")
    wanted = os.readlink(f"/proc/{c.pid}/ns/user")
    found = other.facts(READ + "; echo uid=$(id -u)")
    expect((found["user"], found["uid"]), (wanted, "0"), "user namespace and user")


@case("config-linux.namespaces.path-kind")
def a_path_of_another_kind_is_an_error(c):
    for kind, file in (("network", "uts"), ("uts", "ipc"), ("ipc", "net"), ("pid", "net"), ("mount", "net"),
                       ("cgroup", "net"), ("user", "net")):
        other = c.another()
        other.namespace(kind, f"/proc/self/ns/{file}")
        other.refused(f"a {kind} namespace at the path of one of kind {file}")


@case("config-linux.namespaces.path-kind")
def a_path_that_is_no_namespace_is_an_error(c):
    for path in ("/etc/passwd", "/no/such/file", c.host_folder("folder")):
        other = c.another()
        other.namespace("network", path)
        other.refused(f"a network namespace at {path}")


@case("config-linux.namespaces.path-absolute")
def a_relative_path_is_an_error(c):
    c.namespace("network", "proc/self/ns/net")
    result = c.runtime("create", "--bundle", c.bundle, c.id, cwd="/")
    c.write()
    result = c.runtime("create", "--bundle", c.bundle, c.id, cwd="/")
    c.made = not result.failed
    expect_true(result.failed, "create did not fail")


@case("config-linux.namespaces.duplicate")
def a_kind_that_is_listed_twice_is_an_error(c):
    for kind in ("network", "uts", "ipc", "pid", "mount", "cgroup"):
        other = c.another()
        other.without_namespace(kind)
        other.linux["namespaces"] += [{"type": kind}, {"type": kind}]
        other.refused(f"{kind} twice")


@case("config-linux.namespaces.type", "config.valid-values")
def an_unknown_kind_is_an_error(c):
    for kind in ("nosuch", "", "net", None):
        other = c.another()
        other.linux["namespaces"].append({"type": kind})
        other.refused(f"a namespace of type {kind!r}")


@case("config-linux.namespaces.new")
def what_a_new_namespace_isolates(c):
    c.namespace("cgroup")
    found = c.facts("""
        echo processes=$(ls /proc | grep -c '^[0-9]')
        echo links=$(ls /sys/class/net | tr '\\n' ' ')
        echo cgroup=$(cut -d : -f 3 /proc/self/cgroup | sort -u)
        hostname changed 2>/dev/null; echo name=$(hostname)
    """)
    expect_true(int(found["processes"]) < 8, f"{found['processes']} processes are seen")
    expect(found["links"].split()[0], "lo", "network links")
    expect(found["cgroup"], "/", "cgroups")
