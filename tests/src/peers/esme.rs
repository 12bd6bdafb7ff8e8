//! A carrier: keeps its binds up, submits its jobs within a window, sends again after a
//! reconnect whatever was not answered, with the same content, and answers receipts.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;

use smpp::pdu::{DeliverResp, Outbind, put_enquire_link_resp, put_unbind, put_unbind_resp};
use smpp::tlv::tag;
use smpp::{
    Address, Bind, BindKind, Command, Frame, MessageState, Receipt, ShortMessage, Status,
    SubmitResp, frame,
};

pub use job::Job;
use job::Waits;
pub use questions::{Question, Reply};

use crate::model::PASSWORD;
use crate::net::{Event, MS, Net, Place};

mod job;
mod questions;

/// A receipt that came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// When, in nanoseconds.
    pub at: u64,
    /// By which link.
    pub link: u64,
    /// The Sms it is about.
    pub id: String,
    /// Its state.
    pub state: Option<MessageState>,
    /// Its err.
    pub err: String,
    /// What it repeats of the text.
    pub text: Vec<u8>,
    /// Was it answered, and thereby taken?
    pub answered: bool,
}

/// One TCP connection.
#[derive(Debug)]
struct Link {
    /// Which of the wanted binds it is.
    slot: usize,
    wire: Option<u64>,
    bound: bool,
    partial: Vec<u8>,
    sequence: u32,
    /// What was asked and not answered: the job, by sequence_number.
    asked: BTreeMap<u32, usize>,
    /// Questions without an answer, and when they were asked.
    questions: BTreeMap<u32, (u64, Question)>,
}

/// A carrier.
#[derive(Debug)]
pub struct Esme {
    at: usize,
    /// Its name.
    pub system_id: String,
    /// What it says its password is.
    pub password: String,
    /// From where it dials.
    pub local: SocketAddr,
    /// Whom it dials.
    pub remote: SocketAddr,
    /// The binds it wants, and of which kind.
    pub kinds: Vec<BindKind>,
    /// How many of its requests may wait on one link.
    pub window: usize,
    /// How long it waits before it dials again, in milliseconds.
    pub redial_ms: Range<u64>,
    /// Does it dial again at all?
    pub persistent: bool,
    /// Says nothing by itself and keeps every PDU in `others`: a test speaks for it.
    pub raw: bool,
    /// Where it waits to be dialled, and binds once it hears an outbind.
    pub listens: Option<SocketAddr>,
    /// The outbinds that it heard: system_id and password.
    pub outbinds: Vec<(String, String)>,
    /// Does it heed them?
    pub heeds: bool,
    /// How often a link was lost, or could not be had.
    pub hangups: u32,
    /// How many receipts of a thousand it leaves unanswered.
    pub deaf: u64,
    /// What it was told when it bound.
    pub binds: Vec<Status>,
    /// What it is to submit, and what became of it.
    pub jobs: Vec<Job>,
    /// What it asked about what it had submitted.
    pub asked: Vec<Question>,
    /// What it was told about it.
    pub replies: Vec<Reply>,
    /// The receipts it took.
    pub receipts: Vec<Taken>,
    /// The intermediate notifications it took.
    pub notifications: Vec<Taken>,
    /// PDUs it understood nothing of, with their status and sequence_number.
    pub others: Vec<(Command, Status, u32)>,
    /// The same PDUs as they came, while it is `raw`.
    pub heard: Vec<Vec<u8>>,
    /// What should not have happened.
    pub wrongs: Vec<String>,
    links: BTreeMap<u64, Link>,
    next_link: u64,
    waiting: VecDeque<usize>,
}

impl Esme {
    /// A carrier that wants these binds; call [`begin`](Self::begin).
    pub fn new(at: usize, system_id: &str, local: &str, remote: &str, kinds: &[BindKind]) -> Self {
        Self {
            at,
            system_id: system_id.to_owned(),
            password: PASSWORD.to_owned(),
            local: crate::model::address(local),
            remote: crate::model::address(remote),
            kinds: kinds.to_vec(),
            window: 10,
            redial_ms: 50..500,
            persistent: true,
            raw: false,
            listens: None,
            outbinds: Vec::new(),
            heeds: true,
            hangups: 0,
            deaf: 0,
            binds: Vec::new(),
            jobs: Vec::new(),
            asked: Vec::new(),
            replies: Vec::new(),
            receipts: Vec::new(),
            notifications: Vec::new(),
            others: Vec::new(),
            heard: Vec::new(),
            wrongs: Vec::new(),
            links: BTreeMap::new(),
            next_link: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Dials for every bind it wants.
    pub fn begin(&mut self, net: &mut Net) {
        for slot in 0..self.kinds.len() {
            self.dial(net, slot);
        }
    }

    fn dial(&mut self, net: &mut Net, slot: usize) {
        self.next_link += 1;
        self.links.insert(self.next_link, Self::new_link(slot));
        net.dial(self.place(self.next_link), self.local, self.remote);
    }

    fn new_link(slot: usize) -> Link {
        let (wire, partial) = (None, Vec::new());
        let (asked, questions) = (BTreeMap::new(), BTreeMap::new());
        Link { slot, wire, bound: false, partial, sequence: 0, asked, questions }
    }

    fn place(&self, link: u64) -> Place {
        Place::Peer { peer: self.at, link }
    }

    /// Links that are bound now.
    pub fn bound(&self) -> Vec<u64> {
        self.links.iter().filter(|(_, link)| link.bound).map(|(number, _)| *number).collect()
    }

    /// All links that are connected.
    pub fn connected(&self) -> Vec<u64> {
        let open = self.links.iter().filter(|(_, link)| link.wire.is_some());
        open.map(|(number, _)| *number).collect()
    }

    /// The wire of a link.
    pub fn wire(&self, link: u64) -> Option<u64> {
        self.links.get(&link)?.wire
    }

    /// One more Sms to submit; returns its number.
    pub fn submit(&mut self, net: &mut Net, job: Job) -> usize {
        self.jobs.push(job);
        self.waiting.push_back(self.jobs.len() - 1);
        self.pump(net);
        self.jobs.len() - 1
    }

    /// Says unbind on a link.
    pub fn unbind(&mut self, net: &mut Net, link: u64) {
        let Some(known) = self.links.get_mut(&link) else { return };
        known.sequence += 1;
        known.bound = false;
        let mut octets = Vec::new();
        put_unbind(known.sequence, &mut octets);
        self.write(net, link, &octets);
    }

    /// Writes octets as they are.
    pub fn write(&self, net: &mut Net, link: u64, octets: &[u8]) {
        if let Some(wire) = self.wire(link) {
            net.write(wire, self.place(link), octets);
        }
    }

    pub(super) fn linked(&mut self, net: &mut Net, number: u64, wire: u64) {
        let called = !self.links.contains_key(&number);
        let link = self.links.entry(number).or_insert_with(|| Self::new_link(0));
        link.wire = Some(wire);
        link.sequence = 1;
        if !self.raw && !called {
            self.bind(net, number);
        }
    }

    fn bind(&mut self, net: &mut Net, number: u64) {
        let Some(link) = self.links.get(&number) else { return };
        let bind = Bind {
            kind: self.kinds[link.slot],
            system_id: self.system_id.as_bytes(),
            password: self.password.as_bytes(),
            system_type: b"",
            interface_version: 0x34,
            addr_ton: 0,
            addr_npi: 0,
            address_range: b"",
        };
        let mut octets = Vec::new();
        bind.encode(1, &mut octets);
        self.write(net, number, &octets);
    }

    pub(super) fn hangup(&mut self, net: &mut Net, number: u64) {
        let Some(link) = self.links.remove(&number) else { return };
        self.hangups += 1;
        // Nobody will answer these any more: first in line, in their old order.
        for job in link.asked.into_values().rev() {
            if self.jobs[job].place == Waits::There(number) {
                self.jobs[job].place = Waits::Here;
                self.waiting.push_front(job);
            }
        }
        if self.persistent {
            let delay = net.rng.of(self.redial_ms.clone()) * MS;
            net.after(delay, Event::Tick { peer: self.at, tag: link.slot as u64 });
        }
        self.pump(net);
    }

    pub(super) fn tick(&mut self, net: &mut Net, tag: u64) {
        match tag.checked_sub(RETRY) {
            Some(job) => {
                self.jobs[job as usize].place = Waits::Here;
                self.waiting.push_back(job as usize);
                self.pump(net);
            }
            None => self.dial(net, tag as usize),
        }
    }

    pub(super) fn bytes(&mut self, net: &mut Net, number: u64, bytes: &[u8]) {
        let Some(link) = self.links.get_mut(&number) else { return };
        let mut octets = std::mem::take(&mut link.partial);
        octets.extend_from_slice(bytes);
        let mut used = 0;
        loop {
            match frame::next(&octets[used..], frame::PDU_MAX) {
                Ok(Some(pdu)) => {
                    used += pdu.len();
                    self.pdu(net, number, &pdu);
                }
                Ok(None) => break,
                Err(error) => {
                    self.wrongs.push(format!("octets that are no PDU: {error}"));
                    return;
                }
            }
        }
        octets.drain(..used);
        if let Some(link) = self.links.get_mut(&number) {
            link.partial = octets;
        }
        self.pump(net);
    }

    fn pdu(&mut self, net: &mut Net, number: u64, pdu: &Frame<'_>) {
        let header = pdu.header;
        if self.raw {
            self.heard.push(pdu.octets.to_vec());
            return self.others.push((header.command, header.status, header.sequence));
        }
        match header.command {
            Command::BindReceiverResp
            | Command::BindTransmitterResp
            | Command::BindTransceiverResp => {
                self.binds.push(header.status);
                if let Some(link) = self.links.get_mut(&number) {
                    link.bound = header.status.is_ok();
                }
            }
            Command::SubmitSmResp => self.answered(net, number, pdu),
            Command::QuerySmResp
            | Command::CancelSmResp
            | Command::ReplaceSmResp
            | Command::SubmitMultiResp => {
                self.replied(net, number, pdu);
            }
            Command::DeliverSm => self.receipt(net, number, pdu),
            Command::EnquireLink => {
                let mut octets = Vec::new();
                put_enquire_link_resp(header.sequence, &mut octets);
                self.write(net, number, &octets);
            }
            Command::Outbind => {
                let outbind = Outbind::decode(pdu.body).expect("an outbind of ours is right");
                let text = |octets| String::from_utf8_lossy(octets).into_owned();
                self.outbinds.push((text(outbind.system_id), text(outbind.password)));
                if self.heeds {
                    self.bind(net, number);
                }
            }
            Command::Unbind => {
                if let Some(link) = self.links.get_mut(&number) {
                    link.bound = false;
                }
                let mut octets = Vec::new();
                put_unbind_resp(Status::ROK, header.sequence, &mut octets);
                self.write(net, number, &octets);
            }
            command => self.others.push((command, header.status, header.sequence)),
        }
    }

    fn answered(&mut self, net: &mut Net, number: u64, pdu: &Frame<'_>) {
        let Some(link) = self.links.get_mut(&number) else { return };
        let Some(job) = link.asked.remove(&pdu.header.sequence) else {
            // O6: nobody asked this, or it was answered before.
            let sequence = pdu.header.sequence;
            return self.wrongs.push(format!("an answer to nothing: sequence {sequence}"));
        };
        let status = pdu.header.status;
        if is_temporary(status) {
            self.jobs[job].answer = Some(Err(status));
            self.jobs[job].place = Waits::Done;
            if self.persistent {
                let tag = RETRY + job as u64;
                return net.after(200 * MS, Event::Tick { peer: self.at, tag });
            }
            return;
        }
        let job = &mut self.jobs[job];
        job.place = Waits::Done;
        if status.is_ok() {
            let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
            job.answer = Some(Ok(String::from_utf8_lossy(resp.message_id).into_owned()));
            job.positive += 1;
        } else {
            job.answer = Some(Err(status));
            let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
            job.reason = resp.tlvs.get_u8(tag::DELIVERY_FAILURE_REASON);
        }
    }

    fn receipt(&mut self, net: &mut Net, number: u64, pdu: &Frame<'_>) {
        let Ok(message) = ShortMessage::decode(pdu.body) else {
            return self.wrongs.push("a deliver_sm that cannot be read".to_owned());
        };
        let Some(receipt) = Receipt::of(&message) else {
            return self.wrongs.push("a deliver_sm that is no receipt".to_owned());
        };
        let answered = !net.rng.permille(self.deaf);
        let kept = match message.is_receipt() {
            true => &mut self.receipts,
            false => &mut self.notifications,
        };
        kept.push(Taken {
            at: net.now,
            link: number,
            id: String::from_utf8_lossy(receipt.id).into_owned(),
            state: receipt.state,
            err: String::from_utf8_lossy(receipt.err).into_owned(),
            text: receipt.text.to_vec(),
            answered,
        });
        if answered {
            let mut octets = Vec::new();
            DeliverResp.encode(Status::ROK, pdu.header.sequence, &mut octets);
            self.write(net, number, &octets);
        }
    }

    /// The links that may submit.
    fn submitters(&self) -> Vec<u64> {
        let able = |slot: usize| self.kinds[slot] != BindKind::Receiver;
        let links = self.links.iter().filter(|(_, link)| link.bound && able(link.slot));
        links.map(|(number, _)| *number).collect()
    }

    fn pump(&mut self, net: &mut Net) {
        for number in self.submitters() {
            while let Some(link) = self.links.get_mut(&number)
                && link.asked.len() < self.window
            {
                let Some(job) = self.waiting.pop_front() else { return };
                link.sequence += 1;
                let sequence = link.sequence;
                link.asked.insert(sequence, job);
                let known = &mut self.jobs[job];
                known.place = Waits::There(number);
                known.sent += 1;
                let octets = submit(known, sequence);
                self.write(net, number, &octets);
            }
        }
    }
}

/// May the same Sms be taken a little later? By a link that is being unbound, for instance.
pub fn is_temporary(status: Status) -> bool {
    let temporary = [Status::RTHROTTLED, Status::RMSGQFUL, Status::RSYSERR, Status::RINVBNDSTS];
    temporary.contains(&status)
}

/// The submit_sm of a job.
pub fn submit(job: &Job, sequence: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut tlvs = smpp::TlvBuffer::new();
    if job.alerts {
        tlvs.put_u8(smpp::tlv::tag::SET_DPF, 1);
    }
    let is_long = job.said().len() > 254;
    if is_long {
        tlvs.put(smpp::tlv::tag::MESSAGE_PAYLOAD, job.said());
    }
    let message = ShortMessage {
        source: Address { ton: 5, npi: 0, addr: b"TATA" },
        destination: Address { ton: 1, npi: 1, addr: job.destination.as_bytes() },
        esm_class: job.esm_class,
        priority_flag: job.priority,
        schedule_delivery_time: job.schedule.as_bytes(),
        validity_period: job.validity.as_bytes(),
        registered_delivery: job.registered,
        replace_if_present: job.replaces.into(),
        tlvs: tlvs.view(),
        data_coding: job.data_coding,
        short_message: if is_long { &[] } else { job.said() },
        ..ShortMessage::default()
    };
    message.encode_submit_sm(sequence, &mut octets);
    octets
}

/// Tags from here on are jobs to be sent again; below are binds to be dialled again.
const RETRY: u64 = 1 << 32;
