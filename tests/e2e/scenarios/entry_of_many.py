"""3.1e-3.1i: parts, failures, patterns and sessions at the one entry point."""

import json
from collections import Counter

import rawsmpp
from campaign import Campaign
from capture import Capture
from carriers import Smpplib
from phones import Sipp
from program import Program
from scenarios.registry import scenario
from waiting import same, true, until
from world import LINK_PASSWORD, PHONE_PASSWORD, TATA_PASSWORD

SMSC = "127.0.0.9"
UDHI = 0x40


def submits(wire, host):
    """Every submit_sm that went to the entry of a host, as a dict, in order."""
    streams = {}
    for stream, octets in wire.fields(f"ip.dst == {host} && tcp.dstport == 2775 && tcp.len > 0 "
                                      "&& !tcp.analysis.retransmission",
                                      "tcp.stream", "tcp.payload"):
        streams[stream] = streams.get(stream, b"") + bytes.fromhex(octets.replace(":", ""))
    found = []
    for octets in streams.values():
        while octets:
            length = int.from_bytes(octets[:4], "big")
            pdu, octets = octets[:length], octets[length:]
            if int.from_bytes(pdu[4:8], "big") == rawsmpp.SUBMIT_SM:
                found.append(rawsmpp.message(pdu[16:]))
    return found


def add_smsc(world, *names):
    """Connections of env1 to an SMSC, one for each name."""
    for name in names:
        world.cli.run("connection", "add", name, "--env", "env1", "--remote", f"{SMSC}:2775",
                      "--local", "127.0.0.2", "--system-id", name, "--no-hops",
                      "--password-stdin", stdin=LINK_PASSWORD)


def smsc(run, world, **env):
    """npm smpp as an SMSC that is running."""
    program = world.own(Program("smsc", "smsc.js", SMSC, "2775", directory=run.directory, env=env))
    program.start().until("listening")
    return program


def bound_tata(world):
    """TATA, bound."""
    tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind", 0, tata.bind())
    return tata


@scenario("3.1e", "routing", peers=("smpplib", "sipp", "tshark"))
def parts_pass(run):
    """The parts of a long text pass env1 with their UDH, octet for octet, in any order"""
    with run.world("env1", "env2") as world:
        wire = Capture(run.directory)
        world.start().story()
        phone = world.own(Sipp("2222", PHONE_PASSWORD, "env2.example", "127.0.0.3", run.directory,
                               25060)).register()
        tata = bound_tata(world)
        asked = []
        for reference, order in ((0x2A, (1, 2, 3)), (0x2B, (3, 1, 2))):
            for part in order:
                header = bytes([5, 0, 3, reference, 3, part])
                text = f"part {part} of {reference:#04x} ".encode() * 7
                asked.append(tata.submit("2222", header + text, esm_class=UDHI))
        answers = [tata.answer(sequence) for sequence in asked]
        same("answers", {0}, {status for status, _ in answers})
        tata.until("a receipt for each part", lambda: len(tata.receipts) >= 6, 30)
        same("receipts", {identity: "DELIVRD" for _, identity in answers},
             {receipt["id"]: receipt["stat"] for receipt in tata.receipts})
        until("the text at the app", lambda: phone.received)
        same("charged", 60000, sum(row["charge_micros"]
                                   for row in world.cdrs("--carrier", "TATA")))
        tata.unbind()
        wire.check()
        keys = ("source", "source_plane", "destination", "esm_class", "data_coding", "text")
        came, went = (Counter(tuple(one[key] for key in keys) for one in submits(wire, host))
                      for host in ("127.0.0.2", "127.0.0.3"))
        same("submit_sm PDUs of TATA", 6, sum(came.values()))
        same("what went to env2", came, went)


@scenario("3.1f", "routing", peers=("smpplib", "npm smpp", "sipp", "tshark"), seconds=120)
def next_hop_says_no(run):
    """0x58 and 0x14 of the next hop are tried again after a pause, 0x0B is UNDELIV at once"""
    with run.world("env1", "env2") as world:
        wire = Capture(run.directory)
        hop = smsc(run, world, SMSC_SAYS="88,20,0,11")
        world.start().story()
        world.cli.run("carrier", "set", "env1", "--env", "env2", "--tps", "2")
        add_smsc(world, "smsc")
        world.cli.run("policy", "add", "333%", "--env", "env1", "--via", "smsc")
        world.commit("a slow env2 and an SMSC")
        world.wait_links(2)
        phone = world.own(Sipp("2222", PHONE_PASSWORD, "env2.example", "127.0.0.3", run.directory,
                               25060)).register()
        tata = bound_tata(world)
        taken = tata.answer(tata.submit("3331", "patience"))[1]
        tata.until("its receipt", lambda: tata.receipts, 60)
        refused = tata.answer(tata.submit("3331", "in vain"))[1]
        unknown = tata.answer(tata.submit("2229", "nobody there"))[1]
        tata.until("all receipts", lambda: len(tata.receipts) == 3, 60)
        same("receipts", {taken: ("DELIVRD", "000"), refused: ("UNDELIV", "011"),
                          unknown: ("UNDELIV", "011")},
             {one["id"]: (one["stat"], one["err"]) for one in tata.receipts})
        same("what the SMSC refused", [0x58, 0x14, 0x0B],
             [one["status"] for one in hop.said("refused")])
        tata.receipts.clear()
        campaign = Campaign(tata, [("2222", f"slowly {n}") for n in range(8)])
        campaign.submit_all().collect_receipts(60).check(accepted=8)
        same("texts at the app", 8, len({got.text for got in phone.received}))
        tata.unbind()
        wire.check()
        throttled = wire.fields("smpp.command_id == 0x80000004 && ip.src == 127.0.0.3 "
                                "&& smpp.command_status == 0x58", "frame.number")
        true("env2 said 0x58", throttled)
        run.say(f"env2 throttled {len(throttled)} times; every SMS arrived once")


POLICIES = (("222%", 10, "a"), ("22%", 20, "b"), ("333_", 10, "c"), ("%444", 10, "d"),
            ("55%", 10, "e"), ("555%", 10, "f"))
# 222% has the lower priority before 22%; 555% and 55% are equals, the longer one wins.
WAYS = {"222": "222%", "2222": "222%", "2221234": "222%", "1222": None, "22": "22%", "221": "22%",
        "3331": "333_", "333": None, "33312": None, "444": "%444", "9444": "%444", "4445": None,
        "5512": "55%", "5551": "555%", "55": "55%"}


@scenario("3.1g", "routing", peers=("smpplib", "npm smpp"))
def patterns(run):
    """What patterns match, and which of several wins: asked beforehand and seen on the wire"""
    with run.world("env1") as world:
        smsc(run, world)
        world.start()
        world.add_environments()
        world.cli.run("tariff", "add", "all", "--env", "env1", "--currency", "USD",
                      "--price", "*=0.01")
        world.add_carrier("env1", "TATA", "tata", TATA_PASSWORD, tariff="all")
        add_smsc(world, *(way for _, _, way in POLICIES))
        for pattern, priority, way in POLICIES:
            world.cli.run("policy", "add", pattern, "--env", "env1", "--via", way,
                          "--priority", str(priority))
        world.commit("patterns")
        world.wait_links(len(POLICIES))
        tata = bound_tata(world)
        for number, pattern in WAYS.items():
            said = world.cli.call("route", "test", "--env", "env1", "--from", "TATA", number,
                                  "--json")
            told = json.loads(said.stdout)["live"]
            same(f"route test {number}", pattern, told["pattern"])
            status, _ = tata.answer(tata.submit(number, f"to {number}"))
            same(f"submit_sm_resp for {number}", 0 if pattern else 0x0B, status)
        accepted = sum(pattern is not None for pattern in WAYS.values())
        tata.until("receipts", lambda: len(tata.receipts) == accepted)
        ways = {pattern: way for pattern, _, way in POLICIES} | {None: None}
        same("pattern and connection of each number",
             {number: (pattern, ways[pattern]) for number, pattern in WAYS.items()},
             {row["cld"]["addr"]: (row["pattern"], row["connection"])
              for row in world.cdrs("--carrier", "TATA")})


@scenario("3.1i", "routing", peers=("smpplib", "sipp"), shards=2)
def four_sessions(run):
    """TATA has four sessions and two die, one while it takes receipts: the others get the rest"""
    with run.world("env1") as world:
        world.start().story(binds=4, window=10)
        sessions = [bound_tata(world) for _ in range(4)]
        ids = [one.answer(one.submit("1111", f"by session {n} no {number}"))[1]
               for number in range(30) for n, one in enumerate(sessions)]
        same("different ids", 120, len(set(ids)))
        sessions[1].close()
        alive = [one for one in sessions if one is not sessions[1]]
        phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                               25060)).register()

        def receipts(wanted):
            for one in alive:
                one.pump(0.002)
            found = Counter(receipt["id"] for one in sessions for receipt in one.receipts)
            return found if len(found) >= wanted else None

        until("receipts", lambda: receipts(20), 30, every=0)
        busiest = max(alive, key=lambda one: len(one.receipts))
        alive.remove(busiest)
        busiest.close()
        found = until("a receipt for each", lambda: receipts(120), 30, every=0)
        same("receipts for", set(ids), set(found))
        # Those that the dead one had and whose answers died with it come once more.
        again = sum(found.values()) - len(found)
        true(f"{again} receipts came again", again <= 10)
        same("texts at the app", 120, len({got.text for got in phone.received}))
        run.say(f"receipts by session: {[len(one.receipts) for one in sessions]}, {again} again")
