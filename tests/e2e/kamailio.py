"""Kamailio as the other end of a trunk: asks who we are, takes what we say, relays to us.

The first MESSAGE to a number that ends in 503 is answered 503 with Retry-After, and each to one
that begins with 404 is answered 404.
"""

import glob
import os
import re
import socket

from process import Process
from waiting import until

ADDRESS, PORT, TLS_PORT = "127.0.0.8", 5060, 5061
REALM, PASSWORD, REST_SECONDS = "gw.example", "between", 3
ENROLLED = re.compile(r"ENROLLED (\w+) (\w+) <(.*)> (\d+)")
TEXT = re.compile(r"TEXT (\w+) (\S+) (\S+) <(.*)>")


class Kamailio:
    """One Kamailio, by UDP and TCP at one address, and by TLS where it has a certificate."""

    peer = "kamailio"

    def __init__(self, directory, name="kamailio", address=ADDRESS, authority=None):
        self.address = address
        [modules] = glob.glob("/usr/lib/*/kamailio/modules")
        path = os.path.join(directory, f"{name}.cfg")
        secure = ""
        if authority:
            certificate, key = authority.issue(name, REALM, address)
            secure = SECURE.format(address=address, port=TLS_PORT, certificate=certificate,
                                   key=key, roots=authority.certificate)
        with open(path, "w", encoding="ascii") as config:
            config.write(CONFIG.replace("MODULES", modules).replace("ADDRESS", address)
                         .replace("SECURE\n", secure).replace("REST", str(REST_SECONDS)))
        run = os.path.join(directory, f"{name}-run")
        os.makedirs(run, exist_ok=True)
        self.process = Process(name, ["kamailio", "-DD", "-E", "-f", path, "-Y", run,
                                      "-P", os.path.join(run, "pid")], directory)

    def start(self):
        """Starts it and waits until it answers an OPTIONS."""
        self.process.start()
        until("kamailio that answers", lambda: "200" in (
            ask("OPTIONS", "sip:gw.example", at=self.address) or ""), seconds=20, every=0.1)
        return self

    @property
    def texts(self):
        """What it took from us: transport, caller, called, text."""
        return TEXT.findall(self.process.log())

    @property
    def enrolled(self):
        """How we registered there: transport, user, contact, for how many seconds."""
        return ENROLLED.findall(self.process.log())

    def kill(self):
        """Ends all of its processes."""
        self.process.stop()


def ask(method, uri, text="", caller="2000", more="", at=ADDRESS):
    """Sends one request to it from somewhere else; gives its final answer's first line."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind(("127.0.0.1", 0))
    sender.settimeout(2)
    here = "%s:%s" % sender.getsockname()
    mark = os.urandom(6).hex()
    sender.sendto(REQUEST.format(method=method, uri=uri, here=here, mark=mark, caller=caller,
                                 more=more, length=len(text.encode()), text=text).encode(),
                  (at, PORT))
    try:
        while True:
            line = sender.recv(65535).decode().split("\r\n")[0]
            if not line.startswith("SIP/2.0 1"):
                return line
    except (TimeoutError, ConnectionRefusedError):
        return None
    finally:
        sender.close()


REQUEST = """\
{method} {uri} SIP/2.0\r
Via: SIP/2.0/UDP {here};branch=z9hG4bK{mark};rport\r
Max-Forwards: 70\r
From: <sip:{caller}@gw.example>;tag={mark}\r
To: <{uri}>\r
Call-ID: {mark}\r
CSeq: 1 {method}\r
{more}Content-Type: text/plain\r
Content-Length: {length}\r
\r
{text}"""

CONFIG = """\
#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
tcp_source_ipv4=ADDRESS
alias="gw.example"
listen=udp:ADDRESS:5060
listen=tcp:ADDRESS:5060
mpath="MODULES/"
SECURE
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "path.so"
modparam("registrar", "use_path", 1)
modparam("registrar", "path_mode", 0)
modparam("registrar", "min_expires", 5)
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER") && $td == "gw.example") {
    if (!pv_www_authenticate("gw.example", "between", "0")) {
      www_challenge("gw.example", "1");
      exit;
    }
    xlog("L_NOTICE", "ENROLLED $proto $tU $hdr(Contact) $hdr(Expires)\\n");
    save("location");
    exit;
  }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("env1.example", "open-sesame", "0")) {
      www_challenge("env1.example", "1");
      exit;
    }
    save("location");
    exit;
  }
  if (!is_method("MESSAGE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
  if ($si == "127.0.0.2") {
    if (!pv_proxy_authenticate("gw.example", "between", "0")) {
      proxy_challenge("gw.example", "1");
      exit;
    }
    consume_credentials();
    if (lookup("location")) { t_relay(); exit; }
    if ($rU =~ "503$" && $shv(rested) == 0) {
      $shv(rested) = 1;
      append_to_reply("Retry-After: REST\r\n");
      sl_send_reply("503", "Service Unavailable");
      exit;
    }
    if ($rU =~ "^[+]?404") { sl_send_reply("404", "Not Found"); exit; }
    xlog("L_NOTICE", "TEXT $proto $fU $rU <$rb>\\n");
    sl_send_reply("202", "Accepted");
    exit;
  }
  if (is_present_hf("X-To-Customer")) {
    $ru = "sip:us@gw.example";
    if (!lookup("location")) { sl_send_reply("404", "Not Here"); exit; }
  } else if (is_present_hf("X-By-Tls")) {
    $du = "sip:127.0.0.2:5061;transport=tls";
  } else if (is_present_hf("X-By-Tcp")) {
    $du = "sip:127.0.0.2:5060;transport=tcp";
  } else {
    $du = "sip:127.0.0.2:5060";
  }
  t_relay();
}
"""

# It verifies the certificate of whom it dials, as our node does.
SECURE = """\
enable_tls=yes
listen=tls:{address}:{port}
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "{certificate}")
modparam("tls", "private_key", "{key}")
modparam("tls", "ca_list", "{roots}")
modparam("tls", "verify_certificate", 0)
"""
