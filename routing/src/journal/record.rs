//! One entry of the journal.

use std::net::SocketAddr;

use super::contacts::{ContactLine, Contacts, Wake};
use super::doubts::Doubt;
use super::finals::Final;
use super::moves::{Left, Moved};
use super::orphans::Orphan;
use super::spent::Spent;
use crate::octets::{Field, Reader, Short, Write};
use crate::{Address, Content, Ingress, MessageId, Refusal, Sms, State};

/// Something that happened and must be remembered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Record {
    /// An Sms became ours, and its price was fixed.
    Accept(Box<Sms>),
    /// It is about to be sent; written before the first octet is.
    Attempt(Attempt),
    /// The next hop took it and named it.
    Taken(Taken),
    /// Its sender says something else instead, before any try.
    Replaced(Box<Replaced>),
    /// It is final.
    Outcome(Outcome),
    /// It was given to another connection, and this shard owns it now.
    Moved(Box<Moved>),
    /// Another shard owns it now.
    Left(Left),
    /// Its sender took the final receipt.
    Ack(Ack),
    /// Its sender may not know that it is ours, and may send the same again.
    Doubt(Doubt),
    /// A receipt was answered that is about no Sms we know yet; or its Sms was found.
    Orphan(Orphan),
    /// An Sms was refused; nothing was stored or charged.
    Refused(Refused),
    /// The contacts of an account are now these.
    Contacts(Contacts),
    /// An app is to be woken.
    Wake(Wake),
    /// How an Sms ended whose records stand in older volumes; only bases hold it.
    Ended(Box<Final>),
    /// What a carrier has spent by Sms that stand in older volumes; only bases hold it.
    Spent(Spent),
}

/// One try to deliver.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Which Sms.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The first try is 1.
    pub attempt: u16,
    /// How.
    pub via: Via,
    /// It repeats a try of which nobody knows how it ended.
    pub repeats: bool,
    /// What it costs us if it is taken, by the plan of that moment.
    pub cost: Cost,
}

/// What a next hop asks for one Sms.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// The tariff that says so; 0 if nobody knows what it costs.
    pub tariff: u32,
    /// In millionths of the tariff's currency.
    pub micros: i64,
}

/// The way a try took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Via {
    /// Nowhere: it never left.
    Nothing,
    /// A MESSAGE to this address.
    Sip(SocketAddr),
    /// A submit_sm to this address.
    Smpp(SocketAddr),
}

/// The next hop's positive answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Taken {
    /// Which Sms.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The name the next hop gave it, as it stands in its submit_sm_resp.
    pub peer_id: Vec<u8>,
}

/// What replace_sm changed (SMPP 3.4 §4.10); the price stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Replaced {
    /// Which Sms.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// When it may leave now, Unix nanoseconds.
    pub not_before_ns: u64,
    /// When it is given up now, Unix nanoseconds.
    pub expires_ns: u64,
    /// Which receipts are wanted now.
    pub registered_delivery: u8,
    /// The text now.
    pub content: Content,
}

/// How an Sms ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// Which Sms.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The final state.
    pub state: State,
    /// SIP status or SMPP command_status that decided it; 0 for success.
    pub code: u32,
    /// How many tries there were.
    pub attempts: u16,
    /// The way of the last one.
    pub via: Via,
    /// The next hop may have got it twice: a try repeated one that nobody knows of.
    pub doubled: bool,
}

/// What became of the final receipt: it is not sent any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ack {
    /// Which Sms.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// How it ended.
    pub end: ReceiptEnd,
}

/// How a receipt ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum ReceiptEnd {
    /// The sender answered it.
    #[default]
    Taken = 0,
    /// The sender said too often that it does not want it.
    Refused = 1,
    /// The sender was away for too long.
    Expired = 2,
}

impl ReceiptEnd {
    /// Every end, by number.
    pub const ALL: [Self; 3] = [Self::Taken, Self::Refused, Self::Expired];

    /// The end with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// A negative answer to an identified sender.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// In which environment.
    pub environment: u32,
    /// Who asked.
    pub ingress: Ingress,
    /// For whom it said it spoke; empty if the field itself was at fault.
    pub source: Address,
    /// Whom it called.
    pub destination: Address,
    /// Why not.
    pub refusal: Refusal,
    /// The code that was answered: command_status or SIP status.
    pub code: u32,
}

impl Record {
    /// Appends the record as a journal keeps it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Accept(sms) => Self::encode_accept(sms, out),
            Self::Attempt(attempt) => framed(out, ATTEMPT, |out| {
                attempt.id.put(out);
                out.put_u64(attempt.at_ns);
                out.put_u16(attempt.attempt);
                attempt.via.put(out);
                out.put_u8(u8::from(attempt.repeats));
                out.put_u32(attempt.cost.tariff);
                out.put_i64(attempt.cost.micros);
            }),
            Self::Taken(taken) => Self::encode_taken(taken.id, taken.at_ns, &taken.peer_id, out),
            Self::Replaced(replaced) => framed(out, REPLACED, |out| replaced.put(out)),
            Self::Outcome(outcome) => framed(out, OUTCOME, |out| {
                outcome.id.put(out);
                out.put_u64(outcome.at_ns);
                out.put_u8(outcome.state as u8);
                out.put_u32(outcome.code);
                out.put_u16(outcome.attempts);
                outcome.via.put(out);
                out.put_u8(u8::from(outcome.doubled));
            }),
            Self::Moved(moved) => framed(out, MOVED, |out| moved.put(out)),
            Self::Left(left) => framed(out, LEFT, |out| left.put(out)),
            Self::Ack(ack) => framed(out, ACK, |out| {
                ack.id.put(out);
                out.put_u64(ack.at_ns);
                out.put_u8(ack.end as u8);
            }),
            Self::Doubt(doubt) => framed(out, DOUBT, |out| doubt.put(out)),
            Self::Orphan(orphan) => framed(out, ORPHAN, |out| orphan.put(out)),
            Self::Refused(refused) => framed(out, REFUSED, |out| refused.put(out)),
            Self::Contacts(contacts) => framed(out, CONTACTS, |out| contacts.put(out)),
            Self::Wake(wake) => framed(out, WAKE, |out| wake.put(out)),
            Self::Ended(ended) => framed(out, ENDED, |out| ended.put(out)),
            Self::Spent(spent) => framed(out, SPENT, |out| spent.put(out)),
        }
    }

    /// Appends the ACCEPT record of an Sms without taking it.
    pub fn encode_accept(sms: &Sms, out: &mut Vec<u8>) {
        framed(out, ACCEPT, |out| sms.put(out));
    }

    /// Appends the CONTACTS record of an account with `lines` as its rows.
    pub fn encode_contacts<'a>(
        contacts: &Contacts,
        lines: impl Iterator<Item = ContactLine<'a>> + Clone,
        out: &mut Vec<u8>,
    ) {
        framed(out, CONTACTS, |out| contacts.put_with(lines, out));
    }

    /// Appends the TAKEN record of an Sms without a copy of the name.
    pub fn encode_taken(id: MessageId, at_ns: u64, peer_id: &[u8], out: &mut Vec<u8>) {
        framed(out, TAKEN, |out| {
            id.put(out);
            out.put_u64(at_ns);
            out.put_octets(peer_id);
        });
    }

    /// When it happened, Unix nanoseconds.
    pub fn at_ns(&self) -> u64 {
        match self {
            Self::Accept(sms) => sms.accepted_ns,
            Self::Attempt(attempt) => attempt.at_ns,
            Self::Taken(taken) => taken.at_ns,
            Self::Replaced(replaced) => replaced.at_ns,
            Self::Outcome(outcome) => outcome.at_ns,
            Self::Moved(moved) => moved.at_ns,
            Self::Left(left) => left.at_ns,
            Self::Ack(ack) => ack.at_ns,
            Self::Doubt(doubt) => doubt.at_ns,
            Self::Orphan(orphan) => orphan.latest_ns(),
            Self::Refused(refused) => refused.at_ns,
            Self::Contacts(contacts) => contacts.at_ns,
            Self::Wake(wake) => wake.at_ns,
            Self::Ended(ended) => ended.at_ns,
            // A sum of all times.
            Self::Spent(_) => 0,
        }
    }

    /// The octets of the Sms, if these are of its ACCEPT.
    pub(super) fn accepted(octets: &[u8]) -> Option<&[u8]> {
        octets.split_first().filter(|(kind, _)| **kind == ACCEPT).map(|(_, sms)| sms)
    }

    /// Appends the ACCEPT record of an Sms that stands there as its octets.
    pub(super) fn put_accepted(sms: &[u8], out: &mut Vec<u8>) {
        framed(out, ACCEPT, |out| out.put_raw(sms));
    }

    pub(super) fn decode(octets: &[u8]) -> Result<Self, Short> {
        let mut reader = Reader(octets);
        let record = match reader.u8()? {
            ACCEPT => Self::Accept(Box::new(Sms::take(&mut reader)?)),
            ATTEMPT => Self::Attempt(Attempt {
                id: MessageId::take(&mut reader)?,
                at_ns: reader.u64()?,
                attempt: reader.u16()?,
                via: Via::take(&mut reader)?,
                repeats: reader.u8()? != 0,
                cost: Cost { tariff: reader.u32()?, micros: reader.i64()? },
            }),
            TAKEN => Self::Taken(Taken {
                id: MessageId::take(&mut reader)?,
                at_ns: reader.u64()?,
                peer_id: Vec::take(&mut reader)?,
            }),
            REPLACED => Self::Replaced(Box::new(Replaced::take(&mut reader)?)),
            OUTCOME => Self::Outcome(Outcome {
                id: MessageId::take(&mut reader)?,
                at_ns: reader.u64()?,
                state: State::from_number(reader.u8()?).ok_or(Short)?,
                code: reader.u32()?,
                attempts: reader.u16()?,
                via: Via::take(&mut reader)?,
                doubled: reader.u8()? != 0,
            }),
            MOVED => Self::Moved(Box::new(Moved::take(&mut reader)?)),
            LEFT => Self::Left(Left::take(&mut reader)?),
            ACK => Self::Ack(Ack {
                id: MessageId::take(&mut reader)?,
                at_ns: reader.u64()?,
                end: ReceiptEnd::from_number(reader.u8()?).ok_or(Short)?,
            }),
            DOUBT => Self::Doubt(Doubt::take(&mut reader)?),
            ORPHAN => Self::Orphan(Orphan::take(&mut reader)?),
            REFUSED => Self::Refused(Refused::take(&mut reader)?),
            CONTACTS => Self::Contacts(Contacts::take(&mut reader)?),
            WAKE => Self::Wake(Wake::take(&mut reader)?),
            ENDED => Self::Ended(Box::new(Final::take(&mut reader)?)),
            SPENT => Self::Spent(Spent::take(&mut reader)?),
            _ => return Err(Short),
        };
        reader.0.is_empty().then_some(record).ok_or(Short)
    }
}

/// The records of one block, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a>(pub &'a [u8]);

impl<'a> Records<'a> {
    /// The octets of the next record.
    pub(super) fn next_octets(&mut self) -> Option<Result<&'a [u8], Short>> {
        if self.0.is_empty() {
            return None;
        }
        let mut reader = Reader(self.0);
        let octets = reader.octets();
        self.0 = if octets.is_ok() { reader.0 } else { &[] };
        Some(octets)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Short>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.next_octets()?.and_then(Record::decode);
        if record.is_err() {
            self.0 = &[];
        }
        Some(record)
    }
}

fn framed(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.put_u32(0);
    out.put_u8(kind);
    body(out);
    let len = u32::try_from(out.len() - start - 4).expect("no record reaches 4 GiB");
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
}

impl Field for Via {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => out.put_u8(0),
            Self::Sip(peer) => {
                out.put_u8(1);
                peer.put(out);
            }
            Self::Smpp(peer) => {
                out.put_u8(2);
                peer.put(out);
            }
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        match reader.u8()? {
            0 => Ok(Self::Nothing),
            1 => SocketAddr::take(reader).map(Self::Sip),
            2 => SocketAddr::take(reader).map(Self::Smpp),
            _ => Err(Short),
        }
    }
}

impl Field for Replaced {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        out.put_u64(self.at_ns);
        out.put_u64(self.not_before_ns);
        out.put_u64(self.expires_ns);
        out.put_u8(self.registered_delivery);
        self.content.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            id: MessageId::take(reader)?,
            at_ns: reader.u64()?,
            not_before_ns: reader.u64()?,
            expires_ns: reader.u64()?,
            registered_delivery: reader.u8()?,
            content: Content::take(reader)?,
        })
    }
}

impl Field for Refused {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.at_ns);
        out.put_u32(self.environment);
        self.ingress.put(out);
        self.source.put(out);
        self.destination.put(out);
        out.put_u8(self.refusal as u8);
        out.put_u32(self.code);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            at_ns: reader.u64()?,
            environment: reader.u32()?,
            ingress: Ingress::take(reader)?,
            source: Address::take(reader)?,
            destination: Address::take(reader)?,
            refusal: Refusal::from_number(reader.u8()?).ok_or(Short)?,
            code: reader.u32()?,
        })
    }
}

const ACCEPT: u8 = 1;
const ATTEMPT: u8 = 2;
const TAKEN: u8 = 3;
const OUTCOME: u8 = 4;
const ACK: u8 = 5;
const REFUSED: u8 = 6;
const CONTACTS: u8 = 7;
const DOUBT: u8 = 8;
const MOVED: u8 = 9;
const LEFT: u8 = 10;
const REPLACED: u8 = 11;
const ENDED: u8 = 12;
const WAKE: u8 = 13;
const SPENT: u8 = 14;
const ORPHAN: u8 = 15;

#[cfg(test)]
pub(crate) mod tests;
