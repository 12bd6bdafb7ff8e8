//! Segments for an app wait for each other, get a head and end as it does.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use routing::journal::Outcome;
use routing::{Incomplete, MessageId, State};
use text::{Gathered, Joiner};

use super::key::{Key, Part, Sender, Text, segment};
use super::writer::Writer;
use crate::admit::target_id;
use crate::content::{self, Body};
use crate::deadlines::Timer;
use crate::fair::class_of;
use crate::flights::{Flight, Stage};
use crate::limits::{GATHERING_MAX, GATHERING_TTL, JOINED_MAX};
use crate::shard::Shard;

/// What goes in one MESSAGE.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) text: Text,
    /// In order, the head first.
    pub(super) parts: Vec<Part>,
    /// Those that came twice.
    pub(super) doubles: Vec<Part>,
    /// Segments are missing before the first one.
    pub(super) gap_before: bool,
    /// Segments are missing behind the last one.
    pub(super) gap_behind: bool,
}

/// The segments of a shard.
#[derive(Debug)]
pub(crate) struct Segments {
    joiner: Joiner<Sender, Key, MessageId>,
    /// What their heads carry.
    pub(super) joined: BTreeMap<MessageId, Joined>,
    /// Segments that go with a head, and those that arrived not long ago.
    known: BTreeMap<(Sender, Key, u8), Known>,
    /// Those that arrived, oldest first.
    arrivals: VecDeque<(Instant, Sender, Key, u8)>,
    /// When something of this is to be looked at.
    armed: Option<Instant>,
    /// The reference of the latest text that was split.
    reference: u16,
}

/// A segment that nobody waits for any more.
#[derive(Clone, Copy, Debug)]
struct Known {
    likeness: u64,
    /// The head it goes with; none if it arrived.
    head: Option<MessageId>,
}

impl Default for Segments {
    fn default() -> Self {
        Self {
            joiner: Joiner::new(GATHERING_MAX),
            joined: BTreeMap::new(),
            known: BTreeMap::new(),
            arrivals: VecDeque::new(),
            armed: None,
            reference: 0,
        }
    }
}

impl Segments {
    /// A reference that no other text of late has.
    pub(super) fn next_reference(&mut self) -> u16 {
        self.reference = self.reference.wrapping_add(1);
        self.reference
    }

    /// A head will carry it.
    pub(super) fn goes_with(&mut self, head: MessageId, (sender, key): Text, part: Part) {
        let known = Known { likeness: part.likeness, head: Some(head) };
        self.known.insert((sender, key, part.sequence), known);
    }

    /// It arrived and is known for as long as its sender may repeat it, or it never will.
    fn ended(&mut self, until: Option<Instant>, (sender, key): Text, part: Part) {
        let place = (sender, key, part.sequence);
        let Some(until) = until else {
            self.known.remove(&place);
            return;
        };
        if self.arrivals.len() >= JOINED_MAX {
            self.forget_first();
        }
        self.known.insert(place, Known { likeness: part.likeness, head: None });
        self.arrivals.push_back((until, sender, key, part.sequence));
    }

    fn forget_first(&mut self) {
        let Some((_, sender, key, sequence)) = self.arrivals.pop_front() else { return };
        let place = (sender, key, sequence);
        if self.known.get(&place).is_some_and(|known| known.head.is_none()) {
            self.known.remove(&place);
        }
    }

    /// What is known of an equal segment.
    fn known(&self, (sender, key): Text, part: Part) -> Option<Known> {
        let known = self.known.get(&(sender, key, part.sequence)).copied();
        known.filter(|known| known.likeness == part.likeness)
    }
}

impl Shard {
    /// Does an Sms for an app wait for the other segments of its text? Says so for one that ended
    /// here, too.
    pub(crate) fn gathers(&mut self, id: MessageId) -> bool {
        let Some(flight) = self.flights.get_mut(id) else { return false };
        let Some((sender, key, part)) = segment(&flight.sms) else { return false };
        flight.stage = Stage::Gathering;
        match self.segments.known((sender, key), part) {
            Some(Known { head: None, .. }) => {
                self.settle(id, State::Delivered, 0);
                return true;
            }
            Some(Known { head: Some(head), .. }) => {
                flight.stage = Stage::Riding;
                let joined = self.segments.joined.get_mut(&head);
                joined.into_iter().for_each(|joined| joined.doubles.push(part));
                return true;
            }
            None => {}
        }
        let (end, mut ended) = (self.at.now + GATHERING_TTL, Vec::new());
        self.segments.joiner.take(sender, key, key.total, part, end, &mut ended);
        ended.into_iter().for_each(|gathered| self.join(gathered));
        self.arm_segments();
        true
    }

    fn arm_segments(&mut self) {
        let arrival = self.segments.arrivals.front().map(|(until, ..)| *until);
        let next = [self.segments.joiner.poll_timeout(), arrival].into_iter().flatten().min();
        let Some(next) = next else { return };
        if self.segments.armed.is_none_or(|armed| armed > next) {
            self.segments.armed = Some(next);
            self.deadlines.arm(next, Timer::Segments);
        }
    }

    /// The time of a text is over: what came of it goes as it is.
    pub(crate) fn handle_segments_timer(&mut self) {
        let now = self.at.now;
        self.segments.armed = None;
        while self.segments.arrivals.front().is_some_and(|(until, ..)| *until <= now) {
            self.segments.forget_first();
        }
        while let Some(gathered) = self.segments.joiner.expire(now) {
            self.join(gathered);
        }
        self.arm_segments();
    }

    /// Gives segments a head and puts that into its inbox; several heads if the text is too long
    /// for any MESSAGE.
    fn join(&mut self, gathered: Gathered<MessageId>) {
        let Gathered { mut pieces, mut doubles, total } = gathered;
        let flights = &self.flights;
        let is_here = |part: &Part| {
            flights.get(part.name).is_some_and(|flight| matches!(flight.stage, Stage::Gathering))
        };
        pieces.retain(is_here);
        doubles.retain(is_here);
        let first = pieces.first().and_then(|part| flights.get(part.name));
        let Some((sender, key, _)) = first.and_then(|flight| segment(&flight.sms)) else { return };
        if pieces.len() < usize::from(total) && self.expires_incomplete(sender) {
            let ended = pieces.iter().chain(&doubles);
            return ended.for_each(|part| self.settle(part.name, State::Expired, GAP_CODE));
        }
        for joined in self.pieces((sender, key), &pieces, doubles, total) {
            self.put_in_inbox(joined);
        }
    }

    /// Is a text of this sender worth nothing if it is not whole?
    fn expires_incomplete(&self, sender: Sender) -> bool {
        let Sender::Carrier(environment, carrier) = sender else { return false };
        // The carrier's links may all be at other shards.
        let carrier = self.plan.as_ref().and_then(|plan| plan.carrier(environment, carrier));
        carrier.is_some_and(|known| known.thawed_contract().incomplete == Incomplete::Expire)
    }

    fn put_in_inbox(&mut self, joined: Joined) {
        let head = joined.parts[0].name;
        for rider in joined.parts[1..].iter().chain(&joined.doubles) {
            if let Some(flight) = self.flights.get_mut(rider.name) {
                flight.stage = Stage::Riding;
            }
        }
        let Some(flight) = self.flights.get_mut(head) else { return };
        flight.stage = Stage::Waiting;
        let key = (flight.sms.environment, target_id(flight.sms.target));
        let class = class_of(flight.sms.priority);
        joined.parts.iter().for_each(|part| self.segments.goes_with(head, joined.text, *part));
        self.segments.joined.insert(head, joined);
        self.inboxes.push_back(key, class, head);
        self.try_account(key.0, key.1);
    }

    /// A segment ends while it waits for others.
    pub(crate) fn gathers_no_more(&mut self, id: MessageId) {
        let gathers = |flight: &&Flight| matches!(flight.stage, Stage::Gathering);
        let Some(flight) = self.flights.get(id).filter(gathers) else { return };
        if let Some((sender, key, _)) = segment(&flight.sms) {
            self.segments.joiner.forget(sender, key, id);
        }
    }

    /// A head ended: so do the others.
    pub(crate) fn end_riders(&mut self, outcome: &Outcome) {
        let Some(joined) = self.segments.joined.remove(&outcome.id) else { return };
        for rider in joined.parts[1..].iter().chain(&joined.doubles) {
            let Some(flight) = self.flights.get_mut(rider.name) else { continue };
            (flight.attempts, flight.via) = (outcome.attempts, outcome.via);
            self.settle(rider.name, outcome.state, outcome.code);
        }
        let delivered = outcome.state == State::Delivered;
        let until = delivered.then(|| self.at.now + GATHERING_TTL);
        joined.parts.iter().for_each(|part| self.segments.ended(until, joined.text, *part));
        self.arm_segments();
    }

    /// Does an Sms carry the other segments of its text?
    pub(crate) fn is_joined(&self, id: MessageId) -> bool {
        self.segments.joined.contains_key(&id)
    }

    /// What an app is shown of a flight: its text, or that of all it carries.
    pub(crate) fn body<'a>(&'a self, flight: &'a Flight) -> Body<'a> {
        let Some(joined) = self.segments.joined.get(&flight.sms.id) else {
            return content::body(&flight.sms);
        };
        let parts = joined.parts.iter().filter_map(|part| {
            self.flights.get(part.name).map(|flight| (part.sequence, &*flight.sms))
        });
        let mut writer = Writer::default();
        if joined.gap_before {
            writer.gap();
        }
        let mut last = None;
        for (sequence, sms) in parts {
            if last.is_some_and(|last| sequence > last + 1) {
                writer.gap();
            }
            writer.write(sms);
            last = Some(sequence);
        }
        if joined.gap_behind {
            writer.gap();
        }
        writer.finish()
    }
}

/// Request Timeout: the code of a receipt for a segment whose text never was whole.
const GAP_CODE: u32 = 408;
