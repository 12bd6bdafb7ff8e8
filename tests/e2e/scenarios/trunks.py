"""SIP trunks: Kamailio takes what we say and relays to us, is passed over when it is silent."""

from capture import Capture
from carriers import Smpplib
from kamailio import ADDRESS, PASSWORD, PORT, Kamailio, ask
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD


# Where another one is.
SECOND = "127.0.0.9"


def places(*transports):
    """Where Kamailio is, by its address."""
    return [f"sip:{ADDRESS}:{PORT};transport={one}" for one in transports]


def provisioned(world, uris, hops=None):
    """TATA, 1111, and a trunk behind 255% whose Sms GW pays; waits until its hops are up."""
    world.start()
    world.add_environments()
    world.add_tata()
    world.add_carrier("env1", "GW", "gw")
    world.add_account("env1", "1111")
    world.cli.run("connection", "add", "gw", "--env", "env1", "--sip", ",".join(uris),
                  "--sip-host", "gw.example", "--sip-user", "us", "--password-stdin",
                  "--sip-probe", "1s", "--local", "127.0.0.2", "--carrier", "GW",
                  stdin=PASSWORD)
    world.cli.run("policy", "add", "255%", "--env", "env1", "--via", "gw")
    world.commit("a trunk")
    wait_states(world, *["up"] * (hops or len(uris)))


def wait_states(world, *wanted):
    """Until the hops of the trunk stand so, as the operator sees it."""
    until(f"trunk {wanted}", lambda: sorted(
        row["state"] for row in world.cli.lines("binds") if row["name"] == "gw"
    ) == sorted(wanted), seconds=30)


def both_ways(run, proto, uris, authority=None):
    """TATA to the trunk with a challenge in between, the trunk to an app, and a refusal."""
    secure = authority and authority.node(("127.0.0.2", "env1.example"))
    with run.world("env1", streams=proto != "udp", tls=secure) as world:
        kamailio = world.own(Kamailio(run.directory, authority=authority).start())
        wire = Capture(run.directory)
        provisioned(world, uris)
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, tata.bind())
        same("submit_sm_resp", 0, tata.answer(tata.submit("2551", "over the trunk"))[0])
        tata.until("receipt", lambda: len(tata.receipts) == 1)
        same("receipt", "ACCEPTD", tata.receipts[0]["stat"])
        same("what Kamailio got", [(proto, "TATA", "2551", "over the trunk")], kamailio.texts)
        same("submit_sm_resp", 0, tata.answer(tata.submit("2552", "again"))[0])
        tata.until("receipt", lambda: len(tata.receipts) == 2)
        phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                               run.directory, 26010)).register()
        more = "" if proto == "udp" else f"X-By-{proto.title()}: 1\r\n"
        answer = ask("MESSAGE", "sip:1111@env1.example", "from the trunk", "+491771", more)
        same("final answer", "SIP/2.0 202 Accepted", answer)
        until("the text", lambda: [got.text for got in phone.received] == ["from the trunk"])
        answer = ask("MESSAGE", "sip:999@env1.example", "to nobody", "+491771", more)
        same("final answer", "SIP/2.0 404 Not Found", answer)
        rows = [row for row in world.cdrs() if row["cld"]["addr"] == "1111"]
        same("who pays", ["GW"], [row["carrier"] for row in rows])
        smpp, sip = wire.check()
        challenged = wire.fields("sip.Status-Code == 407", "frame.number")
        # What is said over TLS nobody reads on the way.
        same("challenges", int(proto != "tls"), len(challenged))
        run.say(f"tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed")


@scenario("sip/trunk-udp", "sip", peers=(Kamailio.peer, "smpplib", "sipp"))
def trunk_udp(run):
    """A Kamailio as trunk over UDP, both ways, with a digest challenge"""
    both_ways(run, "udp", places("udp"))


@scenario("sip/trunk-tcp", "sip", peers=(Kamailio.peer, "smpplib", "sipp"), shards=2)
def trunk_tcp(run):
    """A Kamailio as trunk over TCP, both ways, with a digest challenge"""
    both_ways(run, "tcp", places("tcp"))


@scenario("sip/trunk-down", "sip", peers=(Kamailio.peer, "smpplib"), shards=2)
def trunk_down(run):
    """A trunk that is silent is seen down; what waits leaves when it answers"""
    with run.world("env1") as world:
        kamailio = world.own(Kamailio(run.directory).start())
        provisioned(world, places("udp", "tcp"))
        kamailio.kill()
        wait_states(world, "open", "down")
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, tata.bind())
        same("submit_sm_resp", 0, tata.answer(tata.submit("2551", "waits"))[0])
        same("what Kamailio got", [], kamailio.texts)
        kamailio.start()
        wait_states(world, "up", "up")
        tata.until("receipt", lambda: len(tata.receipts) == 1, seconds=30)
        same("what Kamailio got", [("udp", "TATA", "2551", "waits")], kamailio.texts)
        same("submit_sm_resp", 0, tata.answer(tata.submit("2552", "x" * 150))[0])
        tata.until("receipts", lambda: len(tata.receipts) == 2)


@scenario("sip/enrol", "sip", peers=(Kamailio.peer, "sipp"))
def enrol(run):
    """A Kamailio that wants its customers to register: we do, stay so, and are reached there"""
    with run.world("env1") as world:
        kamailio = world.own(Kamailio(run.directory).start())
        wire = Capture(run.directory)
        provisioned(world, places("udp", "tcp"))
        more = "X-To-Customer: us\r\n"
        answer = ask("MESSAGE", "sip:1111@gw.example", "too early", "+491771", more)
        same("before we register", "SIP/2.0 404 Not Here", answer)
        world.cli.run("connection", "set", "gw", "--env", "env1", "--sip-register", "10s")
        world.commit("a customer")
        until("a REGISTER that is believed", lambda: kamailio.enrolled)
        same("as whom and where", [("udp", "us", "sip:us@127.0.0.2:5060", "10")],
             kamailio.enrolled)
        phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                               run.directory, 26010)).register()
        answer = ask("MESSAGE", "sip:1111@gw.example", "to a customer", "+491771", more)
        same("final answer", "SIP/2.0 202 Accepted", answer)
        until("the text", lambda: [got.text for got in phone.received] == ["to a customer"])
        until("it is said again in time", lambda: len(kamailio.enrolled) >= 3, seconds=30)
        known = len(kamailio.enrolled)
        # It forgets us, as it keeps nothing on its disk; we come back without being asked.
        kamailio.kill()
        wait_states(world, "open", "down")
        kamailio.start()
        wait_states(world, "up", "up")
        until("a REGISTER when it is back", lambda: len(kamailio.enrolled) > known, seconds=40)
        answer = ask("MESSAGE", "sip:1111@gw.example", "back again", "+491771", more)
        same("final answer", "SIP/2.0 202 Accepted", answer)
        until("the text", lambda: len(phone.received) == 2)
        challenged = wire.fields("sip.Status-Code == 401 && sip.CSeq.method == REGISTER",
                                 "frame.number")
        run.say(f"{len(kamailio.enrolled)} REGISTERs believed, {len(challenged)} challenged")
        wire.check()


@scenario("sip/enrol-failover", "sip", peers=(Kamailio.peer, "sipp"), shards=2)
def enrol_failover(run):
    """Of two Kamailios the one where we are registered dies: we register at the other"""
    with run.world("env1") as world:
        one, other = (world.own(Kamailio(run.directory, name, address).start())
                      for name, address in (("first", ADDRESS), ("second", SECOND)))
        provisioned(world, [f"sip:{at}:{PORT};transport=udp" for at in (ADDRESS, SECOND)])
        world.cli.run("connection", "set", "gw", "--env", "env1", "--sip-register", "20s")
        world.commit("a customer")
        until("a REGISTER that is believed", lambda: one.enrolled or other.enrolled)
        if other.enrolled:
            one, other = other, one
        same("registered at both", [], other.enrolled)
        phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                               run.directory, 26010)).register()
        one.kill()
        wait_states(world, "open", "up")
        until("a REGISTER at the other", lambda: other.enrolled, seconds=30)
        same("as whom", {"us"}, {user for _, user, _, _ in other.enrolled})
        answer = ask("MESSAGE", "sip:1111@gw.example", "by the other", "+491771",
                     "X-To-Customer: us\r\n", at=other.address)
        same("final answer", "SIP/2.0 202 Accepted", answer)
        until("the text", lambda: [got.text for got in phone.received] == ["by the other"])


@scenario("sip/registrar", "sip", peers=(Kamailio.peer, "smpplib", "sipp"))
def registrar(run):
    """A Kamailio registers the apps of an environment: REGISTER and MESSAGE pass through us"""
    with run.world("env1") as world:
        world.own(Kamailio(run.directory).start())
        wire = Capture(run.directory)
        provisioned(world, places("udp"))
        world.cli.run("connection", "set", "gw", "--env", "env1", "--sip-registrar", "on")
        world.cli.run("policy", "add", "1111", "--env", "env1", "--via", "gw")
        world.commit("apps are registered there")
        phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                               run.directory, 26010)).register()
        same("contacts of ours", [], world.cli.lines("registrations", "--env", "env1"))
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, tata.bind())
        same("submit_sm_resp", 0, tata.answer(tata.submit("1111", "by way of kamailio"))[0])
        until("the text", lambda: [got.text for got in phone.received] == ["by way of kamailio"])
        tata.until("receipt", lambda: len(tata.receipts) == 1)
        same("receipt", "DELIVRD", tata.receipts[0]["stat"])
        wire.check()
        paths = wire.fields("sip.Method == REGISTER && sip.Path", "sip.Path.uri")
        true("Paths of ours in the REGISTERs", paths)
        true("each with a token", all("@127.0.0.2:5060;lr" in path for path, in paths))
        run.say(f"{len(paths)} REGISTERs with a Path of ours, such as {paths[0][0]}")
        wire.check()
