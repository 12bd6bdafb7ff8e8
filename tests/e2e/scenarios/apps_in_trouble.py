"""2.1b-2.1g: an app of env1 writes to an app of env4, and something is in the way."""

from capture import Capture
from phones import Sipp
from scenarios.registry import scenario
from texting import Writer
from waiting import same, true, until
from world import PHONE_PASSWORD


def between(world, recipient=True, back=None):
    """1111 in env1 and, if wanted, 2222 in env4; `back` is a pattern that leads to env1."""
    world.start()
    world.add_environments()
    world.add_account("env1", "1111")
    world.add_account("env4", "2222" if recipient else "2999")
    world.add_link("env1", "env4", "222%")
    if back:
        world.add_link("env4", "env1", back)
    world.commit("env4 behind 222%")
    world.wait_links(2 if back else 1)


def writer(run, user="1111", password=PHONE_PASSWORD, env="env1", server="127.0.0.2"):
    """The app of an account, which only writes."""
    return Writer(user, password, f"{env}.example", server, run.directory)


def phone(run, world, user="2222", env="env4", server="127.0.0.4", port=25060):
    """The app of an account, which answers each MESSAGE with 200."""
    return world.own(Sipp(user, PHONE_PASSWORD, f"{env}.example", server, run.directory,
                          port)).register()


def final(world, env, status):
    """The one CDR of an environment once it says this status."""
    return until(f"CDR of {env} with {status}", lambda: [
        row for row in world.cdrs("--env", env) if row["status"] == status], 60, every=0.2)[0]


@scenario("2.1b", "routing", peers=("sipp",), seconds=120)
def environment_down(run):
    """env4 is down: 202, queued, EXPIRED at validity; what has time left arrives when it is up"""
    with run.world("env1", "env4") as world:
        between(world)
        world.nodes["env4"].process.kill()
        until("connection down", lambda: not any(
            row["state"].startswith("bound") for row in world.cli.lines("binds")
            if row["role"] == "connection"))
        app = writer(run)
        app.write("2222", "too late", expires=3)
        app.write("2222", "in time", expires=600)
        row = final(world, "env1", "EXPIRED")
        same("CDR", ("vendor", "env4", 408, 0), (
            row["decision"], row["connection"], row["error"], row["vendor_cost_micros"]))
        world.nodes["env4"].start()
        there = phone(run, world)
        until("the other one", lambda: there.received, 60)
        same("what the user sees", [("1111", "in time")],
             [(got.sender, got.text) for got in there.received])
        final(world, "env1", "DELIVRD")


@scenario("2.1c", "routing", peers=("sipp", "tshark"))
def number_unknown_there(run):
    """Nobody has 2222 in env4: submit_sm_resp 0x0B, CDR UNDELIV, one try"""
    with run.world("env1", "env4") as world:
        wire = Capture(run.directory)
        between(world, recipient=False)
        writer(run).write("2222", "anybody?")
        row = final(world, "env1", "UNDELIV")
        same("CDR of env1", (0x0B, 0x0B, 1), (
            row["error"], row["egress"]["command_status"], row["egress"]["attempts"]))
        same("CDR of env4", ["reject"], [one["decision"] for one in world.cdrs("--env", "env4")])
        wire.check()
        answers = wire.fields("smpp.command_id == 0x80000004", "smpp.command_status")
        same("submit_sm_resp PDUs", [0x0B], [int(row[0], 0) for row in answers])


@scenario("2.1d", "routing", peers=("sipp",))
def wrong_digest(run):
    """A wrong password three times: 407 each, then 403 for a while; nothing is stored"""
    with run.world("env1", "env4") as world:
        between(world)
        there = phone(run, world)
        liar = writer(run, password="wrong")
        for attempt in range(3):
            liar.write("2222", f"lie {attempt}", status=407)
        # Each shard has a patience of its own.
        until("403", lambda: heard(liar, "another lie", 403))
        same("CDRs", [], world.cdrs())
        until("the right password is looked at", lambda: heard(writer(run), "truth", 202), 30)
        until("text", lambda: there.received)
        same("what the user sees", ["truth"], [got.text for got in there.received])


def heard(app, text, status):
    """Did the app hear this status?"""
    try:
        app.write("2222", text, status=status)
    except AssertionError:
        return False
    return True


@scenario("2.1e", "routing", peers=("sipp",))
def another_name(run):
    """1111 writes as 3333: 403, recorded, nothing leaves"""
    with run.world("env1", "env4") as world:
        between(world)
        there = phone(run, world)
        app = writer(run)
        app.write("2222", "I am 3333", status=403, calling="3333")
        app.write("2222", "I am myself")
        until("text", lambda: there.received)
        same("what the user sees", [("1111", "I am myself")],
             [(got.sender, got.text) for got in there.received])
        same("decisions", ["reject", "vendor"],
             [row["decision"] for row in world.cdrs("--env", "env1")])


@scenario("2.1f", "routing", peers=("sipp", "tshark"))
def crossing_routes(run):
    """J1: env4 leads 222% back to env1: stopped at the first return, REJECTD at once, no storm"""
    with run.world("env1", "env4") as world:
        wire = Capture(run.directory)
        between(world, recipient=False, back="222%")
        writer(run).write("2222", "round and round")
        row = final(world, "env1", "REJECTD")
        same("CDR of env1", (1, "vendor"), (row["egress"]["attempts"], row["decision"]))
        until("CDR of env4", lambda: world.cdrs("--env", "env4"))
        log = world.nodes["env1"].process.log() + world.nodes["env4"].process.log()
        true("an alarm in the log", "routing loop" in log)
        wire.check()
        submits = wire.fields("smpp.command_id == 0x00000004", "ip.dst")
        true(f"at most one submit_sm each way: {submits}", len(submits) <= 2)


@scenario("2.1g", "routing", peers=("sipp", "tshark"))
def reply(run):
    """2222 replies to 1111 by the policy 111% of env4"""
    with run.world("env1", "env4") as world:
        wire = Capture(run.directory)
        between(world, back="111%")
        there = phone(run, world)
        here = phone(run, world, "1111", "env1", "127.0.0.2", 25070)
        writer(run).write("2222", "how are you?")
        until("question", lambda: there.received)
        writer(run, "2222", env="env4", server="127.0.0.4").write("1111", "fine")
        until("answer", lambda: here.received)
        same("what 1111 sees", [("2222", "fine")],
             [(got.sender, got.text) for got in here.received])
        until("all final", lambda: [row["status"] for row in world.cdrs()] == 4 * ["DELIVRD"])
        traces = {row["trace"] for row in world.cdrs()}
        same("two Sms, each with one name in both environments", 2, len(traces))
        smpp, sip = wire.check()
        run.say(f"tshark decoded {smpp} frames of SMPP and {sip} of SIP, none malformed")
