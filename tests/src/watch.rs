//! Looks at every octet that leaves a node and knows what its disks hold: what is said must
//! have been durable before (promises.md 1.1).

use std::collections::{BTreeMap, BTreeSet};

use routing::journal::Record;
use routing::{AckLevel, Ingress, MessageId};
use sip::{Cut, Framer, Message, Method};
use smpp::{Command, Receipt, ShortMessage, SubmitResp, frame};

use crate::peers::phone::{RELAYED, is_relay};

/// What a node has written down, and what it said too early.
#[derive(Debug, Default)]
pub struct Watch {
    accepted: BTreeSet<MessageId>,
    /// The name of the submit_multi it came by, of those that came so.
    groups: BTreeMap<MessageId, MessageId>,
    /// Call-IDs of MESSAGEs that were accepted.
    call_ids: BTreeSet<String>,
    attempted: BTreeSet<MessageId>,
    settled: BTreeSet<MessageId>,
    /// Ids that were named to a carrier.
    answered: BTreeSet<MessageId>,
    /// When the last mail between two shards arrives: none overtakes.
    mails: BTreeMap<(u8, u8), u64>,
    /// Named to a carrier although no disk held them: they must be of the kind that may be lost.
    pub early: BTreeSet<MessageId>,
    /// Broken promises, with the moment.
    pub wrongs: Vec<String>,
    /// A link died or the node did: an answer may have been kept for a peer that left.
    pub answers_lost: bool,
    /// PDUs that left.
    pub pdus: u64,
}

impl Watch {
    /// A record is safe.
    pub fn durable(&mut self, record: &Record) {
        match record {
            Record::Accept(sms) => {
                if !self.accepted.insert(sms.id) {
                    self.wrongs.push(format!("{} was accepted twice", sms.id));
                }
                let told = sms.told();
                if self.early.remove(&told) && sms.ack != AckLevel::Memory {
                    self.wrongs.push(format!("{told} was answered before it was durable"));
                }
                if let Some(group) = sms.group.id() {
                    self.accepted.insert(group);
                    self.groups.insert(sms.id, group);
                }
                if let Ingress::Sip { call_id, .. } | Ingress::Trunk { call_id, .. } = &sms.ingress
                {
                    self.call_ids.insert(call_id.clone());
                }
            }
            Record::Attempt(attempt) => {
                self.attempted.insert(attempt.id);
            }
            Record::Outcome(outcome) => {
                if !self.settled.insert(outcome.id) {
                    self.wrongs.push(format!("{} ended twice", outcome.id));
                }
                self.settled.extend(self.groups.get(&outcome.id));
            }
            Record::Taken(_)
            | Record::Moved(_)
            | Record::Left(_)
            | Record::Replaced(_)
            | Record::Ack(_)
            | Record::Doubt(_)
            | Record::Orphan(_)
            | Record::Refused(_)
            | Record::Contacts(_)
            | Record::Wake(_)
            | Record::Ended(_)
            | Record::Spent(_) => {}
        }
    }

    /// When a mail sent now may arrive.
    pub fn mail_at(&mut self, from: u8, to: u8, at: u64) -> u64 {
        let last = self.mails.entry((from, to)).or_insert(0);
        *last = at.max(*last + 1);
        *last
    }

    /// PDUs leave.
    pub fn sent(&mut self, now: u64, bytes: &[u8]) {
        let mut rest = bytes;
        while let Ok(Some(pdu)) = frame::next(rest, frame::PDU_MAX) {
            rest = &rest[pdu.len()..];
            self.pdus += 1;
            match pdu.header.command {
                // Both begin with the name.
                Command::SubmitSmResp | Command::SubmitMultiResp if pdu.header.status.is_ok() => {
                    let resp = SubmitResp::decode(pdu.body).unwrap_or_default();
                    match MessageId::parse(resp.message_id) {
                        Ok(id) if self.accepted.contains(&id) => {
                            self.answered.insert(id);
                        }
                        Ok(id) => {
                            self.early.insert(id);
                            self.answered.insert(id);
                        }
                        Err(_) => self.wrong(now, "a positive answer without an id".to_owned()),
                    }
                }
                Command::DeliverSm => self.receipt(now, pdu.body),
                _ => {}
            }
        }
        if !rest.is_empty() {
            self.wrong(now, "a PDU left in pieces".to_owned());
        }
    }

    fn receipt(&mut self, now: u64, body: &[u8]) {
        let Ok(message) = ShortMessage::decode(body) else {
            return self.wrong(now, "a deliver_sm that cannot be read".to_owned());
        };
        let id = Receipt::of(&message).and_then(|receipt| MessageId::parse(receipt.id).ok());
        let is_final = message.is_receipt();
        let Some(id) = id else {
            return self.wrong(now, "a receipt without an id".to_owned());
        };
        if is_final && !self.settled.contains(&id) {
            self.wrong(now, format!("receipt of {id} before its outcome was durable"));
        }
        if !self.answered.contains(&id) && !self.answers_lost {
            self.wrong(now, format!("receipt of {id} before its answer"));
        }
    }

    /// SIP leaves on a connection; what is in frames is looked at by others.
    pub fn sent_stream(&mut self, now: u64, bytes: &[u8]) {
        let (mut framer, mut rest) = (Framer::default(), bytes);
        if !rest.first().is_some_and(|first| first.is_ascii()) || rest.starts_with(b"HTTP") {
            return;
        }
        loop {
            match framer.cut(rest, true) {
                Ok(Cut::Message(length)) => {
                    self.sent_datagram(now, &rest[..length]);
                    rest = &rest[length..];
                }
                Ok(Cut::Ping(length) | Cut::Pong(length)) => rest = &rest[length..],
                Ok(Cut::More) if rest.is_empty() => return,
                Ok(Cut::More) | Err(_) => {
                    return self.wrong(now, "a SIP message left in pieces".to_owned());
                }
            }
        }
    }

    /// A datagram leaves.
    pub fn sent_datagram(&mut self, now: u64, bytes: &[u8]) {
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(error) => return self.wrong(now, format!("a datagram that is no SIP: {error:?}")),
        };
        let call_id = message.call_id();
        match (message.method(), message.status()) {
            // RP-ACK with a report in it: of what a handset sent.
            (Some(Method::Message), _) if is_relay(&message) && message.body()[0] == 3 => {
                let named = message.header_named("In-Reply-To").unwrap_or_default();
                if message.body().len() > 2 && !self.call_ids.contains(named) {
                    self.wrong(now, format!("RP-ACK for {named} before it was durable"));
                }
            }
            // A report about what is settled: it would be made anew after a crash.
            (Some(Method::Message), _) if call_id.starts_with("r-") => {}
            (Some(Method::Message), _) => {
                let id = call_id.split('@').next().unwrap_or_default();
                let id = MessageId::parse(id.as_bytes());
                if !id.is_ok_and(|id| self.attempted.contains(&id)) {
                    self.wrong(now, format!("MESSAGE {call_id} before its attempt was durable"));
                }
            }
            // What a handset says is answered at once; the relay layer says the rest.
            (None, Some(202)) if call_id.starts_with(RELAYED) => {}
            (None, Some(202)) if !self.call_ids.contains(call_id) => {
                self.wrong(now, format!("202 for {call_id} before it was durable"));
            }
            (Some(_) | None, _) => {}
        }
    }

    fn wrong(&mut self, now: u64, what: String) {
        self.wrongs.push(format!("at {} us: {what}", now / 1000));
    }
}
