"""A collector of HEP: it reads each packet itself, and hands it on to sngrep, which judges."""

import os
import socket
import struct
import subprocess
import threading

from process import Process
from waiting import until

# HEP3: type of chunk -> what is made of it.
NAMES = {0x07: "from_port", 0x08: "to_port", 0x0b: "kind", 0x0c: "agent", 0x0f: "payload",
         0x11: "correlation"}
SIP, LOG, SMPP = 1, 100, 200


def parsed(packet):
    """The chunks of a packet that matter."""
    assert packet[:4] == b"HEP3", packet[:8]
    length, = struct.unpack_from("!H", packet, 4)
    assert length == len(packet), (length, len(packet))
    found, at = {}, 6
    while at < length:
        _, kind, size = struct.unpack_from("!HHH", packet, at)
        value = packet[at + 6:at + size]
        if kind in NAMES:
            number = kind in (0x07, 0x08, 0x0b, 0x0c)
            found[NAMES[kind]] = int.from_bytes(value, "big") if number else value
        at += size
    return found


class Collector:
    """Listens for HEP on one port."""

    def __init__(self, directory, port=9060, behind=29060):
        self.packets, self.behind = [], behind
        self.pcap = os.path.join(directory, "hep.pcap")
        # It wants a terminal to be quiet on, and ends when its input does.
        self.sngrep = Process("sngrep", ["sngrep", "-L", f"udp:127.0.0.1:{behind}", "-N", "-q",
                                         "-O", self.pcap], directory, stdin=subprocess.PIPE,
                              env={"TERM": "xterm"})
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))

    def start(self):
        """Both listen from now on."""
        self.sngrep.start()
        bound = f":{self.behind:04X} "
        def listens():
            with open("/proc/net/udp", encoding="ascii") as table:
                return bound in table.read()
        until("sngrep to listen", listens, 10)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        while True:
            try:
                packet = self.socket.recv(70_000)
                self.packets.append(parsed(packet))
                self.socket.sendto(packet, ("127.0.0.1", self.behind))
            except OSError:
                return

    def kill(self):
        """Ends both."""
        self.socket.close()
        self.sngrep.kill()
