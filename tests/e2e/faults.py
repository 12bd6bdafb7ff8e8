"""Causes of faults: a disk that loses power, a system call that fails, a process that starves.

Each needs what a scenario has anyway: namespaces of its own and root in them; the disks need
loop devices, the starving needs control groups of version 1.
"""

import contextlib
import fcntl
import os
import signal
import struct
import subprocess

from waiting import until

# EXT4_IOC_SHUTDOWN, and without a flush of the journal of the file system: a power cut.
SHUTDOWN, NO_FLUSH = 0x8004587D, 2
GROUPS = "/sys/fs/cgroup"


def sh(*words):
    """Runs a command that must succeed; gives what it said."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


class Disk:
    """ext4 in a file, mounted at a folder."""

    def __init__(self, image, folder, mib=64):
        self.image, self.folder = image, folder
        with open(image, "wb") as file:
            file.truncate(mib << 20)
        sh("mkfs.ext4", "-q", "-F", image)
        self.mount()

    def mount(self):
        """Puts it in its place."""
        sh("mount", "-o", "loop", self.image, self.folder)

    def unmount(self):
        """Takes it away, as soon as nobody looks at it."""

        def gone():
            return subprocess.run(["umount", self.folder], capture_output=True).returncode == 0

        until(f"end of the use of {self.folder}", gone, every=0.02)

    def cut_power(self):
        """From now on every write fails, and what was not synced is lost."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", NO_FLUSH))
        finally:
            os.close(folder)

    def restore_power(self):
        """After the power cut, and the death of whoever used it."""
        self.unmount()
        self.mount()

    @contextlib.contextmanager
    def frozen(self):
        """Whoever writes waits until the block is left."""
        sh("fsfreeze", "-f", self.folder)
        try:
            yield
        finally:
            sh("fsfreeze", "-u", self.folder)

    def lose_power(self, node):
        """The machine of a node is without power for a moment; the node is not started again."""
        # It has no time to see that its writes fail.
        stop(node)
        self.cut_power()
        node.process.kill()
        self.restore_power()


# What is written at once into a disk that is being filled.
PIECE = 64 << 10


class Full:
    """A small tmpfs at a folder, and ballast in it."""

    def __init__(self, folder, size):
        self.ballast = os.path.join(folder, "ballast")
        sh("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)

    def fill(self, but):
        """Leaves so many octets free, or fewer if others write meanwhile."""
        with open(self.ballast, "wb", buffering=0) as file:
            while (room := os.statvfs(os.path.dirname(self.ballast))).f_bavail * room.f_bsize > but:
                file.write(bytes(min(room.f_bavail * room.f_bsize - but, PIECE)))

    def empty(self):
        """Gives the room back."""
        os.remove(self.ballast)


class Group:
    """A control group: what is in there has so much and no more."""

    def __init__(self, kind, **limits):
        self.path = os.path.join(GROUPS, kind, f"signalbox-{kind}-{os.urandom(4).hex()}")
        os.mkdir(self.path)
        for name, value in limits.items():
            self.set(f"{kind}.{name}", value)

    def set(self, name, value):
        """One of its settings."""
        with open(os.path.join(self.path, name), "w", encoding="ascii") as file:
            file.write(str(value))

    def get(self, name):
        """What one of its files says."""
        with open(os.path.join(self.path, name), encoding="ascii") as file:
            return file.read()

    def take(self, pid):
        """A process, with all its threads, from now on."""
        self.set("cgroup.procs", pid)

    def take_thread(self, thread):
        """One thread."""
        self.set("tasks", thread)

    def close(self):
        """Lets all of it go."""
        for thread in self.get("tasks").split():
            try:
                with open(os.path.join(os.path.dirname(self.path), "tasks"), "w",
                          encoding="ascii") as file:
                    file.write(thread)
            except OSError:
                pass  # it ended
        until("empty control group", lambda: not self.get("tasks").split())
        os.rmdir(self.path)


def traced(node, *words):
    """The node's next start runs under strace, which does `words` to it; its pid stays its own."""
    plain = [word for word in node.process.argv]
    if plain[0] == "strace":
        plain = plain[plain.index("--") + 1:]
    log = os.path.join(node.world.directory, "strace.out")
    node.process.argv = ["strace", "-D", "-f", "-qq", "-o", log, *words, "--", *plain]
    return node


def untraced(node):
    """Its next start is as ever."""
    argv = node.process.argv
    if argv[0] == "strace":
        node.process.argv = argv[argv.index("--") + 1:]
    return node


def stop(node):
    """SIGSTOP, and until all of its threads stand."""
    node.process.child.send_signal(signal.SIGSTOP)
    tasks = f"/proc/{node.process.child.pid}/task"

    def stands(task):
        try:
            with open(f"{tasks}/{task}/stat", encoding="ascii", errors="replace") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] in "TDXZ"
        except OSError:
            return True  # it ended

    until("end of all movement", lambda: all(stands(task) for task in os.listdir(tasks)))


def go_on(node):
    """SIGCONT."""
    node.process.child.send_signal(signal.SIGCONT)


def cut_links(address, port):
    """Ends every connection to a listener as the kernel can; its owners see a reset."""
    # ss says that it failed, and does it.
    subprocess.run(["ss", "-K", "dst", address, "dport", "=", str(port)], capture_output=True)


class Loss:
    """Datagrams of a port are lost at random, in both directions."""

    def __init__(self, port, probability):
        self.rules = [("-p", "udp", side, str(port), "-m", "statistic", "--mode", "random",
                       "--probability", str(probability), "-j", "DROP")
                      for side in ("--dport", "--sport")]
        for rule in self.rules:
            sh("iptables", "-A", "INPUT", *rule)

    def end(self):
        """All arrive again."""
        for rule in self.rules:
            sh("iptables", "-D", "INPUT", *rule)
