"""Waiting for an event, never for a time."""

import time


class Late(AssertionError):
    """What was awaited did not come."""


def until(what, look, seconds=10.0, every=0.01):
    """Calls `look` until it gives something true and returns that; `what` names it if late."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise Late(f"after {seconds:g} s there is still no {what}")
        time.sleep(every)


def same(what, expected, found):
    """The one assertion of the scenarios: says what was compared and both sides."""
    if expected != found:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def true(what, found):
    """Says what should have been true, and what was found instead."""
    if not found:
        raise AssertionError(f"{what}: found {found!r}")
    return found
