"""config-linux.md: mappings of a user namespace, offsets of a time namespace."""

import os

from case import case, expect, expect_true


@case("config-linux.mappings.uid", "config-linux.mappings.gid")
def the_mappings_are_those_of_the_configuration(c):
    c.user_namespace(100000, 1000)
    c.linux["uidMappings"] = [
        {"containerID": 0, "hostID": 100000, "size": 1000}, {"containerID": 5000, "hostID": 300000, "size": 7}]
    c.linux["gidMappings"] = [
        {"containerID": 0, "hostID": 100000, "size": 2000}, {"containerID": 9000, "hostID": 400000, "size": 8}]
    found = c.facts("echo u=$(cat /proc/self/uid_map); echo g=$(cat /proc/self/gid_map); echo id=$(id -u):$(id -g)")
    expect(found["u"].split(), "0 100000 1000 5000 300000 7".split(), "uid_map")
    expect(found["g"].split(), "0 100000 2000 9000 400000 8".split(), "gid_map")
    expect(found["id"], "0:0", "user and group")


@case("config-linux.mappings.uid")
def a_process_is_the_mapped_user_of_this_machine(c):
    c.user_namespace()
    c.process["user"] = {"uid": 33, "gid": 44}
    c.script("sleep 100")
    c.create()
    c.start()
    pid = c.pid
    c.wait_for(lambda: "sleep" in open(f"/proc/{pid}/comm", encoding="utf-8").read(), "the program")
    status = os.stat(f"/proc/{pid}")
    expect((status.st_uid, status.st_gid), (100033, 100044), "owner of the process")


@case("config-linux.mappings.ownership")
def the_files_keep_their_owners(c):
    c.user_namespace()
    before = os.stat(f"{c.root}/etc/passwd").st_uid
    c.run("true")
    expect(os.stat(f"{c.root}/etc/passwd").st_uid, before, "owner of a file")


@case("config-linux.mappings.required", "config.valid-values")
def a_mapping_that_is_incomplete_or_too_large_is_an_error(c):
    for mapping in ([{"containerID": 0, "hostID": 1000}], [{"containerID": 0, "hostID": 1000, "size": 2**33}],
                    [{"containerID": 0, "hostID": -1, "size": 1}]):
        other = c.another()
        other.user_namespace()
        other.linux["uidMappings"] = mapping
        other.refused(f"the mapping {mapping}")


@case("runtime.create.cannot-apply")
def mappings_that_overlap_are_an_error(c):
    c.user_namespace()
    c.linux["uidMappings"] = [
        {"containerID": 0, "hostID": 100000, "size": 10}, {"containerID": 5, "hostID": 200000, "size": 10}]
    c.refused("mappings that overlap")


@case("config-linux.timeOffsets")
def the_clocks_of_a_time_namespace_are_set_off(c):
    c.namespace("time")
    c.linux["timeOffsets"] = {"boottime": {"secs": 1000000, "nanosecs": 5}, "monotonic": {"secs": 2000000}}
    found = c.facts("echo up=$(cut -d . -f 1 /proc/uptime); sed 's/^/line=/' /proc/self/timens_offsets | tr -s ' ' | tail -n 1;"
                    "awk '{print $1 \"=\" $2 \" \" $3}' /proc/self/timens_offsets")
    expect_true(int(found["up"]) >= 1000000, f"up for {found['up']} s")
    expect((found["boottime"], found["monotonic"]), ("1000000 5", "2000000 0"), "offsets")


@case("runtime.create.cannot-apply")
def offsets_without_a_time_namespace_are_an_error(c):
    c.linux["timeOffsets"] = {"boottime": {"secs": 1}}
    c.refused("time offsets without a time namespace")


@case("config.valid-values")
def an_offset_of_another_clock_is_an_error(c):
    c.namespace("time")
    c.linux["timeOffsets"] = {"realtime": {"secs": 1}}
    c.refused("an offset of the clock realtime")
