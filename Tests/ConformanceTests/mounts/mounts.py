"""config.md: mounts, their order, places and kinds."""

import os

from case import case, expect


@case("config.mounts.order")
def mounts_are_made_in_the_listed_order(c):
    first, second = c.host_folder("first"), c.host_folder("second")
    open(f"{first}/one", "w", encoding="utf-8").close()
    os.mkdir(f"{first}/inner")
    open(f"{second}/two", "w", encoding="utf-8").close()
    c.mount("/data", "bind", first, "bind")
    c.mount("/data/inner", "bind", second, "bind")
    expect(c.run("ls /data /data/inner | tr '\\n' ' '").split(), ["/data:", "inner", "one", "/data/inner:", "two"],
           "nested in this order")
    # The other way round the first is covered by the second.
    other = c.another()
    os.mkdir(f"{other.root}/data/inner")
    other.mount("/data/inner", "bind", second, "bind")
    other.mount("/data", "bind", first, "bind")
    expect(other.run("ls /data/inner"), "", "covered in the other order")


@case("config.mounts.order")
def the_last_of_two_mounts_at_one_place_is_seen(c):
    c.mount("/data", "tmpfs", "first", "size=4k")
    c.mount("/data", "tmpfs", "second", "size=8k")
    expect(c.run("grep ' /data ' /proc/mounts | cut -d ' ' -f 1"), "first\nsecond", "what is mounted")


@case("config.mounts.relative-destination")
def a_relative_destination_counts_from_the_root(c):
    c.process["cwd"] = "/tmp"
    c.mount("data", "tmpfs", "tmpfs", "size=4k")
    expect(c.run("grep -c ' /data tmpfs ' /proc/mounts"), "1", "mounts at /data")


@case("config.mounts.relative-source")
def a_relative_source_counts_from_the_bundle(c):
    open(f"{c.host_folder('volume')}/mark", "w", encoding="utf-8").close()
    c.mount("/data", "none", "volume", "bind")
    expect(c.run("ls /data"), "mark", "what the mount has")


@case("config.mounts.bind")
def a_mount_with_bind_is_a_bind_mount_whatever_its_type(c):
    open(f"{c.host_folder('volume')}/mark", "w", encoding="utf-8").close()
    for kind in ("none", "bind", "tmpfs", None):
        other = c.another()
        other.config["mounts"].append(
            {"destination": "/data", "source": f"{c.bundle}/volume", "options": ["bind"], **({"type": kind} if kind else {})})
        expect(other.run("ls /data"), "mark", f"a mount of type {kind}")


@case("config.mounts.bind")
def a_file_is_bound_to_a_file(c):
    c.mount("/data/new/file", "bind", c.host_file("file", "mark\n"), "bind", "ro")
    expect(c.run("cat /data/new/file"), "mark", "what the file has")


@case("config.mounts.option.rbind", "config.mounts.option.bind")
def mounts_below_the_source_come_with_rbind_only(c):
    outer = c.host_folder("outer")
    os.makedirs(f"{outer}/inner")
    c.mounted(f"{outer}/inner", "tmpfs")
    open(f"{outer}/inner/mark", "w", encoding="utf-8").close()
    c.mount("/data/plain", "bind", outer, "bind")
    c.mount("/data/deep", "bind", outer, "rbind")
    expect(c.run("ls /data/plain/inner | wc -l; ls /data/deep/inner"), "0\nmark", "below bind, below rbind")


@case("config.mounts.source-missing", "runtime.create.cannot-apply")
def a_source_that_is_not_there_is_an_error(c):
    c.mount("/data", "bind", f"{c.bundle}/nowhere", "bind")
    c.refused("a bind mount of a source that is not there")


@case("config.valid-values")
def a_file_system_that_is_not_there_is_an_error(c):
    c.mount("/data", "nosuchfs", "none")
    c.refused("a mount of type nosuchfs")


@case("config.mounts.destination-required", "config.valid-values")
def a_mount_without_a_destination_is_an_error(c):
    c.config["mounts"].append({"type": "tmpfs", "source": "tmpfs"})
    c.refused("a mount without a destination")


@case("config.mounts.destination-made")
def a_destination_that_is_not_there_is_made(c):
    c.mount("/data/a/b/c", "tmpfs", "tmpfs", "mode=700")
    expect(c.run("stat -c %a /data/a/b/c"), "700", "mode of the mount")


@case("config.mounts.data")
def options_of_the_file_system_reach_it(c):
    c.mount("/data", "tmpfs", "tmpfs", "size=64k", "mode=1750", "uid=7", "gid=8", "nr_inodes=100")
    expect(c.run("stat -c '%a %u %g' /data; df -k /data | tail -n 1 | awk '{print $2}'"), "1750 7 8\n64", "the tmpfs")


@case("config.mounts.data", "runtime.create.cannot-apply")
def an_option_that_the_file_system_does_not_know_is_an_error(c):
    c.mount("/data", "tmpfs", "tmpfs", "no_such_option=1")
    c.refused("a tmpfs with an unknown option")


@case("config-linux.filesystems")
def the_default_file_systems_are_there(c):
    found = c.run("for place in /proc /sys /dev/pts /dev/shm; do awk -v p=$place '$2 == p {print $2, $3}' /proc/mounts; done")
    expect(found, "/proc proc\n/sys sysfs\n/dev/pts devpts\n/dev/shm tmpfs", "file systems")
