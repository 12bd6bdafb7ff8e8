"""Long texts and alphabets: what a third-party ESME splits and encodes is whole at an app."""

from itertools import permutations

import smpplib.gsm

from carriers import Smpplib
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, until
from world import PHONE_PASSWORD, TATA_PASSWORD

UDHI = 0x40
GSM = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" \
      "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"


def site(run, world):
    """TATA and an app."""
    world.start().story()
    phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                           25060)).register()
    tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind", 0, tata.bind())
    return tata, phone


def submit(tata, segments, **fields):
    """Submits segments and waits for their answers: all of them are 0."""
    sent = [tata.submit("1111", segment, **fields) for segment in segments]
    same("answers", {0}, {tata.answer(sequence)[0] for sequence in sent})
    return sent


def expect(tata, phone, sent, texts):
    """Every SMS is reported delivered, and these texts are at the app."""
    tata.until("a receipt for each", lambda: len(tata.receipts) >= len(sent), 40)
    same("receipts", {"DELIVRD"}, {receipt["stat"] for receipt in tata.receipts})
    until("all texts", lambda: len(phone.received) >= len(texts), 20)
    same("texts", sorted(texts), sorted(got.text for got in phone.received))


@scenario("text/smpplib-splits", "text", peers=("smpplib", "sipp"), seconds=120)
def smpplib_splits(run):
    """What smpplib encodes and splits, in any order, is one text; it cuts pairs, which heals"""
    texts = [
        GSM,
        # 152 letters and a pair: smpplib cuts between an escape and its letter.
        "x" * 152 + "€" + "y" * 100,
        "привет, " * 20,
        # 66 letters and an emoji: smpplib cuts between two surrogates.
        "ж" * 66 + "😀" + "ж" * 60,
        "שלום עולם " * 12,
        "e\u0301👨\u200d👩\u200d👧 " * 20,
    ]
    with run.world("env1") as world:
        tata, phone = site(run, world)
        sent = []
        for text in texts:
            parts, coding, esm_class = smpplib.gsm.make_parts(text)
            sent += submit(tata, parts[::-1], data_coding=coding, esm_class=esm_class)
        expect(tata, phone, sent, texts)
        run.say(f"{len(texts)} texts of {len(sent)} segments, whole at the app")
        tata.unbind()


@scenario("text/orders", "text", peers=("smpplib", "sipp"), seconds=120)
def orders(run):
    """Three and four segments in every order, and each of them twice, are one text each"""
    with run.world("env1") as world:
        tata, phone = site(run, world)
        sent, texts = [], []
        every = [order for count in (3, 4) for order in permutations(range(1, count + 1))]
        for reference, order in enumerate(every):
            total = len(order)
            words = {part: f"text {reference} segment {part} of {total}; " for part in order}
            texts.append("".join(words[part] for part in sorted(words)))
            segments = [bytes([5, 0, 3, reference, total, part]) + words[part].encode()
                        for part in (order[0], *order)]
            sent += submit(tata, segments, esm_class=UDHI)
        expect(tata, phone, sent, texts)
        run.say(f"{len(texts)} texts of {len(sent)} segments, whole at the app")
        tata.unbind()
