"""The main path on every body of the dataplane, thin but whole."""

import datetime
import time

from campaign import Campaign, expect_each_once
from carriers import Smpplib
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true
from world import LINK_PASSWORD, PHONE_PASSWORD, TATA_PASSWORD

BODIES = {
    "uring": {"io": "uring"},
    "epoll": {"io": "epoll"},
    "glommio": {"io": "uring", "runtime": "glommio"},
}
EACH = 40


def main_path(run):
    """TATA to an app here and to one in another environment; kill -9; charged to the cent."""
    with run.world("env1", "env2") as world:
        world.start().story()
        expect_body(run, world.nodes["env1"])
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        phones = [
            world.own(Sipp(user, PHONE_PASSWORD, f"{env}.example", server, run.directory, port))
            for user, env, server, port in (("1111", "env1", "127.0.0.2", 25060),
                                            ("2222", "env2", "127.0.0.3", 25070))
        ]
        for phone in phones:
            phone.register()
        plan = [(number, f"to {number} {n}") for n in range(EACH) for number in ("1111", "2222")]
        campaign = Campaign(tata, [*plan, ("999000", "to nobody")], window=10)
        campaign.submit_all().collect_receipts()
        expect_each_once(phones, [text for _, text in plan])
        campaign.check(accepted=2 * EACH, refused_as={0x0B: 1})

        survive_a_kill(world, tata, phones[0])

        cdrs = world.cdrs("--carrier", "TATA")
        same("CDRs", 2 * EACH + 2, len(cdrs))
        same("micros charged", (2 * EACH + 1) * 10000, sum(row["charge_micros"] for row in cdrs))
        expect_prompt(run, cdrs)
        expect_nothing_secret(world, [text for _, text in plan])
        tata.unbind()
        before = time.monotonic()
        for node in world.nodes.values():
            same(f"exit code of {node.name} on SIGTERM", 0, node.process.stop(20))
        run.say(f"both nodes ended {time.monotonic() - before:.2f} s after SIGTERM")


def expect_body(run, node):
    """Its first line says on what it serves: no fallback goes unseen."""
    serving = [line for line in node.process.log().splitlines() if "serving" in line][0]
    io, runtime = run.options["io"], run.options.get("runtime", "own")
    true(f"io {io} and runtime {runtime} in its first line",
         f"io={io}" in serving and f"runtime={runtime}" in serving)


def expect_prompt(run, cdrs):
    """No wake-up is lost: half of the SMS are delivered well within a second."""
    took = sorted((moment(row["ts_final"]) - moment(row["ts_accepted"])).total_seconds()
                  for row in cdrs if row["status"] == "DELIVRD")
    median = took[len(took) // 2]
    true(f"half of the SMS delivered within 0.5 s of the answer (took {median:.3f} s)",
         median < 0.5)
    run.say(f"delivered {median * 1000:.0f} ms after the answer, in the middle of {len(took)}")


def moment(stamp):
    """A time of a CDR; microseconds will do."""
    return datetime.datetime.fromisoformat(stamp[:26].rstrip("Z") + "+00:00")


def survive_a_kill(world, tata, phone):
    """kill -9 with nothing in flight: the app need not register again, TATA binds again."""
    node = world.nodes["env1"]
    node.process.kill()
    node.start()
    campaign = Campaign(tata, [("1111", "after the kill")])
    campaign.bind_again()
    tata.receipts.clear()
    campaign.submit_all().collect_receipts()
    true("the SMS after the kill", any(got.text == "after the kill" for got in phone.received))


def expect_nothing_secret(world, texts):
    """No password and no text in what we log."""
    for name, log in world.logs().items():
        if name.startswith(("dataplane", "control")):
            for secret in (TATA_PASSWORD, PHONE_PASSWORD, LINK_PASSWORD, texts[0]):
                same(f"{secret!r} in {name}", -1, log.find(secret))


for body, options in BODIES.items():
    for shards in (1, 2):
        scenario(f"smoke/{body}-{shards}", "smoke", peers=("smpplib", "sipp"),
                 shards=shards, **options)(main_path)
