"""The cgroup hierarchies of this machine, and where a process is in them."""

import os
import threading

UNIFIED = os.path.exists("/sys/fs/cgroup/cgroup.controllers")


def mounts():
    """Where each hierarchy is: its controllers ("" for cgroup v2) and its folder."""
    places = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            kind, _, options = after.split()[:3]
            place = before.split()[4]
            if kind == "cgroup2":
                places[""] = place
            elif kind == "cgroup":
                for name in options.split(","):
                    places[name] = place
    return places


def path_of(pid, controller):
    """The folder of a process in the hierarchy of a controller; the only one with cgroup v2."""
    places = mounts()
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        for line in file:
            _, names, path = line.rstrip("\n").split(":", 2)
            name = "" if UNIFIED else controller
            if name in names.split(",") and name in places:
                return places[name] + path
    return None


def folders_of(pid, _container=None):
    """Every cgroup that a process has for itself, in all hierarchies."""
    places = mounts()
    own = set()
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        ours = {tuple(line.rstrip("\n").split(":", 2)[1:]) for line in file}
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        for line in file:
            _, names, path = line.rstrip("\n").split(":", 2)
            if (names, path) not in ours and path != "/":
                own |= {places[name] + path for name in names.split(",") if name in places}
    return sorted(own)


def value(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read().strip()


def controllers():
    """The controllers that a container can have a cgroup of."""
    if not UNIFIED:
        return set(mounts()) - {""}
    with open("/sys/fs/cgroup/cgroup.controllers", encoding="utf-8") as file:
        return set(file.read().split())


def block_device():
    """The numbers of a whole disk; throttling needs one that exists."""
    for name in sorted(os.listdir("/sys/block")):
        return value(f"/sys/block/{name}", "dev")
    return None


def has_file(controller, name):
    """Whether a cgroup of this controller has a file of this name; the topmost one lacks some."""
    probe = os.path.join(mounts()["" if UNIFIED else controller], f"conformance-probe-{threading.get_ident()}")
    os.mkdir(probe)
    try:
        return os.path.exists(os.path.join(probe, name))
    finally:
        os.rmdir(probe)
