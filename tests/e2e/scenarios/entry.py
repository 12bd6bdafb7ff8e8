"""3.1: TATA knows one entry address; the SMS goes to the app here or to another environment."""

from capture import Capture
from carriers import NpmSmpp, Smpplib
from phones import Baresip, Linphone
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

MIXED = b"hi \x00 \x1b\x65 {2222}".replace(b"{", b"\x1b\x28").replace(b"}", b"\x1b\x29")


@scenario("3.1a", "accept", "smoke", peers=("npm smpp", "linphone-daemon", "tshark"))
def recipient_here(run):
    """One entry point, the recipient is an account of env1, policies not consulted."""
    with run.world("env1", "env2", "env4") as world:
        wire = Capture(run.directory)
        world.start().story()
        world.cli.run("policy", "add", "111%", "--env", "env1", "--via", "env2",
                      "--priority", "1")
        world.commit("a policy that must not be used")
        phone = world.own(Linphone("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                   run.directory, 26010)).register()
        tata = world.own(NpmSmpp("127.0.0.2", "tata", TATA_PASSWORD, run.directory))
        same("bind", 0, tata.bind())
        status, identity = tata.answer(tata.submit("1111", "hi 1111"))
        same("submit_sm_resp", 0, status)
        receipt = tata.until("receipt", lambda: tata.receipts)[0]
        same("receipt", (identity, "DELIVRD", identity, 2),
             (receipt["id"], receipt["stat"], receipt["tlv_id"], receipt["tlv_state"]))
        until("text on the phone", lambda: phone.received)
        same("what the user sees", [("TATA", "hi 1111")],
             [(got.sender, got.text) for got in phone.received])
        explained = world.cli.run("route", "test", "--env", "env1", "--from", "TATA", "1111")
        true("route test names the account", "account" in explained and "1111" in explained)
        rows = world.cdrs("--carrier", "TATA")
        same("CDRs", 1, len(rows))
        wanted = {"decision": "local", "pattern": None, "connection": None, "account": "1111",
                  "charge_micros": 10000, "account_charge_micros": 0}
        same("CDR", wanted, {key: rows[0][key] for key in wanted})
        tata.unbind()
        smpp, sip = wire.check()
        crossed = wire.fields("smpp.command_id in {0x00000004, 0x00000005} "
                              "&& (ip.addr == 127.0.0.3 || ip.addr == 127.0.0.4)", "frame.number")
        same("SMS between environments", [], crossed)
        run.say(f"tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed")


@scenario("3.1b", "accept", "smoke", peers=("smpplib", "baresip", "tshark"))
def recipient_elsewhere(run):
    """One entry point, the recipient is an account of env2; ids mapped, octets not touched."""
    with run.world("env1", "env2") as world:
        wire = Capture(run.directory)
        world.start().story()
        phone = world.own(Baresip("2222", PHONE_PASSWORD, "env2.example", "127.0.0.3",
                                  run.directory, 26110)).register()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        status, ours = tata.answer(tata.submit("2222", MIXED))
        same("submit_sm_resp", 0, status)
        receipt = tata.until("receipt", lambda: tata.receipts)[0]
        same("receipt", (ours, "DELIVRD", ours), (receipt["id"], receipt["stat"],
                                                  receipt["tlv_id"]))
        until("text on the phone", lambda: phone.received)
        same("what the user sees", [("TATA", "hi @ € {2222}")],
             [(got.sender, got.text) for got in phone.received])
        rows = {row["env"]: row for row in world.cdrs()}
        here, there = rows["env1"], rows["env2"]
        same("CDR of env1", ("TATA", "vendor", "222%", 10000),
             (here["carrier"], here["decision"], here["pattern"], here["charge_micros"]))
        same("CDR of env2", ("env1", "local", 0),
             (there["carrier"], there["decision"], there["charge_micros"]))
        theirs = there["message_id"]
        same("their id in our CDR", theirs, here["egress"]["peer_message_id"])
        tata.unbind()
        phone.stop()
        smpp, sip = wire.check()
        expect_untouched(wire)
        expect_mapped(wire, ours, theirs)
        run.say(f"tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed; id "
                f"{theirs} came back as {ours}")


def expect_untouched(wire):
    """The same addresses and octets on both links."""
    names = ("smpp.source_addr_ton", "smpp.source_addr_npi", "smpp.source_addr",
             "smpp.dest_addr_ton", "smpp.dest_addr_npi", "smpp.destination_addr",
             "smpp.data_coding", "smpp.regdel.receipt", "smpp.message")
    came = wire.fields("smpp.command_id == 0x00000004 && ip.dst == 127.0.0.2", *names)
    went = wire.fields("smpp.command_id == 0x00000004 && ip.dst == 127.0.0.3", *names)
    same("submit_sm PDUs in and out", (1, 1), (len(came), len(went)))
    same("what went to env2", dict(zip(names, came[0])), dict(zip(names, went[0])))


def expect_mapped(wire, ours, theirs):
    """Receipts: env2's id on the link, ours to TATA."""
    from_env2 = wire.fields("smpp.command_id == 0x00000005 && ip.src == 127.0.0.3",
                            "smpp.receipted_message_id")
    to_tata = wire.fields("smpp.command_id == 0x00000005 && ip.src == 127.0.0.2",
                          "smpp.receipted_message_id")
    same("receipted_message_id, from env2 and to TATA", ([[theirs]], [[ours]]),
         (from_env2, to_tata))


@scenario("3.1c", "accept", "smoke", peers=("smpplib",))
def unknown_number(run):
    """A number that nobody has is refused with 0x0B, recorded and not charged."""
    with run.world("env1", "env2") as world:
        world.start().story()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        same("submit_sm_resp", (0x0B, ""), tata.answer(tata.submit("999000", "nobody")))
        rows = world.cdrs("--carrier", "TATA")
        same("CDRs", 1, len(rows))
        same("CDR", ("reject", 0, "REJECTD"),
             (rows[0]["decision"], rows[0]["charge_micros"], rows[0]["status"]))
        same("the session goes on", 0, tata.answer(tata.submit("1111", "still here"))[0])


@scenario("3.1h", "accept", "smoke", peers=("smpplib",))
def not_allowed(run):
    """A bind from an address that is not on the list gets 0x0D and is closed, and is counted."""
    with run.world("env1") as world:
        world.start().story()
        stranger = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD, local="127.0.0.9"))
        same("bind from 127.0.0.9", 0x0D, stranger.bind())
        true("connection closed", stranger.closed())
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind from 127.0.0.1", 0, tata.bind())
        until("count of refused binds", lambda: world.tally("env1", "binds_refused") == 1)
