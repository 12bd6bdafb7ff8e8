//! An input as octets, and back.
//!
//! An entry is its length in four octets, its kind, both clocks and what belongs to the kind. The
//! records of the journal serve for what came from it.

use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use routing::journal::{Contacts, Doubt, Final, Flight, Orphan, Record, Records, Spent};
use routing::{MessageId, Paid, Reader, Short, Sms, Tap};
use shard::{Handed, Input, LinkId, Moment, SocketId, Unlink};

/// What stands on a tape: an input, or the end of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The shard was asked for outputs until there were none. This is how many octets it sent and
    /// recorded since the last time.
    Turn(u32),
    /// [`Input::Adopted`], by its generation.
    Adopted(u64),
    /// [`Input::Tapped`]
    Tapped(Vec<Tap>),
    /// [`Input::Bytes`]
    Bytes(LinkId, Vec<u8>),
    /// [`Input::Datagram`]
    Datagram(SocketId, SocketAddr, Vec<u8>),
    /// [`Input::Linked`]
    Linked(Link),
    /// [`Input::Unlinked`]
    Unlinked(LinkId, Unlink),
    /// [`Input::Mail`], by the number of its sender.
    Mail(u8),
    /// [`Input::Recorded`]
    Recorded(u64),
    /// [`Input::NotRecorded`]
    NotRecorded,
    /// [`Input::Scarce`]
    Scarce(bool),
    /// [`Input::Recovering`]
    Recovering(bool),
    /// [`Input::Recovered`]
    Recovered(Box<Flight>),
    /// [`Input::Doubtful`]
    Doubtful(Box<Sms>),
    /// [`Input::Doubted`]
    Doubted(Vec<Doubt>),
    /// [`Input::Orphans`]
    Orphans(Vec<Orphan>),
    /// [`Input::Finals`]
    Finals(Vec<Final>),
    /// [`Input::Paid`]
    Paid(Vec<Paid>),
    /// [`Input::Spent`]
    Spent(Vec<Spent>),
    /// [`Input::Known`]
    Known(Contacts),
    /// [`Input::Stowed`]
    Stowed(MessageId, bool),
    /// [`Input::Fetched`]
    Fetched(MessageId, Option<Vec<u8>>),
    /// [`Input::Time`]
    Time,
    /// [`Input::Pause`]
    Pause,
    /// [`Input::Freeze`]
    Freeze,
    /// [`Input::Handed`]
    Handed(Box<Handed>),
    /// [`Input::Stop`]
    Stop,
    /// An input that was too long for the tape.
    Lost,
}

/// [`Input::Linked`], owned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Link {
    /// The link.
    pub link: LinkId,
    /// Who accepted it; nobody, if we dialled.
    pub listener: Option<u16>,
    /// Our address.
    pub local: SocketAddr,
    /// Its address.
    pub peer: SocketAddr,
    /// It speaks TLS.
    pub tls: bool,
}

/// An entry and when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// On the monotonic clock, nanoseconds since the node began.
    pub now_ns: u64,
    /// On the Unix clock.
    pub unix_ns: u64,
    /// What.
    pub entry: Entry,
}

/// Appends an entry; `began` is when the node began.
pub(super) fn note(at: Moment, began: Instant, input: &Input<'_>, out: &mut Vec<u8>) {
    let start = begin(kind_of(input), at, began, out);
    put(input, out);
    end(start, out);
}

/// Appends the end of a turn.
pub(super) fn note_turn(at: Moment, began: Instant, said: u32, out: &mut Vec<u8>) {
    let start = begin(TURN, at, began, out);
    out.extend_from_slice(&said.to_le_bytes());
    end(start, out);
}

/// Appends that something is missing.
pub(super) fn note_lost(at: Moment, began: Instant, out: &mut Vec<u8>) {
    let start = begin(LOST, at, began, out);
    end(start, out);
}

/// Appends a plan by its generation.
pub(super) fn note_plan(at: Moment, began: Instant, generation: u64, out: &mut Vec<u8>) {
    let start = begin(ADOPTED, at, began, out);
    out.extend_from_slice(&generation.to_le_bytes());
    end(start, out);
}

fn begin(kind: u8, at: Moment, began: Instant, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    let now_ns = at.now.saturating_duration_since(began).as_nanos() as u64;
    let mut head = [0; HEAD];
    head[4] = kind;
    head[5..13].copy_from_slice(&now_ns.to_le_bytes());
    head[13..].copy_from_slice(&at.unix_ns.to_le_bytes());
    out.extend_from_slice(&head);
    start
}

fn end(start: usize, out: &mut [u8]) {
    let len = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
}

fn put(input: &Input<'_>, out: &mut Vec<u8>) {
    match input {
        Input::Adopted(plan) => {
            out.extend_from_slice(&plan.snapshot.generation().to_le_bytes());
        }
        Input::Tapped(taps) => put_lines(taps.iter(), out),
        Input::Bytes { link, bytes } => {
            out.extend_from_slice(&link.0.to_le_bytes());
            out.extend_from_slice(bytes);
        }
        Input::Datagram { socket, peer, bytes } => {
            out.extend_from_slice(&socket.0.to_le_bytes());
            put_address(*peer, out);
            out.extend_from_slice(bytes);
        }
        Input::Linked { link, listener, local, peer, tls } => {
            out.extend_from_slice(&link.0.to_le_bytes());
            out.push(u8::from(*tls));
            out.push(u8::from(listener.is_some()));
            out.extend_from_slice(&listener.unwrap_or(0).to_le_bytes());
            put_address(*local, out);
            put_address(*peer, out);
        }
        Input::Unlinked { link, cause } => {
            out.extend_from_slice(&link.0.to_le_bytes());
            let number = UNLINKS.iter().position(|one| one == cause);
            out.push(number.expect("every cause stands in the table") as u8);
        }
        Input::Mail { from, .. } => out.push(from.0),
        Input::Recorded { upto } => out.extend_from_slice(&upto.to_le_bytes()),
        Input::Scarce(yes) | Input::Recovering(yes) => out.push(u8::from(*yes)),
        Input::Recovered(flight) => put_flight(flight, out),
        Input::Doubtful(sms) => Record::encode_accept(sms, out),
        Input::Doubted(doubts) => doubts.iter().for_each(|one| Record::Doubt(*one).encode(out)),
        Input::Orphans(orphans) => orphans.iter().for_each(|one| Record::Orphan(*one).encode(out)),
        Input::Finals(finals) => {
            let records = finals.iter().map(|one| Record::Ended(Box::new(*one)));
            records.for_each(|record| record.encode(out));
        }
        Input::Paid(paid) => put_lines(paid.iter(), out),
        Input::Spent(spent) => spent.iter().for_each(|one| Record::Spent(*one).encode(out)),
        Input::Known(contacts) => Record::Contacts(contacts.clone()).encode(out),
        Input::Stowed { id, is_kept } => {
            out.extend_from_slice(&id.bits().to_le_bytes());
            out.push(u8::from(*is_kept));
        }
        Input::Fetched { id, octets } => {
            out.extend_from_slice(&id.bits().to_le_bytes());
            out.push(u8::from(octets.is_some()));
            out.extend_from_slice(octets.unwrap_or_default());
        }
        Input::Handed(link) => link.encode(out),
        Input::NotRecorded | Input::Time | Input::Pause | Input::Freeze | Input::Stop => {}
    }
}

fn put_lines(lines: impl Iterator<Item = impl fmt::Display>, out: &mut Vec<u8>) {
    lines.for_each(|line| out.extend_from_slice(format!("{line}\n").as_bytes()));
}

fn put_address(address: SocketAddr, out: &mut Vec<u8>) {
    let text = address.to_string();
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

fn put_flight(flight: &Flight, out: &mut Vec<u8>) {
    let Flight { sms, doubted, attempt, peer_id, outcome } = flight;
    Record::encode_accept(sms, out);
    attempt.iter().for_each(|attempt| Record::Attempt(*attempt).encode(out));
    peer_id.iter().for_each(|name| Record::encode_taken(sms.id, 0, name, out));
    outcome.iter().for_each(|outcome| Record::Outcome(*outcome).encode(out));
    if *doubted {
        let (id, at_ns, likeness, shard, shards) = (sms.id, 0, 0, 0, 0);
        Record::Doubt(Doubt { id, at_ns, likeness, shard, shards }).encode(out);
    }
}

/// The entries of a tape, one after another; what is damaged ends it.
pub(super) fn entries(octets: &[u8]) -> impl Iterator<Item = Result<Noted, Short>> {
    let mut reader = Reader(octets);
    std::iter::from_fn(move || {
        (!reader.0.is_empty()).then(|| {
            let noted = reader.octets().and_then(take);
            noted.inspect_err(|_| reader.0 = &[])
        })
    })
}

fn take(octets: &[u8]) -> Result<Noted, Short> {
    let mut reader = Reader(octets);
    let (kind, now_ns, unix_ns) = (reader.u8()?, reader.u64()?, reader.u64()?);
    Ok(Noted { now_ns, unix_ns, entry: take_entry(kind, reader)? })
}

fn take_entry(kind: u8, mut reader: Reader<'_>) -> Result<Entry, Short> {
    Ok(match kind {
        TURN => Entry::Turn(reader.u32()?),
        ADOPTED => Entry::Adopted(reader.u64()?),
        TAPPED => Entry::Tapped(Tap::parse_all(text(reader)?).map_err(|_| Short)?),
        BYTES => Entry::Bytes(LinkId(reader.u64()?), reader.0.to_vec()),
        DATAGRAM => {
            let (socket, peer) = (SocketId(reader.u16()?), address(&mut reader)?);
            Entry::Datagram(socket, peer, reader.0.to_vec())
        }
        LINKED => {
            let (link, tls) = (LinkId(reader.u64()?), reader.u8()? != 0);
            let (accepted, listener) = (reader.u8()? != 0, reader.u16()?);
            let listener = accepted.then_some(listener);
            let (local, peer) = (address(&mut reader)?, address(&mut reader)?);
            Entry::Linked(Link { link, listener, local, peer, tls })
        }
        UNLINKED => {
            let (link, cause) = (LinkId(reader.u64()?), reader.u8()?);
            Entry::Unlinked(link, *UNLINKS.get(usize::from(cause)).ok_or(Short)?)
        }
        MAIL => Entry::Mail(reader.u8()?),
        RECORDED => Entry::Recorded(reader.u64()?),
        NOT_RECORDED => Entry::NotRecorded,
        SCARCE => Entry::Scarce(reader.u8()? != 0),
        RECOVERING => Entry::Recovering(reader.u8()? != 0),
        RECOVERED => Entry::Recovered(Box::new(flight(reader.0)?)),
        DOUBTFUL => match Records(reader.0).next() {
            Some(Ok(Record::Accept(sms))) => Entry::Doubtful(sms),
            _ => return Err(Short),
        },
        DOUBTED => Entry::Doubted(all(reader.0, |record| match record {
            Record::Doubt(one) => Some(one),
            _ => None,
        })?),
        ORPHANS => Entry::Orphans(all(reader.0, |record| match record {
            Record::Orphan(one) => Some(one),
            _ => None,
        })?),
        FINALS => Entry::Finals(all(reader.0, |record| match record {
            Record::Ended(one) => Some(*one),
            _ => None,
        })?),
        PAID => Entry::Paid(Paid::parse_all(text(reader)?).map_err(|_| Short)?),
        SPENT => Entry::Spent(all(reader.0, |record| match record {
            Record::Spent(one) => Some(one),
            _ => None,
        })?),
        KNOWN => match Records(reader.0).next() {
            Some(Ok(Record::Contacts(contacts))) => Entry::Known(contacts),
            _ => return Err(Short),
        },
        STOWED => Entry::Stowed(id(&mut reader)?, reader.u8()? != 0),
        FETCHED => {
            let (id, is_there) = (id(&mut reader)?, reader.u8()? != 0);
            Entry::Fetched(id, is_there.then(|| reader.0.to_vec()))
        }
        TIME => Entry::Time,
        PAUSE => Entry::Pause,
        FREEZE => Entry::Freeze,
        HANDED => Entry::Handed(Box::new(Handed::decode(&mut reader)?)),
        STOP => Entry::Stop,
        LOST => Entry::Lost,
        _ => return Err(Short),
    })
}

fn id(reader: &mut Reader<'_>) -> Result<MessageId, Short> {
    reader.array().map(|bits| MessageId::from_bits(u128::from_le_bytes(bits)))
}

fn text(reader: Reader<'_>) -> Result<&str, Short> {
    std::str::from_utf8(reader.0).map_err(|_| Short)
}

fn address(reader: &mut Reader<'_>) -> Result<SocketAddr, Short> {
    let len = reader.u8()?;
    let text = std::str::from_utf8(reader.take(len.into())?).map_err(|_| Short)?;
    text.parse().map_err(|_| Short)
}

fn all<T>(octets: &[u8], one: impl Fn(Record) -> Option<T>) -> Result<Vec<T>, Short> {
    Records(octets).map(|record| one(record?).ok_or(Short)).collect()
}

fn flight(octets: &[u8]) -> Result<Flight, Short> {
    let mut records = Records(octets);
    let Some(Ok(Record::Accept(sms))) = records.next() else { return Err(Short) };
    let (attempt, peer_id, outcome) = (None, None, None);
    let mut flight = Flight { sms, doubted: false, attempt, peer_id, outcome };
    for record in records {
        match record? {
            Record::Attempt(attempt) => flight.attempt = Some(attempt),
            Record::Taken(taken) => flight.peer_id = Some(taken.peer_id),
            Record::Outcome(outcome) => flight.outcome = Some(outcome),
            Record::Doubt(_) => flight.doubted = true,
            _ => return Err(Short),
        }
    }
    Ok(flight)
}

fn kind_of(input: &Input<'_>) -> u8 {
    match input {
        Input::Adopted(_) => ADOPTED,
        Input::Tapped(_) => TAPPED,
        Input::Bytes { .. } => BYTES,
        Input::Datagram { .. } => DATAGRAM,
        Input::Linked { .. } => LINKED,
        Input::Unlinked { .. } => UNLINKED,
        Input::Mail { .. } => MAIL,
        Input::Recorded { .. } => RECORDED,
        Input::NotRecorded => NOT_RECORDED,
        Input::Scarce(_) => SCARCE,
        Input::Recovering(_) => RECOVERING,
        Input::Recovered(_) => RECOVERED,
        Input::Doubtful(_) => DOUBTFUL,
        Input::Doubted(_) => DOUBTED,
        Input::Orphans(_) => ORPHANS,
        Input::Finals(_) => FINALS,
        Input::Paid(_) => PAID,
        Input::Spent(_) => SPENT,
        Input::Known(_) => KNOWN,
        Input::Stowed { .. } => STOWED,
        Input::Fetched { .. } => FETCHED,
        Input::Time => TIME,
        Input::Pause => PAUSE,
        Input::Freeze => FREEZE,
        Input::Handed(_) => HANDED,
        Input::Stop => STOP,
    }
}

const TURN: u8 = 0;
const ADOPTED: u8 = 1;
const TAPPED: u8 = 2;
const BYTES: u8 = 3;
const DATAGRAM: u8 = 4;
const LINKED: u8 = 5;
const UNLINKED: u8 = 6;
const MAIL: u8 = 7;
const RECORDED: u8 = 8;
const NOT_RECORDED: u8 = 9;
const SCARCE: u8 = 10;
const RECOVERING: u8 = 11;
const RECOVERED: u8 = 12;
const DOUBTFUL: u8 = 13;
const FINALS: u8 = 14;
const PAID: u8 = 15;
const SPENT: u8 = 16;
const KNOWN: u8 = 17;
const TIME: u8 = 18;
const STOP: u8 = 19;
const LOST: u8 = 20;
const STOWED: u8 = 21;
const FETCHED: u8 = 22;
const PAUSE: u8 = 23;
const FREEZE: u8 = 24;
const HANDED: u8 = 25;
const DOUBTED: u8 = 26;
const ORPHANS: u8 = 27;

/// By number.
const UNLINKS: [Unlink; 6] =
    [Unlink::Closed, Unlink::Reset, Unlink::Refused, Unlink::Insecure, Unlink::Slow, Unlink::Asked];

/// Length, kind and both clocks.
const HEAD: usize = 4 + 1 + 8 + 8;
