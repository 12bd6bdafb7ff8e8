"""The stage of the demo: a folder, our programs, the operator's commands, a line of progress."""

import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, "run", "demo")
TARGET = os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target")
BINARIES = os.environ.get("SIGNALBOX_BINARIES") or os.path.join(TARGET, "quick")
SMPP_PORT, SIP_PORT = 2775, 5060


class Failed(Exception):
    """The demo cannot go on; its text says why and what to do."""


def program(name):
    """The path of one of our programs."""
    path = os.path.join(BINARIES, name)
    if not os.access(path, os.X_OK):
        raise Failed(f"{path} is not there; run `make build`")
    return path


class Background:
    """A program of ours that runs beside the demo; its events are counted as they come."""

    def __init__(self, name, argv, on_event=None):
        self.name = name
        self.summary = None
        self.log_path = os.path.join(FOLDER, f"{name}.log")
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                [program(argv[0]), *map(str, argv[1:])], cwd=FOLDER, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if on_event else log, stderr=log, start_new_session=True,
            )
        self.reader = None
        if on_event:
            self.reader = threading.Thread(target=self._read, args=(on_event,), daemon=True)
            self.reader.start()

    def _read(self, on_event):
        with open(self.log_path, "ab") as log:
            for line in self.child.stdout:
                log.write(line)
                event = json.loads(line)
                if event["event"] == "summary":
                    self.summary = event
                else:
                    on_event(event)

    @property
    def running(self):
        """Is it there?"""
        return self.child.poll() is None

    def result(self, seconds):
        """Waits for its end and gives its totals."""
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            what = f"{self.name} is not done after {seconds} s; see {self.log_path}"
            raise Failed(what) from None
        self.reader.join(10)
        if self.summary is None:
            raise Failed(f"{self.name} ended with {self.child.returncode}; see {self.log_path}")
        return self.summary

    def stop(self, hard=False):
        """Asks it to end; insists after some seconds."""
        if self.running:
            self.child.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        if self.reader:
            self.reader.join(10)


class Stage:
    """Everything that runs, and the operator's hand."""

    def __init__(self):
        stop_kept(or_refuse=True)
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(os.path.join(FOLDER, "secrets"), mode=0o700)
        self.running = []
        self.socket = os.path.join(FOLDER, "control.sock")

    def write(self, name, text, mode=0o644):
        """A file in the demo's folder."""
        path = os.path.join(FOLDER, name)
        with open(path, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        return path

    def secret(self, name):
        """The file of a fresh password."""
        return self.write(f"secrets/{name}", secrets.token_hex(4) + "\n", 0o600)

    def start(self, name, *argv, on_event=None):
        """Starts a program of ours in the background."""
        started = Background(name, argv, on_event)
        self.running.append(started)
        return started

    def operate(self, *words, show=True):
        """What an operator types, shown as typed; returns what the command writes."""
        words = [str(word) for word in words]
        if show:
            typed = " ".join(shlex.quote(word) for word in words)
            print(f"  $ signalbox {typed.replace(FOLDER + '/', '')}")
        ended = subprocess.run(
            [program("signalbox"), "--socket", self.socket, *words], cwd=FOLDER,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )
        if ended.returncode != 0:
            raise Failed(f"signalbox {words[0]} exited {ended.returncode}: {ended.stderr.strip()}")
        return ended.stdout

    def wait(self, what, look, seconds=20):
        """Until `look` is true."""
        deadline = time.monotonic() + seconds
        while not look():
            self.check_alive()
            if time.monotonic() > deadline:
                raise Failed(f"no {what} after {seconds} s; logs are in {FOLDER}")
            time.sleep(0.02)

    def check_alive(self):
        """A program that ended by itself is why nothing goes on."""
        for one in self.running:
            if not one.running and one.child.returncode != 0 and one.summary is None:
                raise Failed(f"{one.name} ended with {one.child.returncode}; its last words:\n"
                             + last_words(one.log_path))

    def keep(self):
        """Leaves everything running and remembers what."""
        self.write("pids", "".join(f"{one.child.pid} {one.name}\n"
                                   for one in self.running if one.running))

    def stop(self):
        """Ends all of it, the last started first."""
        for one in reversed(self.running):
            one.stop()


class Progress:
    """One line that is written over and over on a terminal, one line a second elsewhere."""

    def __init__(self, tell):
        self.tell = tell
        self.live = sys.stdout.isatty()
        self.shown = 0.0

    def show(self, last=False):
        """Shows it if it is time, or at the end."""
        now = time.monotonic()
        if not last and now - self.shown < (0.1 if self.live else 1.0):
            return
        self.shown = now
        if self.live:
            print(f"\r\x1b[K  {self.tell()}", end="\n" if last else "", flush=True)
        else:
            print(f"  {self.tell()}", flush=True)


def last_words(path, lines=15):
    """The end of a log."""
    with open(path, encoding="utf-8", errors="replace") as log:
        return "".join(log.readlines()[-lines:])


def listens(address):
    """Does somebody listen on both of an environment's ports?"""
    for kind, port in ((socket.SOCK_STREAM, SMPP_PORT), (socket.SOCK_DGRAM, SIP_PORT)):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return False
    return True


def stop_kept(or_refuse=False):
    """Ends what a demo with KEEP=1 left running; or refuses to begin while it does."""
    try:
        with open(os.path.join(FOLDER, "pids"), encoding="ascii") as file:
            kept = [line.split() for line in file]
    except FileNotFoundError:
        kept = []
    alive = [int(pid) for pid, _ in kept if is_ours(pid)]
    if or_refuse:
        if alive:
            raise Failed("a kept demo is still running; end it with `make demo-stop`")
        return
    for pid in reversed(alive):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while any(is_ours(pid) for pid in alive) and time.monotonic() < deadline:
        time.sleep(0.05)
    print(f"stopped {len(alive)} programs of the kept demo")


def is_ours(pid):
    """Is this process one of our programs?"""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("signalbox")
    except OSError:
        return False
