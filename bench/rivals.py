"""Kamailio and Kannel as Debian has them, on core 0, set up for the same work as our node."""

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from node import DOMAIN, PASSWORD, SINK

KAMAILIO, CENTRE = "127.0.0.7:5060", "127.0.0.7:2775"


class Rival:
    """Processes in a directory of their own."""


    def __init__(self, name, files, command, ready):
        self.directory = tempfile.mkdtemp(prefix=f"signalbox-bench-{name}-")
        for file, text in files.items():
            with open(os.path.join(self.directory, file), "w", encoding="ascii") as out:
                out.write(text)
        self.log = open(os.path.join(self.directory, "log"), "wb")
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], cwd=self.directory,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        deadline = time.monotonic() + 20
        while not ready():
            if time.monotonic() > deadline or self.process.poll() is not None:
                with open(self.log.name, encoding="utf-8", errors="replace") as log:
                    raise SystemExit(f"{name} did not start:\n{log.read()}")
            time.sleep(0.1)

    @property
    def pids(self):
        """All of its processes: they are a session."""
        listed = subprocess.run(["ps", "-o", "pid=", "-s", str(self.process.pid)],
                                capture_output=True, text=True, check=True)
        return [int(pid) for pid in listed.stdout.split()]

    def stop(self):
        """Ends all of them."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def kamailio():
    """Registrar and proxy of our accounts: REGISTER and MESSAGE are challenged, contacts kept in
    memory, nothing is stored and nothing rated."""
    [modules] = glob.glob("/usr/lib/*/kamailio/modules")
    config = KAMAILIO_CFG.replace("MODULES", modules).replace("ADDRESS", KAMAILIO)
    config = config.replace("DOMAIN", DOMAIN).replace("PASSWORD", PASSWORD)
    command = ["kamailio", "-DD", "-E", "-m", "2048", "-M", "64", "-f", "kamailio.cfg",
               "-Y", ".", "-P", "pid"]
    return Rival("kamailio", {"kamailio.cfg": config}, command, answers_options)


def kannel():
    """bearerbox bound to two message centres: what comes from the one goes to the other. Nothing is
    stored (store-type is not set) and nothing rated. It binds when they listen."""
    source, sink = (at.split(":") for at in (CENTRE, SINK))
    config = KANNEL_CONF.format(source=source, sink=sink, password=PASSWORD)
    return Rival("kannel", {"kannel.conf": config}, ["bearerbox", "-v", "4", "kannel.conf"],
                 lambda: True)


def answers_options():
    """Whether Kamailio is there."""
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.bind(("127.0.0.1", 0))
    asker.settimeout(0.2)
    host, port = KAMAILIO.split(":")
    here = "%s:%s" % asker.getsockname()
    try:
        asker.sendto(OPTIONS.format(here=here, domain=DOMAIN).encode(), (host, int(port)))
        return asker.recv(4096).startswith(b"SIP/2.0 200")
    except OSError:
        return False
    finally:
        asker.close()


OPTIONS = """\
OPTIONS sip:{domain} SIP/2.0\r
Via: SIP/2.0/UDP {here};branch=z9hG4bKbench;rport\r
Max-Forwards: 70\r
From: <sip:bench@{domain}>;tag=bench\r
To: <sip:{domain}>\r
Call-ID: bench\r
CSeq: 1 OPTIONS\r
Content-Length: 0\r
\r
"""

KAMAILIO_CFG = """\
#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=1
disable_tcp=yes
maxbuffer=4194304
auto_aliases=no
alias="DOMAIN"
listen=udp:ADDRESS
mpath="MODULES/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "hash_size", 14)
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("DOMAIN", "PASSWORD", "0")) { www_challenge("DOMAIN", "1"); exit; }
    save("location");
    exit;
  }
  if (is_method("MESSAGE")) {
    if (!pv_proxy_authenticate("DOMAIN", "PASSWORD", "0")) { proxy_challenge("DOMAIN", "1"); exit; }
    consume_credentials();
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    t_relay();
    exit;
  }
  sl_send_reply("405", "Method Not Allowed");
}
"""

KANNEL_CONF = """\
group = core
admin-port = 13010
admin-password = bench
log-level = 4
admin-allow-ip = "127.0.0.1"
smsbox-port = 13011
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = IN
host = {source[0]}
port = {source[1]}
smsc-username = load
smsc-password = {password}
system-type = ""
transceiver-mode = true
reroute-smsc-id = OUT
reconnect-delay = 1

group = smsc
smsc = smpp
smsc-id = OUT
host = {sink[0]}
port = {sink[1]}
smsc-username = load
smsc-password = {password}
system-type = ""
transceiver-mode = true
max-pending-submits = 500
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1

group = sms-service
keyword = default
text = "no smsbox runs"
"""
