"""config.md: root."""

import os

from case import case, expect, expect_true

MOUNT = "awk '$5 == \"/\" {print $6; exit}' /proc/self/mountinfo | tr , '\\n' | head -n 1"


@case("config.root.required")
def a_configuration_without_root_is_an_error(c):
    del c.config["root"]
    c.refused("no root")


@case("config.root.path")
def the_path_of_the_root_may_be_absolute_or_relative(c):
    with open(f"{c.root}/data/mark", "w", encoding="utf-8") as file:
        file.write("mark")
    for path in (c.root, "rootfs", "./rootfs"):
        c.config["root"]["path"] = path
        expect(c.run("cat /data/mark"), "mark", f"root {path}")


@case("config.root.directory")
def a_root_that_is_no_folder_is_an_error(c):
    c.host_file("file")
    for path in ("nowhere", "file", ""):
        c.config["root"]["path"] = path
        c.refused(f"the root {path!r}")


@case("config.root.readonly")
def the_root_is_read_only_where_asked_for(c):
    c.config["root"]["readonly"] = True
    expect(c.run(f"{MOUNT}; touch /data/x 2>/dev/null; echo $?; ls /data"), "ro\n1", "mount, touch")


@case("config.root.readonly")
def the_root_is_writable_by_default(c):
    expect(c.run(f"{MOUNT}; touch /data/x; echo $?; ls /data"), "rw\n0\nx", "mount, touch")
    expect_true(os.path.exists(f"{c.root}/data/x"), "the file is not in the root")


@case("config.root.path")
def nothing_outside_of_the_root_is_seen(c):
    c.host_file("outside")
    expect(c.run("ls /.. | sort | tr '\\n' ' '; [ -e /../outside ] || echo no"),
           "bin data dev etc proc root sys tmp no", "the root")
