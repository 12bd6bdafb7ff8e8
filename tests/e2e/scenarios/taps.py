"""What passes, as it is shown: by HEP, in pcapng, as a ladder; and a log that is turned up."""

import glob
import re
import signal
import subprocess
import threading

from campaign import Campaign
from carriers import Smpplib
from collector import LOG, SIP, SMPP, Collector
from paths import binary
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

ID = rb"[0-9A-HJKMNP-TV-Z]{16}"
# submit_sm, its answer, deliver_sm and its answer (SMPP 3.4 section 5.1.2.1).
COMMANDS = {0x00000004, 0x80000004, 0x00000005, 0x80000005}


def first_line(packet):
    """The method or the status of a SIP message."""
    return packet["payload"].split(b"\r\n")[0].decode()


@scenario("observe/taps", "observe", peers=["smpplib", "sipp", "sngrep", "tshark"])
def taps(run):
    """One SMS on all its legs under one id: at a HEP collector, in a capture, on a ladder."""
    with run.world("env1", shards=2) as world:
        config = world.nodes["env1"].config_path
        with open(config, "a", encoding="utf-8") as file:
            file.write('\n[hep]\ncollector = "127.0.0.1:9060"\nparty = "1111"\nagent = 77\n')
        collector = world.own(Collector(run.directory).start())
        world.start().story()
        world.add_account("env1", "1112")
        world.commit("somebody else")
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        for number, port in (("1111", 25060), ("1112", 25061)):
            world.own(Sipp(number, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                           port).register())
        told_by_hep(run, tata, collector)
        captured(run, world, tata)
        ladder(run, world, tata)
        louder(run, world, tata)


# What the journal says of an SMS that was delivered and whose receipt was taken.
DECISIONS = {b"ACCEPT", b"ATTEMPT", b"OUTCOME", b"ACK"}


def decided(packets):
    """The first words of the lines of the log among these."""
    return {packet["payload"].split(b" ")[0] for packet in packets if packet["kind"] == LOG}


def told_by_hep(run, tata, collector):
    """Six messages and four decisions, one correlation id; of another number nothing is told."""
    collector.packets.clear()
    Campaign(tata, [("1111", "seen"), ("1112", "unseen")]).submit_all().collect_receipts()

    def named():
        packets = [packet for packet in collector.packets if "correlation" in packet]
        messages = [packet for packet in packets if packet["kind"] != LOG]
        whole = len(messages) >= 6 and DECISIONS <= decided(packets)
        return packets if whole else None

    legs = until("all legs of the SMS at the collector", named, 10, 0.1)
    ids = {packet["correlation"] for packet in legs}
    same("correlation ids", 1, len(ids))
    true("it is a message id", re.fullmatch(ID, ids.copy().pop()))
    same("agent", {77}, {packet["agent"] for packet in legs})
    commands = {int.from_bytes(packet["payload"][4:8], "big") for packet in legs
                if packet["kind"] == SMPP}
    same("commands of SMPP", COMMANDS, commands)
    sip = [first_line(packet) for packet in legs if packet["kind"] == SIP]
    true(f"MESSAGE and 200: {sip}", sip[0].startswith("MESSAGE sip:") and "SIP/2.0 200" in sip[-1])
    true("nothing of another number",
         not any(b"unseen" in packet["payload"] for packet in collector.packets))

    def judged():
        read = subprocess.run(["tshark", "-r", collector.pcap, "-T", "fields", "-e", "sip.Method",
                               "-e", "sip.Status-Code"], capture_output=True, text=True)
        said = read.stdout.split()
        return "MESSAGE" in said and "200" in said

    until("sngrep to have written what it understood", judged, 20, 0.5)
    true("no text among the decisions", not any(b"seen" in packet["payload"] for packet in legs
                                                if packet["kind"] == LOG))
    run.say(f"{len(legs)} messages and decisions of one SMS at the collector under one id; "
            "sngrep reads HEP")


# Of one SMS: submit_sm, MESSAGE, deliver_sm, and their answers.
PACKETS = 6


def meanwhile(tata, texts, work):
    """Sends SMS until `work` is done; gives what it gave."""
    done = threading.Event()

    def send():
        number = 0
        while not done.is_set():
            number += 1
            Campaign(tata, [("1111", f"{texts} {number}")]).submit_all().collect_receipts()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        return work()
    finally:
        done.set()
        sender.join()


def captured(run, world, tata):
    """tshark opens a capture, finds nothing malformed, and the id of the SMS on each packet."""
    path = f"{run.directory}/seen.pcapng"
    meanwhile(tata, "captured", lambda: world.cli.run(
        "capture", "--number", "1111", "--for", "2s", "--write", path))
    fields = ["smpp.command_id", "sip.Method", "sip.Status-Code", "frame.comment",
              "_ws.malformed", "tcp.analysis.flags"]
    read = subprocess.run(
        ["tshark", "-r", path, "-d", "tcp.port==2775,smpp", "-T", "fields", "-E", "separator=|",
         *(word for field in fields for word in ("-e", field))], capture_output=True, text=True)
    same(f"tshark: {read.stderr}", 0, read.returncode)
    rows = [line.split("|") for line in read.stdout.splitlines()]
    commands = {int(command, 0) for row in rows for command in row[0].split(",") if command}
    true(f"commands {commands}", commands >= COMMANDS)
    true("MESSAGE and 200", {"MESSAGE"} <= {row[1] for row in rows}
         and {"200"} <= {row[2] for row in rows})
    same("malformed packets, and gaps", [], [row for row in rows if row[4] or row[5]])
    named = [row[3] for row in rows if re.fullmatch(ID.decode(), row[3])]
    # One SMS may be under way when the capture begins, and one when it ends.
    whole = range(PACKETS, len(rows) - PACKETS)
    same("packets that do not name their SMS", [],
         [rows[at] for at in whole if not re.fullmatch(ID.decode(), rows[at][3])])
    run.say(f"tshark reads {len(rows)} packets of {len(set(named))} SMS, none malformed")


def ladder(run, world, tata):
    """What an operator sees of one SMS."""
    drawn = meanwhile(tata, "drawn", lambda: world.cli.run(
        "trace", "--number", "1111", "--for", "2s"))
    for word in ("submit_sm", "submit_sm_resp", "MESSAGE", "200 OK", "deliver_sm",
                 "deliver_sm_resp"):
        true(f"{word} on the ladder:\n{drawn}", f" {word} " in drawn)
    # One that began before anybody looked has only its last rungs.
    one = next("SMS" + one for one in drawn.split("SMS") if "submit_sm_resp" in one)
    run.say("a ladder of one SMS:\n" + one)
    secret = world.cli.call("trace", "--number", "999", "--for", "1s")
    same("exit code if nothing passed", 3, secret.returncode)


def louder(run, world, tata):
    """SIGHUP has each log say more, without a restart; what is wrong changes nothing."""
    node = world.nodes["env1"]
    for process, path in ((node.process, node.config_path),
                          (world.control, f"{run.directory}/control.toml")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        child = process.child.pid
        for words, said in (("debug", 'read again log="debug"'), ("=,", "chooses nothing")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(f'log = "{words}"\n{text}')
            process.child.send_signal(signal.SIGHUP)
            until(f"{said} in the log of {process.name}", lambda said=said: said in process.log(),
                  10, 0.05)
        true("it is the same process", process.running and process.child.pid == child)
    Campaign(tata, [("1111", "after")]).submit_all().collect_receipts()
    run.say("SIGHUP changes what is logged; a file with a mistake changes nothing")


@scenario("observe/tape", "observe", peers=["smpplib", "sipp"])
def tape(run):
    """The tapes of two shards under way are lived again, and say what was said, to the octet."""
    with run.world("env1", shards=2) as world:
        world.start().story()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                       25060).register())
        plan = [("1111", f"on tape {n}") for n in range(200)] + [("999000", "refused")]
        Campaign(tata, plan).submit_all().collect_receipts()
        node = world.nodes["env1"]
        node.process.child.send_signal(signal.SIGQUIT)
        folder = f"{node.data}/tape"

        def kept():
            return len(glob.glob(f"{folder}/*.tape")) == 2

        until("two tapes", kept, 10, 0.05)
        Campaign(tata, [("1111", "it goes on")]).submit_all().collect_receipts()
        inspect = [binary("signalbox-inspect"), "tape", folder, "--config", node.config_path]
        played = subprocess.run([*inspect, "--replay"], capture_output=True, text=True)
        same(f"exit of a replay:\n{played.stdout}{played.stderr}", 0, played.returncode)
        true(f"it says so:\n{played.stdout}", "every turn said what it said then" in played.stdout
             and played.stdout.count("from its birth") == 2)
        run.say(played.stdout.splitlines()[-1])
        printed = subprocess.run(inspect, capture_output=True, text=True)
        true("what was heard, and not what was said", "BYTES link" in printed.stdout
             and "on tape" not in printed.stdout)
        with open(glob.glob(f"{folder}/*.tape")[0], "rb") as file:
            true("a tape is sealed", b"on tape" not in file.read())
