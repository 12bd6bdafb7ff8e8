//! TCP connections that speak SMPP, one session each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use routing::MessageId;
use routing::board::{LinkRole, LinkRow, LinkState};
use smpp::session::{Limits, Patience, Role, Session, State};

use crate::ingress::guard::Guard;
use crate::input::{LinkId, Moment, ShardId};
use crate::limits::{ANSWERED_MAX, LINKS_MAX};
use crate::peers::seen::Seen;

/// One TCP connection that speaks SMPP.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) environment: u32,
    pub(crate) owner: Owner,
    pub(crate) session: Session<Asked>,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// Does it speak TLS?
    pub(crate) tls: bool,
    pub(crate) since_ns: u64,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// Requests that the next process answers.
    pub(crate) kept: Vec<u8>,
    /// Octets of a PDU that is not whole yet.
    pub(crate) partial: Vec<u8>,
    /// What this turn writes.
    pub(crate) out: Vec<u8>,
    dirty: bool,
    /// Will it be asked what it has seen?
    noted: bool,
    /// The peer's unbind waits for what we still owe it, and a moment for what it owes us.
    pub(crate) unbinding: Option<(u32, Option<Instant>)>,
    /// Its unbind is answered: it has read its answers, unless the link broke behind them.
    pub(crate) parted: bool,
    /// The peer has answered our unbind; it still gets what we owe it.
    pub(crate) unbound: bool,
    /// When a peer that does not answer our unbind is left.
    pub(crate) leaving: Option<Instant>,
    /// What it may not do.
    pub(crate) guard: Guard,
    /// We asked the body to close it.
    pub(crate) closing: bool,
    /// The earliest entry this link has among the deadlines.
    pub(crate) armed: Option<Instant>,
    /// Requests of ours in a row that were not answered in time.
    pub(crate) strikes: u16,
    /// Sms answered positively, newest last: they are in doubt if the link dies now.
    pub(crate) answered: VecDeque<Answered>,
    /// What the peer has shown.
    pub(crate) seen: Seen,
}

/// Whose link it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Owner {
    /// Somebody who has not bound yet.
    Nobody,
    /// A carrier that bound to us.
    Carrier(u32),
    /// A connection of ours.
    Connection(u32),
}

/// What a request of ours was about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Asked {
    /// Our bind.
    Bind,
    /// A submit_sm for this flight.
    Submit(MessageId),
    /// A deliver_sm with the receipt of this Sms, owned by that shard.
    Receipt(ShardId, MessageId),
    /// A deliver_sm that says how an Sms stands; nothing follows from its answer.
    Notification,
}

/// A positive answer that was written to a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) at: Instant,
    pub(crate) id: MessageId,
    pub(crate) likeness: u64,
    pub(crate) owner: ShardId,
}

/// All links of a shard.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: BTreeMap<LinkId, Link>,
    /// Accepted and not bound, oldest first: accepted links count upwards.
    half_open: BTreeSet<LinkId>,
    half_open_of: BTreeMap<IpAddr, usize>,
    /// Those that read or wrote since somebody asked.
    noted: Vec<LinkId>,
}

impl Link {
    pub(crate) fn new(at: Moment, role: Role, local: SocketAddr, peer: SocketAddr) -> Self {
        // Who has not bound yet gets no more memory than a bind needs.
        let limits = Limits { outbound: 1, inbound: 1 };
        Self {
            environment: 0,
            owner: Owner::Nobody,
            session: Session::new(at.now, role, limits, Patience::default()),
            local,
            peer,
            tls: false,
            since_ns: at.unix_ns,
            received: 0,
            sent: 0,
            kept: Vec::new(),
            partial: Vec::new(),
            out: Vec::new(),
            dirty: false,
            noted: false,
            unbinding: None,
            parted: false,
            unbound: false,
            leaving: None,
            guard: Guard::default(),
            closing: false,
            armed: None,
            strikes: 0,
            answered: VecDeque::new(),
            seen: Seen::default(),
        }
    }

    /// How many more submit_sm its session takes now.
    pub(crate) fn room(&self) -> usize {
        let window = self.session.window();
        let is_open = self.session.state().carries_submits() && !self.closing;
        let is_open = is_open && window.has_room();
        if is_open { window.limit().saturating_sub(window.waiting()) } else { 0 }
    }

    pub(crate) fn count_received(&mut self) {
        self.received += 1;
    }

    /// How many PDUs came.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Where the next PDU of ours goes.
    pub(crate) fn say(&mut self) -> &mut Vec<u8> {
        self.sent += 1;
        &mut self.out
    }

    pub(crate) fn remember(&mut self, answered: Answered) {
        if self.answered.len() >= ANSWERED_MAX {
            self.answered.pop_front();
        }
        self.answered.push_back(answered);
    }

    /// Nothing has passed for a while: gives back the memory of busier times.
    pub(crate) fn rest(&mut self) {
        self.session.rest();
        self.partial.shrink_to_fit();
        self.out.shrink_to_fit();
        self.answered.shrink_to_fit();
    }

    fn row(&self, at: Moment) -> LinkRow {
        let (rate_in, rate_out) = self.seen.rates(at);
        let (role, subject) = match self.owner {
            Owner::Nobody => (LinkRole::Carrier, 0),
            Owner::Carrier(id) => (LinkRole::Carrier, id),
            Owner::Connection(id) => (LinkRole::Connection, id),
        };
        let state = match self.session.state() {
            State::Open | State::Outbound | State::Unbinding | State::Closed => LinkState::Open,
            State::BoundTx => LinkState::BoundTx,
            State::BoundRx => LinkState::BoundRx,
            State::BoundTrx => LinkState::BoundTrx,
        };
        LinkRow {
            role,
            environment: self.environment,
            subject,
            state,
            local: self.local,
            peer: self.peer,
            since_ns: self.since_ns,
            received: self.received,
            sent: self.sent,
            outstanding: self.session.window().waiting() as u32,
            window: self.session.window().limit() as u32,
            owed: self.session.owed().into(),
            rate_in,
            rate_out,
            congestion: self.seen.congestion,
        }
    }
}

impl Links {
    pub(crate) fn is_full(&self) -> bool {
        self.links.len() >= LINKS_MAX
    }

    pub(crate) fn insert(&mut self, id: LinkId, link: Link) {
        if link.session.role() == Role::Server && link.session.state() == State::Open {
            self.half_open.insert(id);
            *self.half_open_of.entry(link.peer.ip()).or_default() += 1;
        }
        self.links.insert(id, link);
    }

    /// It is bound, or to be closed: it counts no more among those that are half open.
    pub(crate) fn forget_half_open(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id).filter(|_| self.half_open.remove(&id)) else { return };
        let peer = link.peer.ip();
        if let Some(count) = self.half_open_of.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                self.half_open_of.remove(&peer);
            }
        }
    }

    pub(crate) fn half_open(&self) -> usize {
        self.half_open.len()
    }

    pub(crate) fn half_open_of(&self, peer: IpAddr) -> usize {
        self.half_open_of.get(&peer).copied().unwrap_or(0)
    }

    pub(crate) fn oldest_half_open(&self) -> Option<LinkId> {
        self.half_open.first().copied()
    }

    pub(crate) fn get(&self, id: LinkId) -> Option<&Link> {
        self.links.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: LinkId) -> Option<Link> {
        self.forget_half_open(id);
        self.links.remove(&id)
    }

    pub(crate) fn ids(&self) -> Vec<LinkId> {
        self.links.keys().copied().collect()
    }

    pub(crate) fn rows(&self, at: Moment) -> impl Iterator<Item = LinkRow> + '_ {
        self.links.values().map(move |link| link.row(at))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (LinkId, &Link)> {
        self.links.iter().map(|(id, link)| (*id, link))
    }

    /// A link that has read or writes: it may have seen something of its peer.
    pub(crate) fn note(&mut self, id: LinkId) -> Option<&mut Link> {
        let link = self.links.get_mut(&id)?;
        if !std::mem::replace(&mut link.noted, true) {
            self.noted.push(id);
        }
        Some(link)
    }

    /// Those that may have seen something since the last time. Thousands that are idle are not
    /// looked at for it.
    pub(crate) fn take_noted(&mut self, mut ask: impl FnMut(&mut Link)) {
        for id in std::mem::take(&mut self.noted) {
            if let Some(link) = self.links.get_mut(&id) {
                link.noted = false;
                ask(link);
            }
        }
    }

    /// Says whether the link was not yet among those that write this turn.
    pub(crate) fn mark_dirty(&mut self, id: LinkId) -> bool {
        self.links.get_mut(&id).is_some_and(|link| !std::mem::replace(&mut link.dirty, true))
    }

    /// Moves what the link writes into `lent`; `false` if there is nothing. Little is copied: a
    /// link that only says that it lives must not go home with the buffer of a busy one.
    pub(crate) fn take_output(&mut self, id: LinkId, at: Moment, lent: &mut Vec<u8>) -> bool {
        lent.clear();
        let Some(link) = self.note(id) else { return false };
        link.dirty = false;
        if link.out.len() <= SMALL {
            lent.extend_from_slice(&link.out);
            link.out.clear();
        } else {
            std::mem::swap(lent, &mut link.out);
        }
        link.seen.sent(at, lent);
        !lent.is_empty()
    }
}

/// What an idle link says: a bind's answer, an enquire_link, a receipt now and then.
const SMALL: usize = 256;
