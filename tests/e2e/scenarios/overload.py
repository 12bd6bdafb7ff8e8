"""Twice as many SMS as a node can take."""

import time

import faults
from scenarios.bad_input import resident
from scenarios.durability_million import FIRST_USER, accounts
from scenarios.registry import scenario
from scenarios.sip_storm import NOT_FELT_MS, load, report
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

# So much of a core is the node's: the harness, on the rest of this machine, has far more.
QUOTA_US, PERIOD_US = 2_000, 10_000
# An app takes one MESSAGE after the other: what waits for few of them tells nothing of the node.
WINDOW, BINDS, HALF = 100, 4, 1000
SECONDS, FLOOD_SECONDS = 6, 24
# What is remembered of an SMS that ended is some 85 octets, and the allocator's share.
EACH = 128


def messages(carrier, first, seconds, **more):
    """SMS of a carrier to half of the phones."""
    words = [word for name, value in more.items() for word in (f"--{name}", value)]
    return load("smpp-sip", "--connect", "127.0.0.2:2775", "--sip", "127.0.0.2:5060",
                "--domain", "env1.example", "--system-id", carrier, "--password", TATA_PASSWORD,
                "--for", seconds, "--phones", HALF, "--phone-password", PHONE_PASSWORD,
                "--first-user", first, "--no-progress", *words)


def quiet(seconds):
    """A carrier that keeps to what it may send, far below what the node takes."""
    return messages("quiet", FIRST_USER + HALF, seconds, binds=1, window=50, rate=100)


def p99(said):
    """Of the answers, in ms."""
    return said["response"]["p99_us"] / 1e3


def watch(world, flood):
    """Memory, SMS accepted and SMS that wait, until the flood is over."""
    pid, seen = world.nodes["env1"].process.child.pid, []
    while flood.poll() is None:
        seen.append((resident(pid), *(world.tally("env1", f"sms_{what}")
                                      for what in ("accepted", "pending"))))
        time.sleep(0.25)
    return seen


@scenario("overload/twice", "nemesis", peers=("signalbox-load",), seconds=240)
def twice(run):
    """Twice what a node can take: half is throttled, memory stays, another carrier is served"""
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata(window=WINDOW, binds=16)
        world.add_carrier("env1", "Quiet", "quiet", tariff="TATA-in", window=WINDOW)
        accounts(world, 2 * HALF)
        world.commit("too much is to come")
        group = faults.Group("cpu", cfs_period_us=PERIOD_US, cfs_quota_us=QUOTA_US)
        group.take(world.nodes["env1"].process.child.pid)
        most = report(messages("tata", FIRST_USER, SECONDS, binds=BINDS, window=WINDOW))
        rate = int(most["delivered_per_s"])
        calm = report(quiet(SECONDS))
        flood = messages("tata", FIRST_USER, FLOOD_SECONDS, binds=BINDS, window=4 * WINDOW,
                         rate=2 * rate, backlog=0)
        beside = quiet(FLOOD_SECONDS - 4)
        seen = watch(world, flood)
        began = time.monotonic()
        until("all delivered", lambda: world.tally("env1", "sms_pending") == 0, seconds=5)
        emptied = time.monotonic() - began
        after = report(quiet(SECONDS))
        flood, beside = report(flood), report(beside)
        group.close()
        early, late = seen[len(seen) // 4], seen[-1]
        each = (late[0] - early[0]) / (late[1] - early[1])
        pending = max(waiting for _, _, waiting in seen)
        account = flood["account"]
        throttled = account["refused"].get("ESME_RTHROTTLED (0x00000058)", 0)
        run.say(f"{rate} SMS a second it takes; of {account['submitted']} at twice that rate "
                f"{account['accepted']} accepted and {throttled} throttled, {pending} waited at "
                f"most, {each:.0f} octets for each that ended; all delivered {emptied:.1f} s later")
        run.say("answers to another carrier, p99 in ms: "
                f"before {p99(calm):.0f}, beside it {p99(beside):.0f}, after {p99(after):.0f}")
        same("lost, doubled, delivered though refused, not answered", [0, 0, 0, 0],
             [account[key] for key in ("lost", "delivered_twice", "phantoms", "unanswered")])
        same("all others were refused for now", account["submitted"],
             account["accepted"] + throttled)
        true("much was refused", throttled > account["submitted"] // 10)
        true("what waits is bounded", pending <= 4 * BINDS * WINDOW)
        true(f"memory for what is remembered alone, {EACH} octets an SMS", each <= EACH)
        same("the other carrier's SMS", [0, 0, {}],
             [beside["account"][key] for key in ("lost", "delivered_twice", "refused")])
        felt = max(2 * p99(calm), NOT_FELT_MS)
        true("the other carrier hardly feels it", p99(beside) <= felt)
        true("all is as before within 5 s", p99(after) <= felt)
