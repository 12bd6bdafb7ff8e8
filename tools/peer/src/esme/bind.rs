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
use smpp::session::{Answer, Limits, Patience, Role, State, TimerEvent};
use smpp::{Bind, BindKind, BindResp, Command, Frame, Receipt, Session, ShortMessage, Status};
use smpp::{SubmitResp, Version, frame, pdu};

use super::args::Args;
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

#[derive(Debug)]
struct Talk {
    link: Link,
    session: Session<u32>,
    bind_sent: bool,
}

/// What a session has to tell.
#[derive(Debug)]
pub(super) enum News<'a> {
    /// The bind holds.
    Bound {
        /// The system_id of the message centre.
        system_id: &'a [u8],
    },
    /// The bind was refused.
    Refused(Status),
    /// SMS number so much was taken under this id.
    Accepted(u32, &'a [u8]),
    /// SMS number so much was not taken.
    Rejected(u32, Status),
    /// A receipt, already answered.
    Receipt(Receipt<'a>),
    /// A message for us, already answered.
    Message(ShortMessage<'a>),
    /// The session is over: why, and whether it will not come back.
    Lost {
        /// In words.
        why: String,
        /// Whether this session is gone for good.
        for_good: bool,
    },
    /// No answer to this SMS will come over this session.
    Unanswered(u32),
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

/// How reading a link's octets ended.
enum End {
    No,
    Because(String),
    /// There is no point in trying again.
    Hopeless(String),
    Unbound,
}

impl Talk {
    fn send_bind(&mut self, kind: BindKind, args: &Args, password: &str) {
        let bind = Bind {
            kind,
            system_id: args.system_id.as_bytes(),
            password: password.as_bytes(),
            system_type: args.system_type.as_bytes(),
            interface_version: Version::V34.0,
            addr_ton: 0,
            addr_npi: 0,
            address_range: b"",
        };
        if let Ok(sequence) = self.session.ask_untracked() {
            bind.encode(sequence, self.link.out());
        }
    }

    /// Handles every whole PDU; returns how many octets they were.
    fn handle_octets(
        &mut self,
        now: Instant,
        octets: &[u8],
        backoff: &mut Backoff,
        tell: &mut impl FnMut(News<'_>),
    ) -> (usize, End) {
        let mut done = 0;
        loop {
            match frame::next(&octets[done..], frame::PDU_MAX) {
                Ok(Some(frame)) => {
                    done += frame.len();
                    match self.handle_pdu(now, &frame, backoff, tell) {
                        End::No => {}
                        end => return (done, end),
                    }
                }
                Ok(None) => return (done, End::No),
                Err(error) => return (done, End::Because(error.to_string())),
            }
        }
    }

    fn handle_pdu(
        &mut self,
        now: Instant,
        frame: &Frame<'_>,
        backoff: &mut Backoff,
        tell: &mut impl FnMut(News<'_>),
    ) -> End {
        let header = frame.header;
        let verdict = self.session.handle_received(now, header.command);
        if let Some(status) = verdict.status() {
            if !header.command.is_response() {
                pdu::put_error(header.command, status, header.sequence, self.link.out());
            }
            return End::No;
        }
        if let Some(kind) = BindKind::of(header.command) {
            return self.handle_bind_resp(now, kind, frame, backoff, tell);
        }
        match header.command {
            Command::SubmitSmResp | Command::GenericNack => self.handle_response(frame, tell),
            Command::DeliverSm => self.handle_deliver(frame, tell),
            Command::EnquireLink => {
                pdu::put_enquire_link_resp(header.sequence, self.link.out());
                End::No
            }
            Command::Unbind => {
                pdu::put_unbind_resp(Status::ROK, header.sequence, self.link.out());
                let _ = self.link.flush();
                End::Because("unbound by the message centre".to_owned())
            }
            Command::UnbindResp => End::Unbound,
            other if other.is_response() => End::No,
            other => {
                pdu::put_error(other, Status::RINVCMDID, header.sequence, self.link.out());
                End::No
            }
        }
    }

    fn handle_bind_resp(
        &mut self,
        now: Instant,
        kind: BindKind,
        frame: &Frame<'_>,
        backoff: &mut Backoff,
        tell: &mut impl FnMut(News<'_>),
    ) -> End {
        let status = frame.header.status;
        if !status.is_ok() {
            tell(News::Refused(status));
            let why = format!("bind refused: {status}");
            // Who we are and what we know will not change by asking again.
            let hopeless = [Status::RINVPASWD, Status::RINVSYSID].contains(&status);
            return if hopeless { End::Hopeless(why) } else { End::Because(why) };
        }
        let answer = BindResp::decode(frame.body).unwrap_or_default();
        let version = answer.sc_interface_version.map_or(Version::V33, Version);
        self.session.handle_bound(now, kind, version.min(Version::V34));
        backoff.reset();
        tell(News::Bound { system_id: answer.system_id });
        End::No
    }

    fn handle_response(&mut self, frame: &Frame<'_>, tell: &mut impl FnMut(News<'_>)) -> End {
        let header = frame.header;
        let (Answer::Expected(n) | Answer::Late(n)) =
            self.session.handle_answer(header.sequence, header.command)
        else {
            return End::No;
        };
        match (header.status.is_ok(), SubmitResp::decode(frame.body)) {
            (true, Ok(answer)) => tell(News::Accepted(n, answer.message_id)),
            (true, Err(_)) => tell(News::Accepted(n, b"")),
            (false, _) => tell(News::Rejected(n, header.status)),
        }
        End::No
    }

    fn handle_deliver(&mut self, frame: &Frame<'_>, tell: &mut impl FnMut(News<'_>)) -> End {
        let sequence = frame.header.sequence;
        match ShortMessage::decode(frame.body) {
            Err(error) => {
                pdu::put_error(Command::DeliverSm, error.status, sequence, self.link.out());
            }
            Ok(message) => {
                pdu::DeliverResp.encode(Status::ROK, sequence, self.link.out());
                match Receipt::of(&message).filter(|_| message.is_receipt()) {
                    Some(receipt) => tell(News::Receipt(receipt)),
                    None => tell(News::Message(message)),
                }
            }
        }
        End::No
    }
}

/// Octets to a peer that does not read, before we wait for it.
const BACKLOG_MAX: usize = 256 * 1024;

const RECONNECT_FIRST: Duration = Duration::from_millis(100);
const RECONNECT_LAST: Duration = Duration::from_secs(2);
