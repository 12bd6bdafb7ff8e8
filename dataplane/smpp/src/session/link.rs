//! State, version, window and timers of one link.
//!
//! It owns no socket and no buffer. Whoever does asks `may_receive` and `may_send`,
//! reports what happened with `handle_*`, and obeys `handle_timeout`.

use std::time::Instant;

use crate::{BindKind, Command, Version};

use super::inbound::{Inbound, Overrun};
use super::role::{Direction, Role};
use super::state::{Event, State, Verdict, may};
use super::timers::{Patience, TimerEvent, Timers};
use super::window::{Answer, Full, Window};

/// One link's conversation. `T` names a request to whoever sent it.
#[derive(Debug)]
pub struct Session<T> {
    role: Role,
    state: State,
    version: Version,
    window: Window<T>,
    inbound: Inbound,
    timers: Timers,
}

/// How much a session takes and gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Requests of ours without an answer.
    pub outbound: u16,
    /// Requests of the peer's without an answer.
    pub inbound: u16,
}

/// Where a session stands that asks nothing and owes nothing: all that another process must know
/// to go on with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Open or bound.
    pub state: State,
    /// Which SMPP both sides understand.
    pub version: Version,
    /// The sequence number of our next request.
    pub next: u32,
}

impl<T: Copy> Session<T> {
    /// Goes on `now` with a session of another process.
    pub fn resumed(
        now: Instant,
        role: Role,
        limits: Limits,
        patience: Patience,
        standing: Standing,
    ) -> Self {
        let mut session = Self::new(now, role, limits, patience);
        (session.state, session.version) = (standing.state, standing.version);
        session.window.begin_at(standing.next);
        if session.state.is_bound() {
            session.timers.handle_bound(now);
        }
        session
    }

    /// What another process must know to go on.
    pub fn standing(&self) -> Standing {
        let next = self.window.next_sequence();
        Standing { state: self.state, version: self.version, next }
    }

    /// Is nothing asked, on either side, that is not answered?
    pub const fn is_at_rest(&self) -> bool {
        self.window.waiting() == 0 && self.inbound.waiting() == 0
    }

    /// A link that opened `now`. The version is 3.3, which promises least, until
    /// the bind says better.
    pub fn new(now: Instant, role: Role, limits: Limits, patience: Patience) -> Self {
        Self {
            role,
            state: State::Open,
            version: Version::V33,
            window: Window::new(limits.outbound, patience.response),
            inbound: Inbound::new(limits.inbound),
            timers: Timers::new(now, patience),
        }
    }

    /// Which side we are.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where the session stands.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Which SMPP both sides understand.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Our outstanding requests.
    pub const fn window(&self) -> &Window<T> {
        &self.window
    }

    /// Whether the peer may say this now.
    pub const fn may_receive(&self, command: Command) -> Verdict {
        may(self.state, self.role, Direction::Received, command)
    }

    /// Whether we may say this now.
    pub const fn may_send(&self, command: Command) -> Verdict {
        may(self.state, self.role, Direction::Sent, command)
    }

    /// A PDU arrived: whether it was allowed, and the peer is alive.
    pub fn handle_received(&mut self, now: Instant, command: Command) -> Verdict {
        self.timers.handle_activity(now);
        if !command.is_link() {
            self.timers.handle_traffic(now);
        }
        self.may_receive(command)
    }

    /// An outbind was sent or received: the bind is still to come, and in time.
    pub const fn handle_outbind(&mut self) {
        self.state = self.state.after(Event::Outbind);
    }

    /// A bind was answered ESME_ROK, by us or to us. `version` is the lower of ours
    /// and the peer's.
    pub fn handle_bound(&mut self, now: Instant, kind: BindKind, version: Version) {
        debug_assert!(
            matches!(self.state, State::Open | State::Outbound),
            "nobody binds twice: {:?}",
            self.state
        );
        self.state = self.state.after(Event::Bound(kind));
        self.version = version;
        self.timers.handle_bound(now);
    }

    /// An unbind was sent or received: no more requests, answers only.
    pub fn handle_unbind(&mut self, now: Instant) {
        self.state = self.state.after(Event::Unbind);
        self.timers.handle_unbind(now);
    }

    /// The link is gone. Returns the requests whose outcome is now unknown.
    pub fn handle_closed(&mut self) -> impl Iterator<Item = T> + '_ {
        self.state = self.state.after(Event::Closed);
        self.timers.stop();
        self.window.lose()
    }

    /// Remembers a request we are about to send; returns its sequence number.
    pub fn ask(&mut self, now: Instant, command: Command, token: T) -> Result<u32, Full> {
        let sequence = self.window.ask(now, command, token)?;
        self.timers.handle_traffic(now);
        Ok(sequence)
    }

    /// A sequence number for a bind, unbind or enquire_link of ours.
    pub fn ask_untracked(&mut self) -> Result<u32, Full> {
        self.window.ask_untracked()
    }

    /// Gives back the memory of busier times.
    pub fn rest(&mut self) {
        self.window.rest();
    }

    /// Matches a response to what we asked.
    pub fn handle_answer(&mut self, sequence: u32, command: Command) -> Answer<T> {
        self.window.answer(sequence, command)
    }

    /// Takes a request of the peer's into its window; [`settle`](Self::settle) it
    /// when the answer has been sent.
    pub const fn accept(&mut self) -> Result<(), Overrun> {
        self.inbound.accept()
    }

    /// A request taken in has been answered.
    pub const fn settle(&mut self) {
        self.inbound.settle();
    }

    /// Requests of the peer's that we owe an answer.
    pub const fn owed(&self) -> u16 {
        self.inbound.waiting()
    }

    /// How full the peer's window is, from 0 to `full`.
    pub fn inbound_fill(&self, full: u8) -> u8 {
        self.inbound.fill(full)
    }

    /// Changes how much is taken and given, once a bind has told who the peer is.
    pub fn set_limits(&mut self, limits: Limits) {
        self.window.set_limit(limits.outbound);
        self.inbound.set_limit(limits.inbound);
    }

    /// Changes how long is waited for what, once a bind has told who the peer is. What is
    /// waited for already keeps its time, so nothing tracked may be waiting.
    pub fn set_patience(&mut self, patience: Patience) {
        self.window.set_patience(patience.response);
        self.timers.set_patience(patience);
    }

    /// When [`handle_timeout`](Self::handle_timeout) or [`expire`](Self::expire) next
    /// has something to say.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match (self.timers.poll_timeout(), self.window.poll_timeout()) {
            (Some(timer), Some(answer)) => Some(timer.min(answer)),
            (timer, answer) => timer.or(answer),
        }
    }

    /// What impatience demands of the link. Call until `None`.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<TimerEvent> {
        self.timers.handle_timeout(now)
    }

    /// Gives up on the oldest request if its time has come. Call until `None`.
    pub fn expire(&mut self, now: Instant) -> Option<T> {
        self.window.expire(now)
    }
}

#[cfg(test)]
mod tests;
