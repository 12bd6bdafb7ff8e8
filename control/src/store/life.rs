//! Whole lives together: most of what is caught up with was accepted, tried and ended in one
//! batch, and no row tells of it yet. Then one statement says all of many of them, in the order of
//! their ids, which is that of time: SQLite appends, and looks for no place. What a batch tells of
//! Sms that an earlier one saw accepted is `late.rs`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;

use routing::journal::{ReceiptEnd, Via};
use routing::{Sms, State};

use super::charges::Charges;
use super::db::Often;
use super::facts::{Sender, chars, data_coding, refund_on, text, way_of};
use super::ingest::{Cursor, Happened};
use super::{Db, Param};
use crate::fault::Outcome;

/// What a batch tells of an Sms that it saw accepted.
pub(super) struct Life<'a> {
    pub(super) id: String,
    pub(super) sms: &'a Sms,
    /// When its carrier is charged; nobody is, if nothing is said.
    pub(super) charge_on: Option<&'static str>,
    pub(super) happened: &'a Happened,
    number: String,
    prefix: Option<String>,
    trace: Option<String>,
}

/// Lives that wait to be written together.
pub(super) struct Lives<'a> {
    rows: Often<'a>,
    charges: Often<'a>,
    refunds: Often<'a>,
    cursor: &'a Cursor,
    waiting: Vec<Life<'a>>,
    written: Written,
}

/// Addresses of peers as they are written: few, and most Sms name several.
#[derive(Default)]
pub(super) struct Written(BTreeMap<SocketAddr, String>);

impl Written {
    /// Notes some, which may be asked for from now on.
    pub(super) fn note(&mut self, addresses: impl IntoIterator<Item = Option<SocketAddr>>) {
        for address in addresses.into_iter().flatten() {
            self.0.entry(address).or_insert_with(|| address.to_string());
        }
    }

    /// How some are written.
    pub(super) fn of<const N: usize>(
        &self,
        addresses: [Option<SocketAddr>; N],
    ) -> [Option<&str>; N] {
        addresses.map(|address| self.0.get(&address?).map(String::as_str))
    }
}

impl<'a> Life<'a> {
    pub(super) fn of(
        id: String,
        sms: &'a Sms,
        charge_on: Option<&'static str>,
        happened: &'a Happened,
    ) -> Self {
        let prefix = sms.charge.prefix.filter(|_| sms.charge.tariff != 0);
        Self {
            id,
            sms,
            charge_on,
            happened,
            number: sms.number.to_string(),
            prefix: prefix.map(|prefix| prefix.to_string()),
            trace: sms.trace.id.map(|first| first.to_string()),
        }
    }

    /// The address it came in at and where it was from, and where it was tried and ended.
    fn addresses(&self) -> [Option<SocketAddr>; 4] {
        let from = Sender::of(&self.sms.ingress);
        let [tried, ended] = places(self.happened);
        [Some(from.local), Some(from.peer), tried, ended]
    }

    /// Who is charged how much for it, if that is due.
    fn charge(&self) -> Option<(u32, i64)> {
        let state = self.happened.ending.map(|ending| ending.state);
        let is_taken = self.happened.taken.is_some();
        let due = self.sms.charge.tariff != 0 && is_due(self.charge_on, state, is_taken);
        let carrier = Sender::of(&self.sms.ingress).carrier.filter(|_| due)?;
        Some((carrier, self.sms.charge.amount_micros))
    }

    /// Who gets how much of that back, if that is due: less than nothing is in its favour.
    fn refund(&self) -> Option<(u32, i64)> {
        let end = self.happened.ending.map(|ending| ending.state)?;
        let charge = self.charge().filter(|_| self.sms.charge.refund.is_after(end));
        charge.map(|(carrier, micros)| (carrier, -micros))
    }

    /// How it was accepted, column by column as in [`NAMES`].
    fn accepted<'b>(
        &'b self,
        cursor: &'b Cursor,
        [local, peer]: [Option<&'b str>; 2],
    ) -> [Param<'b>; ACCEPTED] {
        let Self { id, sms, .. } = self;
        let from = Sender::of(&sms.ingress);
        let (account_to, policy, connection) = way_of(sms.target);
        let charge = &sms.charge;
        let priced = charge.tariff != 0;
        [
            id.into(),
            (&cursor.node).into(),
            sms.id.shard().into(),
            sms.environment.into(),
            sms.generation.into(),
            sms.received_ns.into(),
            sms.accepted_ns.into(),
            from.proto.into(),
            from.carrier.into(),
            from.account.into(),
            local.into(),
            peer.into(),
            from.link.into(),
            from.sequence.into(),
            from.call_id.into(),
            text(sms.source.as_bytes()).into(),
            sms.source.ton.into(),
            sms.source.npi.into(),
            text(sms.destination.as_bytes()).into(),
            sms.destination.ton.into(),
            sms.destination.npi.into(),
            (&self.number).into(),
            data_coding(&sms.content).into(),
            chars(&sms.content, sms.esm_class).into(),
            sms.content.len().into(),
            sms.trace.hops.into(),
            self.trace.as_ref().unwrap_or(id).into(),
            account_to.into(),
            policy.into(),
            connection.into(),
            priced.then_some(charge.tariff).into(),
            priced.then_some(charge.version).into(),
            priced.then_some(charge.since_ns).into(),
            priced.then_some(self.prefix.as_deref().unwrap_or_default()).into(),
            charge.price_micros.into(),
            charge.units.into(),
            charge.amount_micros.into(),
            self.charge_on.into(),
            refund_on(charge).into(),
        ]
    }
}

/// Where it was tried and ended.
pub(super) fn places(Happened { attempt, ending, .. }: &Happened) -> [Option<SocketAddr>; 2] {
    [peer(attempt.map(|one| one.via)), peer(ending.map(|one| one.via))]
}

/// What happened to it once it was accepted, column by column as in [`THEN`].
pub(super) fn happened<'b>(
    what: &'b Happened,
    [tried_at, ended_at]: [Option<&'b str>; 2],
) -> [Param<'b>; HAPPENED] {
    let Happened { attempt, taken, ending, ack, .. } = what;
    let (tried, ended) = (attempt.map(|one| one.via), ending.map(|one| one.via));
    let cost = attempt.map(|attempt| attempt.cost);
    let told = ack.as_ref().filter(|ack| ack.end == ReceiptEnd::Taken);
    [
        attempt.map(|attempt| attempt.attempt).into(),
        attempt.map(|attempt| attempt.at_ns).into(),
        tried.and_then(proto).into(),
        tried_at.into(),
        cost.filter(|cost| cost.tariff != 0).map(|cost| cost.tariff).into(),
        cost.map(|cost| cost.micros).into(),
        taken.as_ref().map(|taken| taken.at_ns).into(),
        taken.as_ref().map(|taken| text(&taken.peer_id)).into(),
        ending.map(|ending| ending.at_ns).into(),
        ending.map(|ending| ending.state as u8).into(),
        ending.map(|ending| ending.code).into(),
        ending.map(|ending| ending.attempts).into(),
        ended.and_then(proto).into(),
        ended_at.into(),
        ending.map(|ending| ending.doubled).into(),
        told.map(|ack| ack.at_ns).into(),
    ]
}

impl<'a> Lives<'a> {
    /// Gets ready; a server takes many statements in one journey, and gains nothing by this.
    pub(super) fn begin(db: &'a Db, cursor: &'a Cursor) -> Outcome<Option<Self>> {
        let often = (db.often(&ROWS)?, db.often(&CHARGES)?, db.often(&REFUNDS)?);
        let (Some(rows), Some(charges), Some(refunds)) = often else { return Ok(None) };
        let waiting = Vec::with_capacity(TOGETHER);
        Ok(Some(Self { rows, charges, refunds, cursor, waiting, written: Written::default() }))
    }

    /// Adds one that has the latest id so far. Hands back what must be written piece by piece:
    /// rows tell of some of it already.
    pub(super) fn add(&mut self, life: Life<'a>, sums: &mut Charges<'_>) -> Outcome<Vec<Life<'a>>> {
        self.written.note(life.addresses());
        self.waiting.push(life);
        if self.waiting.len() < TOGETHER {
            return Ok(Vec::new());
        }
        let waiting = std::mem::replace(&mut self.waiting, Vec::with_capacity(TOGETHER));
        let mut given = Vec::with_capacity(TOGETHER * COLUMNS);
        for life in &waiting {
            let [local, peer, tried, ended] = self.written.of(life.addresses());
            given.extend(life.accepted(self.cursor, [local, peer]));
            given.extend(happened(life.happened, [tried, ended]));
        }
        if self.rows.change(&given)? != TOGETHER as u64 {
            return Ok(waiting);
        }
        drop(given);
        self.charge(&waiting, sums)?;
        Ok(Vec::new())
    }

    /// Writes what is due for some that no row told of, and what of it is given back.
    fn charge(&mut self, lives: &[Life<'_>], sums: &mut Charges<'_>) -> Outcome<()> {
        book(&mut self.charges, lives, |life| life.charge(), sums)?;
        if lives.iter().any(|life| life.refund().is_some()) {
            book(&mut self.refunds, lives, |life| life.refund(), sums)?;
        }
        Ok(())
    }

    /// What is left, to be written piece by piece.
    pub(super) fn rest(self) -> Vec<Life<'a>> {
        self.waiting
    }
}

/// Writes into the ledger what `of` says of each.
fn book(
    into: &mut Often<'_>,
    lives: &[Life<'_>],
    of: fn(&Life<'_>) -> Option<(u32, i64)>,
    sums: &mut Charges<'_>,
) -> Outcome<()> {
    let mut given = Vec::with_capacity(TOGETHER * 4);
    let mut due = 0;
    for life in lives {
        match of(life) {
            Some((carrier, micros)) => {
                let (received_ns, id) = (life.sms.received_ns, life.id.as_str());
                given.extend([carrier.into(), received_ns.into(), id.into(), micros.into()]);
                sums.add(carrier, micros)?;
                due += 1;
            }
            // Who is not charged has no place among those who are.
            None => given.extend([const { Param::Null }; 4]),
        }
    }
    if into.change(&given)? != due {
        sums.doubt();
    }
    Ok(())
}

/// Is it charged when it has ended so, or not yet, and was taken, or was not? As `charge` in
/// `charges.rs` asks of a row.
fn is_due(charge_on: Option<&str>, state: Option<State>, is_taken: bool) -> bool {
    match charge_on {
        Some("accepted") => true,
        Some("answered") => matches!(state, Some(State::Delivered | State::Accepted)),
        Some("submitted") => is_taken || matches!(state, Some(State::Delivered | State::Accepted)),
        Some(_) | None => state == Some(State::Delivered),
    }
}

fn proto(via: Via) -> Option<&'static str> {
    match via {
        Via::Nothing => None,
        Via::Sip(_) => Some("sip"),
        Via::Smpp(_) => Some("smpp"),
    }
}

fn peer(via: Option<Via>) -> Option<SocketAddr> {
    match via? {
        Via::Nothing => None,
        Via::Sip(peer) | Via::Smpp(peer) => Some(peer),
    }
}

/// How many are written together.
pub(super) const TOGETHER: usize = 32;

/// How many columns say all of it.
const COLUMNS: usize = ACCEPTED + HAPPENED;
const ACCEPTED: usize = 39;
pub(super) const HAPPENED: usize = 16;

static ROWS: LazyLock<String> = LazyLock::new(|| {
    let row = format!("({})", ["?"; COLUMNS].join(", "));
    let rows = vec![row; TOGETHER].join(", ");
    let then = THEN.concat().join(", ");
    format!("INSERT INTO cdr ({NAMES}, {then}) VALUES {rows} ON CONFLICT (id) DO NOTHING")
});

const NAMES: &str = "
    id, node, shard, environment, generation, received_ns, accepted_ns, proto, carrier,
    account_from, local, peer, link, sequence, call_id, source, source_ton, source_npi,
    destination, destination_ton, destination_npi, number, data_coding, chars, octets, hops,
    trace, account_to, policy, connection, tariff, tariff_version, tariff_since_ns, prefix,
    price_micros, units, charge_micros, charge_on, refund_on";

/// The columns of what happened, by kind of record: try, name, end, receipt. The first of each is
/// never nothing.
pub(super) const THEN: [&[&str]; KINDS] = [
    &["attempt", "attempt_ns", "attempt_proto", "attempt_peer", "cost_tariff", "cost_micros"],
    &["taken_ns", "peer_id"],
    &["final_ns", "state", "code", "attempts", "final_proto", "final_peer", "doubled"],
    &["receipt_ns"],
];
pub(super) const KINDS: usize = 4;

static CHARGES: LazyLock<String> = LazyLock::new(|| entries("charge"));
static REFUNDS: LazyLock<String> = LazyLock::new(|| entries("refund"));

/// Those without a carrier are none: nobody owes for them.
fn entries(kind: &str) -> String {
    let rows = vec!["(?, ?, ?, ?)"; TOGETHER].join(", ");
    format!(
        "INSERT INTO ledger (carrier, received_ns, message_id, leg, kind, amount_micros)
         SELECT column1, column2, column3, 'customer', '{kind}', column4
         FROM (VALUES {rows}) WHERE column1 IS NOT NULL ON CONFLICT DO NOTHING"
    )
}
