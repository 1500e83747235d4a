"""What callers of an OCI runtime read, observed of ward and of runc side by side; called by contract.sh.

usage: contract.py FOLDER NAME=PROGRAM...

Each case is one observation. It is ok where ward's equals that of one of the others, or where DIFFERENCES says why not.
"""

import array
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

# Case: what ward does (a part of what it says), and the reason. A case that is here and does not differ (any more) fails.
DIFFERENCES = {
    "notify-never": ([0, ""], "runc waits for as long as the program that has ended is a zombie"),
    "notify-never-is-no-failure": (0, "see above"),
    "create-with-id-6-message": ("invalid container ID format", "the others fail only when they make a directory of that name"),
    "exec-in-no-directory-message": ("/bin/sh: not a directory", "names the call that failed; callers match the last part"),
    "create-no-arguments-message": ("permission denied by policy", "a denial, on record, with its code"),
    "create-relative-directory-message": ("permission denied by policy", "a denial, on record, with its code"),
    "create-missing-source-message": ("no such file or directory", "names the call that failed; callers match the last part"),
    "exec-socket-of-none-message": ("no such file or directory", "names the call that failed; callers match the last part"),
    "version-2": (1, "nobody knows what a second version of the specification will say"),
}


class Runtime:
    """A runtime with a root directory of its own, and what was observed of it."""

    def __init__(self, name, program, folder):
        self.name, self.program = name, program
        self.folder = os.path.join(folder, "contract-" + name)
        self.root = os.path.join(self.folder, "root")
        self.log = os.path.join(self.folder, "log.json")
        self.ids = f"{name}-{os.getpid()}"
        self.seen = {}
        os.makedirs(self.folder)
        self.bundle = make_bundle(os.path.join(self.folder, "bundle"))

    def command(self, *arguments, **options):
        """Runs a command as go-runc does; tells its status, streams and log records."""
        if os.path.exists(self.log):
            os.remove(self.log)
        flags = ["--root", self.root, "--log", self.log, "--log-format", "json"]
        # Files, not pipes: a container that begins to live against expectation would keep those open.
        with open(f"{self.folder}/output", "w+b") as output, open(f"{self.folder}/errors", "w+b") as errors:
            result = subprocess.run(
                [self.program, *flags, *arguments],
                **{"stdin": subprocess.DEVNULL, "stdout": output, "stderr": errors, "timeout": 60, **options},
            )
        result.output, result.errors = read(output.name), read(errors.name)
        result.records = []
        if os.path.exists(self.log):
            with open(self.log) as file:
                result.records = [json.loads(line) for line in file]
        return result

    def quietly(self, *arguments, **options):
        """Runs a command whose container keeps the standard streams open."""
        errors = os.path.join(self.folder, "errors")
        with open(errors, "wb") as file:
            status = subprocess.run(
                [self.program, "--root", self.root, *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file, timeout=60, **options,
            ).returncode
        with open(errors) as file:
            return status, file.read()

    def see(self, case, value):
        """Records an observation, free of what is the runtime's own."""
        assert case not in self.seen, case
        self.seen[case] = self.common(value)

    def common(self, value):
        if isinstance(value, (list, tuple)):
            return [self.common(item) for item in value]
        if isinstance(value, str):
            kind = type(value)
            for own, common in [
                (self.bundle, "BUNDLE"), (self.root, "ROOT"), (self.folder, "FOLDER"), (self.ids, "ID"),
                (os.path.basename(self.program) + " ", "RUNTIME "),
            ]:
                value = value.replace(own, common)
            return kind(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "0000-00-00T00:00:00", value))
        return value

    def knows(self, verb):
        """Whether there is such a verb: one that ward does not have yet is skipped."""
        if subprocess.run([self.program, "help", verb], capture_output=True).returncode != 3:
            return True
        print(f"skip {verb}: ward does not know it")
        return False

    def fails(self, case, *arguments, **options):
        """Observes a failure: exit code, the message that callers match, and that the log tells it in one record."""
        result = self.command(*arguments, **options)
        records = result.records
        message = records[-1]["msg"] if records else "no record"
        self.see(f"{case}-status", result.returncode)
        self.see(f"{case}-message", Message(message))
        self.see(f"{case}-output", result.output)
        self.see(f"{case}-log", [sorted(record) + [record["level"], time_form(record["time"])] for record in records])
        self.see(f"{case}-is-told-on-stderr", message in result.errors)

    def succeeds(self, case, *arguments, **options):
        """Observes a success: neither errors nor a log."""
        result = self.command(*arguments, **options)
        self.see(f"{case}-status", result.returncode)
        self.see(f"{case}-errors", result.errors)
        self.see(f"{case}-log", result.records)
        return result.output


class Message(str):
    """What is said of a failure. Callers look for a part of it: runc's own words have to stand in it."""

    # Where in runc's work the failure was: no caller asks.
    PREFIX = r"^(RUNTIME (create|run) failed: |exec failed: )?(unable to start container process: )?(error during container init: )?"

    def holds(self, other):
        return re.sub(self.PREFIX, "", other) in self


def time_form(text):
    return re.sub(r"\d", "0", text)


def make_bundle(path, **process):
    os.makedirs(f"{path}/rootfs/bin")
    os.makedirs(f"{path}/rootfs/proc")
    os.makedirs(f"{path}/rootfs/dev")
    shutil.copy(shutil.which("busybox"), f"{path}/rootfs/bin/busybox")
    for name in ["sh", "sleep", "true", "cat", "env", "ls", "kill", "tty", "stty", "test", "nc", "id"]:
        os.symlink("busybox", f"{path}/rootfs/bin/{name}")
    open(f"{path}/rootfs/bin/no-program", "w").close()
    configure(path, ["sleep", "1000"])
    return path


def configure(path, arguments, change=None, **process):
    """Writes config.json."""
    spec = {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0}, "args": arguments, "env": ["PATH=/bin", "A=1"], "cwd": "/", **process,
        },
        "root": {"path": "rootfs"},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666"]},
        ],
        "annotations": {"org.example.key": "value"},
        "linux": {"namespaces": [{"type": kind} for kind in ["pid", "mount", "ipc", "uts", "network"]]},
    }
    if change:
        change(spec)
    with open(f"{path}/config.json", "w") as file:
        json.dump(spec, file)


def wait_for(what, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.01)
    return False


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def shape(value):
    """The keys of JSON, and the kinds of what they hold."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    return type(value).__name__


def general(runtime):
    """What needs no container."""
    output = runtime.succeeds("version", "--version")
    runtime.see("version-lines", [re.sub(r"[ :].*", "", line) for line in output.splitlines()][1:3])
    runtime.see("version-first-line", bool(re.match(r"\w+ version \S+\n", output)))
    runtime.see("version-short", runtime.command("-v").output == output)
    runtime.succeeds("list-of-none", "list")
    runtime.succeeds("list-json-of-none", "list", "--format", "json")
    runtime.see("list-quiet-of-none", runtime.succeeds("list-quiet-none", "list", "-q"))
    runtime.fails("list-format", "list", "--format", "xml")
    for verb, *flags in [
        ["state"], ["start"], ["delete"], ["kill"], ["ps"], ["pause"], ["resume"], ["update", "--pids-limit", "10"],
        ["events", "--stats"],
    ]:
        if runtime.knows(verb):
            runtime.fails(f"{verb}-of-none", verb, *flags, "none")
    runtime.fails("exec-in-none", "exec", "none", "true")
    runtime.succeeds("delete-force-of-none", "delete", "--force", "none")
    runtime.see("unknown-command-status", runtime.command("frobnicate").returncode)
    runtime.see("unknown-flag-status", runtime.command("list", "--frob").returncode)
    runtime.fails("kill-of-none-with-unknown-signal", "kill", "none", "NONSENSE")
    for number, name in enumerate(["a/b", "..", ".", "a b", "\u00e4", "a@b", "x" * 1025]):
        runtime.fails(f"create-with-id-{number}", "create", "--bundle", runtime.bundle, name)
    runtime.fails("create-without-config", "create", "--bundle", runtime.folder, runtime.ids)
    runtime.see("log-format", subprocess.run([runtime.program, "--log-format", "xml", "list"], capture_output=True).returncode)
    # The text form, on standard error alone.
    result = subprocess.run([runtime.program, "--root", runtime.root, "state", "none"], capture_output=True, text=True)
    runtime.see("text-record", re.sub(r"\d", "0", result.stderr))
    features = json.loads(runtime.succeeds("features", "features")) if runtime.name != "runc" else {}
    for key in ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations"]:
        runtime.see(f"features-{key}", key in features)
    for key in ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "mountExtensions"]:
        runtime.see(f"features-linux-{key}", key in features.get("linux", {}))


def life(runtime):
    """A container from create to delete."""
    name, pid_file = runtime.ids + ".life", f"{runtime.folder}/pid"
    state = lambda: json.loads(runtime.command("state", name).output)
    create = ["create", "--bundle", runtime.bundle, "--pid-file", pid_file, "--no-new-keyring", name]
    runtime.see("create", runtime.quietly(*create))
    runtime.see("pid-file", read(pid_file) == str(state()["pid"]))
    runtime.see("created", state()["status"])
    runtime.fails("id-is-taken", "create", "--bundle", runtime.bundle, name)
    runtime.see("state-shape", shape(state()))
    runtime.see("state-order", [line.split('"')[1] for line in runtime.command("state", name).output.splitlines() if line.startswith('  "')])
    runtime.see("state-bundle", state()["bundle"])
    runtime.see("state-rootfs", state()["rootfs"])
    runtime.see("state-created", re.sub(r"\.\d+", ".N", re.sub(r"\d\d", "00", state()["created"]))[:22])
    runtime.see("state-owner", state()["owner"])
    runtime.see("state-annotations", state()["annotations"])
    runtime.succeeds("start", "start", name)
    runtime.see("running", state()["status"])
    runtime.fails("start-again", "start", name)
    runtime.fails("delete-running", "delete", name)

    pid = state()["pid"]
    runtime.see("list-columns", runtime.succeeds("list", "list").splitlines()[0].split())
    row = runtime.command("list").output.splitlines()[1]
    runtime.see("list-row", row.replace(str(pid), "PID").split()[:4])
    listed = json.loads(runtime.succeeds("list-json", "list", "--format=json"))
    runtime.see("list-json-shape", [shape(item) for item in listed])
    runtime.see("list-json-owner", listed[0]["owner"])
    runtime.see("list-quiet-row", runtime.succeeds("list-quiet", "list", "-q"))

    runtime.see("ps-json", runtime.succeeds("ps-json", "ps", "--format", "json", name).replace(str(pid), "PID"))
    runtime.see("ps-json-short", runtime.succeeds("ps-json-f", "ps", "-f", "json", name).replace(str(pid), "PID"))
    table = runtime.succeeds("ps", "ps", name).splitlines()
    runtime.see("ps-header", table[0].split())
    fields = table[1].split()
    runtime.see("ps-row", [len(table), fields[0], fields[1] == str(pid), fields[5], fields[7:]])
    table = runtime.succeeds("ps-with-options", "ps", name, "-o", "pid,user,comm,args").splitlines()
    runtime.see("ps-with-options-table", [line.replace(str(pid), "PID").split() for line in table])
    table = runtime.succeeds("ps-aux", "ps", "--format", "table", name, "aux").splitlines()
    runtime.see("ps-aux-header", table[0].split())
    runtime.fails("ps-format", "ps", "--format", "xml", name)

    for code in [0, 7, 255]:
        runtime.see(f"exec-status-{code}", runtime.command("exec", name, "sh", "-c", f"exit {code}").returncode)
    runtime.see("exec-signal", runtime.command("exec", name, "sh", "-c", "kill -KILL $$").returncode)
    runtime.see("exec-output", runtime.succeeds("exec", "exec", name, "sh", "-c", "echo out; exit 0"))
    exec_file = f"{runtime.folder}/exec"
    for case, command in [("without-slash", ["nothing"]), ("path", ["/nothing"]), ("no-program", ["/bin/no-program"]), ("directory", ["/bin"])]:
        runtime.fails(f"exec-of-{case}", "exec", "--pid-file", exec_file, name, *command)
        runtime.see(f"exec-of-{case}-pid-file", read(exec_file))
    runtime.fails("exec-without-command", "exec", name)
    runtime.fails("exec-in-no-directory", "exec", "--cwd", "/bin/sh", name, "true")
    flags = ["--cwd", "/proc", "--env=B=2", "--env", "C=3", "-u", "5:6", "-g", "7"]
    command = "echo $A $B $C $PWD; id -u; id -g; id -G"
    runtime.see("exec-flags", runtime.succeeds("exec-with-flags", "exec", *flags, name, "sh", "-c", command))
    runtime.see("exec-environment", sorted(runtime.command("exec", name, "env").output.split()))
    process = f"{runtime.folder}/process.json"
    with open(process, "w") as file:
        json.dump({"user": {"uid": 0, "gid": 0}, "args": ["sh", "-c", "echo $D"], "env": ["PATH=/bin", "D=4"], "cwd": "/"}, file)
    runtime.see("exec-process", runtime.succeeds("exec-process", "exec", "--process", process, name))
    runtime.see("exec-detached", runtime.quietly("exec", "-d", "--process", process, "--pid-file", exec_file, name))
    runtime.see("exec-pid-file", bool(re.fullmatch(r"\d+", read(exec_file) or "")))

    runtime.see("environment-of-callers", environment(runtime, name))
    runtime.see("signals", [runtime.command("kill", name, signal).returncode for signal in ["0", "CONT", "SIGCONT", "18", "sigcont"]])
    if runtime.knows("pause") and runtime.knows("resume"):
        runtime.succeeds("pause", "pause", name)
        runtime.see("paused", state()["status"])
        runtime.fails("exec-while-paused", "exec", name, "true")
        runtime.fails("pause-again", "pause", name)
        runtime.succeeds("resume", "resume", name)
        runtime.see("resumed", state()["status"])
        runtime.fails("resume-again", "resume", name)
    if runtime.knows("events"):
        stats = json.loads(runtime.succeeds("events", "events", "--stats", name))
        runtime.see("events-shape", {key: sorted(stats[key]) if key == "data" else type(stats[key]).__name__ for key in stats})
    if runtime.knows("update"):
        with open(f"{runtime.folder}/resources", "w") as file:
            json.dump({"memory": {"limit": 64 << 20}}, file)
        with open(f"{runtime.folder}/resources") as file:
            runtime.see("update-by-stdin", runtime.command("update", "--resources=-", name, stdin=file).returncode)
        runtime.succeeds("update-by-file", "update", "--resources", f"{runtime.folder}/resources", name)
        runtime.succeeds("update-by-flag", "update", "--pids-limit", "50", name)
    runtime.fails("kill-with-unknown-signal", "kill", name, "NONSENSE")
    runtime.succeeds("kill", "kill", name, "KILL")
    wait_for(lambda: state()["status"] == "stopped")
    runtime.see("stopped", state()["status"])
    runtime.see("stopped-shape", shape(state()))
    runtime.see("stopped-pid", state()["pid"])
    for verb, further in [("start", []), ("kill", ["TERM"]), ("exec", ["true"]), ("pause", []), ("resume", [])]:
        if runtime.knows(verb):
            runtime.fails(f"{verb}-stopped", verb, name, *further)
    runtime.see("kill-all-stopped", runtime.command("kill", "--all", name, "KILL").returncode)
    runtime.see("ps-stopped", runtime.command("ps", "--format", "json", name).returncode)
    runtime.succeeds("delete", "delete", name)
    runtime.fails("state-after-delete", "state", name)
    runtime.fails("delete-again", "delete", name)


def environment(runtime, name):
    """What a caller leaves in the runtime's environment never reaches a program."""
    variables = {"_OCI_SYNCPIPE": "3", "_OCI_STARTPIPE": "4", "_LIBCONTAINER_X": "5", "SECRET": "6"}
    output = runtime.command("exec", name, "env", env={**os.environ, **variables}).output
    return [variable for variable in variables if variable + "=" in output]


def failed_creates(runtime):
    """A create that fails leaves neither a state nor a pid file."""
    pid_file = f"{runtime.folder}/pid-of-none"
    for case, arguments, process in [
        ("program-without-slash", ["nothing"], {}), ("program-path", ["/nothing"], {}),
        ("no-program", ["/bin/no-program"], {}), ("no-arguments", [], {}),
        ("relative-directory", ["sleep", "9"], {"cwd": "x"}), ("terminal-without-socket", ["true"], {"terminal": True}),
    ]:
        configure(runtime.bundle, arguments, **process)
        name = f"{runtime.ids}.{case}"
        runtime.fails(f"create-{case}", "create", "--bundle", runtime.bundle, "--pid-file", pid_file, name)
        runtime.see(f"create-{case}-pid-file", read(pid_file))
        runtime.fails(f"create-{case}-state", "state", name)
    configure(runtime.bundle, ["true"], lambda spec: spec["mounts"].append(
        {"destination": "/x", "type": "bind", "source": "/no/such/file", "options": ["bind"]}))
    runtime.fails("create-missing-source", "create", "--bundle", runtime.bundle, runtime.ids)
    configure(runtime.bundle, ["true"], lambda spec: spec.update(ociVersion="1.9.0"))
    runtime.see("newer-version", runtime.quietly("run", "--bundle", runtime.bundle, runtime.ids))
    configure(runtime.bundle, ["true"], lambda spec: spec.update(ociVersion="2.0.0"))
    runtime.see("version-2", runtime.quietly("run", "--bundle", runtime.bundle, runtime.ids)[0])
    configure(runtime.bundle, ["sleep", "1000"])


def runs(runtime):
    """`run` in its forms."""
    name = runtime.ids + ".run"
    run = ["run", "--bundle", runtime.bundle]
    for case, script in [("0", "exit 0"), ("7", "exit 7"), ("signal", "kill -TERM $$; kill -KILL $$; exit 1")]:
        configure(runtime.bundle, ["sh", "-c", script])
        runtime.see(f"run-status-{case}", runtime.command(*run, name).returncode)
    runtime.fails("run-leaves-nothing", "state", name)
    configure(runtime.bundle, ["sh", "-c", "echo out; echo err >&2"])
    result = runtime.command(*run, "-no-subreaper", name)
    runtime.see("run-streams", (result.output, result.errors))
    configure(runtime.bundle, ["nothing"])
    runtime.fails("run-of-nothing", *run, name)
    configure(runtime.bundle, ["sleep", "1000"])
    for case, flags in [("d", ["-d"]), ("detach", ["--detach=true"])]:
        runtime.see(f"run-{case}", runtime.quietly(*run, *flags, name))
        runtime.see(f"run-{case}-status", json.loads(runtime.command("state", name).output)["status"])
        runtime.succeeds(f"delete-force-{case}", "delete", "-f", name)
    # A signal to the runtime reaches the program.
    configure(runtime.bundle, ["sh", "-c", "trap 'exit 9' TERM; touch /started; while :; do sleep 0.05; done"])
    started = f"{runtime.bundle}/rootfs/started"
    process = subprocess.Popen([runtime.program, "--root", runtime.root, *run, name], stdin=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(started))
    process.send_signal(signal.SIGTERM)
    runtime.see("run-passes-signals-on", process.wait(20))
    os.remove(started)
    # Descriptors: those that are preserved, and no others.
    configure(runtime.bundle, ["sh", "-c", "ls /proc/self/fd | grep -v '^[012]$' | tr '\\n' ' '; echo $LISTEN_FDS $LISTEN_PID"])
    ends = [os.open("/dev/null", os.O_RDONLY) for _ in range(6)]
    def leave():
        # Descriptors 3 to 8, without gaps.
        for number in range(3, 9):
            os.dup2(ends[0], 100 + number)
            os.dup2(100 + number, number)
            os.set_inheritable(number, True)
            os.close(100 + number)
    options = {"preexec_fn": leave, "close_fds": False}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LISTEN_")}
    for case, flags, variables in [
        ("none", [], {}), ("2", ["--preserve-fds", "2"], {}), ("listen", [], {"LISTEN_FDS": "2", "LISTEN_PID": "SELF"}),
        ("listen-and-1", ["--preserve-fds=1"], {"LISTEN_FDS": "2", "LISTEN_PID": "SELF"}),
        ("listen-of-another", [], {"LISTEN_FDS": "2", "LISTEN_PID": "1"}),
    ]:
        # LISTEN_PID names the runtime's own process.
        program = f'[ "$LISTEN_PID" != SELF ] || export LISTEN_PID=$$; exec "$@"'
        result = subprocess.run(
            ["bash", "-c", program, "bash", runtime.program, "--root", runtime.root, *run, *flags, name],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**environment, **variables}, **options,
        )
        runtime.see(f"descriptors-{case}", (result.returncode, result.stdout.split(), result.stderr))
    for end in ends:
        os.close(end)
    configure(runtime.bundle, ["sleep", "1000"])


def receive(listener):
    """What comes over a console or pidfd socket."""
    listener.settimeout(10)
    connection, _ = listener.accept()
    data, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(64))
    files = array.array("i")
    for _, _, payload in ancillary:
        files.frombytes(payload[: len(payload) // 4 * 4])
    return data, list(files)


def sockets(runtime):
    """Console and pidfd sockets."""
    name, path = runtime.ids + ".socket", f"{runtime.folder}/socket"
    def listen():
        if os.path.exists(path):
            os.remove(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen()
        return listener
    def observe(case, data, files):
        runtime.see(f"{case}-name", len(data) > 0)
        runtime.see(f"{case}-descriptors", len(files))
        runtime.see(f"{case}-is-a-terminal", [os.isatty(file) for file in files])
    configure(runtime.bundle, ["sleep", "1000"], terminal=True, consoleSize={"height": 30, "width": 100})
    listener = listen()
    runtime.see("create-with-console", runtime.quietly("create", "--bundle", runtime.bundle, "--console-socket", path, name))
    data, files = receive(listener)
    observe("console", data, files)
    runtime.see("console-size", list(os.get_terminal_size(files[0])))
    runtime.succeeds("start-with-console", "start", name)
    process = f"{runtime.folder}/process.json"
    with open(process, "w") as file:
        json.dump({"terminal": True, "user": {"uid": 0, "gid": 0}, "args": ["tty"], "env": ["PATH=/bin"], "cwd": "/"}, file)
    listener = listen()
    runtime.see("exec-with-console", runtime.quietly("exec", "-d", "--process", process, "--console-socket", path, name))
    data, files = receive(listener)
    observe("exec-console", data, files)
    runtime.see("exec-console-output", os.read(files[0], 100).decode())
    listener = listen()
    runtime.see("exec-tty", runtime.quietly("exec", "-d", "-t", "--console-socket", path, name, "tty"))
    observe("exec-tty", *receive(listener))
    runtime.fails("exec-tty-without-socket", "exec", "-d", "-t", name, "tty")
    runtime.fails("exec-socket-without-tty", "exec", "-d", "--console-socket", path, name, "tty")
    runtime.fails("exec-socket-of-none", "exec", "-d", "-t", "--console-socket", path + ".none", name, "tty")
    if runtime.name != "runc":
        listener = listen()
        status = runtime.quietly("exec", "-d", "--pidfd-socket", path, "--pid-file", f"{runtime.folder}/exec", name, "sleep", "100")
        runtime.see("exec-with-pidfd", status)
        data, files = receive(listener)
        runtime.see("exec-pidfd", pid_of(files[0]) == read(f"{runtime.folder}/exec"))
    runtime.command("delete", "--force", name)
    configure(runtime.bundle, ["sleep", "1000"])
    if runtime.name != "runc":
        listener = listen()
        runtime.see("create-with-pidfd", runtime.quietly("create", "--bundle", runtime.bundle, "--pidfd-socket", path, name))
        data, files = receive(listener)
        runtime.see("create-pidfd", pid_of(files[0]) == str(json.loads(runtime.command("state", name).output)["pid"]))
        runtime.see("create-pidfd-name", len(data) > 0)
        runtime.command("delete", "--force", name)


def notify(runtime):
    """A program that tells that it is ready (sd_notify), and the runtime that tells it on."""
    name, path = runtime.ids + ".notify", f"{runtime.folder}/host"
    host = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    host.bind(path)
    host.settimeout(10)
    environment = {**os.environ, "NOTIFY_SOCKET": path}
    def pid():
        output = runtime.command("state", name).output
        return json.loads(output)["pid"] if output else 0
    def tell(case, command):
        """The program becomes ready while the command waits for it."""
        waiting = subprocess.Popen(
            [runtime.program, "--root", runtime.root, *command], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        inside = lambda: f"/proc/{pid()}/root/run/notify/notify.sock"
        runtime.see(f"{case}-socket-in-the-container", wait_for(lambda: os.path.exists(inside())))
        time.sleep(0.2)
        runtime.see(f"{case}-waits", waiting.poll())
        program = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for text in [b"STATUS=soon", b"READY=1\nMAINPID=1"]:
            program.sendto(text, inside())
        told = []
        # This Debian's runc does not ask whether the caller has taken note.
        while len(told) < (2 if runtime.name == "runc" else 3):
            data, ancillary, _, _ = host.recvmsg(4096, socket.CMSG_SPACE(16))
            told.append(data.decode().replace(str(pid()), "PID").replace(str(waiting.pid), "COMMAND"))
            for _, _, payload in ancillary:
                os.close(array.array("i", payload[:4])[0])
        runtime.see(f"{case}-told", told)
        return waiting
    configure(runtime.bundle, ["sleep", "1000"])
    runtime.see("notify-create", runtime.quietly("create", "--bundle", runtime.bundle, name, env=environment))
    waiting = tell("notify-start", ["start", name])
    runtime.see("notify-start", (waiting.wait(10), waiting.stderr.read().decode()))
    variables = read(f"/proc/{pid()}/environ").split("\0")
    runtime.see("notify-variable", [variable for variable in variables if variable.startswith("NOTIFY")])
    mounts = [line.split() for line in read(f"/proc/{pid()}/mountinfo").splitlines()]
    runtime.see("notify-mount", [sorted(mount[5].split(",")) for mount in mounts if mount[4] == "/run/notify"])
    runtime.command("delete", "--force", name)
    waiting = tell("notify-run-detached", ["run", "--detach", "--bundle", runtime.bundle, name])
    runtime.see("notify-run-detached", waiting.wait(10))
    runtime.command("delete", "--force", name)
    waiting = tell("notify-run", ["run", "--bundle", runtime.bundle, name])
    runtime.see("notify-run-goes-on", waiting.poll())
    runtime.command("kill", name, "KILL")
    runtime.see("notify-run", waiting.wait(10))
    if runtime.name == "ward":
        # A program that ends without a word does not hold the command up; runc waits for as long as there is a zombie.
        configure(runtime.bundle, ["true"])
        runtime.see("notify-never", runtime.quietly("run", "-d", "--bundle", runtime.bundle, name, env=environment))
        runtime.see("notify-never-is-no-failure", runtime.command("delete", name).returncode)
        configure(runtime.bundle, ["sleep", "1000"])


def subgroups(runtime):
    """`exec --cgroup`: beneath the container's own cgroup, and nowhere else."""
    name = runtime.ids + ".subgroup"
    runtime.quietly("run", "-d", "--bundle", runtime.bundle, name)
    pid = json.loads(runtime.command("state", name).output)["pid"]
    def cgroups(of):
        return [line.split(":", 2)[1:] for line in (read(f"/proc/{of}/cgroup") or "").splitlines()]
    unified = subprocess.run(["stat", "-fc", "%T", "/sys/fs/cgroup"], capture_output=True, text=True).stdout == "cgroup2fs\n"
    own = dict(cgroups(pid))
    made = []
    for controllers, path in own.items():
        # Version 1 has a hierarchy for each controller that the container is in.
        place = f"/sys/fs/cgroup/{controllers}{path}"
        if path.endswith(name) and os.path.isdir(place):
            os.mkdir(place + "/sub")
            if controllers == "cpuset":
                for file in ["cpuset.cpus", "cpuset.mems"]:
                    with open(f"{place}/sub/{file}", "w") as target:
                        target.write(read(f"{place}/{file}"))
            made.append(controllers)
    runtime.see("subgroup-is-possible", "freezer" in made or unified)
    script = ["sh", "-c", "cat /proc/self/cgroup"]
    def inside(*flags):
        result = runtime.command("exec", *flags, name, *script)
        places = dict(line.split(":", 2)[1:] for line in result.output.splitlines())
        return result.returncode, {key: places.get(key, "") == own[key] + "/sub" for key in made if key in ["freezer", "memory", ""]}
    runtime.see("exec-without-subgroup", inside())
    if not unified:
        runtime.see("exec-in-subgroup-of-one", inside("--cgroup", "freezer:sub"))
        runtime.see("exec-in-subgroup-of-unknown", runtime.command("exec", "--cgroup", "nothing:sub", name, "true").returncode)
    else:
        runtime.see("exec-in-subgroup", inside("--cgroup", "sub"))
    for number, path in enumerate(["../..", "none", "sub/../../..", "freezer:../.."]):
        runtime.see(f"exec-in-cgroup-{number}", runtime.command("exec", "--cgroup", path, name, "true").returncode)
    runtime.command("delete", "--force", name)


def pid_of(handle):
    with open(f"/proc/self/fdinfo/{handle}") as file:
        return next(line.split()[1] for line in file if line.startswith("Pid:"))


def compare(ours, others):
    """Prints a line for each observation of ward's."""
    failed = False
    for case, value in ours.seen.items():
        peers = {other.name: other.seen[case] for other in others if case in other.seen}
        alike = [name for name, seen in peers.items() if (value.holds(seen) if isinstance(value, Message) else seen == value)]
        told = DIFFERENCES.get(case)
        why = ""
        expected = told and (told[0] in value if isinstance(value, Message) else told[0] == value)
        if peers and not alike and told is None:
            why = f"ward: {value!r}; " + "; ".join(f"{name}: {seen!r}" for name, seen in peers.items())
        elif told is not None and not expected:
            why = f"expected {told[0]!r} ({told[1]}), got {value!r}"
        elif told is not None and len(alike) == len(others) > 0:
            why = f"listed as a difference ({told[1]}), but all do the same: {value!r}"
        failed |= bool(why)
        print(f"not ok {case}: {why}" if why else f"ok {case}")
    for case in set(DIFFERENCES) - set(ours.seen):
        failed = True
        print(f"not ok {case}: listed as a difference, but never seen")
    return failed


def main(folder, *programs):
    os.umask(0o022)
    runtimes = [Runtime(*program.split("=", 1), folder) for program in programs]
    for part in [general, life, failed_creates, runs, sockets, notify, subgroups]:
        for runtime in runtimes:
            try:
                part(runtime)
            except Exception as error:
                runtime.see(f"{part.__name__}-goes-through", f"{type(error).__name__}: {error}, line {error.__traceback__.tb_next.tb_lineno if error.__traceback__.tb_next else 0}")
            else:
                runtime.see(f"{part.__name__}-goes-through", "yes")
            for name in runtime.command("list", "-q").output.split():
                runtime.command("delete", "--force", name)
    return compare(runtimes[0], runtimes[1:])


sys.exit(main(*sys.argv[1:]))
