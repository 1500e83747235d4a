"""Runs the commands of a tutorial as they are printed, in order, in the present folder, and compares what comes out.

usage: tutorial.py FILE

Commands stand after `$ ` in blocks of ```console, perhaps on several lines or with a here-document; what is shown follows
them. `...` stands for any text within a line, and alone for any lines. For each command a line is printed: `ok NAME` or
`not ok NAME: why`.
"""

import re
import subprocess
import sys


def steps(text):
    """Each command with what is shown for it."""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines = block.splitlines()
        while lines:
            command = lines.pop(0).removeprefix("$ ")
            while command.endswith("\\"):
                command += "\n" + lines.pop(0)
            if mark := re.search(r"<<'(\w+)'", command):
                end = lines.index(mark[1]) + 1
                command = "\n".join([command, *lines[:end]])
                lines = lines[end:]
            shown = []
            while lines and not lines[0].startswith("$ "):
                shown.append(lines.pop(0))
            yield command, "".join(line + "\n" for line in shown)


def pattern(shown):
    lines = [".*?" if line == "...\n" else ".*?".join(map(re.escape, line.split("...")))
             for line in shown.splitlines(keepends=True)]
    # Within a line the dots take no line break.
    return "".join("(?:[^\n]*\n)*?" if line == ".*?" else line.replace(".*?", "[^\n]*") for line in lines)


failed = False
for number, (command, shown) in enumerate(steps(open(sys.argv[1]).read()), 1):
    name = f"tutorial/{number:02}-" + re.sub(r"[^a-z0-9]+", "-", command.split("\n")[0].lower())[:40].strip("-")
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # Only a command that is shown with something may end badly: what is shown then is why.
    if done.returncode and not shown:
        why = f"exit status {done.returncode}: {done.stdout}"
    elif not re.fullmatch(pattern(shown), done.stdout):
        why = f"shown is {shown!r}, came out {done.stdout!r}"
    else:
        print("ok", name)
        continue
    failed = True
    print(f"not ok {name}:", why.replace("\n", "; ")[:2000])
sys.exit(failed)
