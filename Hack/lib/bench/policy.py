"""What a decision costs as the policy grows: `decide` reads the bundle and a config.json of 30 KB and decides, as each
process of ward does once. The container is a real one, captured from containerd; its entry is the last of many."""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile

STEPS = ("read the bundle", "hash it", "find its parts", "read and decode config.json", "decide", "all")
ENTRY = """  app-{0:05d}:
    image: nginx
    args: [/usr/bin/app-{0:05d}, serve, --port, "80"]
    env: {{PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LOG_LEVEL: info}}
    user: {{uid: 101, gid: 101}}
    limits: {{memory: 256Mi}}
    signals: [TERM, KILL]
    stdio: {{stdout: allow, stderr: allow}}
"""


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Policies:
    """The policy of the nginx example with other entries before its own."""

    def __init__(self, checkout, folder, wardctl):
        self.folder, self.wardctl = folder, wardctl
        example = (checkout / "Manifests/examples/nginx/policy.yaml").read_text()
        self.head, self.entry = example.split("containers:\n")
        files = folder / "files"
        files.mkdir()
        for name, options in (("nginx", ()), ("web-config", ("--volume",))):
            (files / name).write_text(name)
            run(wardctl, "image", "build", "--output", folder / "images", "--lock", folder / "images.lock", "--name",
                name, "--reference", f"registry.example.org/web/{name}:1.22", *options, files)

    def compile(self, entries):
        text = self.head + "containers:\n" + "".join(ENTRY.format(i) for i in range(entries - 1)) + self.entry
        source = self.folder / "policy.yaml"
        source.write_text(text)
        bundle = self.folder / f"policy-{entries}.json"
        run(self.wardctl, "policy", "compile", "--output", bundle, source)
        return bundle


def configurations(checkout, folder):
    """The captured config.json with a filter beside it, as long as other runtimes' are: 30 KB; and one that is denied."""
    captured = checkout / "Manifests/examples/nginx/cases/nginx.json"
    spec = json.loads(captured.read_text())
    calls = (checkout / "Sources/PolicyAuthoring/Seccomp/SystemCalls.swift").read_text()
    names = re.findall(r"\b[a-z_0-9]{3,}\b", "".join(calls.split('"""')[1::2]))
    rule = {"action": "SCMP_ACT_ALLOW", "names": names}
    rules = [rule] * ((30_000 - len(json.dumps(spec))) // len(json.dumps(rule)) + 1)
    spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": rules}
    admitted = folder / "config.json"
    admitted.write_text(json.dumps(spec))
    spec["process"]["env"].append("LD_PRELOAD=/tmp/x.so")
    denied = folder / "denied.json"
    denied.write_text(json.dumps(spec))
    return {"admitted": admitted, "denied": denied}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkout", type=pathlib.Path, required=True)
    parser.add_argument("--decide", required=True)
    parser.add_argument("--wardctl", required=True)
    parser.add_argument("--rounds", default="200")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        policies = Policies(arguments.checkout, folder, arguments.wardctl)
        for entries in (1, 10, 100, 1000, 10000):
            bundle = policies.compile(entries)
            for outcome, config in configurations(arguments.checkout, folder).items():
                measured = json.loads(run(arguments.decide, bundle, config, arguments.rounds))
                if not measured["outcome"].startswith(outcome):
                    raise SystemExit(f"expected that the command is {outcome}, got {measured['outcome']}")
                rows.append({
                    "entries": entries, "outcome": outcome, "bundle_bytes": bundle.stat().st_size,
                    "config_bytes": config.stat().st_size, "microseconds": measured["microseconds"],
                })
    print("median us     bundle KB   read   hash   find   config.json   decide      all")
    for row in rows:
        cells = [row["microseconds"][step] for step in STEPS]
        print(f"{row['entries']:>6} {row['outcome']:<9} {row['bundle_bytes'] / 1000:>7.0f}"
              f" {cells[0]:>6.0f} {cells[1]:>6.0f} {cells[2]:>6.0f} {cells[3]:>13.0f} {cells[4]:>8.0f} {cells[5]:>8.0f}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"rows": rows}, indent=2) + "\n")


main()
