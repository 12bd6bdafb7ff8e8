"""Where things are."""

import os

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PEERS = os.path.join(ROOT, ".peers")
TARGET = os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target")
BINARIES = os.environ.get("SIGNALBOX_BINARIES") or os.path.join(TARGET, "quick")


def binary(name):
    """One of our programs, as `make build` left it."""
    path = os.path.join(BINARIES, name)
    if not os.access(path, os.X_OK):
        raise SystemExit(f"error: {path} is not there; run `make build` first")
    return path
