//! Reads the records of a folio, in their order.

use std::fmt;

use routing::{Refund, State};

use super::columns::{COLUMNS, VERSION, Value, columns};
use crate::cdr::Names;
use crate::fault::{Fault, Outcome};
use crate::model::Kind;
use crate::money;
use crate::numbering::Numbering;
use crate::store::{CHARGED, Db, GIVEN_BACK, Row, given};

/// A closed record and what is summed of it.
pub struct Record {
    /// Its cells, as [`COLUMNS`] names them.
    pub values: Vec<Value>,
    /// When it came in, Unix nanoseconds.
    pub received_ns: i64,
    /// When it became final.
    pub final_ns: i64,
    /// Its id.
    pub id: String,
    /// What the ledger has for it.
    pub booked: Booked,
    /// What it costs as it ended.
    pub due: Booked,
    /// What it is summed by.
    pub facts: Facts,
}

/// Two entries of the ledger, in millionths; `None` is no entry.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Booked {
    /// What was charged.
    pub charge: Option<i64>,
    /// What of it was given back: less than nothing.
    pub refund: Option<i64>,
}

impl fmt::Display for Booked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.charge {
            Some(micros) => f.write_str(&money::amount(micros))?,
            None => f.write_str("nothing")?,
        }
        let Some(micros) = self.refund else { return Ok(()) };
        write!(f, " and {}", money::amount(micros))
    }
}

/// What records are summed by, in numbers of the store.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Facts {
    /// Who sent it; 0 for nobody who pays.
    pub carrier: u32,
    /// Its tariff; 0 for none.
    pub tariff: u32,
    /// The tariff's version.
    pub version: u32,
    /// When the price list began that gave the price, Unix nanoseconds; 0 has no beginning.
    pub since_ns: i64,
    /// The prefix that gave the price.
    pub prefix: String,
    /// The price of a unit.
    pub price_micros: i64,
    /// Was it refused?
    pub refused: bool,
    /// How it ended, in SMPP's numbers; 0 if it was refused.
    pub state: u8,
    /// Units of it; how many there are in all stands in the sum.
    pub units: i64,
    /// The generation that rated it.
    pub generation: u64,
}

/// Looks at each record of a folio, by the time it came in and its id.
pub fn records(db: &Db, folio: u64, mut look: impl FnMut(Record) -> Outcome<()>) -> Outcome<()> {
    let mut reading = Reading::of(db, folio)?;
    let sql = select("WHERE c.folio = ?1 ORDER BY c.received_ns, c.id");
    db.each(&sql, given![folio], |row| look(reading.read(row)?))
}

/// One record, wherever it stands.
pub(super) fn one(db: &Db, id: &str) -> Outcome<Option<Record>> {
    let sql = "SELECT folio FROM cdr WHERE id = ?1";
    let folio: Option<Option<u64>> = db.one(sql, given![id], |row| row.get(0))?;
    let Some(folio) = folio.flatten() else { return Ok(None) };
    let mut reading = Reading::of(db, folio)?;
    db.one(&select("WHERE c.id = ?1"), given![id], |row| reading.read(row))
}

fn select(which: &str) -> String {
    format!(
        "SELECT c.id, c.node, c.shard, c.environment, c.trace, c.carrier,
    c.account_from, c.proto, c.local, c.peer, c.received_ns, c.accepted_ns, c.source_ton,
    c.source_npi, c.source, c.destination_ton, c.destination_npi, c.destination, c.number,
    c.policy, c.generation, c.connection, c.account_to, c.attempt_ns, c.attempt_proto,
    c.attempt_peer, c.final_proto, c.final_peer, c.peer_id, c.attempt, c.attempts, c.doubled,
    c.moves, c.data_coding, c.chars, c.octets, c.refusal, c.code, c.state, c.final_ns, c.tariff,
    c.tariff_version, c.prefix, c.units, c.price_micros, c.charge_micros, c.charge_on,
    c.refund_on, c.taken_ns, c.cost_tariff, c.cost_micros, l.amount_micros, {GIVEN_BACK},
    coalesce(c.tariff_since_ns, 0)
    FROM cdr AS c {CHARGED} {which}"
    )
}

/// Reads cells one after the other.
struct Cells<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl Cells<'_> {
    fn take<T: crate::store::Read>(&mut self) -> Outcome<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    fn text(&mut self) -> Outcome<Value> {
        Ok(self.take::<Option<String>>()?.map_or(Value::Nothing, Value::Text))
    }

    fn integer(&mut self) -> Outcome<Value> {
        Ok(integer(self.take()?))
    }

    fn time(&mut self) -> Outcome<Value> {
        Ok(self.take::<Option<i64>>()?.map_or(Value::Nothing, Value::Time))
    }

    fn name(&mut self, kind: Kind, names: &mut Names<'_>) -> Outcome<Value> {
        let id: Option<u32> = self.take()?;
        Ok(match id {
            Some(id) => Value::Text(names.name(kind, id)?),
            None => Value::Nothing,
        })
    }
}

fn integer(number: Option<i64>) -> Value {
    number.map_or(Value::Nothing, Value::Integer)
}

fn amount(micros: Option<i64>) -> Value {
    micros.map_or(Value::Nothing, Value::Money)
}

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// What records of a folio are read by.
struct Reading<'a> {
    names: Names<'a>,
    /// The version of its columns.
    version: u8,
    /// The plan that says where numbers belong.
    plan: Numbering,
}

impl<'a> Reading<'a> {
    fn of(db: &'a Db, folio: u64) -> Outcome<Self> {
        let sql = "SELECT f.version, n.body FROM folio AS f
             LEFT JOIN numbering AS n ON n.number = f.numbering WHERE f.number = ?1";
        let found: Option<(u8, Option<String>)> =
            db.one(sql, given![folio], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (version, body) = found.unwrap_or((VERSION, None));
        let plan = Numbering::read_kept(body.as_deref())?;
        Ok(Self { names: Names::new(db), version, plan })
    }

    fn read(&mut self, row: &Row<'_>) -> Outcome<Record> {
        let Self { names, version, plan } = self;
        let cells = &mut Cells { row, next: 0 };
        let id: String = cells.take()?;
        let (node, shard) = (cells.text()?, cells.integer()?);
        let env = cells.name(Kind::Environment, names)?;
        let trace = cells.text()?;
        let carrier: Option<u32> = cells.take()?;
        let customer = match carrier {
            Some(carrier) => Value::Text(names.name(Kind::Carrier, carrier)?),
            None => Value::Nothing,
        };
        let in_account = cells.name(Kind::Account, names)?;
        let came_by = [cells.text()?, cells.text()?, cells.text()?];
        let received_ns = begun(cells.take()?)?;
        let accept_time = cells.time()?;
        let source = [cells.integer()?, cells.integer()?, cells.text()?];
        let called = [cells.integer()?, cells.integer()?, cells.text()?, cells.text()?];
        let belongs = belongs(plan, &called[3]);
        let route = cells.name(Kind::Policy, names)?;
        let generation: Option<u64> = cells.take()?;
        let out = out(cells, names)?;
        let content = [cells.integer()?, cells.integer()?, cells.integer()?];
        let end = end(cells)?;
        let sold = sold(cells, names, &end, generation.unwrap_or(u64::MAX))?;
        let bought = bought(cells, names, sold.is_taken, generation.unwrap_or(u64::MAX))?;
        let booked = Booked { charge: cells.take()?, refund: cells.take()? };
        let since_ns: i64 = cells.take()?;
        let accepted = end.refusal.is_none();
        let out_of_house = out.connection != Value::Nothing;
        let decision = decision(accepted, out_of_house);
        let msg_id = if accepted { words(&id) } else { Value::Nothing };
        let mut values = Vec::with_capacity(COLUMNS.len());
        values.extend([words(&id), integer(Some((*version).into())), words("final")]);
        values.extend([node, shard, env]);
        values.extend([msg_id, trace, customer, in_account]);
        values.extend(came_by);
        values.extend([Value::Time(received_ns), accept_time]);
        values.extend(source);
        values.extend(called);
        values.extend(belongs);
        values.extend([words(decision), route, integer(generation.map(|one| one as i64))]);
        values.extend(out.values);
        // Each segment is an Sms of its own: part_no and concat_ref stand in its header alone.
        values.extend([Value::Integer(i64::from(accepted)), Value::Nothing, Value::Nothing]);
        let [data_coding, chars, octets] = content;
        values.extend([data_coding, Value::Nothing, chars, octets]);
        values.extend(end.values);
        let margin = margin(&sold, &bought, sold.is_taken && out_of_house);
        values.extend(sold.values);
        values.extend(bought);
        values.push(margin);
        values.push(sold.refund);
        debug_assert_eq!(values.len(), COLUMNS.len(), "a cell for each column");
        values.truncate(columns(*version).len());
        let facts = Facts {
            carrier: carrier.unwrap_or_default(),
            since_ns,
            refused: !accepted,
            state: end.state.map_or(0, |state| state as u8),
            generation: generation.unwrap_or_default(),
            ..sold.facts
        };
        Ok(Record { values, received_ns, final_ns: end.final_ns, id, booked, due: sold.due, facts })
    }
}

/// When it came in.
fn begun(received_ns: Option<i64>) -> Outcome<i64> {
    received_ns.ok_or_else(|| Fault::failed("a record without its beginning"))
}

/// What was decided of it.
fn decision(accepted: bool, out_of_house: bool) -> &'static str {
    match (accepted, out_of_house) {
        (false, _) => "reject",
        (true, false) => "local",
        (true, true) => "vendor",
    }
}

/// Where a called number belongs: mcc, mnc, country and network, as far as the plan says it.
fn belongs(plan: &Numbering, number: &Value) -> [Value; 4] {
    let Value::Text(number) = number else { return [const { Value::Nothing }; 4] };
    let Some(one) = plan.find(number) else { return [const { Value::Nothing }; 4] };
    let said = |text: &str| if text.is_empty() { Value::Nothing } else { words(text) };
    [&one.mcc, &one.mnc, &one.country, &one.network].map(|text| said(text))
}

/// Which way it took.
struct Out {
    connection: Value,
    values: [Value; 8],
}

fn out(cells: &mut Cells<'_>, names: &mut Names<'_>) -> Outcome<Out> {
    let connection = cells.name(Kind::Connection, names)?;
    let account = cells.name(Kind::Account, names)?;
    let out_time = cells.time()?;
    let tried = [cells.text()?, cells.text()?];
    let last = [cells.text()?, cells.text()?];
    let [proto, peer] = if last[0] == Value::Nothing { tried } else { last };
    let peer_id = cells.text()?;
    let (attempt, attempts): (Option<i64>, Option<i64>) = (cells.take()?, cells.take()?);
    let tries = attempt.unwrap_or_default().max(attempts.unwrap_or_default());
    let doubled = cells.take::<Option<bool>>()?.unwrap_or_default();
    let moves: i64 = cells.take::<Option<i64>>()?.unwrap_or_default();
    let to = if connection == Value::Nothing { account } else { connection.clone() };
    let values = [
        to,
        proto,
        peer,
        peer_id,
        out_time,
        Value::Integer(tries),
        Value::Flag(doubled),
        Value::Integer(moves),
    ];
    Ok(Out { connection, values })
}

/// How it ended.
struct End {
    refusal: Option<u8>,
    state: Option<State>,
    final_ns: i64,
    values: [Value; 4],
}

fn end(cells: &mut Cells<'_>) -> Outcome<End> {
    let refusal: Option<u8> = cells.take()?;
    let code: Option<i64> = cells.take()?;
    let state = cells.take::<Option<u8>>()?.and_then(State::from_number);
    let ended: Option<i64> = cells.take()?;
    let final_ns = ended.ok_or_else(|| Fault::failed("a record without its end"))?;
    let word = match (refusal, state) {
        (Some(_), _) => State::Rejected.word(),
        (None, Some(state)) => state.word(),
        (None, None) => State::Accepted.word(),
    };
    let delivered = state == Some(State::Delivered);
    let (submit, error) = match refusal {
        Some(_) => (code.unwrap_or_default(), 0),
        None => (0, code.filter(|_| !delivered).unwrap_or_default()),
    };
    let values =
        [Value::Integer(submit), words(word), Value::Integer(error), Value::Time(final_ns)];
    Ok(End { refusal, state, final_ns, values })
}

/// What its sender pays.
struct Sold {
    due: Booked,
    /// A next hop took it, or an app has it.
    is_taken: bool,
    facts: Facts,
    values: [Value; 7],
    /// What of it was given back.
    refund: Value,
}

fn sold(cells: &mut Cells<'_>, names: &mut Names<'_>, end: &End, generation: u64) -> Outcome<Sold> {
    let tariff: Option<u32> = cells.take()?;
    let (name, currency) = match tariff {
        Some(id) => (Value::Text(names.name(Kind::Tariff, id)?), names.currency(id, generation)?),
        None => (Value::Nothing, None),
    };
    let version: Option<u32> = cells.take()?;
    let prefix: Option<String> = cells.take()?;
    let units: Option<i64> = cells.take()?;
    let price: Option<i64> = cells.take()?;
    let charge: Option<i64> = cells.take()?;
    let charge_on: Option<String> = cells.take()?;
    let refund = Refund::from_number(cells.take::<Option<u8>>()?.unwrap_or_default());
    let taken: Option<i64> = cells.take()?;
    let delivered = end.state == Some(State::Delivered);
    let is_taken = delivered || end.state == Some(State::Accepted) || taken.is_some();
    let is_due = match charge_on.as_deref() {
        Some("delivered") => delivered,
        Some("answered") => delivered || end.state == Some(State::Accepted),
        Some("submitted") => is_taken,
        Some(_) => true,
        None => false,
    };
    let priced = tariff.is_some();
    let charge = charge.filter(|_| is_due && priced);
    let is_back = end.state.is_some_and(|state| refund.is_after(state));
    let due = Booked { charge, refund: charge.filter(|_| is_back).map(|micros| -micros) };
    let facts = Facts {
        tariff: tariff.unwrap_or_default(),
        version: version.unwrap_or_default(),
        prefix: prefix.clone().unwrap_or_default(),
        price_micros: price.filter(|_| priced).unwrap_or_default(),
        units: units.unwrap_or_default(),
        ..Facts::default()
    };
    let values = [
        name,
        integer(version.map(i64::from)),
        prefix.map_or(Value::Nothing, Value::Text),
        integer(units),
        amount(price.filter(|_| priced)),
        currency.map_or(Value::Nothing, Value::Text),
        amount(priced.then_some(charge.unwrap_or_default())),
    ];
    let refund = amount(due.refund.map(|micros| -micros));
    Ok(Sold { due, is_taken, facts, values, refund })
}

/// What it is charged and not given back, less what it costs us: nothing, where nobody pays, or
/// where that is another currency or not known.
fn margin(sold: &Sold, [_, currency, paid]: &[Value; 3], has_vendor: bool) -> Value {
    let [.., sold_in, charged] = &sold.values;
    let Value::Money(charged) = charged else { return Value::Nothing };
    let charged = &(charged + sold.due.refund.unwrap_or_default());
    match paid {
        Value::Money(paid) if currency == sold_in => {
            charged.checked_sub(*paid).map_or(Value::Nothing, Value::Money)
        }
        _ if has_vendor => Value::Nothing,
        _ => Value::Money(*charged),
    }
}

/// What it costs us: nothing, if the next hop did not take it. The currency is that of the tariff
/// when the Sms was rated, or of a tariff that is younger than that as it is now.
fn bought(
    cells: &mut Cells<'_>,
    names: &mut Names<'_>,
    is_taken: bool,
    generation: u64,
) -> Outcome<[Value; 3]> {
    let tariff: Option<u32> = cells.take()?;
    let cost: Option<i64> = cells.take()?;
    let Some(tariff) = tariff else {
        return Ok([Value::Nothing, Value::Nothing, Value::Nothing]);
    };
    let currency = match names.currency(tariff, generation)? {
        Some(currency) => Some(currency),
        None => names.currency(tariff, u64::MAX)?,
    };
    let paid = cost.filter(|_| is_taken).unwrap_or_default();
    Ok([amount(cost), currency.map_or(Value::Nothing, Value::Text), Value::Money(paid)])
}
