"""What machines and networks do: stop, starve, cut, lose (promises.md A5 to A14, D1, E1, J11)."""

import os
import random
import signal
import threading
import time

import faults
import rawsmpp
from campaign import Campaign
from rawsmpp import Raw
from scenarios.durability import SEED, begin
from scenarios.nemesis_disk import expect_whole, texts
from scenarios.registry import scenario
from waiting import same, true, until
from world import SMPP_PORT


class Pulse:
    """A bind that asks enquire_link all the time, and how long the worst answer took."""

    def __init__(self, host="127.0.0.2", pause=0.02, seconds=60):
        self.raw = Raw(host, seconds=seconds)
        self.raw.ask(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("pulse", "beat"))
        self.pause, self.took, self.failed, self.over = pause, [], None, False
        self.thread = threading.Thread(target=self._beat, daemon=True)
        self.thread.start()

    def _beat(self):
        sequence = 1
        try:
            while not self.over:
                sequence += 1
                began = time.monotonic()
                self.raw.ask(rawsmpp.ENQUIRE_LINK, sequence)
                self.took.append(time.monotonic() - began)
                time.sleep(self.pause)
        except Exception as why:  # the scenario asks what became of it
            self.failed = why

    def end(self):
        """The longest answer; fails if the link did."""
        self.over = True
        self.thread.join(60)
        self.raw.socket.close()
        if self.failed:
            raise AssertionError(f"the link that only asks was lost: {self.failed}")
        return max(self.took)


def with_pulse(world):
    """A second carrier that only asks enquire_link."""
    world.add_carrier("env1", "Pulse", "pulse", "beat")


@scenario("A5/sigterm", "nemesis", peers=("smpplib", "sipp"), seconds=240)
def sigterm(run):
    """A5: SIGTERM under load, five times: unbinds, ends with 0 within 12 s, nothing is lost."""
    choose = random.Random(SEED)
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        node = world.nodes["env1"]
        campaign = Campaign(tata, texts("stopped", 3000))
        instants = sorted(choose.sample(range(50, 2900), 5))
        took = []

        def progress(count):
            if len(took) < 5 and count >= instants[len(took)]:
                began = time.monotonic()
                node.process.child.send_signal(signal.SIGTERM)
                # What it still says is read, as every peer does.
                while node.process.running:
                    try:
                        tata.pump(0.01)
                    except Exception:  # the link is gone
                        time.sleep(0.01)
                same("exit code", 0, node.process.wait(15))
                took.append(time.monotonic() - began)
                node.start()

        campaign.submit_all(progress, seconds=180)
        accepted = expect_whole(world, phone, campaign)
        # What comes behind our unbind is refused, and that is the truth.
        true("refused while it stopped", 3000 - accepted <= 5 * campaign.window)
        true("each within 12 s", max(took) < 12)
        run.say(f"seed {SEED}: five times stopped in {min(took):.2f} to {max(took):.2f} s; "
                f"{accepted} of 3000 SMS accepted, each once, the others refused and never "
                f"delivered; {campaign.resent} submitted again")


@scenario("A8/one-thread-stuck", "nemesis", peers=("smpplib", "raw octets"), seconds=120, shards=2)
def one_thread(run):
    """A8: one of two shards does not run for five seconds; the other serves as ever."""
    with run.world("env1") as world:
        begin(run, world)
        with_pulse(world)
        world.commit("somebody who only asks")
        node = world.nodes["env1"]
        pulses = [Pulse() for _ in range(8)]
        threads = os.listdir(f"/proc/{node.process.child.pid}/task")
        named = {thread: open(f"/proc/{node.process.child.pid}/task/{thread}/comm",
                              encoding="ascii").read().strip() for thread in threads}
        victim = next(thread for thread, name in named.items() if name == "shard-1")
        group = faults.Group("freezer")
        try:
            group.take_thread(victim)
            group.set("freezer.state", "FROZEN")
            began = time.monotonic()
            until("that it stands still", lambda: "the shard stands still" in node.process.log(),
                  seconds=4, every=0.05)
            noted = time.monotonic() - began
            time.sleep(5 - noted)
            group.set("freezer.state", "THAWED")
        finally:
            group.set("freezer.state", "THAWED")
            group.close()
        until("that it goes on", lambda: "the shard goes on" in node.process.log(), seconds=5)
        worst = sorted(pulse.end() for pulse in pulses)
        quick = [took for took in worst if took < 0.5]
        true("somebody was on the other shard", quick)
        true("nobody waited longer than it was stuck", worst[-1] < 6)
        run.say(f"noted after {noted:.1f} s; {len(quick)} of 8 links were answered in "
                f"{max(quick) * 1000:.0f} ms at most, the others when it ran again")


@scenario("A10/stopped-and-gone-on", "nemesis", peers=("smpplib", "sipp"), seconds=240)
def sigstop(run):
    """A10, A14: SIGSTOP for 5 and 35 s: what was answered meanwhile is read before any timer."""
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        node = world.nodes["env1"]
        campaign = Campaign(tata, texts("asleep", 1200))
        pauses, stops = [5, 35], []

        def progress(count):
            if len(stops) < 2 and count >= 400 * (len(stops) + 1):
                faults.stop(node)
                time.sleep(pauses[len(stops)])
                faults.go_on(node)
                stops.append(count)

        campaign.submit_all(progress, seconds=180)
        accepted = expect_whole(world, phone, campaign)
        same("accepted", 1200, accepted)
        same("broken connections", 0, campaign.broken)
        run.say("stopped for 5 and 35 s: 1200 SMS, each once, no connection lost")


@scenario("A11/out-of-memory", "nemesis", peers=("smpplib", "sipp"), seconds=240)
def out_of_memory(run):
    """A11: the kernel kills it for its memory: as A1, nothing is lost."""
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        node = world.nodes["env1"]
        phone.process.kill()  # nobody answers: all of it stays in memory
        group = faults.Group("memory")
        # What it has already is charged elsewhere.
        group.set("memory.limit_in_bytes", 3 << 20)
        group.take(node.process.child.pid)
        killed = []

        def revive():
            if not node.process.running:
                killed.append(len(campaign.results))
                same("how it ended", -signal.SIGKILL, node.process.child.returncode)
                node.start()

        campaign = Campaign(tata, texts("until it is killed", 9000), revive=revive)
        campaign.submit_all(seconds=180)
        same("killed by the kernel", 1, len(killed))
        phone.listen()
        accepted = expect_whole(world, phone, campaign, 120)
        same("accepted", 9000, accepted)
        group.close()
        run.say(f"killed by the kernel after {killed[0]} answers; 9000 SMS, each once")


@scenario("A12/starved-of-cpu", "nemesis", peers=("smpplib", "sipp", "raw octets"), seconds=240)
def starved(run):
    """A12: a fifth of a core: enquire_link is answered within 5 s, no link is lost."""
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        with_pulse(world)
        world.commit("somebody who only asks")
        node = world.nodes["env1"]
        group = faults.Group("cpu", cfs_period_us=100_000, cfs_quota_us=20_000)
        group.take(node.process.child.pid)
        pulse = Pulse()
        campaign = Campaign(tata, texts("starved", 5000), window=95)
        campaign.submit_all(seconds=180)
        accepted = expect_whole(world, phone, campaign, 120)
        worst = pulse.end()
        group.close()
        same("accepted", 5000, accepted)
        same("broken connections", 0, campaign.broken)
        true("enquire_link within 5 s", worst < 5)
        run.say(f"5000 SMS, each once; the longest enquire_link took {worst * 1000:.0f} ms")


@scenario("D1/connections-cut", "nemesis", peers=("smpplib", "sipp"), seconds=180)
def connections_cut(run):
    """D8: the kernel ends TATA's connection 30 times: what comes again has the same id."""
    choose = random.Random(SEED)
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        campaign = Campaign(tata, texts("cut", 3000))
        instants = sorted(choose.sample(range(20, 2950), 30))
        cuts = []

        def progress(count):
            if len(cuts) < 30 and count >= instants[len(cuts)]:
                cuts.append(count)
                faults.cut_links("127.0.0.2", SMPP_PORT)

        campaign.submit_all(progress, seconds=120)
        accepted = expect_whole(world, phone, campaign)
        same("accepted", 3000, accepted)
        true("connections were cut", campaign.broken >= 25)
        run.say(f"seed {SEED}: cut {campaign.broken} times, {campaign.resent} submitted again; "
                "3000 SMS, each once")


@scenario("E1/datagrams-lost", "nemesis", peers=("smpplib", "sipp"), seconds=300)
def datagrams_lost(run):
    """E1: 30 % of the datagrams are lost both ways: each SMS comes once."""
    with run.world("env1") as world:
        tata, phone = begin(run, world)
        loss = faults.Loss(5060, 0.3)
        campaign = Campaign(tata, texts("lossy", 40)).submit_all()
        campaign.collect_receipts(240)
        loss.end()
        accepted = expect_whole(world, phone, campaign)
        same("accepted", 40, accepted)
        run.say("40 SMS over a network that loses 30 %: each once")


@scenario("I3/no-io-uring", "nemesis", peers=("smpplib", "sipp"), seconds=60)
def no_uring(run):
    """I3: io_uring is refused: one line in the log, and epoll serves."""
    with run.world("env1") as world:
        node = faults.traced(world.nodes["env1"], "-e", "trace=io_uring_setup", "-e",
                             "inject=io_uring_setup:error=EPERM")
        tata, phone = begin(run, world)
        campaign = Campaign(tata, texts("by epoll", 500)).submit_all()
        same("accepted", 500, expect_whole(world, phone, campaign))
        true("it says so", "running on epoll" in node.process.log())
        run.say("500 SMS, each once, by epoll")
