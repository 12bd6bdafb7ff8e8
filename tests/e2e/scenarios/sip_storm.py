"""E8: a city registers after a power cut, and SMS go on."""

import json
import os
import subprocess

from paths import binary
from scenarios.registry import scenario
from waiting import same, true, until
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


def city(known, within):
    """The storm: so many of a hundred are registered before it and only refresh."""
    return load("register", "--sip", "127.0.0.2:5060", "--domain", "env1.example",
                "--contacts", CONTACTS, "--per-account", PER_ACCOUNT, "--known", known,
                "--first-user", STORM_USER, "--rate", 10_000, "--within", within,
                "--sockets", 251)  # the ten contacts of an account are not at one address


def start(world):
    """A city without anybody in it yet."""
    world.start()
    world.add_environments()
    world.add_tata(window=1000)
    provision(world)
    world.commit("a city")


@scenario("sip/e8-storm", "sip", peers=("signalbox-load",), seconds=300)
def storm(run):
    """E8: 100,000 contacts register at once, 20,000 of them again"""
    with run.world("env1") as world:
        start(world)
        came = report(city(20, within=60))
        run.say(f"{came['bound']} of {CONTACTS} in {came['took_s']:.1f} s; "
                f"known p99 {came['groups']['known']['took']['p99_us'] / 1e6:.2f} s, strangers "
                f"{came['groups']['strangers']['took']['p99_us'] / 1e6:.2f} s; {came['statuses']}")
        same("99 of 100 registered in a minute", True, came["good"])


@scenario("sip/e8-sms", "sip", peers=("signalbox-load",), seconds=120)
def sms_in_a_storm(run):
    """E8: SMS hardly notice that 10,000 contacts a second register beside them"""
    with run.world("env1") as world:
        start(world)
        calm = report(messages(CITY_SECONDS))
        before = world.tally("env1", "sms_accepted")
        busy = messages(CITY_SECONDS)
        # The hundred have registered when their SMS begin.
        until("SMS", lambda: world.tally("env1", "sms_accepted") > before)
        registered = world.tally("env1", "registrations_accepted")
        crowd = city(0, within=60)
        busy = report(busy)
        registered = world.tally("env1", "registrations_accepted") - registered
        crowd.kill()
        p50, p99 = ({when: one["delivery"][key] / 1e3 for when, one in
                     (("calm", calm), ("storm", busy))} for key in ("p50_us", "p99_us"))
        run.say(f"SMS to arrival in ms, p50 {p50}, p99 {p99}, while {registered} registered")
        true("a storm beside them", registered > 5_000)
        if p99["calm"] > IDLE_MS:
            run.say("this machine has no time: what a storm does to SMS cannot be told")
        else:
            same("at most twice as slow, or not felt", True,
                 p99["storm"] <= max(2 * p99["calm"], NOT_FELT_MS))
        same("SMS lost", [0, 0], [one["account"]["lost"] for one in (calm, busy)])


# As long as a city needs at 10,000 contacts a second.
CITY_SECONDS = 9
# On an idle machine SMS take less than that on a calm day.
IDLE_MS = 20
# What nobody who waits for a text notices, on a machine that has other things to do.
NOT_FELT_MS = 150
