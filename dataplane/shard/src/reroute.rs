//! An Sms that waits for a connection goes another way: because the connection could not take
//! it, because it is down, or because the plan knows it no more (promises.md C12).
//!
//! ```text
//!   old owner                                  new owner
//!   Waiting ─▶ Moving ── Mail::Move ─────────▶ MOVED is journaled: from here on it is the owner
//!              all it wrote is durable         Waiting, Ready ...
//!              LEFT is journaled, ◀─────────── Mail::Moved, when MOVED is durable
//!              and it is forgotten
//! ```
//! The old owner does nothing with an Sms that is Moving but wait for the answer; if the new
//! one has no room it waits again. After a crash the latest move that is durable names the owner
//! ([`routing::journal::Recovery`]), so there is one at every moment, and one ACCEPT: one charge
//! and one CDR. An Sms of which nobody knows whether its next hop has it stays there, unless it
//! may be sent again; never are there two ways at once.

use std::time::{Duration, Instant};

use routing::journal::{Left, Moved, Record, Via};
use routing::{Journey, MessageId, Sms, Target, Unknown, home};

use crate::admit::target_id;
use crate::choose::Need;
use crate::deadlines::Timer;
use crate::flights::{Flight, Stage};
use crate::input::ShardId;
use crate::mail::Mail;
use crate::promises::Promise;
use crate::shard::Shard;

/// An Sms between two owners, with what the new one must know of its attempts.
#[derive(Clone, Debug)]
pub struct Moving {
    /// The Sms with its new target and the journey so far.
    pub sms: Box<Sms>,
    /// How many attempts ended without anybody knowing how.
    pub unknowns: u8,
    /// It may have arrived already.
    pub touched: bool,
    /// An attempt repeated one that ended so.
    pub doubled: bool,
    /// The way of the latest one.
    pub via: Via,
}

impl Shard {
    /// A connection could not take an Sms, which stands in no queue now: is there another way?
    pub(crate) fn goes_another_way(&mut self, id: MessageId) -> bool {
        let may = |flight: &&Flight| flight.sms.journey.may_go_on() && self.may_move(flight);
        let flight = self.flights.get(id).filter(may);
        let target = flight.and_then(|flight| self.another_target(flight, Need::Ready));
        target.is_some_and(|target| self.move_to(id, target))
    }

    /// Looks through all that waits, a part in each turn.
    pub(crate) fn look_for_ways(&mut self) {
        self.look_for_ways_at(self.at.now);
    }

    /// The same, when all that a restart brings is there: it asks for this with every Sms.
    pub(crate) fn look_for_ways_again(&mut self) {
        self.look_for_ways_at(self.at.now + LOOK_PAUSE);
    }

    fn look_for_ways_at(&mut self, at: Instant) {
        if self.flights.pending() == 0 {
            return;
        }
        // Who is looking already begins again.
        if self.looking_from.replace(MessageId::from_bits(0)).is_none() {
            self.deadlines.arm(at, Timer::Reroute);
        }
    }

    /// The next part.
    pub(crate) fn look_on(&mut self) {
        let Some(from) = self.looking_from.take() else { return };
        let (waiting, next) = self.flights.waiting_from(from, LOOKED_AT);
        for id in waiting {
            let Some(flight) = self.flights.get(id).filter(|flight| self.may_move(flight)) else {
                continue;
            };
            let target = self.need(flight).and_then(|need| self.another_target(flight, need));
            if let Some(target) = target {
                self.move_to(id, target);
            }
        }
        if next.is_some() {
            self.looking_from = next;
            self.deadlines.arm(self.at.now + NEXT_TURN, Timer::Reroute);
        }
    }

    /// Why should a flight that waits go another way?
    fn need(&self, flight: &Flight) -> Option<Need> {
        let key = (flight.sms.environment, target_id(flight.sms.target));
        if !self.is_still_meant(&flight.sms) {
            Some(Need::Any)
        } else if self.connections.is_lost(key) && flight.sms.journey.may_go_on() {
            Some(Need::Ready)
        } else {
            None
        }
    }

    /// Only what has one way at a time may change it.
    fn may_move(&self, flight: &Flight) -> bool {
        let key = (flight.sms.environment, target_id(flight.sms.target));
        let is_sure =
            flight.unknowns == 0 || self.unknown_means(key, flight.sms.id) == Unknown::Resend;
        matches!(flight.sms.target, Target::Connection { .. })
            && matches!(flight.stage, Stage::Waiting | Stage::Scheduled)
            && !flight.sms.is_single()
            && !self.begins_nothing()
            && is_sure
    }

    /// Gives a flight another target, which may be another shard's. Says whether it is gone.
    fn move_to(&mut self, id: MessageId, target: Target) -> bool {
        let Some(flight) = self.flights.get(id) else { return false };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        let owner = ShardId(home(target_id(target), self.config.shards));
        let mut sms = flight.sms.clone();
        sms.target = target;
        sms.journey = sms.journey.onwards(key.1, flight.attempts);
        sms.generation = self.plan.as_ref().map_or(sms.generation, |p| p.snapshot.generation());
        if owner == self.config.shard && self.has_room(&sms).is_err() {
            return false;
        }
        self.unqueue(key, id);
        self.leaves_connection(key, id);
        let Some(mut flight) = self.flights.remove(id) else { return false };
        let Flight { unknowns, touched, doubled, via, .. } = flight;
        let moving = Moving { sms, unknowns, touched, doubled, via };
        if owner == self.config.shard {
            self.arrive(moving);
        } else {
            flight.stage = Stage::Moving;
            self.flights.insert(flight);
            self.promises.keep(Promise::Leave { to: owner, moving: Box::new(moving) });
        }
        true
    }

    /// All that this shard wrote of an Sms is durable: it may leave.
    pub(crate) fn leave(&mut self, to: ShardId, moving: Box<Moving>) {
        self.out.post(to, Mail::Move { moving });
    }

    /// Another shard gives us an Sms.
    pub(crate) fn handle_move(&mut self, from: ShardId, moving: Moving) {
        let id = moving.sms.id;
        if self.promises.broken || self.has_room(&moving.sms).is_err() {
            return self.out.post(from, Mail::Moved { id, taken: false });
        }
        self.arrive(moving);
        self.promises.keep(Promise::Arrived { from, id });
    }

    /// It is ours from here on.
    fn arrive(&mut self, moving: Moving) {
        let Moving { sms, unknowns, touched, doubled, via } = moving;
        let (id, attempts) = (sms.id, sms.journey.attempts);
        let moved = Box::new(Moved { at_ns: self.at.unix_ns, sms: (*sms).clone() });
        self.record(&Record::Moved(moved));
        self.add(routing::board::Tally::Rerouted, 1);
        let (stage, expires) = self.first_stage(&sms);
        let waits = matches!(stage, Stage::Waiting);
        let flight = Flight { sms, attempts, unknowns, touched, doubled, via, stage, expires };
        self.flights.insert(flight);
        if waits {
            self.enqueue(id);
        }
    }

    /// The new owner has it, durably, or has no room for it.
    pub(crate) fn handle_moved(&mut self, id: MessageId, taken: bool) {
        let is_moving = |flight: &&Flight| matches!(flight.stage, Stage::Moving);
        let Some(flight) = self.flights.get(id).filter(is_moving) else { return };
        let Journey { moves, .. } = flight.sms.journey;
        let key = (flight.sms.environment, target_id(flight.sms.target));
        if taken {
            let at_ns = self.at.unix_ns;
            self.record(&Record::Left(Left { id, at_ns, moves: moves.saturating_add(1) }));
            self.flights.remove(id);
        } else {
            let Some(mut flight) = self.flights.remove(id) else { return };
            (flight.stage, flight.expires) = self.first_stage(&flight.sms);
            let waits = matches!(flight.stage, Stage::Waiting);
            self.flights.insert(flight);
            if waits {
                self.rest_alone(key, id);
            }
        }
    }

    /// Its validity ended between two owners: the new one sees to that.
    pub(crate) fn expire_moving(&mut self, id: MessageId) {
        self.flights.expire_at(id, self.at.now + MOVING_PATIENCE);
    }
}

/// How many flights are looked at in one turn: at a third of a microsecond each.
const LOOKED_AT: usize = 256;

/// Not in this turn any more.
const NEXT_TURN: Duration = Duration::from_micros(1);

/// After a start: all that it brings is there long before.
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// When to look again at a flight between two owners: longer than two commits take.
const MOVING_PATIENCE: Duration = Duration::from_secs(1);
