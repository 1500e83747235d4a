"""config.md: hooks; runtime.md: when they are called, and what their failure does."""

import json
import os

from case import case, expect, expect_true
from runtime import read

AT_CREATE = ("prestart", "createRuntime", "createContainer")
AT_START = ("startContainer", "poststart")
ALL = (*AT_CREATE, *AT_START, "poststop")


def note(c, name, script="", arguments=(), **more):
    """A hook that writes its name into the log of the case; of the container for startContainer."""
    log = "/data/log" if name == "startContainer" else log_of(c)
    return {"path": "/bin/sh", "args": ["sh", "-c", f"cat >/dev/null; {script or 'true'}; echo {name} >>{log}", *arguments], **more}


def log_of(c):
    # The container's startContainer hook writes into the same file.
    return f"{c.root}/data/log"


def lines(c):
    return read(log_of(c)).split("\n")[:-1] if os.path.exists(log_of(c)) else []


def two_of_each(c):
    """Two hooks in each place; the first of them writes another line."""
    c.config["hooks"] = {
        name: [note(c, name, f"printf '1 ' >>{'/data/log' if name == 'startContainer' else log_of(c)}"), note(c, name)]
        for name in ALL
    }
    c.script("echo program >>/data/log; sleep 100")


@case("runtime.lifecycle.prestart", "runtime.lifecycle.createRuntime", "runtime.lifecycle.createContainer",
      "config.hooks.order", "config.hooks.prestart.when", "config.hooks.createRuntime.when",
      "config.hooks.createContainer.when")
def the_hooks_of_create_are_called_in_order(c):
    two_of_each(c)
    c.create()
    found = [line for line in lines(c) if "start" not in line or "pre" in line]
    expect(found, [line for name in AT_CREATE for line in (f"1 {name}", name)], "after create")


@case("runtime.lifecycle.startContainer", "config.hooks.order", "config.hooks.startContainer.when")
def start_container_hooks_are_called_before_the_program(c):
    two_of_each(c)
    del c.config["hooks"]["poststart"]
    c.create()
    expect_true("startContainer" not in lines(c), "they were called with create")
    c.start()
    c.wait_for(lambda: "program" in lines(c), "the program to run")
    expect(lines(c)[6:], ["1 startContainer", "startContainer", "program"], "after start")


@case("runtime.lifecycle.poststart", "config.hooks.poststart.when")
def poststart_hooks_are_called_with_start(c):
    two_of_each(c)
    c.create()
    expect_true("poststart" not in lines(c), "they were called with create")
    c.start()
    expect([line for line in lines(c) if "poststart" in line], ["1 poststart", "poststart"], "when start has returned")


@case("config.hooks.poststart.after-program", "runtime.lifecycle.poststart")
def poststart_hooks_are_called_after_the_program_was_executed(c):
    c.config["hooks"] = {
        "startContainer": [note(c, "startContainer", "sleep 0.3")],
        "poststart": [note(c, "poststart")]}
    c.create()
    c.start()
    c.wait_for(lambda: len(lines(c)) == 2, "both hooks")
    expect(lines(c), ["startContainer", "poststart"], "the order of the hooks")


@case("runtime.lifecycle.poststop", "config.hooks.poststop.when")
def poststop_hooks_are_called_with_delete(c):
    two_of_each(c)
    c.create()
    c.start()
    c.kill()
    c.wait()
    expect_true("poststop" not in lines(c), "they were called before delete")
    c.delete()
    expect(lines(c)[-2:], ["1 poststop", "poststop"], "after delete")


@case("config.hooks.state", "runtime.state.pid-of-hooks")
def each_hook_gets_the_state_on_its_standard_input(c):
    c.config["annotations"] = {"org.example.key": "value"}
    c.config["hooks"] = {}
    for name in ALL:
        place = f"/data/{name}" if name == "startContainer" else f"{c.root}/data/{name}"
        c.config["hooks"][name] = [{"path": "/bin/sh", "args": ["sh", "-c", f"cat >{place}"]}]
    c.create()
    pid = c.pid
    c.start()
    c.wait()
    c.delete()
    expected = {"prestart": ("creating", "created"), "createRuntime": ("creating", "created"),
                "createContainer": ("creating", "created"), "startContainer": ("created", "starting"),
                "poststart": ("created", "running", "stopped"), "poststop": ("stopped",)}
    for name in ALL:
        state = json.loads(read(f"{c.root}/data/{name}"))
        expect(state["id"], c.id, f"{name}: id")
        expect(os.path.realpath(state["bundle"]), os.path.realpath(c.bundle), f"{name}: bundle")
        expect((state.get("annotations") or {}).get("org.example.key"), "value", f"{name}: annotation")
        expect_true(state["status"] in expected[name], f"{name}: status {state['status']}")
        expect_true("ociVersion" in state, f"{name}: no ociVersion")
        if name in ("prestart", "createRuntime", "poststart"):
            expect(state["pid"], pid, f"{name}: pid")
        if name in ("createContainer", "startContainer"):
            expect_true(state["pid"] in (1, pid), f"{name}: pid {state['pid']}")


@case("config.hooks.prestart.namespace", "config.hooks.createRuntime.namespace", "config.hooks.createContainer.namespace",
      "config.hooks.startContainer.namespace", "config.hooks.poststart.namespace", "config.hooks.poststop.namespace",
      "config.hooks.path.namespace")
def each_hook_is_in_its_namespaces(c):
    kinds = ("mnt", "net", "uts", "ipc")
    c.config["hooks"] = {}
    for name in ALL:
        place = f"/data/{name}" if name == "startContainer" else f"{c.root}/data/{name}"
        script = f"for kind in {' '.join(kinds)}; do readlink /proc/self/ns/$kind; done >{place}"
        c.config["hooks"][name] = [{"path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/bin:/usr/bin"]}]
    c.script("sleep 100")
    c.create()
    theirs = [os.readlink(f"/proc/{c.pid}/ns/{kind}") for kind in kinds]
    ours = [os.readlink(f"/proc/self/ns/{kind}") for kind in kinds]
    c.start()
    c.wait_for(lambda: all(os.path.exists(f"{c.root}/data/{name}") for name in AT_START), "the hooks of start")
    c.kill()
    c.wait()
    c.delete()
    for name in ALL:
        found = read(f"{c.root}/data/{name}").split()
        expect(found, theirs if name in ("createContainer", "startContainer") else ours, f"namespaces of {name}")


@case("config.hooks.createContainer.when", "config.hooks.createRuntime.when", "config.hooks.path.namespace")
def hooks_before_the_root_is_changed_see_this_machine(c):
    outside = c.host_file("outside", "#!/bin/sh\necho $0 >>" + f"{c.root}/data/log\n")
    c.config["hooks"] = {name: [{"path": outside}] for name in AT_CREATE}
    c.create()
    expect(lines(c), [outside] * 3, "hooks that are files of this machine")


@case("config.hooks.startContainer.path")
def a_start_container_hook_is_a_file_of_the_container(c):
    with open(f"{c.root}/bin/hook", "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho hook >>/data/log\n")
    c.chmod("bin/hook", 0o755)
    c.config["hooks"] = {"startContainer": [{"path": "/bin/hook"}]}
    expect(c.run("echo program >>/data/log; cat /data/log"), "hook\nprogram", "the log")


@case("config.hooks.args", "config.hooks.env")
def a_hook_gets_its_arguments_and_only_its_environment(c):
    log = log_of(c)
    script = f'echo "$0|$1|$2" >>{log}; tr "\\0" "\\n" </proc/$$/environ | grep -c . >>{log}; echo "$XA" >>{log}'
    c.config["hooks"] = {
        "createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", script, "zero", "a b", ""], "env": ["XA=1 2"]}]}
    c.create(env={**os.environ, "OF_THE_CALLER": "1"})
    expect(lines(c), ["zero|a b|", "1", "1 2"], "arguments, number of variables, a variable")


@case("config.hooks.path.absolute")
def a_hook_with_a_relative_path_is_an_error(c):
    c.config["hooks"] = {"createRuntime": [{"path": "bin/sh", "args": ["sh", "-c", "true"]}]}
    c.refused("a relative path of a hook")


@case("config.hooks.timeout")
def a_hook_that_takes_too_long_is_ended(c):
    c.config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"echo begun >{log_of(c)}; exec sleep 30"], "timeout": 1}]}
    c.refused("a hook that takes longer than its timeout")
    expect(lines(c), ["begun"], "the hook")


@case("config.hooks.timeout-positive")
def a_timeout_that_is_not_positive_is_an_error(c):
    for value in (0, -1):
        c.config["hooks"] = {"createRuntime": [{"path": "/bin/true", "timeout": value}]}
        c.refused(f"the timeout {value}")


def failing(c, name):
    """A configuration whose hook of this name fails; a second one of this name must not run, poststop has to."""
    c.config["hooks"] = {
        name: [note(c, name), {"path": "/bin/sh", "args": ["sh", "-c", "cat >/dev/null; exit 3"]},
               note(c, name)], "poststop": [note(c, "poststop")]}
    c.script("echo program >>/data/log; sleep 100")


def failure_at_create(c, name):
    failing(c, name)
    c.refused(f"a {name} hook that fails")
    expect([line for line in lines(c) if line != "poststop"], [name], "what ran: the hook before it")
    c.poststop = "poststop" in lines(c)


def failure_at_start(c, name):
    failing(c, name)
    c.create()
    expect_true(c.operation("start").failed, f"start did not fail with its {name} hook")
    # "Stop the container": whether it is also destroyed at once, or waits for delete, is left open.
    if c.exists:
        c.wait()
        c.delete()
    c.made = False
    expect(lines(c).count(name), 1, f"{name} hooks that ran: the one before it")


@case("runtime.lifecycle.prestart-failure")
def a_prestart_hook_that_fails_ends_create(c):
    failure_at_create(c, "prestart")


@case("runtime.lifecycle.createRuntime-failure")
def a_create_runtime_hook_that_fails_ends_create(c):
    failure_at_create(c, "createRuntime")


@case("runtime.lifecycle.createContainer-failure")
def a_create_container_hook_that_fails_ends_create(c):
    failure_at_create(c, "createContainer")


@case("runtime.lifecycle.startContainer-failure")
def a_start_container_hook_that_fails_stops_the_container(c):
    failure_at_start(c, "startContainer")
    expect_true("program" not in lines(c), "the program ran")


@case("runtime.lifecycle.poststart-failure")
def a_poststart_hook_that_fails_stops_the_container(c):
    failure_at_start(c, "poststart")


@case("runtime.lifecycle.failure-continues-at-destroy")
def poststop_hooks_run_after_another_hook_failed(c):
    for name in AT_CREATE:
        other = c.another()
        failure_at_create(other, name)
        expect_true(other.poststop, f"poststop was not called after a {name} hook failed")


@case("runtime.lifecycle.poststop-failure", "runtime.warnings.continue")
def a_poststop_hook_that_fails_changes_nothing(c):
    c.config["hooks"] = {"poststop": [{"path": "/bin/sh", "args": ["sh", "-c", "cat >/dev/null; exit 3"]}, note(c, "poststop")]}
    c.create()
    c.start()
    c.wait()
    c.delete()
    expect(lines(c), ["poststop"], "further hooks")
    expect_true(not c.exists, "the container exists after delete")
