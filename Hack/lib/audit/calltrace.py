"""What a command of ward did, by strace -f: system calls, mappings, threads, programs that were executed."""

import re

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)$")
BIRTHS = {"clone", "clone3", "fork", "vfork"}


class Trace:
    """One command, with the processes that ward made up to the point where each became another program."""

    def __init__(self, path):
        self.calls, self.programs, self.mappings, self.threads = set(), [], [], False
        self.parents, self.inside, self.pending = {}, set(), {}
        self.lines = [match.groups() for line in open(path, errors="replace") if (match := LINE.match(line))]
        self.ends = self.find_ends()
        for number, (pid, name, rest) in enumerate(self.lines):
            if self.is_ward(pid, number):
                self.take(pid, name, rest)

    def find_ends(self):
        """Where a process becomes another program; who made it, and when."""
        ends = {}
        for number, (pid, name, rest) in enumerate(self.lines):
            if name in ("execve", "execveat") and "AT_EMPTY_PATH" not in rest and number > 0 and pid not in ends \
                    and (rest.endswith(" = 0") or rest.endswith("<unfinished ...>")) and not self.failed_later(number):
                ends[pid] = number
            if name in BIRTHS and (born := re.search(r" = (\d+)", rest)):
                self.parents[born.group(1)] = (pid, number)
        return ends

    def failed_later(self, number):
        pid, name, rest = self.lines[number]
        if not rest.endswith("<unfinished ...>"):
            return False
        for later, other, result in self.lines[number + 1:]:
            if later == pid and other == name:
                return not result.endswith(" = 0")
        return False

    def is_ward(self, pid, number):
        if number > self.ends.get(pid, len(self.lines)):
            return False
        if pid not in self.parents:
            return True
        parent, birth = self.parents[pid]
        return birth <= self.ends.get(parent, len(self.lines)) and self.is_ward(parent, birth)

    def take(self, pid, name, rest):
        self.calls.add(name)
        if name in ("mmap", "mprotect", "pkey_mprotect") and "PROT_WRITE" in rest and "PROT_EXEC" in rest:
            self.mappings.append(f"{name}({rest[:80]}")
        if name in BIRTHS and "CLONE_THREAD" in rest:
            self.threads = True
        if name == "pivot_root" or (name == "setns" and ("CLONE_NEWNS" in rest or "CLONE_NEW" not in rest)):
            self.inside.add(pid)
        if name in ("execve", "execveat") and (path := re.search(r'"([^"]*)"', rest)) and path.group(1):
            self.programs.append((path.group(1), self.is_inside(pid), rest.endswith(" = 0")))

    def is_inside(self, pid):
        """Whether the process, or the one that it was born of, had left the node's tree of files."""
        seen = set()
        while pid not in seen:
            seen.add(pid)
            if pid in self.inside:
                return True
            pid = self.parents.get(pid, (pid, 0))[0]
        return False
