"""Third-party phones: linphone, baresip, and sipp for volume and for answers other than 200.

Each offers `register`, `received` (a list of Got) and `stop`; linphone and baresip also `send`.
linphone resolves `env1.example` because the scenario has an /etc/hosts of its own (run.py).
"""

import json
import os
import re
import socket
import subprocess
from collections import namedtuple

from paths import HERE
from process import Process
from sockets import listening_sockets
from waiting import until

# What a phone got: from whom (user part), the text, and the Call-ID where the phone tells it.
Got = namedtuple("Got", "sender text call_id")


class Linphone:
    """linphone-daemon. It wants `$HOME/.local/share/linphone` to exist, and a default account.

    With `cpim` it sends texts within message/cpim and asks what becomes of them, as its makers'
    own accounts do.
    """

    peer = "linphone-daemon 5.1"
    digest = None  # it takes what it can of the default offer

    def __init__(self, user, password, domain, server, directory, port, transport="udp",
                 trusted="", six=False, cpim=False):
        self.user, self.domain, self.transport = user, domain, transport
        six, cpim = int(six), int(cpim)
        ports = dict.fromkeys(("udp", "tcp", "tls"), 0) | {transport: port}
        secure = ":5061" if transport == "tls" else ""
        self.home = os.path.join(directory, f"linphone-{user}")
        for folder in (".local/share/linphone", ".config/linphone"):
            os.makedirs(os.path.join(self.home, folder))
        config, self.trace = os.path.join(self.home, "rc"), os.path.join(self.home, "trace")
        with open(config, "w", encoding="utf-8") as rc:
            rc.write(LINPHONE_RC.format(**vars(), user_agent="linphone-daemon/5.1"))
        self.process = Process(
            f"linphone-{user}",
            ["linphone-daemon", "--config", config, *(["--log", self.trace] if cpim else [])],
            directory,
            env={"HOME": self.home}, stdin=subprocess.PIPE,
        )

    def register(self, seconds=20):
        """Starts it and waits until it says that it is registered."""
        self.process.start()

        def registered():
            self.process.write("register-info ALL")
            return "State: LinphoneRegistrationOk" in self.process.log()

        until(f"registration of {self.user} by linphone", registered, seconds, every=0.2)
        return self

    def send(self, number, text):
        """A MESSAGE to a number of its own domain."""
        self.process.write(f"message sip:{number}@{self.domain} {text}")

    @property
    def sent(self):
        """How many of its messages have been answered with 2xx."""
        return self.process.log().count("State: LinphoneChatMessageStateDelivered")

    @property
    def told(self):
        """How many of its messages it was told have arrived (RFC 5438)."""
        try:
            with open(self.trace, encoding="utf-8", errors="replace") as trace:
                return trace.read().count("moving from Delivered to DeliveredToUser")
        except FileNotFoundError:
            return 0

    @property
    def received(self):
        """What its user sees."""
        return [Got(found[1], found[2], None)
                for found in LINPHONE_RECEIVED.finditer(self.process.log())]

    def stop(self):
        """Ends it; it takes its registration back."""
        if self.process.running:
            self.process.write("quit")
            self.process.wait(20)

    def kill(self):
        """Ends it without a word to anybody."""
        self.process.kill()


class Baresip:
    """baresip with ctrl_tcp; what it received is read from its SIP trace.

    It asks DNS for names, and there is none here: its outbound is an address.
    """

    peer = "baresip 1.0.0"
    digest = "md5"

    def __init__(self, user, password, domain, server, directory, port, contacts=(),
                 transport="udp"):
        self.user, self.domain, self.transport = user, domain, transport
        self.folder = os.path.join(directory, f"baresip-{user}")
        os.makedirs(self.folder)
        self.control = port + 5  # it takes port (UDP, TCP) and port + 1 (TLS) itself
        files = {
            "config": BARESIP_CONFIG.format(port=port, control=self.control),
            "accounts": BARESIP_ACCOUNT.format(**vars()),
            "contacts": "".join(f'"{n}" <sip:{n}@{domain}>\n' for n in contacts),
        }
        for name, text in files.items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.process = Process(
            f"baresip-{user}", ["stdbuf", "-oL", "baresip", "-s", "-f", self.folder], directory
        )

    def register(self, seconds=20):
        """Starts it and waits until its REGISTER was answered with 200."""
        self.process.start()
        answered = re.compile(r"SIP/2\.0 200 [^\r]*\r\n(?:[^\r]+\r\n)*?CSeq: \d+ REGISTER")
        until(f"registration of {self.user} by baresip",
              lambda: answered.search(self.process.log()), seconds)
        return self

    def send(self, text):
        """A MESSAGE to its current contact (the first one)."""
        order = json.dumps({"command": "message", "params": text, "token": "t"}).encode()
        with socket.create_connection(("127.0.0.1", self.control), timeout=10) as control:
            control.sendall(b"%d:%s," % (len(order), order))
            control.recv(65536)

    @property
    def sent(self):
        """How many of its messages have been answered with 2xx."""
        return len(BARESIP_SENT.findall(self.process.log()))

    @property
    def received(self):
        """What arrived, as its trace shows it."""
        return [Got(found[1], found[3], found[2])
                for found in BARESIP_RECEIVED.finditer(self.process.log())]

    def stop(self):
        """Ends it; it takes its registration back."""
        if self.process.running:
            self.process.stop(20)

    kill = stop


class Sipp:
    """sipp: registers with digest, then answers every MESSAGE with one status and logs it."""

    peer = "sipp 3.6.1"

    def __init__(self, user, password, domain, server, directory, port, status="200 OK",
                 local="127.0.0.1"):
        self.user, self.password, self.domain = user, password, domain
        self.server, self.port, self.local = server, port, local
        self.directory = directory
        self.log_path = os.path.join(directory, f"sipp-{user}-{port}.got")
        scenario = os.path.join(directory, f"sipp-{user}-{port}.xml")
        with open(f"{HERE}/sipp/phone.xml", encoding="utf-8") as source:
            with open(scenario, "w", encoding="utf-8") as target:
                target.write(source.read().replace("STATUS", status))
        self.process = Process(
            f"sipp-{user}-{port}",
            ["sipp", "-sf", scenario, "-i", local, "-p", port, "-nostdin",
             "-deadcall_wait", "0", "-trace_logs", "-log_file", self.log_path],
            directory,
        )

    def register(self, expires=3600):
        """REGISTER with digest from the port where it will listen, then listens there."""
        ended = subprocess.run(
            ["sipp", "-sf", f"{HERE}/sipp/register.xml", "-i", self.local, "-p", str(self.port),
             f"{self.server}:5060", "-s", self.domain, "-key", "user", self.user,
             "-key", "expires", str(expires), "-au", self.user, "-ap", self.password,
             "-auth_uri", self.domain,
             "-m", "1", "-nostdin", "-timeout", "10s", "-timeout_error"],
            cwd=self.directory, capture_output=True, text=True, timeout=30,
        )
        if ended.returncode != 0:
            raise AssertionError(f"sipp could not register {self.user}: {ended.stdout[-2000:]}"
                                 f"{ended.stderr[-500:]}")
        return self.listen() if expires else self

    def listen(self):
        """Only listens."""
        if not self.process.running:
            self.process.start()
            until(f"socket of sipp {self.user}",
                  lambda: ("udp", self.local, self.port) in listening_sockets())
        return self

    @property
    def received(self):
        """Every MESSAGE it answered, in order; a retransmission is not a new one."""
        try:
            with open(self.log_path, "rb") as log:
                said = log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        return [Got(sender, text.rstrip("\r\n"), call_id)
                for call_id, sender, text in SIPP_GOT.findall(said)]

    def stop(self):
        """Ends it; its registration stays."""
        self.process.kill()

    kill = stop


SIPP_GOT = re.compile(r"<GOT>([^|]*)\|<sip:([^|]*)\|(.*?)</GOT>", re.DOTALL)
LINPHONE_RECEIVED = re.compile(
    r'Event-type: message-received\s+From: [^\n]*?sips?:([^@;>\n]*)[^\n]*\nTo: [^\n]*\n'
    r'Id: [^\n]*\nContent: "(.*?)"\n\n', re.DOTALL)
BARESIP_RECEIVED = re.compile(
    r"(?:UDP|TCP) \S+:5060 -> \S+\nMESSAGE sip:(?:(?!\x1b\[).)*?"
    r"From: [^\r]*?<?sip:([^@\r]*)@(?:(?!\x1b\[).)*?"
    r"Call-ID: ([^\r]*)(?:(?!\x1b\[).)*?\r\n\r\n(.*?)\x1b\[", re.DOTALL)
BARESIP_SENT = re.compile(r"SIP/2\.0 2\d\d [^\r]*\r\n(?:[^\r]+\r\n)*?CSeq: \d+ MESSAGE")

LINPHONE_RC = """\
[sip]
default_proxy=0
sip_port={ports[udp]}
sip_tcp_port={ports[tcp]}
sip_tls_port={ports[tls]}
root_ca={trusted}
use_ipv6={six}
user_agent={user_agent}
[net]
dns_srv_enabled=0
[proxy_default_values]
cpim_in_basic_chat_rooms_enabled={cpim}
[proxy_0]
reg_identity=sip:{user}@{domain}
reg_proxy=<sip:{domain}{secure};transport={transport}>
reg_sendregister=1
reg_expires=300
[auth_info_0]
username={user}
passwd={password}
realm={domain}
domain={domain}
"""

BARESIP_CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
call_max_calls 1
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
module_app contact.so
"""

BARESIP_ACCOUNT = (
    "<sip:{user}@{domain};transport={transport}>;auth_pass={password};"
    'outbound="sip:{server}:5060;transport={transport}";regint=120\n'
)
