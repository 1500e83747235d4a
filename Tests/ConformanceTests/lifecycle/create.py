"""runtime.md: create."""

import json
import os

from case import case, expect, expect_true


@case("runtime.create.no-arguments")
def create_without_an_id(c):
    c.write()
    expect_true(c.runtime("create", "--bundle", c.bundle).failed, "create without an id did not fail")


@case("runtime.create.no-arguments")
def create_without_a_bundle(c):
    empty = c.host_folder("empty")
    result = c.runtime("create", c.id, cwd=empty)
    expect_true(result.failed, "create in a folder that is no bundle did not fail")
    expect_true(not c.exists, "the container exists")


@case("runtime.create.id-in-use", "runtime.errors.no-trace")
def create_with_the_id_of_another_container(c):
    c.script("sleep 100")
    c.create()
    before = c.state
    second = c.runtime("create", "--bundle", c.bundle, c.id)
    expect_true(second.failed, "create with an id that is in use did not fail")
    expect(c.state, before, "the state of the first")


@case("runtime.create.id-invalid")
def create_with_an_id_that_is_no_name(c):
    c.write()
    for name in ("..", ".", "a/b", "a b", ""):
        result = c.runtime("create", "--bundle", c.bundle, name)
        if not result.failed:
            c.runtime("delete", "--force", name)
        expect_true(result.failed, f"create with the id {name!r} did not fail")


@case("runtime.create.new", "runtime.scope.operations", "runtime.operations")
def each_operation_works_on_what_was_created(c):
    c.script("sleep 100")
    c.create()
    c.start()
    c.kill("TERM")
    c.kill("KILL")
    c.wait()
    c.delete()
    expect_true(not c.exists, "the container exists after delete")


@case("runtime.create.args-not-applied", "runtime.lifecycle.program-not-run")
def the_program_does_not_run_before_start(c):
    c.script("echo ran >/data/ran; sleep 100")
    c.create()
    expect_true(not os.path.exists(f"{c.root}/data/ran"), "the program ran at create")
    c.start()
    c.wait_for(lambda: os.path.exists(f"{c.root}/data/ran"), "the program to run")


@case("runtime.create.properties", "runtime.lifecycle.environment")
def all_else_is_applied_at_create(c):
    c.mount("/data", "tmpfs", "tmpfs", "size=64k")
    c.linux["sysctl"] = {"kernel.domainname": "example"}
    c.create()
    pid = c.pid
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as mounts:
        expect_true(any(line.split()[4] == "/data" for line in mounts), "the mount is not there after create")
    for kind in ("pid", "net", "ipc", "uts", "mnt"):
        expect_true(os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}"),
                    f"the {kind} namespace is not there after create")
    expect(c.in_namespaces("uts", "hostname"), "box", "host name after create")


@case("runtime.lifecycle.config-read-once", "runtime.create.changes-later")
def a_later_change_of_the_configuration_has_no_effect(c):
    c.script("echo first; hostname")
    c.create()
    config = json.loads(json.dumps(c.config))
    config["process"]["args"] = ["echo", "second"]
    config["hostname"] = "other"
    with open(f"{c.bundle}/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    c.start()
    c.wait()
    expect(c.output, "first\nbox", "what it printed")


@case("runtime.create.cannot-apply", "runtime.lifecycle.environment-error", "runtime.errors.no-trace")
def a_property_that_cannot_be_applied_is_an_error(c):
    c.mount("/data", "bind", "/no/such/folder", "bind")
    c.refused("a mount whose source is not there")
    c.config["mounts"].pop()
    c.linux["sysctl"] = {"net.no.such": "1"}
    c.refused("a kernel parameter that is not there")
    # The id is free again.
    del c.linux["sysctl"]
    expect(c.run("echo again"), "again", "the same id after the errors")
