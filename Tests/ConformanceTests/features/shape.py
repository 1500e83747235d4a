"""features.md, features-linux.md: the form of the features document."""

import json

from case import case, expect, expect_true

# The members that the specification defines: their types, by the place in the document.
STRINGS, BOOL, STRING = "strings", "bool", "string"
MEMBERS = {
    "ociVersionMin": STRING, "ociVersionMax": STRING, "hooks": STRINGS, "mountOptions": STRINGS,
    "linux": {
        "namespaces": STRINGS, "capabilities": STRINGS,
        "cgroup": {"v1": BOOL, "v2": BOOL, "systemd": BOOL, "systemdUser": BOOL, "rdma": BOOL},
        "seccomp": {"enabled": BOOL, "actions": STRINGS, "operators": STRINGS, "archs": STRINGS, "knownFlags": STRINGS,
                    "supportedFlags": STRINGS},
        "apparmor": {"enabled": BOOL}, "selinux": {"enabled": BOOL},
        "intelRdt": {"enabled": BOOL, "schemata": BOOL, "monitoring": BOOL},
        "memoryPolicy": {"modes": STRINGS, "flags": STRINGS},
        "mountExtensions": {"idmap": {"enabled": BOOL}}, "netDevices": {"enabled": BOOL},
    },
    "annotations": "map", "potentiallyUnsafeConfigAnnotations": STRINGS,
}
FITS = {
    STRING: lambda value: isinstance(value, str), BOOL: lambda value: isinstance(value, bool),
    STRINGS: lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
    "map": lambda value: isinstance(value, dict) and all(key and isinstance(entry, str) for key, entry in value.items()),
}


def features(c):
    result = c.runtime("features")
    c.done("features", result)
    return json.loads(result.output)


def version(text):
    return [int(part) for part in text.split("-")[0].split("+")[0].split(".")]


def misfits(document, members, place=""):
    for name, value in document.items():
        here = f"{place}/{name}"
        if name not in members:
            yield f"{here} is not defined"
        elif value is None:
            continue
        elif isinstance(members[name], dict):
            yield from misfits(value, members[name], here)
        elif not FITS[members[name]](value):
            yield f"{here} is {value!r}"


@case("features.document", "features.annotations")
def the_document_has_defined_members_of_their_types(c):
    expect(list(misfits(features(c), MEMBERS)), [], "members that are not as defined")


@case("features.ociVersion", "features.ociVersion.order")
def the_versions_are_there_and_accepted(c):
    document = features(c)
    low, high = document["ociVersionMin"], document["ociVersionMax"]
    expect_true(version(low) <= version(high), f"{low} is above {high}")
    for text in (low, high):
        other = c.another()
        other.config["ociVersion"] = text
        expect(other.run("echo done"), "done", f"ociVersion {text}")


@case("features.mountOptions.complete")
def every_mount_option_that_is_required_is_listed(c):
    required = """async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec
    noiversion nolazytime norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared rslave
    runbindable rw shared silent slave strictatime suid sync unbindable""".split()
    listed = features(c).get("mountOptions")
    if listed is not None:
        expect([name for name in required if name not in listed], [], "required options that are not listed")
