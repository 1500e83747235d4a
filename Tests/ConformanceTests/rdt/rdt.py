"""config-linux.md: Intel RDT, on a machine that has it and has resctrl mounted."""

import os

from case import case, expect, expect_true, skip_unless
from runtime import read

TOP = "/sys/fs/resctrl"


def needed(c):
    skip_unless(os.path.exists(f"{TOP}/schemata"), "resctrl is not mounted here")
    c.script("sleep 100")
    return read(f"{TOP}/schemata").split("\n")[0].strip()


def created(c, group, **members):
    """The group of a created container, which has to have its process."""
    c.linux["intelRdt"] = members
    c.create()
    place = f"{TOP}/{group}" if group else TOP
    expect_true(str(c.pid) in read(f"{place}/tasks").split(), f"the process is not in {place}/tasks")
    return place


def ended(c):
    c.kill()
    c.wait()
    c.delete()


@case("config-linux.intelRdt.container-id", "config-linux.intelRdt.removed", "config-linux.intelRdt.tasks")
def without_a_class_the_group_has_the_id_of_the_container(c):
    schema = needed(c)
    place = created(c, c.id, schemata=[schema])
    ended(c)
    expect_true(not os.path.isdir(place), "the group is left")


@case("config-linux.intelRdt.closID", "config-linux.intelRdt.kept", "config-linux.intelRdt.schemata")
def a_class_that_is_named_is_made_and_kept(c):
    schema = needed(c)
    place = f"{TOP}/conformance"
    try:
        created(c, "conformance", closID="conformance", schemata=[schema])
        expect(schema in [line.strip() for line in read(f"{place}/schemata").split("\n")], True, "its schemata")
        ended(c)
        expect_true(os.path.isdir(place), "the group is gone")
        other = c.another()
        other.linux["intelRdt"] = {"closID": "conformance"}
        other.create()
        expect_true(str(other.pid) in read(f"{place}/tasks").split(), "a group that is there is not joined")
    finally:
        if os.path.isdir(place):
            os.rmdir(place)


@case("config-linux.intelRdt.default-class")
def the_class_of_the_root(c):
    needed(c)
    before = read(f"{TOP}/schemata")
    created(c, "", closID="/")
    expect(read(f"{TOP}/schemata"), before, "the schemata")


@case("config-linux.intelRdt.mismatch")
def a_class_that_has_another_schema_is_an_error(c):
    schema = needed(c)
    os.mkdir(f"{TOP}/conformance-other")
    try:
        name, _, values = schema.partition(":")
        c.linux["intelRdt"] = {"closID": "conformance-other", "l3CacheSchema": f"{name}:" + values.split("=")[0] + "=1"}
        c.refused("a schema that is not that of the group")
    finally:
        os.rmdir(f"{TOP}/conformance-other")


@case("config-linux.intelRdt.absent-class")
def a_class_that_is_not_there_and_has_no_schema_is_an_error(c):
    needed(c)
    c.linux["intelRdt"] = {"closID": "conformance-nobody"}
    c.refused("a class that is not there")


@case("config-linux.intelRdt.monitoring")
def a_monitoring_group_is_made_and_deleted(c):
    needed(c)
    place = f"{created(c, '', closID='/', enableMonitoring=True)}/mon_groups/{c.id}"
    expect_true(os.path.isdir(place), "there is no monitoring group")
    ended(c)
    expect_true(not os.path.isdir(place), "it is left")


@case("config-linux.intelRdt.values", "config.valid-values")
def a_schema_with_a_line_break_is_an_error(c):
    for members in ({"schemata": ["L3:0=f\nMB:0=20"]}, {"memBwSchema": "MB:0=20\nL3:0=f"}, {"memBwSchema": "L3:0=f"},
                    {"closID": "a/b"}, {"closID": ".."}):
        other = c.another()
        other.linux["intelRdt"] = members
        other.refused(f"intelRdt {members}")


@case("config-linux.intelRdt.unset")
def without_it_nothing_is_touched(c):
    needed(c)
    before = sorted(os.listdir(TOP)), read(f"{TOP}/schemata")
    c.create()
    expect((sorted(os.listdir(TOP)), read(f"{TOP}/schemata")), before, "groups and schemata")
