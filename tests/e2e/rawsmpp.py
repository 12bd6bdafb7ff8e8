"""SMPP octets by hand, for what no decent client would send (SMPP 3.4 sections 3 and 4)."""

import socket
import struct

BIND_TRANSCEIVER, BIND_TRANSCEIVER_RESP = 0x00000009, 0x80000009
BIND_TRANSMITTER = 0x00000002
SUBMIT_SM, SUBMIT_SM_RESP = 0x00000004, 0x80000004
UNBIND, UNBIND_RESP = 0x00000006, 0x80000006
ENQUIRE_LINK, ENQUIRE_LINK_RESP = 0x00000015, 0x80000015
GENERIC_NACK = NACK = 0x80000000
DELIVER_SM, ALERT_NOTIFICATION, OUTBIND = 0x05, 0x102, 0x0B
UNANSWERED = (ALERT_NOTIFICATION, OUTBIND)


def pdu(command, sequence, body=b"", length=None):
    """One PDU; `length` lies about its length."""
    length = 16 + len(body) if length is None else length
    return struct.pack(">IIII", length, command, 0, sequence) + body


def bind_body(system_id, password, version=0x34):
    """The body of a bind."""
    words = system_id.encode() + b"\0" + password.encode() + b"\0" + b"\0"
    return words + bytes([version, 0, 0]) + b"\0"


def submit_body(destination, text):
    """The body of a submit_sm from TATA, with a receipt asked."""
    return (b"\0" + b"\x05\x00TATA\0" + b"\x01\x01" + destination.encode() + b"\0"
            + b"\0\0\0" + b"\0" + b"\0" + b"\x01\0\0\0" + bytes([len(text)]) + text)


def tlv(tag, value):
    """One optional parameter."""
    return struct.pack(">HH", tag, len(value)) + value


def tlvs(octets):
    """Optional parameters by tag."""
    found = {}
    while octets:
        tag, length = struct.unpack(">HH", octets[:4])
        found[tag], octets = octets[4:4 + length], octets[4 + length:]
    return found


def message(body):
    """A submit_sm or deliver_sm as a dict: addresses, esm_class, text and `tlvs`."""

    def word():
        nonlocal body
        text, body = body.split(b"\0", 1)
        return text.decode("latin-1")

    def octets(count):
        nonlocal body
        found, body = body[:count], body[count:]
        return found

    found = {"service": word(), "source_plane": tuple(octets(2)), "source": word(),
             "destination_plane": tuple(octets(2)), "destination": word()}
    found["esm_class"], found["protocol_id"], found["priority"] = octets(3)
    found["schedule"], found["validity"] = word(), word()
    found["registered"], found["replace"], found["data_coding"], found["default"] = octets(4)
    found["text"] = octets(octets(1)[0])
    found["tlvs"] = tlvs(body)
    return found


class Raw:
    """A TCP connection that sends whatever it is told."""

    def __init__(self, host, port=2775, seconds=5, local=None):
        self.asked = []
        self.socket = socket.create_connection(
            (host, port), timeout=seconds, source_address=(local, 0) if local else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, octets):
        """Sends them; a connection that is gone already is for `read` to find."""
        try:
            self.socket.sendall(octets)
        except OSError:
            pass

    def read(self):
        """The next PDU as (command, status, sequence, body), or None once it is closed."""
        header = self._exactly(16)
        if header is None:
            return None
        length, command, status, sequence = struct.unpack(">IIII", header)
        return command, status, sequence, self._exactly(length - 16)

    def ask(self, command, sequence, body=b""):
        """Sends a request and gives its answer; requests of the other side are answered 0 and
        kept in `asked`."""
        self.send(pdu(command, sequence, body))
        return self.until(lambda got: got[0] & NACK and got[2] == sequence)

    def until(self, wanted):
        """Reads until such a PDU, answering every request."""
        while True:
            got = self.read()
            if got is None:
                raise AssertionError("the connection was closed")
            if not got[0] & NACK:
                self.asked.append(got)
                if got[0] not in UNANSWERED:
                    body = b"\0" if got[0] == DELIVER_SM else b""
                    self.send(pdu(got[0] | NACK, got[2], body))
            if wanted(got):
                return got

    def receipt(self):
        """The next deliver_sm, or the one kept already, as a dict."""

        def is_it(got):
            return got[0] == DELIVER_SM

        for kept in self.asked:
            if is_it(kept):
                self.asked.remove(kept)
                return message(kept[3])
        got = self.until(is_it)
        self.asked.remove(got)
        return message(got[3])

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            try:
                more = self.socket.recv(count - len(octets))
            except ConnectionError:
                return None
            if not more:
                return None
            octets += more
        return octets

    def kill(self):
        """Closes it."""
        self.socket.close()
