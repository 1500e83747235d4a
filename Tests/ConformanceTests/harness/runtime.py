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

    def __call__(self, *arguments, files=None, **how):
        """Runs a command. A container keeps the streams of its `create`: those are files, so that nothing waits."""
        how = {"stdin": subprocess.DEVNULL, "timeout": TIMEOUT, **how}
        try:
            if files is None:
                ended = subprocess.run(self.command(*arguments), capture_output=True, **how)
                return Result(ended.returncode, text(ended.stdout), text(ended.stderr))
            with open(files[0], "wb") as out, open(files[1], "wb") as err:
                ended = subprocess.run(self.command(*arguments), stdout=out, stderr=err, **how)
            return Result(ended.returncode, read(files[0]), read(files[1]))
        except subprocess.TimeoutExpired:
            return Result(124, "", f"{arguments[0]} did not end within {how['timeout']} s")

    @property
    def version(self):
        return self("--version").output.splitlines()[0]


def text(data):
    return data.decode("utf-8", "replace")


def read(path):
    with open(path, "rb") as file:
        return text(file.read())
