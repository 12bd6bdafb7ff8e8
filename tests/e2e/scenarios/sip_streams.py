"""1.1, 1.2 and 2.1 with apps on UDP, TCP, TLS, WS and WSS, in pairs."""

import outside
from capture import Capture
from carriers import Smpplib
from certificates import Authority
from phones import Baresip, Linphone
from scenarios.registry import scenario
from waiting import same, until
from webphones import JsSip, SipJs
from world import PHONE_PASSWORD

NAMES = ("env1.example", "env4.example", "127.0.0.2", "127.0.0.4")
LONG = "a text that no datagram may carry " * 50


def app(run, authority, kind, transport, env, user, port):
    """An app of an environment over a transport."""
    trusted = authority.certificate
    if kind is Linphone:
        server = {"env1": "127.0.0.2", "env4": "127.0.0.4"}[env]
        return Linphone(user, PHONE_PASSWORD, f"{env}.example", server, run.directory, port,
                        transport, trusted)
    if kind is Baresip:
        return Baresip(user, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory, port,
                       ("2222",), transport)
    return kind(user, PHONE_PASSWORD, f"{env}.example", transport, run.directory, trusted)


def pair(run, here, there):
    """TATA writes to 1111 (1.1); 1111 of env1 and 2222 of env4 write to each other (2.1)."""
    authority = Authority(run.directory)
    with run.world("env1", "env4", tls=authority.node(NAMES), streams=True) as world:
        wire = Capture(run.directory)
        world.start()
        world.add_environments()
        world.add_tata()
        world.add_account("env1", "1111")
        world.add_account("env4", "2222")
        world.add_link("env1", "env4", "222%")
        world.add_link("env4", "env1", "111%")
        world.commit("two apps")
        until("bound connections", lambda: sum(
            row["state"].startswith("bound") for row in world.cli.lines("binds")) >= 4)
        one = world.own(app(run, authority, *here, "env1", "1111", 26010)).register()
        other = world.own(app(run, authority, *there, "env4", "2222", 26110)).register()
        shown = {row["user"]: row["transport"] for row in world.cli.lines("registrations")}
        same("transports shown to the operator", {"1111": here[1], "2222": there[1]}, shown)
        from_tata(world, one)
        one.send(*("2222", "from 1111")[isinstance(one, Baresip):])
        until("2xx to 1111", lambda: one.sent)
        until("text on 2222", lambda: [got.text for got in other.received] == ["from 1111"])
        other.send("1111", "from 2222")
        until("text on 1111", lambda: [got.text for got in one.received][-1:] == ["from 2222"])
        until("2xx to 2222", lambda: other.sent)
        same("what 1111 sees", [*(("TATA", text) for text in texts(one)), ("2222", "from 2222")],
             [(got.sender, got.text) for got in one.received])
        expect_gone(world, one, other)
        smpp, sip = wire.check()
        run.say(f"tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed")


def texts(phone):
    """1.1 and 1.2, and a text that takes a connection where there is one."""
    short = ("from TATA", "Viber code: 482193")
    return short if phone.transport == "udp" else (*short, LONG)


def from_tata(world, phone):
    """Each of them arrives, and its receipt."""
    carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
    same("bind", 0, carrier.bind())
    for text in texts(phone):
        sequence = carrier.submit("1111", b"", source_addr="TATA", message_payload=text.encode())
        status, identity = carrier.answer(sequence)
        same("submit_sm_resp", 0, status)
        receipts = carrier.until(
            "receipt", lambda: [r for r in carrier.receipts if r["id"] == identity])
        same("receipt", "DELIVRD", receipts[0]["stat"])
        until("text on the phone", lambda: phone.received[-1:] and phone.received[-1].text == text)
    carrier.unbind()


def expect_gone(world, one, other):
    """An app that says goodbye is not registered; one that dies is not either, at once."""
    one.stop()
    until("1111 unregistered", lambda: not world.cli.lines("registrations", "--env", "env1"))
    if not isinstance(other, Linphone) or other.transport != "udp":
        other.kill()
        until("2222 forgotten", lambda: not world.cli.lines("registrations", "--env", "env4"))


@scenario("sip/restart", "sip", peers=(JsSip.peer, Linphone.peer, "smpplib"), shards=2,
          seconds=200)
def restart(run):
    """The node dies and is back: apps connect and register by themselves and get what waited."""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node(NAMES), streams=True) as world:
        world.start()
        world.add_environments()
        world.add_tata()
        users = {"1111": (JsSip, "ws"), "1112": (SipJs, "wss"), "1113": (Linphone, "tls")}
        for user in users:
            world.add_account("env1", user)
        world.commit("apps on connections")
        phones = [world.own(app(run, authority, *how, "env1", user, 26010)).register()
                  for user, how in users.items()]
        node = world.nodes["env1"]
        node.process.kill()
        node.start()
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())
        for user in users:
            same("submit_sm_resp", 0, carrier.answer(carrier.submit(user, "still there"))[0])
        # linphone that met a closed port comes again a minute later.
        carrier.until("receipts", lambda: len(carrier.receipts) == len(users), seconds=150)
        for phone in phones:
            until("the text", lambda: [got.text for got in phone.received] == ["still there"])


@scenario("sip/keep-alive", "sip", peers=(Linphone.peer, "tshark"), shards=2, seconds=120)
def keep_alive(run):
    """linphone over TCP and TLS keeps its connection: CR LF CR LF is answered, nobody hangs up"""
    outside.exists()
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node(NAMES), streams=True) as world:
        wire = Capture(run.directory)
        world.start()
        world.add_environments()
        users = {"1111": (Linphone, "tcp"), "1112": (Linphone, "tls")}
        for user in users:
            world.add_account("env1", user)
        world.commit("apps on connections")
        for place, (user, how) in enumerate(users.items()):
            world.own(app(run, authority, *how, "env1", user, 26010 + 20 * place)).register()
        came = {row["user"]: row["source"] for row in world.cli.lines("registrations")}
        until("two pings of linphone", lambda: wire.count(PING) >= 2, seconds=90, every=2)
        wire.check()
        same("pongs", wire.count(PING), wire.count(PONG))
        same("who hung up", [], wire.fields("tcp.port == 5060 && tcp.flags.fin == 1", "ip.src"))
        still = {row["user"]: row["source"] for row in world.cli.lines("registrations")}
        same("connections", came, still)


# RFC 5626 4.4.1: what the app says, and what it hears.
PING = "tcp.dstport == 5060 && tcp.payload == 0d:0a:0d:0a"
PONG = "tcp.srcport == 5060 && tcp.payload == 0d:0a"

PAIRS = (
    (Linphone, "tcp", Linphone, "tls"),
    (Linphone, "tls", Linphone, "tcp"),
    (JsSip, "ws", SipJs, "wss"),
    (SipJs, "ws", JsSip, "wss"),
    (JsSip, "wss", Linphone, "tls"),
    (SipJs, "wss", Linphone, "tcp"),
    (Linphone, "tls", JsSip, "ws"),
    (Linphone, "tcp", SipJs, "ws"),
    (JsSip, "ws", Linphone, "udp"),
    (Baresip, "tcp", JsSip, "wss"),
    # What is left of UDP, TCP and TLS, each with each.
    (Linphone, "udp", Linphone, "udp"),
    (Linphone, "udp", Linphone, "tcp"),
    (Linphone, "udp", Linphone, "tls"),
    (Linphone, "tcp", Linphone, "udp"),
    (Linphone, "tcp", Linphone, "tcp"),
    (Linphone, "tls", Linphone, "udp"),
    (Linphone, "tls", Linphone, "tls"),
)

# The three bodies of a shard, in turn.
BODIES = ({"io": "auto"}, {"io": "epoll"}, {"runtime": "glommio"})


def register_pairs():
    """One scenario for each pair of transports."""
    for place, (kind, transport, other, its) in enumerate(PAIRS):
        def body(run, here=(kind, transport), there=(other, its)):
            pair(run, here, there)

        body.__doc__ = f"{kind.__name__} over {transport} and {other.__name__} over {its}."
        peers = (kind.peer, other.peer, "tshark")
        scenario(f"sip/{place + 1}-{transport}-{its}", "sip", peers=peers, shards=2,
                 **BODIES[place % 3])(body)


register_pairs()
