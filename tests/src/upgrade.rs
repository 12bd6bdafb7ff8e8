//! A node that becomes another program and keeps its links (promises.md A6).

use std::collections::BTreeMap;

use routing::{Ingress, Sms};
use shard::{Calm, Estate, Handed, Letter, ShardId};

use crate::disk::Disk;
use crate::net::{MS, Net, Place, SEC};
use crate::node::{Given, Node};
use crate::world::World;

/// What a process leaves to the next one.
#[derive(Debug, Default)]
pub(crate) struct Legacy {
    /// Nothing was lost that had been staged for a disk.
    pub(crate) is_whole: bool,
    /// Of each shard.
    shards: Vec<Share>,
}

/// The links of one shard with their wires, and its datagrams.
type Share = (Vec<(Handed, u64)>, Vec<Letter>);

/// Links that live on, by the number that Sms are remembered by, and since when each is there.
#[derive(Debug, Default)]
pub(crate) struct Survivors(BTreeMap<u64, u64>);

impl Survivors {
    /// Is its answer read, for its link lives?
    pub(crate) fn has_answered(&self, sms: &Sms) -> bool {
        let (Ingress::Smpp { link, .. } | Ingress::Connection { link, .. }) = &sms.ingress else {
            return false;
        };
        self.0.get(link).is_some_and(|since_ns| sms.accepted_ns >= *since_ns)
    }
}

impl World {
    /// A node becomes another program, while the world goes on; `false` if it died instead.
    pub fn upgrade(&mut self, node: usize) -> bool {
        let life = self.nodes[node].life;
        self.nodes[node].order(&mut self.net, || Given::Pause);
        let (mut rounds, began) = (0, self.net.now);
        // Mail and turns take less than a round, so two of them that are calm leave nothing.
        while rounds < 2 && self.net.now < began + LINKS_MAX {
            self.run_ms(2);
            let passed = self.net.now - began;
            rounds = if self.nodes[node].is_calm(passed) { rounds + 1 } else { 0 };
        }
        self.nodes[node].order(&mut self.net, || Given::Freeze);
        let until = self.net.now + FREEZE_MAX;
        while self.net.now < until {
            self.run_ms(1);
            self.nodes[node].turn_all(&mut self.net);
            if self.nodes[node].disks.iter().all(Disk::is_idle) {
                break;
            }
        }
        let is_ours = self.nodes[node].is_up() && self.nodes[node].life == life;
        if is_ours {
            self.nodes[node].become_another(&mut self.net);
        }
        is_ours
    }
}

impl Node {
    fn order(&mut self, net: &mut Net, given: impl Fn() -> Given) {
        for shard in 0..self.cores.len() as u8 {
            self.give(net, shard, given());
        }
    }

    fn turn_all(&mut self, net: &mut Net) {
        (0..self.cores.len() as u8).for_each(|shard| self.turn(net, shard));
    }

    /// Is so little left to wait for that it is time to go?
    fn is_calm(&self, passed: u64) -> bool {
        let wanted = if passed < APPS_MAX { Calm::All } else { Calm::Links };
        self.disks.iter().all(Disk::is_idle)
            && self.cores.iter().all(|core| {
                core.pending.is_empty() && core.past.is_empty() && core.shard.calm() >= wanted
            })
    }

    /// The old program is gone and the new one begins.
    fn become_another(&mut self, net: &mut Net) {
        let (node, life) = (self.at, self.life);
        let is_whole = self.disks.iter().all(Disk::is_idle);
        let mut legacy = Legacy { is_whole, shards: Vec::new() };
        for core in &mut self.cores {
            let Estate { links, letters } = core.shard.estate();
            let with_wire = |handed: Handed| {
                let wire = core.wires.remove(&handed.link)?;
                Some((handed, wire))
            };
            legacy.shards.push((links.into_iter().filter_map(with_wire).collect(), letters));
        }
        // What is handed over is held by the next life before this one ends.
        for (shard, (links, _)) in (0u8..).zip(&legacy.shards) {
            for (handed, wire) in links {
                let place = |life| Place::Shard { node, life, shard, link: handed.link.0 };
                net.hand(*wire, place(life), place(life + 1));
            }
        }
        self.crash(net);
        self.legacy = legacy;
        self.start(net);
    }

    /// Tells the shards of a new life which links are there already.
    pub(crate) fn take_over(&mut self, net: &mut Net, legacy: Legacy) -> Survivors {
        let mut survivors = Survivors::default();
        for (shard, (links, letters)) in (0u8..).zip(legacy.shards) {
            for (handed, wire) in links {
                let core = &mut self.cores[usize::from(shard)];
                core.wires.insert(handed.link, wire);
                core.links.insert(wire, handed.link);
                if handed.link.0.is_multiple_of(2) {
                    core.next_link = core.next_link.max(handed.link.0);
                }
                survivors.0.insert(handed.node_wide(ShardId(shard)), handed.since_ns);
                self.give(net, shard, Given::Handed(Box::new(handed)));
            }
            for Letter { peer, octets, .. } in letters {
                self.give(net, shard, Given::Datagram(peer, octets));
            }
        }
        survivors
    }
}

/// As the body waits: for apps, for links, and for disks.
const APPS_MAX: u64 = 500 * MS;
const LINKS_MAX: u64 = 5 * SEC;
const FREEZE_MAX: u64 = SEC;
