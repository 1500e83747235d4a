"""HTTP for one connection. The log names route, status and time: never what a client sent."""

import json
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler

from api import BODY_LIMIT, RequestError

IDLE_SECONDS = 30
# How long, and how much of, the rest of a refused request is read before the connection is closed.
LINGER_SECONDS = 2
LINGER_BYTES = 16 << 20


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "inference"
    sys_version = ""
    # The library sends no status line to HTTP/0.9, which is its name for whatever it cannot read.
    request_version = "HTTP/1.0"
    timeout = IDLE_SECONDS
    wbufsize = -1
    refused = False

    def setup(self):
        # A long reply takes several writes: Nagle's algorithm would hold the last of them back.
        self.disable_nagle_algorithm = self.request.family != socket.AF_UNIX
        super().setup()

    def finish(self):
        super().finish()
        if self.refused:
            self.linger()

    def linger(self):
        """Lets a client that is still sending read its refusal: closing now would reset the connection."""
        deadline = time.monotonic() + LINGER_SECONDS
        left = LINGER_BYTES
        try:
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (seconds := deadline - time.monotonic()) > 0:
                self.connection.settimeout(seconds)
                content = self.connection.recv(65536)
                if not content:
                    return
                left -= len(content)
        except OSError:
            pass  # The client went away, or was too slow: nobody is left to answer.

    def answer(self):
        with self.server.busy():
            self.answer_one()

    def answer_one(self):
        started = time.monotonic()
        try:
            if self.request_version == "HTTP/0.9":
                # A request line without a version: its reply would have no status.
                self.request_version = "HTTP/1.0"
                raise RequestError(400, "HTTP/1.0 or HTTP/1.1 is needed")
            self.reply(200, self.server.api.answer(self.command, self.path, self.body))
            status = 200
        except RequestError as error:
            status = error.status
            self.refuse(status, str(error))
        except (TimeoutError, ConnectionError):
            raise
        except Exception as error:
            # Only its type: the message of an error may quote the content.
            status = 500
            print(f"error: {type(error).__name__}", file=sys.stderr, flush=True)
            self.refuse(status, "internal error")
        path = self.path if self.path in self.server.api.routes else "-"
        milliseconds = (time.monotonic() - started) * 1000
        print(f"{self.command} {path} {status} {milliseconds:.1f}ms", file=sys.stderr, flush=True)

    do_GET = do_POST = answer

    def body(self):
        length = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or len(length) != 1:
            raise RequestError(411, "exactly one Content-Length and no Transfer-Encoding is needed")
        if not (length[0].isascii() and length[0].isdigit()):
            raise RequestError(400, "Content-Length is not a number")
        # Long digit strings are compared as text: int() refuses them with an error of its own.
        if len(length[0]) > 9 or int(length[0]) > BODY_LIMIT:
            raise RequestError(413, f"body is larger than {BODY_LIMIT} bytes")
        body = self.rfile.read(int(length[0]))
        if len(body) != int(length[0]):
            raise ConnectionAbortedError
        return body

    def reply(self, status, value):
        content = json.dumps(value, separators=(",", ":")).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def refuse(self, status, message):
        # What is left of the request's body must not be taken for the next request.
        self.close_connection = self.refused = True
        kind = "invalid_request_error" if status < 500 else "server_error"
        self.reply(status, {"error": {"message": message, "type": kind}})

    def send_error(self, code, message=None, explain=None):
        # The library calls this for malformed requests, with their content in the message.
        if self.request_version == "HTTP/0.9":
            self.request_version = "HTTP/1.0"
        self.refuse(code, self.responses[code][0].lower() if code in self.responses else "refused")

    def log_message(self, format, *values):
        pass
