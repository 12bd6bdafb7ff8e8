"""Every text by every carrier to every app, and back: what the far end shows, in one table."""

import smpplib.gsm

from alphabets import UDHI, cases, concat, national_octets
from capture import Capture
from carriers import NpmSmpp, Smpplib
from kannel import Kannel
from phones import Baresip, Linphone
from program import Program
from scenarios.registry import scenario
from waiting import same, true, until
from webphones import JsSip, SipJs
from world import LINK_PASSWORD, PHONE_PASSWORD, TATA_PASSWORD

SMSC = "127.0.0.9"
APPS = (("1111", "linphone"), ("1112", "JsSIP"), ("1113", "SIP.js"), ("1114", "baresip"))

# What baresip sends in a datagram; it has no other way to us here.
BARESIP_MAX = 900


def make_app(run, user, kind):
    """An app of env1."""
    if kind == "linphone":
        return Linphone(user, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory, 26010)
    if kind == "baresip":
        return Baresip(user, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory, 26110,
                       ("3331",))
    web = {"JsSIP": JsSip, "SIP.js": SipJs}[kind]
    return web(user, PHONE_PASSWORD, "env1.example", "ws", run.directory)


def site(run, world):
    """TATA, four apps, and an SMSC behind 333."""
    smsc = world.own(Program("smsc", "smsc.js", SMSC, "2775", directory=run.directory)).start()
    smsc.until("listening")
    world.start()
    behind(world)
    for user, _ in APPS:
        world.add_account("env1", user)
    world.commit("four apps")
    apps = {kind: world.own(make_app(run, user, kind)).register() for user, kind in APPS}
    return apps, smsc


class Sender:
    """A carrier that says a case in its own way; `shown` is what an app should show then."""

    name = ""

    def __init__(self, esme):
        self.esme, self.reference = esme, 0

    def shown(self, case):
        """The text that this carrier's submit means."""
        return national_octets(case.text)[2] if case.how == "national" else case.text

    def submit(self, number, case):
        """Submits it and waits for the answers."""
        self.reference += 1
        # What two carriers say alike in the name of one sender would be one that came twice (F2).
        answers = [self.esme.submit(number, octets, source_addr=self.name, **fields)
                   for octets, fields in self.parts(case)]
        for sent in answers:
            same(f"answer to {case.name}", 0, self.esme.answer(sent)[0])

    def parts(self, case):
        """Octets and fields of each submit_sm."""
        if case.how == "national":
            header, septets, _ = national_octets(case.text)
            pieces, room = [], 146 if len(header) == 6 else 149
            while septets:
                end = min(room, len(septets))
                # Not between an escape and its letter.
                end -= end < len(septets) and septets[end - 1] == 0x1B
                pieces, septets = pieces + [septets[:end]], septets[end:]
            return [(piece, {"esm_class": UDHI, "data_coding": 0})
                    for piece in concat(self.reference, pieces, header)]
        if case.how == "octets":
            return [(case.text, {"data_coding": 4})]
        return self.encoded(case)


class BySmpplib(Sender):
    """smpplib encodes and splits."""

    name = "SMPPLIB"

    def encoded(self, case):
        """As its make_parts does."""
        parts, coding, esm_class = smpplib.gsm.make_parts(case.text)
        return [(part, {"data_coding": coding, "esm_class": esm_class}) for part in parts]


class ByNpmSmpp(Sender):
    """npm smpp encodes; it leaves splitting to its user."""

    name = "NPM"

    def encoded(self, case):
        """Characters for it to encode, cut as it comes."""
        wide = case.how == "ucs2"
        text = case.text.encode("utf-16-be") if wide else case.text
        alone, room = (140, 134) if wide else (150, 140)
        if len(text) <= alone:
            pieces = [text]
        else:
            pieces = [text[at:at + room] for at in range(0, len(text), room)]
        if wide:
            pieces = [piece.decode("utf-16-be", "surrogatepass") for piece in pieces]
        total, fields = len(pieces), {"data_coding": 8 if wide else 0}
        for number, piece in enumerate(pieces, 1):
            udh = bytes([5, 0, 3, self.reference & 0xFF, total, number]) if total > 1 else b""
            yield piece, {**fields, "esm_class": UDHI if udh else 0, "udh": udh.hex()}


class ByKannel:
    """Kannel encodes, splits and asks for its reports by HTTP. It knows no national tables."""

    def __init__(self, kannel):
        self.kannel, self.mark = kannel, 0

    def shown(self, case):
        """What its SMS means."""
        return national_octets(case.text)[2] if case.how == "national" else case.text

    def submit(self, number, case):
        """One sendsms."""
        self.mark += 1
        coding = {"gsm": "0", "octets": "1"}.get(case.how, "2")
        text = self.shown(case)
        said = self.kannel.send(number, text, self.mark, coding=coding)
        true(f"Kannel's answer to {case.name}", said and said.startswith(("0:", "3:")))


def expect(what, app, before, wanted):
    """Waits for texts at an app; gives, for each one, whether it is what was sent."""
    def texts():
        return [got.text for got in app.received[before:]]

    try:
        until(f"{what}", lambda: len("".join(texts())) >= len("".join(wanted)), 25, every=0.05)
    except AssertionError:
        pass
    return judged(texts(), wanted)


def judged(found, wanted):
    """None for each wanted text that came, or what came; one may come in several MESSAGEs."""
    verdicts = []
    for text in wanted:
        if text in found[:8]:
            del found[:found.index(text)]
        said = found.pop(0) if found else ""
        while found and len(said) < len(text) and text.startswith(said):
            said += found.pop(0)
        verdicts.append(None if said == text else said)
    return verdicts


def table(run, rows, columns):
    """A line for each text, a sign for each column."""
    run.say(f"{'':22}" + "".join(f"{name:>11}" for name in columns))
    for name, signs in rows.items():
        run.say(f"{name:22}" + "".join(f"{sign:>11}" for sign in signs))


@scenario("text/matrix", "text", seconds=200, shards=2, streams=True,
          peers=("smpplib", "npm smpp", "Kannel", "linphone-daemon", "JsSIP", "SIP.js", "baresip"))
def matrix(run):
    """Every text by three carriers to four apps, read there"""
    wanted = [case for case in cases() if case.how != "octets"]
    with run.world("env1") as world:
        apps, _ = site(run, world)
        rows, wrong, columns = {case.name: [] for case in wanted}, [], []
        for name, sender in carriers(run, world):
            before = {kind: len(app.received) for kind, app in apps.items()}
            for case in wanted:
                for user, _ in APPS:
                    sender.submit(user, case)
            for kind, app in apps.items():
                columns.append(f"{name[:4]}>{kind[:6]}")
                shown = [sender.shown(case) for case in wanted]
                for case, said in zip(wanted, expect(kind, app, before[kind], shown)):
                    rows[case.name].append("=" if said is None else "WRONG")
                    if said is not None:
                        wrong.append((name, kind, case.name, sender.shown(case), said))
        table(run, rows, columns)
        for name, kind, case, text, said in wrong[:12]:
            run.say(f"{name} to {kind}, {case}: {text!r:.200} came as {said!r:.200}")
        same("texts that came out wrong", 0, len(wrong))


def carriers(run, world):
    """Each carrier in its turn, bound."""
    smpplib_esme = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind", 0, smpplib_esme.bind())
    yield "smpplib", BySmpplib(smpplib_esme)
    smpplib_esme.unbind()
    npm = world.own(NpmSmpp("127.0.0.2", "tata", TATA_PASSWORD, run.directory))
    same("bind", 0, npm.bind())
    yield "npm smpp", ByNpmSmpp(npm)
    npm.unbind()
    kannel = world.own(Kannel(run.directory, "127.0.0.2", "tata", TATA_PASSWORD)).start()
    yield "Kannel", ByKannel(kannel)


@scenario("text/to-smsc", "text", seconds=200, shards=2, streams=True,
          peers=("linphone-daemon", "JsSIP", "SIP.js", "baresip", "npm smpp"))
def to_smsc(run):
    """Every text by four apps to an SMSC, which puts its segments together and reads it"""
    wanted = [case for case in cases() if case.how in ("gsm", "ucs2")]
    with run.world("env1") as world:
        apps, smsc = site(run, world)
        rows, wrong = {case.name: [] for case in wanted}, []
        for user, kind in APPS:
            app = apps[kind]
            typed = [case for case in wanted if can_say(kind, case)]
            for case in typed:
                sent = app.sent
                app.send(*((case.text,) if kind == "baresip" else ("3331", case.text)))
                until(f"2xx to {kind} for {case.name}", lambda: app.sent > sent, every=0.02)
            until(f"texts of {kind}", lambda: len(whole(smsc, user)) >= len(typed), 20, every=0.2)
            found = whole(smsc, user)
            for case in wanted:
                good = case not in typed or case.text in found
                rows[case.name].append("=" if good and case in typed else "-" if good else "WRONG")
                if not good:
                    wrong.append((kind, case.name))
        table(run, rows, [kind for _, kind in APPS])
        same("texts that came out wrong", [], wrong)


def can_say(kind, case):
    """What is typed into linphone and baresip ends with its line."""
    typed = kind in ("linphone", "baresip")
    short = kind != "baresip" or len(case.text.encode()) <= BARESIP_MAX
    return short and not (typed and "\n" in case.text)


def whole(smsc, user):
    """The texts of a sender, each put together from its segments."""
    texts, parts = [], {}
    for one in smsc.said("submit"):
        if one["source"].lstrip("+") != user:
            continue
        header = bytes.fromhex(one["udh"])
        if not header:
            texts.append(one["text"])
            continue
        same("header", (0, 3), (header[0], header[1]))
        reference, total, number = header[2:5]
        parts.setdefault(reference, {})[number] = one["text"]
        if len(parts[reference]) == total:
            segments = parts.pop(reference)
            texts.append("".join(segments[number] for number in sorted(segments)))
    return texts


@scenario("text/unchanged", "text", seconds=90,
          peers=("smpplib", "npm smpp", "tshark"))
def unchanged(run):
    """From carrier to SMSC every octet stays: alphabets, headers, ports, classes, indications"""
    with run.world("env1") as world:
        smsc = world.own(Program("smsc", "smsc.js", SMSC, "2775", directory=run.directory)).start()
        smsc.until("listening")
        world.start()
        behind(world)
        wire = Capture(run.directory)
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        sender, sent = BySmpplib(tata), 0
        for case in cases():
            sender.submit("3331", case)
            sent += len(list(sender.parts(case)))
        for octets, more in ODD:
            same("submit_sm_resp", 0, tata.answer(tata.submit("3331", octets, **more))[0])
        sent += len(ODD)
        smsc.until("submit", sent)
        wire.stop()
        fields = ("smpp.message", "smpp.data_coding", "smpp.esm.submit.features", "smpp.sm_length",
                  "smpp.protocol_id")
        came, left = (wire.fields(f"smpp.command_id == 4 && ip.dst == {address}", *fields)
                      for address in ("127.0.0.2", SMSC))
        came, left = ([tuple(values.split(",") for values in row) for row in rows]
                      for rows in (came, left))
        came, left = (sorted(pdu for row in rows for pdu in zip(*row)) for rows in (came, left))
        same("PDUs that came", sent, len(came))
        same("PDUs that left", came, left)
        run.say(f"{sent} submit_sm left for the SMSC as they came")
        tata.unbind()


PORTS = bytes([5, 4, 0x0B, 0x84, 0x23, 0xF0])
# Headers and codings that no text of the matrix has: octets and fields.
ODD = (
    # WAP push: ports 2948 and 9200 (TS 23.040 9.2.3.24.4).
    (bytes([6]) + PORTS + bytes.fromhex("01060403ae81eaaf8d"),
     {"esm_class": UDHI, "data_coding": 4}),
    # The same as one of two, and ports of 8 bits.
    (bytes([11, 0, 3, 9, 2, 1]) + PORTS + b"first", {"esm_class": UDHI, "data_coding": 0xF5}),
    (bytes([11, 0, 3, 9, 2, 2]) + PORTS + b"second", {"esm_class": UDHI, "data_coding": 0xF5}),
    (bytes([4, 4, 2, 0xE2, 0]) + b"BEGIN:VCARD", {"esm_class": UDHI, "data_coding": 0}),
    # Flash in three ways, and the other classes.
    (b"flash", {"data_coding": 0x10}), (b"flash", {"data_coding": 0xF0}),
    ("flash".encode("utf-16-be"), {"data_coding": 0x18}),
    (b"class 1", {"data_coding": 0x11}), (b"class 2", {"data_coding": 0xF2}),
    # Waiting indications: in the coding, and in a header.
    (b"voicemail", {"data_coding": 0xC8}), (b"fax", {"data_coding": 0xD9}),
    ("mail".encode("utf-16-be"), {"data_coding": 0xEA}),
    (bytes([4, 1, 2, 0x80, 3]) + b"three wait", {"esm_class": UDHI, "data_coding": 0}),
    # Formatting, an e-mail's header, a reply address, an element that nobody knows.
    (bytes([5, 0x0A, 3, 0, 4, 0x10]) + b"bold text", {"esm_class": UDHI, "data_coding": 0}),
    (bytes([3, 0x20, 1, 5]) + b"a@b.c hello", {"esm_class": UDHI, "data_coding": 0}),
    (bytes([6, 0x22, 4, 4, 0x91, 0x21, 0x43]) + b"reply", {"esm_class": UDHI, "data_coding": 0}),
    (bytes([4, 0x7F, 2, 1, 2]) + b"unknown", {"esm_class": UDHI, "data_coding": 0}),
    # A type of message replaced, and a protocol of its own.
    (b"replace type 1", {"protocol_id": 0x41}),
    # Octets that mean nothing in their alphabet.
    (bytes(range(128, 160)), {"data_coding": 0}), (b"\xd8\x3d\x00", {"data_coding": 8}),
)


def behind(world):
    """TATA, and an SMSC behind 333."""
    world.add_environments()
    world.add_tata()
    world.cli.run("connection", "add", "smsc", "--env", "env1", "--remote", f"{SMSC}:2775",
                  "--local", "127.0.0.2", "--bind", "transceiver", "--system-id", "env1",
                  "--password-stdin", "--no-hops", stdin=LINK_PASSWORD)
    world.cli.run("policy", "add", "333%", "--env", "env1", "--via", "smsc")
    world.commit("an SMSC")
    world.wait_links(1)
