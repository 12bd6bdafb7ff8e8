"""How soon a node serves again that has much to remember."""

import os
import select
import struct
import time

import rawsmpp
from carriers import Smpplib
from phones import Sipp
from rawsmpp import Raw
from scenarios.bad_input import resident
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

PENDING = int(os.environ.get("SIGNALBOX_PENDING", "1000000"))
# Less than an inbox holds (INBOX_MAX).
EACH = 9_000
FIRST_USER = 100_000


def provision(world, count):
    """Accounts that nobody is registered for, from one file."""
    with open(os.path.join(world.directory, "pw"), "w", encoding="ascii") as file:
        file.write(PHONE_PASSWORD + "\n")
    path = os.path.join(world.directory, "city.toml")
    with open(path, "w", encoding="ascii") as file:
        file.write("[environment.env1]\n")
        file.writelines(f'[account.{FIRST_USER + n}]\npassword_file = "pw"\n' for n in range(count))
    world.cli.run("apply", "-f", path)


def pour(raw, count, accounts, window=1000):
    """Submits so many SMS as fast as it can, all accounts in turn; each must be accepted."""
    sequence, answered, rest = 1, 0, b""
    raw.socket.setblocking(False)
    out = b""
    while answered < count:
        while sequence - 1 < count and sequence - 1 - answered < window and len(out) < 1 << 16:
            number = str(FIRST_USER + sequence % accounts)
            body = rawsmpp.submit_body(number, b"waits %d" % sequence)
            out += rawsmpp.pdu(rawsmpp.SUBMIT_SM, sequence + 1, body)
            sequence += 1
        wants = [raw.socket] if out else []
        readable, writable, _ = select.select([raw.socket], wants, [], 10)
        if writable:
            out = out[raw.socket.send(out):]
        if readable:
            rest += raw.socket.recv(1 << 20)
            at = 0
            while len(rest) - at >= 16:
                length, command, status, _ = struct.unpack_from(">IIII", rest, at)
                if len(rest) - at < length:
                    break
                same("submit_sm_resp", (rawsmpp.SUBMIT_SM | rawsmpp.NACK, 0), (command, status))
                answered, at = answered + 1, at + length
            rest = rest[at:]
    raw.socket.setblocking(True)


def attic(node):
    """The octets of a node's attic."""
    folder = os.path.join(node.data, "attic")
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))


def away(node, count):
    """Waits until so many SMS are in the attic, where none has less room, and for the last two
    seconds' worth; says how much memory the node has when its allocator gives nothing back."""
    until("in the attic", lambda: attic(node) > (count - 1) * 256, seconds=60, every=0.1)
    size = -1
    while size != attic(node):
        size = attic(node)
        time.sleep(0.5)
    least, since = 1 << 60, time.monotonic()
    while time.monotonic() < since + 2:
        memory = resident(node.process.child.pid)
        if memory < least - (1 << 20):
            least, since = memory, time.monotonic()
        time.sleep(0.1)
    return least


@scenario("A1/million-pending", "nemesis", peers=("raw octets", "smpplib", "sipp"), seconds=460)
def million(run):
    """A1: a million SMS wait for apps: after kill -9 all of them wait again; how soon."""
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata(window=1000)
        accounts = -(-PENDING // EACH)
        provision(world, accounts)
        world.commit("a million wait")
        node = world.nodes["env1"]
        raw = Raw("127.0.0.2", seconds=30)
        raw.ask(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("tata", TATA_PASSWORD))
        # A slice on its way up takes as much in the first half as in the second, where only what
        # waits is added.
        poured, memory, slices = 0.0, [], 10
        for number in range(1, slices + 1):
            began = time.monotonic()
            pour(raw, PENDING // slices, accounts)
            poured += time.monotonic() - began
            memory.append(away(node, PENDING // slices * number))
        half = slices // 2
        each = (memory[-1] - memory[half - 1]) / (PENDING - PENDING // slices * half)
        raw.socket.close()
        node.process.kill()
        began = time.monotonic()
        node.process.start()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))

        def bound():
            try:
                return tata.bind() == 0
            except Exception:  # nobody listens yet
                tata.close()
                return False

        until("bind", bound, seconds=120, every=0.01)
        first = time.monotonic() - began
        until("board", lambda: world.tally("env1", "sms_pending") >= PENDING, seconds=120,
              every=0.05)
        armed = time.monotonic() - began
        run.say(f"{PENDING} SMS poured in {poured:.1f} s, {each:.0f} octets of memory each; after "
                f"kill -9 the first bind after {first:.2f} s, all waiting again after "
                f"{armed:.2f} s, with {resident(node.process.child.pid) >> 20} MiB")
        # Of a calm machine five seconds until all wait again are promised, too.
        true("the first bind within a second", first < 1.0)
        true("an SMS that waits for an app takes 96 octets of memory", each <= 96)
        phone = world.own(Sipp(str(FIRST_USER), PHONE_PASSWORD, "env1.example", "127.0.0.2",
                               run.directory, 25060)).register()
        until("a hundred of them", lambda: len(phone.received) >= 100, seconds=30, every=0.05)
