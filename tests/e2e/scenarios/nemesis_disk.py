"""What disks do: lose power, fail, stall, fill, vanish (promises.md A1 to A4, B1 to B11)."""

import os
import random
import shutil
import signal
import subprocess
import time

import faults
import rawsmpp
from campaign import Campaign, expect_each_once
from carriers import Smpplib
from rawsmpp import Raw
from scenarios.durability import SEED, begin, charged_once
from scenarios.registry import scenario
from scenarios.settlement import Story
from waiting import same, true, until
from world import TATA_PASSWORD

CUTS = int(os.environ.get("SIGNALBOX_CUTS", "20"))
RSYSERR = 0x08


def disk_of(world, name="env1", mib=64):
    """A disk of its own under a node's data."""
    data = world.nodes[name].data
    return faults.Disk(data + ".img", data, mib)


def texts(word, count, number="1111"):
    """So many SMS, each with a text of its own."""
    return [(number, f"{word} {n} of {count}") for n in range(count)]


def answered(campaign, status):
    """The texts that were answered so."""
    return [text for text, (found, _) in campaign.results.items() if found == status]


def expect_whole(world, phone, campaign, seconds=60):
    """What was accepted is delivered, receipted and charged once; what was refused never came."""
    campaign.collect_receipts(seconds)
    accepted = answered(campaign, 0)
    expect_each_once([phone], accepted)
    campaign.check(accepted=len(accepted), refused_as={
        status: len(answered(campaign, status))
        for status in {status for status, _ in campaign.results.values()} - {0}})
    charged_once(world, len(accepted))
    return len(accepted)


@scenario("A4/power-cuts", "nemesis", peers=("smpplib", "sipp"), seconds=400)
def power_cuts(run):
    """A4: 20 power cuts under scenario 4.1: still 1000, each once, 10.00 USD."""
    choose = random.Random(SEED)
    with run.world("env1", "env2", "env4", volume_mib=1) as world:
        disk = disk_of(world, mib=256)
        node = world.nodes["env1"]
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        story = Story(run, world, tata).begin()
        campaign = Campaign(tata, story.plan())
        instants = sorted(choose.sample(range(10, 1015), CUTS))
        cuts = []

        def progress(count):
            if len(cuts) < CUTS and count >= instants[len(cuts)]:
                time.sleep(choose.random() / 200)
                disk.lose_power(node)
                began = time.monotonic()
                node.start()
                cuts.append(time.monotonic() - began)

        campaign.submit_all(progress, seconds=300)
        story.noise()
        campaign.collect_receipts(120)
        story.expect(campaign, killed=True)
        same("power cuts", CUTS, len(cuts))
        run.say(f"seed {SEED}: {CUTS} power cuts; {campaign.resent} SMS submitted again; listening "
                f"again after {max(cuts):.2f} s at most")


# A system call of the journal, and on how many of its calls the process dies.
DEATHS = (("pwrite64", 8), ("fdatasync", 8), ("write", 8), ("sendto", 8), ("sendmmsg", 6),
          ("fsync", 4), ("rename", 3), ("openat", 4))
# SMS a life: more than any of these calls needs to come so often.
LIFE = 150


@scenario("A1/killed-at-system-calls", "nemesis", peers=("smpplib", "sipp"), seconds=600,
          io="epoll")
def killed_at_calls(run):
    """A1, A2, A3, B9: killed as it writes, syncs, tells, answers, sends, makes a volume."""
    choose = random.Random(SEED)
    deaths = [(call, choose.randrange(1, 60) if call in ("pwrite64", "fdatasync", "write",
                                                         "sendto", "sendmmsg")
               else at) for call, count in DEATHS for at in range(1, count + 1)]
    choose.shuffle(deaths)
    with run.world("env1", volume_mib=1, keep_mib=0) as world:
        tata, phone = begin(run, world)
        node = world.nodes["env1"]
        lives, died = iter(deaths), []

        def revive():
            """Another life; one that ends before it listens counts as well."""
            while not node.process.running:
                life = next(lives, None)
                if life is None:
                    faults.untraced(node).start()
                    return
                call, at = life
                faults.traced(node, "-e", f"trace={call}", "-e",
                              f"inject={call}:signal=KILL:when={at}")
                try:
                    node.start()
                except AssertionError:
                    same("how it ended", -signal.SIGKILL, node.process.child.returncode)
                died.append(life)

        def progress(count):
            """A life that outlives its share of the plan is ended."""
            if count >= LIFE * (len(died) + 1) and len(died) < len(deaths):
                node.process.kill()

        campaign = Campaign(tata, texts("killed", LIFE * len(deaths)), revive=revive)
        campaign.submit_all(progress, seconds=500)
        campaign.collect_receipts(120)
        faults.untraced(node)
        accepted = expect_whole(world, phone, campaign, 120)
        by_call = {call: sum(one == call for one, _ in died) for call, _ in DEATHS}
        same("lives", len(deaths), len(died))
        run.say(f"seed {SEED}: {accepted} SMS, each once, over {len(died)} lives that ended at "
                f"{by_call}")


@scenario("B2/sync-fails-once", "nemesis", peers=("smpplib", "sipp"), seconds=120, io="epoll")
def sync_fails(run):
    """B2: fdatasync fails once: what it was for is refused and stays so, also after a restart."""
    with run.world("env1") as world:
        node = faults.traced(world.nodes["env1"], "-e", "trace=fdatasync", "-e",
                             "inject=fdatasync:error=EIO:when=60")
        tata, phone = begin(run, world)
        campaign = Campaign(tata, texts("until it fails", 1500)).submit_all()
        refused = answered(campaign, RSYSERR)
        true("some are refused", refused)
        true("some are accepted", len(refused) < 1500)
        same("it runs", True, node.process.running)
        true("it says so", "journal failed" in node.process.log())
        same("a bind beside it", 0, Smpplib("127.0.0.2", "tata", TATA_PASSWORD).bind())
        node.process.kill()
        faults.untraced(node).start()
        accepted = expect_whole(world, phone, campaign)
        again = Campaign(tata, texts("after it", 200)).submit_all().collect_receipts()
        same("accepted after the restart", 200, len(answered(again, 0)))
        run.say(f"{accepted} accepted and delivered once, {len(refused)} refused with 0x08 and "
                "never delivered nor charged")


@scenario("B3/disk-dies", "nemesis", peers=("smpplib", "sipp", "raw octets"), seconds=120)
def disk_dies(run):
    """B3: every write fails: it refuses, answers enquire_link; after a restart nothing is lost."""
    with run.world("env1") as world:
        disk = disk_of(world)
        tata, phone = begin(run, world)
        node = world.nodes["env1"]

        def progress(count):
            if count >= 600 and not cut:
                cut.append(count)
                disk.cut_power()

        cut = []
        campaign = Campaign(tata, texts("on a disk", 1500)).submit_all(progress)
        refused = answered(campaign, RSYSERR)
        true("the rest is refused", len(refused) >= 800)
        same("it runs", True, node.process.running)
        raw = Raw("127.0.0.2")
        raw.ask(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("tata", TATA_PASSWORD))
        began = time.monotonic()
        same("enquire_link", 0, raw.ask(rawsmpp.ENQUIRE_LINK, 2)[1])
        took = time.monotonic() - began
        true("an enquire_link is answered at once", took < 0.5)
        raw.socket.close()
        node.process.kill()
        disk.restore_power()
        node.start()
        accepted = expect_whole(world, phone, campaign)
        run.say(f"{accepted} accepted and delivered once, {len(refused)} refused and never "
                f"delivered nor charged; enquire_link meanwhile in {took * 1000:.1f} ms")


@scenario("B4/disk-stalls", "nemesis", peers=("smpplib", "sipp", "raw octets"), seconds=120)
def disk_stalls(run):
    """B4: a sync takes three seconds: answers wait, nobody is refused, links live."""
    with run.world("env1") as world:
        disk = disk_of(world)
        tata, phone = begin(run, world)
        raw = Raw("127.0.0.2")
        raw.ask(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("tata", TATA_PASSWORD))
        frozen, worst = [], []

        def progress(count):
            if len(frozen) < 3 and count >= 200 * (len(frozen) + 1):
                frozen.append(count)
                thaw = time.monotonic() + (3.0 if len(frozen) == 1 else 1.0)
                with disk.frozen():
                    while time.monotonic() < thaw:
                        began = time.monotonic()
                        same("enquire_link", 0, raw.ask(rawsmpp.ENQUIRE_LINK, 2)[1])
                        worst.append(time.monotonic() - began)
                        time.sleep(0.05)

        campaign = Campaign(tata, texts("frozen", 1000)).submit_all(progress)
        accepted = expect_whole(world, phone, campaign)
        same("accepted", 1000, accepted)
        same("broken connections", 0, campaign.broken)
        raw.socket.close()
        run.say(f"{len(frozen)} stalls, the longest of 3 s: 1000 accepted, none refused; "
                f"enquire_link meanwhile in {max(worst) * 1000:.0f} ms at most")


@scenario("B7/two-on-one-journal", "nemesis", peers=("smpplib",), seconds=60)
def two_on_one(run):
    """B7: a second dataplane on the same data says so and ends; the first does not notice."""
    with run.world("env1") as world:
        tata, _ = begin(run, world)
        node = world.nodes["env1"]
        second = subprocess.run(node.process.argv, cwd=world.directory, capture_output=True,
                                text=True, timeout=20)
        true("it ends with an error", second.returncode not in (0, None))
        true("it says why", "lock" in second.stderr + second.stdout)
        campaign = Campaign(tata, texts("beside it", 50)).submit_all()
        same("accepted", 50, len(answered(campaign, 0)))
        run.say((second.stderr.strip().splitlines() or ["?"])[-1][:200])


@scenario("B8/journal-removed", "nemesis", peers=("smpplib", "sipp"), seconds=60)
def journal_removed(run):
    """B8: the journal is deleted under it: within a second it says so and takes nothing more."""
    with run.world("env1") as world:
        tata, _ = begin(run, world)
        node = world.nodes["env1"]
        Campaign(tata, texts("before", 100)).submit_all().collect_receipts()
        shutil.rmtree(os.path.join(node.data, "journal"))
        removed = time.monotonic()

        def refused():
            late = Campaign(tata, [("1111", f"into nothing {time.monotonic_ns()}")]).submit_all()
            return answered(late, RSYSERR)

        until("refusal", refused, seconds=5)
        took = time.monotonic() - removed
        same("it runs", True, node.process.running)
        true("it says so", "journal failed" in node.process.log())
        node.process.kill()
        node.start()
        until("bind after a restart", lambda: rebound(tata), seconds=10, every=0.1)
        after = Campaign(tata, texts("after", 100)).submit_all()
        same("accepted after a restart", 100, len(answered(after, 0)))
        run.say(f"refused {took:.2f} s after the journal was removed, taken again after a restart")


def rebound(carrier):
    """Binds again; False if it is not let in."""
    carrier.close()
    try:
        return carrier.bind() == 0
    except Exception:  # whatever a peer library raises while nobody listens
        return False


@scenario("B10/control-disk-full", "nemesis", peers=("smpplib", "sipp"), seconds=180)
def control_disk_full(run):
    """B10: no room for CDRs: SMS go on; with room again every CDR is there, and none twice."""
    with run.world("env1") as world:
        folder = os.path.join(run.directory, "control")
        os.makedirs(folder, exist_ok=True)
        full = faults.Full(folder, "24m")
        tata, phone = begin(run, world)
        plan = texts("whatever control does", 6000)
        first = Campaign(tata, plan[:500]).submit_all().collect_receipts()
        full.fill(but=64 << 10)
        second = Campaign(tata, plan[500:]).submit_all(seconds=150).collect_receipts()
        for campaign in (first, second):
            same("refused", [], [s for s, _ in campaign.results.values() if s])
        full.empty()
        until("control that harvests again",
              lambda: world.cli.call("harvest", "--wait").returncode == 0, seconds=30, every=0.2)
        expect_each_once([phone], [text for _, text in plan])
        charged_once(world, 6000)
        run.say("6000 accepted and delivered while control had no room; 6000 CDRs afterwards")


@scenario("B11/log-that-nobody-reads", "nemesis", peers=("smpplib", "sipp"), seconds=90)
def log_stopped(run):
    """B11: standard output is a full pipe: SMS go on all the same."""
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        node = world.nodes["env1"]
        node.process.kill()
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while os.write(writer, b"x" * 4096):
                pass
        except BlockingIOError:
            pass
        os.set_blocking(writer, True)
        node.process.child = subprocess.Popen(node.process.argv, cwd=world.directory,
                                              stdout=writer, stderr=writer,
                                              stdin=subprocess.DEVNULL)
        node.wait_listening()
        until("bind", lambda: rebound(tata), every=0.1)
        plan = texts("no log", 1000)
        quarters = [plan[at:at + 250] for at in range(0, 1000, 250)]
        for quarter in quarters:
            # Each bind and each end of one is a line.
            campaign = Campaign(tata, quarter).submit_all().collect_receipts()
            same("accepted", 250, len(answered(campaign, 0)))
            campaign.bind_again()
        expect_each_once([phone], [text for _, text in plan])
        node.process.kill()
        os.close(reader)
        os.close(writer)
        run.say("1000 accepted and delivered; not one line of the log could be written")
