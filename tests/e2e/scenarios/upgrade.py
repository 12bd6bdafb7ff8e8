"""A node that becomes another program while carriers send (promises.md A6)."""

import subprocess
import threading

import rawsmpp
from campaign import Campaign, expect_each_once
from carriers import Smpplib
from paths import binary
from phones import Sipp
from rawsmpp import Raw
from scenarios.durability import charged_once
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

UPGRADES = 10
COUNT = 3000


def upgrade(node):
    """Has a node become its program anew; gives how long nothing was begun, in ms."""
    asked = subprocess.run(
        [binary("signalbox-dataplane"), "--config", node.config_path, "--upgrade"],
        cwd=node.world.directory, capture_output=True, text=True, timeout=60, check=False)
    if asked.returncode != 0:
        raise AssertionError(f"upgrade: {asked.stdout}{asked.stderr}\n{node.process.log()[-2000:]}")
    return int(asked.stdout.split(",")[-1].split()[0]), asked.stdout.strip()


def registered(phone):
    """Did it register? sipp gives up when its REGISTER was repeated and is challenged twice."""
    try:
        return phone.register()
    except AssertionError:
        return None


class Worker:
    """A thread that does one thing again and again, and what came of it."""

    def __init__(self):
        self.over, self.failed, self.done = False, None, 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.over:
                self.step()
                self.done += 1
        except Exception as why:  # the scenario asks what became of it
            self.failed = why

    def end(self, what):
        """Ends it after its step; says how often it did it, and that nothing failed."""
        self.over = True
        self.thread.join(30)
        same(f"failure of {what}", None, self.failed)
        return true(what, self.done)


class Dribble(Worker):
    """A bind that writes every octet of its submit_sm alone."""

    def __init__(self):
        self.raw = Raw("127.0.0.2", seconds=20)
        self.raw.ask(rawsmpp.BIND_TRANSMITTER, 1, rawsmpp.bind_body("slow", "drop"))
        self.sequence, self.texts = 1, []
        super().__init__()

    def step(self):
        """One SMS, some milliseconds between two octets: most upgrades meet half of it."""
        self.sequence += 1
        text = f"dribbled {self.sequence}"
        octets = rawsmpp.pdu(rawsmpp.SUBMIT_SM, self.sequence,
                             rawsmpp.submit_body("1111", text.encode()))
        pause = threading.Event()
        for octet in octets:
            self.raw.send(bytes([octet]))
            pause.wait(0.004)
        got = self.raw.until(lambda got: got[0] == rawsmpp.SUBMIT_SM | rawsmpp.NACK
                             and got[2] == self.sequence)
        same("status of what was dribbled", 0, got[1])
        self.texts.append(text)


class Knock(Worker):
    """Connects, and leaves half of a bind behind for a moment."""

    def step(self):
        """A refused connection, or a bind without its answer, is a failure."""
        raw = Raw("127.0.0.2", seconds=20)
        octets = rawsmpp.pdu(rawsmpp.BIND_TRANSMITTER, 7, rawsmpp.bind_body("slow", "drop"))
        raw.send(octets[:20])
        threading.Event().wait(0.02)
        raw.send(octets[20:])
        got = raw.until(lambda got: got[2] == 7)
        same("status of a bind", 0, got[1])
        raw.ask(rawsmpp.UNBIND, 8)
        raw.kill()


def hot_upgrade(run):
    """What both scenarios do."""
    with run.world("env1", "env2") as world:
        world.start()
        world.story()
        world.add_carrier("env1", "SLOW", "slow", "drop")
        world.commit("one that dribbles")
        phones = [
            world.own(Sipp(user, PHONE_PASSWORD, f"{env}.example", address, run.directory, port))
            for user, env, address, port in (("1111", "env1", "127.0.0.2", 25060),
                                             ("2222", "env2", "127.0.0.3", 25061))]
        for phone in phones:
            until("registration on a machine that is slow", lambda: registered(phone), 60)
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind of TATA", 0, tata.bind())
        node = world.nodes["env1"]
        # One that dials before the other node knows the plan is refused once.
        downs = node.process.log().count("connection down")
        pid, dribble, knock = node.process.child.pid, Dribble(), Knock()
        campaign = Campaign(tata, [(("1111", "2222")[n % 2], f"number {n}") for n in range(COUNT)])
        pauses, said, failed = [], [], []

        def upgrades():
            try:
                until("traffic", lambda: len(campaign.results) > 100, 60)
                while len(pauses) < UPGRADES:
                    paused, words = upgrade(node)
                    pauses.append(paused)
                    said.append(words)
            except BaseException as why:  # pylint: disable=broad-except
                failed.append(why)

        thread = threading.Thread(target=upgrades, daemon=True)
        thread.start()
        campaign.submit_all(seconds=240)
        until("the last upgrade", lambda: not thread.is_alive(), 120)
        same("upgrades that failed", [], failed)
        campaign.collect_receipts(60)
        knocks, dribbled = knock.end("bind while it upgrades"), dribble.end("dribbled SMS")
        expect_each_once(phones, [text for _, text in campaign.plan] + dribble.texts)
        campaign.check(accepted=COUNT)
        same("links of TATA that were cut", 0, campaign.broken)
        numbers = [receipt["pdu"].sequence for receipt in tata.receipts]
        same("sequence numbers of receipts", sorted(set(numbers)), numbers)
        same("the process", (True, pid), (node.process.running, node.process.child.pid))
        same("connections that went down", downs, node.process.log().count("connection down"))
        charged_once(world, COUNT)
        answered = len(campaign.results)
        pauses.sort()
        run.say(f"{UPGRADES} upgrades under load: {answered} SMS answered, delivered, receipted "
                f"and charged once, none submitted again; {dribbled} dribbled, {knocks} binds let "
                f"in, none refused; nothing was begun for {pauses[UPGRADES // 2]} ms (median), "
                f"{pauses[-1]} ms (longest); {said[-1]}")


@scenario("A6/hot-upgrade", "durability", peers=("smpplib", "sipp"), seconds=400, shards=2)
def on_uring(run):
    """A6: ten hot upgrades back to back under load: no link is cut, no SMS is lost or doubled."""
    hot_upgrade(run)


@scenario("A6/hot-upgrade-epoll", "durability", peers=("smpplib", "sipp"), seconds=400, shards=2,
          io="epoll")
def on_epoll(run):
    """A6: the same on epoll."""
    hot_upgrade(run)
