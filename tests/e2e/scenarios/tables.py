"""Tables of rows that come as files: ten million of them, and files that are wrong."""

import json
import os
import signal
import time

from carriers import Smpplib
from paths import binary
from process import Process
from scenarios.adoption import SINK, add_sink
from scenarios.registry import scenario
from waiting import same, true, until
from world import TATA_PASSWORD

ROWS = int(os.environ.get("SIGNALBOX_ROWS", "10000000"))
WAYS = 4
# Coprime to every power of ten: numbers that look random and never come twice.
STRIDE = 618_033_989
# The promises at ten million rows, and how much of a busy machine is forgiven.
COMPILE_S, COMPILE_MIB, PUBLISH_S, CHANGE_S, STALL_US, BUSY = 5, 2048, 1, 0.2, 200, 4


def row(number):
    """The pattern of a row and a number that it matches: prefixes of 8 and 10 digits, numbers."""
    if number % 4 == 0:
        short = f"33{number * STRIDE % 10**7 if ROWS < 10**7 else number // 4:07d}"
        return short + "%", short + "99"
    if number % 4 == 1:
        whole = f"32{number * STRIDE % 10**10:010d}"
        return whole, whole
    long = f"31{number * STRIDE % 10**9:09d}"
    return long + "%", long + "7"


def way(number):
    """The connection of a row."""
    return f"way{number // 4 % WAYS}"


def write_rows(path, rows):
    """The same file for the same count; the rows are in no order."""
    with open(path, "w", encoding="ascii") as file:
        file.write("pattern,target\n")
        for first in range(0, rows, 100_000):
            file.write("".join(f"{row(number)[0]},{way(number)}\n"
                               for number in range(first, min(first + 100_000, rows))))


def peak_mib(pid):
    """The most memory that a process ever had."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def adopt_us(world):
    """How long the longest turn took in which a shard began to obey its plan."""
    return max(shard["adopt_us"] for shard in world.node_status("env1")["shards"])


class Figures:
    """What was measured, beside what was promised for a machine that does nothing else."""

    def __init__(self, run):
        self.run = run

    def note(self, what, measured, promised, unit):
        """Says it; what is over the promise by more than a busy machine explains is a failure."""
        kept = "kept" if measured <= promised else "OVER"
        self.run.say(f"{what:44} {measured:8.2f} of {promised} {unit}  {kept}")
        true(f"{what}: {measured} is at most {BUSY} times {promised} {unit}",
             measured <= BUSY * promised)


def timed(do):
    """How long something takes, and what it gives."""
    begun = time.monotonic()
    given = do()
    return time.monotonic() - begun, given


@scenario("R/ten-million-rows", "routing", peers=("smpplib", "signalbox-load"), seconds=460,
          shards=2)
def ten_million_rows(run):
    """A table of ten million rows: imported, adopted under load, asked, changed, taken back"""
    path = os.path.join(run.directory, "rows.csv")
    took, _ = timed(lambda: write_rows(path, ROWS))
    run.say(f"{ROWS} rows, {os.path.getsize(path) >> 20} MiB, written in {took:.1f} s")
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata(window=500, binds=8)
        for number in range(WAYS):
            add_sink(world, f"way{number}")
        world.cli.run("policy", "add", "222%", "--env", "env1", "--via", "way0")
        world.commit("the beginning")
        load = Process("load", [
            binary("signalbox-load"), "smpp-smpp", "--connect", "127.0.0.2:2775",
            "--system-id", "tata", "--password", TATA_PASSWORD, "--binds", "2",
            "--listen", SINK, "--sink-binds", str(WAYS), "--first-number", "222000000",
            "--rate", "300", "--for", "3600", "--json", "--no-progress"], world.directory).start()
        try:
            until("traffic", lambda: world.tally("env1", "sms_accepted") > 300, 30)
            import_and_commit(run, world, path)
            ask(run, world)
            change_and_go_back(run, world)
        finally:
            load.child.send_signal(signal.SIGINT)
        same("exit code of the load", 0, load.wait(60))
        account = json.loads(load.log()[load.log().index("{"):])["account"]
        same("refused, lost, doubled", ({}, 0, 0),
             (account["refused"], account["lost"], account["delivered_twice"]))
        run.say(f"{account['delivered']} SMS passed meanwhile")


def import_and_commit(run, world, path):
    """From the file to shards that obey."""
    figures, pid = Figures(run), world.control.child.pid
    before, baseline = peak_mib(pid), adopt_us(world)
    imported, said = timed(lambda: world.cli.json(
        "table", "import", "ported", path, "--env", "env1", "--priority", "5"))
    same("rows, targets", (ROWS, WAYS), (said["rows"], said["targets"]))
    committed, said = timed(lambda: world.cli.json(
        "commit", "-m", "ten million rows", "--wait-for", "30"))
    compiled = said["compile_us"] / 1e6
    run.say(f"imported in {imported:.2f} s, committed in {committed:.2f} s, {compiled:.2f} s of "
            f"them for {said['plan_len']} octets; control had {before} MiB before")
    figures.note("from CSV to a compiled plan", imported + compiled, COMPILE_S, "s")
    figures.note("memory of control at its highest", peak_mib(pid), COMPILE_MIB, "MiB")
    figures.note("published and adopted by two shards", committed - compiled, PUBLISH_S, "s")
    run.say(f"the turn that adopted took {adopt_us(world)} us; with a small plan {baseline} us")
    figures.note("longest turn that adopted", adopt_us(world), STALL_US, "us")


def ask(run, world):
    """Rows decide as they say, by `route test` and by real SMS."""
    numbers = [n * (ROWS // 40) + n % 4 for n in range(40)]
    took, _ = timed(lambda: expect_route(world, numbers[0]))
    for number in numbers[1:4]:
        expect_route(world, number)
    tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind", 0, tata.bind())
    for number in numbers:
        same(f"answer for {row(number)[1]}", 0, tata.answer(
            tata.submit(row(number)[1], f"row {number}"))[0])
    found = {}

    def recorded():
        found.update({one["cld"]["addr"]: one for one in world.cdrs("--carrier", "TATA")
                      if one["cld"]["addr"].startswith("3")})
        return len(found) == len(numbers)

    until("all in the CDRs", recorded, 20)
    for number in numbers:
        record = found[row(number)[1]]
        same(f"way of {row(number)[1]}", (way(number), f"@ported {way(number)}"),
             (record["connection"], record["policy"]))
    run.say(f"`route test` took {took:.2f} s; {len(numbers)} SMS went the ways of their rows")


def expect_route(world, number):
    """What `route test` says of a number that a row matches."""
    said = world.cli.json("route", "test", "--env", "env1", row(number)[1])
    same(f"connection for {row(number)[1]}", way(number), said["live"]["connection"])


def change_and_go_back(run, world):
    """A small change at that size, and the way back."""
    figures = Figures(run)
    world.cli.run("policy", "add", "3%", "--env", "env1", "--via", "way1", "--priority", "90")
    took, _ = timed(lambda: world.commit("one policy more"))
    figures.note("a change of one policy, committed", took, CHANGE_S, "s")
    took, _ = timed(lambda: world.cli.run("rollback", "1", "-m", "without", "--wait-for", "30",
                                          "--force"))
    run.say(f"rolled back to the plan without the table in {took:.2f} s")
    same("exit code of a route of a row", 3, world.cli.call(
        "route", "test", "--env", "env1", row(5)[1]).returncode)
    took, _ = timed(lambda: world.cli.run("rollback", "2", "-m", "with", "--wait-for", "30"))
    run.say(f"rolled back to the plan with the table in {took:.2f} s")
    expect_route(world, 5)


@scenario("R/wrong-rows", "routing", peers=("the programs alone",))
def wrong_rows(run):
    """A file of rows that is wrong is refused with its lines, and nothing of it stays"""
    with run.world("env1") as world:
        world.start_control()
        world.add_environments()
        add_sink(world, "cheap")
        world.commit("the beginning")
        path = os.path.join(run.directory, "wrong.csv")
        with open(path, "w", encoding="ascii") as file:
            file.write("pattern,target\n22%,cheap\n22x%,cheap\n33%,chaep\n22%,refuse\n")
        refused = world.cli.call("table", "import", "ported", path, "--env", "env1")
        same("exit code", 5, refused.returncode)
        for words in (f"{path}:3: '22x%'", f"{path}:4: there is no connection 'chaep' in env1; "
                      "did you mean cheap?", "nothing was imported"):
            true(f"`{words}` in {refused.stderr!r}", words in refused.stderr)
        same("draft", [], world.cli.json("diff")["changes"])
        same("files that stay", [], os.listdir(os.path.join(world.directory, "control", "tables")))
        missing = world.cli.call("table", "import", "ported", path + ".gone", "--env", "env1")
        same("exit code", 1, missing.returncode)
        nowhere = world.cli.call("table", "import", "ported", path, "--env", "env9")
        same("exit code", 3, nowhere.returncode)
