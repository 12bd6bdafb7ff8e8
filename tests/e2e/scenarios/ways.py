"""Routing rules on the wire: rewriting, limits, foreign domains, shadows, cost, and a move."""

from campaign import Campaign, at_phones, expect_each_once
from phones import Sipp
from scenarios.entry_of_many import add_smsc, bound_tata, smsc
from scenarios.registry import scenario
from texting import Writer
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD


def provisioned(world, *connections, tata=()):
    """TATA pays 0.01 for every number; connections of env1 lead to one SMSC."""
    world.start()
    world.add_environments()
    world.cli.run("tariff", "add", "in", "--env", "env1", "--currency", "USD",
                  "--price", "*=0.01")
    world.add_carrier("env1", "TATA", "tata", TATA_PASSWORD, tariff="in")
    if tata:
        world.cli.run("carrier", "set", "TATA", "--env", "env1", *tata)
    add_smsc(world, *connections)


def policy(world, name, *words, verb="add"):
    """Drafts a policy of env1."""
    world.cli.run("policy", verb, name, "--env", "env1", *words)


@scenario("routing/rewriting", "routing", peers=("smpplib", "npm smpp"))
def rewriting(run):
    """Addresses are rewritten on the way in and out; receipts and records keep those that came"""
    with run.world("env1") as world:
        hop = smsc(run, world)
        provisioned(world, "smsc", tata=(
            "--rewrite", "called 0% strip=1 prepend=222 plane=1/1",
            "--rewrite", "calling 00% strip=2 plane=1/1"))
        world.cli.run("connection", "set", "smsc", "--env", "env1",
                      "--rewrite", "calling 49% replace=INFO plane=5/0",
                      "--rewrite", "called 222% strip=3 prepend=99 plane=2/1")
        policy(world, "222%", "--via", "smsc")
        world.commit("rules")
        world.wait_links(1)
        tata = bound_tata(world)
        national = {"dest_addr_ton": 2, "dest_addr_npi": 1}
        for source, fields in (("004917", {"source_addr_ton": 0}), ("Viber", {})):
            sequence = tata.submit("0777", f"from {source}", source_addr=source,
                                   **{**national, **fields})
            same("submit_sm_resp", 0, tata.answer(sequence)[0])
        tata.until("receipts", lambda: len(tata.receipts) == 2)
        planes = [5, 0, 2, 1]
        same("what the SMSC got", [("INFO", "99777", planes), ("Viber", "99777", planes)],
             [(one["source"], one["destination"], one["planes"]) for one in hop.said("submit")])
        same("addresses of the receipts", [(b"0777", b"004917"), (b"0777", b"Viber")],
             [(one["pdu"].source_addr, one["pdu"].destination_addr) for one in tata.receipts])
        same("CDRs", [("004917", "0777", 2, "222777"), ("Viber", "0777", 2, "222777")],
             [(row["cli"]["addr"], row["cld"]["addr"], row["cld"]["ton"], row["cld"]["e164"])
              for row in world.cdrs()])


@scenario("routing/limits", "routing", peers=("smpplib", "npm smpp"))
def limits(run):
    """A way with a limit takes what it may in a second, the rest goes the next way at once"""
    with run.world("env1") as world:
        smsc(run, world)
        provisioned(world, "narrow", "wide")
        policy(world, "222%", "--via", "narrow:tps=5,wide")
        world.commit("a limit")
        world.wait_links(2)
        campaign = Campaign(bound_tata(world), [(f"222{n:04}", f"no {n}") for n in range(200)])
        campaign.submit_all().collect_receipts().check(accepted=200)
        rows = world.cdrs()
        narrow = [row for row in rows if row["connection"] == "narrow"]
        seconds = {row["ts_accepted"][:19] for row in rows}
        true(f"{len(narrow)} of 200 in {len(seconds)} s went by the narrow way",
             5 <= len(narrow) <= 5 * (len(seconds) + 1))
        same("the others", {"wide"}, {row["connection"] for row in rows} - {"narrow"})


@scenario("routing/foreign-domain", "routing", peers=("sipp", "npm smpp"))
def foreign_domain(run):
    """A policy on a domain takes what is called there; other domains lead nowhere"""
    with run.world("env1") as world:
        hop = smsc(run, world)
        provisioned(world, "partner", "elsewhere")
        world.add_account("env1", "1111")
        policy(world, "partner", "--pattern", "%", "--domain", "%.partner.example",
               "--via", "partner")
        policy(world, "222%", "--via", "elsewhere")
        world.commit("a partner")
        world.wait_links(2)
        app = Writer("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory)
        app.write("2225", "to the partner", domain="sms.partner.example")
        app.write("2225", "at home")
        app.write("2225", "to nobody", domain="unknown.example", status=404)
        hop.until("submit", 2)
        same("ways", [("partner", "partner"), ("222%", "elsewhere"), (None, None)],
             [(row["policy"], row["connection"]) for row in world.cdrs()])


@scenario("routing/shadow", "routing", peers=("smpplib", "npm smpp"))
def shadow(run):
    """A shadow policy counts what it would have taken and takes nothing"""
    with run.world("env1") as world:
        smsc(run, world)
        provisioned(world, "a", "b")
        policy(world, "222%", "--via", "a")
        policy(world, "trial", "--pattern", "2222%", "--priority", "1", "--via", "b", "--shadow")
        world.commit("a trial")
        world.wait_links(2)
        plan = [(number, f"{number} {n}") for n in range(7) for number in ("22220", "22230")]
        Campaign(bound_tata(world), plan).submit_all().collect_receipts().check(accepted=14)
        same("connections", {"a"}, {row["connection"] for row in world.cdrs()})
        taken = {}

        def counted():
            rows = world.cli.lines("policy", "list", "--env", "env1")
            taken.update({row["name"]: row.get("shadow_taken") for row in rows})
            return taken["trial"] == 7

        until("seven counted", counted)
        same("who counts", {"trial": 7, "222%": None}, taken)


@scenario("routing/least-cost", "routing", peers=("smpplib", "npm smpp"))
def least_cost(run):
    """The cheapest way that is there is taken, and none that costs more than the SMS is sold for"""
    costs = {"dear": "0.008", "cheap": "0.004", "loss": "0.03"}
    with run.world("env1") as world:
        smsc(run, world)
        provisioned(world, *costs)
        for name, price in costs.items():
            world.cli.run("tariff", "add", f"at-{name}", "--env", "env1", "--currency", "USD",
                          "--price", f"222={price}")
            world.cli.run("connection", "set", name, "--env", "env1", "--cost", f"at-{name}")
        policy(world, "222%", "--via", "loss,dear,cheap", "--order", "cost")
        world.commit("least cost")
        world.wait_links(3)
        tata = bound_tata(world)

        def sent(text):
            return tata.answer(tata.submit("2221", text))[0]

        same("all there", 0, sent("cheap"))
        for off, text, status in (("cheap", "dear", 0), ("dear", "nothing is left", 0x0B)):
            world.cli.run("connection", "set", off, "--env", "env1", "--disabled")
            world.commit(f"without {off}")
            same(text, status, sent(text))
        policy(world, "222%", "--below-cost", verb="set")
        world.commit("at any cost")
        same("below cost", 0, sent("loss"))
        tata.until("receipts", lambda: len(tata.receipts) == 3)
        same("way, cost and price", [("cheap", 4000, 10000), ("dear", 8000, 10000), (None, 0, 0),
                                     ("loss", 30000, 10000)],
             [(row["connection"], row["vendor_cost_micros"], row["charge_micros"])
              for row in world.cdrs()])


@scenario("routing/move", "routing", peers=("smpplib", "sipp"), seconds=180, shards=2)
def environment_moves(run):
    """J6: 222% moves from env2 to env5 in one commit under load: none lost, none twice"""
    with run.world("env1", "env2", "env5") as world:
        world.start()
        world.add_environments()
        world.add_tata(window=200)
        phones = []
        numbers = [f"222{n}" for n in range(4)]
        for env in ("env2", "env5"):
            for number in numbers:
                world.add_account(env, number)
        world.add_link("env1", "env2", "222%")
        world.add_link("env1", "env5")
        world.cli.run("carrier", "set", "env1", "--env", "env2", "--tps", "150")
        world.commit("222% is env2's, which is slow")
        world.wait_links(2)
        for place, env in enumerate(("env2", "env5")):
            for n, number in enumerate(numbers):
                phones.append(world.own(Sipp(
                    number, PHONE_PASSWORD, f"{env}.example", world.nodes[env].address,
                    run.directory, 25060 + 100 * place + 10 * n)).register())
        plan = [(numbers[n % 4], f"text {n}") for n in range(1200)]
        tata, moved = bound_tata(world), []

        def progress(answered):
            if answered > 400 and not moved:
                moved.append(answered)
                policy(world, "222%", "--via", "env5", verb="set")
                world.commit("222% is env5's")

        campaign = Campaign(tata, plan, window=100).submit_all(progress)
        campaign.collect_receipts().check(accepted=1200)
        expect_each_once(phones, [text for _, text in plan])
        old, new = (sum(at_phones(half).values()) for half in (phones[:4], phones[4:]))
        true(f"both took some: {old} and {new}", old > 0 and new > 0)
        rows = world.cdrs("--carrier", "TATA")
        true("some waited for env2 and went to env5", sum(row["reroutes"] for row in rows))
        same("charged", 1200 * 10000, sum(row["charge_micros"] for row in rows))
        run.say(f"moved after {moved[0]} answers: {old} by env2, {new} by env5, "
                f"{sum(row['reroutes'] for row in rows)} changed their way in the queue")
