//! Finds the records of a number.
//!
//! What is closed stands under its numbers folio by folio (`folio_number`): written in order
//! when a folio is gathered, so no harvest waits for a random page, and read from the newest
//! folio on, some microseconds for each. What is not closed yet is looked through: an hour's.

use crate::fault::{Code, Fault, Outcome};
use crate::model::Instant;
use crate::store::{Db, given};

/// Whose records.
pub(super) struct Wanted<'a> {
    /// The number, or the name of a sender.
    pub(super) number: &'a str,
    /// Received at or after, and before, Unix nanoseconds.
    pub(super) span: (i64, i64),
}

/// Any time.
pub(super) const ALWAYS: (i64, i64) = (0, i64::MAX);

/// How many ids one statement names.
pub(super) const AT_ONCE: usize = 256;

/// The instants of a question.
pub(super) fn span(from: Option<&str>, to: Option<&str>) -> Outcome<(i64, i64)> {
    let instant = |text: Option<&str>, other: i64| -> Outcome<i64> {
        let Some(text) = text else { return Ok(other) };
        let day = format!("{text}T00:00:00Z");
        let said = text.parse::<Instant>().or_else(|_| day.parse::<Instant>());
        let at = said.map_err(|what| Fault::new(Code::Usage, what))?;
        Ok(i64::try_from(at.0).unwrap_or(i64::MAX))
    };
    Ok((instant(from, ALWAYS.0)?, instant(to, ALWAYS.1)?))
}

/// The ids of a number's newest records, the newest first.
pub(super) fn ids(db: &Db, wanted: &Wanted<'_>, most: u32) -> Outcome<Vec<String>> {
    let (number, (from_ns, to_ns)) = (wanted.number, wanted.span);
    let given = given![number, from_ns, to_ns, most];
    let open = "SELECT received_ns, id FROM cdr WHERE folio IS NULL
            AND received_ns >= ?2 AND received_ns < ?3
            AND (source = ?1 OR destination = ?1 OR number = ?1)
         ORDER BY received_ns DESC, id DESC LIMIT ?4";
    let mut found: Vec<(i64, String)> =
        db.all(open, given, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let closed = "SELECT received_ns, id FROM folio_number
         WHERE folio = ?5 AND number = ?1 AND received_ns >= ?2 AND received_ns < ?3
         ORDER BY received_ns DESC, id DESC LIMIT ?4";
    for (number_of, first, last) in spans(db)? {
        if last < from_ns || first >= to_ns {
            continue;
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.truncate(most as usize);
        // Folios come by their last record, so nothing newer can follow.
        let enough = found.len() == most as usize;
        if enough && found.last().is_some_and(|(oldest, _)| *oldest > last) {
            break;
        }
        let given = given![number, from_ns, to_ns, most, number_of];
        found.extend(db.all(closed, given, |row| Ok((row.get(0)?, row.get(1)?)))?);
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.truncate(most as usize);
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// Every folio, with the times of its first record and its last: the one with the newest first.
/// One that is being gathered may have any.
fn spans(db: &Db) -> Outcome<Vec<(u64, i64, i64)>> {
    let sql = "SELECT number, coalesce(first_ns, 0), coalesce(last_ns, ?1) FROM folio
         ORDER BY 3 DESC, 1 DESC";
    db.all(sql, given![i64::MAX], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}
