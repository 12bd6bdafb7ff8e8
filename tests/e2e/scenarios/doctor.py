"""`signalbox bind doctor`: a message centre with a strange dialect, and a carrier in ASCII."""

import json
import os

from carriers import Smpplib
from paths import binary
from process import Process
from scenarios.registry import scenario
from sockets import listening_sockets
from waiting import same, true, until
from world import LINK_PASSWORD, TATA_PASSWORD

SMSC = "127.0.0.9"
COUNT = 12


def strange_smsc(run, world):
    """Says ids in hex in submit_sm_resp and in decimal in receipts, and refuses now and then."""
    password = os.path.join(run.directory, "smsc.pw")
    with open(password, "w", encoding="ascii") as secret:
        secret.write(LINK_PASSWORD + "\n")
    smsc = world.own(Process("smsc", [
        binary("signalbox-peer"), "smsc", "--listen", f"{SMSC}:2775", "--password-file", password,
        "--id-format", "hex-decimal", "--first-id", str(0xABCDEF00), "--receipts", "always",
        "--status", "ROK*5,0x45*1", "--for", "120"], run.directory))
    smsc.start()
    until("SMSC that listens",
          lambda: ("tcp", SMSC, 2775) in listening_sockets(smsc.child.pid))


def findings(world, name):
    """What the doctor says of a peer, in words and one by one."""
    words = ["bind", "doctor", name, "--env", "env1"]
    told, listed = world.cli.call(*words), world.cli.call(*words, "--json")
    found = json.loads(listed.stdout)["findings"]
    well = all(one["level"] in ("good", "fact") for one in found)
    same("exit code", 0 if well else 8, listed.returncode)
    return told.stdout, found


@scenario("doctor", "accept-smpp", "bad-input", peers=("signalbox-peer", "smpplib"))
def doctor(run):
    """The doctor names the dialect of a strange SMSC and the setting that suits it."""
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata(window="5", tps="50")
        world.cli.run("connection", "add", "smsc", "--env", "env1", "--remote", f"{SMSC}:2775",
                      "--local", "127.0.0.2", "--system-id", "us", "--no-hops",
                      "--password-stdin", stdin=LINK_PASSWORD)
        world.cli.run("policy", "add", "39%", "--env", "env1", "--via", "smsc")
        world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--price", "39=0.01")
        world.commit("a strange SMSC")
        text, found = findings(world, "TATA")
        true("a carrier that never bound is told", "it has not bound" in text)
        strange_smsc(run, world)
        until("bound connection", lambda: any(
            row["role"] == "connection" and row["state"].startswith("bound")
            for row in world.cli.lines("binds")), seconds=20, every=0.1)

        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        for n in range(COUNT):
            tata.answer(tata.submit(f"39{n:05}", f"mail me @ home {n}"))
        tata.until("receipts", lambda: len(tata.receipts) >= COUNT - COUNT // 6, seconds=20)

        wanted = "--message-ids hex-then-decimal"

        def diagnosed():
            _, seen = findings(world, "smsc")
            return [one for one in seen if wanted in one.get("command", "")]

        advice = until("diagnosis of the ids", diagnosed, seconds=10, every=0.2)[0]
        same("level", "advice", advice["level"])
        true("words", "receipts name ids in decimal while submit_sm_resp says hex"
             in advice["words"])
        text, found = findings(world, "smsc")
        by_topic = {(one["topic"], one["level"]): one for one in found}
        true("0x45 is explained", "--verdict 0x45=temporary"
             in by_topic["status", "advice"]["command"])
        true("version agrees", ("version", "good") in by_topic)
        true("no violations", ("protocol", "good") in by_topic)
        true("receipts agree", ("receipts", "good") in by_topic)

        # The command can be copied, and then all is well with the ids.
        world.cli.run(*advice["command"].split()[1:])
        world.commit("what the doctor said")
        _, found = findings(world, "smsc")
        ids = [one["level"] for one in found if one["topic"] == "message ids"]
        same("message ids after the cure", ["good"], ids)

        text, _ = findings(world, "TATA")
        true("ASCII is suspected", "--alphabet ascii" in text)
        run.say(f"{len(found)} findings about the SMSC")
