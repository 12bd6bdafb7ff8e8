#!/usr/bin/env python3
"""Runs end-to-end scenarios: `run.py --list`, `run.py SCENARIO...`, `run.py --group smoke`.

Each scenario runs in a process of its own, in namespaces of its own: its loopback, its ports,
its /etc/hosts, its DNS and its processes are nobody else's, and nothing of it is left afterwards.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import scenarios  # noqa: E402 (it needs the path above)
from names import RESOLV_CONF  # noqa: E402

HOSTS = """\
127.0.0.1 localhost {hostname}
127.0.0.2 env1.example
127.0.0.3 env2.example
127.0.0.4 env4.example
127.0.0.5 env5.example
"""
# What a failed scenario shows of each log.
LOG_LINES_SHOWN = 25


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the scenarios and end")
    parser.add_argument("--group", action="append", default=[], help="all scenarios of a group")
    parser.add_argument("--keep", action="store_true", help="keep the directories of passed ones")
    parser.add_argument("--inside", metavar="DIRECTORY", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="SCENARIO")
    asked = parser.parse_args()
    if asked.inside:
        return inside(scenarios.ALL[asked.names[0]], asked.inside)
    if asked.list:
        for one in scenarios.ALL.values():
            print(f"{one.name:24} {','.join(one.groups):16} {one.title}")
        return 0
    return run_all(chosen(asked), asked.keep)


def chosen(asked):
    """The scenarios that were asked for, in the order in which they are written."""
    unknown = [name for name in asked.names if name not in scenarios.ALL]
    if unknown:
        raise SystemExit(f"error: no scenario {unknown[0]!r}; see run.py --list")
    everything = not asked.names and not asked.group
    return [one for one in scenarios.ALL.values()
            if everything or one.name in asked.names or set(one.groups) & set(asked.group)]


def run_all(wanted, keep):
    """Runs them one after another; the last line counts."""
    failed = []
    for one in wanted:
        directory = tempfile.mkdtemp(prefix=f"signalbox-{one.name.replace('/', '-')}-")
        started = time.monotonic()
        passed, why = run_one(one, directory)
        took = time.monotonic() - started
        print(f"{'PASS' if passed else 'FAIL'}  {one.name:22} {took:5.1f} s  {one.title}",
              flush=True)
        if not passed:
            failed.append(one.name)
            print(f"      {why}; its directory is {directory}")
            show_logs(directory)
        elif not keep:
            shutil.rmtree(directory, ignore_errors=True)
    if failed:
        print(f"failed: {' '.join(failed)}")
    print(f"{len(wanted) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def run_one(one, directory):
    """Runs one in its own namespaces and gives (passed, why not)."""
    with open(os.path.join(directory, "hosts"), "w", encoding="ascii") as hosts:
        hosts.write(HOSTS.format(hostname=socket.gethostname()))
    with open(os.path.join(directory, "resolv.conf"), "w", encoding="ascii") as resolv:
        resolv.write(RESOLV_CONF)
    isolate = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        isolate.append("--map-root-user")
    prepare = ('ip link set lo up && for f in hosts resolv.conf; do'
               ' mount --bind "$0/$f" /etc/$f || exit 1; done && exec "$@"')
    child = subprocess.Popen(
        [*isolate, "sh", "-c", prepare, directory,
         sys.executable, os.path.join(HERE, "run.py"), "--inside", directory, one.name],
        env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"),
    )
    try:
        code = child.wait(one.seconds)
    except subprocess.TimeoutExpired:
        return False, f"it took more than {one.seconds} s"
    finally:
        # The first process of the namespace is gone with it, and so is everything in there.
        child.kill()
        child.wait()
    return code == 0, f"exit code {code}"


def inside(one, directory):
    """Runs one scenario here; what it prints is its figures."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        one.run(directory)
    except Exception:  # every failure of a scenario ends here, with its trace
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        sys.stdout.flush()
    return 0


def show_logs(directory):
    """The last lines of each log."""
    for name in sorted(os.listdir(directory)):
        if name.endswith(".log"):
            with open(os.path.join(directory, name), "rb") as log:
                lines = log.read().decode("utf-8", "replace").splitlines()
            print(f"      --- {name}: the last of {len(lines)} lines")
            for line in lines[-LOG_LINES_SHOWN:]:
                print(f"      | {line[:300]}")


if __name__ == "__main__":
    sys.exit(main())
