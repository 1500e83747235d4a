"""Where the tests find the service, the model and, when it was built, the image."""

import http.client
import os
import pathlib
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
SERVICE = pathlib.Path(__file__).resolve().parents[2] / "Manifests/inference/service"
sys.path.insert(0, str(SERVICE))
MODEL = os.environ.get("INFERENCE_MODEL", "")
IMAGE = os.environ.get("INFERENCE_IMAGE", "")

WEATHER = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]


class UNIXConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A running service; `where` is ("--port", n) or ("--socket", path)."""

    def __init__(self, where, command=None, environment=None):
        self.where = tuple(map(str, where))
        command = command or ["/usr/bin/python3", "-B", str(SERVICE / "serve.py"), "--model", MODEL]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} | (environment or {})
        self.process = subprocess.Popen(
            [*command, *self.where], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def connect(self):
        if self.where[0] == "--socket":
            return UNIXConnection(self.where[1])
        return http.client.HTTPConnection("127.0.0.1", int(self.where[1]), timeout=30)

    def wait(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                return self.request("GET", "/health")
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the service did not start: {self.stop()}") from None
                time.sleep(0.02)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def raw(self, content):
        """What the service answers to these bytes until it closes the connection."""
        connection = self.connect()
        connection.connect()
        with connection.sock as stream:
            stream.sendall(content)
            stream.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: stream.recv(65536), b""))

    def stop(self):
        """Ends the service with SIGTERM; gives its exit status and all that it logged."""
        self.process.terminate()
        output, log = self.process.communicate(timeout=20)
        return self.process.returncode, output + log
