"""What each part of Ward's protection costs, from the medians of three nodes and from the TPM itself."""

import socket
import statistics
import struct
import time

# TPM2_PCR_Read of PCR 8 and 14 in the SHA-256 bank: what ward asks.
PCR_READ = struct.pack(">HIIIHB3B", 0x8001, 20, 0x17E, 1, 0x000B, 3, 0, 0x41, 0)


def round_trip(address):
    """One connection and one command, as each command of ward has them, in ms; None where it is no swtpm."""
    kind, path = address.split(":", 1)
    if kind != "swtpm":
        return None
    samples = []
    for _ in range(200):
        start = time.perf_counter()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            connection.sendall(PCR_READ)
            connection.recv(4096)
        samples.append(time.perf_counter() - start)
        time.sleep(0.002)
    return statistics.median(samples) * 1000


def cost(figures, address):
    """Differences of medians in ms, wall-clock and processor time, named by what they are differences of."""
    parts = {}
    for key in ("median_ms", "cpu_ms"):
        of = {row["measure"]: row[key] for row in figures["measures"]}
        differences = {
            "gate: kill - state, smallest policy": of["kill"]["conformance"] - of["state"]["conformance"],
            "policy: enforcing - conformance, kill": of["kill"]["enforcing"] - of["kill"]["conformance"],
            "policy: enforcing - conformance, exec": of["exec"]["enforcing"] - of["exec"]["conformance"],
            "policy and image: enforcing - conformance, create": of["create"]["enforcing"] - of["create"]["conformance"],
            "image opened each time - kept open, create": of["create"]["reopened"] - of["create"]["enforcing"],
            "image closed each time - kept open, delete": of["delete"]["reopened"] - of["delete"]["enforcing"],
        }
        for name, difference in differences.items():
            parts.setdefault(name, {})[key] = round(difference, 3)
    trip = round_trip(address)
    if trip is not None:
        gate = parts["gate: kill - state, smallest policy"]["median_ms"]
        parts["PCR check: one round trip to swtpm"] = {"median_ms": round(trip, 3)}
        parts["record, locks, decision: gate - round trip"] = {"median_ms": round(gate - trip, 3)}
    return parts


def show(parts):
    width = max(map(len, parts)) + 2
    print(f"{'cost':<{width}}{'ms':>8}{'cpu ms':>8}")
    for name, figures in parts.items():
        print(f"{name:<{width}}" + "".join(f"{figure:>8.2f}" for figure in figures.values()))
    print()
