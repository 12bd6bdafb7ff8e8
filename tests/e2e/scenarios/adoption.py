"""Generations: published under load, published badly, not published at all (promises.md C1-C7)."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess

from campaign import Campaign
from carriers import Smpplib
from paths import binary
from process import Process
from scenarios.bad_input import resident, site
from scenarios.registry import scenario
from waiting import same, true, until
from world import LINK_PASSWORD, TATA_PASSWORD

SINK = "127.0.0.9:2775"


class Control:
    """Control's own interface, for who commits a thousand times."""

    def __init__(self, path):
        self.path = path

    def post(self, address, **body):
        """The answer to a POST; any refusal is a failure."""
        link = http.client.HTTPConnection("localhost")
        link.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.sock.connect(self.path)
        link.request("POST", address, json.dumps(body), {"Content-Type": "application/json"})
        answer = link.getresponse()
        said = json.loads(answer.read())
        same(f"status of {address}: {said}", 200, answer.status)
        link.close()
        return said

    def set(self, kind, env, name, **fields):
        """Drafts a change."""
        return self.post("/v1/change", verb="set", kind=kind, env=env, name=name, fields=fields)

    def commit(self, message, wait_s=0):
        """The number of the new generation."""
        return self.post("/v1/commit", message=message, wait_s=wait_s)["generation"]


def add_sink(world, name):
    """A connection to the load harness's message centre."""
    world.cli.run("connection", "add", name, "--env", "env1", "--remote", SINK,
                  "--system-id", name, "--window", "500", "--always-ask", "off",
                  "--password-stdin",
                  stdin=LINK_PASSWORD)


@scenario("C6/storm", "routing", peers=("signalbox-load",), seconds=500, shards=2)
def storm_of_generations(run):
    """A thousand generations adopted under full load: nothing refused, lost or doubled"""
    with run.world("env1") as world:
        storm(run, world, 1000, ())


@scenario("C6/misrouting", "routing", peers=("signalbox-load",), seconds=300, shards=2)
def storm_misroutes_nothing(run):
    """Three hundred generations at 3,000 SMS a second: each goes the way of its generation"""
    with run.world("env1") as world:
        storm(run, world, 300, ("--rate", "3000"))
        world.cli.run("harvest", "--wait")
        expect_no_misrouting(run, world)


def storm(run, world, wanted, load_options):
    """Publishes while signalbox-load submits; the policy changes its connection each time."""
    world.start()
    world.add_environments()
    world.add_tata(window=500, binds=8)
    for name in ("odd", "even"):
        add_sink(world, name)
    world.cli.run("policy", "add", "222%", "--env", "env1", "--via", "odd")
    world.commit("the beginning")
    pid = world.nodes["env1"].process.child.pid
    load = Process("load", [
        binary("signalbox-load"), "smpp-smpp", "--connect", "127.0.0.2:2775",
        "--system-id", "tata", "--password", TATA_PASSWORD, "--binds", "4", "--window", "100",
        "--listen", SINK, "--sink-binds", "2", "--first-number", "222000000",
        "--for", "3600", "--json", "--no-progress", *load_options], world.directory).start()
    try:
        until("traffic", lambda: world.tally("env1", "sms_accepted") > 1000, 30)
        before, control = resident(pid), Control(world.socket)
        first = max(world.generations("env1"))
        peak = before
        for number in range(wanted):
            generation = first + 1 + number
            control.set("policy", "env1", "222%", via=["even" if generation % 2 == 0 else "odd"])
            same("generation", generation, control.commit(f"generation {generation}"))
            if number == wanted // 2:
                # What a shard remembers of finals has reached its bound by now.
                before = peak = resident(pid)
            if number % 50 == 0:
                peak = max(peak, resident(pid))
        last = first + wanted
        until(f"generation {last} at every shard",
              lambda: world.generations("env1") == {last}, 20)
        grown = (max(peak, resident(pid)) - before) >> 20
    finally:
        load.child.send_signal(signal.SIGINT)
    same("exit code of the load", 0, load.wait(60))
    found = json.loads(load.log()[load.log().index("{"):])
    account = found["account"]
    same("refused, lost, doubled", ({}, 0, 0),
         (account["refused"], account["lost"], account["delivered_twice"]))
    run.say(f"{wanted} generations while {account['delivered']} SMS passed, "
            f"{found['accepted_per_s']:.0f}/s; memory grew by {grown} MiB in the second half")
    # Folding old volumes of the journal takes some 150 MiB while it lasts; a plan takes a few kB.
    true(f"memory grown by less than 256 MiB (grew {grown} MiB)", grown < 256)


def expect_no_misrouting(run, world):
    """Each Sms went the way of the generation by which it was accepted."""
    store = sqlite3.connect(os.path.join(world.directory, "control", "signalbox.db"))
    names = dict(store.execute("SELECT id, key FROM identity WHERE kind = 'connection'"))
    rows = store.execute("SELECT generation, connection, refusal, count(*) FROM cdr "
                         "GROUP BY generation, connection, refusal").fetchall()
    first = min(generation for generation, *_ in rows if generation)
    wrong = [row for row in rows if row[2] is not None or (
        row[0] > first and names[row[1]] != ("even" if row[0] % 2 == 0 else "odd"))]
    same("refused or misrouted, by generation", [], wrong)
    used = len({generation for generation, *_ in rows})
    run.say(f"{sum(row[3] for row in rows)} SMS by {used} generations, none misrouted")
    true("many generations saw traffic", used > 100)


@scenario("C1/no-control", "routing", peers=("smpplib", "sipp"))
def control_is_dead(run):
    """With control dead the dataplane goes on: binds, routes, prices, delivers"""
    with run.world("env1") as world:
        bystander = site(run, world)
        world.control.kill()
        bystander.check()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind without control", 0, tata.bind())
        campaign = Campaign(tata, [("1111", f"alone {n}") for n in range(20)])
        campaign.submit_all().collect_receipts().check(accepted=20)
        node = world.nodes["env1"]
        node.process.kill()
        node.start()
        campaign.bind_again()
        same("bind after a restart without control", 0, Smpplib(
            "127.0.0.2", "tata", TATA_PASSWORD).bind())
        world.start_control()
        same("charged", 20, len(world.cdrs("--carrier", "TATA")))


@scenario("C2/old-store", "routing", peers=("smpplib", "sipp"))
def control_has_an_old_store(run):
    """Control with an older or an empty store does not take the dataplane back in time"""
    with run.world("env1") as world:
        bystander = site(run, world)
        newest = max(world.generations("env1"))
        for how in ("old", "empty"):
            world.control.stop()
            store = os.path.join(world.directory, "control")
            os.rename(store, f"{store}-{how}")
            if how == "old":
                os.makedirs(store, mode=0o700)
            world.start_control()
            same(f"generation with an {how} store", {newest}, world.generations("env1"))
            bystander.check()
        world.add_environments()
        world.add_carrier("env1", "Carrier2", "c2", "another")
        world.add_account("env1", "1111")
        world.commit("begun again")
        true("the new one is higher than all before", min(world.generations("env1")) > newest)


@scenario("C4/harmful", "routing", peers=("smpplib", "sipp"))
def harmful_plan(run):
    """A harmful commit wants --force, and one command takes it back"""
    with run.world("env1") as world:
        bystander = site(run, world)
        good = max(world.generations("env1"))
        for account in ("1111",):
            world.cli.run("account", "set", account, "--env", "env1", "--messaging", "off")
        world.cli.run("tariff", "set", "TATA-in", "--env", "env1", "--price", "1=0",
                      "--price", "2=0", "--price", "3=0")
        refused = world.cli.call("commit", "-m", "a slip")
        same("exit code", 5, refused.returncode)
        for words in ("all accounts with messaging of env1", "every price of tariff TATA-in",
                      "--force"):
            true(f"`{words}` in {refused.stderr!r}", words in refused.stderr)
        same("generation", {good}, world.generations("env1"))
        bystander.check()
        world.cli.run("commit", "-m", "meant", "--force", "--wait-for", "20")
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        true("refused while messaging is off", tata.answer(tata.submit("1111", "no"))[0] != 0)
        world.cli.run("rollback", good, "-m", "as it was", "--wait-for", "20")
        bystander.check()


@scenario("C5/half-published", "routing", peers=("smpplib", "sipp"), seconds=180)
def control_dies_while_publishing(run):
    """Control killed at each step of a publication: old or new, never between, and it goes on"""
    with run.world("env1") as world:
        bystander, killed = site(run, world), []
        for step in ("openat", "fdatasync", "fsync", "rename", "renameat", "write"):
            before = max(world.generations("env1"))
            world.cli.run("carrier", "set", "TATA", "--env", "env1", "--tps", 1000 + before)
            tracer = subprocess.Popen(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(world.control.child.pid),
                 "-e", f"trace={step}", "-e", f"inject={step}:signal=KILL:when=2"])
            until("tracer", lambda: traced(world.control.child.pid), 60, every=0.02)
            world.cli.call("commit", "-m", f"killed at {step}", "--wait-for", "1")
            if not world.control.running:
                killed.append(step)
            world.control.kill()
            tracer.wait(10)
            bystander.check()
            world.start_control()
            world.cli.run("carrier", "set", "TATA", "--env", "env1", "--tps", 5000 + before)
            world.commit(f"after {step}")
            true(f"a later commit is adopted after {step}",
                 min(world.generations("env1")) > before)
            bystander.check()
        run.say(f"killed at {', '.join(killed)}")
        true("killed at several steps", len(killed) >= 3)
        left = [name for name in os.listdir(os.path.join(world.directory, "plan"))
                if not name.endswith(".snap") and name != "current"]
        same("what lies about beside the plans", [], left)


def traced(pid):
    """Does somebody trace this process?"""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return "TracerPid:\t0\n" not in status.read()


@scenario("C7/asleep", "routing", peers=("smpplib", "sipp"), seconds=120)
def reader_asleep(run):
    """A dataplane that slept through two hundred generations adopts the newest"""
    with run.world("env1") as world:
        bystander = site(run, world)
        control, process = Control(world.socket), world.nodes["env1"].process.child
        process.send_signal(signal.SIGSTOP)
        for number in range(200):
            control.set("carrier", "env1", "TATA", tps=100 + number)
            newest = control.commit(f"while it sleeps {number}")
        process.send_signal(signal.SIGCONT)
        until(f"generation {newest}", lambda: world.generations("env1") == {newest}, 20)
        bystander.check()
        same("snapshots refused", 0, world.tally("env1", "snapshots_refused"))


@scenario("3.1d", "routing", peers=("the programs alone",))
def entry_address_taken(run):
    """One entry address belongs to one environment: refused with both names (J8)"""
    with run.world("env1", "env2") as world:
        world.start_control()
        world.add_environments()
        refused = world.cli.call("environment", "set", "env2", "--smpp", "127.0.0.2:2775")
        said = refused.stdout + refused.stderr
        if refused.returncode == 0:
            refused = world.cli.call("commit", "-m", "conflict")
            said = refused.stdout + refused.stderr
        same("exit code", 5, refused.returncode)
        true(f"both names in {said!r}", "env1" in said and "env2" in said)


