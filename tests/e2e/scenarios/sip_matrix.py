"""SIP in browsers, on several devices of one account, and from the command line."""

import subprocess

from carriers import Smpplib
from certificates import Authority
from phones import Linphone, Sipp
from scenarios.registry import scenario
from scenarios.sip_streams import NAMES, app
from waiting import same, until
from webphones import Chromium, JsSip, SipJs
from world import PHONE_PASSWORD, SIP_PORT


def start_site(run, world, users):
    """Two environments joined both ways, TATA, and these accounts."""
    world.start()
    world.add_environments()
    world.add_tata()
    for env, user in users:
        world.add_account(env, user)
    world.add_link("env1", "env4", "222%")
    world.add_link("env4", "env1", "111%")
    world.commit("apps")
    until("bound connections", lambda: sum(
        row["state"].startswith("bound") for row in world.cli.lines("binds")) >= 4)


def texts(phone):
    """What a phone shows, in order."""
    return [(got.sender, got.text) for got in phone.received]


def campaign(world, phones):
    """1.1 and 1.2: a campaign and a code for each; octet for octet, once, and a receipt each."""
    carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
    same("bind", 0, carrier.bind())
    ids = []
    for user in phones:
        for sender, text in (("AsiaCell", OFFER), ("Viber", CODE)):
            octets = text.encode().replace(b"@", b"\0")  # where GSM 03.38 has it
            sequence = carrier.submit(user, octets, source_addr=sender)
            status, identity = carrier.answer(sequence)
            same(f"submit_sm_resp for {user}", 0, status)
            ids.append(identity)
    carrier.until("receipts", lambda: len(carrier.receipts) >= len(ids), seconds=30)
    same("receipts", sorted(ids), sorted(receipt["id"] for receipt in carrier.receipts))
    same("states", {"DELIVRD"}, {receipt["stat"] for receipt in carrier.receipts})
    for user, phone in phones.items():
        until(f"texts on {user}", lambda p=phone: len(p.received) >= 2)
        same(f"what {user} sees", [("AsiaCell", OFFER), ("Viber", CODE)], texts(phone))
    carrier.unbind()


def everybody_to_everybody(here, there):
    """2.1: each of one environment writes to each of the other; returns how many pairs."""
    for user, phone in here.items():
        before = len(next(iter(there.values())).received)
        for place, called in enumerate(there):
            phone.send(called, f"{user} to {called}")
            until(f"2xx to {user}", lambda n=place + 1, p=phone, b=phone.sent: p.sent >= n)
        for called, other in there.items():
            until(f"text on {called}", lambda o=other, n=before + 1: len(o.received) >= n)
            same(f"what {called} sees", (user, f"{user} to {called}"), texts(other)[-1])
    return len(here) * len(there)


@scenario("sip/browsers", "sip", peers=(Chromium.peer, JsSip.peer, SipJs.peer, Linphone.peer),
          shards=2)
def browsers(run):
    """1.1, 1.2 and 2.1 with JsSIP in Chromium over WS and WSS, and everybody it may meet."""
    authority = Authority(run.directory)
    ones = {"1111": (Chromium, "wss"), "1112": (Chromium, "ws")}
    others = {"2221": (JsSip, "ws"), "2222": (SipJs, "wss"), "2223": (Linphone, "udp"),
              "2224": (Linphone, "tls")}
    with run.world("env1", "env4", tls=authority.node(NAMES), streams=True) as world:
        start_site(run, world, [("env1", u) for u in ones] + [("env4", u) for u in others])
        ports = iter(range(26010, 27000, 20))

        def phones(env, users):
            return {user: world.own(app(run, authority, kind, transport, env, user, next(ports)))
                    .register(60)
                    for user, (kind, transport) in users.items()}

        here, there = phones("env1", ones), phones("env4", others)
        agents = {one["agent"] for phone in here.values()
                  for one in phone.program.said("browser")}
        same("browsers", True, all("Chrome" in agent for agent in agents) and bool(agents))
        campaign(world, here)
        pairs = everybody_to_everybody(here, there) + everybody_to_everybody(there, here)
        for phone in here.values():
            phone.stop()
        until("unregistered", lambda: not world.cli.lines("registrations", "--env", "env1"))
        run.say(f"{pairs} pairs; {agents.pop()}")


@scenario("sip/three-devices", "sip", peers=(Linphone.peer, JsSip.peer, Sipp.peer, "smpplib"),
          shards=2)
def three_devices(run):
    """Three devices of one account, one of them asleep: one charge, one receipt, no copy."""
    authority = Authority(run.directory)
    with run.world("env1", "env4", tls=authority.node(NAMES), streams=True) as world:
        start_site(run, world, [("env1", "1111"), ("env4", "2222")])
        awake = [world.own(app(run, authority, Linphone, "tls", "env1", "1111", 26010)).register(),
                 world.own(app(run, authority, JsSip, "ws", "env1", "1111", 0)).register()]
        sleeper = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                 run.directory, 26110)).register()
        until("three contacts", lambda: len(
            world.cli.lines("registrations", "--env", "env1")) == 3)
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())

        def from_tata(text):
            status, identity = carrier.answer(carrier.submit("1111", text.encode()))
            same("submit_sm_resp", 0, status)
            return carrier.until("receipt", lambda: [
                one for one in carrier.receipts if one["id"] == identity], seconds=45)

        same("receipts", 1, len(from_tata("to all three")))
        for phone in (*awake, sleeper):
            until("the text", lambda p=phone: [g.text for g in p.received] == ["to all three"])
        sleeper.kill()
        same("receipts", 1, len(from_tata("while one sleeps")))
        for phone in awake:
            until("both texts", lambda p=phone: [
                g.text for g in p.received] == ["to all three", "while one sleeps"])
        sleeper.listen()
        same("receipts", 1, len(from_tata("all are awake")))
        for phone in (*awake, sleeper):
            until("the third text", lambda p=phone: p.received[-1:] and
                  p.received[-1].text == "all are awake")
        heard = [got.text for got in sleeper.received]
        same("no text twice", len(set(heard)), len(heard))
        same("charged", ["TATA"] * 3, [row["carrier"] for row in world.cdrs("--env", "env1")])


@scenario("sip/sipsak", "sip", peers=("sipsak 0.9",))
def sipsak(run):
    """sipsak asks OPTIONS and registers over UDP (with -M and a password it crashes)."""
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_account("env1", "1111")
        world.commit("an account")

        def sak(*words):
            ended = subprocess.run(
                ["sipsak", "-p", f"127.0.0.2:{SIP_PORT}", "-u", "1111", "-a", PHONE_PASSWORD,
                 *words], capture_output=True, text=True, timeout=30)
            same(f"sipsak {' '.join(words)}: {ended.stdout[-800:]}{ended.stderr[-300:]}", 0,
                 ended.returncode)

        sak("-s", "sip:env1.example")
        sak("-i", "-U", "-C", "sip:1111@127.0.0.1:26110", "-x", "300",
            "-s", "sip:1111@env1.example")
        until("registration", lambda: "1111" in {
            row["user"] for row in world.cli.lines("registrations")})


OFFER = "Asia Cell: 50% bonus @ weekend"
CODE = "Viber code: 482193"
