"""A handset behind an IMS: short messages in pycrate's octets (3GPP TS 24.011, 23.040).

The SIP around them (TS 24.341: a REGISTER with its feature tag, MESSAGEs of
application/vnd.3gpp.sms both ways, In-Reply-To) is a few lines here; what is a short message, and
what it says, only pycrate knows.
"""

import hashlib
import re
import secrets
import socket
import threading

from pycrate_mobile.TS23040_SMS import SMS_SUBMIT
from pycrate_mobile.TS24011_PPSMS import RP_ACK_MO, RP_ERROR_MO, RP_DATA_MO, PPSMSRPTypeClasses

from phones import Got
from waiting import until

RP_DATA, RP_ACK, RP_ERROR = 1, 3, 5
DELIVER, STATUS_REPORT = 0, 2
CONTENT = "application/vnd.3gpp.sms"


class Handset:
    """One that has room (`memory`), or refuses the next so many short messages."""

    peer = "pycrate 0.8.1"

    def __init__(self, user, password, domain, server, port):
        self.user, self.password, self.domain = user, password, domain
        self.server, self.port = (server, 5060), port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.full = 0  # refuses so many
        self.received, self.acked, self.errors, self.reports = [], [], [], []
        self._parts, self._sequence, self._answers, self._known = {}, 0, {}, {}
        threading.Thread(target=self._listen, daemon=True).start()

    def register(self):
        """A contact with the feature tag of TS 24.341."""
        contact = f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>;+g.3gpp.smsip\r\n"
        status = self._ask("REGISTER", f"sip:{self.domain}", self.user, contact, b"")
        if status != 200:
            raise AssertionError(f"REGISTER of {self.user} was answered with {status}")
        return self

    def send(self, number, text, reference, wants_report=False):
        """An SMS-SUBMIT in an RP-DATA; says the final answer to the MESSAGE."""
        ucs2 = any(ord(character) > 0x7F for character in text)
        unit = SMS_SUBMIT(val={
            "TP_SRR": int(wants_report), "TP_MR": reference,
            "TP_DA": {"Type": 1, "Num": number}, "TP_DCS": {"Charset": 2 if ucs2 else 0},
            "TP_UD": {"UD": text}})
        said = RP_DATA_MO(val={"Ref": reference})
        said.set_tpdu(unit)
        return self._say("smsc", said.to_bytes())

    def stop(self):
        """It is gone."""
        self.socket.close()

    kill = stop

    def _say(self, user, octets, in_reply_to=""):
        headers = f"Content-Type: {CONTENT}\r\n"
        if in_reply_to:
            headers += f"In-Reply-To: {in_reply_to}\r\n"
        return self._ask("MESSAGE", f"sip:{user}@{self.domain}", user, headers, octets)

    def _ask(self, method, uri, to_user, headers, body):
        """A request, with credentials when they are asked for; says the final status."""
        call_id = f"{secrets.token_hex(8)}@handset"
        answer = self._request(method, uri, to_user, call_id, headers, body)
        if answer[0] in (401, 407):
            name = "Authorization" if answer[0] == 401 else "Proxy-Authorization"
            more = f"{name}: {self._credentials(answer[1], method, uri)}\r\n"
            answer = self._request(method, uri, to_user, call_id, headers + more, body)
        return answer[0]

    def _request(self, method, uri, to_user, call_id, headers, body):
        self._sequence += 1
        number = self._sequence
        head = (f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{call_id}{number}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{self.user}@{self.domain}>;tag=h\r\n"
                f"To: <sip:{to_user}@{self.domain}>\r\nCall-ID: {call_id}\r\n"
                f"CSeq: {number} {method}\r\n{headers}Content-Length: {len(body)}\r\n\r\n")
        self.socket.sendto(head.encode() + body, self.server)
        until(f"answer to {method} of {self.user}", lambda: number in self._answers, 10)
        return self._answers[number]

    def _credentials(self, head, method, uri):
        """RFC 7616 with MD5, which every registrar offers."""
        challenge = next(line for line in head.split("\r\n") if "MD5" in line)
        nonce = re.search(r'nonce="([^"]*)"', challenge)[1]
        realm = re.search(r'realm="([^"]*)"', challenge)[1]

        def digest(*words):
            return hashlib.md5(":".join(words).encode()).hexdigest()

        response = digest(digest(self.user, realm, self.password), nonce, "00000001", "c", "auth",
                          digest(method, uri))
        return (f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
                f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"')

    def _listen(self):
        while True:
            try:
                octets, peer = self.socket.recvfrom(65536)
            except OSError:
                return
            head, _, body = octets.partition(b"\r\n\r\n")
            head = head.decode()
            found = re.match(r"SIP/2\.0 (\d+)", head)
            if found:
                number = int(re.search(r"\r\nCSeq: *(\d+)", head)[1])
                if int(found[1]) >= 200:
                    self._answers[number] = (int(found[1]), head)
                continue
            self._take(head, body, peer)

    def _take(self, head, body, peer):
        """A MESSAGE: 200, and what the relay layer says is answered by a MESSAGE."""
        kept = [line for line in head.split("\r\n")
                if re.match(r"(Via|From|To|Call-ID|CSeq):", line)]
        answer = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
        self.socket.sendto(answer.encode(), peer)
        call_id = re.search(r"\r\nCall-ID: *(\S+)", head)[1]
        branch = re.search(r"branch=([^;\r]+)", head)[1]
        if self._known.setdefault(branch, True) is not True:
            return
        self._known[branch] = False
        said = self._heard(body)
        if said is not None:
            threading.Thread(target=self._say, args=("smsc", said, call_id), daemon=True).start()

    def _heard(self, body):
        """What came by the relay layer, and what is to be said to it."""
        said = PPSMSRPTypeClasses[body[0] & 7]()
        said.from_bytes(body)
        kind, reference = said["MTI"](), said["Ref"]()
        if kind == RP_ACK:
            self.acked.append(reference)
            return None
        if kind == RP_ERROR:
            self.errors.append((reference, body[3] & 0x7F))
            return None
        assert kind == RP_DATA, f"a network says {kind}"
        unit = said["RPUserData"][-1]
        if unit["TP_MTI"]() == STATUS_REPORT:
            self.reports.append((unit["TP_MR"](), unit["TP_ST"]()))
        elif self.full:
            self.full -= 1
            return RP_ERROR_MO(val={"Ref": reference, "RPCause": {"Value": 22}}).to_bytes()
        else:
            self._deliver(unit)
        return RP_ACK_MO(val={"Ref": reference}).to_bytes()

    def _deliver(self, unit):
        text, sender = unit["TP_UD"]["UD"].decode(), unit["TP_OA"]["Num"].decode()
        place = (0, 1, 1)
        if unit["TP_UDHI"]():
            header = unit["TP_UD"]["UDH"]["UDH"].to_bytes()
            assert header[:2] == b"\0\3", f"not a reference of 8 bits: {header.hex()}"
            place = tuple(header[2:5])
        reference, total, sequence = place
        parts = self._parts.setdefault((sender, reference, total), {})
        parts[sequence] = text
        if len(parts) == total:
            del self._parts[sender, reference, total]
            whole = "".join(parts[one] for one in sorted(parts))
            self.received.append(Got(sender, whole, None))
