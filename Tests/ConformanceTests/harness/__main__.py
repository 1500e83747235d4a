"""Runs the cases; see ../run."""

import argparse
import concurrent.futures
import importlib
import json
import os
import sys
import time
import traceback

# The features are packages below Tests, apart from the modules here.
sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import bundle  # noqa: E402
import requirements  # noqa: E402
from case import Failed, Skipped, cases  # noqa: E402
from container import Container  # noqa: E402
from runtime import Runtime  # noqa: E402


def load():
    """Every module of every folder; they register their cases."""
    for folder in sorted(os.listdir(requirements.HERE)):
        place = os.path.join(requirements.HERE, folder)
        if folder == "harness" or not os.path.isdir(place):
            continue
        for file in sorted(os.listdir(place)):
            if file.endswith(".py"):
                importlib.import_module(f"ConformanceTests.{folder}.{file[:-3]}")


def fare(test, runtime, programs):
    """What a runtime does in a case: ("ok" | "not ok" | "skip", why)."""
    # Whoever has an id shares its default cgroup: other runtimes, and other runs of this.
    name = f"{runtime.name}-{os.getpid()}-{test.name.replace('/', '-')}"
    container = Container(runtime, name, programs)
    try:
        test.function(container)
        return "ok", ""
    except Skipped as skipped:
        return "skip", str(skipped)
    except Failed as failed:
        return "not ok", str(failed)
    except Exception:  # pylint: disable=broad-except # whatever a runtime prints must not end the run
        return "not ok", traceback.format_exc().splitlines()[-1]
    finally:
        container.end()


def line(test, results, not_met):
    """What stands in the output for the first runtime, and what the others did."""
    (first, (outcome, why)), *others = results.items()
    reason = next((not_met[name] for name in test.requirements if name in not_met), None)
    if first == "ward" and reason and outcome != "skip":
        if outcome == "not ok":
            outcome, why = "skip", f"not met: {reason}"
        elif all(name in not_met for name in test.requirements):
            outcome, why = "not ok", "REQUIREMENTS.md says that it is not met, but it is"
    text = f"{outcome} {test.name}" + (f": {why}" if why else "")
    for name, (peer, peer_why) in others:
        if peer != "ok":
            text += f"\n#   {name}: {peer}: {peer_why}"
    return outcome, text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work")
    parser.add_argument("--runtimes", default="ward")
    parser.add_argument("--report")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    load()
    chosen = [
        test for test in cases
        if not options.cases or any(test.name == name or test.folder == name.strip("/") for name in options.cases)
    ]
    if options.list:
        for test in chosen:
            print(test.name, *test.requirements)
        return 0
    if not chosen:
        print(f"not ok conformance: no such case: {' '.join(options.cases)}")
        return 1

    os.makedirs(options.work)
    programs = bundle.Programs(options.work)
    runtimes = []
    for entry in options.runtimes.split(","):
        name, _, program = entry.partition("=")
        runtimes.append(Runtime(name, program or name, options.work))
    not_met = {row.id: row.not_met for row in requirements.rows() if row.not_met}
    failed = 0
    report = {"runtimes": {runtime.name: runtime.version for runtime in runtimes}, "cases": {}}

    def try_out(test):
        begin = time.monotonic()
        results = {runtime.name: fare(test, runtime, programs) for runtime in runtimes}
        return test, results, time.monotonic() - begin

    # Cases do not know of each other; most of the time goes into waiting.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as several:
        for test, results, seconds in several.map(try_out, chosen):
            outcome, text = line(test, results, not_met)
            print(text, flush=True)
            failed += outcome == "not ok"
            report["cases"][test.name] = {
                "requirements": test.requirements, "results": results, "seconds": round(seconds, 3)}
    if not options.cases:
        problems = list(requirements.disagreements(cases))
        for problem in problems:
            print(f"not ok table: {problem}")
        if not problems:
            print("ok table: every requirement has its test")
        failed += len(problems)
    if options.report:
        # The file was opened by ../run, before the node covered some of this machine's folders.
        with open(3, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 1 if failed else 0


sys.exit(main())
