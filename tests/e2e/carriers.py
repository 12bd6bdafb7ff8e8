"""Third-party SMPP clients that play TATA and other carriers.

Both offer the same: `bind`, `submit`, `pump`, and what they saw in `answers` and `receipts`.
A receipt is a dict with `id`, `stat`, `err` (from the text) and `tlv_id`, `tlv_state`.
"""

import json
import logging
import re
import select
import socket
import subprocess
import threading

import smpplib.client
import smpplib.consts
import smpplib.exceptions

from paths import HERE, PEERS
from process import Process
from waiting import until

logging.getLogger("smpp").setLevel(logging.CRITICAL)

RECEIPT = re.compile(r"id:(\S*) .*?stat:(\S*) err:(\S*)", re.DOTALL)


def receipt_of(text, tlv_id, tlv_state, pdu):
    """The receipt in a deliver_sm's text (SMPP 3.4 appendix B), or None."""
    found = RECEIPT.search(text)
    if not found:
        return None
    return {"id": found[1], "stat": found[2], "err": found[3],
            "tlv_id": tlv_id, "tlv_state": tlv_state, "pdu": pdu}


class Gone(Exception):
    """The other side closed the connection."""


class Smpplib:
    """PyPI smpplib. One thread: `pump` reads what has come."""

    peer = "smpplib 2.2.4"

    def __init__(self, host, system_id, password, port=2775, local=None):
        self.host, self.port, self.local = host, port, local
        self.system_id, self.password = system_id, password
        self.client = None
        self.answers = {}
        self.receipts = []
        self.others = []

    def connect(self):
        """Opens the TCP connection, from `local` if given."""
        self.client = smpplib.client.Client(
            self.host, self.port, timeout=10, allow_unknown_opt_params=True
        )
        if self.local:
            connection = socket.socket()
            connection.settimeout(10)
            connection.bind((self.local, 0))
            self.client._socket = connection
        self.client.set_message_received_handler(self._received)
        self.client.set_message_sent_handler(self._answered)
        self.client.set_error_pdu_handler(self._answered)
        self.client.connect()
        self.client._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def bind(self, kind="transceiver"):
        """Connects and binds; returns the command_status of the answer."""
        self.connect()
        try:
            getattr(self.client, f"bind_{kind}")(system_id=self.system_id, password=self.password)
        except smpplib.exceptions.PDUError as refused:
            return refused.args[1]
        return 0

    def submit(self, destination, text, **fields):
        """Sends one submit_sm and returns its sequence number; the answer comes by `pump`."""
        octets = text if isinstance(text, bytes) else text.encode("ascii")
        wanted = {
            "source_addr_ton": smpplib.consts.SMPP_TON_ALNUM,
            "source_addr_npi": 0,
            "source_addr": "TATA",
            "dest_addr_ton": 1,
            "dest_addr_npi": 1,
            "destination_addr": destination,
            "short_message": octets,
            "data_coding": 0,
            "esm_class": 0,
            "registered_delivery": 1,
        }
        try:
            return self.client.send_message(**{**wanted, **fields}).sequence
        except smpplib.exceptions.ConnectionError as broken:
            raise Gone(str(broken)) from broken

    def pump(self, seconds=0.0):
        """Handles all that has come, waiting at most so long for the first of it."""
        try:
            ready = select.select([self.client._socket], [], [], seconds)[0]
            while ready:
                self.client.read_once(auto_send_enquire_link=False)
                ready = select.select([self.client._socket], [], [], 0)[0]
        except (smpplib.exceptions.ConnectionError, OSError) as broken:
            raise Gone(str(broken)) from broken

    def until(self, what, look, seconds=10.0):
        """Pumps until `look` gives something true."""

        def step():
            self.pump(0.01)
            return look()

        return until(what, step, seconds, every=0)

    def answer(self, sequence, seconds=10.0):
        """The (status, message id) that answered a submit."""
        return self.until("submit_sm_resp", lambda: self.answers.get(sequence), seconds)

    def closed(self):
        """Has the other side closed? Anything it still says is thrown away."""
        try:
            self.client._socket.settimeout(5)
            while self.client._socket.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def unbind(self):
        """Unbinds as one should, and closes."""
        self.client.unbind()
        self.close()

    def close(self):
        """Closes without a word."""
        if self.client is not None and self.client._socket is not None:
            self.client._socket.close()
            self.client._socket = None

    kill = close

    def _answered(self, pdu):
        if pdu.command == "submit_sm_resp":
            identity = getattr(pdu, "message_id", None) or b""
            self.answers[pdu.sequence] = (int(pdu.status), identity.decode("ascii"))
        else:
            self.others.append((pdu.command, int(pdu.status)))

    def _received(self, pdu):
        text = (pdu.short_message or b"").decode("latin-1")
        tlv_id = (getattr(pdu, "receipted_message_id", None) or b"").rstrip(b"\0").decode("ascii")
        receipt = receipt_of(text, tlv_id, getattr(pdu, "message_state", None), pdu)
        if receipt is None:
            self.others.append(("deliver_sm", text))
        else:
            self.receipts.append(receipt)
        return smpplib.consts.SMPP_ESME_ROK


class NpmSmpp:
    """npm smpp in a Node process; JSON lines both ways (esme.js)."""

    peer = "npm smpp 0.5.1"

    def __init__(self, host, system_id, password, directory, port=2775, name="npm-smpp"):
        self.host, self.port = host, port
        self.system_id, self.password = system_id, password
        self.answers, self.receipts, self.others = {}, [], []
        self.events, self.tickets, self.gone = [], 0, False
        self.process = Process(
            name, ["node", f"{HERE}/esme.js", host, port], directory,
            env={"NODE_PATH": f"{PEERS}/node_modules"}, stdin=subprocess.PIPE,
        )

    def bind(self, kind="transceiver"):
        """Connects and binds; returns the command_status of the answer."""
        self.gone, self.bound = False, None
        child = self.process
        with open(child.log_path, "ab") as log:
            child.child = subprocess.Popen(
                child.argv, cwd=child.directory, env=child.env,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )
        threading.Thread(target=self._read, args=(child.child.stdout,), daemon=True).start()
        self._say(op="bind", kind=kind, system_id=self.system_id, password=self.password)
        return until("bind answer", lambda: self.gone or self.bound is not None) and self.bound

    def submit(self, destination, text, **fields):
        """Sends one submit_sm and returns our ticket for it; the answer comes by itself.

        npm smpp encodes a text itself; octets go as they are.
        """
        said = {"text": text.hex()} if isinstance(text, bytes) else {"said": text}
        self.tickets += 1
        wanted = {"source_addr_ton": 5, "source_addr_npi": 0, "source_addr": "TATA",
                  "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": destination,
                  "data_coding": 0, "esm_class": 0, "registered_delivery": 1}
        self._say(op="submit", ticket=self.tickets, pdu={**wanted, **fields}, **said)
        return self.tickets

    def pump(self, seconds=0.0):
        """Nothing to do but to see that it is still there: a thread reads."""
        if self.gone:
            raise Gone("npm smpp lost its connection")

    def until(self, what, look, seconds=10.0):
        """Waits until `look` gives something true."""

        def step():
            self.pump()
            return look()

        return until(what, step, seconds, every=0.002)

    def answer(self, ticket, seconds=10.0):
        """The (status, message id) that answered a submit."""
        return self.until("submit_sm_resp", lambda: self.answers.get(ticket), seconds)

    def unbind(self):
        """Unbinds as one should, and ends."""
        self._say(op="unbind")
        self.process.wait()

    def close(self):
        """Ends without a word."""
        self.process.kill()

    kill = close

    def _say(self, **words):
        try:
            self.process.write(json.dumps(words))
        except OSError as broken:
            raise Gone(str(broken)) from broken

    def _read(self, lines):
        for line in lines:
            event = json.loads(line)
            kind = event["event"]
            if kind == "bound":
                self.bound = event["status"]
            elif kind == "answer":
                self.answers[event["ticket"]] = (event["status"], event["id"])
            elif kind == "deliver":
                text = bytes.fromhex(event["text"]).decode("latin-1")
                receipt = receipt_of(text, event["tlv_id"], event["tlv_state"], event)
                if receipt:
                    self.receipts.append(receipt)
                else:
                    self.others.append(("deliver_sm", text))
        self.gone = True
