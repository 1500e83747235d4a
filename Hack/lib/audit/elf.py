"""What a program's file says of its hardening, by readelf."""

import os
import re
import subprocess


def readelf(option, path):
    return subprocess.run(["readelf", option, "-W", path], capture_output=True, text=True, check=True).stdout


def canaries(path, symbols):
    """How often a stack protector is used: by its symbol, or in a stripped static program by its instruction."""
    if "__stack_chk_fail" in symbols:
        return symbols.count("__stack_chk_fail")
    with open(path, "rb") as file:
        # x86-64: REX.W (+R) sub or mov of %fs:0x28.
        return len(re.findall(rb"[\x48\x4c\x64][\x48\x4c\x64][\x2b\x8b\x33][\x04-\x3c]\x25\x28\x00\x00\x00", file.read()))


def program(path):
    header, segments, dynamic = readelf("-h", path), readelf("-l", path), readelf("-d", path)
    symbols = readelf("--dyn-syms", path)
    libraries = sorted(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    is_static = "INTERP" not in segments
    flags = {line.split()[0]: re.search(r"0x\w+ 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([RWE ]{3})", line)
             for line in segments.splitlines() if re.match(r"\s+GNU_STACK", line)}
    stack = flags.get("GNU_STACK")
    loads = re.findall(r"LOAD .*? ([R ][W ][E ]) 0x", segments)
    return {
        "libraries": libraries,
        "static": is_static,
        "pie": "DYN" in header and re.search(r"FLAGS_1.*PIE", dynamic) is not None,
        # Without a loader nothing is bound late: the whole table is read-only once the program runs.
        "full relro": "GNU_RELRO" in segments and (is_static or "NOW" in dynamic),
        "no executable stack": stack is not None and "E" not in stack.group(1),
        "no writable and executable segment": bool(loads) and not any("W" in load and "E" in load for load in loads),
        "no text relocation": "TEXTREL" not in dynamic,
        "no RPATH or RUNPATH": re.search(r"\((RPATH|RUNPATH)\)", dynamic) is None,
        "stack protector": canaries(path, symbols),
        "bytes": os.path.getsize(path),
    }


MUST = ["pie", "full relro", "no executable stack", "no writable and executable segment", "no text relocation",
        "no RPATH or RUNPATH", "stack protector"]

# What each program may be linked with: C libraries of the distribution, and no other.
LIBRARIES = {
    "ward": set(),
    "ward-verity": {"libcrypto.so.3"},
    "ward-gpu": {"libcrypto.so.3"},
    "wardctl": {
        "libcrypto.so.3", "libseccomp.so.2", "libtss2-esys.so.0", "libtss2-mu.so.0", "libtss2-rc.so.0", "libz.so.1",
        "libzstd.so.1",
    },
}
OF_THE_SYSTEM = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
