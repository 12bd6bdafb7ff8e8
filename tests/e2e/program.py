"""A peer in a process of its own that says what happens as JSON lines."""

import json
import subprocess
import sys

from paths import HERE, PEERS
from process import Process
from waiting import until


class Program:
    """One running peer and what it has said."""

    def __init__(self, name, file, *words, directory, env=None):
        runner = "node" if file.endswith(".js") else sys.executable
        env = dict(env or {}, NODE_PATH=f"{PEERS}/node_modules")
        self.name = name
        self.process = Process(name, [runner, f"{HERE}/peers/{file}", *words], directory, env=env,
                               stdin=subprocess.PIPE)

    def start(self):
        """Starts it."""
        self.process.start()
        return self

    @property
    def events(self):
        """All it has said so far."""
        lines = self.process.log().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def said(self, event):
        """Every event of a kind."""
        return [one for one in self.events if one["event"] == event]

    def until(self, event, count=1, seconds=20.0):
        """Waits until it has said so often; gives those events."""

        def enough():
            found = self.said(event)
            if len(found) < count and not self.process.running:
                raise AssertionError(f"{self.name} ended: {self.process.log()[-2000:]}")
            return found if len(found) >= count else None

        return until(f"{count} x {event} of {self.name}", enough, seconds)

    def end(self, seconds=10):
        """Lets it finish; its exit code."""
        self.process.child.stdin.close()
        return self.process.wait(seconds)

    def kill(self):
        """Ends it."""
        self.process.kill()
