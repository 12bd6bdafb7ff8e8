"""A DNS server of the scenario's own: dnsmasq, at the address its resolv.conf names (run.py)."""

import os

from process import Process
from sockets import listening_sockets
from waiting import until

ADDRESS = "127.0.0.53"
RESOLV_CONF = f"nameserver {ADDRESS}\noptions timeout:1 attempts:2\n"


class Dnsmasq:
    """Knows what it is told and nothing else; every answer is good for a second."""

    peer = "dnsmasq"

    def __init__(self, directory):
        self.path = os.path.join(directory, "dnsmasq.conf")
        self.process = Process("dnsmasq", ["dnsmasq", "--keep-in-foreground", "--conf-file="
                                           + self.path, "--user=root"], directory)

    def tell(self, *records):
        """These are its records from now on, as dnsmasq spells them."""
        self.kill()
        with open(self.path, "w", encoding="ascii") as config:
            config.write(CONFIG + "\n".join(records) + "\n")
        self.process.start()
        until("dnsmasq", lambda: ("udp", ADDRESS, 53) in listening_sockets())
        return self

    def kill(self):
        """Ends it."""
        if self.process.running:
            self.process.stop()


CONFIG = f"""\
no-resolv
no-hosts
bind-interfaces
listen-address={ADDRESS}
local=/example/
local-ttl=1
log-queries
log-facility=-
pid-file=
"""
