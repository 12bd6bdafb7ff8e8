"""SIP trunks that are names, speak TLS, or ask for a rest."""

from capture import Capture
from carriers import Smpplib
from certificates import Authority
from kamailio import ADDRESS, REST_SECONDS, Kamailio
from names import Dnsmasq
from scenarios.registry import scenario
from scenarios.trunks import both_ways, places, provisioned, wait_states
from waiting import same, true, until

OTHER = "127.0.0.9"
HOSTS = (f"host-record=gw1.gw.example,{ADDRESS}", f"host-record=gw2.gw.example,{OTHER}")


def naptr(preference, service, name):
    """One way to reach gw.example (RFC 3263 4.1)."""
    return f"naptr-record=gw.example,10,{preference},s,{service},,{name}"


def srv(name, host, port, priority):
    """One server of it (RFC 3263 4.2)."""
    return f"srv-host={name},{host}.gw.example,{port},{priority},50"


def by_udp(first, second):
    """What DNS knows: UDP before TLS, and the first host before the second."""
    return (*HOSTS, naptr(20, "SIPS+D2T", "_sips._tcp.elsewhere.example"),
            naptr(10, "SIP+D2U", "_sip._udp.gw.example"),
            srv("_sip._udp.gw.example", first, 5060, 10),
            srv("_sip._udp.gw.example", second, 5060, 20))


@scenario("sip/trunk-tls", "sip", peers=(Kamailio.peer, Dnsmasq.peer, "smpplib", "sipp"), shards=2)
def trunk_tls(run):
    """A Kamailio found by NAPTR and SRV, over TLS both ways, with a digest challenge"""
    dns = Dnsmasq(run.directory).tell(
        *HOSTS, naptr(10, "SIP+D2U", "_sip._udp.elsewhere.example"),
        naptr(20, "SIPS+D2T", "_sips._tcp.gw.example"),
        srv("_sips._tcp.gw.example", "gw1", 5061, 10))
    try:
        both_ways(run, "tls", ["sips:gw.example"], Authority(run.directory))
    finally:
        dns.kill()


@scenario("sip/trunk-dns", "sip", peers=(Kamailio.peer, Dnsmasq.peer, "smpplib"), seconds=150)
def trunk_dns(run):
    """NAPTR and SRV name two Kamailios: the first is used, the second when it is down"""
    with run.world("env1") as world:
        dns = world.own(Dnsmasq(run.directory).tell(*by_udp("gw1", "gw2")))
        first = world.own(Kamailio(run.directory, "gw1", ADDRESS).start())
        second = world.own(Kamailio(run.directory, "gw2", OTHER).start())
        provisioned(world, ["sip:gw.example"], hops=2)
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, tata.bind())

        def arrives(number, at, seconds=30):
            before = len(tata.receipts)
            same("submit_sm_resp", 0, tata.answer(tata.submit(number, "by name"))[0])
            tata.until("receipt", lambda: len(tata.receipts) > before, seconds=seconds)
            same("where it arrived", number, (at.texts or [(None,) * 4])[-1][2])

        arrives("2551", first)
        first.kill()
        wait_states(world, "open", "up")
        arrives("2552", second)
        same("what the first got", 1, len(first.texts))
        first.start()
        wait_states(world, "up", "up")
        arrives("2553", first)
        dns.kill()
        arrives("2554", first)
        generation = max(world.generations("env1"))
        dns.tell(*by_udp("gw2", "gw1"))
        until("another generation", lambda: min(world.generations("env1")) > generation,
              seconds=60)
        arrives("2555", second)
        asked = {kind for kind in ("NAPTR", "SRV", "A") if f"query[{kind}]" in dns.process.log()}
        same("asked of DNS", {"NAPTR", "SRV", "A"}, asked)


@scenario("sip/trunk-rest", "sip", peers=(Kamailio.peer, "smpplib"))
def trunk_rest(run):
    """A 503 with Retry-After rests the trunk for that long, and nothing is lost"""
    with run.world("env1") as world:
        kamailio = world.own(Kamailio(run.directory).start())
        wire = Capture(run.directory)
        provisioned(world, places("udp"))
        tata = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, tata.bind())
        numbers = ["2551503", "2552", "2553"]
        for number in numbers:
            same("submit_sm_resp", 0, tata.answer(tata.submit(number, "rest"))[0])
        tata.until("receipts", lambda: len(tata.receipts) == len(numbers), seconds=45)
        same("states", {"ACCEPTD"}, {one["stat"] for one in tata.receipts})
        same("who got it", numbers, sorted(text[2].lstrip("+") for text in kamailio.texts))
        wire.check()
        sent = wire.fields(f"sip.Method == MESSAGE && ip.dst == {ADDRESS}", "frame.time_relative")
        [[rested]] = wire.fields("sip.Status-Code == 503", "frame.time_relative")
        later = [float(at) - float(rested) for at, in sent if float(at) > float(rested)]
        true("MESSAGEs after the rest", later)
        # What left before the 503 was heard is no breach of it.
        breaches = [after for after in later if IN_FLIGHT < after < REST_SECONDS]
        same("MESSAGEs while it rested", [], breaches)
        run.say(f"the first MESSAGE after the 503 left {min(later):.2f} s later")


# How long after a 503 what was sent beside it may still be seen, in seconds.
IN_FLIGHT = 0.2
