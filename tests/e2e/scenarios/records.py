"""4.1n: records that are closed: files that others read, proofs that carriers check."""

import csv
import datetime
import decimal
import glob
import hashlib
import importlib.util
import json
import os
import subprocess
import sys

import duckdb
import pyarrow.parquet

from paths import ROOT, binary
from scenarios.money import bound, campaign, today
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD

CDR = """\
every = "1m"
wait = "0s"
formats = ["csv", "csv.zst", "jsonl", "parquet"]
"""

PROVE = os.path.join(ROOT, "tools", "package", "prove.py")


def new_key(run, word="--new-proof-key"):
    """Makes the key that signs; its public half."""
    words = [binary("signalbox-control"), "--config", "control.toml", word]
    made = subprocess.run(words, cwd=run.directory, capture_output=True, text=True, check=True)
    return made.stdout.strip()


def closed(world, rows):
    """The folios, once that many records are in them and their files are there."""
    def done():
        folios = world.cli.json("cdr", "closed")
        shipped = [one for one in folios if one["state"] == "shipped"]
        return shipped if sum(one["rows"] for one in shipped) == rows else None
    return until(f"{rows} closed records", done, seconds=150, every=0.5)


def of(run, ending):
    """The files of all folios that end so."""
    return sorted(glob.glob(os.path.join(run.directory, "cdr", f"*.{ending}")))


def check_manifests(run):
    """Each file is what its manifest says; rows in all."""
    rows = 0
    for path in of(run, "manifest.json"):
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        rows += manifest["rows"]
        for one in manifest["files"]:
            with open(os.path.join(run.directory, "cdr", one["name"]), "rb") as file:
                octets = file.read()
            same(f"length of {one['name']}", one["octets"], len(octets))
            same(f"hash of {one['name']}", one["sha256"], hashlib.sha256(octets).hexdigest())
    return rows


def check_readers(run, expected):
    """pyarrow, duckdb and Python's csv read the same of the files, and it is what happened."""
    table = pyarrow.concat_tables(map(pyarrow.parquet.read_table, of(run, "parquet")))
    same("type of times", "timestamp[ns, tz=UTC]", str(table.schema.field("in_time").type))
    same("type of amounts", "decimal128(18, 6)", str(table.schema.field("sell_amount").type))
    times = dict(zip(table.column("record_id").to_pylist(),
                     table.column("in_time").cast("int64").to_pylist()))
    parquet = table.select(["record_id", "sell_amount", "dlr_state", "dst"]).to_pylist()
    by_id = {row["record_id"]: row for row in parquet}
    same("ids in Parquet", sorted(expected), sorted(by_id))
    for cdr_id, row in expected.items():
        found = by_id[cdr_id]
        same(f"amount of {cdr_id}", decimal.Decimal(row["charge_micros"]) / 1000000,
             found["sell_amount"] or decimal.Decimal(0))
        same(f"state of {cdr_id}", row["status"], found["dlr_state"])
        same(f"called of {cdr_id}", row["cld"]["addr"], found["dst"])
        received = datetime.datetime.fromisoformat(row["ts_received"].replace("Z", "+00:00"))
        since = received - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        same(f"time of {cdr_id}", since // datetime.timedelta(microseconds=1),
             times[cdr_id] // 1000)
    pattern = os.path.join(run.directory, "cdr", "*.parquet")
    count, amount = duckdb.sql("SELECT count(*), sum(sell_amount) FROM read_parquet("
                               f"'{pattern}') WHERE dlr_state = 'DELIVRD'").fetchall()[0]
    delivered = [row for row in expected.values() if row["status"] == "DELIVRD"]
    same("delivered by duckdb", len(delivered), count)
    same("sum by duckdb", sum(row["charge_micros"] for row in delivered), int(amount * 1000000))
    from_csv = []
    for path in of(run, "csv"):
        with open(path, encoding="utf-8", newline="") as file:
            from_csv += list(csv.DictReader(file, strict=True))
    from_json = []
    for path in of(run, "jsonl"):
        with open(path, encoding="utf-8") as file:
            from_json += [json.loads(line) for line in file]
    as_text = [{key: "" if value is None else str(value).lower() if value is True
                or value is False else str(value) for key, value in row.items()}
               for row in from_json]
    same("CSV and JSON", as_text, from_csv)


def check_proof(run, world, key, cdr_id, signer=None):
    """prove.py takes the proof, and none with an octet altered; by openssl alone, too."""
    path = os.path.join(run.directory, "sms.proof")
    world.cli.run("prove", cdr_id, "--write", path)
    told = subprocess.run([sys.executable, PROVE, key, path], capture_output=True, text=True,
                          check=True)
    same("the record that is proven", cdr_id, json.loads(told.stdout)["record_id"])
    spec = importlib.util.spec_from_file_location("prove", PROVE)
    prove = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prove)
    with open(path, "rb") as file:
        proof = file.read()
    for at in range(len(proof)):
        altered = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1:]
        try:
            prove.check(altered, key)
        except ValueError:
            continue
        raise AssertionError(f"octet {at} altered, and it is proven")
    other = "00" * 31 + "01"
    wrong = subprocess.run([sys.executable, PROVE, other, path], capture_output=True, text=True,
                           check=False)
    same("with another key", 1, wrong.returncode)
    true("it says so", "NOT PROVEN" in wrong.stderr)
    head = proof[proof.index(b"signalbox folio"):proof.index(b"signature ")]
    signature = bytes.fromhex(proof[proof.index(b"signature ") + 10:][:128].decode())
    true("by openssl", prove.is_signed_by_openssl(head, signature, bytes.fromhex(signer or key)))
    return len(proof)


def check_reconciling(run, world, expected):
    """A file of theirs with four differences; the sums add up."""
    rows = [row for row in expected.values() if row["status"] == "DELIVRD"]
    path = os.path.join(run.directory, "theirs.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["Message id", "Parts", "Rate"])
        lines.writerow([rows[0]["cdr_id"], 1, "0.02"])
        lines.writerow([rows[1]["cdr_id"], 2, "0.01"])
        lines.writerow([rows[2]["cdr_id"], 1, "0.01"])
        for row in rows[2:-1]:
            lines.writerow([row["cdr_id"].lower(), 1, "0.01"])
    words = ("reconcile", path, "--carrier", "TATA", "--month", today()[:7],
             "--map", "id=Message id,segments=Parts,price=Rate")
    told = json.loads(world.cli.run(*words, "--json", code=8))
    found = {one["reason"]: (one["rows"], one["micros"]) for one in told["differences"]}
    same("reasons", {"price": (1, 10000), "segments": (1, 10000), "duplicate": (1, 10000),
                     "only-ours": (1, -10000)}, found)
    same("ours", 400000, told["ours"]["micros"])
    same("theirs", told["ours"]["micros"] + sum(micros for _, micros in found.values()),
         told["theirs"]["micros"])
    true("as a table", "only-ours" in world.cli.run(*words, code=8))


def check_what_if(world):
    """A draft's price for what was sent this month."""
    world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--price", "11=0.03")
    told = world.cli.json("what-if", "--month", today()[:7])
    same("lines", [("TATA", "11", 400000, 1200000)],
         [(one["carrier"], one["prefix"], one["charged_micros"], one["draft_micros"])
          for one in told["lines"]])
    world.cli.run("discard")


@scenario("4.1n/records", "money", peers=("smpplib", "sipp", "pyarrow", "duckdb"), seconds=300)
def records(run):
    """Files of closed records are read by others, found, verified, reconciled and proven to the
    octet"""
    with run.world("env1", cdr=CDR) as world:
        key = new_key(run)
        world.start().story()
        world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                       25060)).register()
        tata = bound(world)
        one, statuses = campaign(tata, 40)
        same("answers", {0: 40}, statuses)
        one.collect_receipts()
        true("refused", tata.answer(tata.submit("7777", "nobody pays this"))[0] != 0)
        expected = {row["cdr_id"]: row for row in world.cdrs()}
        same("records", 41, len(expected))
        folios = closed(world, 41)
        same("the key", {key}, {folio["key"] for folio in folios})
        same("rows of the manifests", 41, check_manifests(run))
        check_readers(run, expected)
        some = sorted(cdr_id for cdr_id in expected if "-" not in cdr_id)[7]
        octets = check_proof(run, world, key, some)
        found = world.cli.lines("cdr", "find", "--number", "1111", "--limit", "1000")
        same("found by number", 40, len(found))
        same("found by id", [some],
             [row["cdr_id"] for row in world.cli.lines("cdr", "find", "--id", some)])
        verified = world.cli.json("ledger", "verify")
        same("faults", [], verified["faults"])
        same("the ledger", 400000, verified["ledger_micros"])
        same("records verified", 41, verified["records"])
        check_reconciling(run, world, expected)
        check_what_if(world)
        files = {path: open(path, "rb").read() for path in of(run, "*")}
        rotated = new_key(run, "--rotate-proof-key")
        true("another key", rotated != key)
        world.control.kill()
        world.start_control()
        campaign(tata, 3, words="later")
        folios = closed(world, 44)
        same("the keys", {key, rotated}, {folio["key"] for folio in folios})
        late = [row["cdr_id"] for row in world.cdrs() if row["cdr_id"] not in expected]
        check_proof(run, world, key, late[0], signer=rotated)
        path = os.path.join(run.directory, "older.proof")
        world.cli.run("prove", some, "--write", path)
        told = subprocess.run([sys.executable, PROVE, rotated, path], capture_output=True,
                              text=True, check=True)
        same("proven by the new key", some, json.loads(told.stdout)["record_id"])
        same("faults with two keys", [], world.cli.json("ledger", "verify")["faults"])
        same("files that were there", files, {path: open(path, "rb").read() for path in files})
        run.say(f"{len(folios)} folios, a proof of {octets} octets")
        tata.unbind()
