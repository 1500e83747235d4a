import base64
import concurrent.futures
import json
import os
import signal
import struct
import subprocess
import tempfile
import unittest

from support import IMAGE, MODEL, SERVICE, WEATHER, Service, free_port


def health(where, timeout=20):
    command = ["/usr/bin/python3", "-B", str(SERVICE / "health.py"), *map(str, where)]
    return subprocess.run(command, capture_output=True, timeout=timeout, check=False).returncode


@unittest.skipUnless(MODEL, "INFERENCE_MODEL is not set")
class RequestTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service(("--port", free_port()), environment={"MODEL_THREADS": "1"})
        cls.addClassCleanup(cls.service.stop)
        cls.service.wait()

    def post(self, path, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        status, reply = self.service.request("POST", path, body)
        return status, json.loads(reply)

    def test_health(self):
        status, reply = self.service.request("GET", "/health")
        self.assertEqual(status, 200)
        self.assertEqual({"status", "model", "device", "backend"}, json.loads(reply).keys())

    def test_similarity(self):
        status, reply = self.post("/v1/similarity", {"sentences": WEATHER})
        self.assertEqual(status, 200)
        for found, expected in zip(sum(reply["similarity"], []), [1, .6660, .1046, .6660, 1, .1411, .1046, .1411, 1]):
            self.assertAlmostEqual(found, expected, delta=1e-4)

    def test_embeddings(self):
        status, one = self.post("/v1/embeddings", {"input": WEATHER[0], "model": "all-MiniLM-L6-v2", "user": "u"})
        self.assertEqual((status, one["object"], one["model"]), (200, "list", "all-MiniLM-L6-v2"))
        self.assertEqual(one["usage"], {"prompt_tokens": 8, "total_tokens": 8})
        status, many = self.post("/v1/embeddings", {"input": WEATHER, "encoding_format": "base64"})
        self.assertEqual([(data["object"], data["index"]) for data in many["data"]], [("embedding", n) for n in range(3)])
        vector = struct.unpack("<384f", base64.b64decode(many["data"][0]["embedding"]))
        for found, expected in zip(vector, one["data"][0]["embedding"], strict=True):
            self.assertAlmostEqual(found, expected, delta=1e-6)

    def test_bad_requests(self):
        for status, path, body in (
            (400, "embeddings", b""), (400, "embeddings", b"{"), (400, "embeddings", b"\xff"),
            (400, "embeddings", b"[" * 100_000), (400, "embeddings", []), (400, "embeddings", {}),
            (400, "embeddings", {"input": None}), (400, "embeddings", {"input": []}),
            (400, "embeddings", {"input": ["a", 1]}), (400, "embeddings", {"input": [[1, 2]]}),
            (400, "embeddings", {"input": ["a"] * 257}), (400, "embeddings", b'{"input":"a","input":"b"}'),
            (400, "embeddings", b'{"input":NaN}'), (400, "embeddings", {"input": "a", "dimensions": 3}),
            (400, "embeddings", {"input": "a", "encoding_format": "hex"}),
            (404, "embeddings", {"input": "a", "model": "other"}), (413, "embeddings", b" " * ((1 << 20) + 1)),
            (400, "similarity", {"sentences": "a"}), (400, "similarity", {"sentences": ["a"], "model": "m"}),
            (404, "completions", {}),
        ):
            with self.subTest(path=path, body=body[:40] if isinstance(body, bytes) else body):
                found, reply = self.post(f"/v1/{path}", body)
                self.assertEqual(found, status)
                self.assertEqual(reply["error"]["type"], "invalid_request_error")
                self.assertTrue(reply["error"]["message"])

    def test_bad_http(self):
        for status, content in {
            b"405": b"GET /v1/embeddings HTTP/1.1\r\n\r\n",
            b"411": b"POST /v1/embeddings HTTP/1.1\r\n\r\n",
            b"411 ": b"POST /v1/embeddings HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
            b"411  ": b"POST /v1/embeddings HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            b"400": b"POST /v1/embeddings HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"413": b"POST /v1/embeddings HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
            b"400 ": b"GET secret\r\n\r\n",
            b"501": b"SECRET / HTTP/1.1\r\n\r\n",
            b"414": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
            b"431": b"GET /health HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        }.items():
            with self.subTest(content=content[:60]):
                head, _, body = self.service.raw(content).partition(b"\r\n\r\n")
                self.assertEqual(head.split(b" ")[1], status.strip())
                self.assertIn("error", json.loads(body))
                self.assertNotIn(b"secret", (head + body).lower())

    def test_refused_client_may_still_be_sending(self):
        connection = self.service.connect()
        connection.connect()
        with connection.sock as stream:
            stream.sendall(b"POST /v1/embeddings HTTP/1.1\r\nContent-Length: 4194304\r\n\r\n")
            answer = stream.recv(65536)
            self.assertTrue(answer.startswith(b"HTTP/1.1 413 "))
            for _ in range(16):
                stream.sendall(b" " * (1 << 18))

    def test_refused_body_is_not_the_next_request(self):
        smuggled = b"GET /health HTTP/1.1\r\n\r\n"
        answer = self.service.raw(b"POST /none HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(smuggled) + smuggled)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1)

    def test_many_clients_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda n: self.post("/v1/embeddings", {"input": f"text {n % 3}"}), range(48)))
        for number, (status, reply) in enumerate(answers):
            self.assertEqual((status, reply["data"]), (200, answers[number % 3][1]["data"]))


@unittest.skipUnless(MODEL, "INFERENCE_MODEL is not set")
class LifeTests(unittest.TestCase):
    def test_log_has_no_content_and_sigterm_ends_well(self):
        service = Service(("--port", free_port()))
        service.wait()
        service.request("POST", "/v1/embeddings", b'{"input":"secret"}')
        service.request("POST", "/v1/embeddings", b'{"secret":"secret"}', {"Secret": "secret"})
        service.request("GET", "/secret?secret")
        service.raw(b"GET secret secret secret\r\n\r\n")
        status, log = service.stop()
        self.assertEqual(status, 0)
        self.assertIn("POST /v1/embeddings 200", log)
        self.assertIn("GET - 404", log)
        self.assertNotIn("secret", log.lower())

    def test_request_in_progress_is_answered_before_the_end(self):
        service = Service(("--port", free_port()))
        service.wait()
        connection = service.connect()
        connection.request("POST", "/v1/similarity", json.dumps({"sentences": ["word " * 300] * 8}))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reply = pool.submit(connection.getresponse)
            # A second request's answer shows that the server has taken up the first one.
            service.request("GET", "/health")
            self.assertFalse(reply.done())
            status, _ = service.stop()
            self.assertEqual((status, reply.result().status), (0, 200))
        connection.close()

    def test_unix_socket(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s")
            self.assertNotEqual(health(("--socket", path)), 0)
            killed = Service(("--socket", path))
            killed.wait()
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
            killed.process.send_signal(signal.SIGKILL)
            killed.stop()
            # The socket that the killed service left must not keep the next one from starting.
            service = Service(("--socket", path))
            service.wait()
            self.assertEqual(health(("--socket", path)), 0)
            status, reply = service.request("POST", "/v1/similarity", json.dumps({"sentences": WEATHER}))
            self.assertEqual(status, 200)
            self.assertAlmostEqual(json.loads(reply)["similarity"][0][1], 0.6660, delta=1e-4)
            self.assertEqual(service.stop()[0], 0)
            self.assertFalse(os.path.exists(path))

    def test_health_command_over_tcp(self):
        where = ("--port", free_port())
        self.assertNotEqual(health(where), 0)
        service = Service(where)
        service.wait()
        self.assertEqual(health(where), 0)
        service.stop()

    def test_bad_settings_are_refused(self):
        for threads in ("0", "17", "", "two", "1 "):
            service = Service(("--port", free_port()), environment={"MODEL_THREADS": threads})
            self.assertEqual(service.process.wait(20), 2)
            self.assertIn("MODEL_THREADS", service.stop()[1])


@unittest.skipUnless(MODEL and IMAGE and os.geteuid() == 0, "needs root, INFERENCE_MODEL and INFERENCE_IMAGE")
class ImageTests(unittest.TestCase):
    """The image's own Python and libraries, read-only, as an unprivileged user, with no network but its own."""

    def test_image_runs(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            script = """
                set -e
                mount --bind "$1" "$1"; mount --bind "$2" "$1/model"; mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
                mount --bind "$3" "$1/run"
                mount -o remount,bind,ro "$1/model"; mount -o remount,bind,ro "$1"
                exec chroot --userspec=10001:10001 "$1" /usr/bin/python3 /srv/serve.py --model /model "${@:4}"
            """
            os.chown(directory, 10001, 10001)
            command = ["unshare", "--mount", "--net", "bash", "-c", script, "-", IMAGE, MODEL, directory]
            service = Service(("--socket", "/run/s"), command=command)
            service.where = ("--socket", os.path.join(directory, "s"))
            self.addCleanup(service.stop)
            self.assertEqual(service.wait()[0], 200)
            status, reply = service.request("POST", "/v1/similarity", json.dumps({"sentences": WEATHER}))
            self.assertEqual(status, 200)
            self.assertAlmostEqual(json.loads(reply)["similarity"][0][1], 0.6660, delta=1e-4)

    def test_image_is_reproducible_and_small(self):
        build = SERVICE.parent / "build-image"
        with tempfile.TemporaryDirectory() as directory:
            other = os.path.join(directory, "a-path-of-another-length")
            subprocess.run([build, other], check=True)
            self.assertEqual(self.archive(other), self.archive(IMAGE))
        size = sum(os.lstat(os.path.join(d, f)).st_size for d, _, files in os.walk(IMAGE) for f in files)
        self.assertLess(size, 100e6)

    def archive(self, root):
        tar = ["tar", "--create", "--sort=name", "--numeric-owner", "--directory", root, "."]
        with subprocess.Popen(tar, stdout=subprocess.PIPE) as process:
            digest = subprocess.check_output(["sha256sum"], stdin=process.stdout)
        self.assertEqual(process.returncode, 0)
        return digest

    def test_existing_directory_is_left_alone(self):
        self.assertNotEqual(subprocess.run([SERVICE.parent / "build-image", IMAGE], stderr=subprocess.DEVNULL).returncode, 0)
        self.assertTrue(os.path.exists(os.path.join(IMAGE, "srv/serve.py")))


if __name__ == "__main__":
    unittest.main()
