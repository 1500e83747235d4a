"""config-linux.md: seccomp, but for notifications."""

from case import case, cases_of, expect, expect_true

MKDIR = ["mkdir", "mkdirat"]
KILLED = "Bad system call 159"
# What mkdir in a shell prints and returns under each action.
ACTIONS = {
    "SCMP_ACT_ALLOW": "made 0", "SCMP_ACT_LOG": "made 0", "SCMP_ACT_ERRNO": "Operation not permitted 1",
    "SCMP_ACT_TRACE": "Function not implemented 1", "SCMP_ACT_TRAP": KILLED, "SCMP_ACT_KILL": KILLED,
    "SCMP_ACT_KILL_THREAD": KILLED, "SCMP_ACT_KILL_PROCESS": KILLED,
}
TRY = "mkdir /tmp/x 2>/tmp/error; status=$?; echo $(sed 's/.*: //' /tmp/error) $([ -d /tmp/x ] && echo made) $status"


def filtered(c, *rules, **more):
    c.process["noNewPrivileges"] = True
    c.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": list(rules), **more}


@cases_of(ACTIONS, "config-linux.seccomp.action.{}")
def action(c, value):
    filtered(c, {"names": MKDIR, "action": value})
    expect(c.run(TRY), ACTIONS[value], f"mkdir under {value}")


@case("config-linux.seccomp.errnoRet")
def the_error_number_is_the_one_that_is_listed(c):
    filtered(c, {"names": MKDIR, "action": "SCMP_ACT_ERRNO", "errnoRet": 28})
    expect(c.run(TRY), "No space left on device 1", "mkdir")


@case("config-linux.seccomp.errnoRet-default")
def the_error_number_is_eperm_by_default(c):
    filtered(c, {"names": MKDIR, "action": "SCMP_ACT_ERRNO"})
    expect(c.run(TRY), "Operation not permitted 1", "mkdir")


@case("config-linux.seccomp.errnoRet-unsupported")
def an_error_number_for_an_action_without_one_is_an_error(c):
    for name in ("SCMP_ACT_ALLOW", "SCMP_ACT_KILL", "SCMP_ACT_LOG", "SCMP_ACT_TRAP"):
        other = c.another()
        filtered(other, {"names": MKDIR, "action": name, "errnoRet": 5})
        other.refused(f"errnoRet with {name}")


@case("config-linux.seccomp.defaultErrnoRet-unsupported")
def a_default_error_number_for_an_action_without_one_is_an_error(c):
    filtered(c, {"names": MKDIR, "action": "SCMP_ACT_ERRNO"}, defaultErrnoRet=5)
    c.refused("defaultErrnoRet with SCMP_ACT_ALLOW")


# What a shell of busybox and the runtimes before it need.
NEEDED = """
access arch_prctl brk capget capset chdir clone clone3 close close_range dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait
epoll_wait eventfd2 execve execveat exit exit_group faccessat faccessat2 fchdir fcntl fstat fstatfs futex getcwd getdents
getdents64 getegid geteuid getgid getpgrp getpid getppid getrandom getrlimit getsockopt gettid gettimeofday getuid ioctl
kill lseek lstat madvise mmap mprotect mremap munmap nanosleep newfstatat open openat openat2 pipe pipe2 poll ppoll prctl
pread64 prlimit64 read readlink readlinkat readv recvfrom recvmsg rseq rt_sigaction rt_sigprocmask rt_sigreturn
rt_sigtimedwait sched_getaffinity sched_yield seccomp select sendmsg sendto set_robust_list set_tid_address setgid
setgroups setpgid setresgid setresuid setsid setuid sigaltstack socket stat statfs statx sysinfo tgkill time times umask
uname unlink unlinkat utimensat vfork wait4 waitid write writev
""".split()


@case("config-linux.seccomp.defaultAction", "config-linux.seccomp.defaultErrnoRet")
def the_default_action_is_for_all_else(c):
    for number, message in ((None, "Operation not permitted 1"), (28, "No space left on device 1")):
        other = c.another()
        filtered(other, {"names": NEEDED, "action": "SCMP_ACT_ALLOW"}, defaultAction="SCMP_ACT_ERRNO",
                 **({"defaultErrnoRet": number} if number else {}))
        expect(other.run(TRY), message, "mkdir")


# The modes of chmod that the operator matches with 0700 (448), of 0600, 0700 and 0755.
OPERATORS = {
    "SCMP_CMP_NE": (448, 0, "600 755"), "SCMP_CMP_LT": (448, 0, "600"), "SCMP_CMP_LE": (448, 0, "600 700"),
    "SCMP_CMP_EQ": (448, 0, "700"), "SCMP_CMP_GE": (448, 0, "700 755"), "SCMP_CMP_GT": (448, 0, "755"),
    "SCMP_CMP_MASKED_EQ": (0o055, 0o055, "755"),
}


@cases_of(OPERATORS, "config-linux.seccomp.op.{}")
def operator(c, value):
    first, second, matched = OPERATORS[value]
    filtered(c, *(
        {"names": [name], "action": "SCMP_ACT_ERRNO", "args": [
            {"index": index, "value": first, "valueTwo": second, "op": value}]}
        for name, index in (("chmod", 1), ("fchmodat", 2))))
    found = c.run("for mode in 600 700 755; do chmod $mode /data 2>/dev/null || printf '%s ' $mode; done")
    expect(found, matched, "modes that match")


@case("config-linux.seccomp.args")
def all_arguments_of_a_rule_have_to_match(c):
    filtered(c, {"names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [
        {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 0, "op": "SCMP_CMP_EQ"}]})
    expect(c.run("sleep 9 & kill -0 1 2>/dev/null; echo $?; kill -CONT 1; echo $?; kill -0 $!; echo $?; kill $!"), "1\n0\n0",
           "kill with both, with one, with the other")


@case("config-linux.seccomp.syscalls")
def several_rules_and_names(c):
    filtered(c, {"names": [*MKDIR, "symlink", "symlinkat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
             {"names": ["link", "linkat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5})
    found = c.run("for program in 'mkdir /tmp/a' 'ln -s x /tmp/b' 'ln /etc/passwd /tmp/c'; do $program 2>&1 | sed 's/.*: //'; done")
    expect(found, "No space left on device\nNo space left on device\nInput/output error", "errors")


@case("config-linux.seccomp.syscalls")
def names_that_the_machine_does_not_know_are_left_out(c):
    filtered(c, {"names": ["no_such_call", "pciconfig_iobase", *MKDIR], "action": "SCMP_ACT_ERRNO"})
    expect(c.run(TRY), "Operation not permitted 1", "mkdir")


@case("config-linux.seccomp.architectures")
def architectures_are_those_that_are_listed(c):
    filtered(c, {"names": MKDIR, "action": "SCMP_ACT_ERRNO"},
             architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
    expect(c.run(TRY), "Operation not permitted 1", "mkdir")


@cases_of(("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
          "config-linux.seccomp.flag.{}")
def flag(c, value):
    filtered(c, {"names": MKDIR, "action": "SCMP_ACT_ERRNO"}, flags=[value])
    expect(c.run(TRY + "; sed -n 's/^Seccomp:.//p' /proc/self/status"), "Operation not permitted 1\n2", f"mkdir with {value}")


INVALID = {
    "no-default-action": {"defaultAction": None},
    "unknown-default-action": {"defaultAction": "SCMP_ACT_NOSUCH"},
    "unknown-architecture": {"architectures": ["SCMP_ARCH_NOSUCH"]},
    "unknown-flag": {"flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]},
    "unknown-action": {"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOSUCH"}]},
    "unknown-operator": {"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [
        {"index": 0, "value": 1, "op": "SCMP_CMP_NOSUCH"}]}]},
    "unknown-argument": {"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [
        {"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]},
    "no-operator": {"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1}]}]},
    "no-names": {"syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]},
    "no-action": {"syscalls": [{"names": ["mkdir"]}]},
    "metadata-without-listener": {"listenerMetadata": "x"},
}


@cases_of(INVALID, "config-linux.seccomp.invalid.{}")
def invalid(c, value):
    filtered(c, **INVALID[value])
    if value == "no-default-action":
        del c.linux["seccomp"]["defaultAction"]
    c.refused(value)


@case("config-linux.seccomp.filter")
def without_seccomp_there_is_no_filter(c):
    expect(c.run("sed -n 's/^Seccomp:.//p' /proc/self/status"), "0", "Seccomp of /proc/self/status")


@case("config-linux.seccomp.filter")
def the_filter_holds_for_a_user_with_new_privileges(c):
    filtered(c, {"names": MKDIR, "action": "SCMP_ACT_ERRNO"})
    c.process["noNewPrivileges"] = False
    c.process["user"] = {"uid": 1000, "gid": 1000}
    found = c.run(TRY)
    expect_true(found == "Operation not permitted 1", f"mkdir: {found}")
