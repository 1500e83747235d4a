"""config-linux.md: seccomp notifications and the container process state."""

import array
import fcntl
import json
import os
import socket
import struct
import threading

from case import case, expect, expect_true

RECEIVE, SEND = 0xC0502100, 0xC0182101
EPROTO = 71


class Agent(threading.Thread):
    """The other end of listenerPath: keeps what it is sent, and answers one call with an error."""

    def __init__(self, c):
        super().__init__(daemon=True)
        self.path = os.path.join(c.runtime.work, f"{c.id[-40:]}.agent")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()
        self.listener.settimeout(30)
        self.payload, self.descriptors, self.with_descriptors = b"", [], []
        self.call = self.problem = None
        self.start()

    def run(self):
        try:
            connection, _ = self.listener.accept()
            connection.settimeout(30)
            with connection:
                while True:
                    data, ancillary, _, _ = connection.recvmsg(1 << 16, socket.CMSG_SPACE(16 * 4))
                    for level, kind, value in ancillary:
                        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                            numbers = array.array("i")
                            numbers.frombytes(value[: len(value) - len(value) % 4])
                            self.descriptors += numbers
                            self.with_descriptors.append(len(self.payload))
                    # The end: the connection is closed after one state.
                    if not data:
                        break
                    self.payload += data
            self.answer(self.descriptors[0])
        except (OSError, IndexError) as problem:
            self.problem = problem

    def answer(self, descriptor):
        request = bytearray(80)
        fcntl.ioctl(descriptor, RECEIVE, request)
        identifier, _, _, self.call = struct.unpack_from("=QIIi", request)
        fcntl.ioctl(descriptor, SEND, struct.pack("=Qqii", identifier, 0, -EPROTO, 0))

    def end(self):
        self.listener.close()
        for descriptor in self.descriptors:
            os.close(descriptor)


def notified(c, agent, **more):
    c.process["noNewPrivileges"] = True
    c.linux["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": agent if isinstance(agent, str) else agent.path,
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}], **more}
    c.script("mkdir /tmp/x 2>&1 | sed 's/.*: //'")


@case("config-linux.seccomp.notify.state", "config-linux.seccomp.notify.descriptors",
      "config-linux.seccomp.notify.one-state", "config-linux.seccomp.notify.closed",
      "config-linux.seccomp.action.SCMP_ACT_NOTIFY", "config-linux.seccomp.notify.metadata",
      "config-linux.seccomp.notify.socket")
def the_agent_gets_the_state_and_answers(c):
    agent = Agent(c)
    notified(c, agent, listenerMetadata="some=metadata")
    c.config["annotations"] = {"org.example.key": "value"}
    c.create()
    pid = c.pid
    c.start()
    c.wait()
    agent.join(30)
    agent.end()
    expect(agent.problem, None, "the agent")
    state = json.loads(agent.payload)
    expect(state["fds"], ["seccompFd"], "fds")
    expect(len(agent.descriptors), 1, "descriptors")
    expect(agent.with_descriptors, [0], "where in the payload descriptors came")
    expect(state["metadata"], "some=metadata", "metadata")
    expect(state["pid"], pid, "pid")
    expect_true("ociVersion" in state, "there is no ociVersion")
    expect(state["state"]["id"], c.id, "id of the state")
    expect(state["state"]["bundle"], c.bundle, "bundle of the state")
    expect(state["state"]["pid"], pid, "pid of the state")
    expect_true(state["state"]["status"] in ("creating", "created", "running"), f"status {state['state']['status']}")
    expect(agent.call, 83, "the call that it was asked about (mkdir)")
    expect(c.output, "Protocol error", "what the call returned")


@case("config-linux.seccomp.notify.failure")
def an_agent_that_is_not_there_is_an_error(c):
    notified(c, f"{c.bundle}/nobody.sock")
    c.refused_at_start("a listener that is not there")


@case("config-linux.seccomp.notify.unused")
def a_listener_is_ignored_without_notifications(c):
    notified(c, f"{c.bundle}/nobody.sock")
    c.linux["seccomp"]["syscalls"][0]["action"] = "SCMP_ACT_ERRNO"
    expect(c.run(), "Operation not permitted", "mkdir")


@case("config-linux.seccomp.flag.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
def the_flag_that_waits_for_the_answer(c):
    agent = Agent(c)
    notified(c, agent, flags=["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"])
    expect(c.run(timeout=20), "Protocol error", "mkdir")
    agent.join(30)
    agent.end()
