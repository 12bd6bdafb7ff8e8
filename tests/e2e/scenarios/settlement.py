"""4.1: exactly 1000 SMS from TATA, and noise; exactly 10.00 USD."""

import datetime
import json
import time

from campaign import Campaign, at_phones, expect_each_once
from carriers import NpmSmpp, Smpplib
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true
from world import ENTRIES, PHONE_PASSWORD, TATA_PASSWORD

COUNTS = {"1111": 600, "2222": 300, "3333": 100}
HOMES = {"1111": "env1", "2222": "env2", "3333": "env4"}
UNKNOWN, BAD_BINDS, OTHERS = 25, 7, 40
CARRIER2_PASSWORD = "another"


class Story:
    """The world of 4.1, its phones, TATA and the noise."""

    def __init__(self, run, world, tata):
        self.run, self.world, self.tata = run, world, tata
        self.phones = {}

    def begin(self):
        """Provisions, registers the phones, lets TATA bind."""
        world = self.world
        world.start()
        world.add_environments()
        world.add_tata()
        world.add_carrier("env1", "Carrier2", "c2", CARRIER2_PASSWORD)
        world.add_account("env1", "1111")
        for env, number, pattern in (("env2", "2222", "222%"), ("env4", "3333", "333%")):
            world.add_account(env, number)
            world.add_link("env1", env, pattern)
        world.commit("the story of 4.1")
        world.wait_links()
        for place, (number, env) in enumerate(HOMES.items()):
            self.phones[number] = world.own(
                Sipp(number, PHONE_PASSWORD, f"{env}.example", ENTRIES[env][0],
                     self.run.directory, 25060 + 10 * place)).register()
        same("bind of TATA", 0, self.tata.bind())
        return self

    def plan(self):
        """1000 SMS to the three numbers, mixed, and 25 to numbers that nobody has."""
        texts = {number: [(number, f"{number} number {n} of {count}") for n in range(count)]
                 for number, count in COUNTS.items()}
        mixed = [texts[number].pop() for n in range(100)
                 for number in ["1111"] * 6 + ["2222"] * 3 + ["3333"]]
        noise = [(f"9{n:05}", f"nobody {n}") for n in range(UNKNOWN)]
        step = len(mixed) // UNKNOWN
        for place, sms in enumerate(noise):
            mixed.insert(place * (step + 1), sms)
        return mixed

    def noise(self):
        """7 binds with a wrong password, and 40 SMS from Carrier2."""
        for _ in range(BAD_BINDS):
            stranger = Smpplib("127.0.0.2", "tata", "wrong")
            same("bind with a wrong password", 0x0D, stranger.bind())
            stranger.close()
        other = self.world.own(Smpplib("127.0.0.2", "c2", CARRIER2_PASSWORD))
        same("bind of Carrier2", 0, other.bind())
        campaign = Campaign(other, [("1111", f"Carrier2 {n}") for n in range(OTHERS)])
        campaign.submit_all().collect_receipts().check(accepted=OTHERS)

    def expect(self, campaign, killed=False):
        """Everything delivered once, receipted, charged once.

        A refusal is answered without waiting for the disk, so a kill may take the record of the
        last ones with it, or leave one twice that was answered twice.
        """
        texts = [text for number, text in campaign.plan if number in COUNTS]
        others = [f"Carrier2 {n}" for n in range(OTHERS)]
        expect_each_once(self.phones.values(), texts + others)
        same("SMS at each phone", {**COUNTS, "1111": COUNTS["1111"] + OTHERS},
             {number: sum(at_phones([phone]).values()) for number, phone in self.phones.items()})
        campaign.check(accepted=1000, refused_as={0x0B: UNKNOWN})
        self.expect_settlement(campaign.window if killed else 0)

    def expect_settlement(self, slack):
        """The table and the JSON of scenarios.md, and the sum over the CDRs."""
        first = datetime.datetime.now(datetime.timezone.utc).date()
        span = ("--from", str(first - datetime.timedelta(days=1)),
                "--to", str(first + datetime.timedelta(days=2)))
        table = self.world.cli.run("settle", "--carrier", "TATA", *span)
        true("`Due: 10.00 USD` in the table", "Due: 10.00 USD" in table)
        found = json.loads(self.world.cli.run("settle", "--carrier", "TATA", *span, "--json"))
        refused = found["messages_rejected"]
        true("refusals in the settlement", abs(refused - UNKNOWN) <= slack)
        wanted = {"carrier": "TATA", "messages_received": 1000 + refused,
                  "messages_accepted": 1000, "messages_delivered": 1000,
                  "messages_undelivered": 0, "messages_expired": 0, "billing_units": 1000,
                  "charge_on": "accepted",
                  "total_micros": 10000000, "total": "10.00", "currency": "USD",
                  "due": "10.00 USD"}
        same("settlement", wanted, {key: found.get(key) for key in wanted})
        same("lines of the settlement", [("1", 600, 6000000), ("2", 300, 3000000),
                                         ("3", 100, 1000000)],
             [(line["prefix"], line["units"], line["charge_micros"]) for line in found["lines"]])
        rows = self.world.cdrs("--env", "env1", "--carrier", "TATA")
        same("sum over the CDRs", 10000000, sum(row["charge_micros"] for row in rows))
        same("what end users pay", 0, sum(row["account_charge_micros"] for row in rows))
        again = self.world.cli.run("settle", "--carrier", "TATA", *span)
        same("the settlement, asked again", table, again)
        for line in table.strip().splitlines():
            self.run.say(line)


def thousand(run, tata_class, kill=None):
    """The whole of 4.1; `kill` names the environment whose dataplane dies in the
    middle, and control with it."""
    with run.world("env1", "env2", "env4") as world:
        if tata_class is Smpplib:
            tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        else:
            tata = world.own(NpmSmpp("127.0.0.2", "tata", TATA_PASSWORD, run.directory))
        story = Story(run, world, tata).begin()
        campaign = Campaign(tata, story.plan())
        killed = []

        def progress(answered):
            if kill and not killed and answered >= 450:
                killed.append(answered)
                world.control.kill()
                world.nodes[kill].process.kill()
                world.nodes[kill].start()
                world.start_control()

        began = time.monotonic()
        campaign.submit_all(progress)
        answered = time.monotonic() - began
        story.noise()
        campaign.collect_receipts(120)
        took = time.monotonic() - began
        story.expect(campaign, killed=bool(kill))
        if kill:
            same("kills", 1, len(killed))
            run.say(f"kill -9 of {kill} and control after {killed[0]} answers; TATA bound again "
                    f"{campaign.broken} times and submitted {campaign.resent} SMS again")
        run.say(f"1025 answers in {answered:.2f} s, all receipts after {took:.2f} s")
        run.say("1000 SMS from TATA: 10.00 USD")


@scenario("4.1/smpplib", "accept", "smoke", peers=("smpplib", "sipp"), seconds=180)
def by_smpplib(run):
    """1000 SMS and noise: 10.00 USD."""
    thousand(run, Smpplib)


@scenario("4.1/npm-smpp", "accept", peers=("npm smpp", "smpplib", "sipp"), seconds=180)
def by_npm(run):
    """1000 SMS and noise: 10.00 USD."""
    thousand(run, NpmSmpp)


@scenario("4.1/kill-env1", "accept", "smoke", peers=("smpplib", "sipp"), seconds=240)
def kill_the_entry(run):
    """4.1e: kill -9 of env1's dataplane and of control in the middle: still 1000, each once."""
    thousand(run, Smpplib, kill="env1")


@scenario("4.1/kill-env2", "accept", peers=("smpplib", "sipp"), seconds=240)
def kill_the_next(run):
    """kill -9 of env2's dataplane and of control in the middle: still 1000, each once."""
    thousand(run, Smpplib, kill="env2")


@scenario("4.1/kill-epoll", "accept", peers=("smpplib", "sipp"), seconds=240,
          io="epoll", shards=2)
def kill_two_shards_on_epoll(run):
    """The same on two shards of epoll."""
    thousand(run, Smpplib, kill="env1")


@scenario("4.1/kill-glommio", "accept", peers=("smpplib", "sipp"), seconds=240,
          runtime="glommio", shards=2)
def kill_two_shards(run):
    """The same on two shards hosted by glommio."""
    thousand(run, Smpplib, kill="env1")
