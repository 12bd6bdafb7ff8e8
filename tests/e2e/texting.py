"""An app that only writes: sipp sends one MESSAGE and says whether it heard what it should."""

import itertools
import os
import subprocess

from paths import HERE

# Each run needs a port and files of its own.
RUNS = itertools.count()


class Writer:
    """The app of an account; `password` may be wrong."""

    peer = "sipp 3.6.1"

    def __init__(self, user, password, domain, server, directory):
        self.user, self.password, self.domain = user, password, domain
        self.server, self.directory = server, directory

    def write(self, number, text, status=202, calling=None, domain=None, expires=60):
        """A MESSAGE to a number; any other final answer than `status` is a failure."""
        run = next(RUNS)
        called = f"{number}@{domain or self.domain}"
        with open(f"{HERE}/sipp/message.xml", encoding="utf-8") as source:
            scenario = source.read()
        calling = f"{calling or self.user}@{self.domain}"
        for word, value in (("CALLED", called), ("CALLING", calling), ("STATUS", str(status)),
                            ("EXPIRES", f"Expires: {expires}"), ("TEXT", text)):
            scenario = scenario.replace(word, value)
        path = os.path.join(self.directory, f"message-{run}.xml")
        with open(path, "w", encoding="utf-8") as target:
            target.write(scenario)
        ended = subprocess.run(
            ["sipp", "-sf", path, "-i", "127.0.0.1", "-p", str(27000 + 2 * run),
             f"{self.server}:5060", "-au", self.user, "-ap", self.password, "-auth_uri", called,
             "-m", "1", "-nostdin", "-timeout", "10s", "-timeout_error"],
            cwd=self.directory, capture_output=True, text=True, timeout=30,
        )
        if ended.returncode != 0:
            raise AssertionError(f"{self.user} to {called} did not hear {status}: "
                                 f"{ended.stdout[-1500:]}{ended.stderr[-500:]}")
