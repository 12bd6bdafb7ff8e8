"""Debian hosts on a wire of their own: systemd-nspawn guests, a bridge, and the world outside.

The process that makes them moves into the network namespace `outside` first: everything it starts
from then on, Ansible, carriers and apps, reaches the guests only over the wire.
"""

import glob
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

from process import Process  # noqa: E402 (it needs the path above)
from waiting import until  # noqa: E402

BASE = os.path.join(ROOT, ".guests", "base")
OUTSIDE = "192.0.2.1"


def quietly(*words, check=True):
    """Runs a command; what it says is only shown if it fails."""
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if check and ended.returncode:
        raise AssertionError(f"{' '.join(map(str, words))}: {ended.stdout}{ended.stderr}")
    return ended


def go_outside(tag):
    """Makes the wire, and runs this program again outside, at its one end."""
    if os.environ.get("SIGNALBOX_OUTSIDE") == tag:
        return
    name = f"{tag}-outside"
    quietly("ip", "netns", "add", name)
    # `ip netns exec` would hide the cgroups from the guests.
    inside = ["nsenter", f"--net=/run/netns/{name}"]
    quietly(*inside, "ip", "link", "set", "lo", "up")
    quietly(*inside, "ip", "link", "add", "wire", "type", "bridge")
    quietly(*inside, "ip", "address", "add", f"{OUTSIDE}/24", "dev", "wire")
    quietly(*inside, "ip", "link", "set", "wire", "up")
    child = subprocess.Popen([*inside, sys.executable, *sys.argv],
                             env=dict(os.environ, SIGNALBOX_OUTSIDE=tag))
    # Ctrl-C reaches the child as well; it tidies up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = child.wait()
    quietly("ip", "netns", "delete", name, check=False)
    raise SystemExit(code)


# Control groups of its own: two systemds in one would remove each other's.
OWN_GROUP = """
for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ ! -e "$tree/cgroup.procs" ] || {
        mkdir -p "$tree/$0" && echo $$ > "$tree/$0/cgroup.procs"
    } 2>/dev/null
done
exec "$@"
"""


class Guest:
    """One Debian host."""

    def __init__(self, name, address, directory, tag):
        self.name, self.address, self.directory = name, address, directory
        self.space = f"{tag}-{name}"
        self.link = f"{tag[-6:]}{name}"
        self.root = os.path.join(directory, f"{name}.root")
        self.key = os.path.join(directory, "id")
        self.process = None

    def make(self):
        """A fresh disk, copied from the base."""
        shutil.rmtree(self.root, ignore_errors=True)
        quietly("cp", "-a", "--reflink=auto", BASE, self.root)
        ssh = os.path.join(self.root, "root", ".ssh")
        os.makedirs(ssh, mode=0o700, exist_ok=True)
        shutil.copy(f"{self.key}.pub", os.path.join(ssh, "authorized_keys"))
        with open(os.path.join(self.root, "etc", "hostname"), "w", encoding="ascii") as name:
            name.write(self.name + "\n")
        return self

    def wire(self):
        """Its cable to the bridge, which stays when the host dies."""
        quietly("ip", "netns", "add", self.space)
        quietly("ip", "link", "add", self.link, "type", "veth", "peer", "name", "host0")
        quietly("ip", "link", "set", "host0", "netns", self.space)
        quietly("ip", "link", "set", self.link, "master", "wire", "up")
        for words in (["ip", "link", "set", "lo", "up"], ["ip", "link", "set", "host0", "up"],
                      ["ip", "address", "add", f"{self.address}/24", "dev", "host0"]):
            quietly("nsenter", f"--net=/run/netns/{self.space}", *words)
        return self

    def boot(self):
        """Starts it and waits for ssh."""
        self.process = Process(f"guest-{self.name}", [
            "sh", "-c", OWN_GROUP, self.space,
            "systemd-nspawn", "--quiet", "--directory", self.root, "--register=no", "--keep-unit",
            f"--network-namespace-path=/run/netns/{self.space}", "--machine", self.space,
            "--capability=CAP_NET_ADMIN,CAP_SYS_NICE", "--console=pipe", "--boot",
        ], self.directory).start()
        until(f"ssh of {self.name}", lambda: self.ssh("true", check=False).returncode == 0, 60, 0.2)
        return self

    def ssh(self, command, check=True):
        """Runs a command on it."""
        ended = subprocess.run(
            ["ssh", "-i", self.key, "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
             "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=2",
             f"root@{self.address}", command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if check and ended.returncode:
            raise AssertionError(f"{self.name}: `{command}` exited {ended.returncode}: "
                                 f"{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
        return ended

    def die(self):
        """kill -9 of the whole host; its disk stays as it is."""
        if self.process:
            # Its processes first: they would outlive nspawn, and hold the file system.
            until(f"end of {self.name}", lambda: not killed_in(self.space), 20, 0.1)
            self.process.kill()

    def remove(self):
        """Host, cable and disk."""
        self.die()
        quietly("ip", "link", "delete", self.link, check=False)
        quietly("ip", "netns", "delete", self.space, check=False)
        shutil.rmtree(self.root, ignore_errors=True)
        for tree in glob.glob(f"/sys/fs/cgroup/{self.space}") + glob.glob(
                f"/sys/fs/cgroup/*/{self.space}"):
            quietly("find", tree, "-depth", "-type", "d", "-delete", check=False)


def killed_in(space):
    """Kills every process of a network namespace; says whether there was one."""
    pids = quietly("ip", "netns", "pids", space, check=False).stdout.split()
    if pids:
        quietly("kill", "-9", *pids, check=False)
    return bool(pids)
