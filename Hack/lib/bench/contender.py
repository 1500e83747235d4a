"""A runtime under measurement: one command after another as whole processes, and what each took."""

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

CLONE_NEWNS = 0x20000
libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A command that did not do what it was measured for."""


class Contender:
    """A runtime, its bundles, and the samples so far.

    `bundles` is a folder with the bundles `true` and `sleep`, and `process.json` for exec. A contender with a `node` runs
    in the mount namespace of that path.
    """

    def __init__(self, name, command, bundles, node=None):
        self.name, self.bundles = name, bundles
        self.command = [shutil.which(command[0]) or sys.exit(f"{command[0]} is not there"), *command[1:]]
        self.node = None if node is None else os.open(node, os.O_RDONLY | os.O_CLOEXEC)
        # By measure: tuples of wall-clock seconds, processor seconds and page faults.
        self.samples = {}
        # By measure: KiB of the largest process.
        self.peaks = {}
        self.weighs = False
        # Containers that were not deleted yet.
        self.containers = set()

    def enter(self):
        """Goes to the contender's node, where it has one of its own."""
        if self.node is not None and libc.setns(self.node, CLONE_NEWNS):
            sys.exit(f"setns: {os.strerror(ctypes.get_errno())}")

    def container(self, *parts):
        """An id of its own."""
        return "-".join(["bench", self.name.replace("@", "-"), *map(str, parts)])

    def clear(self):
        """Removes what a failure left: a container that runs on would keep this program's output open."""
        self.enter()
        for container in self.containers:
            subprocess.run([*self.command, "delete", "--force", container], check=False)

    def bundle(self, name):
        return f"{self.bundles}/{name}"

    def spawn(self, *arguments):
        """Starts one command and does not wait for it: its pid."""
        # Not subprocess, whose own work would be counted: some 0.2 ms.
        return os.posix_spawn(
            self.command[0], [*self.command, *arguments], os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 1)])

    def step(self, measure, *arguments):
        """One command and what it took: time, or in a round that weighs, the memory of its largest process."""
        if self.weighs:
            return self.weigh(measure, arguments)
        start = time.perf_counter()
        _, status, usage = os.wait4(self.spawn(*arguments), 0)
        seconds = time.perf_counter() - start
        self.check(os.waitstatus_to_exitcode(status), arguments)
        return self.keep(measure, (seconds, usage.ru_utime + usage.ru_stime, usage.ru_minflt))

    def weigh(self, measure, arguments):
        # A process that Python starts counts Python's memory as its own, so that time(1) stands between.
        with tempfile.NamedTemporaryFile() as output:
            command = ["/usr/bin/time", "--quiet", "--format=%M", f"--output={output.name}", *self.command, *arguments]
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode
            self.check(code, arguments)
            self.peaks[measure] = max(self.peaks.get(measure, 0), int(output.read()))
        return (0.0, 0.0, 0)

    def check(self, code, arguments):
        if code:
            raise Failure(f"{shlex.join([*self.command, *arguments])} ended with {code}")

    def keep(self, measure, sample):
        self.samples.setdefault(measure, []).append(sample)
        return sample


def total(*samples):
    """Several samples as one."""
    return tuple(map(sum, zip(*samples)))


def await_end(pid):
    """Waits for a container's first process, which is this process's orphan: (seconds, exit status)."""
    start = time.perf_counter()
    _, status = os.waitpid(pid, 0)
    return time.perf_counter() - start, os.waitstatus_to_exitcode(status)


def create(contender, bundle, container):
    """Creates a container: (sample, pid)."""
    pid_file = f"{contender.bundles}/pid"
    contender.containers.add(container)
    sample = contender.step("create", "create", "--bundle", contender.bundle(bundle), "--pid-file", pid_file, container)
    with open(pid_file, encoding="ascii") as file:
        pid = int(file.read())
    os.unlink(pid_file)
    return sample, pid


def delete(contender, container):
    """Deletes a container: its sample."""
    sample = contender.step("delete", "delete", container)
    contender.containers.remove(container)
    return sample
