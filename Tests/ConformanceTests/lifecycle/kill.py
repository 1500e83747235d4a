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
    sent = {"TERM": "15", "SIGUSR1": "10", "12": "12", "34": "34"}
    traps = "; ".join(f"trap 'echo {number}' {number}" for number in sent.values())
    c.script(f"{traps}; trap 'exit 0' INT; echo ready; while :; do sleep 0.01; done")
    c.create()
    c.start()
    expected = "ready"
    for signal, number in {"": "ready", **sent}.items():
        if signal:
            c.kill(signal)
            expected += f"\n{number}"
        c.wait_for(lambda expected=expected: c.output == expected, f"the program to print {number} after {signal}")
    c.kill("INT")
    c.wait()


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
