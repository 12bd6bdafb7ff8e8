"""The operator: `signalbox`, as a person or a script would call it."""

import json
import subprocess


class Cli:
    """Runs `signalbox` against one control."""

    def __init__(self, binary, socket, echo=None):
        self.binary = binary
        self.socket = socket
        self.echo = echo

    def run(self, *words, code=0, stdin=None):
        """Its standard output; any other exit code than `code` is a failure that shows all."""
        ended = self.call(*words, stdin=stdin)
        if ended.returncode != code:
            said = (ended.stdout + ended.stderr).strip()
            line = " ".join(str(word) for word in words)
            raise AssertionError(
                f"`signalbox {line}` exited {ended.returncode} instead of {code}: {said}"
            )
        return ended.stdout

    def call(self, *words, stdin=None):
        """The ended process, whatever its exit code."""
        words = [str(word) for word in words]
        if self.echo:
            self.echo(words)
        return subprocess.run(
            [self.binary, "--socket", self.socket, *words],
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=60,
        )

    def json(self, *words):
        """What it says with `--json`: one document."""
        return json.loads(self.run(*words, "--json"))

    def lines(self, *words):
        """What it says with `--json` where it is one object on each line, or one list of them."""
        text = self.run(*words, "--json").strip()
        if text.startswith("["):
            return json.loads(text)
        return [json.loads(line) for line in text.splitlines() if line]
