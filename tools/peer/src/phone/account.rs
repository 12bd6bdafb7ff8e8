//! One user and its registration (RFC 3261 §10.2).
//!
//! ```text
//!          due              200
//!   Idle ───────▶ Asking ─────────▶ Registered ──▶ due again before it expires
//!    ▲   back-off   │ 401: once with credentials; 423: once longer
//!    └──────────────┘ refused, or nobody there
//! ```

use std::time::{Duration, Instant};

use sip::{ContactValue, Message, Method, Name, Party};

use super::wire::{Ask, Asked, Thread, Wire};
use crate::backoff::Backoff;

/// A user of ours.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) user: String,
    thread: Thread,
    /// What we ask for, in seconds; a registrar may want more.
    expires_secs: u32,
    registered: bool,
    /// Challenges since the last outcome; a server that only ever challenges is not there for us.
    challenged: u8,
    backoff: Backoff,
}

/// What follows from an answer.
#[derive(Debug)]
pub(super) enum Next {
    /// Registered: come again then.
    Registered {
        /// When.
        again: Instant,
        /// For how long the registrar holds the contact.
        expires_secs: u32,
    },
    /// Ask once more, now.
    Ask(Asked),
    /// It did not work: come again then.
    Failed {
        /// When.
        again: Instant,
    },
    /// The contact is taken back, or will be gone soon anyway.
    Left,
}

impl Account {
    /// A user that is not registered.
    pub(super) fn new(user: String, expires_secs: u32, wire: &mut Wire) -> Self {
        let backoff = Backoff::new(RETRY_FIRST, RETRY_LAST);
        let thread = wire.thread();
        Self { user, thread, expires_secs, registered: false, challenged: 0, backoff }
    }

    /// Whether the registrar holds our contact, as far as we know.
    pub(super) const fn is_registered(&self) -> bool {
        self.registered
    }

    /// Wants the contact to be taken back from now on.
    pub(super) const fn leave(&mut self) {
        self.expires_secs = 0;
    }

    /// The next REGISTER, without credentials.
    pub(super) fn register(&mut self, wire: &mut Wire) -> Option<Asked> {
        self.ask(wire, None)
    }

    fn ask(&mut self, wire: &mut Wire, credentials: Option<(&str, &str)>) -> Option<Asked> {
        let uri = format!("sip:{}", wire.domain);
        let contact = format!("<sip:{}@{}>", self.user, wire.sent_by);
        let expires = self.expires_secs.to_string();
        let mut headers = vec![("Contact", contact.as_str()), ("Expires", expires.as_str())];
        headers.extend(credentials);
        let host = wire.domain.clone();
        let to = Party { display: "", user: &self.user, host: &host, tag: None };
        let asked = wire.ask(&Ask {
            method: Method::Register,
            uri: &uri,
            from: &self.user,
            to,
            thread: &self.thread,
            headers: &headers,
            body: None,
        });
        self.thread.cseq += 1;
        asked
    }

    /// The registrar answered; `authorized` says whether it had our credentials.
    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        wire: &mut Wire,
        response: &Message<'_>,
        authorized: bool,
    ) -> Next {
        let status = response.status().unwrap_or_default();
        match status {
            200..300 if self.expires_secs == 0 => {
                self.registered = false;
                Next::Left
            }
            200..300 => self.handle_registered(now, wire, response),
            401 | 407 => {
                let stale = response.challenges().flatten().any(|challenge| challenge.stale);
                let again = (!authorized || stale) && self.challenged < CHALLENGES_MAX;
                self.challenged += 1;
                match again.then(|| self.authorize(wire, response)).flatten() {
                    Some(asked) => Next::Ask(asked),
                    None => self.fail(now),
                }
            }
            423 => {
                let wanted = response.header(Name::MinExpires).and_then(|secs| secs.parse().ok());
                match wanted.filter(|secs| *secs > self.expires_secs && self.expires_secs > 0) {
                    Some(secs) => {
                        self.expires_secs = secs;
                        self.ask(wire, None).map_or_else(|| self.fail(now), Next::Ask)
                    }
                    None => self.fail(now),
                }
            }
            _ => {
                let after = response.retry_after().map(|secs| Duration::from_secs(secs.into()));
                let again = now + after.unwrap_or_default();
                match self.fail(now) {
                    Next::Failed { again: later } => Next::Failed { again: later.max(again) },
                    other => other,
                }
            }
        }
    }

    /// Nobody answered.
    pub(super) fn handle_silence(&mut self, now: Instant) -> Next {
        self.fail(now)
    }

    fn authorize(&mut self, wire: &mut Wire, response: &Message<'_>) -> Option<Asked> {
        let uri = format!("sip:{}", wire.domain);
        let (name, value) = wire.credentials(response, &self.user, Method::Register, &uri)?;
        self.ask(wire, Some((name, &value)))
    }

    fn handle_registered(&mut self, now: Instant, wire: &Wire, response: &Message<'_>) -> Next {
        self.registered = true;
        self.challenged = 0;
        self.backoff.reset();
        let ours = format!("sip:{}@{}", self.user, wire.sent_by);
        let granted = response.contacts().flatten().find_map(|contact| match contact {
            ContactValue::Contact(contact) if contact.uri == ours => contact.expires,
            ContactValue::Contact(_) | ContactValue::Star => None,
        });
        let expires_secs = granted.or_else(|| response.expires()).unwrap_or(self.expires_secs);
        // Early enough that a lost request or a restarting registrar leaves no gap.
        let again = now + Duration::from_secs(u64::from(expires_secs)).mul_f64(REFRESH_AT);
        Next::Registered { again: again.max(now + REFRESH_MIN), expires_secs }
    }

    fn fail(&mut self, now: Instant) -> Next {
        self.challenged = 0;
        if self.expires_secs == 0 {
            return Next::Left;
        }
        self.registered = false;
        Next::Failed { again: now + self.backoff.after_failure() }
    }
}

/// The part of its lifetime after which a registration is refreshed.
const REFRESH_AT: f64 = 0.6;
const REFRESH_MIN: Duration = Duration::from_millis(500);
const CHALLENGES_MAX: u8 = 3;

const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_LAST: Duration = Duration::from_secs(8);
