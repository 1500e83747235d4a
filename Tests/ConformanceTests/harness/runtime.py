"""A runtime: how its commands are called."""

import os
import shutil
import subprocess

# In the VM, which is emulated, a command takes some hundred milliseconds.
TIMEOUT = 60


class Result:
    """What a command left behind: its exit status and its output."""

    def __init__(self, status, output, errors):
        self.status = status
        self.output = output
        self.errors = errors

    @property
    def failed(self):
        return self.status != 0

    @property
    def message(self):
        return " ".join(self.errors.split())[-300:]


class Runtime:
    def __init__(self, name, program, work):
        self.name = name
        self.program = shutil.which(program) or program
        self.work = os.path.join(work, name)
        os.makedirs(self.work)
        # ward has one place of its own for its state; the peers get a private one.
        self.options = [] if name == "ward" else ["--root", os.path.join(self.work, "state")]

    def command(self, *arguments):
        return [self.program, *self.options, *arguments]

    def __call__(self, *arguments, stdin=None, environment=None, cwd=None, pass_fds=(), files=None):
        """Runs a command. A container keeps the streams of its `create`: they are files, so that nothing waits."""
        output, errors = files or (os.path.join(self.work, "stdout"), os.path.join(self.work, "stderr"))
        with open(output, "wb") as out, open(errors, "wb") as err:
            try:
                status = subprocess.run(
                    self.command(*arguments), stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=err,
                    env=environment, cwd=cwd, pass_fds=pass_fds, timeout=TIMEOUT).returncode
            except subprocess.TimeoutExpired:
                status = 124
        return Result(status, read(output), read(errors))

    @property
    def version(self):
        return self("--version").output.splitlines()[0]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
