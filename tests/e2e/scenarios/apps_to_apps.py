"""2.1: an app of env1 writes to an app of env4; SIP in, SMPP between, SIP out."""

from capture import Capture
from phones import Baresip, Linphone
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD

TEXT = "hello 2222"


def app_to_app(run, sender_class, recipient_class):
    """1111 in env1 to 2222 in env4, over UDP."""
    with run.world("env1", "env4") as world:
        wire = Capture(run.directory)
        world.start()
        world.add_environments()
        world.add_account("env1", "1111")
        world.add_account("env4", "2222")
        world.add_link("env1", "env4", "222%")
        world.commit("env4 behind 222%")
        world.wait_links()
        here = ("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory, 26010)
        there = ("2222", PHONE_PASSWORD, "env4.example", "127.0.0.4", run.directory, 26110)
        recipient = world.own(recipient_class(*there)).register()
        if sender_class is Baresip:
            sender = world.own(Baresip(*here, contacts=("2222",))).register()
            sender.send(TEXT)
        else:
            sender = world.own(Linphone(*here)).register()
            sender.send("2222", TEXT)
        until("2xx to the sender", lambda: sender.sent)
        until("text on the phone", lambda: recipient.received)
        same("what the user sees", [("1111", TEXT)],
             [(got.sender, got.text) for got in recipient.received])
        # linphone tells the sender by an IMDN, which env4 refuses: that is a record of its own.
        until("final CDRs", lambda: [row["status"] for row in world.cdrs()].count("DELIVRD") == 2)
        expect_cdrs(world)
        sender.stop()
        recipient.stop()
        smpp, sip = expect_wire(wire)
        run.say(f"tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed")


def expect_cdrs(world):
    """Step 7: two rows, linked by the id that env4 gave."""
    here = world.cdrs("--env", "env1", "--account", "1111")
    there = [row for row in world.cdrs("--env", "env4") if row["ingress"]["proto"] == "smpp"]
    same("CDRs of env1 and of env4", (1, 1), (len(here), len(there)))
    here, there = here[0], there[0]
    same("CDR of env1", ("sip", "vendor", "222%", "env4", "DELIVRD"),
         (here["ingress"]["proto"], here["decision"], here["pattern"], here["connection"],
          here["status"]))
    same("CDR of env4", ("env1", "local", "2222", "DELIVRD"),
         (there["carrier"], there["decision"], there["account"], there["status"]))
    same("link between them", there["message_id"], here["egress"]["peer_message_id"])
    same("what the apps pay", (0, 0),
         (here["account_charge_micros"], there["account_charge_micros"]))


def expect_wire(wire):
    """Steps 1 to 6 as tshark saw them."""
    decoded = wire.check()
    answers = [row[0] for row in wire.fields(
        "sip.CSeq.method == MESSAGE && sip.Status-Code && ip.src == 127.0.0.2",
        "sip.Status-Code")]
    same("answers to the sender", ["407", "202"], answers[:2])
    binds = wire.fields("smpp.command_id == 0x00000009", "ip.src", "ip.dst", "smpp.system_id")
    same("bind", ["127.0.0.2", "127.0.0.4", "env1"], binds[0])
    submits = wire.fields(
        "smpp.command_id == 0x00000004", "ip.src", "ip.dst", "smpp.source_addr_ton",
        "smpp.source_addr_npi", "smpp.source_addr", "smpp.destination_addr", "smpp.regdel.receipt",
        "smpp.message")
    same("submit_sm PDUs between the environments", 1, len(submits))
    source, target, ton, npi, src, dst, receipt, octets = submits[0]
    same("submit_sm", ("127.0.0.2", "127.0.0.4", "1111", "2222", TEXT.encode().hex()),
         (source, target, src, dst, octets.replace(":", "")))
    same("TON, NPI and receipt asked", (1, 1, 1), (int(ton, 0), int(npi, 0), int(receipt, 0)))
    messages = wire.fields("sip.Method == MESSAGE && ip.src == 127.0.0.4", "sip.from.user",
                           "sip.from.host")
    same("MESSAGEs to the recipient", [["1111", "env4.example"]], messages)
    true("receipt from env4", wire.fields(
        "smpp.command_id == 0x00000005 && ip.src == 127.0.0.4", "frame.number"))
    return decoded


@scenario("2.1/baresip", "accept", "smoke", peers=("baresip", "linphone-daemon", "tshark"))
def baresip_to_linphone(run):
    """An app of env1 writes to an app of env4."""
    app_to_app(run, Baresip, Linphone)


@scenario("2.1/linphone", "accept", peers=("linphone-daemon", "baresip", "tshark"))
def linphone_to_baresip(run):
    """An app of env1 writes to an app of env4."""
    app_to_app(run, Linphone, Baresip)
