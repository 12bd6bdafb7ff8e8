"""A journal that turns over, kills at many moments, and a disk that fills."""

import os
import random
import subprocess
import time

from campaign import Campaign, at_phones, expect_each_once
from carriers import Smpplib
from phones import Sipp
from scenarios.registry import scenario
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD

SEED = int(os.environ.get("SIGNALBOX_SEED", "1"))
KILLS = int(os.environ.get("SIGNALBOX_KILLS", "20"))
# Between two kills, on average; some 500 octets of journal each.
SMS_A_LIFE = 120
RSYSERR = 0x08
# Half of what an inbox holds.
WAITING = 5_000


def begin(run, world):
    """TATA in env1, bound, and 1111's phone."""
    world.start()
    world.add_environments()
    world.add_tata()
    world.add_account("env1", "1111")
    world.commit("a journal that turns over")
    phone = world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                           run.directory, 25060)).register()
    tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
    same("bind of TATA", 0, tata.bind())
    return tata, phone


def charged_once(world, accepted):
    """One CDR for each accepted SMS, charged 0.01 USD."""
    rows = [row for row in world.cdrs("--env", "env1", "--carrier", "TATA")
            if row["charge_micros"]]
    same("CDRs with a charge", accepted, len(rows))
    same("what TATA pays", accepted * 10_000, sum(row["charge_micros"] for row in rows))


def names(folder):
    """What is in a folder, if it is there."""
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


@scenario("durability/kills", "durability", peers=("smpplib", "sipp"), seconds=1500)
def kills(run):
    """A1: kill -9 at seeded instants; volumes of 1 MiB are folded and deleted meanwhile."""
    choose = random.Random(SEED)
    with run.world("env1", volume_mib=1, keep_mib=0) as world:
        tata, phone = begin(run, world)
        instants = [place * SMS_A_LIFE + choose.randrange(SMS_A_LIFE) for place in range(KILLS)]
        count = KILLS * SMS_A_LIFE + 200
        campaign = Campaign(tata, [("1111", f"number {n} of {count}") for n in range(count)])
        starts, bases = [], set()

        def progress(answered):
            if len(starts) < KILLS and answered >= instants[len(starts)]:
                # A slow machine kills faster than it delivers, and an inbox has an end.
                until("an app that keeps up",
                      lambda: len(at_phones([phone])) > answered - WAITING, 120, 0.1)
                node = world.nodes["env1"]
                node.process.kill()
                began = time.monotonic()
                node.start()
                starts.append(time.monotonic() - began)
                bases.update(name for name in names(os.path.join(node.data, "journal"))
                             if name.startswith("base-"))

        campaign.submit_all(progress, seconds=1200)
        campaign.collect_receipts(120)
        expect_each_once([phone], [text for _, text in campaign.plan])
        campaign.check(accepted=count)
        charged_once(world, count)
        same("kills", KILLS, len(starts))
        journal = os.path.join(world.nodes["env1"].data, "journal")
        spent = os.path.join(journal, "shard-00", "spent")
        volumes = [int(name[4:-4]) for name in names(os.path.join(journal, "shard-00"))
                   if name.startswith("vol-")]
        if KILLS >= 20:
            true("bases were written", bases)
            true("the first volumes are gone", min(volumes) > 1)
            until("no harvested volume that is kept", lambda: len(names(spent)) <= 1)
        starts.sort()
        run.say(f"seed {SEED}: {KILLS} kills, {count} SMS, each delivered, receipted and charged "
                f"once; {campaign.resent} submitted again; volumes {min(volumes)} to "
                f"{max(volumes)} are left, {len(bases)} bases were seen; listening again after "
                f"{starts[len(starts) // 2]:.2f} s (median), {starts[-1]:.2f} s (longest)")


@scenario("durability/full-disk", "durability", peers=("smpplib", "sipp"), seconds=180)
def full_disk(run):
    """B1: a disk that fills: nothing new, what is begun ends; with room again all goes on."""
    with run.world("env1", volume_mib=1, keep_mib=0) as world:
        data = world.nodes["env1"].data
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", data], check=True)
        tata, phone = begin(run, world)
        before = Campaign(tata, [("1111", f"before {n}") for n in range(300)]).submit_all()
        ballast = os.path.join(data, "ballast")
        with open(ballast, "wb") as file:
            room = os.statvfs(data)
            file.write(bytes(room.f_bavail * room.f_bsize - (256 << 10)))
        during = Campaign(tata, [("1111", f"during {n}") for n in range(6000)])
        during.submit_all(seconds=150)
        refused = sum(status == RSYSERR for status, _ in during.results.values())
        accepted = len(during.plan) - refused
        true("some are refused", refused > 0)
        tata_receipts = tata.receipts
        before.collect_receipts()
        during.collect_receipts()
        same("receipts", 300 + accepted, len(tata_receipts))
        process = world.nodes["env1"].process.child.pid
        os.remove(ballast)

        def accepts():
            again = Campaign(tata, [("1111", f"again {time.monotonic_ns()}")]).submit_all()
            return next(iter(again.results.values()))[0] == 0 and again

        until("an SMS that is accepted again", accepts, seconds=20, every=0.1)
        after = Campaign(tata, [("1111", f"after {n}") for n in range(3000)]).submit_all()
        after.collect_receipts()
        same("accepted with room again", 3000,
             sum(status == 0 for status, _ in after.results.values()))
        same("the process", process, world.nodes["env1"].process.child.pid)
        charged_once(world, 300 + accepted + 1 + 3000)
        run.say(f"{300 + accepted} accepted until the disk was full, each with its receipt; "
                f"{refused} refused with 0x08; 3001 accepted with room again, without a restart")
        phone.stop()
