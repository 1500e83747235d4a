"""config.md: user and groups of the process."""

from case import case, expect

STATUS = "sed -n 's/^\\(Uid\\|Gid\\|Groups\\):\\s*/\\1=/p' /proc/self/status"


@case("config.user.uid", "config.user.gid", "config.user.additionalGids")
def user_and_groups_are_those_of_the_configuration(c):
    c.process["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 70000]}
    facts = c.facts(STATUS)
    expect(facts["Uid"].split(), ["1000"] * 4, "user ids")
    expect(facts["Gid"].split(), ["1001"] * 4, "group ids")
    expect(sorted(map(int, facts["Groups"].split())), [5, 70000], "further groups")


@case("config.user.additionalGids")
def further_groups_are_none_by_default(c):
    c.process["user"] = {"uid": 7, "gid": 8}
    expect(c.facts(STATUS)["Groups"].split(), [], "further groups")


@case("config.user.umask")
def umask_is_set(c):
    c.process["user"]["umask"] = 0o077
    expect(c.run("umask; touch /data/x; stat -c %a /data/x"), "0077\n600", "umask and mode of a new file")


@case("config.user.required", "config.valid-values")
def a_user_that_is_no_id_is_an_error(c):
    for value in (-1, 2**32, "root"):
        other = c.another()
        other.process["user"]["uid"] = value
        other.refused(f"the user id {value!r}")


@case("config.user.required")
def numbers_at_the_end_of_the_range(c):
    c.process["user"] = {"uid": 4294967294, "gid": 4294967294}
    expect(c.facts(STATUS)["Uid"].split()[0], "4294967294", "user id")
