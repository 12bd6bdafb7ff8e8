"""One node on loopback for the benchmarks: control, a dataplane, what they are told, the load."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PHONES, FIRST_USER, PASSWORD, DOMAIN = 1000, 1000000, "pw", "env1.example"
PATHS = ["smpp-sip", "smpp-smpp", "sip-smpp", "sip-sip", "register"]
# Each phone registers so often, each time with a challenge; so many of them ask at once.
ROUNDS, ASKING = 200, 500
SMPP, SIP, SINK = "127.0.0.5:2775", "127.0.0.5:5060", "127.0.0.6:2775"


def write(path, text, mode=0o600):
    """A file that nobody else reads."""
    path.write_text(text)
    path.chmod(mode)
    return path


class Node:
    """Control and one dataplane."""

    def __init__(self, directory, profile, io="uring", runtime="own", cores=(0,),
                 tape=4, program=None):
        self.directory = directory
        self.bin = TARGET / profile
        self.program = pathlib.Path(program or self.bin / "signalbox-dataplane").resolve()
        self.processes = []
        cores = list(cores)
        write(directory / "node.toml", f"""\
node = "bench"
number = 9
shards = {len(cores)}
cores = {cores}
io = "{io}"
runtime = "{runtime}"
tape_mib = {tape}
data = "bench"
plan = "plan"
key_file = "seal.key"
[[environment]]
name = "env1"
smpp = ["{SMPP}"]
sip = ["{SIP}"]
""")
        write(directory / "control.toml", """\
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "seal.key"
[[node]]
name = "bench"
data = "bench"
""")

    def start(self, *command):
        """Starts a program here."""
        log = open(self.directory / f"{pathlib.Path(command[0]).name}.log", "wb")
        process = subprocess.Popen(command, cwd=self.directory, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def cli(self, *words):
        """What the operator's command says."""
        environment = dict(os.environ, SIGNALBOX_SOCKET=str(self.directory / "control.sock"))
        command = [self.bin / "signalbox", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"signalbox {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def serve(self):
        """Starts both and waits until they serve."""
        self.control = self.start(self.bin / "signalbox-control", "--config", "control.toml")
        until(lambda: (self.directory / "control.sock").exists(), "control")
        self.dataplane = self.start(self.program, "--config", "node.toml")
        log = self.directory / "signalbox-dataplane.log"
        until(lambda: "serving" in log.read_text(), "the dataplane", log)

    def provision(self, phones=PHONES, binds=64):
        """One environment with a carrier, a connection and accounts, all rated."""
        secret = str(write(self.directory / "pw", f"{PASSWORD}\n"))
        self.cli("environment", "add", "env1", "--domain", DOMAIN, "--smpp", SMPP, "--sip", SIP)
        self.cli("tariff", "add", "in", "--env", "env1", "--currency", "USD", "--price", "*=0.01")
        self.cli("carrier", "add", "LOAD", "--env", "env1", "--system-id", "load",
                 "--password-file", secret, "--window", "1000", "--binds", str(binds),
                 "--tariff", "in")
        self.cli("connection", "add", "sink", "--env", "env1", "--remote", SINK, "--system-id",
                 "load", "--password-file", secret, "--window", "2000", "--always-ask", "off")
        self.cli("policy", "add", "222%", "--env", "env1", "--via", "sink")
        users = "".join(f"{user},{PASSWORD}\n" for user in range(FIRST_USER, FIRST_USER + phones))
        sheet = write(self.directory / "accounts.csv", f"name,password\n{users}")
        self.cli("account", "import", str(sheet), "--env", "env1")
        self.cli("commit", "-m", "bench", "--wait-for", "20")

    def agree(self, ack):
        """When the carrier is answered."""
        self.cli("carrier", "set", "LOAD", "--ack", ack)
        self.cli("commit", "-m", ack, "--wait-for", "20")

    @contextlib.contextmanager
    def alone(self):
        """Control stands still; what it harvests waits in the journals."""
        self.control.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.control.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends all of it."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def serving(profile, phones=PHONES, binds=64, **options):
    """A provisioned node in a directory of its own, gone afterwards."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signalbox-bench-"))
    node = Node(directory, profile, **options)
    try:
        node.serve()
        node.provision(phones, binds)
        yield node
    finally:
        node.stop()
        shutil.rmtree(directory, ignore_errors=True)


def until(ready, what, log=None):
    """Waits until something is so, twenty seconds at most."""
    deadline = time.monotonic() + 20
    while not ready():
        if time.monotonic() > deadline:
            sys.exit(f"{what} did not start: {log.read_text() if log else ''}")
        time.sleep(0.02)


def ends(path, smpp=SMPP, sip=SIP, sink=SINK):
    """What signalbox-load is told about both ends of a path."""
    esme = ["--connect", smpp, "--system-id", "load", "--password", PASSWORD]
    apps = ["--sip", sip, "--domain", DOMAIN, "--phones", str(PHONES),
            "--first-user", str(FIRST_USER), "--phone-password", PASSWORD]
    # The receipts that apps ask for have to keep pace, or they pile up from run to run.
    centre = ["--listen", sink, "--first-number", "222000000", "--sink-window", "2000"]
    return {"smpp-sip": esme + apps, "smpp-smpp": esme + centre, "sip-smpp": apps + centre,
            "sip-sip": apps, "centre-smpp": ["--centre", smpp, *centre]}[path]


def load(profile, path, pids, seconds, binds=8, window=500, rate=None, **where):
    """One run over a path, with figures from its third second on."""
    common = ["--binds", str(binds), "--window", str(window), "--for", str(seconds),
              "--warm-up", "2", "--json", "--no-progress", "--pid", ",".join(map(str, pids))]
    common += ["--rate", str(rate)] if rate else []
    return run_load(profile, path, [*common, *ends(path, **where)], seconds + 120)


def storm(profile, pids, sip=SIP):
    """Every phone registers again and again, each time with a challenge; told as an SMS is."""
    options = ["--sip", sip, "--domain", DOMAIN, "--first-user", str(FIRST_USER),
               "--phone-password", PASSWORD, "--contacts", str(PHONES), "--rounds", str(ROUNDS),
               "--sockets", "100", "--window", str(ASKING), "--within", "300", "--json",
               "--pid", ",".join(map(str, pids))]
    result = run_load(profile, "register", options, 330)
    all_ms = result["groups"]["strangers"]["took"]
    return {"delivered_per_s": result["bound_per_s"], "response": all_ms,
            "cpu_us_per_sms": result["cpu_us_per_contact"],
            "processes": [{"rss_kib": result["rss_mib"] * 1024}],
            "account": {"lost": result["contacts"] - result["bound"], "delivered_twice": 0}}


def run_load(profile, path, options, timeout):
    """What signalbox-load says on core 1. A run that was not perfect (exit status 1) says by its
    account what was lost, and whoever asked decides."""
    command = ["taskset", "-c", "1", TARGET / profile / "signalbox-load", path, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode > 1:
        sys.exit(f"signalbox-load {path} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def missing(result):
    """SMS that were lost or came twice."""
    return result["account"]["lost"] + result["account"]["delivered_twice"]
