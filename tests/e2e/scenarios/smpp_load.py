"""What many binds cost."""

import resource

import rawsmpp
from rawsmpp import Raw
from scenarios.bad_input import resident
from scenarios.registry import scenario
from waiting import same, true
from world import TATA_PASSWORD

BINDS, KIB_EACH = 10_000, 16


@scenario("smpp/ten-thousand-idle-binds", "smpp", peers=("raw octets",), seconds=180)
def idle_binds(run):
    """10,000 binds that say nothing cost at most 16 KiB each in the dataplane."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(BINDS, most - 100)
    with run.world("env1") as world:
        world.start().story(binds=count, window=100)
        pid = world.nodes["env1"].process.child.pid
        body = rawsmpp.pdu(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("tata", TATA_PASSWORD))

        def bind():
            raw = Raw("127.0.0.2", seconds=30)
            raw.send(body)
            same("bind", 0, raw.read()[1])
            return raw

        links = [bind() for _ in range(10)]
        before = resident(pid)
        links += [bind() for _ in range(count - len(links))]
        each = (resident(pid) - before) / (count - 10)
        run.say(f"{count} binds: {each / 1024:.2f} KiB each")
        true(f"at most {KIB_EACH} KiB for each bind", each <= KIB_EACH * 1024)
        for raw in links[::1000]:
            raw.send(rawsmpp.pdu(rawsmpp.ENQUIRE_LINK, 2))
            same("enquire_link", (rawsmpp.ENQUIRE_LINK_RESP, 0, 2), raw.read()[:3])
        for raw in links:
            raw.kill()
