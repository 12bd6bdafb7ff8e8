"""What really went over the wire, and what tshark says of it."""

import os
import socket
import subprocess
import uuid

from process import Process
from waiting import same, until

SMPP_PORT, SIP_PORT, WS_PORT, MARK_PORT = 2775, 5060, 8080, 9


class Capture:
    """Records the scenario's own loopback; it is a namespace of its own, so all of it is ours."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "wire.pcap")
        ports = f"port {SMPP_PORT} or port {SIP_PORT} or port {WS_PORT} or udp port {MARK_PORT}"
        self.process = Process(
            "dumpcap",
            ["dumpcap", "-q", "-i", "lo", "-B", "64", "-f", ports, "-w", self.path],
            directory,
        ).start()
        self._marked("start")

    def _marked(self, what):
        """Sends a marked datagram until the file shows it: all before it is in the file, too."""
        mark = uuid.uuid4().hex.encode()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

        def seen():
            sender.sendto(mark, ("127.0.0.1", MARK_PORT))
            try:
                with open(self.path, "rb") as recorded:
                    recorded.seek(max(0, os.path.getsize(self.path) - (1 << 20)))
                    return mark in recorded.read()
            except FileNotFoundError:
                return False

        until(f"capture to {what}", seen, seconds=20, every=0.05)
        sender.close()

    def stop(self):
        """Ends the recording once everything sent so far is in the file."""
        if self.process.running:
            self._marked("catch up")
            self.process.stop()

    def fields(self, only, *names):
        """One list of values per matching packet; a packet with several PDUs has them by commas."""
        ended = self._tshark("-Y", only, "-T", "fields", "-E", "occurrence=a",
                             *(word for name in names for word in ("-e", name)))
        return [line.split("\t") for line in ended.splitlines()]

    def count(self, only):
        """How many packets match so far."""
        return len(self.fields(only, "frame.number"))

    def check(self):
        """No malformed packet and no error in the eyes of tshark; returns how many it decoded."""
        self.stop()
        bad = self._tshark("-Y", "_ws.malformed || _ws.expert.severity == error")
        same("packets that tshark calls malformed", "", bad.strip())
        return len(self.fields("smpp", "frame.number")), len(self.fields("sip", "frame.number"))

    def _tshark(self, *words):
        ended = subprocess.run(
            ["tshark", "-r", self.path, "-d", f"tcp.port=={SMPP_PORT},smpp",
             "-d", f"udp.port=={SIP_PORT},sip", "-d", f"tcp.port=={SIP_PORT},sip",
             "-d", f"tcp.port=={WS_PORT},http", *words],
            capture_output=True, text=True, timeout=120,
        )
        if ended.returncode != 0:
            raise AssertionError(f"tshark failed: {ended.stderr.strip()}")
        return ended.stdout
