"""Exits 0 when the service answers that it is healthy: health.py (--port N [--host ADDRESS] | --socket PATH).

Without --host it asks at POD_IP, where that is set: a probe's command cannot refer to it, and the service may listen there
alone.
"""

import argparse
import os
import socket
import sys

sys.dont_write_bytecode = True
SECONDS = 5


def status_line(connection):
    connection.settimeout(SECONDS)
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    with connection.makefile("rb") as reply:
        return reply.readline(1024)


def connect(parsed):
    if parsed.socket is None:
        return socket.create_connection((parsed.host, parsed.port), SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(SECONDS)
    connection.connect(parsed.socket)
    return connection


def main():
    parser = argparse.ArgumentParser(description="Asks the service for its health.", allow_abbrev=False)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int)
    where.add_argument("--socket", metavar="PATH")
    parser.add_argument("--host", default=os.environ.get("POD_IP", "127.0.0.1"))
    try:
        with connect(parser.parse_args()) as connection:
            line = status_line(connection)
    except OSError as error:
        sys.exit(f"no answer: {error}")
    if line.split(b" ")[1:2] != [b"200"]:
        sys.exit("unhealthy")


if __name__ == "__main__":
    main()
