"""Medians, ratios of the first contender to the others, and the table in which a person reads them."""

import json
import statistics


def row(measure, contenders):
    """One measure: wall-clock and processor time in ms, page faults, peak memory in MiB; ratios of medians."""
    figures = {"measure": measure}
    samples = {c.name: list(zip(*c.samples[measure])) for c in contenders}
    for index, (key, scale, digits) in enumerate((("median_ms", 1000, 2), ("cpu_ms", 1000, 2), ("page_faults", 1, 0))):
        figures[key] = {name: round(statistics.median(of[index]) * scale, digits) for name, of in samples.items()}
    figures["ratio"] = ratios(figures["median_ms"], contenders)
    figures["cpu_ratio"] = ratios(figures["cpu_ms"], contenders)
    if all(measure in c.peaks for c in contenders):
        figures["peak_mib"] = {c.name: round(c.peaks[measure] / 1024, 2) for c in contenders}
        figures["peak_ratio"] = ratios(figures["peak_mib"], contenders)
    return figures


def ratios(figures, contenders):
    first, *peers = [c.name for c in contenders]
    return {peer: round(figures[first] / figures[peer], 3) for peer in peers if figures[peer]}


def result(rows, contenders):
    """All measures, and the greatest memory of all commands."""
    figures = {"measures": rows}
    if all(c.peaks for c in contenders):
        figures["peak_memory_mib"] = {c.name: round(max(c.peaks.values()) / 1024, 2) for c in contenders}
    return figures


def table(figures, contenders):
    """The figures as a person reads them: a block for each kind."""
    names = [c.name for c in contenders]
    width = max(9, *map(len, names)) + 2
    column = max(len(r["measure"]) for r in figures["measures"]) + 2

    def block(title, key, ratio, digits):
        rows = [r for r in figures["measures"] if key in r]
        if not rows:
            return
        titles = "".join(f"{name:>{width}}" for name in names)
        peers = "".join(f"{'/' + name:>{width}}" for name in names[1:]) if ratio else ""
        print(f"{title:<{column}}{titles}{peers}")
        for r in rows:
            cells = "".join(f"{r[key][name]:>{width}.{digits}f}" for name in names)
            if ratio:
                cells += "".join(f"{r[ratio].get(name, float('nan')):>{width}.2f}" for name in names[1:])
            print(f"{r['measure']:<{column}}{cells}")
        print()

    block("median ms", "median_ms", "ratio", 2)
    block("cpu ms", "cpu_ms", "cpu_ratio", 2)
    block("failures", "failures", None, 0)
    block("peak MiB", "peak_mib", "peak_ratio", 2)


def write(path, figures):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")
