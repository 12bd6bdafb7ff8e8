"""Each row of the session table (SMPP 3.4 section 2.4 and Table 2-1, 5.0 section 2.4), as it stands
on the wire: what we answer to each command in each state, first as a server, then as a client.
"""

import socket
import struct

import rawsmpp
from capture import Capture
from rawsmpp import Raw
from scenarios.registry import scenario
from scenarios.smpp_smscs import SMSC, provision
from waiting import same, true
from world import TATA_PASSWORD

RECEIVER, TRANSMITTER, TRANSCEIVER = 0x01, 0x02, 0x09
QUERY_SM, SUBMIT_SM, DELIVER_SM, UNBIND, REPLACE_SM, CANCEL_SM = 3, 4, 5, 6, 7, 8
OUTBIND, ENQUIRE_LINK, SUBMIT_MULTI, ALERT, DATA_SM = 0x0B, 0x15, 0x21, 0x102, 0x103
BROADCAST, QUERY_BROADCAST, CANCEL_BROADCAST, UNKNOWN = 0x111, 0x112, 0x113, 0x666
NACK = 0x80000000
WRONG_STATE, ALREADY_BOUND, WRONG_ID = 0x04, 0x05, 0x03

ADDRESS = b"\x01\x01" + b"999000\0"
SENDER = b"\x05\x00TATA\0"
TEXT = b"\x05hello"
# A body for each command that its sender would use; nobody has the number 999000.
BODIES = {
    RECEIVER: rawsmpp.bind_body("tata", TATA_PASSWORD),
    TRANSMITTER: rawsmpp.bind_body("tata", TATA_PASSWORD),
    TRANSCEIVER: rawsmpp.bind_body("tata", TATA_PASSWORD),
    SUBMIT_SM: b"\0" + SENDER + ADDRESS + b"\0\0\0\0\0\0\0\0\0" + TEXT,
    DELIVER_SM: b"\0" + SENDER + ADDRESS + b"\0\0\0\0\0\0\0\0\0" + TEXT,
    SUBMIT_MULTI: b"\0" + SENDER + b"\x01\x01" + ADDRESS + b"\0\0\0\0\0\0\0\0\0" + TEXT,
    DATA_SM: b"\0" + SENDER + ADDRESS + b"\0\0\0" + b"\x04\x24\x00\x05hello",
    QUERY_SM: b"123\0" + SENDER,
    CANCEL_SM: b"\0" + b"123\0" + SENDER + ADDRESS,
    REPLACE_SM: b"123\0" + SENDER + b"\0\0\0\0" + TEXT,
    OUTBIND: b"smsc\0secret\0",
    ALERT: ADDRESS + SENDER,
    UNBIND: b"", ENQUIRE_LINK: b"", UNKNOWN: b"",
    BROADCAST: b"\0" + SENDER + b"\0\0\0\0\0\0\0", QUERY_BROADCAST: b"123\0" + SENDER,
    CANCEL_BROADCAST: b"\0123\0" + SENDER,
}
BINDS = (RECEIVER, TRANSMITTER, TRANSCEIVER)
SENDS = (SUBMIT_SM, SUBMIT_MULTI, DATA_SM, QUERY_SM, CANCEL_SM, REPLACE_SM)
BROADCASTS = (BROADCAST, QUERY_BROADCAST, CANCEL_BROADCAST)
# What a request that is allowed here is answered: there is no such number and no such SMS.
DONE = {
    SUBMIT_SM: {0x0B}, DATA_SM: {0x0B}, SUBMIT_MULTI: {0, 0x0B, 0x33},
    QUERY_SM: {0x0C, 0x67}, CANCEL_SM: {0x0C, 0x11}, REPLACE_SM: {0x0C, 0x13},
}
NAMES = {value: name for name, value in list(globals().items())
         if isinstance(value, int) and name.isupper() and name not in (
             "WRONG_STATE", "ALREADY_BOUND", "WRONG_ID")}
STATES = {"open": None, "bound receiver": RECEIVER, "bound transmitter": TRANSMITTER,
          "bound transceiver": TRANSCEIVER}


def as_server(state, command):
    """What we answer an ESME in a state of its session: (commands, statuses) that are right."""
    kind = STATES[state]
    answer = {command | NACK}
    if command == ENQUIRE_LINK:
        return answer, {0}
    if command == UNKNOWN:
        return {NACK}, {WRONG_ID}
    if command in BINDS:
        return answer, {0} if kind is None else {ALREADY_BOUND}
    if command == UNBIND:
        return answer, {0} if kind else {WRONG_STATE}
    if command in (OUTBIND, ALERT):
        # Neither has an answer of its own, and an ESME never sends one.
        return {NACK}, {WRONG_STATE}
    if command in BROADCASTS:
        refused = {WRONG_ID, WRONG_STATE, 0x10E}
        return {NACK, *answer}, refused
    if command in SENDS and kind in (TRANSMITTER, TRANSCEIVER):
        return answer, DONE[command]
    return answer, {WRONG_STATE}


@scenario("smpp/table-as-server", "smpp", peers=("raw octets", "tshark"), seconds=120)
def table_as_server(run):
    """What an ESME may say when: each command in each state, and answers nobody asked for."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        world.start().story(binds=100)
        rows = 0
        for state, kind in STATES.items():
            for command, body in BODIES.items():
                raw = bound(world, kind)
                raw.send(rawsmpp.pdu(command, 7, body))
                expect_answer(raw, f"{NAMES[command]} while {state}", *as_server(state, command), 7)
                rows += 1
                if command != UNBIND or not kind:
                    expect_alive(raw, f"after {NAMES[command]} while {state}")
                else:
                    same(f"after UNBIND while {state}", None, raw.read())
                raw.kill()
            for command in (*BODIES, 0):
                # An answer to nothing is dropped, never answered.
                raw = bound(world, kind)
                # With a status, so that tshark misses no body.
                raw.send(struct.pack(">IIII", 16, command | NACK, 0x08, 99))
                expect_alive(raw, f"after an answer nobody asked for while {state}")
                raw.kill()
                rows += 1
        after_unbind(world)
        smpp, _ = wire.check()
        run.say(f"{rows} rows; tshark decoded {smpp} frames, none malformed")


def bound(world, kind):
    """A session in the state that this bind leads to."""
    raw = world.own(Raw("127.0.0.2"))
    if kind:
        raw.send(rawsmpp.pdu(kind, 1, BODIES[kind]))
        same(f"{NAMES[kind]} bind", (kind | NACK, 0, 1), raw.read()[:3])
    return raw


def expect_answer(raw, what, commands, statuses, sequence):
    """The next PDU is one of these answers."""
    answer = raw.read()
    true(f"answer to {what}: one of {sorted(map(hex, commands))} with status "
         f"{sorted(map(hex, statuses))}, not {answer and (hex(answer[0]), hex(answer[1]))}",
         answer is not None and answer[0] in commands and answer[1] in statuses)
    same(f"sequence_number of the answer to {what}", sequence, answer[2])


def expect_alive(raw, what):
    """enquire_link is answered next, and nothing else."""
    raw.send(rawsmpp.pdu(ENQUIRE_LINK, 0x1234))
    same(f"enquire_link {what}", (ENQUIRE_LINK | NACK, 0, 0x1234), (raw.read() or (0,))[:3])


def after_unbind(world):
    """What comes behind an unbind in the same segment is not heard any more."""
    raw = bound(world, TRANSCEIVER)
    raw.send(rawsmpp.pdu(UNBIND, 8) + rawsmpp.pdu(SUBMIT_SM, 9, BODIES[SUBMIT_SM]))
    answers = list(iter(raw.read, None))
    same("answers to an unbind and a submit_sm behind it", (UNBIND | NACK, 0, 8), answers[0][:3])
    true(f"the submit_sm was not accepted ({answers[1:]})",
         all(answer[1] == WRONG_STATE for answer in answers[1:]))


class Script:
    """An SMSC by hand: takes links, reads PDUs, says what it is told."""

    def __init__(self, host=SMSC, port=2775):
        self.listener = socket.create_server((host, port))
        self.listener.settimeout(20)

    def accept(self):
        """The next link, as something to read from and write to."""
        link = Raw.__new__(Raw)
        link.asked = []
        link.socket, _ = self.listener.accept()
        link.socket.settimeout(10)
        link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def kill(self):
        """Ends it."""
        self.listener.close()


def as_client(state, command):
    """What we answer an SMSC in a state of our bind to it."""
    kind = STATES[state]
    answer = {command | NACK}
    if command == ENQUIRE_LINK:
        return answer, {0}
    if command == UNKNOWN:
        return {NACK}, {WRONG_ID}
    if command == UNBIND:
        return answer, {0} if kind else {WRONG_STATE}
    if command == OUTBIND:
        return (None, None) if kind is None else ({NACK}, {WRONG_STATE})
    if command == ALERT:
        return (None, None) if kind in (RECEIVER, TRANSCEIVER) else ({NACK}, {WRONG_STATE})
    if command in BROADCASTS:
        return {NACK, *answer}, {WRONG_ID, WRONG_STATE}
    if command in (DELIVER_SM, DATA_SM) and kind in (RECEIVER, TRANSCEIVER):
        # Nobody has the number: refused for good (ESME_RX_P_APPN where it is ours to say).
        return answer, {0x65} if command == DELIVER_SM else {0x0B, 0x65}
    return answer, {WRONG_STATE}


@scenario("smpp/table-as-client", "smpp", peers=("a scripted SMSC", "tshark"), seconds=240)
def table_as_client(run):
    """What an SMSC may say when: each command in each state of our bind to it."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        smsc = world.own(Script())
        provision(world)
        rows = 0
        for state, kind in STATES.items():
            if kind:
                word = {RECEIVER: "receiver", TRANSMITTER: "transmitter",
                        TRANSCEIVER: "transceiver"}[kind]
                world.cli.run("connection", "set", "smsc", "--env", "env1", "--bind", word)
                if world.cli.call("diff", "--exit-code").returncode:
                    world.commit(f"bind as {word}")
            link = None
            for command, body in BODIES.items():
                if link is None:
                    link = expect_bind(smsc, kind)
                link.send(rawsmpp.pdu(command, 7, body))
                what = f"{NAMES[command]} of an SMSC while {state}"
                commands, statuses = as_client(state, command)
                if commands:
                    expect_answer(link, what, commands, statuses, 7)
                rows += 1
                if command == UNBIND and kind:
                    same(f"after {what}", None, link.read())
                    link = None
                else:
                    expect_alive(link, f"after {what}")
            link.kill()
        smpp, _ = wire.check()
        run.say(f"{rows} rows; tshark decoded {smpp} frames, none malformed")


def expect_bind(smsc, kind):
    """A link on which our bind has come, answered if a state is to follow from it.

    A link of an earlier setting may come first; it is let go.
    """
    while True:
        link = smsc.accept()
        got = link.read()
        if got is None or (kind and got[0] != kind):
            link.kill()
            continue
        true(f"a bind first, not {got[0]:#x}", got[0] in BINDS)
        if kind:
            link.send(struct.pack(">IIII", 21, got[0] | NACK, 0, got[2]) + b"smsc\0")
            expect_alive(link, "after our bind")
        return link
