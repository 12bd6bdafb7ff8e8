"""An address that is not loopback's, and a route: what an app takes for a network.

linphone asks every five seconds which address it would reach the world from, and where that is
127.0.0.1 it takes the network for gone and closes its connections (`auto_net_state_mon`).
"""

import subprocess

ADDRESS = "198.51.100.2"


def exists():
    """Makes them, in the scenario's own namespace; the other end of the cable hears nothing."""
    for words in (f"link add out type veth peer name far", f"address add {ADDRESS}/24 dev out",
                  "link set out up", "link set far up", "route add default dev out"):
        subprocess.run(["ip", *words.split()], check=True)
