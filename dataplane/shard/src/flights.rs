//! Sms that are ours and not closed.

mod expiries;
mod order;
mod pages;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use routing::journal::{Outcome, Via};
use routing::{MessageId, Sms};

use crate::egress::unsure::Afterwards;
use crate::limits::FLIGHTS_MAX;
use crate::peers::binds::CarrierKey;
use crate::settle::Verdict;
use crate::spelling::Meant;
use crate::tables::Numbered;

use self::expiries::Expiries;
use self::order::Order;
use self::pages::Pages;

/// One Sms that is ours and not closed.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) sms: Box<Sms>,
    /// How many attempts began.
    pub(crate) attempts: u16,
    /// How many of them ended without anybody knowing how.
    pub(crate) unknowns: u8,
    /// May it have arrived? A try ended without an answer, or with the process before this.
    pub(crate) touched: bool,
    /// One of them repeated one that ended so.
    pub(crate) doubled: bool,
    /// The way of the latest one.
    pub(crate) via: Via,
    pub(crate) stage: Stage,
    /// When its validity is to be looked at.
    pub(crate) expires: Instant,
}

/// How far a flight is.
///
/// ```text
///            attempt journaled      recorded        submit_sm_resp 0
///   Waiting ─────────────────▶ Ready ───────▶ Trying ──────────────▶ Taken
///      ▲                                        │ temporary │            │ receipt
///      ├────────────────────────────────────────┤           └──▶ Settled ◀┤
///      └─────────────── Held ◀── no answer ─────┘                        │
///                         └──────────── late answer, receipt, time ──────┘
/// ```
#[derive(Debug)]
pub(crate) enum Stage {
    /// Waits for its time; its entry among the expiries is that.
    Scheduled,
    /// A segment of a text for an app, waits for the others.
    Gathering,
    /// In an inbox or a queue.
    Waiting,
    /// A segment that goes with another one and ends as that does.
    Riding,
    /// Its next attempt is being recorded.
    Ready,
    /// Given to another owner that has not answered yet.
    Moving,
    /// Being delivered.
    Trying(Fork),
    /// Nobody knows whether the next hop has it; something may yet be heard.
    Held(Afterwards),
    /// The next hop took it under this name; its receipt is awaited.
    Taken(Vec<u8>),
    /// Final; kept for its receipt.
    Settled(Outcome),
}

impl Flight {
    /// One that was just accepted.
    pub(crate) fn new(sms: Box<Sms>, stage: Stage, expires: Instant) -> Self {
        let (attempts, unknowns, touched, doubled) = (0, 0, false, false);
        Self { sms, attempts, unknowns, touched, doubled, via: Via::Nothing, stage, expires }
    }
}

impl Stage {
    /// What the next hop calls it, if it has named it and its receipt is awaited.
    pub(crate) fn peer_id(&self) -> Option<&[u8]> {
        match self {
            Self::Taken(peer_id) => Some(peer_id),
            Self::Scheduled
            | Self::Gathering
            | Self::Waiting
            | Self::Riding
            | Self::Ready
            | Self::Moving
            | Self::Trying(_)
            | Self::Held(_)
            | Self::Settled(_) => None,
        }
    }

    /// How it ended, if it did.
    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Settled(outcome) => Some(outcome),
            Self::Scheduled
            | Self::Gathering
            | Self::Waiting
            | Self::Riding
            | Self::Ready
            | Self::Moving
            | Self::Trying(_)
            | Self::Held(_)
            | Self::Taken(_) => None,
        }
    }
}

/// One attempt over several contacts (RFC 3428 §6); a submit_sm is a fork of one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fork {
    /// Branches without a final answer.
    pub(crate) open: u16,
    /// The best failure so far.
    pub(crate) best: Option<Verdict>,
}

/// All flights of a shard. One is found by its id many times on its way, so that must be quick;
/// that ids have an order is needed by the few who look for several.
#[derive(Debug)]
pub(crate) struct Flights {
    slots: Pages<Option<Flight>>,
    free: Vec<u32>,
    /// In several tables, so that none is large enough for its growth to stall a turn.
    by_id: [Numbered<MessageId, u32>; TABLES],
    /// The one that was looked up last, and its slot: the next look is nearly always for it, too.
    latest: Cell<Option<(MessageId, u32)>>,
    order: Order,
    count: usize,
    settled: usize,
    /// How many of each carrier are scheduled.
    scheduled: BTreeMap<CarrierKey, u32>,
    /// Those that came as several at once, by the name their sender was told.
    groups: BTreeSet<(MessageId, MessageId)>,
    /// Of those that are not final, so that what is closed leaves nothing behind.
    expiries: Expiries,
}

impl Flights {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            slots: Pages::new(),
            free: Vec::new(),
            by_id: std::array::from_fn(|_| Numbered::default()),
            latest: Cell::new(None),
            order: Order::default(),
            count: 0,
            settled: 0,
            scheduled: BTreeMap::new(),
            groups: BTreeSet::new(),
            expiries: Expiries::new(now),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.count >= FLIGHTS_MAX
    }

    /// How many are not final.
    pub(crate) fn pending(&self) -> usize {
        self.count - self.settled
    }

    /// How many are final and wait for their receipt to be taken.
    pub(crate) fn settled(&self) -> usize {
        self.settled
    }

    pub(crate) fn insert(&mut self, flight: Flight) {
        let slot = self.free.pop().unwrap_or_else(|| self.slots.push(None));
        if matches!(flight.stage, Stage::Settled(_)) {
            self.settled += 1;
        } else {
            self.expiries.set(slot, flight.expires);
        }
        if let (Stage::Scheduled, Some(sender)) = (&flight.stage, sender(&flight)) {
            *self.scheduled.entry(sender).or_default() += 1;
        }
        if let Some(group) = flight.sms.group.id() {
            self.groups.insert((group, flight.sms.id));
        }
        debug_assert!(self.slot_of(flight.sms.id).is_none(), "an Sms becomes ours once");
        let (id, tables) = (flight.sms.id, &mut self.by_id);
        tables[table_of(id)].insert(id, slot);
        self.latest.set(Some((id, slot)));
        self.order.insert(id, |id| tables[table_of(id)].contains_key(&id));
        self.count += 1;
        self.slots[slot] = Some(flight);
    }

    /// How many of a carrier wait for their time.
    pub(crate) fn scheduled(&self, sender: CarrierKey) -> u32 {
        self.scheduled.get(&sender).copied().unwrap_or(0)
    }

    /// The time of one has come: it waits as others do, until its validity ends.
    pub(crate) fn release(&mut self, id: MessageId, expires: Instant) {
        if let Some(flight) = self.slot_of(id).and_then(|slot| self.slots[slot].as_mut()) {
            unschedule(&mut self.scheduled, flight);
            flight.stage = Stage::Waiting;
        }
        self.expire_at(id, expires);
    }

    /// When the next validity is to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.expiries.next()
    }

    /// The next one whose validity is to be looked at now. It is looked at once, unless
    /// [`expire_at`](Self::expire_at) puts it off.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<MessageId> {
        let slot = self.expiries.due(now)?;
        self.slots[slot].as_ref().map(|flight| flight.sms.id)
    }

    pub(crate) fn expire_at(&mut self, id: MessageId, at: Instant) {
        let Some(slot) = self.slot_of(id) else { return };
        if let Some(flight) = self.slots[slot].as_mut() {
            flight.expires = at;
            self.expiries.set(slot, at);
        }
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<&Flight> {
        self.slots[self.slot_of(id)?].as_ref()
    }

    /// The flights a carrier may mean by a name; those of another carrier or of another calling
    /// address are not meant.
    pub(crate) fn meant(&self, meant: Meant) -> Vec<MessageId> {
        let near = self.order.range(meant.first, meant.last).filter(|id| meant.is(*id));
        let is_single = |flight: &Flight| flight.sms.group.is_none();
        let single = near.filter(|id| self.get(*id).is_some_and(is_single));
        let (first, last) = (MessageId::from_bits(0), MessageId::from_bits(u128::MAX));
        let near = self.groups.range((meant.first, first)..=(meant.last, last));
        let members = near.filter(|(told, _)| meant.is(*told)).map(|(_, id)| *id);
        single.chain(members).collect()
    }

    /// Of the next `limit` flights from an id on those that wait for anything, and where to go
    /// on after them.
    pub(crate) fn waiting_from(
        &self,
        from: MessageId,
        limit: usize,
    ) -> (Vec<MessageId>, Option<MessageId>) {
        let mut rest = self.ids_from(from);
        let looked_at = rest.by_ref().take(limit);
        let waits = |flight: &Flight| matches!(flight.stage, Stage::Waiting | Stage::Scheduled);
        let waiting = looked_at.filter(|id| self.get(*id).is_some_and(waits)).collect();
        (waiting, rest.next())
    }

    /// For every change but those from `Scheduled` and to `Settled`.
    pub(crate) fn get_mut(&mut self, id: MessageId) -> Option<&mut Flight> {
        let slot = self.slot_of(id)?;
        self.slots[slot].as_mut()
    }

    /// Makes a flight final; `None` if it is unknown or was final before.
    pub(crate) fn settle(&mut self, outcome: Outcome) -> Option<&Flight> {
        let slot = self.slot_of(outcome.id)?;
        let flight = self.slots[slot].as_mut()?;
        if matches!(flight.stage, Stage::Settled(_)) {
            return None;
        }
        unschedule(&mut self.scheduled, flight);
        flight.stage = Stage::Settled(outcome);
        self.settled += 1;
        self.expiries.remove(slot);
        Some(flight)
    }

    pub(crate) fn remove(&mut self, id: MessageId) -> Option<Flight> {
        let slot = self.by_id[table_of(id)].remove(&id)?;
        if self.latest.get().is_some_and(|(latest, _)| latest == id) {
            self.latest.set(None);
        }
        let flight = self.slots[slot].take()?;
        self.free.push(slot);
        let tables = &self.by_id;
        self.order.remove(id, |id| tables[table_of(id)].contains_key(&id));
        self.count -= 1;
        unschedule(&mut self.scheduled, &flight);
        self.settled -= usize::from(matches!(flight.stage, Stage::Settled(_)));
        self.expiries.remove(slot);
        if let Some(group) = flight.sms.group.id() {
            self.groups.remove(&(group, id));
        }
        Some(flight)
    }

    /// The ids of all flights from this one on, oldest first.
    pub(crate) fn ids_from(&self, from: MessageId) -> impl Iterator<Item = MessageId> + '_ {
        let last = MessageId::from_bits(u128::MAX);
        self.order.range(from, last).filter(|id| self.slot_of(*id).is_some())
    }

    fn slot_of(&self, id: MessageId) -> Option<u32> {
        if let Some((latest, slot)) = self.latest.get()
            && latest == id
        {
            return Some(slot);
        }
        let slot = self.by_id[table_of(id)].get(&id).copied()?;
        self.latest.set(Some((id, slot)));
        Some(slot)
    }
}

/// What came together is found together, and what comes within a second fills all tables.
fn table_of(id: MessageId) -> usize {
    (id.unix_ms() >> 4) as usize % TABLES
}

/// Of a full shard each has 16,384 entries: it grows for the last time in 0.2 ms.
const TABLES: usize = 64;

/// The carrier whose schedules are counted.
fn sender(flight: &Flight) -> Option<CarrierKey> {
    flight.sms.carrier().map(|carrier| (flight.sms.environment, carrier))
}

/// It is scheduled no more, if it was.
fn unschedule(scheduled: &mut BTreeMap<CarrierKey, u32>, flight: &Flight) {
    if !matches!(flight.stage, Stage::Scheduled) {
        return;
    }
    let Some(sender) = sender(flight) else { return };
    if let Some(count) = scheduled.get_mut(&sender) {
        *count -= 1;
        if *count == 0 {
            scheduled.remove(&sender);
        }
    }
}
