"""runtime.md: start."""

import os

from case import case, expect, expect_true


@case("runtime.start.no-id")
def start_without_an_id(c):
    expect_true(c.runtime("start").failed, "start without an id did not fail")


@case("runtime.start.not-created")
def start_of_an_unknown_container(c):
    expect_true(c.runtime("start", "nobody").failed, "start of an id that nobody has did not fail")


@case("runtime.start.not-created")
def start_of_a_running_container(c):
    c.script("echo x >>/data/runs; sleep 100")
    c.create()
    c.start()
    c.wait_for(lambda: os.path.exists(f"{c.root}/data/runs"), "the program to run")
    before = c.state
    expect_true(c.operation("start").failed, "a second start did not fail")
    expect(c.state, before, "the state after it")
    with open(f"{c.root}/data/runs", encoding="utf-8") as runs:
        expect(runs.read(), "x\n", "runs of the program")


@case("runtime.start.not-created")
def start_of_a_stopped_container(c):
    c.create()
    c.start()
    c.wait()
    expect_true(c.operation("start").failed, "start of a stopped container did not fail")
    expect(c.state["status"], "stopped", "status after it")


@case("runtime.start.runs-program", "runtime.lifecycle.program-run")
def start_runs_the_program_that_is_specified(c):
    c.process["args"] = ["sh", "-c", 'echo "$0 $1 $$"', "zero", "one"]
    c.create()
    c.start()
    c.wait()
    expect(c.output, "zero one 1", "what it printed")


@case("runtime.start.no-process", "config.process.required-at-start")
def start_without_a_process(c):
    del c.config["process"]
    c.refused_at_start("a configuration without process")
