"""Runs the same job with several runtimes in turn, and compares them pair by pair.

Each contender is `NAME=RUNTIME-COMMAND:BUNDLE`. A job is create, start, wait for the end of the container's first
process, delete; `run` is the one command that does all of it. Times are wall-clock time around whole processes. Peak
memory is that of the largest process of the runtime, in rounds of their own: a process that Python starts counts
Python's memory as its own, so that time(1) stands between.
"""

import argparse
import ctypes
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36
# Seconds between two containers.
PAUSE = 0.05


def spawn(command):
    """Runs one command; returns the seconds that it took."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    child.wait()
    seconds = time.perf_counter() - start
    if child.returncode:
        sys.exit(f"{shlex.join(command)} ended with {child.returncode}")
    return seconds


class Contender:
    """A runtime, its bundle, and the figures so far."""

    def __init__(self, argument):
        self.name, rest = argument.split("=", 1)
        command, self.bundle = rest.rsplit(":", 1)
        self.command = shlex.split(command)
        self.seconds = {}
        self.peak = 0
        self.weighs = False

    def step(self, verb, *arguments):
        """One command: its time, or in a round that weighs its peak memory in KiB."""
        command = [*self.command, verb, *arguments]
        if self.weighs:
            with tempfile.NamedTemporaryFile() as output:
                seconds = spawn(["/usr/bin/time", "--format=%M", f"--output={output.name}", *command])
                self.peak = max(self.peak, int(output.read()))
        else:
            seconds = spawn(command)
        self.seconds.setdefault(verb, []).append(seconds)
        return seconds

    def lifecycle(self, number):
        """create + start + wait + delete; each step is kept too."""
        container = f"bench-{self.name}-{number}"
        pid_file = f"{self.bundle}/pid"
        total = self.step("create", "--bundle", self.bundle, "--pid-file", pid_file, container)
        with open(pid_file, encoding="ascii") as file:
            pid = int(file.read())
        os.unlink(pid_file)
        total += self.step("start", container)
        start = time.perf_counter()
        # The container's process is this process's orphan now.
        _, status = os.waitpid(pid, 0)
        total += time.perf_counter() - start
        if status:
            sys.exit(f"{self.name}: the container ended with status {status}")
        total += self.step("delete", container)
        self.seconds.setdefault("lifecycle", []).append(total)

    def run(self, number):
        self.step("run", "--bundle", self.bundle, f"bench-{self.name}-run-{number}")


def figures(contenders):
    """Medians in ms, ratios to the first contender's peers, peak memory in MiB."""
    first, *peers = contenders
    rows = []
    for measure in ("lifecycle", "run", "create", "start", "delete"):
        row = {"measure": measure, "median_ms": {}, "ratio": {}}
        for contender in contenders:
            row["median_ms"][contender.name] = round(statistics.median(contender.seconds[measure]) * 1000, 2)
        for peer in peers:
            ratio = statistics.median(first.seconds[measure]) / statistics.median(peer.seconds[measure])
            row["ratio"][peer.name] = round(ratio, 2)
        rows.append(row)
    return {"measures": rows, "peak_memory_mib": {c.name: round(c.peak / 1024, 1) for c in contenders}}


def table(result, contenders):
    """The figures as a person reads them."""
    first, *peers = [contender.name for contender in contenders]
    names = [first, *peers]
    print(f"{'median ms':<12}" + "".join(f"{name:>10}" for name in names) + "".join(f"{first + '/' + p:>12}" for p in peers))
    for row in result["measures"]:
        cells = "".join(f"{row['median_ms'][name]:>10.2f}" for name in names)
        print(f"{row['measure']:<12}{cells}" + "".join(f"{row['ratio'][p]:>12.2f}" for p in peers))
    print(f"{'peak MiB':<12}" + "".join(f"{result['peak_memory_mib'][name]:>10.1f}" for name in names))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--caption", default="")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("contenders", nargs="+")
    arguments = parser.parse_args()
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("prctl(PR_SET_CHILD_SUBREAPER) failed")
    contenders = [Contender(argument) for argument in arguments.contenders]
    warm_up = 3
    for number in range(arguments.rounds + warm_up):
        for contender in contenders:
            contender.weighs = number < warm_up
            if number == warm_up:
                contender.seconds.clear()
        # Each in each place: who comes next is not always the same, and the kernel's clean-up of one container's
        # network namespace, which goes on after its delete, is not billed to another.
        turn = number % len(contenders)
        order = contenders[turn:] + contenders[:turn]
        for job in ("lifecycle", "run"):
            for contender in order:
                time.sleep(PAUSE)
                getattr(contender, job)(number)
    result = {"caption": arguments.caption, "rounds": arguments.rounds, **figures(contenders)}
    table(result, contenders)
    if arguments.caption:
        print(arguments.caption)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
