"""config-linux.md: where the cgroup of a container is, and whose."""

import os

from case import case, expect, expect_true, skip_unless
from cgroups import UNIFIED, controllers, folders_of, mounts, path_of, value


@case("config-linux.cgroupsPath.absolute", "config-linux.cgroups.made")
def an_absolute_path_counts_from_the_mount_point(c):
    path = f"/conformance-{c.runtime.name}/{c.id}"
    c.linux["cgroupsPath"] = path
    c.create()
    for controller in ("memory", "pids", "cpu", "devices"):
        top = mounts()["" if UNIFIED else controller]
        expect(path_of(c.pid, controller), top + path, f"the cgroup of {controller}")
    folders = folders_of(c.pid)
    c.kill()
    c.wait()
    c.delete()
    expect([folder for folder in folders if os.path.isdir(folder)], [], "cgroups after delete")


@case("config-linux.cgroupsPath.relative", "config-linux.cgroupsPath.consistent")
def a_path_leads_to_the_same_place_each_time(c):
    for path in (f"conformance-{c.runtime.name}-{c.id}", f"/conformance-{c.runtime.name}-{c.id}"):
        places = []
        for _ in range(2):
            other = c.another()
            other.linux["cgroupsPath"] = path
            other.create()
            places.append(path_of(other.pid, "memory"))
            other.kill()
            other.wait()
            other.delete()
        expect(places[0], places[1], f"the cgroup of {path}")
        expect_true(places[0].endswith(path), f"{path} leads to {places[0]}")


@case("config-linux.cgroupsPath.default")
def a_container_without_a_path_has_a_cgroup_of_its_own(c):
    other = c.another()
    for one in (c, other):
        one.create()
    expect_true(path_of(c.pid, "memory") != path_of(other.pid, "memory"), "two containers share a cgroup")
    expect_true(path_of(c.pid, "memory") != path_of("self", "memory"), "it is the cgroup of the caller")


@case("config-linux.cgroupsPath.invalid")
def a_path_that_leads_out_is_an_error_or_stays_inside(c):
    c.linux["cgroupsPath"] = f"/../../{c.id}"
    result = c.try_create()
    if result.failed:
        c.nothing_left("a path with ..")
        return
    top = mounts()["" if UNIFIED else "memory"]
    place = path_of(c.pid, "memory")
    expect_true("/../" not in place and place.startswith(top), f"it leads to {place}")


@case("config-linux.cgroups.fit")
def a_frozen_cgroup_is_an_error_or_does_not_matter(c):
    path = f"/conformance-{c.runtime.name}-frozen"
    folder = mounts()["" if UNIFIED else "freezer"] + path
    os.mkdir(folder)
    state, frozen, thawed = ("cgroup.freeze", "1", "0") if UNIFIED else ("freezer.state", "FROZEN", "THAWED")
    try:
        with open(f"{folder}/{state}", "w", encoding="utf-8") as file:
            file.write(frozen)
        c.linux["cgroupsPath"] = path
        result = c.try_create(timeout=20)
        expect_true(result.status != 124, "create hangs")
        if result.failed:
            expect_true(not c.exists, "the container exists after an error")
        else:
            expect(c.state["status"], "created", "status")
    finally:
        if os.path.isdir(folder):
            with open(f"{folder}/{state}", "w", encoding="utf-8") as file:
                file.write(thawed)


def owned(c, *options):
    """A container that has its cgroup mounted, in a user namespace."""
    c.user_namespace()
    c.namespace("cgroup")
    c.mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", *options)
    c.create()
    return path_of(c.pid, "memory")


@case("config-linux.cgroups.ownership.no-failure", "config-linux.cgroups.ownership.files")
def a_writable_cgroup_belongs_to_the_user_of_the_container(c):
    skip_unless(UNIFIED, "cgroup v1 is not delegated")
    folder = owned(c)
    if os.stat(folder).st_uid == 0:
        return  # it MAY be changed
    try:
        with open("/sys/kernel/cgroup/delegate", encoding="utf-8") as file:
            listed = set(file.read().split())
    except FileNotFoundError:
        listed = {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}
    changed = {name for name in os.listdir(folder) if os.stat(f"{folder}/{name}").st_uid == 100000}
    expect(changed - listed, set(), "files that are not to be delegated")
    expect((listed & set(os.listdir(folder))) - changed, set(), "files to be delegated that are not")


@case("config-linux.cgroups.ownership.unchanged")
def any_other_cgroup_keeps_its_owner(c):
    for options in ([], ["ro"]) if not UNIFIED else (["ro"],):
        other = c.another()
        expect(os.stat(owned(other, *options)).st_uid, 0, f"owner of the cgroup with {options}")


@case("config-linux.cgroups.mount")
def the_cgroup_file_system_is_mounted(c):
    c.namespace("cgroup")
    c.mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro")
    c.linux["resources"] = {"pids": {"limit": 77}}
    file = "/sys/fs/cgroup/pids.max" if UNIFIED else "/sys/fs/cgroup/pids/pids.max"
    expect(c.run(f"cat {file}; mkdir {os.path.dirname(file)}/x 2>/dev/null || echo read-only"), "77\nread-only", file)


@case("config-linux.unified.files", "config-linux.unified.controllers")
def unified_writes_the_files_that_it_names(c):
    skip_unless(UNIFIED, "cgroup v1")
    c.linux["resources"] = {"unified": {"memory.high": "50000000", "pids.max": "99", "cpu.weight": "55",
                                        "cgroup.max.depth": "3"}}
    c.create()
    folder = path_of(c.pid, "memory")
    expect([value(folder, name) for name in ("pids.max", "cpu.weight", "cgroup.max.depth")], ["99", "55", "3"], "files")
    expect(int(value(folder, "memory.high")), 50000000 // 4096 * 4096, "memory.high")


@case("config-linux.unified.absent")
def unified_of_a_controller_that_is_not_there_is_an_error(c):
    c.linux["resources"] = {"unified": {"nosuch.max": "1"}}
    c.refused("unified with nosuch.max")
    other = c.another()
    if not UNIFIED:
        other.linux["resources"] = {"unified": {"memory.high": "50000000"}}
        other.refused("unified on cgroup v1")


@case("config-linux.conversion")
def what_has_no_place_in_cgroup_v2_is_an_error(c):
    skip_unless(UNIFIED, "cgroup v1")
    for resources in ({"network": {"classID": 1048577}}, {"network": {"priorities": [{"name": "lo", "priority": 5}]}},
                      {"cpu": {"realtimeRuntime": 1000}}):
        other = c.another()
        other.linux["resources"] = resources
        other.refused(f"{resources} on cgroup v2")


@case("runtime.create.cannot-apply")
def limits_of_a_controller_that_is_not_there_are_an_error(c):
    wanted = {"rdma": {"rdma": {"mlx5_1": {"hcaHandles": 3}}}, "net_cls": {"network": {"classID": 1048577}},
              "hugetlb": {"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}}
    absent = [name for name in wanted if name not in controllers() and not (UNIFIED and name == "net_cls")]
    skip_unless(absent, "every controller is there")
    for name in absent:
        other = c.another()
        other.linux["resources"] = wanted[name]
        other.refused(f"{wanted[name]} without the controller {name}")
