"""A handset behind an IMS, whose short messages are pycrate's; tshark reads both sides."""

import smpplib.gsm

from capture import Capture
from carriers import Smpplib
from handset import Handset
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, until
from world import PHONE_PASSWORD, TATA_PASSWORD

TEXTS = ["hello", "Asia Cell: [50%] {bonus} €5 ^~|\\", "x" * 160, "two short messages " * 10,
         "привет 😀", "ж" * 150 + "😀", "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", "שלום עולם"]
BACK = [("from a [handset] €", "1112"), ("от трубки 😀", "1112"), ("to nobody", "999")]
RP_DATA_OUT, RP_DATA_IN = "0x01", "0x00"


def three(run, world):
    """A handset, an app and TATA."""
    world.start()
    world.add_environments()
    world.add_tata()
    world.add_account("env1", "1111")
    world.add_account("env1", "1112")
    world.commit("a handset, an app and TATA")
    handset = world.own(Handset("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", 25060))
    app = world.own(Sipp("1112", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                         25070)).register()
    tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind", 0, tata.bind())
    return handset.register(), app, tata


def to_handset(handset, tata):
    """TATA's texts, the first of which the handset refuses once for want of memory."""
    handset.full = 1
    sent = []
    for text in TEXTS:
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        sent += [tata.submit("1111", part, data_coding=coding, esm_class=esm_class)
                 for part in parts]
    same("answers", {0}, {tata.answer(sequence)[0] for sequence in sent})
    until("all texts", lambda: len(handset.received) >= len(TEXTS), 60)
    same("texts at the handset", sorted(TEXTS), sorted(got.text for got in handset.received))
    tata.until("a receipt for each", lambda: len(tata.receipts) >= len(sent), 40)
    same("receipts", {"DELIVRD"}, {receipt["stat"] for receipt in tata.receipts})


def from_handset(handset, app):
    """Its texts to the app and to nobody, each with a wish for a status report."""
    for number, (text, called) in enumerate(BACK):
        same("answer", 202, handset.send(called, text, 7 + number, wants_report=True))
    until("texts at the app", lambda: len(app.received) >= 2, 20)
    until("reports and an error", lambda: handset.reports[1:] and handset.errors, 20)
    same("texts at the app", [text for text, _ in BACK[:2]], [got.text for got in app.received])
    same("RP-ACKs", [7, 8], sorted(handset.acked))
    same("RP-ERRORs", [(9, 1)], handset.errors)
    same("status reports", [(7, 0), (8, 0)], sorted(handset.reports))


@scenario("text/handset", "text", peers=("pycrate", "smpplib", "sipp"), seconds=150)
def handset_of_ims(run):
    """A carrier and an app to a handset and back by RP-DATA; RP-ACK, RP-ERROR, status reports"""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        handset, app, tata = three(run, world)
        to_handset(handset, tata)
        from_handset(handset, app)
        tata.unbind()
        wire.check()
        kinds = [row[0] for row in wire.fields("gsm_a.rp", "gsm_a.rp.msg_type")]
        run.say(f"{len(TEXTS)} texts there and {len(BACK) - 1} back, {kinds.count(RP_DATA_OUT)} "
                f"RP-DATA there and {kinds.count(RP_DATA_IN)} back, none malformed")
