//! Hot upgrade: what a shard of one process hands to the same shard of the next.
//!
//! ```text
//!  serving ──Pause──▶ pausing ──Freeze──▶ frozen ──estate──▶ (the next process)
//! ```
//! While it pauses, a shard begins nothing, keeps what peers ask of it and takes what they answer,
//! so that soon nothing is owed on either side. What is frozen takes nothing in. The journal brings
//! everything else to the next process, as after a crash; so of a link only this is handed on: who
//! is bound, the next sequence number, and octets that were read and not handled.

mod code;

use std::net::SocketAddr;

use routing::MessageId;
use smpp::Command;
use smpp::session::{Role, Standing};

use crate::ingress::smpp::node_wide;
use crate::input::{LinkId, ShardId, SocketId};
use crate::limits::WAKING_LINK_MAX;
use crate::shard::Shard;

/// A link that speaks SMPP, as another process goes on with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Handed {
    /// Its number, which it keeps: Sms are remembered by it.
    pub link: LinkId,
    /// The environment; 0 if it is not known.
    pub environment: u32,
    /// Whose it is.
    pub owner: Holder,
    /// Which side we are.
    pub role: Role,
    /// How far its session is.
    pub standing: Standing,
    /// Our address, then the peer's.
    pub ends: (SocketAddr, SocketAddr),
    /// Since when it is there.
    pub since_ns: u64,
    /// PDUs that came and went.
    pub counts: (u64, u64),
    /// What was read and not handled: whole requests, and then the begin of a PDU.
    pub octets: Vec<u8>,
    /// What was answered lately: it is in doubt if the link dies now.
    pub answered: Vec<HandedAnswer>,
}

impl Handed {
    /// Its number among all shards of the node, as Sms are remembered by it.
    pub fn node_wide(&self, shard: ShardId) -> u64 {
        node_wide(shard.0, self.link)
    }
}

/// Whose link it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holder {
    /// Of somebody who has not bound yet.
    Nobody,
    /// Of a carrier that bound to us.
    Carrier(u32),
    /// Of a connection of ours.
    Connection(u32),
}

/// A positive answer of the last seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HandedAnswer {
    /// How long ago it was, in nanoseconds.
    pub age_ns: u64,
    /// The Sms.
    pub id: MessageId,
    /// What an equal one would have.
    pub likeness: u64,
    /// Who owns it.
    pub owner: ShardId,
}

/// A datagram that nobody has handled yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Letter {
    /// The socket.
    pub socket: SocketId,
    /// Who sent it.
    pub peer: SocketAddr,
    /// What it says.
    pub octets: Vec<u8>,
}

/// All that a shard hands on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Estate {
    /// Its links.
    pub links: Vec<Handed>,
    /// Its datagrams.
    pub letters: Vec<Letter>,
}

/// How little is left to wait for while a shard pauses.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Calm {
    /// Something is owed on a link, or by the disk.
    Busy,
    /// Only apps and trunks have still to answer; they are asked again.
    Links,
    /// Nothing.
    All,
}

/// How far a shard is with handing over, or with inheriting.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    stage: Stage,
    /// Links of the process before this one that have no place yet.
    pub(crate) heirless: Vec<Handed>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Stage {
    #[default]
    Serving,
    Pausing,
    Frozen,
}

impl Handover {
    pub(crate) fn is_on(&self) -> bool {
        self.stage != Stage::Serving
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.stage == Stage::Frozen
    }

    pub(crate) fn freeze(&mut self) {
        self.stage = Stage::Frozen;
    }

    pub(crate) fn inherit(&mut self, handed: Handed) {
        self.heirless.push(handed);
    }
}

impl Shard {
    /// Is nothing begun now: no attempt, no move?
    pub(crate) fn begins_nothing(&self) -> bool {
        self.promises.broken || self.handover.is_on()
    }

    /// Links that cannot be handed on are left now, while their peers can still answer.
    pub(crate) fn handle_pause(&mut self) {
        self.handover.stage = Stage::Pausing;
        for id in self.links.ids() {
            if !self.links.get(id).is_some_and(|link| link.may_be_handed(id)) {
                self.unbind(id);
            }
        }
    }

    /// Must a datagram wait: until everything is known, or for the next process?
    pub(crate) fn keeps_datagram(&self, octets: &[u8]) -> bool {
        let is_request = !octets.starts_with(b"SIP/2.0 ");
        self.waking.is_on()
            || self.handover.is_frozen()
            || self.handover.stage == Stage::Pausing && is_request
    }

    /// Is a PDU for the next process: a request, or what must not overtake one?
    pub(crate) fn is_for_heir(&self, id: LinkId, command: Command) -> bool {
        if self.handover.stage != Stage::Pausing || command.is_response() {
            return false;
        }
        let Some(link) = self.links.get(id).filter(|link| link.may_be_handed(id)) else {
            return false;
        };
        match command {
            Command::EnquireLink => false,
            Command::Unbind => !link.kept.is_empty(),
            _ => true,
        }
    }

    /// Keeps a whole PDU for the next process. Who says more than there is room for is left.
    pub(crate) fn keep_for_heir(&mut self, id: LinkId, octets: &[u8]) {
        let Some(link) = self.links.get_mut(id) else { return };
        if link.kept.len() + octets.len() > WAKING_LINK_MAX {
            return self.close(id);
        }
        link.kept.extend_from_slice(octets);
    }

    /// Keeps what comes at the very end.
    pub(crate) fn keep_frozen(&mut self, id: LinkId, octets: &[u8]) {
        if let Some(link) = self.links.get_mut(id) {
            link.partial.extend_from_slice(octets);
        }
    }

    /// How little is left to wait for.
    pub fn calm(&self) -> Calm {
        let rests = self.links.iter().all(|(_, link)| link.closing || link.is_at_rest());
        if !rests || !self.promises.is_empty() {
            return Calm::Busy;
        }
        let answered = self.clients.is_empty() && self.trunk_clients.is_empty();
        if answered { Calm::All } else { Calm::Links }
    }

    /// Everything that is handed on. A link that is not at rest is not among it.
    pub fn estate(&mut self) -> Estate {
        let now = self.at.now;
        let links = self.links.iter();
        let handed = links.filter(|(id, link)| link.may_be_handed(*id) && link.is_at_rest());
        let links = handed.map(|(id, link)| link.handed(id, now)).collect();
        let kept = self.waking.take_datagrams().into_iter();
        let letters = kept.map(|(socket, peer, octets)| Letter { socket, peer, octets }).collect();
        Estate { links, letters }
    }
}
