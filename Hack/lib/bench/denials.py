"""What the record of decisions costs: an append beside the decision, and reading a log of a million records."""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

REASONS = (
    ("create", "WARD-ENV-UNEXPECTED", "/process/env/12", "no such variable", "LD_PRELOAD=<24 bytes>"),
    ("create", "WARD-MOUNT-SOURCE", "/mounts/11/source", '"/var/lib/kubelet/pods/{pod.uid}/etc-hosts"', '"/etc"'),
    ("create", "WARD-ARGS", "/process/args/5", '"8080"', "<4 bytes>"),
    ("exec", "WARD-EXEC-UNKNOWN", "/args", "the arguments of one of health", '"sh" with 1 arguments'),
    ("create", "WARD-USER", "/process/user/uid", "10001", "0"),
)
ENTRIES = ("embed", "proxy", "server", "check")


def write_log(path, count):
    """A chain as ward writes it; one record of five is an admission."""
    previous, denied = "0" * 64, 0
    with open(path, "w") as out:
        for number in range(1, count + 1):
            verb, code, pointer, expected, actual = REASONS[(number * number + number // 7) % len(REASONS)]
            entry = ENTRIES[number % len(ENTRIES)]
            seconds = 1763719200 + number * 259200 // count
            is_denial = number % 5 != 0
            denied += is_denial
            violations = [{"actual": actual, "code": code, "expected": expected, "pointer": pointer}]
            line = json.dumps({
                "container": hashlib.sha256(b"%d" % (number // 3)).hexdigest(),
                "decision": "deny" if is_denial else "admit", "denied": denied, "entry": entry,
                "pod": f"inference/{entry}-{number // 500 % 9}",
                "policy": {"digest": "5" * 64, "mode": "enforce", "name": "embeddings", "version": 7},
                "previous": previous, "rate": {"count": min(denied, 100), "since": 1763719200},
                "requestDigest": hashlib.sha256(b"r%d" % number).hexdigest(), "sequence": number,
                "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{number * 7919 % 10**9:09d}Z",
                "verb": verb, "violations": violations if is_denial else [],
            }, sort_keys=True, separators=(",", ":")) + "\n"
            out.write(line)
            previous = hashlib.sha256(line.encode()).hexdigest()


def measured(rounds, *command):
    """Median of the wall clock in seconds, and the greatest resident memory in MiB."""
    times, memory = [], 0
    for _ in range(rounds):
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        times.append(time.monotonic() - start)
        memory = max(memory, usage.ru_maxrss / 1024)
        if status:
            raise SystemExit(f"{' '.join(map(str, command))}: status {status}")
    return {"seconds": sorted(times)[len(times) // 2], "peak_memory_mib": memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", type=pathlib.Path, required=True)
    parser.add_argument("--wardctl", required=True)
    parser.add_argument("--append", required=True)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        folder = pathlib.Path(folder)
        fixtures = options.checkout / "Tests"
        bundle = folder / "bundle.json"
        bundle.write_text(json.dumps(
            json.loads((fixtures / "PolicyTests/Fixtures/embeddings.json").read_text()), sort_keys=True,
            separators=(",", ":")))
        appends = json.loads(subprocess.run(
            [options.append, bundle, fixtures / "RuntimeSpecTests/Fixtures/containerd-cri-2/container.json", folder / "logs",
             str(options.rounds)], check=True, capture_output=True, text=True).stdout)
        log, tenth = folder / "decisions.jsonl", folder / "tenth.jsonl"
        write_log(log, options.records)
        write_log(tenth, options.records // 10)
        reads = {
            "list with a filter": measured(
                options.rounds, options.wardctl, "denials", "list", "--log", log, "--code", "WARD-USER", "--since",
                "2025-11-24", "--last", "100"),
            "verify": measured(options.rounds, options.wardctl, "denials", "verify", "--log", log),
            "report over a tenth": measured(
                options.rounds, options.wardctl, "denials", "report", "--log", tenth, "--output",
                folder / "report.html"),
        }
        size = log.stat().st_size
    print(f"append to the log, median in us\n" + "\n".join(f"  {n:<28}{v:8.1f}" for n, v in appends.items()))
    print(f"{options.records:,} records, {size / 2**20:.0f} MiB" + " " * 14 + "s     peak MiB")
    for name, value in reads.items():
        print(f"  {name:<24}{value['seconds']:8.2f}{value['peak_memory_mib']:13.1f}")
    if options.json:
        options.json.write_text(json.dumps(
            {"append_us": appends, "records": options.records, "bytes": size, "reads": reads}, indent=2) + "\n")


if __name__ == "__main__":
    main()
