"""config.md: terminal and console size; config-linux.md: /dev/console and /dev/ptmx."""

import array
import os
import socket
import time

from case import Failed, case, expect, expect_true


class ConsoleSocket:
    """Receives the terminal of a container, as an engine does."""

    def __init__(self, c):
        self.path = os.path.join(c.runtime.work, f"{len(os.listdir(c.runtime.work))}-{c.id[-20:]}.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.listener.settimeout(30)

    def terminal(self):
        connection, _ = self.listener.accept()
        descriptors = array.array("i")
        with connection:
            _, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4 * 4))
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(data[: len(data) - len(data) % 4])
        if len(descriptors) != 1:
            raise Failed(f"the console socket got {len(descriptors)} descriptors")
        return descriptors[0]


def on_terminal(c, script):
    """What a script prints on the terminal of its container."""
    c.process["terminal"] = True
    c.script(script)
    console = ConsoleSocket(c)
    c.create("--console-socket", console.path)
    terminal = console.terminal()
    c.start()
    output = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # EIO: nobody has the other end any more
            break
        if not data:
            break
        output += data
    os.close(terminal)
    return output.decode().replace("\r\n", "\n").strip()


@case("config.process.terminal")
def the_standard_streams_are_a_terminal(c):
    expect(on_terminal(c, "for stream in 0 1 2; do [ -t $stream ] && echo $stream; done; tty"), "0\n1\n2\n/dev/pts/0",
           "streams that are terminals")


@case("config.process.terminal")
def there_is_no_terminal_by_default(c):
    expect(c.run("for stream in 0 1 2; do [ -t $stream ] && echo $stream; done; echo none; ls /dev/console 2>/dev/null; true"),
           "none", "streams that are terminals")


@case("config.process.consoleSize")
def the_terminal_has_the_size_that_is_configured(c):
    c.process["consoleSize"] = {"height": 33, "width": 97}
    expect(on_terminal(c, "stty size"), "33 97", "rows and columns")


@case("config.process.consoleSize-ignored")
def the_size_is_ignored_without_a_terminal(c):
    c.process["consoleSize"] = {"height": 33, "width": 97}
    expect(c.run("echo done"), "done", "what it printed")


@case("config-linux.devices.console")
def the_console_is_the_terminal(c):
    found = on_terminal(
        c, "stat -c %t:%T /dev/console /dev/pts/0; grep -c ' /dev/console ' /proc/self/mountinfo; echo x >/dev/console")
    first, second, mounts, echo = found.split("\n")
    expect(first, second, "device numbers of /dev/console and of the terminal")
    expect((mounts, echo), ("1", "x"), "mounts at /dev/console, what was written to it")


@case("config.process.terminal")
def a_terminal_needs_a_console_socket(c):
    c.process["terminal"] = True
    result = c.try_create()
    expect_true(result.failed, "create with a terminal and no console socket did not fail")
