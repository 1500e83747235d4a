"""runtime.md: the state of a container, and its query."""

import os
import re

from case import case, expect, expect_true


@case("runtime.state.unknown-id")
def state_of_an_unknown_container(c):
    expect_true(c.runtime("state", "nobody").failed, "state of an id that nobody has did not fail")


@case("runtime.state.no-id")
def state_without_an_id(c):
    expect_true(c.runtime("state").failed, "state without an id did not fail")


@case("runtime.state.returned", "runtime.state.schema", "runtime.state.ociVersion", "runtime.state.id",
      "runtime.state.bundle", "runtime.state.pid", "runtime.state.annotations")
def state_has_what_the_schema_asks_for(c):
    c.config["annotations"] = {"org.example.key": "value", "org.example.empty": ""}
    c.script("sleep 100")
    c.create()
    for status in ("created", "running"):
        state = c.state
        expect(state["status"], status, "status")
        expect(state["id"], c.id, "id")
        expect_true(re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", state["ociVersion"]),
                    f"ociVersion {state['ociVersion']!r} is no semantic version")
        expect(os.path.realpath(state["bundle"]), os.path.realpath(c.bundle), "bundle")
        expect_true(os.path.isabs(state["bundle"]), "bundle is not absolute")
        expect_true(isinstance(state["pid"], int) and state["pid"] > 0, f"pid is {state['pid']!r}")
        expect_true(os.path.exists(f"/proc/{state['pid']}"), "pid is no process")
        expect({key: state["annotations"].get(key) for key in c.config["annotations"]}, c.config["annotations"],
               "annotations")
        if status == "created":
            c.start()


@case("runtime.state.bundle")
def state_has_an_absolute_bundle_where_it_was_given_relative(c):
    c.write()
    result = c.runtime("create", "--bundle", os.path.basename(c.bundle), c.id, files=c.files,
                       cwd=os.path.dirname(c.bundle))
    c.made = True
    c.done("create", result)
    expect(os.path.realpath(c.state["bundle"]), os.path.realpath(c.bundle), "bundle")
    expect_true(os.path.isabs(c.state["bundle"]), "bundle is not absolute")


@case("runtime.state.status", "runtime.start.runs-program", "runtime.kill.signal")
def status_is_created_then_running_then_stopped(c):
    c.script("sleep 100")
    c.create()
    expect(c.state["status"], "created", "after create")
    c.start()
    expect(c.state["status"], "running", "after start")
    c.kill()
    c.wait()
    expect(c.state["status"], "stopped", "after kill")


@case("runtime.state.annotations")
def annotations_are_absent_or_empty_where_there_are_none(c):
    c.create()
    expect(c.state.get("annotations") or {}, {}, "annotations")


@case("runtime.state.id-unique")
def two_containers_have_two_states(c):
    other = c.another()
    c.create()
    other.create()
    expect_true(c.state["pid"] != other.state["pid"], "both have one pid")
    expect(other.state["id"], other.id, "id of the second")
    expect(c.state["id"], c.id, "id of the first")
