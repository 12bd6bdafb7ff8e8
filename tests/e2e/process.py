"""A program under test, or a peer of it, and its log."""

import os
import signal
import subprocess


class Process:
    """One running program; its output goes to `<name>.log` in the scenario's directory."""

    def __init__(self, name, argv, directory, env=None, stdin=None):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.directory = directory
        self.log_path = os.path.join(directory, f"{name}.log")
        self.env = dict(os.environ, **(env or {}))
        self.stdin = stdin
        self.child = None

    def start(self):
        """Starts it, again if it was started before; the log goes on."""
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                self.argv,
                cwd=self.directory,
                env=self.env,
                stdin=self.stdin or subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    @property
    def running(self):
        """Is it there?"""
        return self.child is not None and self.child.poll() is None

    def write(self, line):
        """One line to its standard input."""
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()

    def log(self):
        """All it has said so far."""
        try:
            with open(self.log_path, "rb") as log:
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def kill(self):
        """kill -9."""
        if self.running:
            self.child.kill()
        if self.child is not None:
            self.child.wait()

    def stop(self, seconds=10):
        """Asks it to end and returns its exit code; kills it if it will not."""
        if self.running:
            self.child.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds=10):
        """Its exit code, once it has ended by itself."""
        if self.child is None:
            return None
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {seconds} s") from None
