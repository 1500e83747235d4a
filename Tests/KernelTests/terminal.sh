#!/usr/bin/env bash
# `run` and `exec --tty` from a terminal, without a console socket: what is typed, shown and resized, and the caller's
# terminal afterwards.
# The same on any kernel: not repeated in the VM.
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
node "$@"
admit_all

bundle=$work/bundle
mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/proc" "$bundle/rootfs/dev"
cp "$(command -v busybox)" "$bundle/rootfs/bin/"
for name in sh sleep cat stty tty kill echo seq; do ln -s busybox "$bundle/rootfs/bin/$name"; done
# config TERMINAL SCRIPT
config() {
  jq --null-input --argjson terminal "$1" --arg script "$2" '{ociVersion: "1.0.2",
    process: {terminal: $terminal, user: {uid: 0, gid: 0}, args: ["sh", "-c", $script], env: ["PATH=/bin"], cwd: "/"},
    root: {path: "rootfs"}, mounts: [{destination: "/proc", type: "proc", source: "proc"},
      {destination: "/dev", type: "tmpfs", source: "tmpfs"},
      {destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}],
    linux: {namespaces: ["pid", "mount", "ipc", "uts", "network"] | map({type: .})}}' >"$bundle/config.json"
}

# in_terminal STEPS COMMAND...: runs the command in a terminal of 24 rows and 80 columns. A step is `TEXT` to wait for and
# what follows: `> KEYS` typed, `# ROWS COLUMNS` as a new size, `! SIGNAL` sent to the command. Prints what was shown, the
# exit status, and whether the terminal is as it was before.
in_terminal() {
  python3 - "$@" <<'PYTHON'
import fcntl, os, pty, re, select, signal, struct, subprocess, sys, termios, time

steps, command = sys.argv[1], sys.argv[2:]
steps = [re.split(" ([>#!]) ", step, maxsplit=1) for step in steps.split("|") if step]
master, terminal = pty.openpty()
size = lambda rows, columns: fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
size(24, 80)
before = termios.tcgetattr(terminal)
child = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
shown, end = b"", time.monotonic() + 20
def take():
    global shown
    if select.select([master], [], [], 0.02)[0]:
        shown += os.read(master, 65536)
for text, kind, value in steps:
    while text.encode() not in shown and time.monotonic() < end and child.poll() is None: take()
    if kind == ">": os.write(master, value.encode().decode("unicode_escape").encode())
    if kind == "#": size(*map(int, value.split()))
    if kind == "!": child.send_signal(getattr(signal, value))
while child.poll() is None and time.monotonic() < end: take()
for _ in range(5): take()
if child.poll() is None: child.kill()
after = termios.tcgetattr(terminal)
print(shown.decode().replace("\r\n", ";").rstrip(";"), child.wait(), "as before" if after == before else "changed")
PYTHON
}

config true 'tty; stty size; echo ready; read line; echo "got $line"; exit 7'
same run-relays '/dev/pts/0;24 80;ready;hello;got hello 7 as before' \
  "$(in_terminal 'ready > hello\n' ward run --bundle "$bundle" "relay-$$")"
config true 'stty -echo; echo ready; read line; stty size; echo end'
same run-resizes 'ready;40 132;end 0 as before' \
  "$(in_terminal 'ready # 40 132|ready > x\n' ward run --bundle "$bundle" "resize-$$")"
config true 'trap "echo interrupted; exit 9" INT; echo ready; while :; do sleep 0.05; done'
same keys-are-signals-inside 'ready;^Cinterrupted 9 as before' \
  "$(in_terminal 'ready > \x03' ward run --bundle "$bundle" "key-$$")"
config true 'trap "echo ended; exit 4" TERM; echo ready; while :; do sleep 0.05; done'
same signals-are-passed-on 'ready;ended 4 as before' \
  "$(in_terminal 'ready ! SIGTERM' ward run --bundle "$bundle" "signal-$$")"
config true 'seq 1 20000; exit 3'
output=$(in_terminal '' ward run --bundle "$bundle" "long-$$")
same all-output-is-shown '20000 20000 3 as before' "$(tr ';' '\n' <<<"$output" | wc -l) $(tr ';' '\n' <<<"$output" | tail -n 1)"
config true 'exec sleep 1000 </dev/null >/dev/null 2>&1 &
sleep 0.2; echo end'
same background-does-not-hold 'end 0 as before' "$(in_terminal '' ward run --bundle "$bundle" "background-$$")"
config true 'nothing'
same failure-in-the-terminal '127 as before' "$(in_terminal '' ward run --bundle "$bundle" "none-$$" | tail -c 14)"
jq '.process.args = ["/nothing"]' "$bundle/config.json" >"$work/config" && mv "$work/config" "$bundle/config.json"
same failure-before-the-program '1 as before' "$(in_terminal '' ward run --bundle "$bundle" "none-$$" | tail -c 12)"

config false 'sleep 1000'
ward run --detach --bundle "$bundle" "exec-$$" </dev/null >/dev/null 2>&1
same exec-relays '/dev/pts/0;ready;hello;hello 5 as before' \
  "$(in_terminal 'ready > hello\n' ward exec --tty "exec-$$" sh -c 'tty; echo ready; read line; echo $line; exit 5')"
same exec-killed '137 as before' "$(in_terminal '' ward exec --tty "exec-$$" sh -c 'kill -KILL $$' | sed 's/^ //')"
same exec-without-tty 'not a tty 1 as before' "$(in_terminal '' ward exec "exec-$$" sh -c 'tty </dev/null')"
refuses exec-tty-without-any-terminal 'neither a console socket is given nor is a standard stream a terminal' \
  ward exec --tty "exec-$$" tty </dev/null
# What is typed comes from a pipe, and the terminal is that of the output.
same input-from-a-pipe 'hello;hello 0 as before' \
  "$(in_terminal '' sh -c "echo hello | ward exec --tty 'exec-$$' sh -c 'read line; echo \$line'" | tr -d '\r')"
# Nobody reads the output any more: the program runs on.
config true 'read line; i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i + 1)); done; echo done >/done'
same nobody-reads 'as before' "$(in_terminal '' bash -c "echo x | ward run --bundle '$bundle' 'pipe-$$' | head -n 1 >/dev/null" | tail -c 10)"
same nobody-reads-and-the-program-ends 'done' "$(cat "$bundle/rootfs/done")"
finish
