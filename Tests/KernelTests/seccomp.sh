#!/usr/bin/env bash
# System call filters under the conformance policy: actions, architectures, flags, error numbers, and a program of the
# node that answers for a container's calls (SCMP_ACT_NOTIFY).
# The same on any kernel: not repeated in the VM, where conformance.sh tries the same fields.
# shellcheck disable=SC2016,SC2154,SC2317 # the scripts of the container are its own; names come from what is sourced
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
# shellcheck source=admitted.sh
source "$(dirname "${BASH_SOURCE[0]}")/admitted.sh"
admit
base='.process.noNewPrivileges = true | del(.process.capabilities) | .annotations = {"org.example.key": "value"}'

# profile [RULES [MEMBERS]]: a jq filter with a profile that allows all but the rules.
profile() { echo ".linux.seccomp = ({defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [${1:-}]} + {${2:-}})"; }

for nnp in true false; do
  also=" | .process.noNewPrivileges = $nnp | .process.capabilities = (\"CAP_SYS_ADMIN\" | [.] | {bounding: ., effective: ., permitted: .})"
  inside "an error (noNewPrivileges $nnp)" "mkdir: can't create directory '/x': Operation not permitted" 'mkdir /x' \
    "$(profile '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}')$also"
  inside "a signal (noNewPrivileges $nnp)" '159 159 159' \
    'exec 2>/dev/null; mkdir /x; a=$?; hostname x; b=$?; sync; echo $a $b $?' \
    "$(profile '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}, {names: ["sethostname"], action: "SCMP_ACT_TRAP"}, {names: ["sync"], action: "SCMP_ACT_KILL"}')$also"
  inside "the filter is at work (noNewPrivileges $nnp)" 'Seccomp:	2' 'grep "^Seccomp:" /proc/self/status' "$(profile)$also"
done
inside 'an error number of its own' "mkdir: can't create directory '/x': No space left on device" 'mkdir /x' \
  "$(profile '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}')"
inside 'no error at all' 0 'mkdir /x; echo $?' "$(profile '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 0}')"
inside 'the default error number' "hostname: sethostname: Value too large for defined data type" 'hostname x' \
  '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 75, syscalls: [{names: ["read", "write", "close", "execve",
    "brk", "mmap", "munmap", "mprotect", "arch_prctl", "exit_group", "fork", "vfork", "clone", "clone3", "wait4", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "stat", "newfstatat", "open", "openat", "openat2", "getuid", "geteuid", "getgid", "getegid", "getpid", "getppid", "getcwd", "prctl", "set_tid_address",
    "set_robust_list", "rseq", "prlimit64", "readlink", "getrandom", "uname", "ioctl", "fcntl", "dup2", "lseek", "recvmsg", "recvfrom",
    "sendmsg", "sendto", "accept4", "getsockopt", "poll", "sched_getaffinity"], action: "SCMP_ACT_ALLOW"}]}'
inside 'a logged call goes on' made 'mkdir /y && echo made; rmdir /y' "$(profile '{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_LOG"}')"
# kill(2): the signal is the argument 1.
for condition in '{value: 18, op: "SCMP_CMP_EQ"}:1 0 0' '{value: 18, op: "SCMP_CMP_NE"}:0 1 1' '{value: 18, op: "SCMP_CMP_GE"}:1 1 0' \
  '{value: 18, op: "SCMP_CMP_GT"}:0 1 0' '{value: 18, op: "SCMP_CMP_LE"}:1 0 1' '{value: 18, op: "SCMP_CMP_LT"}:0 0 1' \
  '{value: 2, valueTwo: 2, op: "SCMP_CMP_MASKED_EQ"}:1 1 0'; do
  inside "the condition ${condition%:*}" "${condition##*:}" \
    'trap "" 23; exec 2>/dev/null; kill -18 $$; a=$?; kill -23 $$; b=$?; kill -0 $$; echo $a $b $?' \
    "$(profile "{names: [\"kill\"], action: \"SCMP_ACT_ERRNO\", args: [${condition%:*} + {index: 1}]}")"
done
inside 'a call that is no call of this machine' ok 'echo ok' "$(profile '{names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}')"
for flag in TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
  inside "the flag $flag" ok 'echo ok' "$(profile '' "flags: [\"SECCOMP_FILTER_FLAG_$flag\"]")"
done
# Each architecture that features names is taken.
for arch in $(ward features | jq -r '.linux.seccomp.archs[]'); do
  output=$(bundle "arch-$$" "$(profile '{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}' "architectures: [\"$arch\"]")" echo ok
    ward run --bundle "$work/arch-$$" "arch-$$" </dev/null 2>&1)
  case $arch in
    # libseccomp mixes no byte orders in one filter.
    *_MIPS | *_MIPS64 | *_MIPS64N32 | *_PPC | *_PPC64 | *_S390 | *_S390X | *_PARISC | *_PARISC64 | *_M68K | *_SHEB)
      same "$arch is told apart by its byte order" yes "$([[ $output == *"libseccomp refuses $arch"* ]] && echo yes)" ;;
    *) same "$arch" ok "$output" ;;
  esac
done

fails 'an error number for an action without one' '/linux/seccomp/syscalls/0/errnoRet: expected none with SCMP_ACT_ALLOW' \
  "$(profile '{names: ["mkdir"], action: "SCMP_ACT_ALLOW", errnoRet: 1}')"
fails 'an error number that the kernel would cut' 'expected a number up to 4095' \
  "$(profile '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 4096}')"
fails 'a seventh argument' 'libseccomp refuses the rule for mkdir' \
  "$(profile '{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 0, op: "SCMP_CMP_EQ"}]}')"

# A program that answers: mkdir of /answered succeeds without being made, of /refused fails with ENOSPC, all else goes on.
cat >"$work/agent.py" <<'TEXT'
import array, fcntl, json, os, socket, struct, sys
path, out = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
open(out + ".ready", "w").close()
number = 0
while True:
    connection, _ = listener.accept()
    data, control, _, _ = connection.recvmsg(65536, 256)
    while part := connection.recv(65536): data += part
    connection.close()
    files = array.array("i")
    for level, kind, value in control: files.frombytes(value)
    state = json.loads(data)
    state["received"] = len(files)
    number += 1
    with open(f"{out}.{number}.part", "w") as file: json.dump(state, file)
    os.rename(f"{out}.{number}.part", f"{out}.{number}")
    if os.fork(): os.close(files[0]); continue
    while True:
        request = bytearray(80)
        try: fcntl.ioctl(files[0], 0xc0502100, request)
        except OSError: os._exit(0)
        id, pid, _, call = struct.unpack_from("=QIIi", request)
        name = struct.unpack_from("=Q", request, 32 if call == 83 else 40)[0]
        try:
            with open(f"/proc/{pid}/mem", "rb", 0) as memory: memory.seek(name); text = memory.read(16).split(b"\0")[0]
        except OSError: text = b""
        value, error, flags = 0, 0, 1
        if text == b"/answered": flags = 0
        if text == b"/refused": error, flags = -28, 0
        try: fcntl.ioctl(files[0], 0xc0182101, struct.pack("=QqiI", id, value, error, flags))
        except OSError: pass
TEXT
python3 "$work/agent.py" "$work/agent.sock" "$work/told" &
agent=$!
for _ in {1..50}; do [[ -e $work/told.ready ]] || sleep 0.1; done
asking() { profile "{names: [${2:-\"mkdir\", \"mkdirat\"}], action: \"SCMP_ACT_NOTIFY\"}" "listenerPath: \"$work/agent.sock\", listenerMetadata: \"some data\"${1:-}"; }
told=0
for also in '' ' | .process.noNewPrivileges = false'; do
  for flag in '' ', flags: ["SECCOMP_FILTER_FLAG_TSYNC"]' ', flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_LOG"]'; do
    inside "the agent answers (${flag:-no flag}${also:+, privileges})" "0 no /refused: No space left on device" \
      'mkdir /answered; a=$?; [ -e /answered ] && b=yes || b=no; echo $a $b $(mkdir /refused 2>&1 | sed "s/.*directory .\(.*\).:/\1:/")' \
      "$(asking "$flag")$also"
    same 'it was told once' "$((told += 1))" "$(find "$work" -name 'told.[0-9]*' | wc -l)"
  done
done
inside 'what it does not answer goes on' yes 'mkdir /z; [ -e /z ] && echo yes; rmdir /z' "$(asking)"
told=$((told + 1))
same 'what it is told' "1.3.0 seccompFd 1 some data creating c$$-$number value true" \
  "$(jq -r '[.ociVersion, .fds[0], .received, .metadata, .state.status, .state.id, .state.annotations["org.example.key"], (.pid == .state.pid and .pid > 1)] | map(tostring) | join(" ")' "$work/told.$told")"
inside 'calls of the set-up itself may ask' ok 'echo ok' \
  "$(asking '' '"setresuid", "setresgid", "setgroups", "capset", "execve", "execveat", "close_range", "accept4", "rt_sigaction"') | .process.noNewPrivileges = false"
same 'the agent was told' "$((told += 1))" "$(find "$work" -name 'told.[0-9]*' | wc -l)"

bundle "live-$$" "$(asking)" sleep 100
check 'create with a listener' create "live-$$"
check 'start with a listener' ward start "live-$$"
told=$((told + 1))
same 'a process that enters gets the filter and the agent' 'mkdir: can'"'"'t create directory '"'/refused'"': No space left on device' \
  "$(ward exec "live-$$" mkdir /refused </dev/null 2>&1)"
told=$((told + 1))
pid=$(<"$work/live-$$/pid")
same 'the agent is told of that process' "running $pid true" \
  "$(jq -r --argjson pid "$pid" '"\(.state.status) \(.state.pid) \(.pid != $pid)"' "$work/told.$told")"
ward delete --force "live-$$"
kill "$agent"

fails 'nobody to ask' 'expected a socket that SCMP_ACT_NOTIFY asks' "$(profile '{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}')"
fails 'nobody listens' "seccomp listener \"$work/none.sock\"" \
  "$(profile '{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}' "listenerPath: \"$work/none.sock\"")"
fails 'metadata for nobody' '/linux/seccomp/listenerMetadata' "$(profile '' 'listenerMetadata: "x"')"
fails 'every call asks' '/linux/seccomp/defaultAction' ".linux.seccomp = {defaultAction: \"SCMP_ACT_NOTIFY\", listenerPath: \"$work/x\"}"
fails 'write asks' 'no SCMP_ACT_NOTIFY for write' "$(asking '' '"write"')"
inside 'a listener that nobody needs is ignored' ok 'echo ok' "$(profile '' 'listenerPath: "/nosuch"')"
finish
