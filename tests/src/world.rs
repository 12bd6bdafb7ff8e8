//! The world: what happens next, and to whom.

use std::net::SocketAddr;

use routing::Tap;
use routing::board::Tally;
use shard::{ShardId, Sighting, Unlink};
use smpp::BindKind;

use crate::model::{ENV1_SIP, ENV1_SMPP, ENV2_SIP, ENV2_SMPP, SMSC, Site, address};
use crate::net::{Event, Net, Place, SEC};
use crate::node::{Given, Node, web};
use crate::peers::{Esme, Gateway, Peer, Phone, Smsc};

/// Nodes, peers, and the network between them.
#[derive(Debug)]
pub struct World {
    /// The clock and the network.
    pub net: Net,
    /// The nodes: env1 and env2.
    pub nodes: Vec<Node>,
    /// The peers.
    pub peers: Vec<Peer>,
    /// The plan that was published last.
    pub site: Site,
    /// How many things have happened.
    pub events: u64,
}

impl World {
    /// Two nodes with so many shards that obey the standard site; time has not begun.
    pub fn new(seed: u64, shards: [u8; 2]) -> Self {
        Self::of(seed, shards, Site::standard())
    }

    /// Two nodes that obey a site.
    pub fn of(seed: u64, shards: [u8; 2], site: Site) -> Self {
        let mut net = Net::new(seed);
        let mut nodes = vec![
            Node::new(0, "env1", ENV1_SMPP, ENV1_SIP, shards[0]),
            Node::new(1, "env2", ENV2_SMPP, ENV2_SIP, shards[1]),
        ];
        for node in &mut nodes {
            node.plan = Some(site.adopted());
            net.at(0, Event::Start { node: node.at });
        }
        Self { net, nodes, peers: Vec::new(), site, events: 0 }
    }

    /// A carrier of env1 with so many transceivers; it dials at once.
    pub fn add_esme(&mut self, system_id: &str, binds: usize) -> usize {
        self.add_esme_of(system_id, &vec![BindKind::Transceiver; binds])
    }

    /// A carrier of env1 with these binds.
    pub fn add_esme_of(&mut self, system_id: &str, kinds: &[BindKind]) -> usize {
        let at = self.peers.len();
        let local = format!("127.0.0.1:{}", 20_000 + at);
        let mut esme = Esme::new(at, system_id, &local, ENV1_SMPP, kinds);
        esme.begin(&mut self.net);
        self.peers.push(Peer::Esme(esme));
        at
    }

    /// An app of the environment that its user part belongs to; it is not registered.
    pub fn add_phone(&mut self, user: &str) -> usize {
        let at = self.peers.len();
        let (environment, remote) =
            if user.starts_with('1') { ("env1", ENV1_SIP) } else { ("env2", ENV2_SIP) };
        self.peers.push(Peer::Phone(Phone::new(at, user, environment, remote)));
        at
    }

    /// Somebody else's message centre.
    pub fn add_smsc(&mut self) -> usize {
        self.peers.push(Peer::Smsc(Smsc::new(self.peers.len())));
        self.peers.len() - 1
    }

    /// The other end of a trunk.
    pub fn add_gateway(&mut self) -> usize {
        self.peers.push(Peer::Gateway(Gateway::new(self.peers.len())));
        self.peers.len() - 1
    }

    /// The other end of a trunk, and the network.
    pub fn gateway(&mut self, at: usize) -> (&mut Gateway, &mut Net) {
        match &mut self.peers[at] {
            Peer::Gateway(gateway) => (gateway, &mut self.net),
            Peer::Esme(_) | Peer::Phone(_) | Peer::Smsc(_) => panic!("peer {at} is no gateway"),
        }
    }

    /// A carrier.
    pub fn esme(&mut self, at: usize) -> (&mut Esme, &mut Net) {
        match &mut self.peers[at] {
            Peer::Esme(esme) => (esme, &mut self.net),
            Peer::Phone(_) | Peer::Smsc(_) | Peer::Gateway(_) => panic!("peer {at} is no carrier"),
        }
    }

    /// An app.
    pub fn phone(&mut self, at: usize) -> (&mut Phone, &mut Net) {
        match &mut self.peers[at] {
            Peer::Phone(phone) => (phone, &mut self.net),
            Peer::Esme(_) | Peer::Smsc(_) | Peer::Gateway(_) => panic!("peer {at} is no phone"),
        }
    }

    /// A message centre.
    pub fn smsc(&mut self, at: usize) -> &mut Smsc {
        match &mut self.peers[at] {
            Peer::Smsc(smsc) => smsc,
            Peer::Esme(_) | Peer::Phone(_) | Peer::Gateway(_) => {
                panic!("peer {at} is no message centre")
            }
        }
    }

    /// A message centre and the wires it says something on.
    pub fn centre(&mut self, at: usize) -> (&mut Smsc, &mut Net) {
        match &mut self.peers[at] {
            Peer::Smsc(smsc) => (smsc, &mut self.net),
            Peer::Esme(_) | Peer::Phone(_) | Peer::Gateway(_) => {
                panic!("peer {at} is no message centre")
            }
        }
    }

    /// Publishes the site as its next generation to both nodes.
    pub fn publish(&mut self, site: Site) {
        self.site = site.publish();
        for node in &mut self.nodes {
            node.adopt(&mut self.net, self.site.adopted());
        }
    }

    /// Both nodes show what these taps want.
    pub fn tap(&mut self, taps: &[Tap]) {
        for node in &mut self.nodes {
            node.tap(&mut self.net, taps);
        }
    }

    /// What was shown since the last time, in the order of time.
    pub fn seen(&mut self) -> Vec<Sighting> {
        let mut seen: Vec<_> = self.nodes.iter_mut().flat_map(|node| node.seen.drain(..)).collect();
        seen.sort_by_key(|sighting| sighting.at_ns);
        seen
    }

    /// Lets so many milliseconds pass.
    pub fn run_ms(&mut self, ms: u64) {
        self.run_until(self.net.now + ms * SEC / 1000);
    }

    /// Lets time pass until then.
    pub fn run_until(&mut self, until: u64) {
        while let Some(event) = self.net.next(until) {
            self.events += 1;
            self.happen(event);
        }
        self.net.now = until;
    }

    /// Lets time pass until the condition holds, looking a thousand times at least, but not more
    /// often than every millisecond; says whether it does.
    pub fn run_until_that(&mut self, until: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let pause = (until.saturating_sub(self.net.now) / 1000).clamp(LOOK_LEAST, LOOK_MOST);
        while !holds(self) {
            if self.net.now >= until {
                return false;
            }
            self.run_until((self.net.now + pause).min(until));
        }
        true
    }

    fn happen(&mut self, event: Event) {
        let Self { net, nodes, peers, .. } = self;
        let alive = |node: usize, life: u32| nodes[node].life == life && nodes[node].is_up();
        match event {
            Event::Turn { node, life, shard } if alive(node, life) => nodes[node].turn(net, shard),
            Event::Wake { node, life, shard } if alive(node, life) => nodes[node].wake(net, shard),
            Event::Committed { node, life, shard } if alive(node, life) => {
                nodes[node].committed(net, shard);
            }
            Event::Mail { node, life, from, to, mail } if alive(node, life) => {
                nodes[node].give(net, to, Given::Mail(ShardId(from), mail));
            }
            Event::Attic { node, life, shard, given } if alive(node, life) => {
                nodes[node].give(net, shard, *given);
            }
            Event::Turn { .. }
            | Event::Wake { .. }
            | Event::Attic { .. }
            | Event::Committed { .. }
            | Event::Mail { .. } => {}
            Event::Dialled { from, local, remote } => self.dialled(from, local, remote),
            Event::Bytes { wire, to, cuts, bytes } => {
                if net.arrives(wire, to, cuts) {
                    match net.holder(wire, to) {
                        Some(Place::Shard { node, shard, .. }) => {
                            nodes[node].give(net, shard, Given::Bytes(wire, bytes));
                        }
                        Some(Place::Peer { peer, link }) => peers[peer].bytes(net, link, &bytes),
                        None => {}
                    }
                }
            }
            Event::Hangup { wire, to, reset } => self.hangup(wire, to, reset),
            Event::Datagram { from, to, bytes } => self.datagram(from, to, bytes),
            Event::Tick { peer, tag } => peers[peer].tick(net, tag),
            Event::Start { node } => {
                if !nodes[node].is_up() {
                    nodes[node].start(net);
                }
            }
        }
    }

    fn hangup(&mut self, wire: u64, to: usize, reset: bool) {
        let Some(place) = self.net.holder(wire, to) else { return };
        self.net.let_go(wire, to);
        match place {
            Place::Shard { node, shard, .. } => {
                let cause = if reset { Unlink::Reset } else { Unlink::Closed };
                self.nodes[node].watch.answers_lost = true;
                self.nodes[node].give(&mut self.net, shard, Given::Hangup(wire, cause));
            }
            Place::Peer { peer, link } => self.peers[peer].hangup(&mut self.net, link),
        }
    }

    fn dialled(&mut self, from: Place, local: SocketAddr, remote: SocketAddr) {
        let Self { net, nodes, peers, .. } = self;
        if let Place::Shard { node, life, .. } = from
            && (nodes[node].life != life || !nodes[node].is_up())
        {
            return;
        }
        let listener = nodes
            .iter_mut()
            .find(|node| [node.smpp, node.sip, web(node.sip)].contains(&remote) && node.is_up());
        let smsc = peers.iter().position(|peer| matches!(peer, Peer::Smsc(_)));
        let listening = peers.iter().position(|peer| match peer {
            Peer::Esme(esme) => esme.listens == Some(remote),
            Peer::Gateway(gateway) => gateway.local == remote && gateway.online,
            Peer::Phone(_) | Peer::Smsc(_) => false,
        });
        let to = match (listener, smsc) {
            (Some(node), _) => {
                let shard = net.rng.of(0..u64::from(node.shards)) as u8;
                let link = node.accept(shard);
                Some(Place::Shard { node: node.at, life: node.life, shard, link })
            }
            (None, Some(peer)) if remote == address(SMSC) => {
                let link = net.rng.bits() >> 8;
                Some(Place::Peer { peer, link })
            }
            (None, _) if let Some(peer) = listening => {
                let link = net.rng.bits() >> 8;
                Some(Place::Peer { peer, link })
            }
            (None, _) => None,
        };
        match to {
            Some(to) => {
                let wire = net.join(from, to);
                self.linked(from, wire, local, remote);
                self.linked(to, wire, remote, local);
            }
            None => match from {
                Place::Shard { node, shard, link, .. } => {
                    nodes[node].give(net, shard, Given::Refused(shard::LinkId(link)));
                }
                Place::Peer { peer, link } => peers[peer].hangup(net, link),
            },
        }
    }

    fn linked(&mut self, place: Place, wire: u64, local: SocketAddr, peer_address: SocketAddr) {
        match place {
            Place::Shard { node, shard, link, .. } => {
                let given = Given::Linked(wire, shard::LinkId(link), local, peer_address);
                self.nodes[node].give(&mut self.net, shard, given);
            }
            Place::Peer { peer, link } => self.peers[peer].linked(&mut self.net, link, wire),
        }
    }

    fn datagram(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let Self { net, nodes, peers, .. } = self;
        if let Some(node) = nodes.iter_mut().find(|node| node.sip == to && node.is_up()) {
            // As a kernel spreads the senders of one socket over the shards.
            let shard = (u32::from(from.port()) * 7 % u32::from(node.shards)) as u8;
            return node.give(net, shard, Given::Datagram(from, bytes));
        }
        let phone = peers.iter_mut().find(|peer| match peer {
            Peer::Phone(phone) => phone.local == to,
            Peer::Gateway(gateway) => gateway.local == to,
            Peer::Esme(_) | Peer::Smsc(_) => false,
        });
        if let Some(phone) = phone {
            phone.datagram(net, from, &bytes);
        }
    }

    /// A node dies now and serves again after so many milliseconds.
    pub fn crash(&mut self, node: usize, down_ms: u64) {
        self.nodes[node].crash(&mut self.net);
        self.net.after(down_ms * SEC / 1000, Event::Start { node });
    }

    /// A node is told to stop.
    pub fn stop(&mut self, node: usize) {
        for shard in 0..self.nodes[node].cores.len() as u8 {
            self.nodes[node].give(&mut self.net, shard, Given::Stop);
        }
    }

    /// What both nodes say of themselves, added up.
    pub fn tally(&self, tally: Tally) -> u64 {
        self.nodes.iter().map(|node| node.tally(tally)).sum()
    }

    /// All carriers.
    pub fn esmes(&self) -> impl Iterator<Item = &Esme> {
        self.peers.iter().filter_map(|peer| match peer {
            Peer::Esme(esme) => Some(esme),
            Peer::Phone(_) | Peer::Smsc(_) | Peer::Gateway(_) => None,
        })
    }

    /// All message centres.
    pub fn smscs(&self) -> impl Iterator<Item = &Smsc> {
        self.peers.iter().filter_map(|peer| match peer {
            Peer::Smsc(smsc) => Some(smsc),
            Peer::Esme(_) | Peer::Phone(_) | Peer::Gateway(_) => None,
        })
    }

    /// All apps.
    pub fn phones(&self) -> impl Iterator<Item = &Phone> {
        self.peers.iter().filter_map(|peer| match peer {
            Peer::Phone(phone) => Some(phone),
            Peer::Esme(_) | Peer::Smsc(_) | Peer::Gateway(_) => None,
        })
    }
}

const LOOK_LEAST: u64 = SEC / 1000;
const LOOK_MOST: u64 = SEC / 10;
