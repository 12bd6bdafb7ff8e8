//! The client side of a request other than INVITE (RFC 3261 §17.1.2).
//!
//! ```text
//!             request sent
//!                  |             E: retransmit
//!                  V            +---+
//!            +-----------+ <----+   |
//!            |  Trying   | ---------+      F or transport error
//!            +-----------+ ---------------------------------+
//!           1xx |     | 2xx-6xx                             |
//!               V     |                                     |
//!      +------------+ |     E: retransmit, F, error         |
//!      | Proceeding | | -----------------------------------+|
//!      +------------+ |                                    ||
//!        2xx-6xx |    |                                    VV
//!                V    V         K                  +------------+
//!            +-----------+ ----------------------> | Terminated |
//!            | Completed |                         +------------+
//!            +-----------+
//! ```

use std::time::{Duration, Instant};

use crate::transaction::Timers;

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// Sent, nothing heard.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// The final response came; copies of it are absorbed.
    Completed,
    /// Over; forget it.
    Terminated,
}

/// What the owner must do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Nothing.
    None,
    /// Send the same octets to the same place again.
    Retransmit,
    /// Take this status as the outcome.
    Final(u16),
    /// Take silence as the outcome: whether the request was heard is unknown (Timer F).
    TimedOut,
    /// Take a dead transport as the outcome.
    Failed,
}

/// One request that awaits its final response.
#[derive(Clone, Debug)]
pub struct NonInvite {
    state: State,
    /// Timer E; `None` on reliable transports and once it is of no use.
    retransmit: Option<Instant>,
    /// Timer F, then Timer K.
    end: Option<Instant>,
    pause: Duration,
    timers: Timers,
    reliable: bool,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Provisional,
    Final(u16),
    Retransmit,
    End,
    TransportError,
}

impl NonInvite {
    /// The request was sent just now.
    pub fn new(now: Instant, reliable: bool, timers: Timers) -> Self {
        Self {
            state: State::Trying,
            retransmit: (!reliable).then_some(now + timers.t1),
            end: Some(now + timers.patience()),
            pause: timers.t1,
            timers,
            reliable,
        }
    }

    /// Where the transaction stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// A response with our branch and method came.
    pub fn handle_response(&mut self, now: Instant, status: u16) -> Action {
        let provisional = status < 200;
        self.handle(now, if provisional { Event::Provisional } else { Event::Final(status) })
    }

    /// The request could not be sent, or its connection is gone (§17.1.4).
    pub fn handle_transport_error(&mut self, now: Instant) -> Action {
        self.handle(now, Event::TransportError)
    }

    /// The moment asked for has come. Call until it says `None`.
    pub fn handle_timeout(&mut self, now: Instant) -> Action {
        if self.end.is_some_and(|end| end <= now) {
            return self.handle(now, Event::End);
        }
        if self.retransmit.is_some_and(|at| at <= now) {
            return self.handle(now, Event::Retransmit);
        }
        Action::None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match (self.retransmit, self.end) {
            (Some(retransmit), Some(end)) => Some(retransmit.min(end)),
            (retransmit, end) => retransmit.or(end),
        }
    }

    fn handle(&mut self, now: Instant, event: Event) -> Action {
        match (self.state, event) {
            (State::Trying, Event::Provisional) => {
                self.state = State::Proceeding;
                Action::None
            }
            (State::Proceeding, Event::Provisional) => Action::None,
            (State::Trying | State::Proceeding, Event::Final(status)) => self.complete(now, status),
            (State::Trying, Event::Retransmit) => {
                self.pause = (self.pause * 2).min(self.timers.t2);
                self.again(now)
            }
            (State::Proceeding, Event::Retransmit) => {
                self.pause = self.timers.t2;
                self.again(now)
            }
            (State::Trying | State::Proceeding, Event::End) => self.terminate(Action::TimedOut),
            (State::Trying | State::Proceeding, Event::TransportError) => {
                self.terminate(Action::Failed)
            }
            (State::Completed, Event::End) => self.terminate(Action::None),
            (
                State::Completed,
                Event::Provisional | Event::Final(_) | Event::Retransmit | Event::TransportError,
            ) => Action::None,
            (
                State::Terminated,
                Event::Provisional
                | Event::Final(_)
                | Event::Retransmit
                | Event::End
                | Event::TransportError,
            ) => Action::None,
        }
    }

    /// Counts from when Timer E was due, so that a late caller does not stretch the schedule.
    fn again(&mut self, now: Instant) -> Action {
        let next = self.retransmit.unwrap_or(now) + self.pause;
        self.retransmit = Some(if next > now { next } else { now + self.pause });
        Action::Retransmit
    }

    fn complete(&mut self, now: Instant, status: u16) -> Action {
        self.retransmit = None;
        if self.reliable {
            return self.terminate(Action::Final(status));
        }
        self.state = State::Completed;
        self.end = Some(now + self.timers.t4);
        Action::Final(status)
    }

    fn terminate(&mut self, action: Action) -> Action {
        self.state = State::Terminated;
        self.retransmit = None;
        self.end = None;
        action
    }
}

#[cfg(test)]
mod tests;
