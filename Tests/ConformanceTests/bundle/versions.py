"""config.md: the version, unknown members, unknown values, annotations."""

from case import case, expect


@case("config.ociVersion.accepted")
def each_version_1_is_accepted(c):
    for version in ("1.0.0", "1.0.2", "1.1.0", "1.2.1", "1.3.0", "1.0.2-dev"):
        other = c.another()
        other.config["ociVersion"] = version
        expect(other.run("echo done"), "done", f"ociVersion {version}")


@case("config.ociVersion.required", "config.ociVersion.semver")
def a_version_that_is_none_is_an_error(c):
    for version in (None, "", "one", "1", "1.0", "01.0.0"):
        other = c.another()
        other.config["ociVersion"] = version
        if version is None:
            del other.config["ociVersion"]
        other.refused(f"ociVersion {version!r}")


@case("config.ociVersion.major")
def another_major_version_is_an_error(c):
    c.config["ociVersion"] = "2.0.0"
    c.refused("ociVersion 2.0.0")


@case("config.extensibility")
def unknown_members_are_ignored(c):
    c.config["org.example.unknown"] = {"some": "thing"}
    c.process["unknown"] = True
    c.linux["unknown"] = [1]
    expect(c.run("echo done"), "done", "what it printed")


@case("config.annotations.unknown", "config.annotations.values")
def unknown_and_empty_annotations_are_ignored(c):
    c.config["annotations"] = {"org.example.unknown": "x", "org.example.empty": "", "plain": "y"}
    expect(c.run("echo done"), "done", "what it printed")


@case("config.annotations.strings", "config.annotations.map")
def an_annotation_that_is_no_string_is_an_error(c):
    for value in ({"org.example.key": 1}, {"org.example.key": None}, ["org.example.key"], "org.example.key"):
        other = c.another()
        other.config["annotations"] = value
        other.refused(f"annotations {value!r}")


@case("config.annotations.empty-key")
def an_annotation_without_a_key_is_an_error(c):
    c.config["annotations"] = {"": "x"}
    c.refused("an annotation without a key")


@case("config.valid-values")
def a_value_of_another_type_is_an_error(c):
    for change in ({"hostname": 1}, {"root": "rootfs"}, {"mounts": {}}, {"process": []}, {"linux": 1}):
        other = c.another()
        other.config.update(change)
        other.refused(f"{change!r}")


@case("config.hostname")
def the_host_name_is_set(c):
    c.config["hostname"] = "mrs-dalloway"
    expect(c.run("hostname"), "mrs-dalloway", "hostname")


@case("config.domainname")
def the_domain_name_is_set(c):
    c.config["domainname"] = "example.test"
    expect(c.run("cat /proc/sys/kernel/domainname"), "example.test", "domain name")


@case("config.hostname", "config.domainname", "runtime.create.cannot-apply")
def names_without_a_uts_namespace_are_an_error_or_not_the_hosts(c):
    ours = open("/proc/sys/kernel/hostname", encoding="utf-8").read()
    c.without_namespace("uts")
    result = c.try_create()
    theirs = open("/proc/sys/kernel/hostname", encoding="utf-8").read()
    expect(theirs, ours, f"the host name of this machine after create (status {result.status})")
