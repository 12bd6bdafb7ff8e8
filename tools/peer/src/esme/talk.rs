//! What is said over a standing link: our bind, their responses, their receipts.

use std::time::Instant;

use smpp::session::Answer;
use smpp::{Bind, BindKind, BindResp, Command, Frame, Receipt, Session, ShortMessage, Status};
use smpp::{SubmitResp, Version, frame, pdu};

use super::args::Args;
use crate::backoff::Backoff;
use crate::link::Link;

/// A link and the session over it.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) link: Link,
    pub(super) session: Session<u32>,
    pub(super) bind_sent: bool,
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

/// How reading a link's octets ended.
pub(super) enum End {
    /// It did not.
    No,
    /// In words.
    Because(String),
    /// There is no point in trying again.
    Hopeless(String),
    /// As we asked for.
    Unbound,
}

impl Talk {
    /// Asks to be let in.
    pub(super) fn send_bind(&mut self, kind: BindKind, args: &Args, password: &str) {
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
    pub(super) fn handle_octets(
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
