//! Where REGISTERs wait so that Sms do not (promises.md 1.4, E8).
//!
//! A REGISTER costs ten times what a datagram of an Sms costs, and after a power cut hundreds of
//! them lie before each Sms. So a turn serves a few and no more. The others wait here, in the
//! order in which they came, and each turn goes on with them beside whatever else has come: an
//! Sms waits for as many REGISTERs as one turn serves, however many there are. While one is on its
//! way to the disk, turns are shorter still, because what the disk says is heard between two of
//! them. Where no Sms has come of late they become longer, since each has calls of its own.
//!
//! What waits is nothing yet: no transaction is open, nothing is answered, and a copy of it meets
//! the answer of the first. While there is room for everybody it has not even been read; as room
//! becomes scarce, [`crowd`](super::crowd) says who may still wait.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::deadlines::Timer;
use crate::ingress::crowd::STRANGERS_LEAVE;
use crate::ingress::sip::Arrival;
use crate::limits::{
    DATAGRAM_MAX, LOBBY_MAX, REGISTERS_BESIDE_SMS, REGISTERS_PER_CALM_TURN, REGISTERS_PER_TURN,
};
use crate::peers::lines::{FlowId, Line};
use crate::shard::Shard;

/// The REGISTERs of a shard that wait, and what the turn may still serve.
#[derive(Debug, Default)]
pub(crate) struct Lobby {
    waiting: VecDeque<Waiting>,
    /// Memory of those that were served, for the next ones.
    spare: Vec<Vec<u8>>,
    /// The turn that is counted, by its moment.
    turn: Option<Instant>,
    /// How many REGISTERs it has served.
    served: usize,
    /// How many of those who waited the latest turn called.
    called: usize,
    /// How many other inputs have come since they were called.
    others: usize,
    /// One that waited is being served: it is not to wait again.
    is_calling: bool,
}

/// One REGISTER, and how it came.
#[derive(Debug)]
struct Waiting {
    line: Line,
    peer: SocketAddr,
    octets: Vec<u8>,
}

impl Lobby {
    /// Something has come that is no REGISTER, or not known to be one yet.
    pub(crate) fn note_input(&mut self) {
        self.others += 1;
    }

    /// How many more may wait.
    pub(crate) fn room(&self) -> usize {
        LOBBY_MAX.saturating_sub(self.waiting.len())
    }

    /// Is this one that has waited? It was let in before.
    pub(crate) fn is_calling(&self) -> bool {
        self.is_calling
    }

    /// May a REGISTER be served in this turn, before nobody who waits?
    fn serves(&mut self, now: Instant) -> bool {
        let serves = self.has_time(now);
        if self.turn != Some(now) {
            (self.turn, self.served) = (Some(now), 0);
        }
        self.served += usize::from(serves);
        serves
    }

    /// Could one be?
    fn has_time(&self, now: Instant) -> bool {
        let is_fresh = self.turn != Some(now) || self.served < REGISTERS_PER_TURN;
        self.waiting.is_empty() && is_fresh
    }

    fn put(&mut self, line: Line, peer: SocketAddr, octets: &[u8]) {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.extend_from_slice(octets);
        self.waiting.push_back(Waiting { line, peer, octets: copy });
    }

    fn spare(&mut self, mut octets: Vec<u8>) {
        if self.spare.len() < LOBBY_MAX && octets.capacity() <= DATAGRAM_MAX {
            octets.clear();
            self.spare.push(octets);
        }
    }

    /// A connection is gone, and nobody who came by it is to be registered any more.
    pub(crate) fn forget_flow(&mut self, flow: FlowId) {
        self.waiting.retain(|one| one.line != Line::Flow(flow));
    }
}

impl Shard {
    /// Is a REGISTER served now? Otherwise it waits for its turn.
    pub(crate) fn enters(&mut self, arrival: &Arrival<'_>) -> bool {
        let lobby = &mut self.registrar.lobby;
        if lobby.is_calling || lobby.serves(self.at.now) {
            return true;
        }
        self.wait(arrival.line, arrival.peer, arrival.octets);
        false
    }

    /// Does this wait for its turn without having been read? A REGISTER does, where it would have
    /// to wait and there is room for whoever it may be from.
    pub(crate) fn waits_unread(&mut self, line: Line, peer: SocketAddr, octets: &[u8]) -> bool {
        let lobby = &self.registrar.lobby;
        let waits = octets.starts_with(b"REGISTER ")
            && !lobby.is_calling
            && !lobby.has_time(self.at.now)
            && lobby.room() > STRANGERS_LEAVE;
        if waits {
            self.wait(line, peer, octets);
        }
        waits
    }

    /// So many of those who wait are called now: with each turn more while no Sms comes that would
    /// have to wait for them.
    fn called(&self) -> usize {
        if self.promises.hurries() {
            // Where a turn has much else to do there are few turns, and they keep their share.
            let share = self.registrar.lobby.others / INPUTS_PER_REGISTER;
            return share.clamp(REGISTERS_BESIDE_SMS, 2 * REGISTERS_PER_TURN);
        }
        let since_ms = (self.at.unix_ns / 1_000_000).saturating_sub(self.last_id.0);
        let is_calm = self.flights.pending() == 0 && since_ms > CALM_MS;
        let more = (2 * self.registrar.lobby.called).min(REGISTERS_PER_CALM_TURN);
        if is_calm { more.max(REGISTERS_PER_TURN) } else { REGISTERS_PER_TURN }
    }

    fn wait(&mut self, line: Line, peer: SocketAddr, octets: &[u8]) {
        let lobby = &mut self.registrar.lobby;
        if lobby.waiting.is_empty() {
            self.deadlines.arm(self.at.now + NEXT_TURN, Timer::Lobby);
        }
        lobby.put(line, peer, octets);
        lobby.others = lobby.others.saturating_sub(1);
    }

    /// Another turn: the next ones are called.
    pub(crate) fn handle_lobby(&mut self) {
        self.registrar.lobby.called = self.called();
        self.registrar.lobby.others = 0;
        for _ in 0..self.registrar.lobby.called {
            let Some(next) = self.registrar.lobby.waiting.pop_front() else { break };
            self.registrar.lobby.is_calling = true;
            self.handle_sip(next.line, next.peer, &next.octets);
            let lobby = &mut self.registrar.lobby;
            lobby.is_calling = false;
            lobby.spare(next.octets);
            (lobby.turn, lobby.served) = (Some(self.at.now), REGISTERS_PER_TURN);
        }
        if self.registrar.lobby.waiting.is_empty() {
            self.registrar.lobby.called = 0;
        } else {
            self.deadlines.arm(self.at.now + NEXT_TURN, Timer::Lobby);
        }
    }
}

/// Where no Sms has come for so long, in milliseconds, none is expected in the next turn.
const CALM_MS: u64 = 1_000;

/// A turn that serves Sms serves a REGISTER beside so many of their inputs.
const INPUTS_PER_REGISTER: usize = 16;

/// The moment after this one: whatever comes until then comes first.
const NEXT_TURN: Duration = Duration::from_nanos(1);
