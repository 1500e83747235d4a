"""config.md: the mount options for Linux."""

import os

from case import case, cases_of, expect, expect_true


def of_mount(c, place="/data"):
    """The options of the topmost mount at a place, and of its file system."""
    line = c.run(f"awk -v p={place} '$5 == p' /proc/self/mountinfo | tail -n 1")
    before, _, after = line.partition(" - ")
    return set(before.split()[5].split(",")), set(after.split()[-1].split(",")), before.split()[6:]


# An attribute of a mount, and the option that takes it back.
ATTRIBUTES = {"ro": "rw", "nosuid": "suid", "nodev": "dev", "noexec": "exec", "noatime": "atime",
              "nodiratime": "diratime", "nosymfollow": "symfollow"}


@cases_of(ATTRIBUTES, "config.mounts.option.{}")
def option(c, value):
    c.mount("/data", "tmpfs", "tmpfs", value)
    expect_true(value in of_mount(c)[0], f"{value} is not among the options of the mount")
    bound = c.another()
    bound.mount("/data", "bind", c.host_folder("volume"), "bind", value)
    expect_true(value in of_mount(bound)[0], f"{value} is not among the options of a bind mount")


@cases_of(ATTRIBUTES.values(), "config.mounts.option.{}")
def option_back(c, value):
    attribute = next(name for name, opposite in ATTRIBUTES.items() if opposite == value)
    c.mount("/data", "tmpfs", "tmpfs", attribute, value)
    expect_true(attribute not in of_mount(c)[0], f"{attribute},{value}: the last one does not count")


# What is shown with these options; neither relatime nor noatime where each access counts.
ACCESS_TIMES = {"relatime": (["relatime"], {"relatime"}), "strictatime": (["strictatime"], set()),
                "nostrictatime": (["strictatime", "nostrictatime"], {"relatime"}),
                "norelatime": (["norelatime"], None)}


@cases_of(ACCESS_TIMES, "config.mounts.option.{}")
def option_of_access_times(c, value):
    options, shown = ACCESS_TIMES[value]
    c.mount("/data", "tmpfs", "tmpfs", *options)
    found = of_mount(c)[0] & {"relatime", "noatime"}
    # What norelatime alone leaves is the kernel's usual behaviour, whichever it is.
    if shown is not None:
        expect(found, shown, f"{options}")


@cases_of(("sync", "dirsync", "lazytime"), "config.mounts.option.{}")
def option_of_the_file_system(c, value):
    c.mount("/data", "tmpfs", "tmpfs", value)
    expect_true(value in of_mount(c)[1], f"{value} is not among the options of the file system")


@cases_of(("async", "nolazytime"), "config.mounts.option.{}")
def option_of_the_file_system_back(c, value):
    first = {"async": "sync", "nolazytime": "lazytime"}[value]
    c.mount("/data", "tmpfs", "tmpfs", first, value)
    expect_true(first not in of_mount(c)[1], f"{first},{value}: the last one does not count")


@cases_of(("defaults", "iversion", "noiversion", "silent", "loud"), "config.mounts.option.{}")
def option_that_is_not_shown(c, value):
    c.mount("/data", "tmpfs", "tmpfs", value)
    expect_true("rw" in of_mount(c)[0], f"{value}: the mount is not writable")


@case("config.mounts.option.mand")
def mandatory_locks_are_accepted(c):
    for option in ("mand", "nomand"):
        other = c.another()
        other.mount("/data", "tmpfs", "tmpfs", option)
        other.run("true")


@case("config.mounts.option.remount")
def remount_changes_a_mount(c):
    c.mount("/data", "tmpfs", "tmpfs", "nosuid")
    c.mount("/data", "tmpfs", "tmpfs", "remount", "ro", "nosuid")
    expect(c.run("grep -c ' /data ' /proc/self/mountinfo"), "1", "mounts at /data")
    other = c.another()
    other.config["mounts"] = list(c.config["mounts"])
    expect_true("ro" in of_mount(other)[0], "ro is not among the options after remount")


def propagation(c, *options):
    c.linux["rootfsPropagation"] = "shared"
    c.mount("/data", "tmpfs", "tmpfs", *options)
    return " ".join(of_mount(c)[2])


@case("config.mounts.option.shared", "config.mounts.option.rshared")
def shared_mounts(c):
    for option in ("shared", "rshared"):
        expect_true("shared:" in propagation(c.another(), option), f"{option}: the mount is not shared")


@case("config.mounts.option.private", "config.mounts.option.rprivate")
def private_mounts(c):
    for option in ("private", "rprivate"):
        found = propagation(c.another(), option)
        expect_true("shared:" not in found and "master:" not in found, f"{option}: the mount is {found}")


@case("config.mounts.option.slave", "config.mounts.option.rslave")
def slave_mounts(c):
    outside = c.host_folder("shared")
    c.mounted(outside, "tmpfs")
    c.host("mount", "--make-shared", outside)
    for option in ("slave", "rslave"):
        other = c.another()
        other.mount("/data", "bind", outside, "bind", option)
        found = " ".join(of_mount(other)[2])
        expect_true("master:" in found and "shared:" not in found, f"{option}: the mount is {found!r}")


@case("config.mounts.option.unbindable", "config.mounts.option.runbindable")
def unbindable_mounts(c):
    for option in ("unbindable", "runbindable"):
        expect_true("unbindable" in propagation(c.another(), option), f"{option}: the mount is bindable")


RECURSIVE = {"rro": "ro", "rnosuid": "nosuid", "rnodev": "nodev", "rnoexec": "noexec", "rnoatime": "noatime",
             "rnodiratime": "nodiratime", "rnosymfollow": "nosymfollow", "rrelatime": "relatime"}
# What is gone with the option, and the option that made it.
BACK = {"rrw": ("ro", "rro"), "rsuid": ("nosuid", "rnosuid"), "rdev": ("nodev", "rnodev"), "rexec": ("noexec", "rnoexec"),
        "ratime": ("noatime", "rnoatime"), "rdiratime": ("nodiratime", "rnodiratime"),
        "rsymfollow": ("nosymfollow", "rnosymfollow"), "rstrictatime": ("relatime", "rrelatime"),
        "rnorelatime": ("noatime", "rrelatime"), "rnostrictatime": ("noatime", "rstrictatime")}


def nested(c):
    """A folder with a mount below it."""
    outer = c.host_folder("outer")
    os.makedirs(f"{outer}/inner", exist_ok=True)
    c.mounted(outer, "tmpfs")
    os.makedirs(f"{outer}/inner")
    c.mounted(f"{outer}/inner", "tmpfs", "strictatime")
    return outer


def both(c):
    """The options of the mounts at /data and below it."""
    lines = c.run("awk '$5 == \"/data\" || $5 == \"/data/inner\" {print $6}' /proc/self/mountinfo").split("\n")
    return [set(line.split(",")) for line in lines]


@cases_of(RECURSIVE, "config.mounts.option.{}")
def option_below(c, value):
    c.mount("/data", "bind", nested(c), "rbind", value)
    found = both(c)
    expect(len(found), 2, "mounts")
    expect_true(all(RECURSIVE[value] in options for options in found), f"{RECURSIVE[value]} is not at both of {found}")


@cases_of(BACK, "config.mounts.option.{}")
def option_back_below(c, value):
    gone, first = BACK[value]
    c.mount("/data", "bind", nested(c), "rbind", first, value)
    found = both(c)
    expect_true(all(gone not in options for options in found), f"{first},{value}: {gone} is in {found}")


@case("config.mounts.option.ro")
def ro_leaves_the_mounts_below_alone(c):
    outer = nested(c)
    c.mount("/data", "bind", outer, "rbind", "ro")
    first, second = both(c)
    expect_true("ro" in first and "rw" in second, f"rbind,ro: {first}, below it {second}")


@case("config.mounts.option.tmpcopyup")
def tmpcopyup_copies_what_is_covered(c):
    with open(f"{c.root}/data/file", "w", encoding="utf-8") as file:
        file.write("copied\n")
    c.chmod("data/file", 0o640)
    c.mount("/data", "tmpfs", "tmpfs", "tmpcopyup")
    expect(c.run("cat /data/file; stat -c %a /data/file; echo changed >/data/file; grep -c ' /data tmpfs' /proc/mounts"),
           "copied\n640\n1", "the file in the tmpfs")
    with open(f"{c.root}/data/file", encoding="utf-8") as file:
        expect(file.read(), "copied\n", "the file that is covered")


def owners(c, *options, **mappings):
    volume = c.mappable_folder("volume")
    for name, owner in (("zero", 0), ("five", 5), ("large", 100005)):
        open(f"{volume}/{name}", "w", encoding="utf-8").close()
        os.chown(f"{volume}/{name}", owner, owner)
    c.mount("/data", "bind", volume, *options, **mappings)


MAP = [{"containerID": 0, "hostID": 100000, "size": 65536}]


@case("config.mounts.mappings", "config.mounts.option.idmap")
def an_id_mapped_mount_shows_other_owners(c):
    for option, bind in (("idmap", "bind"), ("ridmap", "rbind")):
        other = c.another()
        owners(other, bind, option, uidMappings=MAP, gidMappings=MAP)
        expect(other.run("stat -c '%n %u %g' /data/zero /data/five"), "/data/zero 100000 100000\n/data/five 100005 100005",
               f"owners with {option}")


@case("config.mounts.option.idmap", "config.mounts.option.ridmap")
def an_id_mapped_mount_of_a_user_namespace(c):
    for option, bind in (("idmap", "bind"), ("ridmap", "rbind")):
        other = c.another()
        other.user_namespace()
        owners(other, bind, option)
        expect(other.run("stat -c '%n %u %g' /data/zero /data/five"), "/data/zero 0 0\n/data/five 5 5",
               f"owners with {option} in a user namespace")


@case("config.mounts.option.idmap-error", "config.mounts.option.ridmap-error")
def an_id_mapped_mount_without_any_mapping_is_an_error(c):
    for option, bind in (("idmap", "bind"), ("ridmap", "rbind")):
        other = c.another()
        owners(other, bind, option)
        other.refused(f"{option} without mappings and without a user namespace")


@case("config.mounts.mappings-both")
def one_of_the_two_mappings_is_an_error(c):
    for name in ("uidMappings", "gidMappings"):
        other = c.another()
        owners(other, "bind", "idmap", **{name: MAP})
        other.refused(f"{name} alone")
