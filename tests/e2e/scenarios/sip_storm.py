"""E8: a city registers after a power cut, and SMS go on."""

import json
import os
import subprocess

from paths import binary
from scenarios.registry import scenario
from waiting import same, until
from world import TATA_PASSWORD

CONTACTS, PER_ACCOUNT, PHONES = 100_000, 10, 100
STORM_USER, PHONE_USER = 200_000, 100_000


def provision(world):
    """10,000 accounts for the storm and a hundred for the SMS, from one file."""
    with open(os.path.join(world.directory, "pw"), "w", encoding="ascii") as file:
        file.write("pw\n")
    users = [*range(STORM_USER, STORM_USER + CONTACTS // PER_ACCOUNT),
             *range(PHONE_USER, PHONE_USER + PHONES)]
    path = os.path.join(world.directory, "city.toml")
    with open(path, "w", encoding="ascii") as file:
        file.write("[environment.env1]\n")
        file.writelines(f'[account.{user}]\npassword_file = "pw"\n' for user in users)
    world.cli.run("apply", "-f", path)


def load(*words):
    """Starts a run of the load harness."""
    return subprocess.Popen([binary("signalbox-load"), *map(str, words), "--json"],
                            stdout=subprocess.PIPE, text=True)


def report(run, seconds=180):
    """What it says when it is over."""
    return json.loads(run.communicate(timeout=seconds)[0])


def messages(seconds):
    """SMS to the hundred, by the clock."""
    return load("smpp-sip", "--connect", "127.0.0.2:2775", "--sip", "127.0.0.2:5060",
                "--domain", "env1.example", "--system-id", "tata", "--password", TATA_PASSWORD,
                "--binds", 1, "--window", 100, "--rate", 200, "--for", seconds,
                "--phones", PHONES, "--first-user", PHONE_USER, "--no-progress")


@scenario("sip/e8-storm", "sip", peers=("signalbox-load",), seconds=300)
def storm(run):
    """E8: 100,000 contacts register at once, 20,000 of them again; SMS hardly notice."""
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata(window=1000)
        provision(world)
        world.commit("a city")
        calm = report(messages(5))
        same("SMS lost on a calm day", 0, calm["account"]["lost"])
        busy = messages(25)
        # The hundred have registered when their SMS begin.
        until("bind of TATA", lambda: any(row["state"].startswith("bound")
                                          for row in world.cli.lines("binds")))
        city = load("register", "--sip", "127.0.0.2:5060", "--domain", "env1.example",
                    "--contacts", CONTACTS, "--per-account", PER_ACCOUNT, "--known", 20,
                    "--first-user", STORM_USER, "--rate", 10_000, "--within", 60,
                    "--sockets", 251)  # the ten contacts of an account are not at one address
        busy = report(busy)
        came = report(city)
        run.say(f"{came['bound']} of {CONTACTS} in {came['took_s']:.1f} s; "
                f"known p99 {came['groups']['known']['took']['p99_us'] / 1e6:.2f} s, strangers "
                f"{came['groups']['strangers']['took']['p99_us'] / 1e6:.2f} s; {came['statuses']}")
        before, during = (one["delivery"]["p99_us"] / 1e3 for one in (calm, busy))
        run.say(f"p99 of SMS to arrival {before:.1f} ms before, {during:.1f} ms during")
        same("99 of 100 registered in a minute", True, came["good"])
        same("at most twice as slow, or not felt", True, during <= max(2 * before, NOT_FELT_MS))
        same("SMS lost in the storm", 0, busy["account"]["lost"])

# What nobody who waits for a text notices, on a machine that has other things to do.
NOT_FELT_MS = 150
