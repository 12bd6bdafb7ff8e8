//! How far a link has come, for either body.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use shard::{LinkId, Unlink};

use super::tls::Stream;
use super::{Outbox, Security};

/// One TCP connection.
///
/// ```text
///  Dialling ──▶ Open ──close──▶ Closing ──all written──▶ Lingering ──▶ (gone)
///      ├─▶ Greeting ─▲
///      └──────────┴── error, end of stream, too slow ──────────────▶ Gone
/// ```
#[derive(Debug)]
pub struct Link<S> {
    /// Its name.
    pub id: LinkId,
    /// How far it is.
    pub stage: Stage,
    /// Its socket.
    pub fd: OwnedFd,
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// If it speaks TLS.
    pub tls: Option<Box<Stream>>,
    /// What waits to be written.
    pub outbox: Outbox,
    /// Nothing is read from it: its peer does not read what waits.
    pub held: bool,
    /// What the body keeps about it.
    pub state: S,
}

/// Our end of a new link.
#[derive(Debug)]
pub struct End {
    /// Its socket.
    pub fd: OwnedFd,
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// If it speaks TLS.
    pub tls: Option<Box<Stream>>,
}

/// How far a link is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Not connected yet.
    Dialling,
    /// Dialled and connected; TLS is not agreed on yet.
    Greeting,
    /// Octets go both ways.
    Open,
    /// We are to close it once the outbox is empty; what arrives is nobody's.
    Closing,
    /// Our end is closed and the shard knows; we wait for the peer's end, so that the kernel
    /// does not answer late octets with a reset that destroys our last ones.
    Lingering,
    /// Over; only the kernel may still hold its buffers.
    Gone,
}

/// The links of one shard, by slot; a slot is given again only after [`remove`](Self::remove).
#[derive(Debug)]
pub struct Links<S> {
    slots: Vec<Option<Link<S>>>,
    free: Vec<u32>,
    by_id: HashMap<LinkId, u32>,
    /// How many were accepted: even numbers are ours to give.
    accepted: u64,
    deadlines: VecDeque<(Instant, u32, LinkId)>,
    /// What could not be told when it happened.
    unlinked: Vec<(LinkId, Unlink)>,
    /// What TLS needs.
    pub security: Security,
}

impl<S> Default for Links<S> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            accepted: 0,
            deadlines: VecDeque::new(),
            unlinked: Vec::new(),
            security: Security::default(),
        }
    }
}

impl<S> Links<S> {
    /// A number for an accepted link.
    pub fn number(&mut self) -> LinkId {
        self.accepted += 1;
        LinkId(self.accepted * 2)
    }

    /// A number that was given before us is not given again.
    pub fn knows(&mut self, id: LinkId) {
        if id.0.is_multiple_of(2) {
            self.accepted = self.accepted.max(id.0 / 2);
        }
    }

    /// Takes in a link and tells its slot.
    pub fn insert(&mut self, id: LinkId, stage: Stage, end: End, state: S) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("file descriptors are fewer than 2^32")
        });
        let (End { fd, peer, tls }, outbox) = (end, Outbox::default());
        self.slots[slot as usize] =
            Some(Link { id, stage, fd, peer, tls, outbox, held: false, state });
        self.by_id.insert(id, slot);
        slot
    }

    /// The slot of a link the shard still knows.
    pub fn slot(&self, id: LinkId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// The link in a slot.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Link<S>> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// The link in a slot, beside what TLS needs.
    pub(super) fn with_security(&mut self, slot: u32) -> (Option<&mut Link<S>>, &mut Security) {
        let link = self.slots.get_mut(slot as usize).and_then(Option::as_mut);
        (link, &mut self.security)
    }

    /// From now on the shard knows it no more.
    pub fn forget(&mut self, id: LinkId) {
        self.by_id.remove(&id);
    }

    /// Frees the slot and closes the socket.
    pub fn remove(&mut self, slot: u32) {
        if let Some(link) = self.slots.get_mut(slot as usize).and_then(Option::take) {
            self.by_id.remove(&link.id);
            self.free.push(slot);
        }
    }

    /// Gives a link that dials, closes or lingers at most five seconds from now.
    pub fn limit(&mut self, now: Instant, slot: u32) {
        if let Some(link) = self.get_mut(slot) {
            let id = link.id;
            self.deadlines.push_back((now + PATIENCE, slot, id));
        }
    }

    /// The next link whose time is over although it still dials, closes or lingers.
    pub fn expire(&mut self, now: Instant) -> Option<u32> {
        while let Some((_, slot, id)) = self.deadlines.pop_front_if(|entry| entry.0 <= now) {
            let open = |link: &Link<S>| matches!(link.stage, Stage::Open | Stage::Gone);
            let link = self.slots.get(slot as usize).and_then(Option::as_ref);
            if link.is_some_and(|link| link.id == id && !open(link)) {
                return Some(slot);
            }
        }
        None
    }

    /// When [`expire`](Self::expire) may have something to say.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.front().map(|entry| entry.0)
    }

    /// Remembers to tell the shard that a link is gone.
    pub fn unlink_later(&mut self, id: LinkId, cause: Unlink) {
        self.forget(id);
        self.unlinked.push((id, cause));
    }

    /// As [`unlink_later`](Self::unlink_later), unless the shard knows already.
    pub fn farewell(&mut self, id: LinkId, cause: Unlink) {
        if self.slot(id).is_some() {
            self.unlink_later(id, cause);
        }
    }

    /// What is still to be told.
    pub fn take_unlinked(&mut self) -> Vec<(LinkId, Unlink)> {
        std::mem::take(&mut self.unlinked)
    }

    /// Is there anything to be told?
    pub fn has_unlinked(&self) -> bool {
        !self.unlinked.is_empty()
    }

    /// Every link, with its slot.
    pub fn slots(&self) -> impl Iterator<Item = (u32, &Link<S>)> {
        (0..).zip(&self.slots).filter_map(|(slot, link)| Some((slot, link.as_ref()?)))
    }

    /// Every link.
    pub fn iter(&self) -> impl Iterator<Item = &Link<S>> {
        self.slots.iter().flatten()
    }
}

impl<S> Link<S> {
    /// Decides anew whether it is read from; says whether that changed. A link that closes is
    /// read to its end.
    pub fn hold(&mut self) -> bool {
        let hold = self.stage == Stage::Open && self.outbox.should_hold(self.held);
        std::mem::replace(&mut self.held, hold) != hold
    }

    /// What another process needs to go on with it: its socket once more, and what is not written.
    pub fn will(&self) -> io::Result<(OwnedFd, Vec<u8>)> {
        Ok((self.fd.try_clone()?, self.outbox.rest()))
    }

    /// Is every octet written that it still takes?
    pub fn is_flushed(&self) -> bool {
        self.outbox.is_empty()
            || matches!(self.stage, Stage::Dialling | Stage::Greeting | Stage::Gone)
    }

    /// Why it is gone, in the shard's words. What we asked for is never the peer's fault once all
    /// is written.
    pub fn cause(&self, error: Option<&io::Error>) -> Unlink {
        match (self.stage, error) {
            (Stage::Dialling, _) => Unlink::Refused,
            (Stage::Greeting, _) => Unlink::Insecure,
            (Stage::Closing, None) | (Stage::Lingering | Stage::Gone, _) => Unlink::Asked,
            (Stage::Open, None) => Unlink::Closed,
            (_, Some(error)) if error.kind() == io::ErrorKind::TimedOut => Unlink::Slow,
            (_, Some(_)) => Unlink::Reset,
        }
    }
}

/// How long dialling may take, and how long a closed link may take to go.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
