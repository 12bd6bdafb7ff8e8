"""What an operator sees: metrics, health, alarms, dashboards."""

import glob
import json
import os
import re
import subprocess
import urllib.error
import urllib.request

from campaign import Campaign
from carriers import Smpplib
from paths import ROOT
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true, until
from world import METRICS, PHONE_PASSWORD, TATA_PASSWORD

ROLE = os.path.join(ROOT, "ansible", "roles", "observe", "files")
SMS = 200


def get(path):
    """Status and text of an address of the metrics' port."""
    try:
        with urllib.request.urlopen(f"http://{METRICS}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def samples(text):
    """name -> [(labels, value)]."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            found.setdefault(name, []).append(
                (dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")), float(value)))
    return found


def total(found, metric, /, **labels):
    """The sum of the samples that have these labels."""
    return sum(value for have, value in found.get(metric, [])
               if labels.items() <= have.items())


@scenario("observe/metrics", "observe", peers=["smpplib", "sipp", "promtool"])
def metrics(run):
    """200 SMS and 5 refusals are what the metrics say, promtool likes them, and no number shows."""
    with run.world("env1", shards=2) as world:
        world.start().story()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                       25060).register())
        plan = [("1111", f"sms {n}") for n in range(SMS)]
        plan += [("999000", f"no {n}") for n in range(5)]
        Campaign(tata, plan).submit_all().collect_receipts()

        def told():
            found = samples(get("/metrics")[1])
            return found if total(found, "signalbox_receipts_taken_total") >= SMS else None

        found = until("metrics that have caught up", told, 10, 0.1)
        same("accepted", SMS, total(found, "signalbox_sms_accepted_total"))
        same("delivered", SMS, total(found, "signalbox_sms_delivered_total"))
        for span in ("accept", "delivery", "receipt"):
            same(f"{span} timed", SMS, total(found, f"signalbox_{span}_seconds_count"))
            same(f"{span} in its last step", SMS,
                 total(found, f"signalbox_{span}_seconds_bucket", le="+Inf"))
        same("refused with 0x0B", 5,
             total(found, "signalbox_refused_total", name="TATA", status="0x0000000B"))
        same("binds of TATA", 1, total(found, "signalbox_binds", name="TATA", role="carrier"))
        same("messages of TATA", SMS + 5,
             total(found, "signalbox_peer_received_total", name="TATA"))
        text = get("/metrics")[1]
        judged = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                capture_output=True)
        same(f"promtool: {judged.stdout}{judged.stderr}", 0, judged.returncode)
        labels = {name for rows in found.values() for have, _ in rows for name in have}
        known = {"node", "shard", "environment", "role", "name", "state", "status", "le",
                 "version", "policy"}
        same("labels nobody knows", set(), labels - known)
        true("no number is a label", '"1111"' not in text and "999000" not in text)
        run.say(f"{len(text.splitlines())} lines, {len(found)} series' names; promtool is content")
        health(run, world)
        dashboards(run, found)


def health(run, world):
    """Ready while the node beats, and not when it is gone."""
    same("live", (200, "live\n"), get("/health/live"))
    status, text = get("/health/ready")
    same(f"ready: {text}", 200, status)
    same("shards", 2, len(json.loads(text)["shards"]))
    world.nodes["env1"].process.kill()
    until("a node that is missed", lambda: get("/health/ready")[0] == 503, 10, 0.1)
    said = json.loads(get("/health/ready")[1])["because"]
    same("why it is not ready", ["node env1 does not beat"], said)
    same("signalbox_node_up", 0, total(samples(get("/metrics")[1]), "signalbox_node_up"))
    run.say("health follows the node's beat")


def dashboards(run, found):
    """Every metric that a dashboard or an alarm names exists, and every board is well formed."""
    count = 0
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in found} | set(found)
    # Only there when it happens.
    bases |= {"signalbox_peer_refused_total", "signalbox_connection_waiting",
              "signalbox_connection_ready", "signalbox_shadow_taken_total"}
    for path in glob.glob(f"{ROLE}/dashboards/*.json"):
        with open(path, encoding="utf-8") as file:
            board = json.load(file)
        same(f"schema of {board['uid']}", 39, board["schemaVersion"])
        ids = [panel["id"] for panel in board["panels"]]
        same(f"ids of {board['uid']}", len(ids), len(set(ids)))
        for panel in board["panels"]:
            true(f"place of {panel['title']}", panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24)
            for target in panel["targets"]:
                expect_known(bases, target["expr"])
                count += 1
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                expect_known(bases, variable["query"]["query"])
    with open(f"{ROLE}/signalbox.rules.yml", encoding="utf-8") as file:
        expect_known(bases, file.read())
    for words in (["check", "rules", "signalbox.rules.yml"],
                  ["test", "rules", "signalbox.rules.test.yml"]):
        judged = subprocess.run(["promtool", *words], cwd=ROLE, capture_output=True, text=True)
        same(f"promtool {' '.join(words)}: {judged.stdout}{judged.stderr}", 0, judged.returncode)
    run.say(f"{count} queries of 4 dashboards name metrics that exist; promtool tried each alarm")


def expect_known(bases, text):
    """Every metric of ours that is named is there."""
    named = {re.sub(r"_(bucket|sum|count)$", "", name)
             for name in re.findall(r"signalbox_[a-z_]+", text)}
    same(f"unknown metrics in {text[:60]!r}", set(), {
        name for name in named if name not in bases and not name.endswith("_rules")})
