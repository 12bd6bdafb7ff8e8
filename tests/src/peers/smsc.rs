//! Somebody else's message centre: lets everybody bind, answers as its script says, and sends
//! receipts. Where it misbehaves, it does so on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use smpp::pdu::{Bind, BindResp, Outbind, put_enquire_link_resp, put_unbind_resp};
use smpp::{
    Address, BindKind, Command, Frame, MessageState, Receipt, ShortMessage, Status, SubmitResp,
    TlvBuffer, frame,
};

use crate::model::{ENV1_SMPP, SMSC, address};
use crate::net::{Event, Net, Place};

/// What it does with the next submit_sm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Habit {
    /// Takes it, and says so many milliseconds later how it ended.
    Take(MessageState, u64),
    /// Takes it, says that it is on its way in a deliver_sm of this esm_class, and a second later
    /// that it was delivered.
    Enroute(u8),
    /// The receipt comes before the answer that names the Sms.
    ReceiptFirst(MessageState),
    /// Takes it, and says that it was delivered when [`Smsc::release`] is called.
    Keep,
    /// Takes it and never says more.
    TakeOnly,
    /// Says this status.
    Refuse(Status),
    /// Says nothing.
    Silent,
    /// Takes it, and answers and says that it was delivered only after so many milliseconds.
    Late(u64),
}

/// A submit_sm that came.
#[derive(Clone, Debug)]
pub struct Got {
    /// When, in nanoseconds.
    pub at: u64,
    /// Its text.
    pub text: Vec<u8>,
    /// Its esm_class.
    pub esm_class: u8,
    /// Its data_coding.
    pub data_coding: u8,
    /// Its user_message_reference.
    pub reference: Option<u16>,
    /// All its TLVs, as they came.
    pub tlvs: Vec<u8>,
    /// What it asked for.
    pub registered_delivery: u8,
    /// The link it came by.
    pub link: u64,
    /// Was it refused?
    pub refused: bool,
}

/// How a number is spelled.
pub type Spelling = fn(u32) -> String;

/// A bind that came.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// When, in nanoseconds.
    pub at: u64,
    /// Which kind.
    pub kind: BindKind,
    /// The interface_version it offered.
    pub version: u8,
}

#[derive(Debug)]
struct Link {
    wire: u64,
    kind: Option<BindKind>,
    partial: Vec<u8>,
}

/// A message centre.
#[derive(Debug)]
pub struct Smsc {
    at: usize,
    /// What it does next, one habit for each submit_sm; afterwards `Take(Delivered, 10)`.
    pub habits: VecDeque<Habit>,
    /// What it got.
    pub got: Vec<Got>,
    /// How its receipts, and what else it delivered, were answered.
    pub receipts: Vec<Status>,
    /// The binds that came.
    pub binds: Vec<Bound>,
    /// What the next binds are told; afterwards they are welcome.
    pub bind_answers: VecDeque<Status>,
    /// What it says that it speaks.
    pub version: Option<u8>,
    /// How it spells a number in a submit_sm_resp and in a receipt.
    pub spelling: (Spelling, Spelling),
    /// Its receipts say it with TLVs as well.
    pub receipt_tlvs: bool,
    /// How many submit_sm it takes in each second of its clock.
    pub per_second: Option<u32>,
    /// How congested it says that it is.
    pub congestion: Option<u8>,
    /// It hears nothing and says nothing, and holds its wires.
    pub mute: bool,
    second: (u64, u32),
    links: BTreeMap<u64, Link>,
    /// What it says on links that it dials, once they are there.
    calls: BTreeMap<u64, Vec<u8>>,
    kept: Vec<Vec<u8>>,
    next_id: u32,
    /// What is to be written later, by tag: the link and the octets.
    later: BTreeMap<u64, (u64, Vec<u8>)>,
    /// Receipts that were not answered, by sequence_number; said again on the next bind.
    unanswered: BTreeMap<u32, Vec<u8>>,
    sequence: u32,
}

impl Smsc {
    /// A message centre nobody has bound to.
    pub fn new(at: usize) -> Self {
        Self {
            at,
            habits: VecDeque::new(),
            got: Vec::new(),
            receipts: Vec::new(),
            binds: Vec::new(),
            bind_answers: VecDeque::new(),
            version: Some(0x34),
            spelling: (hex, hex),
            receipt_tlvs: true,
            per_second: None,
            congestion: None,
            mute: false,
            second: (0, 0),
            links: BTreeMap::new(),
            calls: BTreeMap::new(),
            kept: Vec::new(),
            next_id: 0x100,
            later: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            sequence: 0,
        }
    }

    pub(super) fn linked(&mut self, net: &mut Net, link: u64, wire: u64) {
        self.links.insert(link, Link { wire, kind: None, partial: Vec::new() });
        if let Some(octets) = self.calls.remove(&link) {
            self.write(net, link, &octets);
        }
    }

    /// Dials an ESME and says outbind as soon as it is there.
    pub fn call(&mut self, net: &mut Net, system_id: &str, password: &str) {
        let (link, mut octets) = (net.rng.bits() >> 8, Vec::new());
        let (system_id, password) = (system_id.as_bytes(), password.as_bytes());
        Outbind { system_id, password }.encode(1, &mut octets);
        self.calls.insert(link, octets);
        let local = SocketAddr::new(address(SMSC).ip(), 40_001);
        net.dial(Place::Peer { peer: self.at, link }, local, address(ENV1_SMPP));
    }

    pub(super) fn hangup(&mut self, link: u64) {
        self.links.remove(&link);
    }

    /// Wires it holds.
    pub fn wires(&self) -> Vec<u64> {
        self.links.values().map(|link| link.wire).collect()
    }

    pub(super) fn bytes(&mut self, net: &mut Net, number: u64, bytes: &[u8]) {
        let Some(link) = self.links.get_mut(&number).filter(|_| !self.mute) else { return };
        let mut octets = std::mem::take(&mut link.partial);
        octets.extend_from_slice(bytes);
        let mut used = 0;
        while let Ok(Some(pdu)) = frame::next(&octets[used..], frame::PDU_MAX) {
            used += pdu.len();
            self.pdu(net, number, &pdu);
        }
        octets.drain(..used);
        if let Some(link) = self.links.get_mut(&number) {
            link.partial = octets;
        }
    }

    /// On the same link if it receives, else on another that does; what is said nowhere is said
    /// when one is bound.
    fn write_receipt(&self, net: &mut Net, number: u64, octets: &[u8]) {
        let receives = |number: &u64| {
            let kind = self.links.get(number).and_then(|link| link.kind);
            kind.is_some_and(|kind| kind != BindKind::Transmitter)
        };
        let mut links = std::iter::once(&number).chain(self.links.keys());
        if let Some(number) = links.find(|number| receives(number)) {
            self.write(net, *number, octets);
        }
    }

    fn write(&self, net: &mut Net, number: u64, octets: &[u8]) {
        if let Some(link) = self.links.get(&number) {
            net.write(link.wire, Place::Peer { peer: self.at, link: number }, octets);
        }
    }

    fn pdu(&mut self, net: &mut Net, number: u64, pdu: &Frame<'_>) {
        let (header, mut out) = (pdu.header, Vec::new());
        match header.command {
            Command::EnquireLink => put_enquire_link_resp(header.sequence, &mut out),
            Command::Unbind => put_unbind_resp(Status::ROK, header.sequence, &mut out),
            Command::SubmitSm => return self.submit(net, number, pdu),
            Command::DeliverSmResp => {
                self.receipts.push(header.status);
                let said = self.unanswered.remove(&header.sequence);
                if let Some(octets) = said.filter(|_| !header.status.is_ok()) {
                    self.say_again(net, number, octets);
                }
            }
            command => {
                if let Some(kind) = BindKind::of(command) {
                    let bind = Bind::decode(kind, pdu.body).expect("a bind of ours is right");
                    let version = bind.interface_version;
                    self.binds.push(Bound { at: net.now, kind, version });
                    let status = self.bind_answers.pop_front().unwrap_or(Status::ROK);
                    let resp = BindResp { system_id: b"smsc", sc_interface_version: self.version };
                    resp.encode(kind, status, header.sequence, &mut out);
                    if let Some(link) = self.links.get_mut(&number).filter(|_| status.is_ok()) {
                        link.kind = Some(kind);
                    }
                    if kind != BindKind::Transmitter && status.is_ok() {
                        self.unanswered.values().for_each(|said| out.extend_from_slice(said));
                    }
                }
            }
        }
        self.write(net, number, &out);
    }

    fn submit(&mut self, net: &mut Net, number: u64, pdu: &Frame<'_>) {
        let Ok(message) = ShortMessage::decode(pdu.body) else { return };
        self.got.push(Got {
            at: net.now,
            text: message.payload().to_vec(),
            esm_class: message.esm_class,
            data_coding: message.data_coding,
            reference: message.tlvs.get_u16(smpp::tlv::tag::USER_MESSAGE_REFERENCE),
            tlvs: message.tlvs.raw().to_vec(),
            registered_delivery: message.registered_delivery,
            link: number,
            refused: false,
        });
        self.next_id += 1;
        let (answered, id) = (self.spelling.0(self.next_id), self.spelling.1(self.next_id));
        let (mut resp, sequence) = (Vec::new(), pdu.header.sequence);
        let mut tlvs = TlvBuffer::new();
        if let Some(state) = self.congestion {
            tlvs.put_u8(smpp::tlv::tag::CONGESTION_STATE, state);
        }
        let answer = SubmitResp { message_id: answered.as_bytes(), tlvs: tlvs.view() };
        answer.encode(Status::ROK, sequence, &mut resp);
        let usual = Habit::Take(MessageState::Delivered, 10);
        let habit = match self.is_over_rate(net.now) {
            true => Habit::Refuse(Status::RTHROTTLED),
            false => self.habits.pop_front().unwrap_or(usual),
        };
        match habit {
            Habit::Take(state, ms) => {
                self.write(net, number, &resp);
                let receipt = self.receipt(&message, &id, state);
                self.write_later(net, number, ms, receipt);
            }
            Habit::Enroute(kind) => {
                self.write(net, number, &resp);
                let mut notification = self.receipt(&message, &id, MessageState::Enroute);
                // esm_class stands behind service_type and both addresses.
                let [from, to] = [&message.source, &message.destination];
                let at = 16 + 1 + 3 + from.addr.len() + 3 + to.addr.len();
                notification[at] = kind;
                self.write_later(net, number, 10, notification);
                let receipt = self.receipt(&message, &id, MessageState::Delivered);
                self.write_later(net, number, 1000, receipt);
            }
            Habit::ReceiptFirst(state) => {
                let receipt = self.receipt(&message, &id, state);
                self.write_receipt(net, number, &receipt);
                self.write_later(net, number, 50, resp);
            }
            Habit::Keep => {
                self.write(net, number, &resp);
                let receipt = self.receipt(&message, &id, MessageState::Delivered);
                self.kept.push(receipt);
            }
            Habit::TakeOnly => self.write(net, number, &resp),
            Habit::Refuse(status) => {
                self.got.last_mut().expect("it was kept above").refused = true;
                resp.clear();
                SubmitResp::default().encode(status, sequence, &mut resp);
                self.write(net, number, &resp);
            }
            Habit::Silent => {}
            Habit::Late(ms) => {
                self.write_later(net, number, ms, resp);
                let receipt = self.receipt(&message, &id, MessageState::Delivered);
                self.write_later(net, number, ms + 10, receipt);
            }
        }
    }

    fn receipt(&mut self, about: &ShortMessage<'_>, id: &str, state: MessageState) -> Vec<u8> {
        self.sequence += 1;
        let (id, err) = (id.as_bytes(), &b"000"[..]);
        let words = Receipt { id, err, state: Some(state), ..Receipt::default() };
        let (mut text, mut tlvs) = (Vec::new(), TlvBuffer::new());
        words.encode_text(&mut text);
        if self.receipt_tlvs {
            words.put_tlvs(&mut tlvs);
        }
        let swap = |address: &Address<'_>| (address.ton, address.npi, address.addr.to_vec());
        let (source, destination) = (swap(&about.destination), swap(&about.source));
        let message = ShortMessage {
            source: Address { ton: source.0, npi: source.1, addr: &source.2 },
            destination: Address { ton: destination.0, npi: destination.1, addr: &destination.2 },
            esm_class: smpp::pdu::esm_class::TYPE_RECEIPT,
            short_message: &text,
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        let mut octets = Vec::new();
        message.encode_deliver_sm(self.sequence, &mut octets);
        self.unanswered.insert(self.sequence, octets.clone());
        octets
    }

    fn is_over_rate(&mut self, now: u64) -> bool {
        let Some(most) = self.per_second else { return false };
        let second = now / crate::net::SEC;
        self.second =
            if self.second.0 == second { (second, self.second.1 + 1) } else { (second, 1) };
        self.second.1 > most
    }

    /// Says all receipts that it kept, one after the other and without a window.
    pub fn release(&mut self, net: &mut Net) {
        let Some(number) = self.links.keys().next().copied() else { return };
        for receipt in std::mem::take(&mut self.kept) {
            self.write_receipt(net, number, &receipt);
        }
    }

    /// Says a deliver_sm of the test's on its oldest link.
    pub fn deliver(&mut self, net: &mut Net, message: &ShortMessage<'_>) {
        self.sequence += 1;
        let mut octets = Vec::new();
        message.encode_deliver_sm(self.sequence, &mut octets);
        if let Some(number) = self.links.keys().next().copied() {
            self.write(net, number, &octets);
        }
    }

    /// A receipt that was refused comes again, as another request.
    fn say_again(&mut self, net: &mut Net, number: u64, mut octets: Vec<u8>) {
        self.sequence += 1;
        octets[12..16].copy_from_slice(&self.sequence.to_be_bytes());
        self.unanswered.insert(self.sequence, octets.clone());
        self.write_later(net, number, 1000, octets);
    }

    fn write_later(&mut self, net: &mut Net, number: u64, ms: u64, octets: Vec<u8>) {
        let tag = self.later.last_key_value().map_or(0, |(tag, _)| tag + 1);
        self.later.insert(tag, (number, octets));
        net.after(ms * crate::net::MS, Event::Tick { peer: self.at, tag });
    }

    pub(super) fn tick(&mut self, net: &mut Net, tag: u64) {
        let Some((number, octets)) = self.later.remove(&tag) else { return };
        let first = frame::next(&octets, frame::PDU_MAX).ok().flatten();
        if first.is_some_and(|pdu| pdu.header.command == Command::DeliverSm) {
            self.write_receipt(net, number, &octets);
        } else {
            self.write(net, number, &octets);
        }
    }
}

/// Hexadecimal digits in upper case.
pub fn hex(number: u32) -> String {
    format!("{number:X}")
}

/// Decimal digits with zeros before them.
pub fn decimal(number: u32) -> String {
    format!("{number:010}")
}
