"""Devices of one account that come and go, and what is owed to those that were away."""

import outside
from capture import Capture
from carriers import Smpplib
from certificates import Authority
from kamailio import ADDRESS, Kamailio
from phones import Linphone
from scenarios.registry import scenario
from scenarios.sip_streams import NAMES, app
from scenarios.trunks import places, provisioned
from waiting import same, true, until
from webphones import JsSip
from world import PHONE_PASSWORD


def from_tata(carrier, text):
    """An SMS to 1111 and its receipt: one, and DELIVRD."""
    before = len(carrier.receipts)
    same("submit_sm_resp", 0, carrier.answer(carrier.submit("1111", text.encode()))[0])
    carrier.until("receipt", lambda: len(carrier.receipts) > before, seconds=45)
    same("receipt", ["DELIVRD"], [one["stat"] for one in carrier.receipts[before:]])


@scenario("sip/all-devices", "sip", peers=(Linphone.peer, JsSip.peer, "smpplib"), shards=2,
          seconds=120)
def all_devices(run):
    """With --devices all a device that was away gets what it missed, also over a restart"""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node(NAMES), streams=True) as world:
        outside.exists()
        world.start()
        world.add_environments()
        world.add_tata()
        world.add_account("env1", "1111")
        world.cli.run("account", "set", "1111", "--env", "env1", "--devices", "all")
        world.commit("every device")
        stays = world.own(app(run, authority, JsSip, "ws", "env1", "1111", 0)).register()
        leaves = world.own(app(run, authority, Linphone, "tcp", "env1", "1111", 26010)).register()
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())

        def shows(phone, *texts):
            until(f"{texts} on {phone.transport}", lambda: [
                got.text for got in phone.received] == list(texts), seconds=40)

        from_tata(carrier, "both are here")
        shows(stays, "both are here")
        shows(leaves, "both are here")
        leaves.stop()
        until("one contact", lambda: len(world.cli.lines("registrations")) == 1)
        from_tata(carrier, "one is away")
        from_tata(carrier, "still away")
        shows(stays, "both are here", "one is away", "still away")
        leaves.register()
        shows(leaves, "both are here", "one is away", "still away")
        leaves.stop()
        until("one contact", lambda: len(world.cli.lines("registrations")) == 1)
        from_tata(carrier, "before the restart")
        world.nodes["env1"].process.kill()
        world.nodes["env1"].start()
        leaves.register()
        shows(leaves, "both are here", "one is away", "still away", "before the restart")
        shows(stays, "both are here", "one is away", "still away", "before the restart")
        same("charged", ["TATA"] * 4, [row["carrier"] for row in world.cdrs("--env", "env1")])


@scenario("sip/dead-flow", "sip", peers=(Kamailio.peer, Linphone.peer, "smpplib", "tshark"),
          shards=2, seconds=120)
def dead_flow(run):
    """A registrar that sends by the token of a dead connection hears 430, and by the next 200"""
    with run.world("env1", streams=True) as world:
        outside.exists()
        world.own(Kamailio(run.directory).start())
        wire = Capture(run.directory)
        provisioned(world, places("udp"))
        world.cli.run("connection", "set", "gw", "--env", "env1", "--sip-registrar", "on")
        world.cli.run("policy", "add", "1111", "--env", "env1", "--via", "gw")
        world.commit("apps are registered there")
        refused = world.cli.call("connection", "add", "ims", "--env", "env1", "--sip",
                                 f"sip:{ADDRESS}", "--sip-registrar", "on")
        true(f"both trunks in {refused.stderr}", refused.returncode == 5
             and "gw" in refused.stderr and "ims" in refused.stderr)
        phone = world.own(Linphone("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                   run.directory, 26010, "tcp")).register()
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, tata.bind())
        from_tata(tata, "by the first")
        phone.kill()
        same("submit_sm_resp", 0, tata.answer(tata.submit("1111", b"by the second"))[0])
        until("430", lambda: wire.count(FAILED), seconds=20)
        phone.register()
        until("the texts", lambda: [got.text for got in phone.received] == [
            "by the first", "by the second"], seconds=60)
        tata.until("receipt", lambda: len(tata.receipts) == 2, seconds=20)
        wire.check()


# What we tell the registrar of a flow that is no more (RFC 5626 5.3.1).
FAILED = f"sip.Status-Code == 430 && ip.src == 127.0.0.2 && ip.dst == {ADDRESS}"
