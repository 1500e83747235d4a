"""Puts the audit together, compares it with the reviewed lists, and prints it."""

import argparse
import glob
import json
import os
import re
import subprocess
import sys

import elf
from calltrace import Trace

options = argparse.ArgumentParser()
for name in ("--bin", "--traces", "--lists", "--json"):
    options.add_argument(name)
options.add_argument("--update", action="store_true")
options = options.parse_args()
findings = []
# What may be executed on the node: the first two, and the hook of the audit's own configuration.
PROGRAMS = {"ward", "ward-verity", "echo"}


def find(text):
    findings.append(text)
    return f"  ! {text}"


def verbs_of_ward():
    text = subprocess.run([f"{options.bin}/ward", "--help"], capture_output=True, text=True).stdout
    section = re.search(r"Commands:\n((?:  .*\n)+)", text)
    return sorted(set(re.findall(r"^  (\w+)", section.group(1), re.M))) if section else []


def programs():
    result = {}
    for name in ("ward", "ward-verity", "ward-gpu", "wardctl"):
        facts = result[name] = elf.program(f"{options.bin}/{name}")
        print(f"{name}: {facts['bytes'] / 1e6:.1f} MB, " + ("static" if facts["static"] else ", ".join(facts["libraries"])))
        print("  " + ", ".join(key for key in elf.MUST if facts[key]))
        for key in elf.MUST:
            if not facts[key]:
                print(find(f"{name}: not {key}" if not key.startswith("no ") else f"{name}: not {key!r}"))
        for library in set(facts["libraries"]) - elf.LIBRARIES[name] - elf.OF_THE_SYSTEM:
            print(find(f"{name}: linked with {library}"))
    if not result["ward"]["static"]:
        print(find("ward: not static"))
    return result


def reviewed(verb):
    try:
        with open(f"{options.lists}/{verb}.txt") as file:
            return set(file.read().split())
    except FileNotFoundError:
        return set()


def verbs():
    traces = {}
    for path in glob.glob(f"{options.traces}/*.[0-9]*"):
        verb = os.path.basename(path).split(".")[0].lstrip("-")
        traces.setdefault("ward" if verb in ("version", "help") else verb, []).append(Trace(path))
    result = {}
    print("\nsystem calls of each verb (up to the container's program)")
    for verb in verbs_of_ward():
        if verb not in traces and verb != "help":
            print(find(f"{verb}: a verb without a trace: add its life to Hack/lib/audit/lives.sh"))
    for verb, all_of_it in sorted(traces.items()):
        calls = set().union(*(trace.calls for trace in all_of_it))
        new = sorted(calls - reviewed(verb))
        if options.update and new:
            os.makedirs(options.lists, exist_ok=True)
            with open(f"{options.lists}/{verb}.txt", "w") as file:
                file.write("\n".join(sorted(calls | reviewed(verb))) + "\n")
            new = []
        result[verb] = {"calls": sorted(calls), "new": new}
        print(f"  {verb:12} {len(calls):3}")
        if new:
            print(find(f"{verb}: calls that were not reviewed: {' '.join(new)}"))
        for trace in all_of_it:
            for mapping in trace.mappings:
                print(find(f"{verb}: writable and executable: {mapping}"))
            if trace.threads:
                print(find(f"{verb}: makes a thread"))
            for path, inside, _ in trace.programs:
                if not inside and os.path.basename(path) not in PROGRAMS:
                    print(find(f"{verb}: executes {path} before it has the container's root"))
    return result


def read(name):
    with open(f"{options.traces}/{name}", errors="replace") as file:
        return file.read()


def status(name):
    return dict(re.findall(r"^(\w+):\t(.*)$", read(f"{name}.status"), re.M))


def processes():
    result = {}
    print("\nprocesses")
    for name, what in (("created", "ward's process that waits for start"), ("supervising", "ward exec while its program runs")):
        facts, maps = status(name), read(f"{name}.maps")
        shared = [line for line in maps.splitlines() if "w" in line.split()[1] and "x" in line.split()[1]]
        descriptors = re.findall(r" (\d+) -> (.*)", read(f"{name}.descriptors"))
        result[name] = {"threads": facts.get("Threads"), "capabilities": facts.get("CapEff"), "inheritable": facts.get("CapInh"),
                        "writable and executable": shared, "descriptors": descriptors}
        print(f"  {what}: {facts.get('Threads')} thread, capabilities {facts.get('CapEff')}, "
              f"descriptors {' '.join(number for number, _ in descriptors)}")
        if not maps or not facts:
            print(find(f"{what}: nothing is known of it"))
            continue
        if facts.get("Threads") != "1":
            print(find(f"{what}: {facts.get('Threads')} threads"))
        for line in shared:
            print(find(f"{what}: writable and executable: {line}"))
        if name == "supervising" and int(facts.get("CapPrm", "0"), 16) & ~(1 << 5):
            print(find(f"{what}: it keeps more than CAP_KILL: {facts.get('CapPrm')}"))
        for number, target in descriptors:
            if name == "created" and int(number) > 2 and target.startswith("/") and not target.startswith("/run/ward/"):
                print(find(f"{what}: descriptor {number} is {target}"))
    result["created"]["dumpable"] = read("created.owner").strip() != "0"
    if result["created"]["dumpable"]:
        print(find("the process that waits for start can be looked into by its user"))
    program = status("program")
    descriptors = sorted(int(number) for number in read("program.descriptors").split() if number.isdigit())
    result["program"] = {"descriptors": descriptors, "capabilities": program.get("CapEff"), "inheritable": program.get("CapInh")}
    print(f"  a container's program: descriptors {' '.join(map(str, descriptors))} (the last is its own), "
          f"capabilities {program.get('CapEff')}, inheritable {program.get('CapInh')}")
    if descriptors != [0, 1, 2, 3]:
        print(find(f"a container's program has the descriptors {descriptors}"))
    for set_name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if program.get(set_name, "").strip("0"):
            print(find(f"a container's program has {set_name} {program.get(set_name)}"))
    return result


report = {"programs": programs(), "verbs": verbs(), "processes": processes(), "findings": findings}
print(f"\n{len(findings)} findings")
if options.json:
    with open(options.json, "w") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
sys.exit(bool(findings))
