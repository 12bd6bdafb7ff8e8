"""What the octets say: versions, spellings of ids and receipts, and the PDUs beside submit_sm."""

import re

import rawsmpp
from capture import Capture
from phones import Sipp
from program import Program
from rawsmpp import Raw, tlv
from scenarios.registry import scenario
from scenarios.smpp_table import (ALERT, CANCEL_SM, DATA_SM, NACK, OUTBIND, QUERY_SM, REPLACE_SM,
                                  SUBMIT_MULTI, SUBMIT_SM, TRANSCEIVER, Script)
from scenarios.smpp_smscs import SMSC, provision
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

SC_INTERFACE_VERSION, RECEIPTED_ID, MESSAGE_STATE = 0x0210, 0x001E, 0x0427
WORDS = re.compile(rb"id:(\S+) sub:\d{3} dlvrd:\d{3} submit date:(\d+) done date:(\d+) "
                   rb"stat:(\S+) err:(\S+) text:")


def app(run, world, user="1111"):
    """An app that is there."""
    return world.own(Sipp(user, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                          25060)).register()


def bind(world, system_id="tata", version=0x34):
    """A session by hand; gives it and the TLVs of the answer."""
    raw = world.own(Raw("127.0.0.2", seconds=10))
    _, status, _, body = raw.ask(TRANSCEIVER, 1, rawsmpp.bind_body(system_id, TATA_PASSWORD,
                                                                   version))
    same(f"bind of {system_id} as {version:#x}", 0, status)
    return raw, rawsmpp.tlvs(body.split(b"\0", 1)[1])


def submit(raw, text, number="1111", sequence=2):
    """One submit_sm; gives its id."""
    _, status, _, body = raw.ask(SUBMIT_SM, sequence, rawsmpp.submit_body(number, text))
    same("submit_sm_resp", 0, status)
    return body.split(b"\0")[0].decode("ascii")


@scenario("smpp/versions", "smpp", peers=("raw octets", "sipp", "tshark"))
def versions(run):
    """d22: each side says only what the other's version knows: 3.3, 3.4 and 5.0."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start().story()
        phone = app(run, world)
        for version, ours in ((0x00, None), (0x33, None), (0x34, 0x34), (0x50, 0x50)):
            raw, said = bind(world, version=version)
            same(f"our version towards {version:#x}", ours,
                 said.get(SC_INTERFACE_VERSION, [None])[0])
            text = f"as {version:x}".encode()
            identity = submit(raw, text)
            receipt = raw.receipt()
            found = WORDS.match(receipt["text"])
            true(f"words of the receipt ({receipt['text']})", found)
            same("id and state", (identity, b"DELIVRD"), (found[1].decode(), found[4]))
            same("esm_class of the receipt", 4, receipt["esm_class"])
            if version < 0x34:
                same("TLVs towards 3.3", {}, receipt["tlvs"])
                true(f"id of at most 8 octets ({identity})", len(identity) <= 8)
            else:
                same("TLVs", (identity.encode() + b"\0", b"\x02"),
                     (receipt["tlvs"][RECEIPTED_ID], receipt["tlvs"][MESSAGE_STATE]))
            raw.kill()
        until("texts at the app", lambda: len(phone.received) == 4)
        wire.check()


@scenario("smpp/dialects", "smpp", peers=("raw octets", "sipp", "tshark"), seconds=120)
def dialects(run):
    """Ids and receipts are spelled as each carrier has them."""
    ids = {"hex": r"[0-9A-Fa-f]+", "decimal": r"[0-9]+", "short": r".{1,8}", "text": r".+",
           "hex-then-decimal": r"[0-9A-Fa-f]+"}
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start()
        world.add_environments()
        world.add_account("env1", "1111")
        for form in ids:
            world.add_carrier("env1", f"ids-{form}", f"i{form[:12]}", **{"message-ids": form})
        for form in ("both", "words", "seconds", "tlvs"):
            world.add_carrier("env1", f"receipts-{form}", f"r{form}", receipts=form)
        world.commit("dialects")
        app(run, world)
        for form, pattern in ids.items():
            raw, _ = bind(world, f"i{form[:12]}")
            identity = submit(raw, form.encode())
            true(f"{form}: {identity}", re.fullmatch(pattern, identity))
            told = WORDS.match(raw.receipt()["text"])[1].decode()
            wanted = str(int(identity, 16)) if form == "hex-then-decimal" else identity
            same(f"id in the receipt of {form}", wanted, told)
            run.say(f"{form}: {identity} in the answer, {told} in the receipt")
        for form in ("both", "words", "seconds", "tlvs"):
            raw, _ = bind(world, f"r{form}")
            submit(raw, form.encode())
            receipt = raw.receipt()
            found = WORDS.match(receipt["text"])
            same(f"words of {form}", form != "tlvs", found is not None)
            same(f"TLVs of {form}", form != "words", MESSAGE_STATE in receipt["tlvs"])
            if found:
                same(f"date of {form}", 12 if form == "seconds" else 10, len(found[3]))
        wire.check()


@scenario("smpp/data-sm", "smpp", peers=("raw octets", "sipp", "tshark"))
def data_sm(run):
    """data_sm carries an SMS in message_payload, and its receipt comes."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start().story()
        phone = app(run, world)
        raw, _ = bind(world)
        body = (b"\0" + b"\x05\0TATA\0" + b"\x01\x011111\0" + b"\0\x01\0"
                + tlv(0x0424, b"by data sm"))
        command, status, _, answer = raw.ask(DATA_SM, 5, body)
        same("data_sm_resp", (DATA_SM | NACK, 0), (command, status))
        identity = answer.split(b"\0")[0]
        same("id in the receipt", identity, WORDS.match(raw.receipt()["text"])[1])
        same("the app's text", ["by data sm"], [got.text for got in phone.received])
        wire.check()


@scenario("smpp/query-cancel-replace", "smpp", peers=("raw octets", "sipp", "tshark"))
def store(run):
    """d34: query_sm tells the truth, replace_sm and cancel_sm reach an SMS that waits, once."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start().story()
        raw, _ = bind(world)
        source, destination = b"\x05\0TATA\0", b"\x01\x011111\0"
        first, second = submit(raw, b"first"), submit(raw, b"second", sequence=3)

        def query(identity, sequence):
            _, status, _, body = raw.ask(QUERY_SM, sequence, identity.encode() + b"\0" + source)
            same("query_sm_resp", 0, status)
            told, _, rest = body.split(b"\0", 2)
            same("id in the query_sm_resp", identity, told.decode())
            return rest[0]

        true("the SMS waits (ENROUTE or ACCEPTED)", query(first, 10) in (1, 6))
        _, status, _, _ = raw.ask(REPLACE_SM, 11, first.encode() + b"\0" + source
                                  + b"\0\0\x01\0\x0dfirst, better")
        same("replace_sm_resp", 0, status)
        _, status, _, _ = raw.ask(CANCEL_SM, 12, b"\0" + second.encode() + b"\0" + source
                                  + destination)
        same("cancel_sm_resp", 0, status)
        same("state of the cancelled (DELETED)", 4, query(second, 13))
        phone = app(run, world)
        until("the SMS that was not cancelled", lambda: phone.received)
        same("the app's texts", ["first, better"], [got.text for got in phone.received])
        until("state DELIVERED", lambda: query(first, 14) == 2)
        _, status, _, _ = raw.ask(CANCEL_SM, 15, b"\0" + first.encode() + b"\0" + source
                                  + destination)
        same("cancel_sm of what was delivered", 0x11, status)
        _, status, _, _ = raw.ask(QUERY_SM, 16, b"nothing\0" + source)
        true(f"query_sm of nothing ({status:#x})", status in (0x0C, 0x67))
        rows = {row["message_id"]: row["status"] for row in world.cdrs("--carrier", "TATA")}
        same("CDRs", {first: "DELIVRD", second: "DELETED"}, rows)
        wire.check()


@scenario("smpp/submit-multi", "smpp", peers=("raw octets", "sipp", "tshark"))
def submit_multi(run):
    """submit_multi to three numbers, one of them nobody's: two SMS, one unsuccessful."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start().story()
        world.add_account("env1", "1112")
        world.commit("another app")
        phone = app(run, world)
        raw, _ = bind(world)
        numbers = (b"1111", b"999000", b"1112")
        body = (b"\0" + b"\x05\0TATA\0" + bytes([len(numbers)])
                + b"".join(b"\x01\x01\x01" + number + b"\0" for number in numbers)
                + b"\0\0\0\0\0\x01\0\0\0" + b"\x05multi")
        command, status, _, answer = raw.ask(SUBMIT_MULTI, 5, body)
        same("submit_multi_resp", (SUBMIT_MULTI | NACK, 0), (command, status))
        identity, rest = answer.split(b"\0", 1)
        true("an id", identity)
        same("unsuccessful", (1, b"\x01\x01999000\0" + b"\0\0\0\x0b"), (rest[0], rest[1:]))
        until("the text at the app", lambda: phone.received)
        raw.receipt()
        wire.check()


@scenario("smpp/alert-notification", "smpp", peers=("raw octets", "sipp", "tshark"))
def alert_notification(run):
    """alert_notification comes when the app registers for which an SMS with set_dpf waits."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start().story()
        raw, _ = bind(world)
        body = (b"\0" + b"\x05\0TATA\0" + b"\x01\x011111\0" + b"\0\x01\0"
                + tlv(0x0424, b"call me") + tlv(0x0421, b"\x01"))
        same("data_sm_resp", 0, raw.ask(DATA_SM, 5, body)[1])
        app(run, world)
        got = raw.until(lambda got: got[0] == ALERT)
        true(f"the app's number in it ({got[3]!r})", b"1111\0" in got[3])
        wire.check()


def called(env1, tata):
    """An SMSC dials us and says outbind, lets us bind on that link, and gets an SMS over it."""

    def dialled():
        # While we have not heard that its last link is gone, one more is closed.
        raw = env1.own(Raw("127.0.0.2", seconds=10, local=SMSC))
        raw.send(rawsmpp.pdu(OUTBIND, 1, b"smsc\0open\0"))
        got = raw.read()
        return got and (raw, got)

    raw, got = until("an answer to outbind", dialled)
    true(f"a bind on the link that said outbind ({got})", got and got[0] == TRANSCEIVER)
    same("system_id and password", b"env1\0between\0", got[3][:13])
    raw.send(rawsmpp.pdu(TRANSCEIVER | NACK, got[2], b"smsc\0" + tlv(SC_INTERFACE_VERSION, b"4")))
    env1.wait_links()
    tata.send(rawsmpp.pdu(SUBMIT_SM, 7, rawsmpp.submit_body("2221", b"called")))
    got = raw.read()
    same("what the SMSC got", SUBMIT_SM, got[0])
    same("its text", b"called", rawsmpp.message(got[3])["text"])
    raw.send(rawsmpp.pdu(SUBMIT_SM | NACK, got[2], b"4711\0"))
    return raw


@scenario("smpp/outbind", "smpp", peers=("a scripted SMSC", "tshark"))
def outbind(run):
    """A connection that waits for outbind binds to the SMSC that dials and says it, whichever of
    three shards the kernel gives the link to, and never dials."""
    with run.world("env1", shards=3) as world:
        wire = Capture(run.directory)
        smsc = world.own(Script())
        secret = run.directory + "/outbind.pw"
        with open(secret, "w", encoding="ascii") as file:
            file.write("open\n")
        provision(world, "--outbind", "--outbind-system-id", "smsc",
                  "--outbind-password-file", secret)
        for words in (b"smsc\0opem\0", b"other\0open\0"):
            raw = world.own(Raw("127.0.0.2", seconds=10, local=SMSC))
            raw.send(rawsmpp.pdu(OUTBIND, 1, words))
            same(f"answer to {words}", (NACK, 4), raw.read()[:2])
            raw.kill()
        tata, _ = bind(world)
        for _ in range(6):
            called(world, tata).kill()
        smsc.listener.settimeout(0.2)
        try:
            smsc.accept()
            raise AssertionError("it was dialled")
        except TimeoutError:
            pass
        smsc.kill()
        wire.check()


@scenario("smpp/outbind-to-carrier", "smpp", peers=("smpplib", "npm smpp", "sipp", "tshark"))
def outbind_to_carrier(run):
    """A carrier that is gone before its receipts come is dialled, told outbind, and gets them."""
    with run.world("env1", shards=2) as world:
        wire = Capture(run.directory)
        world.start().story()
        secret = run.directory + "/outbind.pw"
        with open(secret, "w", encoding="ascii") as file:
            file.write("come\n")
        world.cli.run("carrier", "set", "TATA", "--env", "env1", "--outbind", "127.0.0.1:2776",
                      "--outbind-system-id", "centre", "--outbind-password-file", secret)
        world.commit("TATA is dialled")
        raw, _ = bind(world)
        identities = {submit(raw, b"later", sequence=2 + n) for n in range(5)}
        raw.kill()
        esme = world.own(Program("esme", "outbound.js", "127.0.0.1", "2776", "tata",
                                 TATA_PASSWORD, directory=run.directory)).start()
        esme.until("listening")
        app(run, world)
        same("what it is told", ("centre", "come"),
             tuple(esme.until("outbind")[0][word] for word in ("system_id", "password")))
        same("answer to its bind", 0, esme.until("bound")[0]["status"])
        texts = [one["text"] for one in esme.until("deliver", 5)]
        same("receipts", identities, {re.match(r"id:(\S+) ", text)[1] for text in texts})
        same("outbinds", 1, len(esme.said("outbind")))
        wire.check()
