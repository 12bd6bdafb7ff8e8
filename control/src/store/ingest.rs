//! Takes what was harvested: records, ledger and cursor in one transaction.
//!
//! Records of one Sms may come in any order, from any shard and in any number of batches: each
//! kind of record fills columns of its own, and says for itself which of two wins. The ledger
//! is keyed by the message, so charging twice is impossible, and a batch that was committed is
//! never asked for again because its cursor was committed with it.

use std::collections::BTreeMap;

use super::charges::Charges;
use super::late::{Late, Lates};
use super::life::{Life, Lives};
use super::{Db, Store, facts, given};
use crate::fault::Outcome;
use crate::model::{Body, Kind};
use routing::journal::{Ack, Attempt, Contacts, Outcome as Ending, Record, Refused, Taken};
use routing::{MessageId, Sms};

/// How far the journal of a shard was harvested.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cursor {
    /// The node.
    pub node: String,
    /// The shard.
    pub shard: u8,
    /// The volume to read on in; 0 before the first.
    pub volume: u64,
    /// Where in it.
    pub offset: u64,
    /// The number of the last block.
    pub sequence: u64,
}

/// What was read from one shard's journal, and where the next batch begins.
#[derive(Debug, Default)]
pub struct Batch {
    /// Where the next batch begins.
    pub cursor: Cursor,
    /// By message.
    pub messages: BTreeMap<MessageId, Happened>,
    /// What was refused.
    pub refused: Vec<RefusedAt>,
    /// The latest contacts of each account.
    pub contacts: BTreeMap<(u32, u32), Contacts>,
}

/// What a batch says of one Sms.
#[derive(Debug, Default)]
pub struct Happened {
    /// It was accepted.
    pub sms: Option<Box<Sms>>,
    /// It was given to another connection, here with its latest one.
    pub moved: Option<Box<Sms>>,
    /// Its latest try.
    pub attempt: Option<Attempt>,
    /// The next hop's name for it.
    pub taken: Option<Taken>,
    /// How it ended.
    pub ending: Option<Ending>,
    /// Its sender took the receipt.
    pub ack: Option<Ack>,
}

/// A refusal and its place in the journal, which is its identity.
#[derive(Debug)]
pub struct RefusedAt {
    /// The number of its block.
    pub sequence: u64,
    /// Its place in the block.
    pub place: usize,
    /// The record.
    pub refused: Refused,
}

impl Batch {
    /// How many records are still to be taken, about.
    pub fn len(&self) -> usize {
        self.messages.len() + self.refused.len() + self.contacts.len()
    }

    /// Is there nothing to be taken?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a record from a place in the journal.
    pub fn handle(&mut self, sequence: u64, place: usize, record: Record) {
        match record {
            Record::Accept(sms) => {
                let id = sms.id;
                self.message(id).sms = Some(sms);
            }
            Record::Attempt(attempt) => {
                let known = &mut self.message(attempt.id).attempt;
                if known.is_none_or(|known| known.attempt < attempt.attempt) {
                    *known = Some(attempt);
                }
            }
            Record::Taken(taken) => {
                let known = &mut self.message(taken.id).taken;
                if known.as_ref().is_none_or(|known| known.at_ns < taken.at_ns) {
                    *known = Some(taken);
                }
            }
            Record::Outcome(ending) => {
                let known = &mut self.message(ending.id).ending;
                if known.is_none_or(|known| ending.at_ns < known.at_ns) {
                    *known = Some(ending);
                }
            }
            Record::Moved(moved) => {
                let known = &mut self.message(moved.sms.id).moved;
                let moves = |sms: &Sms| sms.journey.moves;
                if known.as_ref().is_none_or(|known| moves(known) < moves(&moved.sms)) {
                    *known = Some(Box::new(moved.sms));
                }
            }
            // Only a restart asks who knows that it is no longer the owner.
            Record::Left(_) => {}
            Record::Ack(ack) => self.message(ack.id).ack = Some(ack),
            // The row tells what was accepted and charged; another text changes neither.
            Record::Replaced(_) => {}
            // Only a restart asks whose sender may come again and which receipts are about no Sms
            // yet, and reads bases.
            Record::Doubt(_) | Record::Orphan(_) | Record::Ended(_) | Record::Spent(_) => {}
            Record::Refused(refused) => self.refused.push(RefusedAt { sequence, place, refused }),
            // Whoever wakes apps by a push service begins here.
            Record::Wake(_) => {}
            Record::Contacts(contacts) => {
                let key = (contacts.environment, contacts.account);
                let newer = |known: &Contacts| known.at_ns <= contacts.at_ns;
                if self.contacts.get(&key).is_none_or(newer) {
                    self.contacts.insert(key, contacts);
                }
            }
        }
    }

    fn message(&mut self, id: MessageId) -> &mut Happened {
        self.messages.entry(id).or_default()
    }
}

impl Store {
    /// How far a shard was harvested.
    pub fn cursor(&self, node: &str, shard: u8) -> Outcome<Cursor> {
        let sql = "SELECT volume, octet, sequence FROM cursor WHERE node = ?1 AND shard = ?2";
        let known = self
            .db
            .one(sql, given![node, shard], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (volume, offset, sequence) = known.unwrap_or_default();
        Ok(Cursor { node: node.to_owned(), shard, volume, offset, sequence })
    }

    /// Takes a batch, whole or not at all.
    pub fn take(&mut self, batch: &Batch) -> Outcome<()> {
        let mut moments = BTreeMap::new();
        for happened in batch.messages.values() {
            if let Some(sms) = &happened.sms
                && let Some(carrier) = sms.payer()
            {
                let moment = (carrier, sms.generation);
                moments.insert(moment, self.charge_on(carrier, sms.generation)?);
            }
        }
        self.db.whole(|db| take(db, batch, &moments))
    }

    /// When a carrier was charged at a generation; `accepted` if nobody knows that carrier.
    fn charge_on(&mut self, carrier: u32, generation: u64) -> Outcome<&'static str> {
        if let Some(known) = self.charge_on.get(&(carrier, generation)) {
            return Ok(known);
        }
        let word = match self.body_at(Kind::Carrier, carrier, generation)? {
            Some(Body::Carrier(carrier)) if carrier.charge_on == "delivered" => "delivered",
            Some(Body::Carrier(carrier)) if carrier.charge_on == "submitted" => "submitted",
            _ => "accepted",
        };
        self.charge_on.insert((carrier, generation), word);
        Ok(word)
    }
}

/// When an Sms is charged: a sender that waits for the outcome pays for a positive answer, and
/// for no other.
fn pays_on(charge_on: &'static str, sms: &Sms) -> &'static str {
    let waits = sms.ack == routing::AckLevel::Delivered;
    if waits && charge_on != "delivered" { "answered" } else { charge_on }
}

/// Carriers and generations, and when they were charged.
type Moments = BTreeMap<(u32, u64), &'static str>;

/// Writes everything that a batch says.
fn take(db: &Db, batch: &Batch, moments: &Moments) -> Outcome<()> {
    let cursor = &batch.cursor;
    let mut charges = Charges::begin(db)?;
    let mut lives = Lives::begin(db, cursor)?;
    let mut lates = Lates::begin(db);
    for (id, happened) in &batch.messages {
        let id = id.to_string();
        let Some(sms) = &happened.sms else {
            let late = Late { id, happened };
            let is_written = match &mut lates {
                Some(lates) => lates.add(&late, &mut charges)?,
                None => false,
            };
            if !is_written {
                piece_by_piece(db, &mut charges, &late.id, happened)?;
            }
            continue;
        };
        let charge_on = sms.payer().and_then(|one| moments.get(&(one, sms.generation)));
        let charge_on = charge_on.map(|word| pays_on(word, sms));
        let life = Life::of(id, sms, charge_on, happened);
        match &mut lives {
            Some(lives) if happened.moved.is_none() => {
                let known = lives.add(life, &mut charges)?;
                known.iter().try_for_each(|life| one(db, &mut charges, cursor, life))?;
            }
            Some(_) | None => one(db, &mut charges, cursor, &life)?,
        }
    }
    let rest = lives.map(Lives::rest).unwrap_or_default();
    rest.iter().try_for_each(|life| one(db, &mut charges, cursor, life))?;
    if let Some(lates) = lates {
        lates.end(&mut charges)?;
    }
    charges.end()?;
    for refused in &batch.refused {
        facts::refused(db, cursor, refused)?;
    }
    for contacts in batch.contacts.values() {
        facts::contacts(db, contacts)?;
    }
    put_cursor(db, cursor)
}

/// What is said of an Sms that was accepted, however much of it is known.
fn one(db: &Db, charges: &mut Charges<'_>, cursor: &Cursor, life: &Life<'_>) -> Outcome<()> {
    facts::accept(db, &life.id, cursor, life.sms, life.charge_on)?;
    piece_by_piece(db, charges, &life.id, life.happened)
}

/// What happened to an Sms, each for itself.
fn piece_by_piece(
    db: &Db,
    charges: &mut Charges<'_>,
    id: &str,
    happened: &Happened,
) -> Outcome<()> {
    if let Some(sms) = &happened.moved {
        facts::moved(db, id, sms)?;
    }
    if let Some(attempt) = &happened.attempt {
        facts::attempt(db, id, attempt)?;
    }
    if let Some(taken) = &happened.taken {
        facts::taken(db, id, taken)?;
    }
    if let Some(ending) = &happened.ending {
        facts::ending(db, id, ending)?;
    }
    if let Some(ack) = &happened.ack {
        facts::ack(db, id, ack)?;
    }
    if happened.sms.is_some() || happened.taken.is_some() || happened.ending.is_some() {
        charges.charge(id)?;
    }
    Ok(())
}

fn put_cursor(db: &Db, cursor: &Cursor) -> Outcome<()> {
    let Cursor { node, shard, volume, offset, sequence } = cursor;
    let sql = "INSERT INTO cursor (node, shard, volume, octet, sequence)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (node, shard) DO UPDATE SET volume = excluded.volume,
            octet = excluded.octet, sequence = excluded.sequence";
    db.tell(sql, given![node, *shard, *volume, *offset, *sequence])
}
