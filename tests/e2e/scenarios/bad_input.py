"""Bad input: every answer names the cure, nothing is lost, and nobody else notices."""

import os
import random
import shutil
import socket
import subprocess

import rawsmpp
from campaign import Campaign, expect_each_once
from carriers import Smpplib
from paths import binary
from phones import Sipp
from rawsmpp import Raw
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, SMPP_PORT, TATA_PASSWORD

OTHER_PASSWORD = "another"
# A full message_payload (65535 octets) must fit (SMPP 3.4 section 5.3.2.32): so far we listen.
LONGEST_PDU = 70_000


class Bystander:
    """A carrier and an app that have nothing to do with the trouble and must not notice it."""

    def __init__(self, run, world):
        self.sent = 0
        self.phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                    run.directory, 25060)).register()
        self.carrier = world.own(Smpplib("127.0.0.2", "c2", OTHER_PASSWORD))
        same("bind of the bystander", 0, self.carrier.bind())

    def check(self):
        """Over the same session as ever: an SMS, its delivery and its receipt."""
        self.sent += 1
        campaign = Campaign(self.carrier, [("1111", f"bystander {self.sent}")])
        campaign.submit_all(seconds=5).collect_receipts(5)
        same("breaks of the bystander's session", 0, campaign.broken)


def site(run, world):
    """TATA, Carrier2 and 1111, and a bystander."""
    world.start()
    world.add_environments()
    world.add_tata()
    world.add_carrier("env1", "Carrier2", "c2", OTHER_PASSWORD)
    world.add_account("env1", "1111")
    world.commit("TATA and a bystander")
    return Bystander(run, world)


@scenario("bad/password", "bad-input", peers=("smpplib",))
def wrong_password(run):
    """A wrong password and an unknown system_id are answered alike, 0x0D and closed."""
    with run.world("env1") as world:
        bystander = site(run, world)
        for system_id, password in (("tata", "wrong"), ("tata", ""), ("nobody", TATA_PASSWORD)):
            stranger = world.own(Smpplib("127.0.0.2", system_id, password))
            same(f"bind as {system_id}", 0x0D, stranger.bind())
            true("connection closed", stranger.closed())
        bystander.check()
        until("count of refused binds", lambda: world.tally("env1", "binds_refused") == 3)


@scenario("bad/sms-before-bind", "bad-input", peers=("raw octets",))
def sms_before_bind(run):
    """An SMS before the bind gets 0x04 and is nowhere."""
    with run.world("env1") as world:
        bystander = site(run, world)
        raw = world.own(Raw("127.0.0.2"))
        raw.send(rawsmpp.pdu(rawsmpp.SUBMIT_SM, 7, rawsmpp.submit_body("1111", b"too early")))
        same("answer", (rawsmpp.SUBMIT_SM_RESP, 0x04, 7), raw.read()[:3])
        bystander.check()
        same("texts the app got", ["bystander 1"], [got.text for got in bystander.phone.received])
        same("CDRs", 1, len(world.cdrs()))


@scenario("bad/lengths", "bad-input", peers=("raw octets",))
def lengths(run):
    """A command_length of 0 to 15, or huge, gets generic_nack 0x02 and is closed."""
    with run.world("env1") as world:
        bystander = site(run, world)
        pid = world.nodes["env1"].process.child.pid
        before = resident(pid)
        for length in [*range(16), LONGEST_PDU + 1, 0x00100000, 0x7FFFFFFF, 0xFFFFFFFF]:
            for bound in (False, True):
                raw = Raw("127.0.0.2")
                if bound:
                    raw.send(rawsmpp.pdu(rawsmpp.BIND_TRANSCEIVER, 1,
                                         rawsmpp.bind_body("tata", TATA_PASSWORD)))
                    same("bind", 0, raw.read()[1])
                raw.send(rawsmpp.pdu(rawsmpp.ENQUIRE_LINK, 9, length=length))
                what = f"command_length {length}, {'bound' if bound else 'not bound'}"
                try:
                    answer = raw.read()
                except TimeoutError:
                    raise AssertionError(f"no answer to {what}") from None
                true(f"generic_nack 0x02 for {what}",
                     answer is not None and answer[:2] == (rawsmpp.GENERIC_NACK, 0x02))
                same(f"end of the connection for {what}", None, raw.read())
                raw.kill()
        grown = resident(pid) - before
        true(f"memory grown by less than 16 MiB (grew {grown >> 10} KiB)", grown < 16 << 20)
        bystander.check()


@scenario("bad/garbage", "bad-input", peers=("raw octets", "smpplib"), seconds=120)
def garbage(run):
    """Garbage octets on both ports are answered or closed; the node and others go on."""
    with run.world("env1") as world:
        bystander = site(run, world)
        unknown = world.own(Raw("127.0.0.2"))
        unknown.send(rawsmpp.pdu(rawsmpp.BIND_TRANSCEIVER, 1,
                                 rawsmpp.bind_body("tata", TATA_PASSWORD)))
        same("bind", 0, unknown.read()[1])
        unknown.send(rawsmpp.pdu(0x00000666, 3, b"what is this"))
        same("answer to an unknown command", (rawsmpp.GENERIC_NACK, 0x03, 3), unknown.read()[:3])
        unknown.send(rawsmpp.pdu(rawsmpp.ENQUIRE_LINK, 4))
        same("the session lives", (rawsmpp.ENQUIRE_LINK_RESP, 0, 4), unknown.read()[:3])

        chance = random.Random(20261121)
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for round_ in range(200):
            octets = chance.randbytes(chance.randrange(1, 1500))
            raw = Raw("127.0.0.2")
            raw.send(octets)
            raw.kill()
            datagrams.sendto(octets, ("127.0.0.2", 5060))
            datagrams.sendto(damaged(chance, SIP), ("127.0.0.2", 5060))
            if round_ % 50 == 0:
                bystander.check()
        for octets in damaged_pdus(chance):
            raw = Raw("127.0.0.2")
            raw.send(rawsmpp.pdu(rawsmpp.BIND_TRANSCEIVER, 1,
                                 rawsmpp.bind_body("tata", TATA_PASSWORD)))
            same("bind", 0, raw.read()[1])
            raw.send(octets)
            raw.kill()
        bystander.check()
        true("the dataplane is the same process", world.nodes["env1"].process.running)
        until("count of nonsense", lambda: world.tally("env1", "nonsense") > 0)


SIP = (b"REGISTER sip:env1.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport"
       b"\r\nMax-Forwards: 70\r\nFrom: <sip:1111@env1.example>;tag=1\r\nTo: <sip:1111@env1.example>"
       b"\r\nCall-ID: a@b\r\nCSeq: 1 REGISTER\r\nContact: <sip:1111@127.0.0.1:5070>;expires=300\r\n"
       b"Expires: 300\r\nContent-Length: 0\r\n\r\n")


def damaged(chance, octets):
    """The same octets with some overwritten, cut or repeated."""
    octets = bytearray(octets)
    for _ in range(chance.randrange(1, 8)):
        octets[chance.randrange(len(octets))] = chance.randrange(256)
    if chance.random() < 0.3:
        del octets[chance.randrange(len(octets)):]
    return bytes(octets) or b"x"


def damaged_pdus(chance):
    """submit_sm PDUs whose bodies are damaged; their lengths are true."""
    body = rawsmpp.submit_body("999000", b"damaged")
    return [rawsmpp.pdu(rawsmpp.SUBMIT_SM, 2 + n, damaged(chance, body)) for n in range(100)]


def resident(pid):
    """Resident memory of a process, in octets."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@scenario("bad/digest", "bad-input", peers=("sipp",))
def wrong_digest(run):
    """A REGISTER with a wrong password registers nobody."""
    with run.world("env1") as world:
        bystander = site(run, world)
        stranger = Sipp("1111", "wrong", "env1.example", "127.0.0.2", run.directory, 25090)
        try:
            stranger.register()
        except AssertionError:
            pass
        else:
            raise AssertionError("a REGISTER with a wrong password was let in")
        contacts = world.cli.lines("registrations", "--env", "env1", "1111")
        same("contacts of 1111", 1, len(contacts))
        true("the contact is the app's", "25060" in contacts[0]["contact"])
        bystander.check()


@scenario("bad/configuration", "bad-input", peers=("the programs alone",))
def broken_configuration(run):
    """A broken node.toml or control.toml: exit code 5, file, line and a cure."""
    with run.world("env1") as world:
        node = world.nodes["env1"]
        with open(node.config_path, encoding="utf-8") as config:
            good = config.read()
        broken = {
            "shards = 1": ["shards = ", "shards = 0", "shards = \"many\"", "shard = 1"],
            "number = 1": ["number = 256", "number = -1"],
            'io = "auto"': ['io = "select"'],
            'smpp = ["127.0.0.2:2775"]': ['smpp = ["127.0.0.2"]', 'smpp = "127.0.0.2:2775"'],
        }
        for line, wrongs in broken.items():
            true(f"`{line}` in the configuration", line in good)
            number = good[:good.index(line)].count("\n") + 1
            for wrong in wrongs:
                with open(node.config_path, "w", encoding="utf-8") as config:
                    config.write(good.replace(line, wrong))
                for check in ([], ["--check"]):
                    expect_invalid(["signalbox-dataplane", "--config", node.config_path, *check],
                                   run.directory, f"env1.toml:{number}:", wrong)
        path = os.path.join(run.directory, "control.toml")
        with open(path, "a", encoding="utf-8") as config:
            config.write("sockets = 3\n")
        with open(path, encoding="utf-8") as config:
            lines = config.read().count("\n")
        expect_invalid(["signalbox-control", "--config", path], run.directory,
                       f"control.toml:{lines}:", "sockets")


def expect_invalid(argv, directory, place, what):
    """Exit code 5, and the place in what it says."""
    ended = subprocess.run([binary(argv[0]), *argv[1:]], cwd=directory, capture_output=True,
                           text=True, timeout=20)
    same(f"exit code for {what!r} ({ended.stderr.strip()})", 5, ended.returncode)
    true(f"{place} in the message", place in ended.stderr)


@scenario("bad/port-taken", "bad-input", peers=("the programs alone",))
def port_taken(run):
    """A port that somebody has, or a second node on the same data: a clear message, no harm."""
    with run.world("env1") as world:
        world.start_control()
        node = world.nodes["env1"]
        for kind, port in ((socket.SOCK_STREAM, SMPP_PORT), (socket.SOCK_DGRAM, 5060)):
            holder = socket.socket(socket.AF_INET, kind)
            holder.bind(("127.0.0.2", port))
            if kind == socket.SOCK_STREAM:
                holder.listen()
            expect_refused(world, node, f"127.0.0.2:{port}")
            holder.close()
        node.start()
        expect_refused(world, node, "lock")
        true("the first one goes on", node.process.running)


def expect_refused(world, node, named):
    """A start that fails at once and says what is in the way."""
    ended = subprocess.run(node.process.argv, cwd=world.directory, capture_output=True, text=True,
                           timeout=20)
    same(f"exit code with {named} taken", 1, ended.returncode)
    true(f"`{named}` in the message", named in ended.stdout + ended.stderr)


@scenario("bad/snapshot", "bad-input", "routing", peers=("smpplib", "sipp"), seconds=180)
def damaged_snapshot(run):
    """C3: a snapshot with one octet flipped is refused; the old generation stays."""
    with run.world("env1") as world:
        bystander = site(run, world)
        node = world.nodes["env1"]
        old = world.generations("env1")
        node.process.kill()
        until("end of its heartbeat", lambda: not world.node_status("env1")["up"], every=0.05)
        world.add_account("env1", "1112")
        world.commit("while the node is down")
        plans = os.path.join(run.directory, "plan")
        with open(os.path.join(plans, "current"), encoding="ascii") as current:
            path = os.path.join(plans, current.read().strip())
        with open(path, "rb") as snapshot:
            good = snapshot.read()
        chance = random.Random(4)
        places = [0, 7, 8, 16, 24, len(good) - 1, *(chance.randrange(len(good)) for _ in range(9))]
        for place in places:
            flipped = bytearray(good)
            flipped[place] ^= 1 << chance.randrange(8)
            replace(path, flipped)
            node.start()
            until("board of env1", lambda: world.node_status("env1")["up"], every=0.05)
            until(f"generation {old} with octet {place} of {len(good)} flipped",
                  lambda: world.generations("env1") == old)
            node.process.kill()
        node.start()
        until("old generation", lambda: world.generations("env1") == old)
        Campaign(bystander.carrier, []).bind_again()
        bystander.check()
        true("the log says that it was refused", "refused" in node.process.log())

        flipped = bytearray(good)
        flipped[-1] ^= 0x10
        replace(os.path.join(plans, "plan-0000000099.snap"), flipped)
        replace(os.path.join(plans, "current"), b"plan-0000000099.snap\n")
        until("refusal while it runs", lambda: world.tally("env1", "snapshots_refused") > 0)
        same("generation", old, world.generations("env1"))
        bystander.check()
        os.remove(os.path.join(plans, "plan-0000000099.snap"))
        replace(path, good)
        world.add_account("env1", "1113")
        world.commit("a good one")
        true("a later good one is adopted", min(world.generations("env1")) > max(old))
        run.say(f"{len(places)} places of {len(good)} octets tried")


def replace(path, octets):
    """As control does: aside, then renamed."""
    with open(path + ".aside", "wb") as aside:
        os.fchmod(aside.fileno(), 0o600)
        aside.write(octets)
    os.rename(path + ".aside", path)


@scenario("bad/journal-cut", "bad-input", peers=("smpplib", "sipp"), seconds=300)
def cut_journal(run):
    """A journal cut anywhere in its last record starts, and nothing answered before it is lost."""
    count = 5
    with run.world("env1") as world:
        world.start().story()
        node = world.nodes["env1"]
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        for n in range(count):
            same("answer", 0, tata.answer(tata.submit("1111", f"kept {n}"))[0])
        before = snapshot_of(node)
        same("answer", 0, tata.answer(tata.submit("1111", "the last record"))[0])
        node.process.kill()
        path, first, last = last_record(node, before)
        whole = snapshot_of(node)
        steps = max(1, (last - first) // 12)
        cuts = sorted({*range(first, last, steps), first + 1, last - 1})
        for cut in cuts:
            for truncate in (False, True):
                expect_kept(run, node, (whole, path, cut, truncate), count)
        run.say(f"cut at {len(cuts)} of the last {last - first} octets, with and without zeros "
                "behind")


def snapshot_of(node):
    """A copy of all of a node's journal, by path."""
    files = {}
    for path in node.journal_volumes():
        with open(path, "rb") as volume:
            files[path] = volume.read()
    return files


def last_record(node, before):
    """The volume that the last SMS went to, and where its new octets begin and end."""
    text = b"the last record"
    found = {path: octets for path, octets in snapshot_of(node).items() if text in octets}
    same(f"volumes with {text!r}", 1, len(found))
    (path, octets), = found.items()
    octets = octets.rstrip(b"\0")
    first = octets.rindex(b"SBLK")  # a block begins with this (routing/src/journal/block.rs)
    true("a block of its own", first >= len(before[path].rstrip(b"\0")))
    return path, first, len(octets)


def expect_kept(run, node, damage, count):
    """Starts on the damaged journal; the app registers and gets what was answered before."""
    whole, path, cut, truncate = damage
    folder = os.path.dirname(path)
    shutil.rmtree(folder)
    os.makedirs(folder)
    for name, octets in whole.items():
        if name == path:
            octets = octets[:cut] + (b"" if truncate else bytes(len(octets) - cut))
        with open(name, "wb") as volume:
            volume.write(octets)
    node.start()
    phone = Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory, 25060)
    try:
        phone.register()
        until(f"texts after a cut at octet {cut}", lambda: len(phone.received) >= count, 5)
        expect_each_once([phone], [f"kept {n}" for n in range(count)]
                         + [got.text for got in phone.received if got.text == "the last record"])
    finally:
        phone.kill()
        node.process.kill()
        os.remove(phone.log_path)
