//! The server side of a request other than INVITE (RFC 3261 §17.2.2, RFC 4320).
//!
//! ```text
//!            request came
//!                 |
//!                 V          100
//!            +---------+ ----------> +------------+
//!            | Trying  |             | Proceeding | retransmission: send the 100 again
//!            +---------+             +------------+
//!               |   \ patience ends     |   | patience ends
//!     200-699   |    +---------------------------+
//!               V          200-699      |        V
//!            +-----------+ <------------+  +------------+
//!            | Completed | --------------> | Terminated |
//!            +-----------+        J        +------------+
//!      retransmission: send the final response again
//! ```
//!
//! RFC 3261 lets Trying and Proceeding last for ever. Here they end with the client's Timer F,
//! because a later response could only confuse (RFC 4320 §4.2) and every entry must leave.

use std::time::Instant;

use crate::transaction::Timers;

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// Nothing was answered.
    Trying,
    /// 100 was answered.
    Proceeding,
    /// The final response was sent.
    Completed,
    /// Over; forget it.
    Terminated,
}

/// What the owner must do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Nothing; a retransmission is absorbed.
    None,
    /// Send this response.
    Send,
    /// Send the latest response again, octet for octet.
    Resend,
    /// Answer 100 Trying: the client has waited long enough to be told (RFC 4320 §4.1).
    SayTrying,
    /// Drop this response: it is late, or not the first final one.
    Drop,
}

/// One request that was received.
#[derive(Clone, Debug)]
pub struct NonInvite {
    state: State,
    /// When to say 100, if nothing else was said.
    trying: Option<Instant>,
    /// When the client gives up, then Timer J.
    end: Option<Instant>,
    timers: Timers,
    reliable: bool,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Retransmission,
    Provisional,
    Final,
    Silence,
    End,
}

impl NonInvite {
    /// The request came just now for the first time.
    pub fn new(now: Instant, reliable: bool, timers: Timers) -> Self {
        Self {
            state: State::Trying,
            trying: Some(now + timers.silence()),
            end: Some(now + timers.patience()),
            timers,
            reliable,
        }
    }

    /// Where the transaction stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// The same request came again.
    pub fn handle_request(&mut self, now: Instant) -> Action {
        self.handle(now, Event::Retransmission)
    }

    /// The owner wants to answer. 408 is never an answer here (RFC 4320 §4.2).
    pub fn respond(&mut self, now: Instant, status: u16) -> Action {
        if status == 408 {
            return Action::Drop;
        }
        self.handle(now, if status < 200 { Event::Provisional } else { Event::Final })
    }

    /// The moment asked for has come. Call until it says `None`.
    pub fn handle_timeout(&mut self, now: Instant) -> Action {
        if self.end.is_some_and(|end| end <= now) {
            return self.handle(now, Event::End);
        }
        if self.trying.is_some_and(|trying| trying <= now) {
            return self.handle(now, Event::Silence);
        }
        Action::None
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match (self.trying, self.end) {
            (Some(trying), Some(end)) => Some(trying.min(end)),
            (trying, end) => trying.or(end),
        }
    }

    fn handle(&mut self, now: Instant, event: Event) -> Action {
        match (self.state, event) {
            (State::Trying, Event::Retransmission) => Action::None,
            (State::Trying | State::Proceeding, Event::Provisional) => {
                self.state = State::Proceeding;
                self.trying = None;
                Action::Send
            }
            (State::Trying | State::Proceeding, Event::Final) => self.complete(now),
            (State::Trying, Event::Silence) => {
                self.trying = None;
                Action::SayTrying
            }
            (State::Proceeding | State::Completed, Event::Retransmission) => Action::Resend,
            (State::Trying | State::Proceeding | State::Completed, Event::End) => self.terminate(),
            (State::Proceeding | State::Completed, Event::Silence) => Action::None,
            (State::Completed, Event::Provisional | Event::Final) => Action::Drop,
            (State::Terminated, Event::Provisional | Event::Final) => Action::Drop,
            (State::Terminated, Event::Retransmission | Event::Silence | Event::End) => {
                Action::None
            }
        }
    }

    fn complete(&mut self, now: Instant) -> Action {
        self.trying = None;
        self.state = State::Completed;
        self.end = Some(now + self.timers.patience());
        if self.reliable {
            self.terminate();
        }
        Action::Send
    }

    fn terminate(&mut self) -> Action {
        self.state = State::Terminated;
        self.trying = None;
        self.end = None;
        Action::None
    }
}

#[cfg(test)]
mod tests;
