"""runtime.md: kill."""

from case import case, expect, expect_true


@case("runtime.kill.no-id")
def kill_without_an_id(c):
    expect_true(c.runtime("kill").failed, "kill without an id did not fail")


@case("runtime.kill.no-id")
def kill_of_an_unknown_container(c):
    expect_true(c.runtime("kill", "nobody", "KILL").failed, "kill of an id that nobody has did not fail")


@case("runtime.kill.stopped")
def kill_of_a_stopped_container(c):
    c.create()
    c.start()
    c.wait()
    expect_true(c.operation("kill", "KILL").failed, "kill of a stopped container did not fail")
    expect(c.state["status"], "stopped", "status after it")


@case("runtime.kill.signal")
def kill_sends_the_signal_by_name_and_by_number(c):
    for signal, number in (("TERM", "15"), ("SIGUSR1", "10"), ("12", "12"), ("34", "34")):
        one = c.another()
        one.script(f"trap 'echo {number}; exit 0' {number}; echo ready; while :; do sleep 0.01; done")
        one.create()
        one.start()
        one.wait_for(lambda one=one: "ready" in one.output, "the program to be ready")
        one.kill(signal)
        one.wait()
        expect(one.output, f"ready\n{number}", f"what it printed after {signal}")


@case("runtime.kill.signal")
def kill_of_a_created_container(c):
    c.script("sleep 100")
    c.create()
    c.kill("KILL")
    c.wait()


@case("config.valid-values")
def kill_with_an_unknown_signal(c):
    c.script("sleep 100")
    c.create()
    c.start()
    for signal in ("NOSUCH", "0x9", "999", "-1"):
        expect_true(c.operation("kill", "--", signal).failed, f"kill with signal {signal} did not fail")
    expect(c.state["status"], "running", "status after it")
