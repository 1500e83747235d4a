"""What is done once a round with each contender."""

import signal
import sys

from contender import await_end, create, total


def lifecycle(contender, number):
    """create + start + wait + delete of /bin/true; each step is kept too."""
    container = f"bench-{contender.name}-{number}"
    created, pid = create(contender, "true", container)
    started = contender.step("start", "start", container)
    waited, status = await_end(pid)
    if status:
        sys.exit(f"{contender.name}: the container ended with status {status}")
    deleted = contender.step("delete", "delete", container)
    contender.keep("lifecycle", total(created, started, (waited, 0, 0), deleted))


def run(contender, number):
    """The one command that does all of a life cycle."""
    contender.step("run", "run", "--bundle", contender.bundle("true"), f"bench-{contender.name}-run-{number}")


def verbs(contender, number):
    """One container through all verbs of its life."""
    container = f"bench-{contender.name}-{number}"
    created, pid = create(contender, "sleep", container)
    samples = [
        created,
        contender.step("start", "start", container),
        contender.step("state", "state", container),
        contender.step("exec", "exec", "--process", contender.bundle("process.json"), container),
        contender.step("kill", "kill", container, "KILL"),
    ]
    _, status = await_end(pid)
    if status != -signal.SIGKILL:
        sys.exit(f"{contender.name}: the container ended with status {status}")
    samples.append(contender.step("delete", "delete", container))
    contender.keep("sum", total(*samples))


class Running:
    """Something done with one container of each contender, which runs all the while."""

    def __init__(self, contenders):
        self.contenders = contenders
        self.pids = {}

    def __enter__(self):
        for contender in self.contenders:
            contender.enter()
            _, self.pids[contender.name] = create(contender, "sleep", f"bench-{contender.name}")
            contender.step("start", "start", f"bench-{contender.name}")
        return self

    def __exit__(self, *_):
        for contender in self.contenders:
            contender.enter()
            contender.step("kill", "kill", f"bench-{contender.name}", "KILL")
            await_end(self.pids[contender.name])
            contender.step("delete", "delete", f"bench-{contender.name}")


def execute(contender, _):
    """exec into the running container."""
    contender.step("exec", "exec", "--process", contender.bundle("process.json"), f"bench-{contender.name}")


def startup(contender, _):
    """What a command costs that does nothing, and one that looks at a container."""
    contender.step("--version", "--version")
    contender.step("state", "state", f"bench-{contender.name}")
