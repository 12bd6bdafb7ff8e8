#!/usr/bin/env python3
"""Plants each bug of this folder in a copy of the tree, and sees that its test finds it.

usage: tests/mutants/run.py [NAME...]

A patch begins with what it breaks and which test must fail. All share one copy of the tree and
one folder of builds, so that each costs the building of a crate or two. It is not the tree's own
folder: cargo takes what is built of the copy for what is built of the tree.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PLACE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "mutants"
# What cargo nextest ends with when a test failed; another number says that nothing was tried.
FAILED = 100


class Mutant:
    """A bug, and who must see it."""

    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.what, *rest = path.read_text().splitlines()
        said = dict(line.split(": ", 1) for line in rest[:3])
        binary = ["--lib"] if said["package"] == said["binary"] else ["--test", said["binary"]]
        self.command = ["cargo", "nextest", "run", "-p", said["package"], *binary, said["test"]]

    def run(self, tree):
        """How the test ended, and the last that was said."""
        builds = str(PLACE / "builds")
        environment = dict(os.environ, CARGO_TARGET_DIR=builds, CARGO_TERM_COLOR="never")
        done = subprocess.run(self.command, cwd=tree, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def plant(self, tree, *how):
        subprocess.run(["git", "apply", *how, str(self.path)], cwd=tree, check=True)


def copied():
    """The tree as it was committed last, always at one place: what is built of it is found."""
    tree = PLACE / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    archive = subprocess.Popen(["git", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-m", "-C", tree], stdin=archive.stdout, check=True)
    subprocess.run(["git", "init", "-q", tree], check=True)
    return tree


def main():
    mutants = [Mutant(path) for path in sorted(HERE.glob("*.patch"))]
    mutants = [one for one in mutants if not sys.argv[1:] or one.name in sys.argv[1:]]
    unseen = []
    tree = copied()
    for command in {tuple(one.command): one for one in mutants}.values():
        code, said = command.run(tree)
        if code:
            sys.exit(f"{' '.join(command.command)} fails without a bug:\n{said[-2000:]}")
    for one in mutants:
        began = time.monotonic()
        one.plant(tree)
        code, said = one.run(tree)
        one.plant(tree, "--reverse")
        took = time.monotonic() - began
        verdict = {FAILED: "seen", 0: "NOT SEEN"}.get(code, "NOT BUILT")
        print(f"{verdict:9} {one.name:30} {took:5.1f} s  {one.what}", flush=True)
        if code != FAILED:
            unseen.append(one.name)
            print(said[-2000:])
    print(f"{len(mutants) - len(unseen)} of {len(mutants)} planted bugs were seen")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
