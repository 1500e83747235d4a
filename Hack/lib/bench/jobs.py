"""What is done once a round with each contender."""

import signal
import sys

from contender import await_end, create, delete, total


def lifecycle(contender, number):
    """create + start + wait + delete of /bin/true; each step is kept too."""
    container = contender.container(number)
    created, pid = create(contender, "true", container)
    started = contender.step("start", "start", container)
    waited, status = await_end(pid)
    if status:
        sys.exit(f"{contender.name}: the container ended with status {status}")
    deleted = delete(contender, container)
    contender.keep("lifecycle", total(created, started, (waited, 0, 0), deleted))


def run(contender, number):
    """The one command that does all of a life cycle."""
    contender.step("run", "run", "--bundle", contender.bundle("true"), contender.container("run", number))


def verbs(contender, number):
    """One container through all verbs of its life."""
    container = contender.container(number)
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
    samples.append(delete(contender, container))
    contender.keep("sum", total(*samples))


class Running:
    """Something done with one container of each contender, which runs all the while."""

    def __init__(self, contenders):
        self.contenders = contenders
        self.pids = {}

    def __enter__(self):
        for contender in self.contenders:
            contender.enter()
            _, self.pids[contender.name] = create(contender, "sleep", contender.container())
            contender.step("start", "start", contender.container())
        return self

    def __exit__(self, *_):
        for contender in self.contenders:
            contender.enter()
            contender.step("kill", "kill", contender.container(), "KILL")
            await_end(self.pids[contender.name])
            delete(contender, contender.container())


def execute(contender, _):
    """exec into the running container."""
    contender.step("exec", "exec", "--process", contender.bundle("process.json"), contender.container())


def startup(contender, _):
    """What a command costs that does nothing, and one that looks at a container."""
    contender.step("--version", "--version")
    contender.step("state", "state", contender.container())
