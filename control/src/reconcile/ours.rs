//! Our records, as a carrier's file is compared with them.

use routing::State;

use super::Question;
use crate::cdr::Names;
use crate::fault::{Code, Fault, Outcome};
use crate::model::Kind;
use crate::store::{CHARGED, Db, GIVEN_BACK, given};

/// One of our records.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Our {
    /// Our message id.
    pub(super) id: String,
    /// The name by which they know it.
    pub(super) name: String,
    /// The called number, in plain digits.
    pub(super) number: String,
    /// When, Unix nanoseconds.
    pub(super) at_ns: i64,
    /// How many units were charged; none, if it was not charged, or was given back.
    pub(super) units: i64,
    /// What was charged, or what it costs us.
    pub(super) micros: i64,
    /// Was it refused?
    pub(super) refused: bool,
    /// Was a try repeated of which nobody knows how it ended?
    pub(super) doubled: bool,
}

/// With whom.
pub(super) struct Whose {
    kind: Kind,
    id: u32,
    pub(super) name: String,
}

impl Whose {
    pub(super) fn of(db: &Db, question: &Question) -> Outcome<Self> {
        let (kind, name) = match (&question.carrier, &question.connection) {
            (Some(carrier), None) => (Kind::Carrier, carrier.clone()),
            (None, Some(connection)) => (Kind::Connection, connection.clone()),
            _ => {
                let what = "say either who sent to us, or by which connection we sent";
                return Err(Fault::new(Code::Usage, what).cure("--carrier, or --connection"));
            }
        };
        let mut found = Names::new(db).ids(kind, &name)?;
        let env = question.env.as_ref().filter(|env| !env.is_empty());
        found.retain(|(world, _)| env.is_none_or(|env| env == world));
        match found.as_slice() {
            [(_, id)] => Ok(Self { kind, id: *id, name }),
            [] => Err(Fault::not_found(format!("there is no {} {name}", kind.word()))),
            _ => Err(Fault::new(Code::Usage, format!("{name} exists in several environments"))
                .cure("say which: --env")),
        }
    }
}

/// The records of a period, and those within an edge around it.
pub(super) fn read(
    db: &Db,
    whose: &Whose,
    (from_ns, to_ns): (i64, i64),
    edge_ns: i64,
) -> Outcome<Vec<Our>> {
    let given = given![whose.id, from_ns.saturating_sub(edge_ns), to_ns.saturating_add(edge_ns)];
    let mut ours = Vec::new();
    if whose.kind == Kind::Carrier {
        let sql = format!(
            "SELECT c.id, c.number, c.destination, c.received_ns, c.units,
                CASE WHEN {GIVEN_BACK} IS NULL THEN l.amount_micros END,
                c.refusal IS NOT NULL, c.doubled
             FROM cdr AS c {CHARGED}
             WHERE c.carrier = ?1 AND c.received_ns >= ?2 AND c.received_ns < ?3
             ORDER BY c.received_ns, c.id"
        );
        db.each(&sql, given, |row| {
            let id: String = row.get(0)?;
            let booked: Option<i64> = row.get(5)?;
            let units: Option<i64> = row.get(4)?;
            let number: Option<String> = row.get(1)?;
            let called: Option<String> = row.get(2)?;
            let called = number.or(called).unwrap_or_default();
            ours.push(Our {
                name: id.clone(),
                id,
                number: called.trim_start_matches('+').to_owned(),
                at_ns: row.get(3)?,
                units: units.filter(|_| booked.is_some()).unwrap_or_default(),
                micros: booked.unwrap_or_default(),
                refused: row.get(6)?,
                doubled: row.get::<_, Option<bool>>(7)?.unwrap_or_default(),
            });
            Ok(())
        })?;
        return Ok(ours);
    }
    let sql = "SELECT id, peer_id, number, coalesce(attempt_ns, received_ns), cost_micros, state,
            taken_ns, doubled
         FROM cdr WHERE connection = ?1 AND received_ns >= ?2 AND received_ns < ?3
            AND refusal IS NULL
         ORDER BY received_ns, id";
    db.each(sql, given, |row| {
        let state = row.get::<_, Option<u8>>(5)?.and_then(State::from_number);
        let taken = row.get::<_, Option<i64>>(6)?.is_some()
            || matches!(state, Some(State::Delivered | State::Accepted));
        let cost: Option<i64> = row.get(4)?;
        ours.push(Our {
            id: row.get(0)?,
            name: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            number: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            at_ns: row.get(3)?,
            units: i64::from(taken),
            micros: cost.filter(|_| taken).unwrap_or_default(),
            refused: !taken,
            doubled: row.get::<_, Option<bool>>(7)?.unwrap_or_default(),
        });
        Ok(())
    })?;
    Ok(ours)
}
