//! Our patience with a peer (SMPP 3.4 §7.2, 5.0 §2.7): session_init, enquire_link,
//! inactivity, response. The response timer of single requests is the window's.
//!
//! Hearing from the peer is the common case and costs two stores; deadlines are
//! worked out when someone asks for the next one.

use std::time::{Duration, Instant};

/// How long we wait for what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// For a bind, from the connection.
    pub session_init: Duration,
    /// Silence before we ask enquire_link.
    pub enquire_link: Duration,
    /// For the answer to an enquire_link or an unbind.
    pub response: Duration,
    /// Unanswered enquire_links that make a dead peer.
    pub misses: u8,
    /// Without traffic in a bound session; `None` waits forever.
    pub inactivity: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            session_init: Duration::from_secs(5),
            enquire_link: Duration::from_secs(30),
            response: Duration::from_secs(10),
            misses: 2,
            inactivity: None,
        }
    }
}

/// What impatience demands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimerEvent {
    /// The peer is silent: ask whether it lives.
    SendEnquireLink,
    /// Nobody bound in time: close.
    CloseSessionInit,
    /// Bound, alive, and nothing to say for too long: unbind.
    UnbindInactive,
    /// Does not answer enquire_link: close.
    CloseDead,
    /// Does not answer unbind: close.
    CloseUnbind,
}

impl TimerEvent {
    /// Whether the link has to go.
    pub const fn closes(self) -> bool {
        match self {
            Self::SendEnquireLink | Self::UnbindInactive => false,
            Self::CloseSessionInit | Self::CloseDead | Self::CloseUnbind => true,
        }
    }
}

/// The timers of one session.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    patience: Patience,
    phase: Phase,
    /// When the peer was last heard, or when we last asked and wait since.
    since: Instant,
    /// enquire_links sent since then.
    asked: u8,
    /// When traffic last passed.
    traffic: Instant,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Opening,
    Bound,
    Unbinding,
    Stopped,
}

impl Timers {
    /// The connection opened `now`; session_init runs.
    pub const fn new(now: Instant, patience: Patience) -> Self {
        Self { patience, phase: Phase::Opening, since: now, asked: 0, traffic: now }
    }

    /// A bind holds: enquire_link and inactivity run.
    pub fn handle_bound(&mut self, now: Instant) {
        self.phase = Phase::Bound;
        self.handle_traffic(now);
        self.handle_activity(now);
    }

    /// Another patience from now on.
    pub const fn set_patience(&mut self, patience: Patience) {
        self.patience = patience;
    }

    /// An unbind was sent or received: the end must come within `response`.
    pub fn handle_unbind(&mut self, now: Instant) {
        if self.phase == Phase::Bound {
            self.phase = Phase::Unbinding;
            self.since = now;
        }
    }

    /// The link is gone: nothing runs.
    pub const fn stop(&mut self) {
        self.phase = Phase::Stopped;
    }

    /// A PDU of any kind was received. It proves a bound peer alive; it does not
    /// stay the end of a session that must bind or go.
    pub fn handle_activity(&mut self, now: Instant) {
        if self.phase == Phase::Bound {
            self.since = now;
            self.asked = 0;
        }
    }

    /// A PDU that carries a message, or answers one, was sent or received.
    pub const fn handle_traffic(&mut self, now: Instant) {
        self.traffic = now;
    }

    /// When [`handle_timeout`](Self::handle_timeout) next has something to say.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.phase {
            Phase::Opening => Some(self.since + self.patience.session_init),
            Phase::Bound => {
                let alive = self.alive_deadline();
                Some(self.inactivity_deadline().map_or(alive, |inactive| alive.min(inactive)))
            }
            Phase::Unbinding => Some(self.since + self.patience.response),
            Phase::Stopped => None,
        }
    }

    /// What `now` demands, if anything. Call until `None`; an event that closes is
    /// the last one.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<TimerEvent> {
        if self.poll_timeout()? > now {
            return None;
        }
        let event = match self.phase {
            Phase::Opening => TimerEvent::CloseSessionInit,
            Phase::Unbinding => TimerEvent::CloseUnbind,
            Phase::Stopped => return None,
            Phase::Bound if self.inactivity_deadline().is_some_and(|at| at <= now) => {
                self.handle_unbind(now);
                TimerEvent::UnbindInactive
            }
            Phase::Bound if self.asked >= self.patience.misses => TimerEvent::CloseDead,
            Phase::Bound => {
                self.asked += 1;
                self.since = now;
                TimerEvent::SendEnquireLink
            }
        };
        if event.closes() {
            self.stop();
        }
        Some(event)
    }

    fn alive_deadline(&self) -> Instant {
        let wait =
            if self.asked == 0 { self.patience.enquire_link } else { self.patience.response };
        self.since + wait
    }

    fn inactivity_deadline(&self) -> Option<Instant> {
        self.patience.inactivity.map(|inactivity| self.traffic + inactivity)
    }
}

#[cfg(test)]
mod tests;
