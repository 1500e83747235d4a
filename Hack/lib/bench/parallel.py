"""Many containers at the same time: how long until all of them run, until all are gone, and how many commands fail."""

import os
import statistics
import time

COUNT = 100
PROCESSORS = 2


def together(contender, commands):
    """Starts all commands at once and waits for the last: (seconds, failures)."""
    start = time.perf_counter()
    waiting = {contender.spawn(*arguments) for arguments in commands}
    failures = 0
    while waiting:
        # The containers' own processes come here as orphans too.
        pid, status = os.wait()
        if pid in waiting:
            waiting.remove(pid)
            failures += status != 0
    return time.perf_counter() - start, failures


def parallel(contenders, order, rounds):
    """The rows of the table."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:PROCESSORS])
    samples = {(measure, c.name): [] for measure in ("run", "delete") for c in contenders}
    for number in range(rounds):
        for contender in order(contenders, number):
            contender.enter()
            names = [contender.container(number, index) for index in range(COUNT)]
            bundle = contender.bundle("sleep")
            contender.containers.update(names)
            samples["run", contender.name].append(
                together(contender, [("run", "--detach", "--bundle", bundle, name) for name in names]))
            samples["delete", contender.name].append(
                together(contender, [("delete", "--force", name) for name in names]))
            contender.containers.difference_update(names)
            # The kernel's clean-up of a hundred network namespaces is not billed to the next contender.
            time.sleep(2)
    rows = []
    for measure, title in (("run", f"run --detach, {COUNT}"), ("delete", f"delete --force, {COUNT}")):
        of = {c.name: samples[measure, c.name] for c in contenders}
        medians = {name: round(statistics.median(s for s, _ in values) * 1000, 1) for name, values in of.items()}
        first, *peers = medians
        rows.append({
            "measure": title, "median_ms": medians,
            "ratio": {peer: round(medians[first] / medians[peer], 3) for peer in peers},
            "failures": {name: sum(f for _, f in values) for name, values in of.items()}})
    return rows
