"""SMPP octets by hand, for what no decent client would send (SMPP 3.4 sections 3 and 4)."""

import socket
import struct

BIND_TRANSCEIVER, BIND_TRANSCEIVER_RESP = 0x00000009, 0x80000009
SUBMIT_SM, SUBMIT_SM_RESP = 0x00000004, 0x80000004
UNBIND, UNBIND_RESP = 0x00000006, 0x80000006
ENQUIRE_LINK, ENQUIRE_LINK_RESP = 0x00000015, 0x80000015
GENERIC_NACK = 0x80000000


def pdu(command, sequence, body=b"", length=None):
    """One PDU; `length` lies about its length."""
    length = 16 + len(body) if length is None else length
    return struct.pack(">IIII", length, command, 0, sequence) + body


def bind_body(system_id, password):
    """The body of a bind."""
    return system_id.encode() + b"\0" + password.encode() + b"\0" + b"\0" + b"\x34\0\0" + b"\0"


def submit_body(destination, text):
    """The body of a submit_sm from TATA, with a receipt asked."""
    return (b"\0" + b"\x05\x00TATA\0" + b"\x01\x01" + destination.encode() + b"\0"
            + b"\0\0\0" + b"\0" + b"\0" + b"\x01\0\0\0" + bytes([len(text)]) + text)


class Raw:
    """A TCP connection that sends whatever it is told."""

    def __init__(self, host, port=2775, seconds=5):
        self.socket = socket.create_connection((host, port), timeout=seconds)
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
