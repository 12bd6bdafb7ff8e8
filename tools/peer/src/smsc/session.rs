//! One ESME that came to an SMSC: its link, its bind and what it says.

use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Registry, Token};
use smpp::session::{Answer, Limits, Patience, Role};
use smpp::{Address, Bind, BindKind, BindResp, Command, Frame, MessageState, Receipt, Session};
use smpp::{ShortMessage, Status, SubmitResp, TlvBuffer, Version, frame, pdu, receipt};

use super::args::Args;
use super::receipts::Owed;
use crate::clock;
use crate::link::Link;

/// A connection an ESME made.
#[derive(Debug)]
pub(super) struct Esme {
    link: Link,
    session: Session<u32>,
    /// Who bound; empty before.
    pub(super) system_id: Vec<u8>,
}

/// What an ESME said.
#[derive(Debug)]
pub(super) enum News<'a> {
    /// It wants to bind; answer with [`Esme::answer_bind`].
    Bind(u32, Bind<'a>),
    /// It submits; answer with [`Esme::answer_submit`], some time.
    Submit(u32, ShortMessage<'a>),
    /// It answered the receipt of that number, positively or not.
    Answered(u32, bool),
    /// It is gone, in words why.
    Lost(String),
    /// It will not answer the receipt of that number.
    Unanswered(u32),
}

impl Esme {
    /// A connection that was made just now.
    pub(super) fn accept(
        now: Instant,
        stream: TcpStream,
        args: &Args,
        registry: &Registry,
        token: Token,
    ) -> std::io::Result<Self> {
        let mut link = Link::accepted(stream)?;
        link.register(registry, token)?;
        let limits = Limits { outbound: RECEIPT_WINDOW, inbound: args.window };
        let patience = Patience { response: Duration::from_secs(30), ..Patience::default() };
        let session = Session::new(now, Role::Server, limits, patience);
        Ok(Self { link, session, system_id: Vec::new() })
    }

    /// Whether one more receipt may be sent to it.
    pub(super) fn can_take(&self) -> bool {
        self.session.may_send(Command::DeliverSm).status().is_none()
            && self.session.window().has_room()
    }

    /// Answers a bind.
    pub(super) fn answer_bind(
        &mut self,
        now: Instant,
        sequence: u32,
        bind: &Bind<'_>,
        status: Status,
        system_id: &str,
    ) {
        let version = Version(bind.interface_version).min(Version::V34);
        let answer = BindResp {
            system_id: system_id.as_bytes(),
            sc_interface_version: version.has_tlvs().then_some(Version::V34.0),
        };
        answer.encode(bind.kind, status, sequence, self.link.out());
        if status.is_ok() {
            self.system_id = bind.system_id.to_vec();
            self.session.handle_bound(now, bind.kind, version);
        }
    }

    /// Answers a submit_sm.
    pub(super) fn answer_submit(&mut self, sequence: u32, status: Status, id: &str) {
        let answer = SubmitResp { message_id: id.as_bytes(), ..SubmitResp::default() };
        answer.encode(status, sequence, self.link.out());
        self.session.settle();
    }

    /// Sends a receipt; its number comes back with the answer.
    pub(super) fn send_receipt(&mut self, now: Instant, number: u32, owed: &Owed) -> bool {
        let Ok(sequence) = self.session.ask(now, Command::DeliverSm, number) else {
            return false;
        };
        let delivered = owed.state == MessageState::Delivered;
        let report = Receipt {
            id: owed.id.as_bytes(),
            sub: Some(1),
            dlvrd: Some(u16::from(delivered)),
            submit_date: Some(owed.submitted),
            done_date: Some(clock::unix_secs()),
            state: Some(owed.state),
            err: if delivered { b"000" } else { b"001" },
            text: &owed.text[..owed.text.len().min(receipt::TEXT_MAX)],
        };
        let (mut text, mut tlvs) = (Vec::new(), TlvBuffer::new());
        report.encode_text(&mut text);
        if self.session.version().has_tlvs() {
            report.put_tlvs(&mut tlvs);
        }
        let address = |(ton, npi, addr): &(u8, u8, Vec<u8>)| (*ton, *npi, addr.clone());
        let (from, to) = (address(&owed.destination), address(&owed.source));
        let message = ShortMessage {
            source: Address { ton: from.0, npi: from.1, addr: &from.2 },
            destination: Address { ton: to.0, npi: to.1, addr: &to.2 },
            esm_class: pdu::esm_class::TYPE_RECEIPT,
            short_message: &text,
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        message.encode_deliver_sm(sequence, self.link.out());
        true
    }

    /// Reads and tells what the PDUs say; false once the connection is to be dropped.
    pub(super) fn handle_ready(
        &mut self,
        now: Instant,
        args: &Args,
        tell: &mut impl FnMut(&mut Self, News<'_>) -> Keep,
    ) -> Keep {
        let open = self.link.read();
        let inbound = self.link.take_inbound();
        let mut done = 0;
        let end = loop {
            match frame::next(&inbound[done..], frame::PDU_MAX) {
                Ok(Some(frame)) => {
                    done += frame.len();
                    if self.handle_pdu(now, args, &frame, tell) == Keep::No {
                        break Some("closed by us".to_owned());
                    }
                }
                Ok(None) => break None,
                Err(error) => {
                    pdu::put_generic_nack(Status::RINVCMDLEN, 0, self.link.out());
                    break Some(error.to_string());
                }
            }
        };
        self.link.put_back(inbound, done);
        let why = match (end, open) {
            (None, Ok(true)) => return Keep::Yes,
            (Some(why), _) => why,
            (None, Ok(false)) => "closed by the ESME".to_owned(),
            (None, Err(error)) => error.to_string(),
        };
        self.close(&why, tell);
        Keep::No
    }

    /// Asks, gives up: whatever `now` demands.
    pub(super) fn handle_time(
        &mut self,
        now: Instant,
        tell: &mut impl FnMut(&mut Self, News<'_>) -> Keep,
    ) -> Keep {
        while let Some(number) = self.session.expire(now) {
            tell(self, News::Unanswered(number));
        }
        match self.session.handle_timeout(now) {
            None => Keep::Yes,
            Some(smpp::session::TimerEvent::SendEnquireLink) => {
                if let Ok(sequence) = self.session.ask_untracked() {
                    pdu::put_enquire_link(sequence, self.link.out());
                }
                Keep::Yes
            }
            Some(event) => {
                self.close(&format!("{event:?}"), tell);
                Keep::No
            }
        }
    }

    /// When [`handle_time`](Self::handle_time) has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    /// Writes what is due.
    pub(super) fn flush(&mut self, tell: &mut impl FnMut(&mut Self, News<'_>) -> Keep) -> Keep {
        match self.link.flush() {
            Ok(()) => Keep::Yes,
            Err(error) => {
                self.close(&error.to_string(), tell);
                Keep::No
            }
        }
    }

    fn close(&mut self, why: &str, tell: &mut impl FnMut(&mut Self, News<'_>) -> Keep) {
        let _ = self.link.flush();
        let unanswered: Vec<u32> = self.session.handle_closed().collect();
        for number in unanswered {
            tell(self, News::Unanswered(number));
        }
        tell(self, News::Lost(why.to_owned()));
    }

    fn handle_pdu(
        &mut self,
        now: Instant,
        args: &Args,
        frame: &Frame<'_>,
        tell: &mut impl FnMut(&mut Self, News<'_>) -> Keep,
    ) -> Keep {
        let (command, sequence) = (frame.header.command, frame.header.sequence);
        if let Some(status) = self.session.handle_received(now, command).status() {
            if !command.is_response() {
                pdu::put_error(command, status, sequence, self.link.out());
            }
            return Keep::Yes;
        }
        if let Some(kind) = BindKind::of(command) {
            return match Bind::decode(kind, frame.body) {
                Ok(bind) => tell(self, News::Bind(sequence, bind)),
                Err(error) => self.refuse(command, error.status, sequence),
            };
        }
        match command {
            Command::SubmitSm => match (ShortMessage::decode(frame.body), self.session.accept()) {
                (Ok(message), Ok(())) => tell(self, News::Submit(sequence, message)),
                (Ok(_), Err(_)) => self.refuse(command, Status::RTHROTTLED, sequence),
                (Err(error), accepted) => {
                    if accepted.is_ok() {
                        self.session.settle();
                    }
                    self.refuse(command, error.status, sequence)
                }
            },
            Command::DeliverSmResp | Command::GenericNack => {
                match self.session.handle_answer(sequence, command) {
                    Answer::Expected(number) | Answer::Late(number) => {
                        tell(self, News::Answered(number, frame.header.status.is_ok()))
                    }
                    Answer::Unknown => Keep::Yes,
                }
            }
            Command::EnquireLink if args.mute_links => Keep::Yes,
            Command::EnquireLink => {
                pdu::put_enquire_link_resp(sequence, self.link.out());
                Keep::Yes
            }
            Command::Unbind => {
                pdu::put_unbind_resp(Status::ROK, sequence, self.link.out());
                Keep::No
            }
            other if other.is_response() => Keep::Yes,
            other => self.refuse(other, Status::RINVCMDID, sequence),
        }
    }

    fn refuse(&mut self, command: Command, status: Status, sequence: u32) -> Keep {
        pdu::put_error(command, status, sequence, self.link.out());
        Keep::Yes
    }
}

/// Whether a connection lives on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Keep {
    Yes,
    No,
}

/// Receipts to one ESME without an answer.
const RECEIPT_WINDOW: u16 = 100;
