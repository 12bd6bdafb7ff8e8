"""1.1: a carrier's SMS to an app of the environment it is bound to."""

import time

from campaign import at_phones
from capture import Capture
from carriers import Smpplib
from phones import Baresip, Linphone, Sipp
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD

NUMBER = "111222333"
TEXT = "Asia Cell: 50% bonus @ weekend"
OCTETS = TEXT.replace("@", "\0").encode("ascii")  # '@' is 0x00 in GSM 03.38


def provisioned(world, digest):
    """Step 0: an account and a carrier become live on all shards without a restart."""
    world.add_environments(digest)
    world.commit("an empty environment")
    pid = world.nodes["env1"].process.child.pid
    world.add_account("env1", NUMBER)
    world.add_carrier("env1", "Carrier1", "c1", "pw1")
    before = time.monotonic()
    world.commit("Carrier1 and an app")
    took = time.monotonic() - before
    true(f"commit live on all shards in less than 1 s (took {took:.3f} s)", took < 1)
    same("process of the dataplane", pid, world.nodes["env1"].process.child.pid)
    return took


def campaign_sms(run, phone_class):
    """Steps 0 to 9 with one phone."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start()
        took = provisioned(world, phone_class.digest)
        phone = world.own(phone_class(NUMBER, PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                      run.directory, 26010)).register()
        shown = world.cli.lines("registrations", "--env", "env1", NUMBER)
        same("contacts shown to the operator", 1, len(shown))

        carrier = world.own(Smpplib("127.0.0.2", "c1", "pw1"))
        same("bind", 0, carrier.bind())
        sequence = carrier.submit(NUMBER, OCTETS, source_addr="AsiaCell")
        status, identity = carrier.answer(sequence)
        same("submit_sm_resp", 0, status)
        receipt = carrier.until("receipt", lambda: carrier.receipts)[0]
        same("receipt", (identity, "DELIVRD", identity, 2),
             (receipt["id"], receipt["stat"], receipt["tlv_id"], receipt["tlv_state"]))
        same("esm_class of the receipt", 4, receipt["pdu"].esm_class)
        same("addresses of the receipt", (NUMBER.encode(), b"AsiaCell"),
             (receipt["pdu"].source_addr, receipt["pdu"].destination_addr))
        until("text on the phone", lambda: phone.received)
        same("what the user sees", [("AsiaCell", TEXT)],
             [(got.sender, got.text) for got in phone.received])
        expect_cdr(world, identity)
        carrier.unbind()
        phone.stop()
        smpp, sip = expect_wire(wire)
        run.say(f"live after {took * 1000:.0f} ms; tshark decoded {smpp} frames of SMPP and {sip} "
                "of SIP, none malformed")


def expect_cdr(world, identity):
    """Step 8: one row."""
    rows = world.cdrs("--carrier", "Carrier1")
    same("CDRs", 1, len(rows))
    wanted = {"carrier": "Carrier1", "decision": "local", "account": NUMBER, "parts": 1,
              "billing_units": 1, "status": "DELIVRD", "account_charge_micros": 0,
              "message_id": identity}
    same("CDR", wanted, {key: rows[0][key] for key in wanted})


def expect_wire(wire):
    """Steps 1 to 6 as tshark saw them."""
    decoded = wire.check()
    registers = wire.fields("sip.CSeq.method == REGISTER && sip.Status-Code", "sip.Status-Code",
                            "sip.auth.scheme", "sip.contact.parameter")
    same("answers to the first two REGISTERs", ["401", "200"], [row[0] for row in registers][:2])
    same("scheme of the challenges", {"Digest"}, set(registers[0][1].split(",")))
    true("expires in the Contact of the 200", "expires=" in registers[1][2])
    version = wire.fields("smpp.command_id == 0x80000009", "smpp.SC_interface_version")[0][0]
    same("sc_interface_version in the bind_transceiver_resp", 0x34, int(version, 0))
    messages = wire.fields(
        "sip.Method == MESSAGE && ip.src == 127.0.0.2 && udp.srcport == 5060",
        "sip.from.user", "sip.from.display.info", "sip.Content-Length", "sip.Content-Type",
        "sip.Contact", "sip.Max-Forwards", "sip.to.user", "sip.msg_body")
    same("MESSAGEs to the app", 1, len(messages))
    sender, display, length, kind, contact, hops, to, _ = messages[0]
    same("MESSAGE", ("AsiaCell", "30", "", "70", NUMBER), (sender, length, contact, hops, to))
    true("display name", "AsiaCell" in display)
    same("Content-Type", "text/plain;charset=utf-8", kind.lower().replace(" ", ""))
    return decoded


@scenario("1.1/linphone", "accept", "smoke", peers=("smpplib", "linphone-daemon", "tshark"))
def linphone(run):
    """Campaign SMS to the app, steps 0-9."""
    campaign_sms(run, Linphone)


@scenario("1.1/baresip", "accept", peers=("smpplib", "baresip", "tshark"))
def baresip(run):
    """Campaign SMS to the app, steps 0-9."""
    campaign_sms(run, Baresip)


@scenario("1.1f", "accept", "smoke", peers=("smpplib", "linphone-daemon", "tshark"))
def offline_then_register(run):
    """The app is offline; it registers and has its SMS within 1 s."""
    with run.world("env1") as world:
        world.start().story()
        wire = Capture(run.directory)
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())
        answers = [carrier.answer(carrier.submit("1111", f"while you were out {n}"))
                   for n in range(3)]
        same("answers", [0, 0, 0], [status for status, _ in answers])
        carrier.pump(0.2)
        same("receipts before the app is there", [], carrier.receipts)
        phone = world.own(Linphone("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                   run.directory, 26010)).register()
        carrier.until("receipts", lambda: len(carrier.receipts) == 3)
        same("receipts", {identity: "DELIVRD" for _, identity in answers},
             {receipt["id"]: receipt["stat"] for receipt in carrier.receipts})
        until("three texts on the phone", lambda: len(phone.received) == 3)
        same("texts, in order", [f"while you were out {n}" for n in range(3)],
             [got.text for got in phone.received])
        wire.check()
        registered = [float(row[0]) for row in wire.fields(
            "sip.CSeq.method == REGISTER && sip.Status-Code == 200", "frame.time_epoch")]
        delivered = [float(row[0]) for row in wire.fields(
            "sip.Method == MESSAGE && ip.src == 127.0.0.2", "frame.time_epoch")]
        took = delivered[0] - registered[0]
        true(f"first MESSAGE within 1 s of the 200 (took {took:.3f} s)", took < 1)
        run.say(f"the first MESSAGE left {took * 1000:.1f} ms after the 200 to the REGISTER")


REFUSALS = {
    "415 Unsupported Media Type": ("UNDELIV", 5),
    "603 Decline": ("REJECTD", 8),
    "404 Not Found": ("UNDELIV", 5),
}


@scenario("1.1h", "accept", "smoke", peers=("smpplib", "sipp"))
def app_refuses(run):
    """The app answers 415, 603 or 404; the receipt says so."""
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata()
        users = {answer: f"1{answer[:3]}" for answer in REFUSALS}
        for user in users.values():
            world.add_account("env1", user)
        world.commit("apps that refuse")
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())
        for place, (answer, user) in enumerate(users.items()):
            phone = world.own(Sipp(user, PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                   run.directory, 25060 + 10 * place, status=answer)).register()
            status, identity = carrier.answer(carrier.submit(user, f"refused with {answer}"))
            same("submit_sm_resp", 0, status)
            carrier.until("receipt",
                          lambda: any(r["id"] == identity for r in carrier.receipts))
            receipt = [r for r in carrier.receipts if r["id"] == identity][0]
            stat, state = REFUSALS[answer]
            same(f"receipt after {answer}", (stat, state, answer[:3]),
                 (receipt["stat"], receipt["tlv_state"], receipt["err"]))
            same("MESSAGEs the app got", 1, sum(at_phones([phone]).values()))
            row = world.cdrs("--id", identity)[0]
            same("CDR", (stat, int(answer[:3])), (row["status"], row["error"]))
        run.say("415 -> UNDELIV, 603 -> REJECTD, 404 -> UNDELIV; err names the SIP status")
