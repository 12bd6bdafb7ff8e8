"""What many binds cost."""

import resource
import ssl

import rawsmpp
from certificates import Authority
from rawsmpp import Raw
from scenarios.bad_input import resident
from scenarios.registry import scenario
from waiting import same, true
from world import TATA_PASSWORD, TLS_PORT

BINDS, KIB_EACH = 10_000, 16
# What rustls holds between its first flight and the agreement is most of a half; there are at most
# HALF_OPEN_MAX of them (dataplane/shard/src/limits.rs), for as long as the session-init timer.
TLS_BINDS, HALVES, HALF_KIB_EACH = 1000, 500, 24


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


@scenario("smpp/idle-tls", "smpp", peers=("python ssl",), seconds=120)
def idle_tls(run):
    """1,000 idle binds over TLS cost at most 16 KiB each, half a handshake at most 24 KiB."""
    authority = Authority(run.directory)
    context = ssl.create_default_context(cafile=authority.certificate)
    with run.world("env1", tls=authority.node()) as world:
        world.start().story(binds=TLS_BINDS, window=100)
        pid = world.nodes["env1"].process.child.pid
        body = rawsmpp.pdu(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("tata", TATA_PASSWORD))

        def bind():
            raw = Raw("127.0.0.2", TLS_PORT, seconds=30)
            raw.socket = context.wrap_socket(raw.socket, server_hostname="env1.example")
            raw.send(body)
            same("bind", 0, raw.read()[1])
            return raw

        links = [bind() for _ in range(10)]
        before = resident(pid)
        links += [bind() for _ in range(TLS_BINDS - len(links))]
        each = (resident(pid) - before) / (TLS_BINDS - 10)
        before, halves = resident(pid), []
        for at in range(HALVES):
            # From many addresses: one may not have many strangers.
            raw = Raw("127.0.0.2", TLS_PORT, seconds=10, local=f"127.1.{at % 100}.{1 + at // 100}")
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            half = context.wrap_bio(incoming, outgoing, server_hostname="env1.example")
            try:
                half.do_handshake()
            except ssl.SSLWantReadError:
                raw.send(outgoing.read())
            true("our half of the handshake", raw.socket.recv(65536))
            halves.append(raw)
        half = (resident(pid) - before) / HALVES
        run.say(f"{TLS_BINDS} binds over TLS: {each / 1024:.2f} KiB each; {HALVES} half handshakes:"
                f" {half / 1024:.2f} KiB each")
        true(f"at most {KIB_EACH} KiB for each bind", each <= KIB_EACH * 1024)
        true(f"at most {HALF_KIB_EACH} KiB for each half", half <= HALF_KIB_EACH * 1024)
        for raw in links + halves:
            raw.kill()
