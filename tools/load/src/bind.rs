//! One bind to the dataplane: SMS go out, responses and receipts come in.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use smpp::tlv::tag;
use smpp::{Bind as BindPdu, BindKind, Command, Frame, MessageState, Receipt, ShortMessage};
use smpp::{Status, SubmitResp, Version, frame, pdu};
use socket2::{Domain, Protocol, Socket, Type};

use crate::args::Esme;
use crate::buffer::{Buffer, Filled};
use crate::clock::SECOND;
use crate::ledger::Ledger;
use crate::mark::{Mark, Marks};
use crate::template::{Template, id_of};

/// A session and what is on its way over it.
#[derive(Debug)]
pub(crate) struct Bind {
    /// Which of the binds this is.
    number: u16,
    stream: TcpStream,
    buffer: Buffer,
    state: State,
    /// SMS without a response.
    pub(crate) in_flight: u32,
    /// When it may connect again, once it is lost.
    again_ns: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Connecting,
    Binding,
    Bound,
    Lost,
}

/// Why a session is over.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The bind was refused.
    Refused(Status),
    /// The connection broke, or the other side wants no more.
    Lost(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status) => write!(f, "bind refused: {status}"),
            Self::Lost(why) => f.write_str(why),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl Bind {
    /// Begins to connect.
    pub(crate) fn connect(args: &Esme, registry: &Registry, token: Token) -> io::Result<Self> {
        let domain = Domain::for_address(args.connect);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(local) = args.local {
            socket.bind(&SocketAddr::new(local, 0).into())?;
        }
        match socket.connect(&args.connect.into()) {
            Err(error) if error.raw_os_error() != Some(EINPROGRESS) => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let number = token.0 as u16;
        let (buffer, state) = (Buffer::new(), State::Connecting);
        Ok(Self { number, stream, buffer, state, in_flight: 0, again_ns: 0 })
    }

    /// Whether the bind holds.
    pub(crate) fn is_bound(&self) -> bool {
        self.state == State::Bound
    }

    /// Whether it may hold soon.
    pub(crate) fn is_coming(&self) -> bool {
        matches!(self.state, State::Connecting | State::Binding)
    }

    /// Writes SMS `id` into the buffer.
    pub(crate) fn submit(&mut self, id: u32, template: &Template) {
        template.put(id, self.buffer.out());
        self.in_flight += 1;
    }

    /// Writes the buffer to the socket.
    pub(crate) fn flush(&mut self) -> Result<(), Broken> {
        match self.state {
            State::Connecting | State::Lost => Ok(()),
            State::Binding | State::Bound => Ok(self.buffer.flush(&mut self.stream)?),
        }
    }

    /// Says goodbye; nobody waits for the answer.
    pub(crate) fn unbind(&mut self) {
        if self.is_bound() {
            pdu::put_unbind(CONTROL_SEQUENCE, self.buffer.out());
            let _ = self.buffer.flush(&mut self.stream);
        }
    }

    /// Forgets the session.
    pub(crate) fn lose(&mut self, now_ns: u64) {
        self.state = State::Lost;
        self.in_flight = 0;
        self.again_ns = now_ns + AGAIN_NS;
    }

    /// Whether it is lost, and has been for long enough to connect again.
    pub(crate) fn may_connect_again(&self, now_ns: u64) -> bool {
        self.state == State::Lost && self.again_ns <= now_ns
    }

    /// The socket has news: completes the connection, reads, keeps the books.
    pub(crate) fn handle_ready(
        &mut self,
        closing: bool,
        now_ns: u64,
        args: &Esme,
        password: &str,
        marks: &Marks,
        ledger: &mut Ledger,
    ) -> Result<(), Broken> {
        match self.state {
            State::Lost => return Ok(()),
            State::Connecting => {
                if let Some(error) = self.stream.take_error()? {
                    return Err(error.into());
                }
                if self.stream.peer_addr().is_err() {
                    return Ok(());
                }
                self.send_bind(args, password);
            }
            State::Binding | State::Bound => {}
        }
        loop {
            let filled = self.buffer.fill(&mut self.stream, closing)?;
            self.handle_octets(now_ns, marks, ledger)?;
            match filled {
                Filled::Dry => return Ok(()),
                Filled::More => {}
                Filled::Closed => return Err(Broken::Lost("closed by the dataplane".to_owned())),
            }
        }
    }

    fn send_bind(&mut self, args: &Esme, password: &str) {
        self.state = State::Binding;
        let bind = BindPdu {
            kind: BindKind::Transceiver,
            system_id: args.system_id.as_bytes(),
            password: password.as_bytes(),
            system_type: b"",
            interface_version: Version::V34.0,
            addr_ton: 0,
            addr_npi: 0,
            address_range: b"",
        };
        bind.encode(CONTROL_SEQUENCE, self.buffer.out());
    }

    fn handle_octets(
        &mut self,
        now_ns: u64,
        marks: &Marks,
        ledger: &mut Ledger,
    ) -> Result<(), Broken> {
        let (octets, out) = self.buffer.split();
        let (mut state, mut answered, mut done) = (self.state, 0, 0);
        loop {
            match frame::next(&octets[done..], frame::PDU_MAX) {
                Err(error) => return Err(Broken::Lost(error.to_string())),
                Ok(None) => break,
                Ok(Some(frame)) => {
                    done += frame.len();
                    let header = frame.header;
                    match header.command {
                        Command::SubmitSmResp | Command::GenericNack => {
                            answered += 1;
                            handle_response(&frame, now_ns, ledger);
                        }
                        Command::DeliverSm => {
                            pdu::DeliverResp.encode(Status::ROK, header.sequence, out);
                            handle_deliver(&frame, self.number, now_ns, marks, ledger);
                        }
                        Command::EnquireLink => pdu::put_enquire_link_resp(header.sequence, out),
                        Command::BindTransceiverResp if header.status.is_ok() => {
                            state = State::Bound;
                        }
                        Command::BindTransceiverResp => return Err(Broken::Refused(header.status)),
                        Command::Unbind => {
                            return Err(Broken::Lost("unbound by the dataplane".to_owned()));
                        }
                        other if other.is_response() => {}
                        other => pdu::put_error(other, Status::RINVCMDID, header.sequence, out),
                    }
                }
            }
        }
        self.buffer.take(done);
        self.state = state;
        self.in_flight = self.in_flight.saturating_sub(answered);
        Ok(())
    }
}

fn handle_response(frame: &Frame<'_>, now_ns: u64, ledger: &mut Ledger) {
    let header = frame.header;
    let message_id = SubmitResp::decode(frame.body).map_or(&b""[..], |answer| answer.message_id);
    ledger.handle_response(id_of(header.sequence), header.status, message_id, now_ns);
}

fn handle_deliver(frame: &Frame<'_>, bind: u16, now_ns: u64, marks: &Marks, ledger: &mut Ledger) {
    let Ok(message) = ShortMessage::decode(frame.body) else {
        ledger.totals.unmarked += 1;
        return;
    };
    let Some((message_id, state, text)) = read_receipt(&message) else {
        ledger.totals.unmarked += 1;
        return;
    };
    match marks.read(text) {
        Mark::Ours(id) => ledger.handle_receipt(id, bind, message_id, state, now_ns),
        Mark::Stranger => ledger.totals.strangers += 1,
        Mark::None => ledger.handle_unmarked_receipt(bind, message_id, state, now_ns),
    }
}

/// What a receipt says: the id, the state, and the beginning of the text.
///
/// Receipts of the usual shape (both TLVs, the text last) are read without a search.
fn read_receipt<'a>(message: &ShortMessage<'a>) -> Option<(&'a [u8], MessageState, &'a [u8])> {
    let payload = message.payload();
    let tail = payload.len().checked_sub(TEXT_KEY.len() + smpp::receipt::TEXT_MAX);
    let text = tail.and_then(|tail| payload[tail..].strip_prefix(TEXT_KEY));
    let id = message.tlvs.get_c_octets(tag::RECEIPTED_MESSAGE_ID);
    let state = message.tlvs.get_u8(tag::MESSAGE_STATE).and_then(MessageState::decode);
    if let (Some(id), Some(state), Some(text)) = (id, state, text) {
        return Some((id, state, text));
    }
    let receipt = Receipt::of(message).filter(|_| message.is_receipt())?;
    Some((receipt.id, receipt.state.unwrap_or(MessageState::Unknown), receipt.text))
}

const TEXT_KEY: &[u8] = b"text:";

/// How long a lost bind waits before it connects again.
const AGAIN_NS: u64 = SECOND / 20;

/// The number of our bind and our unbind; no SMS has it, for ids end long before.
const CONTROL_SEQUENCE: u32 = 0x7FFF_FFFF;

/// What Linux answers to a non-blocking connect; std has no stable name for it.
const EINPROGRESS: i32 = 115;
