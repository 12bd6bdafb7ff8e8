"""Who listens, without touching a port: a probe would take it for a moment."""

import os
import socket


def listening_sockets(pid=None):
    """(protocol, address, port) of every socket that waits for peers; of one process, if given."""
    own = None if pid is None else sockets_of(pid)
    found = set()
    for protocol, waiting in (("tcp", "0A"), ("udp", "07")):
        with open(f"/proc/net/{protocol}", encoding="ascii") as sockets:
            for line in list(sockets)[1:]:
                fields = line.split()
                local, state, inode = fields[1], fields[3], fields[9]
                if state == waiting and (own is None or inode in own):
                    address, port = local.split(":")
                    packed = bytes.fromhex(address)[::-1]
                    found.add((protocol, socket.inet_ntoa(packed), int(port, 16)))
    return found


def sockets_of(pid):
    """The inodes of a process's sockets."""
    found = set()
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{name}")
            if target.startswith("socket:["):
                found.add(target[len("socket:["):-1])
    except OSError:
        pass  # it ended, or closed one meanwhile: look again
    return found
