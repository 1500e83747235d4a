"""config-linux.md: devices; runtime-linux.md: links in /dev."""

import os

from case import case, expect, expect_true

DEFAULT = {"null": "1:3", "zero": "1:5", "full": "1:7", "random": "1:8", "urandom": "1:9", "tty": "5:0"}


@case("config-linux.devices.default")
def the_default_devices_are_there(c):
    names = " ".join(DEFAULT)
    found = c.facts(f"for name in {names}; do echo $name=$(stat -c '%F %t:%T %a' /dev/$name); done;"
                    "echo x >/dev/null && head -c 2 /dev/zero | wc -c; echo write=$(echo x 2>&1 >/dev/full)")
    for name, numbers in DEFAULT.items():
        expect(found[name], f"character special file {numbers} 666", name)
    expect_true("No space left" in found["write"], f"a write to /dev/full: {found['write']!r}")


@case("config-linux.devices.ptmx")
def ptmx_is_that_of_the_container(c):
    expect(c.run("stat -L -c %t:%T /dev/ptmx; [ /dev/ptmx -ef /dev/pts/ptmx ] && echo same"), "5:2\nsame", "/dev/ptmx")


@case("runtime-linux.links")
def the_links_to_the_standard_streams_are_there(c):
    expect(c.run("for name in fd stdin stdout stderr; do readlink /dev/$name; done"),
           "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2", "links")


@case("config-linux.devices.available", "config-linux.devices.fileMode", "config-linux.devices.owner")
def the_devices_that_are_listed_are_there(c):
    c.linux["devices"] = [
        {"path": "/dev/one", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 7, "gid": 8},
        {"path": "/dev/u", "type": "u", "major": 1, "minor": 3},
        {"path": "/dev/block", "type": "b", "major": 7, "minor": 200, "fileMode": 0o600},
        {"path": "/dev/deep/er/fifo", "type": "p", "fileMode": 0o622},
        {"path": "/data/outside", "type": "c", "major": 1, "minor": 7, "fileMode": 0o666},
    ]
    found = c.run("stat -c '%F %t:%T %a %u:%g' /dev/one /dev/block /data/outside; stat -c '%F %t:%T' /dev/u;"
                  "stat -c '%F %a' /dev/deep/er/fifo")
    expect(found.split("\n"), [
        "character special file 1:5 640 7:8", "block special file 7:c8 600 0:0", "character special file 1:7 666 0:0",
        "character special file 1:3", "fifo 622"], "devices")


@case("config-linux.devices.available")
def a_device_that_is_listed_can_be_used(c):
    c.linux["devices"] = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 0o666}]
    c.linux["resources"] = {"devices": [
        {"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 1, "minor": 5, "access": "rw"}]}
    expect(c.run("head -c 3 /dev/mine | wc -c"), "3", "bytes of /dev/mine")


@case("config-linux.devices.mismatch")
def a_file_in_its_place_that_is_another_is_an_error(c):
    open(f"{c.root}/data/file", "w", encoding="utf-8").close()
    c.linux["devices"] = [{"path": "/data/file", "type": "c", "major": 1, "minor": 5, "fileMode": 0o666}]
    c.refused("a device where a file is")
    os.unlink(f"{c.root}/data/file")
    os.mknod(f"{c.root}/data/file", 0o20666, os.makedev(1, 7))
    c.refused("a device where another device is")


@case("config-linux.devices.available")
def the_same_device_in_its_place_is_kept(c):
    os.mknod(f"{c.root}/data/zero", 0o20666, os.makedev(1, 5))
    c.linux["devices"] = [{"path": "/data/zero", "type": "c", "major": 1, "minor": 5, "fileMode": 0o666}]
    expect(c.run("stat -c %t:%T /data/zero"), "1:5", "the device")


@case("config-linux.devices.required", "config.valid-values")
def a_device_that_is_incomplete_or_unknown_is_an_error(c):
    for device in ({"path": "/dev/x", "type": "c"}, {"path": "/dev/x", "type": "z", "major": 1, "minor": 5},
                   {"type": "c", "major": 1, "minor": 5}, {"path": "dev/x", "major": 1, "minor": 5},
                   {"path": "/dev/x", "type": "c", "major": -1, "minor": 5}):
        other = c.another()
        other.linux["devices"] = [device]
        other.refused(f"the device {device}")
