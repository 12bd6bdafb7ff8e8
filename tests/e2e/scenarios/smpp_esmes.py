"""Third-party ESMEs bind to us, send, and get their receipts; tshark checks the octets."""

from campaign import Campaign, expect_each_once
from capture import Capture
from carriers import NpmSmpp, Smpplib
from kannel import Kannel
from phones import Sipp
from program import Program
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

COUNT = 60


def site(run, world):
    """TATA and an app, all of it recorded."""
    wire = Capture(run.directory)
    world.start().story()
    phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                           25060)).register()
    return wire, phone


def expect_books(run, world, wire, sent):
    """As many CDRs as SMS, all delivered, and nothing that tshark calls malformed."""
    rows = world.cdrs("--carrier", "TATA")
    same("CDRs", {"DELIVRD": sent}, {"DELIVRD": len(rows)} if all(
        row["status"] == "DELIVRD" for row in rows) else [row["status"] for row in rows])
    smpp, sip = wire.check()
    run.say(f"{sent} SMS delivered with receipts; tshark decoded {smpp} frames of SMPP and {sip} "
            "of SIP, none malformed")


def campaign(run, esme):
    """A carrier of tests/e2e/carriers.py sends a campaign, window 10."""
    with run.world("env1") as world:
        wire, phone = site(run, world)
        tata = world.own(esme(run))
        same("bind", 0, tata.bind())
        plan = [("1111", f"campaign {n}") for n in range(COUNT)]
        sent = Campaign(tata, plan, window=10).submit_all().collect_receipts()
        expect_each_once([phone], [text for _, text in plan])
        sent.check(accepted=COUNT)
        tata.unbind()
        expect_books(run, world, wire, COUNT)


@scenario("smpp/smpplib-sends", "smpp", peers=("smpplib", "sipp", "tshark"))
def smpplib_sends(run):
    """smpplib binds, sends with a window of 10 and has a receipt for each SMS."""
    campaign(run, lambda run: Smpplib("127.0.0.2", "tata", TATA_PASSWORD))


@scenario("smpp/npm-smpp-sends", "smpp", peers=("npm smpp", "sipp", "tshark"))
def npm_smpp_sends(run):
    """npm smpp binds, sends with a window of 10 and has a receipt for each SMS."""
    campaign(run, lambda run: NpmSmpp("127.0.0.2", "tata", TATA_PASSWORD, run.directory))


def expect_receipts(program, count):
    """Each submit answered 0, and one DELIVRD receipt for each id, in words and in TLVs."""
    answers = program.said("answer")
    same("answers", [0] * count, [one["status"] for one in answers])
    same("different ids", count, len({one["id"] for one in answers}))
    return {one["id"] for one in answers}


@scenario("smpp/smpp34-sends", "smpp", peers=("smpp34", "sipp", "tshark"))
def smpp34_sends(run):
    """smpp34 (Rust) binds, sends with a window of 20 and has a receipt for each SMS."""
    with run.world("env1") as world:
        wire, phone = site(run, world)
        esme = world.own(Program("smpp34", "smpp34_esme.py", "127.0.0.2", "2775", "tata",
                                 TATA_PASSWORD, "plain", "1111", COUNT, "20",
                                 directory=run.directory)).start()
        esme.until("unbound", seconds=40)
        ids = expect_receipts(esme, COUNT)
        delivered = esme.said("deliver")
        same("ids of the receipts' TLVs", ids, {one["tlv_id"] for one in delivered})
        same("message_state and esm_class", {(2, 4)},
             {(one["tlv_state"], one["esm_class"]) for one in delivered})
        true("each receipt says DELIVRD", all("stat:DELIVRD" in one["text"] for one in delivered))
        expect_each_once([phone], [f"smpp34 {n}" for n in range(COUNT)])
        expect_books(run, world, wire, COUNT)


@scenario("smpp/aiosmpplib-sends", "smpp", peers=("aiosmpplib", "sipp", "tshark"))
def aiosmpplib_sends(run):
    """aiosmpplib binds, sends a euro sign in GSM 03.38 and finds its own SMS in each receipt."""
    with run.world("env1") as world:
        wire, phone = site(run, world)
        esme = world.own(Program("aiosmpplib", "aiosmpp_esme.py", "127.0.0.2", "2775", "tata",
                                 TATA_PASSWORD, "1111", COUNT, directory=run.directory)).start()
        esme.until("answer", COUNT, seconds=40)
        delivered = esme.until("deliver", COUNT, seconds=40)
        ids = expect_receipts(esme, COUNT)
        same("receipts", {(True, "DELIVRD")},
             {(one["receipt"], one["found"]["stat"]) for one in delivered})
        same("ids of the receipts", ids, {one["found"]["id"] for one in delivered})
        expect_each_once([phone], [f"aiosmpplib {n} €" for n in range(COUNT)])
        esme.end()
        same("its last word", 1, len(esme.said("unbound")))
        same("errors", [], esme.said("error"))
        expect_books(run, world, wire, COUNT)


@scenario("smpp/kannel-sends", "smpp", peers=("kannel", "sipp", "tshark"), seconds=120)
def kannel_sends(run):
    """Kannel's bearerbox binds; SMS by its HTTP are taken, delivered and reported back to it."""
    with run.world("env1") as world:
        wire, phone = site(run, world)
        kannel = world.own(Kannel(run.directory, "127.0.0.2", "tata", TATA_PASSWORD)).start()
        texts = [f"kannel {n}" for n in range(COUNT)]
        for place, text in enumerate(texts):
            said = kannel.send("1111", text, place)
            true(f"sendsms took it ({said!r})", said.startswith(("0:", "3:")))
        until("Kannel's reports: taken, then delivered",
              lambda: all(set(kannel.types(place)) >= {8, 1} for place in range(COUNT)), 40, 0.05)
        # They come by HTTP requests of their own, in any order.
        same("reports of each SMS", {(1, 8)},
             {tuple(sorted(kannel.types(n))) for n in range(COUNT)})
        expect_each_once([phone], texts)
        # Three parts with a user data header; the app has all of the text, in order.
        long = "".join(f"{n:03} " for n in range(90))
        kannel.send("1111", long, "long", coding="0")
        until("report of the long one", lambda: 1 in kannel.types("long"), 20, 0.05)
        until("all of the long text", lambda: "".join(
            got.text for got in phone.received if got.text not in texts).strip() == long.strip())
        kannel.send("999000", "to nobody", "nobody")
        until("report of the refused one", lambda: 16 in kannel.types("nobody"), 20, 0.05)
        kannel.bearerbox.stop(20)
        smpp, sip = wire.check()
        run.say(f"{COUNT} SMS and one of three parts taken (8) and delivered (1), one refused (16);"
                f" tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed")
