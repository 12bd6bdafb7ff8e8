#!/usr/bin/env python3
"""The main job, shown and checked: 1000 SMS from TATA reach apps in three environments, 10.00 USD.

Scenario 4.1 of the user story with our own simulators: env1, env2 and env4 on 127.0.0.2, .3 and .4;
TATA knows only env1. `KEEP=1` leaves everything running. Exits non-zero if a single figure is off.
"""

import datetime
import json
import os
import sys
import time
from collections import Counter

from stage import FOLDER, SIP_PORT, SMPP_PORT, Failed, Progress, Stage, listens, program, stop_kept

ENTRIES = {"env1": "127.0.0.2", "env2": "127.0.0.3", "env4": "127.0.0.4"}
# Whose app: number -> (environment, how many SMS from TATA).
APPS = {"1111": ("env1", 600), "2222": ("env2", 300), "3333": ("env4", 100)}
UNKNOWN, BAD_BINDS, OTHERS = 25, 7, 40
SMS = sum(count for _, count in APPS.values())
RATE = 250  # SMS a second, so that there is something to see


def main():
    if "--stop" in sys.argv:
        return stop_kept()
    began = time.monotonic()
    stage = Stage()
    stage.day = today()
    try:
        play(stage)
        print(f"  everything took {time.monotonic() - began:.0f} s\n")
        print("1000 SMS from TATA: 10.00 USD")
        if os.environ.get("KEEP") == "1":
            stage.keep()
            say_how_to_look_around()
            stage.running = []
    finally:
        stage.stop()
    return 0


def play(stage):
    start_site(stage)
    provision(stage)
    seen = Counter()
    phones = start_phones(stage, seen)
    totals = send(stage, seen)
    stage.wait("SMS at each phone", lambda: seen["delivered"] >= SMS + OTHERS)
    check_delivery(totals, seen)
    settle(stage)
    if os.environ.get("KEEP") != "1":
        for phone in phones.values():
            phone.stop()
        check_phones({number: phone.summary for number, phone in phones.items()})


def start_site(stage):
    """Control and three dataplanes, as many shards each as there are cores."""
    taken = [address for address in ENTRIES.values() if listens(address)]
    if taken:
        raise Failed(f"somebody listens on {taken[0]}:{SMPP_PORT} and :{SIP_PORT} already; "
                     "see `ss -lntup`, end it, and try again")
    print(f"1. control and three dataplanes ({os.cpu_count()} shards each), in {FOLDER}")
    stage.write("control.toml", CONTROL_TOML + "".join(
        f'[[node]]\nname = "{env}"\ndata = "{env}"\n' for env in ENTRIES))
    stage.start("control", "signalbox-control", "--config", "control.toml")
    stage.wait("socket of control", lambda: os.path.exists(stage.socket))
    for number, (env, address) in enumerate(ENTRIES.items(), start=1):
        stage.write(f"{env}.toml", NODE_TOML.format(env=env, number=number, address=address))
        stage.start(f"dataplane-{env}", "signalbox-dataplane", "--config", f"{env}.toml")

    def up():
        status = json.loads(stage.operate("status", "--json", show=False))
        return all(node["up"] for node in status["nodes"])

    stage.wait("dataplanes that are up", up)


def provision(stage):
    """What an operator types."""
    print("2. what the operator types")
    for env, address in ENTRIES.items():
        stage.operate("environment", "add", env, "--domain", f"{env}.example",
                      "--smpp", f"{address}:{SMPP_PORT}", "--sip", f"{address}:{SIP_PORT}")
    for number, (env, _) in APPS.items():
        stage.operate("account", "add", number, "--env", env,
                      "--password-file", stage.secret(number))
    stage.operate("tariff", "add", "TATA-in", "--env", "env1", "--currency", "USD",
                  "--price", "1=0.01", "--price", "2=0.01", "--price", "3=0.01")
    stage.operate("carrier", "add", "TATA", "--env", "env1", "--system-id", "tata",
                  "--password-file", stage.secret("tata"), "--allow", "127.0.0.1/32",
                  "--tariff", "TATA-in")
    stage.operate("carrier", "add", "Carrier2", "--env", "env1", "--system-id", "c2",
                  "--password-file", stage.secret("c2"), "--allow", "127.0.0.1/32")
    for env, pattern in (("env2", "222%"), ("env4", "333%")):
        between = stage.secret(f"env1-{env}")
        stage.operate("carrier", "add", "env1", "--env", env, "--system-id", "env1",
                      "--password-file", between, "--allow", f"{ENTRIES['env1']}/32")
        stage.operate("connection", "add", env, "--env", "env1",
                      "--remote", f"{ENTRIES[env]}:{SMPP_PORT}", "--local", ENTRIES["env1"],
                      "--bind", "transceiver", "--system-id", "env1",
                      "--password-file", between)
        stage.operate("policy", "add", pattern, "--env", "env1", "--via", env)
    print(stage.operate("commit", "-m", "TATA, three apps, 222% and 333%", "--wait-for", "20"),
          end="")

    def bound():
        binds = json.loads(stage.operate("binds", "--json", show=False))
        return sum(row["role"] == "connection" and row["state"].startswith("bound")
                   for row in binds) == 2

    stage.wait("bound connections", bound)
    for number in APPS:
        print(stage.operate("route", "test", "--env", "env1", "--from", "TATA", number), end="")


def start_phones(stage, seen):
    """Three apps register; each SMS they get is counted."""
    print("3. apps register: 1111 in env1, 2222 in env2, 3333 in env4")

    def on_event(event):
        if event["event"] == "message":
            seen["delivered"] += 1
            seen["twice"] += bool(event["text_twice"])
        seen["registered"] += event["event"] == "registered"

    phones = {
        number: stage.start(f"phone-{number}", "signalbox-peer", "phone", "--user", number,
                            "--domain", f"{env}.example",
                            "--registrar", f"{ENTRIES[env]}:{SIP_PORT}",
                            "--password-file", f"secrets/{number}", "--json", on_event=on_event)
        for number, (env, _) in APPS.items()
    }
    stage.wait("registered apps", lambda: seen["registered"] == len(APPS))
    return phones


def send(stage, seen):
    """TATA's SMS, live; beside it 7 binds with a wrong password and 40 SMS of another carrier."""
    print(f"4. TATA sends {SMS} SMS, and {UNKNOWN} to numbers that nobody has; noise beside it")

    def on_event(event):
        if event["event"] == "submit_resp":
            seen["answered"] += 1
            seen["refused"] += event["status"] != "ESME_ROK"
        seen["receipts"] += event["event"] == "receipt"

    wanted = [word for number, (_, count) in APPS.items() for word in ("--to", f"{number}={count}")]
    tata = esme(stage, "tata", "secrets/tata", *wanted, "--to", f"999={UNKNOWN}",
                "--window", 50, "--rate", RATE, on_event=on_event)
    stage.write("secrets/wrong", "wrong\n", 0o600)
    strangers = [esme(stage, f"stranger-{n}", "secrets/wrong", "--system-id", "tata",
                      "--no-reconnect", "--for", 10, "--to", "1111=1") for n in range(BAD_BINDS)]
    other = esme(stage, "c2", "secrets/c2", "--source", "Carrier2", "--to", f"1111={OTHERS}",
                 "--text", "Carrier2 {n}", on_event=lambda event: None)
    progress = Progress(lambda: (
        f"answered {seen['answered']:4}  refused {seen['refused']:2}  "
        f"delivered {seen['delivered']:4}  receipts {seen['receipts']:4}"))
    deadline = time.monotonic() + 90
    while tata.running and time.monotonic() < deadline:
        stage.check_alive()
        progress.show()
        time.sleep(0.05)
    totals = tata.result(5)
    progress.show(last=True)
    refused = Counter()
    for stranger in strangers:
        refused.update(stranger.result(15)["binds_refused"])
    expect("binds with a wrong password, refused", BAD_BINDS, sum(refused.values()))
    noise = other.result(30)
    expect("SMS of the other carrier", (OTHERS, {"DELIVRD": OTHERS}),
           (noise["accepted"], noise["receipts"]))
    return totals


def esme(stage, name, password_file, *words, on_event=lambda event: None):
    """One of our simulated carriers at env1."""
    words = list(words)
    if "--system-id" not in words:
        words += ["--system-id", name]
    return stage.start(f"esme-{name}", "signalbox-peer", "esme",
                       "--connect", f"{ENTRIES['env1']}:{SMPP_PORT}",
                       "--password-file", password_file, "--json", *words, on_event=on_event)


def check_delivery(totals, seen):
    """TATA's books."""
    print("5. checked")
    expect("accepted from TATA", SMS, totals["accepted"])
    expect("refused to TATA", UNKNOWN, sum(totals["refused"].values()))
    expect("receipts at TATA", {"DELIVRD": SMS}, totals["receipts"])
    expect("receipts twice or for nobody", (0, 0),
           (totals["receipts_twice"], totals["receipts_unmatched"]))
    expect("SMS at the apps", SMS + OTHERS, seen["delivered"])
    expect("texts that came twice", 0, seen["twice"])


def check_phones(summaries):
    """What each app says when it is closed."""
    for number, (_, count) in APPS.items():
        count += OTHERS if number == "1111" else 0
        expect(f"SMS at {number}", count, summaries[number]["received"])


def settle(stage):
    """The table of scenario 4.1, and its figures from the JSON."""
    span = ("--from", stage.day, "--to", today() + datetime.timedelta(days=1))
    figures = json.loads(stage.operate("settle", "--carrier", "TATA", *span, "--json", show=False))
    print("6. what TATA owes")
    print(stage.operate("settle", "--carrier", "TATA", *span), end="")
    wanted = {
        "messages_received": SMS + UNKNOWN, "messages_accepted": SMS, "messages_delivered": SMS,
        "messages_undelivered": 0, "messages_expired": 0, "messages_rejected": UNKNOWN,
        "billing_units": SMS, "total_micros": 10_000_000, "due": "10.00 USD",
    }
    expect("settlement", wanted, {key: figures[key] for key in wanted}, quiet=True)
    cdrs = stage.operate("cdr", "list", "--limit", "100000", "--json", show=False).splitlines()
    records = [json.loads(line) for line in cdrs]
    expect("micros that apps pay", 0, sum(record["account_charge_micros"] for record in records))


def today():
    """The day by UTC, as settlements count."""
    return datetime.datetime.now(datetime.timezone.utc).date()


def expect(what, wanted, found, quiet=False):
    """One figure."""
    if wanted != found:
        raise Failed(f"{what}: expected {wanted}, found {found}")
    if not quiet:
        print(f"  ok  {what}: {found}")


def say_how_to_look_around():
    """After KEEP=1."""
    command = f"{program('signalbox')} --socket {FOLDER}/control.sock"
    print(f"""
Everything goes on running. Look around:
  alias signalbox='{command}'
  signalbox status
  signalbox binds
  signalbox registrations
  signalbox cdr list --limit 5
  signalbox route test --env env1 --from TATA 2222
Logs and configuration: {FOLDER}
End it: make demo-stop""")


NODE_TOML = """\
node = "{env}"
number = {number}
shards = "auto"
data = "{env}"
plan = "plan"
key_file = "seal.key"

[[environment]]
name = "{env}"
smpp = ["{address}:2775"]
sip = ["{address}:5060"]
"""

CONTROL_TOML = """\
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "seal.key"
"""

if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\ninterrupted; everything was ended", file=sys.stderr)
        sys.exit(130)
