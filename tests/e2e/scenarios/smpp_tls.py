"""SMPP over TLS: openssl, python's ssl and rustls (smpp34) against both of our roles."""

import os
import re
import socket
import ssl
import subprocess

import smpplib.client
import smpplib.consts
import smpplib.exceptions

import rawsmpp
from campaign import Campaign, expect_each_once
from carriers import Gone, Smpplib
from certificates import Authority
from paths import binary
from phones import Sipp
from program import Program
from rawsmpp import Raw
from scenarios.registry import scenario
from scenarios.smpp_smscs import SMSC, provision
from waiting import same, true, until
from world import PHONE_PASSWORD, TATA_PASSWORD, TLS_PORT

COUNT = 40
BIND = rawsmpp.pdu(rawsmpp.BIND_TRANSCEIVER, 1, rawsmpp.bind_body("tata", TATA_PASSWORD))


class TlsSmpplib(Smpplib):
    """smpplib inside python's ssl."""

    def __init__(self, context, name="env1.example"):
        super().__init__("127.0.0.2", "tata", TATA_PASSWORD, port=TLS_PORT)
        self.context, self.name = context, name

    def connect(self):
        """Opens the TCP connection, agrees on TLS, hands it to smpplib."""
        plain = socket.create_connection((self.host, self.port), timeout=10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secure = self.context.wrap_socket(plain, server_hostname=self.name)
        self.client = smpplib.client.Client(self.host, self.port, timeout=10,
                                            allow_unknown_opt_params=True)
        self.client._socket = secure
        self.client.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN
        self.client.set_message_received_handler(self._received)
        self.client.set_message_sent_handler(self._answered)
        self.client.set_error_pdu_handler(self._answered)
        return self

    def pump(self, seconds=0.0):
        """As ever; what TLS has read already is no event for select."""
        super().pump(0 if self.client._socket.pending() else seconds)
        try:
            while self.client._socket.pending():
                self.client.read_once(auto_send_enquire_link=False)
        except (smpplib.exceptions.ConnectionError, OSError) as broken:
            raise Gone(str(broken)) from broken


def context_of(authority, **more):
    """A client that trusts the scenario's authority."""
    context = ssl.create_default_context(cafile=authority.certificate)
    for name, value in more.items():
        setattr(context, name, value)
    return context


def site(run, world):
    """TATA and 1111's app."""
    world.start().story()
    return world.own(Sipp("1111", PHONE_PASSWORD, "env1.example", "127.0.0.2", run.directory,
                          25060)).register()


def campaign_over_tls(run):
    """smpplib inside python's ssl, 1.3 and 1.2; smpp34 with rustls; by name and by address."""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node()) as world:
        phone = site(run, world)
        texts = []
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = context_of(authority, minimum_version=version, maximum_version=version)
            for name in ("env1.example", "127.0.0.2"):
                tata = world.own(TlsSmpplib(context, name))
                same("bind", 0, tata.bind())
                word = version.name.replace("_", ".")  # `_` is another character in GSM 03.38
                plan = [("1111", f"{word} {name} {n}") for n in range(COUNT)]
                Campaign(tata, plan).submit_all().collect_receipts().check(accepted=COUNT)
                texts += [text for _, text in plan]
                tata.unbind()
        esme = world.own(Program(
            "smpp34", "smpp34_esme.py", "127.0.0.2", TLS_PORT, "tata", TATA_PASSWORD, "tls", "1111",
            COUNT, "20", directory=run.directory,
            env={"SSL_CERT_FILE": authority.certificate})).start()
        esme.until("unbound", seconds=40)
        same("its answers", [0] * COUNT, [one["status"] for one in esme.said("answer")])
        texts += [f"smpp34 {n}" for n in range(COUNT)]
        expect_each_once([phone], texts)
        run.say(f"{len(texts)} SMS over TLS 1.3 and 1.2 (python ssl) and rustls (smpp34)")


for body, options in {"uring": {"io": "uring"}, "epoll": {"io": "epoll"},
                      "glommio": {"io": "uring", "runtime": "glommio"}}.items():
    scenario(f"smpp/tls-{body}", "smpp", peers=("smpplib+ssl", "smpp34", "sipp"),
             **options)(campaign_over_tls)


def s_client(run, authority, *words, send=b"", port=TLS_PORT):
    """openssl's client: what it printed, with the octets it got."""
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.2:{port}", "-CAfile", authority.certificate,
         "-verify_return_error", "-ign_eof", *words],
        input=send, capture_output=True, timeout=20, cwd=run.directory)


def agreed(ended):
    """The protocol that openssl agreed on, or None."""
    found = re.search(rb"^(?:New, |    Protocol *: )(TLSv[\d.]+)", ended.stdout, re.MULTILINE)
    return found[1].decode() if found and b"Cipher is (NONE)" not in ended.stdout else None


@scenario("smpp/h6-tls-refusals", "smpp", peers=("openssl s_client", "raw octets"), seconds=120)
def h6_tls(run):
    """H6: old versions, weak suites, no or wrong SNI, early data, renegotiation, expired client."""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node(key="rsa")) as world:
        site(run, world)
        unbind = BIND + rawsmpp.pdu(rawsmpp.UNBIND, 2)
        seclevel = ("-cipher", "ALL:@SECLEVEL=0")
        for words, wanted in (
            (("-tls1_3",), "TLSv1.3"), (("-tls1_2",), "TLSv1.2"),
            (("-tls1_1", *seclevel), None), (("-tls1", *seclevel), None),
            (("-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"), None),
            (("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"), None),
            (("-tls1_3", "-noservername"), "TLSv1.3"),
            (("-tls1_3", "-servername", "somebody.else"), "TLSv1.3"),
            (("-tls1_3", "-verify_hostname", "env1.example"), "TLSv1.3"),
        ):
            ended = s_client(run, authority, *words, send=unbind if wanted else b"")
            same(f"what s_client {' '.join(words)} agrees on", wanted, agreed(ended))
            if wanted:
                true(f"bind answered over {words}", b"\x80\x00\x00\x09\x00\x00\x00\x00"
                     in ended.stdout)
                same("exit code of s_client", 0, ended.returncode)
        # No tickets are given, so there is nothing to send early data with.
        ended = s_client(run, authority, "-tls1_3", send=unbind)
        true("no session ticket", b"Post-Handshake New Session Ticket" not in ended.stdout)
        true("no early data", b"Early data was not sent" in ended.stdout
             or b"Max Early Data: 0" in ended.stdout or b"Max Early Data" not in ended.stdout)
        # `R` at the beginning of a line asks for renegotiation, where s_client may.
        ended = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.2:{TLS_PORT}", "-tls1_2", "-CAfile",
             authority.certificate], input=b"R\n", capture_output=True, timeout=20)
        true("renegotiation refused", b"RENEGOTIATING" in ended.stdout + ended.stderr
             and (b"no renegotiation" in ended.stderr or b"closed" in ended.stdout.lower()
                  or ended.returncode != 0))
        # A plain bind on the TLS port, and TLS on the plain one.
        raw = world.own(Raw("127.0.0.2", TLS_PORT))
        raw.send(BIND)
        alert = raw.socket.recv(64)
        same("answer to a plain bind", (21, 2), (alert[0], alert[5]))
        same("and then", b"", raw.socket.recv(64))
        same("TLS on the plain port", None, agreed(s_client(run, authority, "-tls1_3", port=2775)))
        true("the node goes on", agreed(s_client(run, authority, send=unbind)))


@scenario("smpp/h6-client-certificates", "smpp", peers=("openssl s_client", "smpplib+ssl"),
          seconds=120)
def client_certificates(run):
    """H6: `required` lets in who shows a good certificate and nobody else."""
    authority, stranger = Authority(run.directory), Authority(run.directory, "stranger")
    with run.world("env1", tls=authority.node(clients="required")) as world:
        site(run, world)
        good = authority.issue("tata.example")
        bad = {"none": None, "foreign": stranger.issue("foreign.example"),
               "expired": authority.issue("old.example", days="-1")}
        for what, pair in bad.items():
            context = context_of(authority)
            if pair:
                context.load_cert_chain(*pair)
            tata = world.own(TlsSmpplib(context))
            try:
                status = tata.bind()
            except Exception as refused:  # ssl's or smpplib's, as it comes
                run.say(f"client certificate {what}: {type(refused).__name__}")
            else:
                raise AssertionError(f"client certificate {what}: bound with status {status}")
            tata.close()
        context = context_of(authority)
        context.load_cert_chain(*good)
        tata = world.own(TlsSmpplib(context))
        same("bind with a good certificate", 0, tata.bind())
        tata.unbind()
        log = world.nodes["env1"].process.log()
        true("the log says why", "TLS not agreed" in log)


@scenario("smpp/c14-certificates-reload", "smpp", peers=("smpplib+ssl",), seconds=120)
def c14_reload(run):
    """C14: a new pair serves new links, the old link goes on; a bad pair is refused."""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node()) as world:
        phone = site(run, world)
        node = world.nodes["env1"]
        context = context_of(authority)
        old = world.own(TlsSmpplib(context))
        same("bind", 0, old.bind())
        shown = lambda: ssl.PEM_cert_to_DER_cert(
            ssl.get_server_certificate(("127.0.0.2", TLS_PORT), ca_certs=authority.certificate))
        first = shown()
        authority.issue("node", "env1.example", "127.0.0.2")
        until("new certificate served", lambda: shown() != first, 15, 0.1)
        second = shown()
        # The key of another pair.
        authority.issue("other", "env1.example", "127.0.0.2")
        refused = node.process.log().count("certificate refused")
        os.replace(f"{run.directory}/other.key", f"{run.directory}/node.key")
        until("refusal of the wrong key",
              lambda: node.process.log().count("certificate refused") > refused, 15, 0.1)
        true("the log says what is wrong", "does not fit" in node.process.log())
        same("certificate served after that", second, shown())
        with open(f"{run.directory}/node.crt", "w", encoding="ascii") as crt:
            crt.write("no certificate\n")
        until("refusal of the nonsense",
              lambda: "it holds no certificate" in node.process.log(), 15, 0.1)
        same("certificate served after that", second, shown())
        Campaign(old, [("1111", "on the old link")]).submit_all().collect_receipts()
        expect_each_once([phone], ["on the old link"])
        authority.issue("node", "env1.example", "127.0.0.2")
        until("third certificate served", lambda: shown() != second, 15, 0.1)
        Campaign(old, [("1111", "still on it")]).submit_all().collect_receipts()
        ended = subprocess.run([binary("signalbox-dataplane"), "--config", node.config_path,
                                "--check"], capture_output=True, text=True, timeout=20)
        same("exit code of --check", 0, ended.returncode)
        os.remove(f"{run.directory}/node.key")
        ended = subprocess.run([binary("signalbox-dataplane"), "--config", node.config_path,
                                "--check"], capture_output=True, text=True, timeout=20)
        same("exit code of --check without a key", 5, ended.returncode)
        true("it names the line", re.search(r"env1\.toml:\d+:\d+: .*node\.key", ended.stderr))


@scenario("smpp/e14-half-handshakes", "smpp", peers=("raw octets", "smpplib+ssl"), seconds=120)
def half_handshakes(run):
    """E14: handshakes that never end are closed in time, and nobody else notices."""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node()) as world:
        site(run, world)
        halves = []
        for octets in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            raw = world.own(Raw("127.0.0.2", TLS_PORT, seconds=20))
            raw.send(octets)
            halves.append(raw)
        tata = world.own(TlsSmpplib(context_of(authority)))
        same("bind", 0, tata.bind())
        for raw in halves:
            # Whatever alert comes first, the end comes with the session-init timer.
            while raw.socket.recv(64):
                pass
        tata.unbind()


@scenario("smpp/tls-to-npm-smpp", "smpp", peers=("smpplib", "npm smpp + node tls"), seconds=120)
def tls_to_smsc(run):
    """We dial an SMSC over TLS, by name and by address; a wrong name gets no bind and no secret."""
    authority = Authority(run.directory)
    with run.world("env1", tls=authority.node()) as world:
        certificate, key = authority.issue("smsc", "smsc.example", SMSC)
        smsc = world.own(Program(
            "smsc", "smsc.js", SMSC, "2775", directory=run.directory,
            env={"SMSC_KEY": key, "SMSC_CERTIFICATE": certificate})).start()
        smsc.until("listening")
        provision(world, "--tls")
        smsc.until("bind")
        world.wait_links()
        tata = world.own(Smpplib("127.0.0.2", "tata", TATA_PASSWORD))
        same("bind", 0, tata.bind())
        plan = [(f"2222{n:04}", f"over {n}") for n in range(COUNT)]
        Campaign(tata, plan).submit_all().collect_receipts().check(accepted=COUNT)
        world.cli.run("connection", "set", "smsc", "--env", "env1", "--tls=smsc.example")
        world.commit("by name")
        smsc.until("bind", 2)
        world.cli.run("connection", "set", "smsc", "--env", "env1", "--tls=other.example")
        world.commit("by a wrong name")
        until("the log says why", lambda: "TLS not agreed" in world.nodes["env1"].process.log())
        smsc.until("unbound", 2)
        same("binds", 2, len(smsc.said("bind")))
