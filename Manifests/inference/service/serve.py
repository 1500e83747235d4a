"""Serves sentence embeddings: serve.py --model DIR (--port N [--host ADDRESS] | --socket PATH).

MODEL_THREADS: threads of the matrix products, 1 to 16; without it one for each CPU.
"""

import argparse
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
# Shorter than the 30 seconds that Kubernetes waits before it kills.
DRAIN_SECONDS = 25


def arguments():
    parser = argparse.ArgumentParser(description="Sentence embeddings over HTTP.", allow_abbrev=False)
    parser.add_argument("--model", required=True, metavar="DIR")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int)
    where.add_argument("--socket", metavar="PATH")
    parser.add_argument("--host", default="127.0.0.1")
    parsed = parser.parse_args()
    threads = os.environ.get("MODEL_THREADS")
    if threads is not None:
        if threads not in map(str, range(1, 17)):
            parser.error("MODEL_THREADS is not a number from 1 to 16")
        # OpenBLAS reads it when numpy loads it, hence the late imports.
        os.environ["OPENBLAS_NUM_THREADS"] = threads
    return parsed


def main():
    started = time.monotonic()
    parsed = arguments()
    from api import API
    from model import Model
    from server import Server

    api = API(Model(parsed.model))
    # The first computation touches all the weights; better now than in the first request.
    api.embed(["warm up"])
    os.umask(0o117)
    server = Server(parsed.socket or (parsed.host, parsed.port), api)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop that the signal interrupts, hence the thread.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    seconds = time.monotonic() - started
    print(f"serving on {api.model.encoder.device} after {seconds:.2f}s", file=sys.stderr, flush=True)
    with server:
        server.serve_forever(poll_interval=0.1)
        server.drain(DRAIN_SECONDS)
    if parsed.socket:
        os.unlink(parsed.socket)


if __name__ == "__main__":
    main()
