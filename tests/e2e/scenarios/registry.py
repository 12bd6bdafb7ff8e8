"""How a scenario says what it is."""

from dataclasses import dataclass
from typing import Callable

from world import World

ALL = {}


class Run:
    """One run of a scenario: its directory, its worlds, its figures."""

    def __init__(self, directory, options):
        self.directory = directory
        self.options = options

    def world(self, *nodes, **more):
        """A site with these environments' nodes, on the body that the scenario asks for."""
        return World(self.directory, nodes, **{**self.options, **more})

    def say(self, text):
        """A figure worth reading."""
        print(f"      {text}", flush=True)


@dataclass
class Scenario:
    """A name, the groups it runs in, one line about it, and what it may take."""

    name: str
    groups: tuple
    title: str
    seconds: int
    body: Callable
    options: dict

    def run(self, directory):
        """Runs it here; fails by an exception."""
        self.body(Run(directory, self.options))


def scenario(name, *groups, peers, seconds=90, **options):
    """Registers a function as a scenario; the first line of its text is the title."""

    def register(body):
        title = f"{body.__doc__.splitlines()[0].rstrip('.')} [{', '.join(peers)}]"
        ALL[name] = Scenario(name, groups, title, seconds, body, options)
        return body

    return register
