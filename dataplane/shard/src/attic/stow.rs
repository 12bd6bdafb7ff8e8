//! Up into the attic.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use routing::{Address, MessageId, Sms, Target};

use super::fetch::{Coming, Errand};
use super::leaf;
use super::room::{Place, Room};
use super::rows::{Row, Rows};
use crate::flights::{Flight, Stage};
use crate::inbox::AccountKey;
use crate::limits::{FLIGHTS_MAX, STOWED_MAX, STOWING_MAX};
use crate::shard::Shard;
use crate::spelling::Meant;
use crate::tables::{Queue, digest};

/// The attic of a shard.
#[derive(Debug)]
pub(crate) struct Attic {
    /// The zero of its clock.
    pub(super) since: Instant,
    pub(super) rows: Rows,
    pub(super) room: Room,
    /// Those that wait in memory: for the first look, and for another one. Each queue is in the
    /// order of its moments.
    waiting: [Queue<Waiting>; 2],
    /// On their way up: in memory until they are written.
    leaving: BTreeMap<MessageId, Leaving>,
    /// On their way down: one for each account, and those whose validity has ended.
    pub(super) coming: BTreeMap<MessageId, Coming>,
    /// What is to be done when they are here.
    pub(super) errands: BTreeMap<MessageId, Vec<Errand>>,
    /// The file took nothing: not before this.
    paused_until: Option<Instant>,
    /// Nothing goes up: somebody looks through all that waits, and nothing may pass by.
    pub(crate) is_held: bool,
}

/// One that may go up.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    at: Instant,
    id: MessageId,
    /// All that is known of it is durable with this record.
    record: u64,
}

/// One that is being written.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    place: Place,
    len: usize,
    digest: u64,
}

impl Attic {
    /// An empty one.
    pub(crate) fn new(since: Instant) -> Self {
        Self {
            since,
            rows: Rows::default(),
            room: Room::default(),
            waiting: Default::default(),
            leaving: BTreeMap::new(),
            coming: BTreeMap::new(),
            errands: BTreeMap::new(),
            paused_until: None,
            is_held: false,
        }
    }

    /// How many Sms there are that are not in memory.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.coming.len()
    }

    /// When something is to be done here. What waits for the file is not waited for.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let next = self.waiting.iter().filter_map(Queue::front).map(|next| next.at).min();
        let next = next.filter(|_| self.has_room());
        let next = next.map(|at| self.paused_until.map_or(at, |until| until.max(at)));
        let end = self.rows.next().map(|soonest_s| self.moment(soonest_s));
        [next, end].into_iter().flatten().min()
    }

    fn has_room(&self) -> bool {
        !self.is_held && self.leaving.len() < STOWING_MAX && self.rows.len() < STOWED_MAX
    }

    /// Rounded up, so that nothing is looked at too early.
    pub(super) fn clock_s(&self, at: Instant) -> u32 {
        let since = at.saturating_duration_since(self.since);
        let whole = since.as_secs() + u64::from(since.subsec_nanos() > 0);
        u32::try_from(whole).unwrap_or(u32::MAX)
    }

    pub(super) fn moment(&self, clock_s: u32) -> Instant {
        self.since + Duration::from_secs(clock_s.into())
    }

    /// The next one that is to be looked at now, if there is room for it.
    fn next(&mut self, now: Instant) -> Option<Waiting> {
        let is_open = self.paused_until.is_none_or(|until| until <= now);
        if !is_open || !self.has_room() {
            return None;
        }
        let is_due = |next: &Waiting| next.at <= now;
        self.waiting.iter_mut().find(|queue| queue.front().is_some_and(is_due))?.pop_front()
    }

    /// A place is free. When all are, the file is filled from its start again.
    pub(super) fn give_back(&mut self, place: Place, len: usize) {
        self.room.give_back(place, len);
        if self.rows.len() == 0 && self.leaving.is_empty() && self.coming.is_empty() {
            self.room = Room::default();
        }
    }

    /// One that a carrier may mean by a name.
    pub(crate) fn meant(&self, meant: Meant) -> Option<MessageId> {
        let mut near = self.rows.from(meant.first).take_while(|row| row.id <= meant.last);
        let coming = || self.coming.range(meant.first..=meant.last).map(|(id, _)| *id);
        near.find(|row| meant.is(row.id))
            .map(|row| row.id)
            .or_else(|| coming().find(|id| meant.is(*id)))
    }

    /// Is it here, of the same sender to the same destination and of the same kind?
    pub(crate) fn may_be_alike(&self, id: MessageId, sms: &Sms) -> bool {
        let row = self.rows.get(id).or_else(|| self.coming.get(&id).map(|coming| &coming.row));
        row.is_some_and(|row| (row.to, row.kind) == (to_of(sms), kind_of(sms)))
    }

    /// Of the next `limit` rows from an id on those that a carrier may have sent to an address,
    /// and where to go on after them. What is on its way down comes with the first.
    pub(crate) fn sent_to(
        &self,
        from: MessageId,
        limit: usize,
        (environment, carrier, destination): (u32, u32, &Address),
    ) -> (Vec<MessageId>, Option<MessageId>) {
        let to = short((environment, Some(carrier), destination.as_bytes()));
        let mut rest = self.rows.from(from);
        let near = rest.by_ref().take(limit).filter(|row| row.to == to);
        let mut found: Vec<MessageId> = near.map(|row| row.id).collect();
        let next = rest.next().map(|row| row.id);
        if from.bits() == 0 {
            let coming = self.coming.values().filter(|coming| coming.row.to == to);
            found.extend(coming.map(|coming| coming.row.id));
        }
        (found, next)
    }
}

impl Shard {
    /// An Sms waits for an account: it goes up if that takes longer.
    pub(crate) fn note_waiting(&mut self, id: MessageId) {
        self.look_at(id, 0, STOW_AFTER);
    }

    /// Does a restart bring nearly more than there is room for? Only then it is interrupted by
    /// what goes up: all are served sooner that need not be written first.
    fn is_brimming(&self) -> bool {
        self.waking.is_on() && self.flights.pending() > FLIGHTS_MAX / 16 * 15
    }

    fn look_at(&mut self, id: MessageId, queue: usize, pause: Duration) {
        let (at, record) = (self.at.now + pause, self.promises.last());
        self.attic.waiting[queue].push_back(Waiting { at, id, record });
    }

    fn look_again(&mut self, id: MessageId) {
        self.look_at(id, 1, LOOK_AGAIN);
    }

    /// Sends up what has waited, and fetches what has ended.
    pub(crate) fn handle_attic(&mut self) {
        if self.waking.is_on() && !self.is_brimming() {
            return;
        }
        for _ in 0..STOWS_PER_TURN {
            let Some(next) = self.attic.next(self.at.now) else { break };
            self.stow(next);
        }
        let age = self.at.now.saturating_duration_since(self.attic.since);
        for row in self.attic.rows.due(u32::try_from(age.as_secs()).unwrap_or(u32::MAX)) {
            self.begin_fetch(row, None);
        }
    }

    fn stow(&mut self, Waiting { id, record, .. }: Waiting) {
        let Some(key) = self.stowable(id) else { return };
        if !self.promises.is_durable(record) {
            return self.look_at(id, 0, STOW_AFTER);
        }
        if self.registrar.is_reachable(key, self.steady_ns) {
            return self.look_again(id);
        }
        let Some(flight) = self.flights.get(id) else { return };
        let octets = &mut self.out.stowed;
        let start = octets.len();
        let digest = leaf::write(flight, self.attic.since, octets);
        let len = octets.len() - start;
        match self.attic.room.take(len) {
            Some(place) if !self.attic.leaving.contains_key(&id) => {
                self.attic.leaving.insert(id, Leaving { place, len, digest });
                self.out.stows.push_back((id, place, start..octets.len()));
            }
            Some(place) => {
                self.attic.room.give_back(place, len);
                octets.truncate(start);
            }
            // Longer than any place.
            None => octets.truncate(start),
        }
    }

    /// If an Sms may go up: whom it waits for. What is one of several in any way stays: the others
    /// are found through it.
    fn stowable(&self, id: MessageId) -> Option<AccountKey> {
        let flight = self.flights.get(id)?;
        let Target::Account(account) = flight.sms.target else { return None };
        let waits = matches!(flight.stage, Stage::Waiting);
        let is_one = flight.sms.group.is_none() && !flight.sms.is_single() && !self.is_joined(id);
        let may = waits && is_one && !self.promises.broken;
        may.then_some((flight.sms.environment, account))
    }

    /// It is written, or there was no room.
    pub(crate) fn handle_stowed(&mut self, id: MessageId, is_kept: bool) {
        let Some(Leaving { place, len, digest }) = self.attic.leaving.remove(&id) else { return };
        let may = self.stowable(id).is_some() && !self.attic.is_held;
        let (since, again) = (self.attic.since, &mut self.out.lent);
        let mut is_same = |flight: &&Flight| {
            again.clear();
            leaf::write(flight, since, again) == digest
        };
        let flight = self.flights.get(id).filter(|_| may && is_kept);
        match flight.filter(&mut is_same) {
            Some(Flight { sms, expires, .. }) => {
                let (to, kind) = (to_of(sms), kind_of(sms));
                let expires_s = self.attic.clock_s(*expires);
                self.attic.rows.insert(Row { id, place, len: len as u32, expires_s, to, kind });
                self.flights.remove(id);
            }
            None => {
                self.attic.give_back(place, len);
                if !is_kept {
                    self.pause_attic();
                }
                self.look_again(id);
            }
        }
    }

    /// What waits stays in memory, and new Sms are refused when that is full.
    fn pause_attic(&mut self) {
        let now = self.at.now;
        if self.attic.paused_until.is_none_or(|until| until <= now) {
            self.attic.paused_until = Some(now + PAUSE);
            self.out.warn("the attic takes nothing: what waits for apps stays in memory", "");
        }
    }
}

/// By carrier and destination.
fn to_of(sms: &Sms) -> u16 {
    short((sms.environment, sms.carrier(), sms.destination.as_bytes()))
}

/// By source and service_type. TON and NPI may be left open, so they do not count.
fn kind_of(sms: &Sms) -> u16 {
    short((sms.service_type, sms.source.as_bytes()))
}

fn short(value: impl Hash) -> u16 {
    let mut hasher = digest();
    value.hash(&mut hasher);
    hasher.finish() as u16
}

/// What waits that long for an app waits longer.
const STOW_AFTER: Duration = Duration::from_secs(2);

/// When to look again at what cannot go up: its app is there and takes its time.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How long nothing goes up when there was no room.
const PAUSE: Duration = Duration::from_secs(60);

/// Sms that one turn sends up: at a microsecond each.
const STOWS_PER_TURN: usize = 256;
