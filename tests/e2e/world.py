"""A site made for one scenario: seal, control, dataplanes, and what an operator provisions.

    with World(directory, io="epoll", shards=2) as world:
        world.start()
        world.story()
        ...

Everything it starts is ended when the block is left.
"""

import os
import secrets

from cli import Cli
from paths import binary
from process import Process
from sockets import listening_sockets
from waiting import until

# The entry address and the number of each environment's node.
ENTRIES = {"env1": ("127.0.0.2", 1), "env2": ("127.0.0.3", 2), "env4": ("127.0.0.4", 4),
           "env5": ("127.0.0.5", 5)}
SMPP_PORT, SIP_PORT, TLS_PORT = 2775, 5060, 3550
METRICS = "127.0.0.1:9550"
SIPS_PORT, WS_PORT, WSS_PORT = 5061, 8080, 8443

# Secrets of the scenarios; logs are searched for them afterwards.
TATA_PASSWORD = "s3cret"
PHONE_PASSWORD = "open-sesame"
LINK_PASSWORD = "between"


class Node:
    """One dataplane with one environment."""

    def __init__(self, world, name, io, runtime, shards, tls=None, streams=False, volume_mib=16,
                 six=None):
        self.world, self.name, self.tls, self.streams = world, name, tls, streams
        self.volume_mib, self.six = volume_mib, six
        self.address, self.number = ENTRIES[name]
        self.io, self.runtime, self.shards = io, runtime, shards
        self.data = os.path.join(world.directory, name)
        self.config_path = os.path.join(world.directory, f"{name}.toml")
        os.makedirs(self.data, exist_ok=True)
        self.write_config()
        self.process = Process(
            f"dataplane-{name}",
            [binary("signalbox-dataplane"), "--config", self.config_path],
            world.directory,
        )

    def write_config(self):
        """node.toml as the contract between the parts has it."""
        more = f', "[{self.six}]:{SIP_PORT}"' if self.six else ""
        with open(self.config_path, "w", encoding="utf-8") as config:
            config.write(NODE_TOML.format(
                name=self.name, number=self.number, shards=self.shards, runtime=self.runtime,
                io=self.io, smpp=f"{self.address}:{SMPP_PORT}", sip=f"{self.address}:{SIP_PORT}",
                volume_mib=self.volume_mib, more=more,
            ))
            if self.streams:
                config.write(STREAMS_TOML.format(address=self.address, tcp=SIP_PORT, ws=WS_PORT,
                                                 more=more))
            if self.streams and self.tls:
                config.write(SECURE_TOML.format(address=self.address, tls=SIPS_PORT, wss=WSS_PORT))
            if self.tls:
                config.write(TLS_TOML.format(address=f"{self.address}:{TLS_PORT}", **self.tls))

    def start(self):
        """Starts it and waits until it listens."""
        self.process.start()
        self.wait_listening()
        return self

    def wait_listening(self):
        """Until both of its ports are taken; says why if it ended instead."""

        def listening():
            if not self.process.running:
                raise AssertionError(
                    f"{self.process.name} ended with {self.process.child.returncode}:\n"
                    + self.process.log()[-3000:]
                )
            wanted = {("tcp", self.address, SMPP_PORT), ("udp", self.address, SIP_PORT)}
            return wanted <= listening_sockets(self.process.child.pid)

        until(f"listening {self.name}", listening, seconds=20)

    def journal_volumes(self, shard=0):
        """The paths of a shard's journal volumes, oldest first."""
        folder = os.path.join(self.data, "journal", f"shard-{shard:02}")
        names = sorted(name for name in os.listdir(folder) if name.endswith(".sbj"))
        return [os.path.join(folder, name) for name in names]


class World:
    """Control and the dataplanes of some environments, in one directory."""

    def __init__(self, directory, nodes=("env1",), io="auto", runtime="own", shards=1, tls=None,
                 streams=False, volume_mib=16, keep_mib=None, six=None, api=None, cdr=None):
        self.directory = directory
        self.things = []
        with open(os.path.join(directory, "seal.key"), "w", encoding="ascii") as key:
            os.fchmod(key.fileno(), 0o600)
            key.write(secrets.token_hex(32) + "\n")
        self.nodes = {name: Node(self, name, io, runtime, shards, tls, streams, volume_mib, six)
                      for name in nodes}
        with open(os.path.join(directory, "control.toml"), "w", encoding="utf-8") as config:
            config.write(CONTROL_TOML)
            if api:
                config.write(API_TOML.format(**api))
            if cdr:
                config.write(CDR_TOML + cdr)
            for name in nodes:
                config.write(f'[[node]]\nname = "{name}"\ndata = "{name}"\n')
                if keep_mib is not None:
                    config.write(f"keep_mib = {keep_mib}\n")
        self.control = Process(
            "control", [binary("signalbox-control"), "--config", "control.toml"], directory
        )
        self.socket = os.path.join(directory, "control.sock")
        self.cli = Cli(binary("signalbox"), self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for thing in reversed(self.things):
            thing.kill()
        for node in self.nodes.values():
            node.process.kill()
        self.control.kill()

    def own(self, thing):
        """Ends a peer together with the world; gives it back."""
        self.things.append(thing)
        return thing

    def start(self):
        """Starts control, then every node."""
        self.start_control()
        for node in self.nodes.values():
            node.start()
        until("board of each node", lambda: all(self.node_status(name)["up"]
                                                for name in self.nodes), every=0.05)
        return self

    def start_control(self):
        """Starts control and waits until it answers."""
        self.control.start()

        def answers():
            if not self.control.running:
                raise AssertionError("control ended:\n" + self.control.log()[-3000:])
            return self.cli.call("status").returncode == 0

        until("control that answers", answers, seconds=20, every=0.05)

    def node_status(self, name):
        """A node as `signalbox status` shows it."""
        return next(row for row in self.cli.json("status")["nodes"] if row["name"] == name)

    def tally(self, name, count):
        """A count of a node, over its shards."""
        return sum(shard["tallies"][count] for shard in self.node_status(name)["shards"])

    def generations(self, name):
        """The generations that a node's shards obey."""
        return {shard["generation"] for shard in self.node_status(name)["shards"]}

    def add_environments(self, digest="md5"):
        """Each node's environment, in the draft; `digest` is what its challenges offer.

        baresip and sipp give up when a challenge names SHA-256; None leaves the default.
        """
        for name, node in self.nodes.items():
            offer = ("--digest", digest) if digest else ()
            self.cli.run("environment", "add", name, "--domain", f"{name}.example",
                         "--smpp", f"{node.address}:{SMPP_PORT}",
                         "--sip", f"{node.address}:{SIP_PORT}", *offer)

    def add_account(self, env, user, password=PHONE_PASSWORD):
        """An app user whose number is its name."""
        self.cli.run("account", "add", user, "--env", env, "--password-stdin", stdin=password)

    def add_carrier(self, env, name, system_id, password=TATA_PASSWORD, tariff=None,
                    allow=("127.0.0.1/32",), **more):
        """A carrier; `more` are further options such as `tps`."""
        words = ["carrier", "add", name, "--env", env, "--system-id", system_id,
                 "--password-stdin"]
        for cidr in allow:
            words += ["--allow", cidr]
        if tariff:
            words += ["--tariff", tariff]
        for option, value in more.items():
            words += [f"--{option}", value]
        self.cli.run(*words, stdin=password)

    def add_link(self, source, target, pattern=None, **more):
        """A connection from one environment to the carrier it is in the other, and a policy."""
        peer, here = self.nodes[target], self.nodes[source]
        if not any(row["name"] == source for row in self.cli.lines(
                "carrier", "list", "--env", target)):
            self.add_carrier(target, source, source, LINK_PASSWORD,
                             allow=(f"{here.address}/32",))
        words = ["connection", "add", target, "--env", source,
                 "--remote", f"{peer.address}:{SMPP_PORT}", "--local", here.address,
                 "--bind", "transceiver", "--system-id", source, "--password-stdin"]
        for option, value in more.items():
            words += [f"--{option}", value]
        self.cli.run(*words, stdin=LINK_PASSWORD)
        if pattern:
            self.cli.run("policy", "add", pattern, "--env", source, "--via", target,
                         "--priority", "10")

    def add_tata(self, **more):
        """TATA in env1, 0.01 USD for each SMS to a number that begins with 1, 2 or 3."""
        self.cli.run("tariff", "add", "TATA-in", "--env", "env1", "--currency", "USD",
                     "--price", "1=0.01", "--price", "2=0.01", "--price", "3=0.01")
        self.add_carrier("env1", "TATA", "tata", TATA_PASSWORD, tariff="TATA-in", **more)

    def commit(self, message):
        """Makes the draft live and waits until every shard obeys it."""
        self.cli.run("commit", "-m", message, "--wait-for", "20")

    def story(self, **tata):
        """TATA and 1111 in env1; where they exist, 2222 behind env2 and 3333 behind env4."""
        self.add_environments()
        self.add_tata(**tata)
        self.add_account("env1", "1111")
        for env, number, pattern in (("env2", "2222", "222%"), ("env4", "3333", "333%")):
            if env in self.nodes:
                self.add_account(env, number)
                self.add_link("env1", env, pattern)
        self.commit("the story")
        self.wait_links()

    def wait_links(self, wanted=None):
        """Until every connection is bound, or so many."""
        if wanted is None:
            wanted = len(self.nodes) - 1 if "env1" in self.nodes else 0

        def bound():
            rows = [row for row in self.cli.lines("binds") if row["role"] == "connection"]
            return sum(row["state"].startswith("bound") for row in rows) >= wanted

        until(f"{wanted} bound connections", bound, seconds=20, every=0.05)

    def cdrs(self, *words):
        """The CDRs, once everything journaled so far is in them."""
        self.cli.run("harvest", "--wait")
        return self.cli.lines("cdr", "list", "--limit", "100000", *words)

    def logs(self):
        """Every log of the scenario's directory, by name."""
        found = {}
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(".log"):
                with open(os.path.join(self.directory, name), "rb") as log:
                    found[name] = log.read().decode("utf-8", "replace")
        return found


NODE_TOML = """\
node = "{name}"
number = {number}
shards = {shards}
runtime = "{runtime}"
io = "{io}"
data = "{name}"
plan = "plan"
key_file = "seal.key"

[journal]
volume_mib = {volume_mib}
commit_interval_us = 0

[[environment]]
name = "{name}"
smpp = ["{smpp}"]
sip = ["{sip}"{more}]
"""

STREAMS_TOML = """\
sip_tcp = ["{address}:{tcp}"{more}]
sip_ws = ["{address}:{ws}"]
"""

SECURE_TOML = """\
sip_tls = ["{address}:{tls}"]
sip_wss = ["{address}:{wss}"]
"""

TLS_TOML = """\
smpp_tls = ["{address}"]
[environment.tls]
certificate = "{certificate}"
key = "{key}"
{clients}
[tls]
roots = "{roots}"
"""

API_TOML = """\
[api]
listen = "{listen}"
certificate = "{certificate}"
key = "{key}"
"""

CDR_TOML = """\
[cdr]
folder = "cdr"
key_file = "proof.key"
"""

CONTROL_TOML = """\
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "seal.key"
metrics = "127.0.0.1:9550"
"""
