"""config.md: capabilities, no new privileges, oom score, AppArmor and SELinux."""

import os

from case import case, expect, skip_unless

CAPABILITIES = "sed -n 's/^\\(Cap...\\|NoNewPrivs\\):\\s*/\\1=/p' /proc/self/status"
CHOWN, KILL, NET_BIND, SYS_ADMIN = 1 << 0, 1 << 5, 1 << 10, 1 << 21


def masks(facts):
    return {name: int(value, 16) for name, value in facts.items() if name.startswith("Cap")}


@case("config.capabilities.sets")
def each_set_has_what_is_listed(c):
    c.process["user"] = {"uid": 0, "gid": 0}
    c.process["capabilities"] = {
        "bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
        "permitted": ["CAP_CHOWN", "CAP_KILL"],
        "inheritable": ["CAP_CHOWN"],
        "effective": ["CAP_CHOWN"],
        "ambient": ["CAP_CHOWN"],
    }
    # A user who is not root: exec gives no more than the ambient set.
    c.process["user"] = {"uid": 1000, "gid": 1000}
    found = masks(c.facts(CAPABILITIES))
    expect(found, {"CapInh": CHOWN, "CapPrm": CHOWN, "CapEff": CHOWN, "CapBnd": CHOWN | KILL | NET_BIND, "CapAmb": CHOWN},
           "capabilities")


@case("config.capabilities.sets")
def root_has_no_more_than_the_bounding_set(c):
    c.process["capabilities"] = {name: ["CAP_CHOWN", "CAP_KILL"] for name in ("bounding", "effective", "permitted")}
    found = masks(c.facts(CAPABILITIES))
    expect((found["CapEff"], found["CapBnd"], found["CapAmb"]), (CHOWN | KILL, CHOWN | KILL, 0), "capabilities")


@case("config.capabilities.sets")
def no_capabilities_where_none_are_listed(c):
    c.process["capabilities"] = {}
    found = masks(c.facts(CAPABILITIES))
    expect(found["CapEff"] | found["CapBnd"], 0, "capabilities")


@case("config.capabilities.unknown")
def an_unknown_capability_is_a_warning(c):
    for names in c.process["capabilities"].values():
        names.append("CAP_NO_SUCH")
    found = masks(c.facts(CAPABILITIES))
    expect(found["CapEff"], CHOWN | KILL | NET_BIND, "the capabilities that are known")


@case("config.capabilities.unknown")
def a_capability_that_cannot_be_granted_does_not_end_it(c):
    with open("/proc/self/status", encoding="utf-8") as file:
        bounding = next(int(line.split()[1], 16) for line in file if line.startswith("CapBnd"))
    missing = 1 << 24  # CAP_SYS_RESOURCE
    skip_unless(not bounding & missing, "this machine grants every capability")
    for names in c.process["capabilities"].values():
        names.append("CAP_SYS_RESOURCE")
    found = masks(c.facts(CAPABILITIES))
    expect(found["CapEff"], CHOWN | KILL | NET_BIND, "the capabilities that can be granted")


@case("config.noNewPrivileges")
def no_new_privileges_where_asked_for(c):
    other = c.another()
    c.process["noNewPrivileges"] = True
    other.process["noNewPrivileges"] = False
    expect(c.facts(CAPABILITIES)["NoNewPrivs"], "1", "NoNewPrivs")
    expect(other.facts(CAPABILITIES)["NoNewPrivs"], "0", "NoNewPrivs where it is false")


@case("config.oomScoreAdj.set")
def the_oom_score_is_set(c):
    c.process["oomScoreAdj"] = 321
    expect(c.run("cat /proc/self/oom_score_adj"), "321", "oom_score_adj")


@case("config.oomScoreAdj.unset")
def the_oom_score_is_not_changed_where_it_is_not_set(c):
    with open("/proc/self/oom_score_adj", encoding="utf-8") as file:
        ours = file.read().strip()
    expect(c.run("cat /proc/self/oom_score_adj"), ours, "oom_score_adj")


@case("config.valid-values")
def an_oom_score_out_of_range_is_an_error(c):
    c.process["oomScoreAdj"] = 1001
    c.refused_at_start("oomScoreAdj 1001")


@case("config.apparmorProfile", "runtime.create.cannot-apply")
def an_apparmor_profile_that_cannot_be_applied_is_an_error(c):
    c.process["apparmorProfile"] = "no-such-profile"
    c.refused_at_start("an AppArmor profile that is not there, or on a kernel without AppArmor")


@case("config.apparmorProfile")
def an_apparmor_profile_is_applied(c):
    skip_unless(os.path.exists("/sys/kernel/security/apparmor/profiles"), "AppArmor is not active here")
    c.process["apparmorProfile"] = "unconfined"
    expect(c.run("cat /proc/self/attr/current").split()[0], "unconfined", "the profile")


@case("config.selinuxLabel", "runtime.create.cannot-apply")
def an_selinux_label_without_selinux_is_an_error(c):
    skip_unless(not os.path.isdir("/sys/fs/selinux"), "SELinux is active here")
    c.process["selinuxLabel"] = "system_u:system_r:svirt_lxc_net_t:s0:c124,c675"
    c.refused_at_start("an SELinux label on a kernel without SELinux")


@case("runtime-linux.descriptors")
def only_the_standard_streams_are_open(c):
    expect(c.run("echo $(ls /proc/self/fd)").split(), ["0", "1", "2", "3"], "descriptors (3 is that of ls)")
