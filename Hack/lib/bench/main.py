"""Runs the same jobs with several runtimes in turn, and compares them: Hack/bench prepares the bundles and calls it."""

import argparse
import contextlib
import ctypes
import json
import sys
import time

import jobs
from contender import Contender, Failure
from cost import cost, show
from figures import result, row, table, write
from parallel import parallel

PR_SET_CHILD_SUBREAPER = 36
# Seconds between two containers: the kernel's clean-up of a network namespace goes on after its delete, takes some
# 10 ms, and holds up the next one that is made.
PAUSE = 0.05
# Rounds that weigh memory, and warm up.
WARM_UP = 2

# Name: jobs of a round, measures in the order of the table, usual rounds, whether a container runs all the while.
BENCHES = {
    "lifecycle": ((jobs.lifecycle, jobs.run), ("lifecycle", "run", "create", "start", "delete"), 50, False),
    "verbs": ((jobs.verbs,), ("create", "start", "state", "exec", "kill", "delete", "sum"), 50, False),
    "exec": ((jobs.execute,), ("exec",), 100, True),
    "startup": ((jobs.startup,), ("--version", "state"), 100, True),
}


def order(contenders, number):
    """Each in each place: who comes next is not always the same."""
    turn = number % len(contenders)
    return contenders[turn:] + contenders[:turn]


def in_pairs(name, contenders, rounds):
    """The rows of a bench that measures command after command."""
    todo, measures, _, runs = BENCHES[name]
    with jobs.Running(contenders) if runs else contextlib.nullcontext():
        for number in range(rounds + WARM_UP):
            for contender in contenders:
                contender.weighs = number < WARM_UP
                if number == WARM_UP:
                    contender.samples.clear()
            for job in todo:
                for contender in order(contenders, number):
                    time.sleep(PAUSE)
                    contender.enter()
                    job(contender, number)
        rows = [row(measure, contenders) for measure in measures]
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench", choices=[*BENCHES, "parallel", "cost"])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--caption", default="")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--contenders", metavar="FILE", required=True)
    parser.add_argument("--tpm", metavar="ADDRESS")
    arguments = parser.parse_args()
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("prctl(PR_SET_CHILD_SUBREAPER) failed")
    with open(arguments.contenders, encoding="utf-8") as file:
        contenders = [Contender(**json.loads(line)) for line in file]
    usual = {"parallel": 3, "cost": 50}
    rounds = arguments.rounds or usual.get(arguments.bench) or BENCHES[arguments.bench][2]
    try:
        if arguments.bench == "parallel":
            rows = parallel(contenders, order, rounds)
        else:
            rows = in_pairs("verbs" if arguments.bench == "cost" else arguments.bench, contenders, rounds)
    except Failure as error:
        sys.exit(str(error))
    finally:
        for contender in contenders:
            contender.clear()
    figures = {
        "bench": arguments.bench, "caption": arguments.caption, "rounds": rounds, **result(rows, contenders)}
    table(figures, contenders)
    if arguments.bench == "cost":
        figures["cost"] = cost(figures, arguments.tpm)
        show(figures["cost"])
    print(arguments.caption)
    if arguments.json:
        write(arguments.json, figures)


if __name__ == "__main__":
    main()
