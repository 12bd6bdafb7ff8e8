"""SIP over networks that are not the usual one: IPv6, and paths that cut datagrams."""

import os
import socket
import struct
import subprocess

from carriers import Smpplib
from certificates import Authority
from phones import Baresip, Linphone, Sipp
from scenarios.registry import scenario
from scenarios.sip_streams import NAMES
from waiting import same, until
from world import PHONE_PASSWORD, SIP_PORT

SIX = "fd00::2"


@scenario("sip/ipv6", "sip", peers=(Linphone.peer, "smpplib"), shards=2)
def ipv6(run):
    """1.1 and app to app over IPv6, UDP and TCP, and with an app that has IPv4."""
    subprocess.run(["ip", "-6", "address", "add", f"{SIX}/128", "dev", "lo"], check=True)
    with open(os.path.join(run.directory, "hosts"), "w", encoding="ascii") as hosts:
        hosts.write(f"127.0.0.1 localhost\n{SIX} env1.example\n")
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node(NAMES), streams=True, six=SIX) as world:
        world.start()
        world.add_environments()
        world.add_tata()
        users = {"1111": "udp", "1112": "tcp"}
        for user in (*users, "1113"):
            world.add_account("env1", user)
        world.commit("three apps")
        phones = {
            user: world.own(Linphone(user, PHONE_PASSWORD, "env1.example", SIX, run.directory,
                                     26010 + 20 * place, transport, six=True)).register()
            for place, (user, transport) in enumerate(users.items())}
        four = world.own(Sipp("1113", PHONE_PASSWORD, "env1.example", "127.0.0.2",
                              run.directory, 26110)).register()
        rows = world.cli.lines("registrations")
        same("registered over IPv6", {"1111", "1112"},
             {row["user"] for row in rows if "[" in str(row)})
        carrier = world.own(Smpplib("127.0.0.2", "tata", "s3cret"))
        same("bind", 0, carrier.bind())
        for user in users:
            same("submit_sm_resp", 0, carrier.answer(carrier.submit(user, b"from TATA"))[0])
        carrier.until("receipts", lambda: len(carrier.receipts) == len(users))
        same("states", {"DELIVRD"}, {receipt["stat"] for receipt in carrier.receipts})
        phones["1111"].send("1112", "from UDP to TCP")
        phones["1112"].send("1111", "from TCP to UDP")
        phones["1112"].send("1113", "from six to four")
        for user, text in (("1112", "from UDP to TCP"), ("1111", "from TCP to UDP")):
            until(f"texts on {user}", lambda u=user, t=text: [
                got.text for got in phones[u].received] == ["from TATA", t])
        until("text on 1113", lambda: [got.text for got in four.received] == ["from six to four"])


@scenario("sip/e17-fragments", "sip", peers=(Baresip.peer, "sipsak 0.9"), shards=2)
def fragments(run):
    """E17: long datagrams pass a path of 576 octets, and a flood of halves stops nobody."""
    subprocess.run(["ip", "link", "set", "lo", "mtu", "576"], check=True)
    long = "a text of a thousand octets " * 28
    with run.world("env1") as world:
        world.start()
        world.add_environments()
        world.add_tata()
        for user in ("1111", "1112"):
            world.add_account("env1", user)
        world.commit("two accounts")
        phones = [world.own(Baresip(user, PHONE_PASSWORD, "env1.example", "127.0.0.2",
                                    run.directory, port, (other,))).register()
                  for user, port, other in (("1111", 26010, "1112"), ("1112", 26110, "1111"))]
        phones[0].send(long)
        until("the text, in three pieces", lambda: [
            got.text.strip() for got in phones[1].received] == [long.strip()])
        flood(2_000)
        ended = subprocess.run(["sipsak", "-s", "sip:env1.example", "-p", f"127.0.0.2:{SIP_PORT}"],
                               capture_output=True, timeout=30)
        same("OPTIONS while the halves are kept", 0, ended.returncode)
        phones[1].send("after the flood")
        until("the next text", lambda: [
            got.text for got in phones[0].received] == ["after the flood"])
        run.say("2,000 first fragments of datagrams that never end; the next text passed")


def flood(count):
    """First fragments of as many datagrams to the SIP port; the rest of none ever comes.

    Of more than some 5,000 the kernel would not keep all, and would drop other people's, too.
    """
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    payload = struct.pack("!HHHH", 5060, SIP_PORT, 1208, 0) + b"MESSAGE sip:1111@env1.example "
    payload = payload[:32]
    here, there = socket.inet_aton("127.0.0.99"), socket.inet_aton("127.0.0.2")
    for number in range(count):
        more_fragments = 0x2000
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number % 65_535 + 1,
                             more_fragments, 64, socket.IPPROTO_UDP, 0, here, there)
        sender.sendto(header + payload, ("127.0.0.2", 0))
