"""Money beyond single SMS: every door says the same sum, payments, lists that begin."""

import csv
import datetime
import io
import json
import os
import re
import time
import xml.etree.ElementTree
import zipfile

from scenarios.money import NO_CREDIT, campaign, expect, settled, site, today
from scenarios.registry import scenario
from waiting import same, true, until

CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def workbook(path):
    """The rows of the first sheet of a workbook, as texts."""
    with zipfile.ZipFile(path) as book:
        texts = xml.etree.ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        shared = ["".join(part.text or "" for part in one.iter(f"{CELL}t"))
                  for one in texts.iter(f"{CELL}si")]
        sheet = xml.etree.ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{CELL}row"):
        cells = []
        for cell in row.iter(f"{CELL}c"):
            value = cell.findtext(f"{CELL}v") or ""
            cells.append(shared[int(value)] if cell.get("t") == "s" else value)
        rows.append(cells)
    return rows


@scenario("4.1k/doors", "money", peers=("smpplib", "sipp"), seconds=240)
def doors(run):
    """1000 SMS from TATA are 10.00 USD from every door: CLI, API, CSV, XLSX and HTML"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        one, statuses = campaign(tata, 1000)
        same("answers", {0: 1000}, statuses)
        one.collect_receipts(120)
        world.cli.run("harvest", "--wait")
        span = ("settle", "--carrier", "TATA", "--from", today(-1), "--to", today(2))
        true("CLI", "Due: 10.00 USD" in world.cli.run(*span))
        told = json.loads(world.cli.run(*span, "--json"))
        same("API", ("10.00 USD", 10000000), (told["due"], told["total_micros"]))
        paths = {ending: os.path.join(run.directory, f"due.{ending}")
                 for ending in ("csv", "html", "xlsx", "json")}
        for path in paths.values():
            world.cli.run(*span, "--write", path)
        octets = {}
        for ending, path in paths.items():
            with open(path, "rb") as file:
                octets[ending] = file.read()
        lines = list(csv.DictReader(io.StringIO(octets["csv"].decode())))
        same("CSV", 10000000, sum(int(line["charge_micros"]) for line in lines))
        same("JSON in a file", told, json.loads(octets["json"]))
        page = octets["html"].decode()
        same("HTML", "10.00 USD", re.search(r"Due</th><td[^>]*>([^<]*)<", page)[1])
        rows = workbook(paths["xlsx"])
        true("XLSX", any(row[0] == "Due" and "10.00 USD" in row for row in rows if row))
        same("XLSX, to the last unit", 10000000,
             sum(int(row[-1]) for row in rows if len(row) == 8 and row[-1].lstrip("-").isdigit()))
        for ending, path in paths.items():
            world.cli.run(*span, "--write", path)
            with open(path, "rb") as file:
                true(f"{ending}, asked again, octet for octet", file.read() == octets[ending])
        run.say("1000 SMS from TATA: 10.00 USD from the table, JSON, CSV, HTML and XLSX")
        tata.unbind()


def balance(world):
    """How TATA's account stands."""
    [found] = json.loads(world.cli.run("balance", "TATA", "--json"))
    return found


@scenario("4.1l/payments", "money", peers=("smpplib", "sipp"), seconds=180, shards=2)
def payments(run):
    """What TATA pays it may spend a moment later, and no more, with control dead, too (G5)"""
    with run.world("env1") as world:
        tata, _ = site(run, world, credit="0")
        _, statuses = campaign(tata, 2, words="before it paid")
        same("answers", {NO_CREDIT: 2}, statuses)
        world.cli.run("carrier", "pay", "TATA", "0.30", "-m", "wire 4711")
        until("the first SMS that is paid for",
              lambda: tata.answer(tata.submit("1111", "paid?"))[0] == 0, 5)
        _, statuses = campaign(tata, 20, words="paid for")
        same("answers", {0: 20}, statuses)
        until("a balance of 0.09 on the board",
              lambda: balance(world)["left"] == "0.09", 3)
        same("the account", ("0.09", 300000, 210000, 0),
             tuple(balance(world)[key] for key in
                   ("balance", "booked_micros", "charged_micros", "held_micros")))
        # The store is away, and the node starts again meanwhile: the bank knows what it needs.
        world.control.kill()
        world.nodes["env1"].process.kill()
        world.nodes["env1"].start()
        tata.close()
        until("bind after the kill", lambda: tata.bind() == 0, 20)
        _, statuses = campaign(tata, 15, words="nobody keeps books")
        same("answers", {0: 9, NO_CREDIT: 6}, statuses)
        world.start_control()
        world.cli.run("carrier", "adjust", "TATA", "0.02", "-m", "it was 0.32")
        until("more to spend", lambda: tata.answer(tata.submit("1111", "more?"))[0] == 0, 5)
        _, statuses = campaign(tata, 5, words="the last one")
        same("answers", {0: 1, NO_CREDIT: 4}, statuses)
        found = settled(world)
        same("units", 32, found["billing_units"])
        same("due, less the adjustment", "0.30 USD", found["due"])
        until("a balance of nothing on the board", lambda: ("0.00", "0.00") == tuple(
            balance(world)[key] for key in ("balance", "left")), 3)
        rows = json.loads(world.cli.run("bookings", "TATA", "--json"))
        same("the account's lines",
             [("payment", "0.30", "wire 4711"), ("adjustment", "0.02", "it was 0.32")],
             [(row["kind"], row["amount"], row["reason"]) for row in rows])
        true("authors", all(row["author"] for row in rows))
        tata.unbind()


@scenario("4.1m/begins", "money", peers=("smpplib", "sipp"), seconds=120, shards=2)
def begins(run):
    """A price list that was committed before begins at its second, with control dead (G2)"""
    with run.world("env1") as world:
        tata, _ = site(run, world)
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        begins_at = now + datetime.timedelta(seconds=12)
        stamp = begins_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--from", stamp,
                      "--price", "1=0.02")
        world.commit("dearer, soon")
        world.control.kill()
        sent = 0
        while datetime.datetime.now(datetime.timezone.utc) < begins_at + datetime.timedelta(
                seconds=3):
            same("answer", 0, tata.answer(tata.submit("1111", f"number {sent}"))[0])
            sent += 1
            time.sleep(0.02)
        world.start_control()
        rows = world.cdrs("--env", "env1", "--carrier", "TATA")
        same("records", sent, len(rows))
        wrong = [row for row in rows if (row["price_micros"] == 20000)
                 != (row["ts_accepted"] >= stamp.replace("Z", ".000000Z"))]
        same("records with another price than that of their time", [], wrong)
        dear = [row for row in rows if row["price_micros"] == 20000]
        true("some before and some after", 0 < len(dear) < sent)
        same("since", {stamp}, {row["tariff_since"] for row in dear})
        expect(settled(world), f"{(sent + len(dear)) / 100:.2f} USD", sent)
        tata.unbind()


