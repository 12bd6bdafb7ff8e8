#!/usr/bin/env python3
"""`make accept-deploy`: three bare Debian hosts, one playbook, and the user's story through them.

Each step prints what was checked; the first that fails ends it, and its directory stays.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from guests import OUTSIDE, ROOT, Guest, go_outside, quietly

# From tests/e2e, which guests.py has put on the path.
from campaign import Campaign, at_phones, expect_each_once
from carriers import Gone, Smpplib
from paths import BINARIES
from phones import Sipp
from waiting import same, true, until

ANSIBLE = os.path.join(ROOT, ".ansible", "bin")
SITE = os.path.join(ROOT, "ansible")
HOSTS = {"sbx1": "192.0.2.11", "sbx2": "192.0.2.12", "sbx4": "192.0.2.14"}
# Whose app: number -> (host, domain, how many SMS from TATA).
APPS = {"1111": ("sbx1", "env1.example", 600), "2222": ("sbx2", "env2.example", 300),
        "3333": ("sbx4", "env4.example", 100)}
# Made anew for each run, so that finding one in what Ansible prints means that it was shown;
# eight octets are what a bind takes (SMPP 3.4 section 5.2.2).
PASSWORDS = {name: secrets.token_hex(4) for name in ("tata", "between", *APPS)}
# ESME_RINVBNDSTS and ESME_RMSGQFUL (SMPP 3.4 section 5.1.3).
UNBINDING, FULL = 0x04, 0x14
LATER = (UNBINDING, FULL)
# Asks the Prometheus of a host, which has no curl.
ASK = ("import urllib.request as r; "
       "print(r.urlopen('http://127.0.0.1:9090/api/v1/{path}').read().decode())")


class Deploy:
    """The site under test and what is known of it."""

    def __init__(self, directory, tag, packages):
        self.directory, self.tag, self.packages = directory, tag, packages
        self.guests = {name: Guest(name, address, directory, tag)
                       for name, address in HOSTS.items()}
        self.phones, self.began = {}, time.monotonic()

    def say(self, what):
        """A line for whoever watches."""
        print(f"  {time.monotonic() - self.began:6.1f} s  {what}", flush=True)

    # -- Ansible -------------------------------------------------------------------------------

    def play(self, book, *words, code=0):
        """Runs a playbook; gives what changed by host."""
        ended = subprocess.run(
            [f"{ANSIBLE}/ansible-playbook", "-i", f"{SITE}/inventories/three/hosts.yml",
             f"{SITE}/playbooks/{book}.yml", "-e", f"@{self.directory}/secrets.json",
             "--private-key", f"{self.directory}/id", *words],
            cwd=SITE, capture_output=True, text=True, timeout=900,
            env=dict(os.environ, ANSIBLE_HOST_KEY_CHECKING="False", ANSIBLE_NOCOLOR="1",
                     ANSIBLE_HOME=f"{self.directory}/ansible", LC_ALL="C.UTF-8"))
        with open(f"{self.directory}/ansible.log", "a", encoding="utf-8") as log:
            log.write(f"\n$ {book} {' '.join(words)}\n{ended.stdout}{ended.stderr}")
        if ended.returncode != code:
            raise AssertionError(f"playbook {book} exited {ended.returncode}:\n"
                                 f"{ended.stdout[-4000:]}{ended.stderr[-2000:]}")
        recap = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", ended.stdout, re.MULTILINE)
        for secret in PASSWORDS.values():
            true(f"{book} keeps passwords to itself", secret not in ended.stdout + ended.stderr)
        return {host: int(changed) for host, changed in recap}

    def package(self, number):
        """The argument that names one of the two packages."""
        return ["-e", f"package_file={self.packages[number]}"]

    # -- steps ---------------------------------------------------------------------------------

    def bare_hosts(self):
        """Three hosts that know nothing of us."""
        quietly("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.directory}/id")
        with open(f"{self.directory}/secrets.json", "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            json.dump({"control_secrets": PASSWORDS, "control_seal": secrets.token_hex(32)}, file)
        for guest in self.guests.values():
            guest.make().wire().boot()
        state = [guest.ssh("systemctl is-system-running --wait", check=False).stdout.strip()
                 for guest in self.guests.values()]
        same("state of the hosts", ["running"] * 3, state)
        self.say("three fresh Debian hosts run systemd and answer ssh")

    def molecule(self):
        """The roles by themselves: converge, converge again, verify, on a host of its own."""
        guest = Guest("sbx9", "192.0.2.19", self.directory, self.tag)
        self.guests["sbx9"] = guest.make().wire().boot()
        ended = subprocess.run(
            [f"{ANSIBLE}/molecule", "test"], cwd=SITE, capture_output=True, text=True, timeout=600,
            env=dict(os.environ, PATH=f"{ANSIBLE}:{os.environ['PATH']}", LC_ALL="C.UTF-8",
                     ANSIBLE_HOME=f"{self.directory}/ansible", SBX_HOST=guest.address,
                     SBX_KEY=guest.key, SBX_PACKAGE=self.packages[0],
                     MOLECULE_EPHEMERAL_DIRECTORY=f"{self.directory}/molecule"))
        with open(f"{self.directory}/molecule.log", "w", encoding="utf-8") as log:
            log.write(ended.stdout + ended.stderr)
        said = ended.stdout[-3000:] + ended.stderr[-2000:]
        same(f"exit of molecule:\n{said}", 0, ended.returncode)
        self.guests.pop("sbx9").remove()
        self.say("molecule test: syntax, converge, idempotence, verify")

    def first_check(self):
        """A dry run on a bare host does not fail."""
        self.play("site", *self.package(0), "--check", "--diff")
        self.say("site.yml --check --diff: no failure on hosts that have nothing yet")

    def site(self):
        """From bare to bound, and then nothing to do."""
        began = time.monotonic()
        self.play("site", *self.package(0))
        self.say(f"site.yml: three hosts up in {time.monotonic() - began:.0f} s")
        same("changes of a second run", dict.fromkeys(HOSTS, 0),
             self.play("site", *self.package(0)))
        self.say("second run: changed=0 on each host")
        until("binds between the hosts", lambda: len(self.bound("sbx1")) >= 2, 30)

    def services(self):
        """systemd's own judgement of the units."""
        for unit in ("signalbox-control.service", "signalbox-dataplane@env1.service"):
            said = self.guests["sbx1"].ssh(f"systemd-analyze security --no-pager {unit}").stdout
            exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1])
            true(f"exposure of {unit} {exposure} is at most 1.7", exposure <= 1.7)
            self.say(f"systemd-analyze security {unit}: {exposure}")
        show = self.guests["sbx1"].ssh(
            "systemctl show signalbox-dataplane@env1 -p StatusText -p WatchdogUSec -p NRestarts")
        self.say(show.stdout.strip().replace("\n", ", "))
        log = self.guests["sbx1"].ssh("journalctl -u 'signalbox-dataplane@env1' -o cat").stdout
        self.say(next(line for line in log.splitlines() if "serving" in line)[:110])

    def bound(self, host):
        """The bound links of a host."""
        rows = json.loads(self.guests[host].ssh("signalbox binds --json").stdout)
        return [row for row in rows if row["state"].startswith("bound")]

    def register(self):
        """One app for each number, outside; sipp gives up where SHA-256 stands first."""
        for host in HOSTS:
            env = host.replace("sbx", "env")
            self.guests[host].ssh(f"signalbox environment set {env} --digest md5,sha256 && "
                                  "signalbox commit -m 'apps that know MD5 alone' --wait-for 20")
        for place, (number, (host, domain, _)) in enumerate(APPS.items()):
            self.phones[number] = Sipp(number, PASSWORDS[number], domain, HOSTS[host],
                                       self.directory, 25060 + 10 * place, local=OUTSIDE).register()
        self.say("three apps have registered, each where its number lives")

    def tata(self):
        """A new connection of TATA."""
        carrier = Smpplib(HOSTS["sbx1"], "tata", PASSWORDS["tata"])
        same("bind of TATA", 0, carrier.bind())
        return carrier

    def scenario_3_1b(self):
        """TATA -> env1 -> 222% -> env2's app; the receipt finds its way home."""
        run = Campaign(self.tata(), [("2222", "over 222%")]).submit_all().collect_receipts()
        run.check(1)
        expect_each_once([self.phones["2222"]], ["over 222%"])
        run.carrier.close()
        self.say("3.1b: an SMS to 2222 went over env1 to env2's app, and its receipt came home")

    def scenario_4_1(self):
        """1000 SMS, 10.00 USD (the SMS of 3.1b among them)."""
        texts = {number: [(number, f"{number} number {n}") for n in range(count)]
                 for number, (_, _, count) in APPS.items()}
        texts["2222"].pop()
        plan = [sms for some in texts.values() for sms in some]
        run = Campaign(self.tata(), plan).submit_all().collect_receipts()
        run.check(len(plan))
        for number, some in texts.items():
            more = ["over 222%"] if number == "2222" else []
            expect_each_once([self.phones[number]], [text for _, text in some] + more)
        run.carrier.close()
        self.guests["sbx1"].ssh("signalbox harvest")
        month = time.strftime("%Y-%m", time.gmtime())
        bill = self.guests["sbx1"].ssh(f"signalbox settle --carrier TATA --month {month}").stdout
        true(f"settlement says 1000 and 10.00 USD:\n{bill}",
             re.search(r"1,?000\b", bill) and "10.00 USD" in bill)
        self.say("4.1: 1000 SMS from TATA: 10.00 USD, each delivered once")

    def watched(self):
        """Prometheus on one host reads all three, with our alarms; from elsewhere nobody may."""
        guest = self.guests["sbx1"]

        def asked(path):
            said = guest.ssh(f"python3 -c {shlex.quote(ASK.format(path=path))}", check=False)
            return json.loads(said.stdout) if not said.returncode else None

        def up():
            told = asked("query?query=signalbox_node_up")
            rows = told["data"]["result"] if told else []
            return len(rows) == 3 and all(row["value"][1] == "1" for row in rows)

        until("Prometheus to have read three nodes", up, 60, 1)
        groups = asked("rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        true("alarms are loaded and none fires", len(rules) > 5 and not any(
            rule.get("state") == "firing" for rule in rules))
        scraped = subprocess.run(
            ["curl", "-s", "--max-time", "2", f"http://{HOSTS['sbx2']}:9550/metrics"],
            capture_output=True)
        same("exit of curl from outside: 28, no answer", 28, scraped.returncode)
        self.say(f"Prometheus on sbx1 reads three nodes, {len(rules)} alarms, none fires")

    def strangers(self):
        """The firewall lets the SMPP entry be reached only from the networks that were named."""
        rules = self.guests["sbx1"].ssh("nft list table inet signalbox").stdout
        true("rules of the entry ports are loaded", "192.0.2.0/24 accept" in rules)
        self.say("nftables: SMPP ports are open to the named networks alone")

    def rolling(self, book, words, what):
        """A new package under load: no SMS is lost, none comes twice."""
        tag, sent = f"{book} {what}", []

        def load():
            carrier = self.tata()
            run = Campaign(carrier, [])
            while not done.is_set():
                batch = [("2222" if n % 3 else "1111", f"{tag} {len(sent)} {n}") for n in range(30)]
                wanted = batch
                while wanted:
                    some = Campaign(carrier, wanted).submit_all(seconds=180)
                    # Who submits behind our unbind, or while the queue of a host that restarts
                    # is full, is refused and comes again, as carriers do.
                    why = {some.results[text][0] for _, text in wanted}
                    wanted = [sms for sms in wanted if some.results[sms[1]][0] in LATER]
                    if UNBINDING in why:
                        some.bind_again()
                    elif wanted:
                        pause(some)
                    run.results |= some.results
                    run.broken += some.broken
                run.plan += batch
                sent.extend(batch)
            run.collect_receipts(120)
            results.append(run)
            carrier.close()

        def guarded():
            try:
                load()
            except BaseException as error:  # told by the main thread
                results.append(error)

        done, results = threading.Event(), []
        thread = threading.Thread(target=guarded)
        before = {number: len(at_phones([phone])) for number, phone in self.phones.items()}
        thread.start()
        self.play(book, *words)
        done.set()
        thread.join(300)
        if not results or isinstance(results[0], BaseException):
            raise AssertionError(f"the load ended early: {results}")
        run = results[0]
        run.check(len(sent))
        for number in ("1111", "2222"):
            mine = {text for to, text in sent if to == number}
            phone = self.phones[number]
            until("delivery of each SMS",
                  lambda: mine <= set(at_phones([phone])), 60, 0.05)
            twice = {text: count for text, count in at_phones([phone]).items() if count != 1}
            same("texts that came more than once", {}, twice)
            same("texts at the app", before[number] + len(mine), len(at_phones([phone])))
        versions = {guest.ssh("dpkg-query -W -f '${Version}' signalbox").stdout
                    for guest in self.guests.values()}
        self.say(f"{book}.yml under load: {len(sent)} SMS, each once, {run.broken} breaks of "
                 f"TATA's bind; now {' '.join(versions)}")

    def watchdog(self):
        """A node whose shards stand still is started again."""
        guest = self.guests["sbx4"]
        pid = "systemctl show signalbox-dataplane@env4 -p MainPID --value"
        before = guest.ssh(pid).stdout.strip()
        guest.ssh(f"kill -STOP {before}")
        until("restart by the watchdog",
              lambda: guest.ssh(pid, check=False).stdout.strip() not in ("", "0", before), 60, 0.5)
        log = guest.ssh("journalctl -u signalbox-dataplane@env4 -o cat").stdout
        true("the journal says why", "Watchdog timeout" in log)
        self.say("a node that stood still was noticed by the watchdog and started again")

    def rebuild(self):
        """One host is lost with its disk, and comes back from its backup."""
        words = ["-e", f"backup_to={self.directory}/backups"]
        self.play("backup", *words)
        guest = self.guests["sbx2"]
        before = guest.ssh("signalbox history --json").stdout
        guest.die()
        guest.make().boot()
        self.play("restore", "--limit", "sbx2", "-e", f"backup_from={self.directory}/backups",
                  *self.package(1))
        same("history of the rebuilt host", before, guest.ssh("signalbox history --json").stdout)
        self.phones["2222"].stop()
        host, domain, _ = APPS["2222"]
        self.phones["2222"] = Sipp("2222", PASSWORDS["2222"], domain, HOSTS[host], self.directory,
                                   25200, local=OUTSIDE).register()
        until("bind of env1 at the rebuilt host", lambda: self.bound("sbx2"), 60, 0.5)
        run = Campaign(self.tata(), [("2222", "after the rebuild")]).submit_all(seconds=60)
        run.collect_receipts(60).check(1)
        expect_each_once([self.phones["2222"]], ["after the rebuild"])
        run.carrier.close()
        self.say("sbx2 was killed, rebuilt from its backup, and serves 222% again")

    def run(self):
        """All of it, in order."""
        self.bare_hosts()
        self.molecule()
        self.first_check()
        self.site()
        self.services()
        self.strangers()
        self.watched()
        self.register()
        self.scenario_3_1b()
        self.scenario_4_1()
        self.rolling("rolling", self.package(1), "to the second package")
        self.rolling("rollback", ["-e", f"package_version={version_of(self.packages[0])}"], "back")
        self.rolling("rolling", self.package(1), "forth again")
        self.watchdog()
        self.rebuild()


def pause(campaign):
    """A moment without submitting."""
    try:
        campaign.carrier.pump(0.2)
    except Gone:
        campaign.bind_again()


def version_of(package):
    """The version in a package's name."""
    return os.path.basename(package).split("_")[1]


def main():
    tag = os.environ.get("SIGNALBOX_OUTSIDE") or f"sbx{os.getpid() % 100000}"
    packages = sys.argv[1:3]
    if len(packages) != 2:
        raise SystemExit("usage: run.py PACKAGE NEXT-PACKAGE (make accept-deploy does it)")
    if os.geteuid():
        raise SystemExit("error: guests take root: run make accept-deploy as root")
    go_outside(tag)
    directory = tempfile.mkdtemp(prefix="signalbox-deploy-")
    print(f"make accept-deploy: programs of {BINARIES}, guests in {directory}", flush=True)
    deploy = Deploy(directory, tag, [os.path.abspath(package) for package in packages])
    passed = False
    try:
        deploy.run()
        passed = True
    finally:
        for phone in deploy.phones.values():
            phone.stop()
        for guest in deploy.guests.values():
            if not passed and guest.process and guest.process.running:
                with open(f"{directory}/{guest.name}.journal", "w", encoding="utf-8") as log:
                    log.write(guest.ssh("journalctl --no-pager -n 2000", check=False).stdout)
            guest.remove()
        if passed:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            print(f"make accept-deploy failed; logs are in {directory}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
