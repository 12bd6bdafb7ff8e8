//! One session with the message centre: connect, bind, talk, unbind; and again if it breaks.
//!
//! ```text
//!            connected, bind sent         bind ok              all done
//!   Down ────────────────▶ Up(Open) ────────────▶ Up(Bound) ───────────▶ Up(Unbinding) ──▶ Gone
//!     ▲   back-off           │                       │                                      ▲
//!     └──────────────────────┴───────────────────────┘       wrong password, --no-reconnect │
//!             lost, refused for the moment           └──────────────────────────────────────┘
//! ```

use std::time::{Duration, Instant};

use mio::{Registry, Token};
use smpp::session::{Limits, Patience, Role, State, TimerEvent};
use smpp::{BindKind, Command, Session, ShortMessage, pdu};

use super::args::Args;
use super::talk::{End, News, Talk};
use crate::backoff::Backoff;
use crate::link::Link;

/// One session, through all its reconnections.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) kind: BindKind,
    token: Token,
    backoff: Backoff,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Down { until: Instant },
    Up(Box<Talk>),
    Gone,
}

impl Binding {
    /// A session that begins to connect at once.
    pub(super) fn new(kind: BindKind, token: Token, now: Instant) -> Self {
        let backoff = Backoff::new(RECONNECT_FIRST, RECONNECT_LAST);
        Self { kind, token, backoff, phase: Phase::Down { until: now } }
    }

    /// Whether nothing will ever come of it again.
    pub(super) const fn is_gone(&self) -> bool {
        matches!(self.phase, Phase::Gone)
    }

    /// Whether it may submit one more SMS.
    pub(super) fn has_room(&self) -> bool {
        match &self.phase {
            Phase::Up(talk) => {
                talk.session.may_send(Command::SubmitSm).status().is_none()
                    && talk.session.window().has_room()
                    && talk.link.backlog() < BACKLOG_MAX
            }
            Phase::Down { .. } | Phase::Gone => false,
        }
    }

    /// Submits SMS number `n`; false if there is no room after all.
    pub(super) fn submit(&mut self, now: Instant, n: u32, message: &ShortMessage<'_>) -> bool {
        let Phase::Up(talk) = &mut self.phase else { return false };
        match talk.session.ask(now, Command::SubmitSm, n) {
            Ok(sequence) => {
                message.encode_submit_sm(sequence, talk.link.out());
                true
            }
            Err(smpp::session::Full) => false,
        }
    }

    /// Says goodbye; the answer, or patience, ends the session.
    pub(super) fn unbind(&mut self, now: Instant) {
        let Phase::Up(talk) = &mut self.phase else {
            self.phase = Phase::Gone;
            return;
        };
        match (talk.session.state().is_bound(), talk.session.ask_untracked()) {
            (true, Ok(sequence)) => {
                talk.session.handle_unbind(now);
                pdu::put_unbind(sequence, talk.link.out());
            }
            (_, _) => self.phase = Phase::Gone,
        }
    }

    /// Connects, asks, gives up: whatever `now` demands.
    pub(super) fn handle_time(
        &mut self,
        now: Instant,
        args: &Args,
        registry: &Registry,
        tell: &mut impl FnMut(News<'_>),
    ) {
        if matches!(self.phase, Phase::Down { until } if until <= now) {
            match self.connect(now, args, registry) {
                Ok(talk) => self.phase = Phase::Up(Box::new(talk)),
                Err(error) => self.lose(now, args, &error.to_string(), tell),
            }
        }
        let Phase::Up(talk) = &mut self.phase else { return };
        let expired = talk.session.expire(now);
        if let Some(n) = expired {
            tell(News::Unanswered(n));
            return self.lose(now, args, "no response", tell);
        }
        match talk.session.handle_timeout(now) {
            None => {}
            Some(TimerEvent::SendEnquireLink) => {
                if let Ok(sequence) = talk.session.ask_untracked() {
                    pdu::put_enquire_link(sequence, talk.link.out());
                }
            }
            Some(event) => self.lose(now, args, &format!("{event:?}"), tell),
        }
    }

    /// When [`handle_time`](Self::handle_time) has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Down { until } => Some(*until),
            Phase::Up(talk) => talk.session.poll_timeout(),
            Phase::Gone => None,
        }
    }

    /// The socket has news: completes the connection, reads, and tells what the PDUs say.
    pub(super) fn handle_ready(
        &mut self,
        now: Instant,
        args: &Args,
        password: &str,
        tell: &mut impl FnMut(News<'_>),
    ) {
        let Phase::Up(talk) = &mut self.phase else { return };
        match talk.link.is_connected() {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return self.lose(now, args, &error.to_string(), tell),
        }
        if !talk.bind_sent {
            talk.bind_sent = true;
            talk.send_bind(self.kind, args, password);
        }
        let open = talk.link.read();
        let inbound = talk.link.take_inbound();
        let (done, end) = talk.handle_octets(now, &inbound, &mut self.backoff, tell);
        talk.link.put_back(inbound, done);
        match (end, open) {
            (End::No, Ok(true)) => {}
            (End::No, Ok(false)) => self.lose(now, args, "closed by the message centre", tell),
            (End::No, Err(error)) => self.lose(now, args, &error.to_string(), tell),
            (End::Because(why), _) => self.lose(now, args, &why, tell),
            (End::Hopeless(why), _) => {
                self.lose(now, args, &why, &mut |news| match news {
                    News::Lost { why, .. } => tell(News::Lost { why, for_good: true }),
                    other => tell(other),
                });
                self.phase = Phase::Gone;
            }
            (End::Unbound, _) => self.phase = Phase::Gone,
        }
    }

    /// Writes what is due.
    pub(super) fn flush(&mut self, now: Instant, args: &Args, tell: &mut impl FnMut(News<'_>)) {
        let Phase::Up(talk) = &mut self.phase else { return };
        if talk.bind_sent
            && let Err(error) = talk.link.flush()
        {
            self.lose(now, args, &error.to_string(), tell);
        }
    }

    /// The link is broken, or to be broken: nothing more is read, and what waits is unanswered.
    pub(super) fn lose(
        &mut self,
        now: Instant,
        args: &Args,
        why: &str,
        tell: &mut impl FnMut(News<'_>),
    ) {
        if self.is_gone() {
            return;
        }
        let mut leaving = false;
        if let Phase::Up(talk) = &mut self.phase {
            leaving = talk.session.state() == State::Unbinding;
            talk.session.handle_closed().for_each(|n| tell(News::Unanswered(n)));
        }
        let for_good = args.no_reconnect || leaving;
        self.phase = match for_good {
            true => Phase::Gone,
            false => Phase::Down { until: now + self.backoff.after_failure() },
        };
        // Who has said goodbye cannot be lost.
        if !leaving {
            tell(News::Lost { why: why.to_owned(), for_good });
        }
    }

    fn connect(&self, now: Instant, args: &Args, registry: &Registry) -> std::io::Result<Talk> {
        let mut link = Link::connect(args.local, args.connect)?;
        link.register(registry, self.token)?;
        let patience = Patience {
            session_init: Duration::from_secs_f64(args.response_timeout),
            enquire_link: Duration::from_secs_f64(args.enquire_link),
            response: Duration::from_secs_f64(args.response_timeout),
            ..Patience::default()
        };
        let limits = Limits { outbound: args.window, inbound: u16::MAX };
        let session = Session::new(now, Role::Client, limits, patience);
        Ok(Talk { link, session, bind_sent: false })
    }
}

/// Octets to a peer that does not read, before we wait for it.
const BACKLOG_MAX: usize = 256 * 1024;

const RECONNECT_FIRST: Duration = Duration::from_millis(100);
const RECONNECT_LAST: Duration = Duration::from_secs(2);
