"""What apps report of texts, and what they are told of theirs (RFC 5438, within RFC 3862)."""

from capture import Capture
from carriers import Smpplib
from phones import Linphone
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD


def start(world):
    """TATA that wants proof, and two accounts."""
    world.start()
    world.add_environments()
    world.add_tata(proof="handset")
    for user in ("1111", "1112"):
        world.add_account("env1", user)
    world.commit("proof")


@scenario("sip/imdn", "sip", "text", peers=(Linphone.peer, "smpplib", "tshark"))
def imdn(run):
    """linphone's own report makes the receipt, and it is told what became of its text"""
    with run.world("env1") as world:
        start(world)
        wire = Capture(run.directory)
        one, other = (
            world.own(Linphone(user, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                               26010 + 20 * place, cpim=True)).register()
            for place, user in enumerate(("1111", "1112")))
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())
        same("submit_sm_resp", 0, carrier.answer(carrier.submit("1111", b"in an envelope"))[0])
        until("text", lambda: [got.text for got in one.received] == ["in an envelope"])
        carrier.until("receipt", lambda: len(carrier.receipts) == 1, seconds=30)
        same("receipt", "DELIVRD", carrier.receipts[0]["stat"])
        one.send("1112", "please tell me")
        until("text", lambda: [got.text for got in other.received] == ["please tell me"])
        until("what 1111 is told", lambda: one.told == 1, seconds=20)
        wire.check()
        the_report_comes_first(wire)
        run.say(f"linphone was told {one.told} time(s) that its text has arrived")


def the_report_comes_first(wire):
    """An envelope to linphone, its report, our 200 to that, and only then the receipt."""
    [[asked]] = wire.fields(f"{TO_APP} && sip.r-uri.user == 1111 && frame contains \"envelope\"",
                            "frame.number")
    [[taken]] = wire.fields("ip.src == 127.0.0.2 && sip.CSeq.method == MESSAGE && "
                            "sip.Status-Code == 200 && sip.to.user == TATA", "frame.number")
    [[receipt]] = wire.fields("smpp.command_id == 5", "frame.number")
    true(f"{asked} < {taken} < {receipt}", int(asked) < int(taken) < int(receipt))


# What we send an app within an envelope.
TO_APP = "sip.Method == MESSAGE && ip.src == 127.0.0.2 && sip.Content-Type contains \"cpim\""
