"""runtime.md: delete."""

import os

from case import case, expect, expect_true
from cgroups import folders_of


@case("runtime.delete.no-id")
def delete_without_an_id(c):
    expect_true(c.runtime("delete").failed, "delete without an id did not fail")


@case("runtime.delete.not-stopped")
def delete_of_an_unknown_container(c):
    expect_true(c.runtime("delete", "nobody").failed, "delete of an id that nobody has did not fail")


@case("runtime.delete.not-stopped")
def delete_of_a_running_container(c):
    c.script("sleep 100")
    c.create()
    c.start()
    before = c.state
    expect_true(c.operation("delete").failed, "delete of a running container did not fail")
    expect(c.state, before, "the state after it")


@case("runtime.delete.created")
def delete_of_a_created_container(c):
    c.create()
    expect_true(c.operation("delete").failed, "delete of a created container did not fail")
    expect(c.state["status"], "created", "status after it")


@case("runtime.delete.resources", "runtime.lifecycle.destroyed", "runtime.delete.id-reuse")
def delete_removes_what_create_made(c):
    c.script("sleep 100")
    c.create()
    pid = c.pid
    folders = folders_of(pid, c)
    expect_true(folders, "the container has no cgroup")
    c.start()
    c.kill()
    c.wait()
    c.delete()
    expect_true(not c.exists, "the container exists after delete")
    expect_true(not os.path.exists(f"/proc/{pid}"), "its process is left")
    expect([folder for folder in folders if os.path.isdir(folder)], [], "cgroups that are left")
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        expect([entry for entry in mounts if c.bundle in entry], [], "mounts that are left")
    expect(c.run("echo again"), "again", "another container of this id")


@case("runtime.delete.others-stay")
def delete_leaves_alone_what_create_did_not_make(c):
    folder = c.host_folder("volume")
    c.mount("/data", "bind", folder, "bind", "rw")
    expect(c.run("echo kept >/data/file; echo done"), "done", "what it printed")
    with open(f"{folder}/file", encoding="utf-8") as file:
        expect(file.read(), "kept\n", "the file of the volume")
    expect_true(os.path.isfile(f"{c.bundle}/config.json") and os.path.isdir(c.root), "the bundle is gone")


@case("runtime.delete.others-stay")
def delete_leaves_a_namespace_that_was_joined(c):
    c.script("sleep 100")
    c.create()
    other = c.another()
    place = f"/proc/{c.pid}/ns/net"
    before = os.readlink(place)
    other.namespace("network", place)
    expect(other.run("readlink /proc/self/ns/net"), before, "the namespace that it joined")
    expect(c.state["status"], "created", "the container whose namespace it is")
    expect(os.readlink(place), before, "the namespace after delete")
