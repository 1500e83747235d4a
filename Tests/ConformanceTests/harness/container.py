"""A container of a case: its bundle, its configuration, and the operations on it."""

import json
import os
import subprocess
import time

import bundle
from case import Failed
from runtime import read


class Container:
    def __init__(self, runtime, name, programs):
        self.runtime = runtime
        self.id = name
        self.bundle = os.path.join(runtime.work, "bundles", name)
        self.root = os.path.join(self.bundle, "rootfs")
        os.makedirs(self.bundle)
        bundle.make_root(self.root, programs)
        self.config = bundle.usual()
        self.files = (os.path.join(self.bundle, "stdout"), os.path.join(self.bundle, "stderr"))
        self.made = False
        self.others = []
        self.mounts = []
        self.programs = programs

    # The configuration, in the words that cases use often.

    @property
    def process(self):
        return self.config["process"]

    @property
    def linux(self):
        return self.config["linux"]

    def script(self, text):
        """The program of the container: a shell script."""
        self.process["args"] = ["sh", "-c", text]

    def mount(self, destination, kind, source, *options, **more):
        self.config["mounts"].append(
            {"destination": destination, "type": kind, "source": source, "options": list(options), **more})

    def namespace(self, kind, path=None):
        """Adds a namespace, in place of one of this kind."""
        self.without_namespace(kind)
        self.linux["namespaces"].append({"type": kind, **({"path": path} if path else {})})

    def without_namespace(self, kind):
        self.linux["namespaces"] = [entry for entry in self.linux["namespaces"] if entry["type"] != kind]

    def host_file(self, name, text="", mode=0o755):
        """A file beside the bundle's root, which is not in the container."""
        path = os.path.join(self.bundle, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def chmod(self, path, mode):
        """Of a file of the container, before it exists."""
        os.chmod(os.path.join(self.root, path), mode)

    def host_folder(self, name):
        path = os.path.join(self.bundle, name)
        os.makedirs(path, exist_ok=True)
        return path

    def mappable_folder(self, name):
        """A folder on a file system whose owners can be mapped: tmpfs is one since Linux 6.3 only."""
        path = self.host_folder(name)
        image = f"{path}.ext4"
        with open(image, "wb") as file:
            file.truncate(8 << 20)
        self.host("mkfs.ext4", "-q", "-O", "^has_journal", image)
        self.host("mount", "-o", "loop", image, path)
        self.mounts.append(path)
        return path

    def host(self, *command):
        """A program of this machine, which has to end well."""
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def mounted(self, place, kind, options="defaults"):
        """A mount of this machine, beside the bundle's root."""
        self.host("mount", "-t", kind, "-o", options, kind, place)
        self.mounts.append(place)

    def user_namespace(self, first=100000, size=65536):
        """A user namespace; its root owns the files of the container, as an engine prepares them."""
        self.namespace("user")
        mapping = [{"containerID": 0, "hostID": first, "size": size}]
        self.linux["uidMappings"] = self.linux["gidMappings"] = mapping
        for folder, folders, files in os.walk(self.root):
            for name in (".", *folders, *files):
                if name != "busybox":  # one file for all bundles
                    os.chown(os.path.join(folder, name), first, first, follow_symlinks=False)

    def another(self):
        """A second container of the same case."""
        other = Container(self.runtime, f"{self.id}-{len(self.others) + 2}", self.programs)
        self.others.append(other)
        return other

    # The operations.

    def write(self):
        bundle.write(os.path.join(self.bundle, "config.json"), self.config)

    def try_run(self, **how):
        """`run`: create, start, wait and delete."""
        self.write()
        self.made = True
        return self.runtime("run", "--bundle", self.bundle, self.id, files=self.files, **how)

    def run(self, script=None, **how):
        """What a script of the container prints; it has to end well."""
        if script is not None:
            self.script(script)
        result = self.try_run(**how)
        if result.failed:
            raise Failed(f"run ended with status {result.status}: {result.message or result.output.strip()}")
        self.made = False
        return result.output.strip()

    def facts(self, script, **how):
        """The lines `name=value` that a script of the container prints."""
        lines = self.run(script, **how).splitlines()
        return dict(line.partition("=")[::2] for line in lines if "=" in line)

    def try_create(self, *options, **how):
        self.write()
        self.made = True
        return self.runtime("create", "--bundle", self.bundle, *options, self.id, files=self.files, **how)

    def create(self, *options, **how):
        self.done("create", self.try_create(*options, **how))

    def operation(self, verb, *arguments):
        return self.runtime(verb, self.id, *arguments)

    def start(self):
        self.done("start", self.operation("start"))

    def kill(self, signal="KILL"):
        self.done("kill", self.operation("kill", signal))

    def delete(self):
        self.done("delete", self.operation("delete"))
        self.made = False

    def execute(self, *arguments):
        """What a further program in the container prints."""
        result = self.runtime("exec", self.id, *arguments)
        self.done("exec", result)
        return result.output.strip()

    @staticmethod
    def done(verb, result):
        if result.failed:
            raise Failed(f"{verb} ended with status {result.status}: {result.message}")

    @property
    def state(self):
        result = self.operation("state")
        self.done("state", result)
        return json.loads(result.output)

    @property
    def exists(self):
        return not self.operation("state").failed

    @property
    def pid(self):
        return self.state["pid"]

    @property
    def output(self):
        return read(self.files[0]).strip()

    def wait(self, status="stopped"):
        """Until the state is this one."""
        self.wait_for(lambda: self.state["status"] == status, f"the container to be {status}")

    @staticmethod
    def wait_for(condition, what):
        deadline = time.monotonic() + 20
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"waited in vain for {what}")
            time.sleep(0.005)

    def in_namespaces(self, kinds, *command):
        """What a program of this machine prints in the container's namespaces of these kinds."""
        options = [f"--{kind}" for kind in kinds.split(",")]
        return subprocess.run(["nsenter", "--target", str(self.pid), *options, *command],
                              check=True, capture_output=True, text=True).stdout.strip()

    # What is refused.

    def refused(self, what):
        """The container is not created, and nothing of it is left."""
        result = self.try_create()
        if not result.failed:
            raise Failed(f"{what}: create did not fail")
        self.nothing_left(what)
        return result

    def refused_at_start(self, what):
        """As `refused`, for what may be applied as late as with `start`."""
        result = self.try_create()
        if result.failed:
            self.nothing_left(what)
            return
        if not self.operation("start").failed:
            raise Failed(f"{what}: neither create nor start failed")

    def nothing_left(self, what):
        if self.exists:
            raise Failed(f"{what}: the container exists after an error")
        self.made = False

    def end(self):
        for other in self.others:
            other.end()
        if self.made:
            self.runtime("delete", "--force", self.id)
        for place in reversed(self.mounts):
            self.host("umount", "--lazy", place)
