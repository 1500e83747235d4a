"""The server that accepts connections, on TCP or on a UNIX socket, each in a thread of its own."""

import contextlib
import os
import socket
import stat
import sys
import threading
from socketserver import TCPServer, ThreadingMixIn

from web import Handler

CONNECTIONS_LIMIT = 32


class Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address, api):
        self.api = api
        self.slots = threading.BoundedSemaphore(CONNECTIONS_LIMIT)
        self.answering = 0
        self.changed = threading.Condition()
        if isinstance(address, str):
            self.address_family = socket.AF_UNIX
            remove_stale(address)
        elif ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Handler)

    def process_request(self, request, client_address):
        # Without a bound on the wait, idle clients could keep the accepting thread from shutting down.
        if self.slots.acquire(timeout=1):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.slots.release()

    @contextlib.contextmanager
    def busy(self):
        with self.changed:
            self.answering += 1
        try:
            yield
        finally:
            with self.changed:
                self.answering -= 1
                self.changed.notify_all()

    def drain(self, seconds):
        """Wait until the requests that are being answered have their answers."""
        with self.changed:
            self.changed.wait_for(lambda: self.answering == 0, seconds)

    def handle_error(self, request, client_address):
        # A client that went away, or was too slow; the traceback could hold content.
        print(f"connection ended: {sys.exc_info()[0].__name__}", file=sys.stderr, flush=True)


def remove_stale(path):
    """A socket that an earlier run left behind would make bind fail; anything else stays."""
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
    except FileNotFoundError:
        pass
