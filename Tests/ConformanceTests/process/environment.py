"""config.md: arguments, environment and working directory of the process."""

from case import case, expect


@case("config.process.args", "config.process.env")
def arguments_and_environment_reach_the_program_as_they_are(c):
    c.process["args"] = ["sh", "-c", 'for word; do echo "<$word>"; done; env | grep ^X | sort', "zero", "", "a b", "*", "ä"]
    c.process["env"] = ["PATH=/bin", "XA=1", "XB=", "XC=a=b c"]
    expect(c.run(), "<>\n<a b>\n<*>\n<ä>\nXA=1\nXB=\nXC=a=b c", "what it printed")


@case("config.process.args")
def the_first_argument_is_looked_for_in_the_path(c):
    c.process["env"] = ["PATH=/none:/data:/bin"]
    with open(f"{c.root}/data/tool", "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho tool of /data\n")
        file.flush()
    c.chmod("data/tool", 0o755)
    c.process["args"] = ["tool"]
    expect(c.run(), "tool of /data", "what it printed")


@case("config.process.args-required")
def a_process_without_arguments_is_an_error(c):
    c.process["args"] = []
    c.refused_at_start("no arguments")
    other = c.another()
    del other.process["args"]
    other.refused_at_start("absent arguments")


@case("config.process.args")
def a_program_that_is_not_there_is_an_error(c):
    c.process["args"] = ["no-such-program"]
    c.refused_at_start("a program that is not there")


@case("config.process.cwd")
def the_working_directory_is_set(c):
    c.process["cwd"] = "/data"
    expect(c.run("pwd"), "/data", "pwd")


@case("config.process.cwd-absolute", "config.valid-values")
def a_relative_working_directory_is_an_error(c):
    c.process["cwd"] = "data"
    c.refused_at_start("a relative working directory")


@case("config.process.cwd", "config.valid-values")
def an_absent_working_directory_is_an_error(c):
    del c.process["cwd"]
    c.refused_at_start("no working directory")


@case("config.process.env")
def an_environment_is_not_needed(c):
    del c.process["env"]
    c.process["args"] = ["/bin/sh", "-c", "echo ${XA-unset}"]
    expect(c.run(), "unset", "a variable")
