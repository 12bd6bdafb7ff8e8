"""A million SMS through a node that is killed again and again."""

import json
import os
import random
import subprocess
import time

from scenarios.money import settled
from scenarios.registry import scenario
from scenarios.sip_storm import load
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

SEED = int(os.environ.get("SIGNALBOX_SEED", "1"))
COUNT = int(os.environ.get("SIGNALBOX_SMS", "1000000"))
PHONES, FIRST_USER = 100, 100_000
RATE, BINDS, WINDOW = 6_000, 4, 100
# Seconds that the node lives between two kills: one that never lives as long as it reads would not
# get on. On a calm machine a third of this is enough.
LIFE = (1.0, 9.0)


def accounts(world, phones=PHONES):
    """The phones."""
    with open(os.path.join(world.directory, "pw"), "w", encoding="ascii") as file:
        file.write(PHONE_PASSWORD)
    path = os.path.join(world.directory, "phones.toml")
    with open(path, "w", encoding="ascii") as file:
        file.write("[environment.env1]\n")
        file.writelines(f'[account.{user}]\npassword_file = "pw"\n'
                        for user in range(FIRST_USER, FIRST_USER + phones))
    world.cli.run("apply", "-f", path)


def kill_until(world, source):
    """kill -9 at seeded moments until the source has said all; how long each start took."""
    choose, starts, node = random.Random(SEED), [], world.nodes["env1"]
    while True:
        try:
            source.wait(choose.uniform(*LIFE))
            return starts
        except subprocess.TimeoutExpired:
            node.process.kill()
            began = time.monotonic()
            node.start()
            starts.append(time.monotonic() - began)


@scenario("durability/million", "durability", peers=("signalbox-load",), seconds=1200)
def million(run):
    """A1: a million SMS, each answered, delivered, receipted and charged once, through kill -9."""
    with run.world("env1", volume_mib=16, keep_mib=64) as world:
        world.start()
        world.add_environments()
        world.add_tata(window=1000)
        accounts(world)
        world.commit("a million")
        # What is late because the node was away still leaves.
        seconds = 3 * COUNT // RATE + 60
        source = load("smpp-sip", "--connect", "127.0.0.2:2775", "--sip", "127.0.0.2:5060",
                      "--domain", "env1.example", "--system-id", "tata",
                      "--password", TATA_PASSWORD, "--persist", "--receipts",
                      "--binds", BINDS, "--window", WINDOW, "--rate", RATE, "--count", COUNT,
                      "--for", seconds, "--patience", 60, "--phones", PHONES,
                      "--phone-password", PHONE_PASSWORD, "--first-user", FIRST_USER,
                      "--no-progress")
        until("SMS", lambda: world.tally("env1", "sms_accepted") > 0)
        starts = kill_until(world, source)
        said = json.loads(source.communicate()[0])
        account = said["account"]
        run.say(f"{account['accepted']} SMS, {len(starts)} kills, {account['breaks']} broken "
                f"binds, {account['again']} SMS submitted again, {account['retransmissions']} "
                f"copies that phones knew, {account['receipts_repeated']} receipts said again; "
                f"the slowest start {max(starts):.2f} s")
        same("SMS that were answered yes", COUNT, account["accepted"])
        same("lost, doubled, delivered though refused, not answered", [0, 0, 0, 0],
             [account[key] for key in ("lost", "delivered_twice", "phantoms", "unanswered")])
        same("receipts: missing, of another id, twice", [0, 0, 0],
             [account[f"receipts_{key}"] for key in ("missing", "misnamed", "twice")])
        same("the harness's own verdict", True, said["perfect"])
        true("a kill every few seconds", len(starts) * 8 > COUNT // RATE)
        same("what TATA pays", f"{COUNT // 100}.{COUNT % 100:02} USD", settled(world)["due"])
