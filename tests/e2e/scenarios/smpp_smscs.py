"""We bind to third-party SMSCs, send over them and take what they send."""

from campaign import Campaign
from capture import Capture
from carriers import Smpplib
from phones import Sipp
from program import Program
from scenarios.registry import scenario
from waiting import same, until
from world import LINK_PASSWORD, PHONE_PASSWORD, TATA_PASSWORD

SMSC = "127.0.0.9"
COUNT = 40


def provision(world, *words):
    """222% goes over a connection to the SMSC; `words` are further options of it."""
    world.start()
    world.add_environments()
    world.add_tata()
    world.add_account("env1", "1111")
    world.cli.run("connection", "add", "smsc", "--env", "env1", "--remote", f"{SMSC}:2775",
                  "--local", "127.0.0.2", "--bind", "transceiver", "--system-id", "env1",
                  "--password-stdin", "--no-hops", *words, stdin=LINK_PASSWORD)
    world.cli.run("policy", "add", "222%", "--env", "env1", "--via", "smsc")
    world.commit("an SMSC behind 222%")


def smsc_of(run, file, env=None):
    """An SMSC that also sends one SMS of its own to 1111 when we have bound."""
    return Program(file.split(".")[0], file, SMSC, "2775", "2224500", "1111",
                   directory=run.directory, env=env)


def over_smsc(run, file, env=None, words=()):
    """TATA's SMS leave over the SMSC, its receipts come back to TATA, its own SMS to our app."""
    with run.world("env1") as world:
        wire = Capture(run.directory)
        smsc = world.own(smsc_of(run, file, env)).start()
        smsc.until("listening")
        provision(world, *words)
        phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                               25060)).register()
        world.wait_links()
        same("system_id we bind with", "env1", smsc.until("bind")[0]["system_id"])
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        plan = [(f"2222{n:04}", f"over {n}") for n in range(COUNT)]
        sent = Campaign(tata, plan, window=10).submit_all(seconds=60).collect_receipts()
        sent.check(accepted=COUNT)
        submits = smsc.until("submit", COUNT)
        same("what the SMSC got", sorted((number, "TATA", text) for number, text in plan),
             sorted((one["destination"], one["source"], one["text"]) for one in submits))
        same("answers to its receipts", {0}, {one["status"]
                                              for one in smsc.until("receipted", COUNT)})
        same("answer to its own SMS", 0, smsc.until("delivered")[0]["status"])
        until("the SMSC's SMS at the app", lambda: phone.received)
        same("the app's SMS", [("2224500", "mobile originated")],
             [(got.sender.lstrip("+"), got.text) for got in phone.received])
        tata.unbind()
        same("exit code on SIGTERM", 0, world.nodes["env1"].process.stop(20))
        smsc.until("unbound")
        smpp, sip = wire.check()
        run.say(f"{COUNT} SMS out with receipts, one in; tshark decoded {smpp} frames of SMPP and "
                f"{sip} of SIP, none malformed")


@scenario("smpp/to-npm-smpp", "smpp", peers=("smpplib", "npm smpp", "sipp", "tshark"))
def to_npm_smpp(run):
    """npm smpp as the SMSC: out, receipts, in, unbind."""
    over_smsc(run, "smsc.js")


@scenario("smpp/to-smpp34", "smpp", peers=("smpplib", "smpp34", "sipp", "tshark"))
def to_smpp34(run):
    """smpp34 (Rust) as the SMSC: out, receipts, in, unbind."""
    over_smsc(run, "smpp34_smsc.py")


@scenario("smpp/smsc-with-hex-ids", "smpp", peers=("smpplib", "npm smpp", "sipp", "tshark"))
def hex_then_decimal(run):
    """An SMSC that answers in hexadecimal and receipts in decimal, receipts without TLVs."""
    over_smsc(run, "smsc.js", {"SMSC_IDS": "both"}, ("--message-ids", "hex-then-decimal"))


@scenario("smpp/smsc-throttles", "smpp", peers=("smpplib", "npm smpp", "sipp", "tshark"))
def throttled(run):
    """d12: an SMSC that says ESME_RTHROTTLED for a while loses no SMS and no receipt."""
    over_smsc(run, "smsc.js", {"SMSC_THROTTLE": "15"})


@scenario("smpp/many-links", "smpp", peers=("smpplib", "npm smpp", "sipp", "tshark"))
def many_links(run):
    """Three links to one SMSC share the work."""
    over_smsc(run, "smsc.js", words=("--links", "3"))
