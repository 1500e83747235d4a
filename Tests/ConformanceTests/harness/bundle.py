"""The bundle of a case: a root file system of busybox and a usual configuration, which the case changes."""

import json
import os
import shutil

BUSYBOX = "/bin/busybox"
FOLDERS = ("bin", "proc", "dev", "sys", "tmp", "etc", "root", "data")


class Programs:
    """busybox, on the same file system as the bundles, which share it by hard links."""

    def __init__(self, work):
        self.path = os.path.join(work, "busybox")
        shutil.copy(BUSYBOX, self.path)
        self.names = APPLETS.split()


def make_root(path, programs):
    for folder in FOLDERS:
        os.makedirs(os.path.join(path, folder))
    os.chmod(os.path.join(path, "tmp"), 0o1777)
    programs_of_root = os.path.join(path, "bin")
    os.link(programs.path, os.path.join(programs_of_root, "busybox"))
    for name in programs.names:
        os.symlink("busybox", os.path.join(programs_of_root, name))
    with open(os.path.join(path, "etc/passwd"), "w", encoding="utf-8") as passwd:
        passwd.write("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")


# What the cases call; every link costs time in an emulated machine.
APPLETS = """
[ awk cat chmod chown chrt cmp cp cut date dd df dnsdomainname echo env expr false find free grep head hexdump hostname
id ifconfig ionice ip kill ln ls mkdir mkfifo mknod mount mountpoint mv nice nproc nsenter od pidof printenv ps pwd
readlink realpath renice rm rmdir sed seq setarch sh sleep sort stat stty sync tail taskset tee test touch tr true tty
umount uname unshare wc yes
"""
CAPABILITIES = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
MOUNTS = [
    ("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]),
    ("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    ("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
    ("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
    ("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
    ("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
]


def usual():
    """What an engine sends, without anything that a case tests."""
    return {
        "ociVersion": "1.2.0",
        "root": {"path": "rootfs"},
        "hostname": "box",
        "process": {
            "args": ["true"],
            "env": ["PATH=/bin"],
            "cwd": "/",
            "user": {"uid": 0, "gid": 0},
            "capabilities": {name: list(CAPABILITIES) for name in ("bounding", "effective", "permitted")},
        },
        "mounts": [
            {"destination": destination, "type": kind, "source": source, "options": list(options)}
            for destination, kind, source, options in MOUNTS
        ],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")]},
    }


def write(path, config):
    with open(path, "w", encoding="utf-8") as file:
        # A case may give the text itself, where it is about how JSON is read.
        file.write(config if isinstance(config, str) else json.dumps(config))
