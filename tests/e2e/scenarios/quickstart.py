"""docs/quickstart.md, typed as it stands there."""

import fnmatch
import os
import re
import subprocess

from paths import BINARIES, ROOT
from scenarios.registry import scenario
from waiting import same, true

PAGE = os.path.join(ROOT, "docs", "quickstart.md")
MARK = "--- ended with"
COMMANDS = 10


def steps(page):
    """What is typed, and what is then seen: [(command, [line])]."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> "):
                found[-1] = (f"{found[-1][0]}\n{line[2:]}", found[-1][1])
            else:
                found[-1][1].append(line)
    return found


@scenario("quickstart", "control", peers=["bash"])
def quickstart(run):
    """A newcomer's walk: from nothing to a delivered and charged SMS in ten commands."""
    with open(PAGE, encoding="utf-8") as page:
        typed = steps(page.read())
    same("commands", COMMANDS, len(typed))
    os.makedirs(os.path.join(run.directory, "target"))
    os.symlink(BINARIES, os.path.join(run.directory, "target", "quick"))
    # It was built before; the rest is as it stands there.
    script = "make() { :; }\nset -m\n"
    script += "".join(f"{command}\necho \"{MARK} $?\"\n" for command, _ in typed)
    ended = subprocess.run(["bash", "-c", script], cwd=run.directory, text=True, timeout=60,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    seen = ended.stdout.split(MARK)
    same(f"commands that ended: {ended.stdout}", COMMANDS + 1, len(seen))
    for (command, wanted), before, after in zip(typed, seen, seen[1:]):
        same(f"exit code of {command!r}: {before}", "0", after.splitlines()[0].strip())
        lines = before.splitlines()[(1 if before is not seen[0] else 0):]
        lines = [line for line in lines if not re.match(r"\[\d+\]", line)]
        if wanted:
            same(f"lines of {command!r}: {lines}", len(wanted), len(lines))
        for want, line in zip(wanted, lines):
            pattern = "*".join(re.sub(r"([*?[])", r"[\1]", part) for part in want.split("[..]"))
            true(f"{line!r} as {want!r}", fnmatch.fnmatchcase(line, pattern))
    run.say(f"{len(typed)} commands did what the page says")
