"""4.1b to 4.1j: what is counted, when it is charged, and what may be spent."""

import datetime
import json

import smpplib.gsm

from campaign import Campaign
from carriers import Smpplib
from phones import Sipp
from scenarios.registry import scenario
from scenarios.smpp_smscs import provision, smsc_of
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

UDHI = 0x40
NO_CREDIT = 0x45


def site(run, world, number="1111", port=25060, **tata):
    """TATA, bound, and an app."""
    world.start().story(**tata)
    phone = world.own(Sipp(number, PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                           port)).register()
    return bound(world), phone


def bound(world):
    """TATA, bound."""
    tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind of TATA", 0, tata.bind())
    return tata


def today(days=0):
    """A date, UTC, counted from today."""
    return str(datetime.datetime.now(datetime.timezone.utc).date()
               + datetime.timedelta(days=days))


def settled(world, *words, since=None, until_=None):
    """The settlement of these days, as JSON."""
    world.cli.run("harvest", "--wait")
    span = ("--from", since or today(-1), "--to", until_ or today(2))
    return json.loads(world.cli.run("settle", "--carrier", "TATA", *span, *words, "--json"))


def campaign(tata, count, number="1111", words="number"):
    """Submits so many SMS; how many were taken, and how often each status was answered."""
    one = Campaign(tata, [(number, f"{words} {n} of {count}") for n in range(count)])
    one.submit_all()
    statuses = [status for status, _ in one.results.values()]
    return one, {status: statuses.count(status) for status in set(statuses)}


def expect(found, due, units, **more):
    """What a settlement says."""
    same("due", due, found["due"])
    same("units", units, found["billing_units"])
    same("more of the settlement", more, {key: found[key] for key in more})


@scenario("4.1b/segments", "money", peers=("smpplib", "sipp"), seconds=120)
def segments(run):
    """Three segments are three units; 150 characters of which sixty are a unit are three, too"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        parts, coding, esm_class = smpplib.gsm.make_parts("x" * 400)
        sent = [tata.submit("1111", part, data_coding=coding, esm_class=esm_class)
                for part in parts]
        same("answers", [0, 0, 0], [tata.answer(sequence)[0] for sequence in sent])
        expect(settled(world), "0.03 USD", 3, messages_accepted=3)
        world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--unit", "60")
        world.commit("sixty characters are a unit")
        same("answer", 0, tata.answer(tata.submit("1111", "y" * 150))[0])
        expect(settled(world), "0.06 USD", 6, messages_accepted=4)
        tata.unbind()


@scenario("4.1c/delivered", "money", peers=("smpplib", "sipp"), seconds=180)
def delivered(run):
    """990 delivered, ten that expire: 9.90 USD"""
    with run.world("env1") as world:
        tata, _ = site(run, world, **{"charge-on": "delivered"})
        world.add_account("env1", "1199")
        world.commit("an app that is never there")
        late = [tata.submit("1199", f"late {n}", validity_period="000000000005000R")
                for n in range(10)]
        same("answers", {0}, {tata.answer(sequence)[0] for sequence in late})
        one, statuses = campaign(tata, 990)
        same("answers", {0: 990}, statuses)
        tata.until("1000 receipts", lambda: len(tata.receipts) == 1000, 60)
        expect(settled(world), "9.90 USD", 990, messages_accepted=1000, messages_delivered=990,
               messages_expired=10)
        tata.unbind()


@scenario("4.1c/submitted", "money", peers=("smpplib", "npm smpp"), seconds=120)
def submitted(run):
    """Twenty over an SMSC that refuses three and delivers all but five of the others: 0.17 USD"""
    with run.world("env1") as world:
        smsc = world.own(smsc_of(run, "smsc.js", {"SMSC_SAYS": "11,11,11",
                                                  "SMSC_ENDS": ",".join(["UNDELIV"] * 5)})).start()
        smsc.until("listening")
        provision(world)
        world.cli.run("carrier", "set", "TATA", "--env", "env1", "--charge-on", "submitted")
        world.commit("TATA is charged when a next hop takes it")
        world.wait_links()
        tata = bound(world)
        one = Campaign(tata, [(f"2222{n:04}", f"number {n}") for n in range(20)], window=1)
        one.submit_all(seconds=60).collect_receipts()
        same("refused by the SMSC", 3, len(smsc.until("refused", 3)))
        expect(settled(world), "0.17 USD", 17, messages_accepted=20, messages_delivered=12)
        balance = json.loads(world.cli.run("balance", "TATA", "--json"))
        same("charged", [170000], [row["charged_micros"] for row in balance])
        tata.unbind()


@scenario("4.1o/refunds", "money", peers=("smpplib", "npm smpp"), seconds=180)
def refunds(run):
    """Five of twenty that were paid beforehand come back, whatever is killed: 0.20 USD pay for
    25"""
    with run.world("env1") as world:
        smsc = world.own(smsc_of(run, "smsc.js",
                                 {"SMSC_ENDS": ",".join(["UNDELIV"] * 5)})).start()
        smsc.until("listening")
        provision(world)
        world.cli.run("carrier", "set", "TATA", "--env", "env1", "--credit", "0.20",
                      "--refund", "undeliverable,expired")
        world.commit("TATA pays for what can arrive")
        world.wait_links()
        tata = bound(world)

        def sent(count, words, statuses):
            one = Campaign(tata, [(f"2222{n:04}", f"{words} {n}") for n in range(count)], window=1)
            one.submit_all(seconds=60)
            found = [status for status, _ in one.results.values()]
            same("answers", statuses, {one: found.count(one) for one in set(found)})
            return one

        sent(20, "number", {0: 20}).collect_receipts()
        expect(settled(world), "0.15 USD", 15, messages_accepted=20, messages_delivered=15,
               refunded_units=5, refunded_micros=50000)
        world.control.kill()
        world.nodes["env1"].process.kill()
        world.nodes["env1"].start()
        world.start_control()
        tata.close()
        until("bind after the kill", lambda: tata.bind() == 0, 20)
        world.wait_links()
        sent(8, "again", {0: 5, NO_CREDIT: 3})
        tata.until("25 receipts", lambda: len(tata.receipts) >= 25, 60)
        expect(settled(world), "0.20 USD", 20, messages_accepted=25, refunded_units=5)
        [account] = json.loads(world.cli.run("balance", "TATA", "--json"))
        same("the account", (200000, 0, "0.00"), (account["charged_micros"],
             account["held_micros"], account["left"]))
        rows = world.cdrs("--carrier", "TATA")
        same("given back by records", [10000] * 5,
             [row["refund_micros"] for row in rows if "refund_micros" in row])
        verified = world.cli.json("ledger", "verify")
        same("verified", ([], 200000), (verified["faults"], verified["ledger_micros"]))
        tata.unbind()


@scenario("4.1d/price-changes", "money", peers=("smpplib", "sipp"), seconds=180)
def price_changes(run):
    """0.01 becomes 0.02 in the middle: each SMS costs what its tariff's version says (G1)"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        changed = []

        def progress(answered):
            if answered >= 300 and not changed:
                changed.append(answered)
                world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--price", "1=0.02")
                world.cli.run("commit", "-m", "dearer")

        one = Campaign(tata, [("1111", f"number {n}") for n in range(1000)])
        one.submit_all(progress)
        one.collect_receipts()
        rows = world.cdrs("--env", "env1", "--carrier", "TATA")
        versions = sorted({row["tariff_version"] for row in rows})
        same("versions", 2, len(versions))
        prices = dict(zip(versions, (10000, 20000)))
        same("rows with another price than their version's", [],
             [row for row in rows if row["charge_micros"] != prices[row["tariff_version"]]])
        total = sum(row["charge_micros"] for row in rows)
        found = settled(world)
        same("the sum", total, found["total_micros"])
        lines = {line["tariff_version"]: line["units"] for line in found["lines"]}
        true("units at both prices", sorted(lines) == versions and sum(lines.values()) == 1000)
        run.say(f"{lines[versions[0]]} at 0.01 and {lines[versions[1]]} at 0.02: {found['due']}")
        tata.unbind()


@scenario("4.1f/periods", "money", peers=("smpplib", "sipp"), seconds=120)
def periods(run):
    """Whatever instant cuts a period in two, the parts add up; asked again, octet for octet"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        one, _ = campaign(tata, 40)
        one.collect_receipts()
        whole = settled(world)
        expect(whole, "0.40 USD", 40)
        received = sorted(row["ts_received"] for row in world.cdrs("--carrier", "TATA"))
        for cut in (received[0], received[17], received[-1]):
            before, after = settled(world, until_=cut), settled(world, since=cut)
            same(f"SMS before {cut}", sum(at < cut for at in received), before["billing_units"])
            same("both parts", 400000, before["total_micros"] + after["total_micros"])
        same("asked again", whole, settled(world))
        tata.unbind()


@scenario("4.1h/no-price", "money", peers=("smpplib", "sipp"), seconds=120)
def no_price(run):
    """A number without a price is refused with 0x0B and shown; a price of 0 is free (G7)"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        world.add_account("env1", "7777")
        world.commit("a number that costs nothing that anybody knows")
        same("answer", 0x0B, tata.answer(tata.submit("7777", "what does it cost?"))[0])
        expect(settled(world), "0.00 USD", 0, messages_rejected=1, messages_accepted=0)
        world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--price", "7=0")
        world.commit("free of charge")
        same("answer", 0, tata.answer(tata.submit("7777", "it is free"))[0])
        expect(settled(world), "0.00 USD", 1, messages_rejected=1, messages_accepted=1)
        tata.unbind()


@scenario("4.1i/monthly-fee", "money", peers=("smpplib", "sipp"), seconds=120)
def monthly_fee(run):
    """A fee from the eleventh SMS of a month on is added to that month once"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--monthly-fee", "11=50.00")
        world.commit("a fee")
        month = today()[:7]

        def of_month():
            world.cli.run("harvest", "--wait")
            return json.loads(world.cli.run("settle", "--carrier", "TATA", "--month", month,
                                            "--json"))

        campaign(tata, 10, words="first")
        expect(of_month(), "0.10 USD", 10, monthly_fee_micros=0)
        campaign(tata, 2, words="more")
        expect(of_month(), "50.12 USD", 12, monthly_fee_micros=50000000, total_micros=120000)
        expect(settled(world, since=today(), until_=today(1)), "0.12 USD", 12)
        tata.unbind()


@scenario("4.1j/prepaid", "money", peers=("smpplib", "sipp"), seconds=180, shards=2)
def prepaid(run):
    """5.00 USD are 500 SMS: the next is refused with 0x45, a kill -9 changes nothing, and more
    credit is more SMS (G3, G4)"""
    with run.world("env1") as world:
        tata, _ = site(run, world, credit="5.00")
        one, statuses = campaign(tata, 400)
        same("answers", {0: 400}, statuses)
        world.nodes["env1"].process.kill()
        world.nodes["env1"].start()
        tata.close()
        until("bind after the kill", lambda: tata.bind() == 0, 20)
        _, statuses = campaign(tata, 200, words="after the kill")
        same("answers", {0: 100, NO_CREDIT: 100}, statuses)
        expect(settled(world), "5.00 USD", 500, messages_accepted=500, messages_rejected=100)
        world.cli.run("carrier", "set", "TATA", "--env", "env1", "--credit", "5.05")
        world.commit("TATA paid 0.05 USD")
        _, statuses = campaign(tata, 10, words="after it paid")
        same("answers", {0: 5, NO_CREDIT: 5}, statuses)
        expect(settled(world), "5.05 USD", 505)
        tata.unbind()
