//! Our message centre: takes every SMS the dataplane forwards, and sends receipts if asked.

use std::collections::{HashMap, VecDeque};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Poll, Token};
use serde_json::{Value, json};
use smpp::pdu::{esm_class, registered_delivery};
use smpp::tlv::TlvBuffer;
use smpp::{Address, Bind, BindKind, BindResp, Command, MessageState, Receipt, ShortMessage};
use smpp::{Status, SubmitResp, Version, frame, npi, pdu, ton};

use crate::args::{self, Numbers};
use crate::buffer::{Buffer, Filled};
use crate::clock::{Clock, SECOND, unix_ns};
use crate::failure::{Doing, Failure};
use crate::ledger::Ledger;
use crate::mark::{MARK_LEN, Mark, Marks, put_digits};
use crate::template::DATA_CODING_UCS2;

/// A listening message centre and the binds of the dataplane.
#[derive(Debug)]
pub(crate) struct Sink {
    listener: TcpListener,
    first_token: usize,
    /// By token; a connection that is over leaves its place empty.
    links: Vec<Option<Link>>,
    binds_wanted: usize,
    window: u32,
    source: Vec<u8>,
    numbers: Numbers,
    next_id: u64,
    /// Receipts owed: the SMS and the id it got here.
    owed: VecDeque<(u32, u64)>,
    receipts_sent: u64,
    receipts_refused: u64,
    links_lost: u64,
    text: Vec<u8>,
    tlvs: TlvBuffer,
    /// The date of the run's beginning, seconds since 1970.
    began: i64,
}

#[derive(Debug)]
struct Link {
    stream: TcpStream,
    buffer: Buffer,
    bound: Option<BindKind>,
    next_sequence: u32,
    /// Receipts without an answer, by sequence number.
    waiting: HashMap<u32, (u32, u64)>,
}

impl Sink {
    /// Begins to listen.
    pub(crate) fn open(args: &args::Sink, numbers: Numbers, source: &str) -> Result<Self, Failure> {
        let listener =
            TcpListener::bind(args.listen).doing(|| format!("listen on {}", args.listen))?;
        Ok(Self {
            listener,
            first_token: 0,
            links: Vec::new(),
            binds_wanted: args.sink_binds.into(),
            window: args.sink_window,
            source: source.as_bytes().to_vec(),
            numbers,
            next_id: 1,
            owed: VecDeque::new(),
            receipts_sent: 0,
            receipts_refused: 0,
            links_lost: 0,
            text: Vec::new(),
            tlvs: TlvBuffer::new(),
            began: (unix_ns() / SECOND) as i64,
        })
    }

    /// Waits for connections in `poll`.
    pub(crate) fn prepare(&mut self, poll: &mut Poll, first: usize) -> Result<(), Failure> {
        self.first_token = first;
        poll.registry()
            .register(&mut self.listener, Token(first), Interest::READABLE)
            .doing(|| "wait for connections".to_owned())
    }

    /// Whether the dataplane is bound as often as wanted.
    pub(crate) fn is_ready(&self) -> bool {
        self.bound() >= self.binds_wanted
    }

    /// A connection came, or one has something to say.
    pub(crate) fn handle_ready(
        &mut self,
        poll: &Poll,
        token: usize,
        closing: bool,
        clock: &Clock,
        marks: &Marks,
        ledger: &mut Ledger,
    ) {
        if token == self.first_token {
            return self.accept(poll);
        }
        let place = token - self.first_token - 1;
        let Some(mut link) = self.links.get_mut(place).and_then(Option::take) else { return };
        loop {
            let filled = link.buffer.fill(&mut link.stream, closing);
            let fine = self.handle_octets(&mut link, clock.ns(), marks, ledger);
            match (fine, filled) {
                (true, Ok(Filled::More)) => {}
                (true, Ok(Filled::Dry)) => {
                    self.links[place] = Some(link);
                    return;
                }
                (false, _) | (_, Ok(Filled::Closed) | Err(_)) => return self.lose(link),
            }
        }
    }

    /// Sends the receipts there is room for, and writes what is due. Nothing is ever left.
    pub(crate) fn work(&mut self, clock: &Clock, marks: &Marks) -> bool {
        for place in 0..self.links.len() {
            let Some(mut link) = self.links[place].take() else { continue };
            self.pay(&mut link, clock, marks);
            match link.buffer.flush(&mut link.stream) {
                Ok(()) => self.links[place] = Some(link),
                Err(_) => self.lose(link),
            }
        }
        false
    }

    /// What the message centre has to say about itself.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "binds": self.bound(),
            "links_lost": self.links_lost,
            "receipts_sent": self.receipts_sent,
            "receipts_refused": self.receipts_refused,
            "receipts_owed": self.owed.len(),
        })
    }

    fn accept(&mut self, poll: &Poll) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let token = self.first_token + 1 + self.links.len();
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registered = poll.registry().register(&mut stream, Token(token), interest);
            if registered.is_err() || stream.set_nodelay(true).is_err() {
                continue;
            }
            let (buffer, waiting) = (Buffer::new(), HashMap::new());
            self.links.push(Some(Link { stream, buffer, bound: None, next_sequence: 1, waiting }));
        }
    }

    fn bound(&self) -> usize {
        self.links.iter().flatten().filter(|link| link.bound.is_some()).count()
    }

    fn lose(&mut self, link: Link) {
        self.links_lost += 1;
        self.owed.extend(link.waiting.values());
    }

    /// Handles every whole PDU; false if the connection must go.
    fn handle_octets(
        &mut self,
        link: &mut Link,
        now_ns: u64,
        marks: &Marks,
        ledger: &mut Ledger,
    ) -> bool {
        let (octets, out) = link.buffer.split();
        let (mut done, mut fine) = (0, true);
        while fine {
            let frame = match frame::next(&octets[done..], frame::PDU_MAX) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(_) => return false,
            };
            done += frame.len();
            let header = frame.header;
            match header.command {
                Command::SubmitSm => {
                    let id = self.next_id;
                    self.next_id += 1;
                    put_response(header.sequence, id, out);
                    let Ok(message) = ShortMessage::decode(frame.body) else {
                        ledger.totals.unmarked += 1;
                        continue;
                    };
                    match self.read(&message, marks) {
                        Mark::Ours(sms) => {
                            ledger.handle_delivered(sms, b"", now_ns);
                            if asks_for_receipt(&message) {
                                self.owed.push_back((sms, id));
                            }
                        }
                        Mark::Stranger => ledger.totals.strangers += 1,
                        Mark::None => ledger.totals.unmarked += 1,
                    }
                }
                Command::DeliverSmResp | Command::GenericNack => {
                    if let Some(receipt) = link.waiting.remove(&header.sequence)
                        && !header.status.is_ok()
                    {
                        self.receipts_refused += 1;
                        self.owed.push_back(receipt);
                    }
                }
                Command::EnquireLink => pdu::put_enquire_link_resp(header.sequence, out),
                Command::Unbind => {
                    pdu::put_unbind_resp(Status::ROK, header.sequence, out);
                    fine = false;
                }
                other => {
                    if let Some(kind) = BindKind::of(other).filter(|_| !other.is_response()) {
                        answer_bind(kind, frame.body, header.sequence, out);
                        link.bound = Some(kind);
                    } else if !other.is_response() {
                        pdu::put_error(other, Status::RINVCMDID, header.sequence, out);
                    }
                }
            }
        }
        link.buffer.take(done);
        fine
    }

    /// The mark of an SMS, whose characters may have two octets each.
    fn read(&mut self, message: &ShortMessage<'_>, marks: &Marks) -> Mark {
        let text = message.payload();
        if message.data_coding != DATA_CODING_UCS2 {
            return marks.read(text);
        }
        self.text.clear();
        self.text.extend(text.chunks_exact(2).take(MARK_LEN).map(|unit| unit[1]));
        marks.read(&self.text)
    }

    /// Sends receipts while the window has room.
    fn pay(&mut self, link: &mut Link, clock: &Clock, marks: &Marks) {
        let receives = link.bound.is_some_and(|kind| kind != BindKind::Transmitter);
        while receives
            && (link.waiting.len() as u32) < self.window
            && let Some((sms, id)) = self.owed.pop_front()
        {
            let sequence = link.next_sequence;
            link.next_sequence = sequence % 0x7FFF_FFFF + 1;
            link.waiting.insert(sequence, (sms, id));
            self.receipts_sent += 1;
            self.put_receipt(sms, id, sequence, clock, marks, link.buffer.out());
        }
    }

    fn put_receipt(
        &mut self,
        sms: u32,
        id: u64,
        sequence: u32,
        clock: &Clock,
        marks: &Marks,
        out: &mut Vec<u8>,
    ) {
        let (mut name, mut number) = ([0; ID_DIGITS], [0; 18]);
        put_digits(id, &mut name);
        let number = &mut number[..self.numbers.digits];
        put_digits(self.numbers.of(sms), number);
        let date = self.began + (clock.ns() / SECOND) as i64;
        let mark = marks.of(sms);
        let receipt = Receipt {
            id: &name,
            sub: Some(1),
            dlvrd: Some(1),
            submit_date: Some(date),
            done_date: Some(date),
            state: Some(MessageState::Delivered),
            err: b"000",
            text: &mark,
        };
        self.text.clear();
        self.tlvs.clear();
        receipt.encode_text(&mut self.text);
        receipt.put_tlvs(&mut self.tlvs);
        let message = ShortMessage {
            source: Address { ton: ton::INTERNATIONAL, npi: npi::ISDN, addr: number },
            destination: Address { ton: ton::ALPHANUMERIC, npi: npi::UNKNOWN, addr: &self.source },
            esm_class: esm_class::TYPE_RECEIPT,
            short_message: &self.text,
            tlvs: self.tlvs.view(),
            ..ShortMessage::default()
        };
        message.encode_deliver_sm(sequence, out);
    }
}

fn put_response(sequence: u32, id: u64, out: &mut Vec<u8>) {
    let mut name = [0; ID_DIGITS];
    put_digits(id, &mut name);
    SubmitResp { message_id: &name, ..SubmitResp::default() }.encode(Status::ROK, sequence, out);
}

/// Takes whoever binds.
pub(crate) fn answer_bind(kind: BindKind, body: &[u8], sequence: u32, out: &mut Vec<u8>) {
    match Bind::decode(kind, body) {
        Ok(_) => {
            let sc_interface_version = Some(Version::V34.0);
            let answer = BindResp { system_id: b"load", sc_interface_version };
            answer.encode(kind, Status::ROK, sequence, out);
        }
        Err(error) => pdu::put_error(kind.command(), error.status, sequence, out),
    }
}

fn asks_for_receipt(message: &ShortMessage<'_>) -> bool {
    message.registered_delivery & registered_delivery::RECEIPT_MASK == registered_delivery::ALWAYS
}

/// As many digits for every id, as message centres like it.
const ID_DIGITS: usize = 10;
