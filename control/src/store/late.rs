//! What happens late: under load most Sms are accepted in one batch, and tried or ended in a later
//! one. One statement says all of what came of one Sms, where its row has nothing of that yet;
//! where it has, or where there is none, each fact is written for itself.

use std::sync::LazyLock;

use routing::journal::ReceiptEnd;

use super::charges::Charges;
use super::db::Often;
use super::ingest::Happened;
use super::life::{HAPPENED, KINDS, THEN, TOGETHER, Written, happened, places};
use super::{Db, Param};
use crate::fault::Outcome;

/// What a batch tells of an Sms that it did not see accepted.
pub(super) struct Late<'a> {
    pub(super) id: String,
    pub(super) happened: &'a Happened,
}

/// Writes them.
pub(super) struct Lates<'a> {
    db: &'a Db,
    /// A statement for each set of kinds of records.
    rows: [Option<Often<'a>>; SETS],
    /// What may be due now.
    due: Vec<String>,
    written: Written,
}

impl Late<'_> {
    /// Which kinds of records came, as bits in the order of [`THEN`]; nothing where a row that
    /// tells nothing of them is not enough to know: a second try overwrites the first, and a move
    /// may have been overtaken by another.
    fn set(&self) -> Option<usize> {
        let Happened { sms, moved, attempt, taken, ending, ack } = self.happened;
        let told = ack.as_ref().is_some_and(|ack| ack.end == ReceiptEnd::Taken);
        let kinds = [attempt.is_some(), taken.is_some(), ending.is_some(), told];
        let set = (0..KINDS).filter(|kind| kinds[*kind]).map(|kind| 1 << kind).sum();
        let is_first = attempt.is_none_or(|attempt| attempt.attempt == 1);
        (sms.is_none() && moved.is_none() && is_first && set > 0).then_some(set)
    }

    /// May something be due now that was not when it was accepted?
    fn may_be_due(&self) -> bool {
        self.happened.taken.is_some() || self.happened.ending.is_some()
    }
}

impl<'a> Lates<'a> {
    /// Gets ready; a server takes many statements in one journey, and gains nothing by this.
    pub(super) fn begin(db: &'a Db) -> Option<Self> {
        let rows = [const { None }; SETS];
        (!db.is_shared()).then(|| Self { db, rows, due: Vec::new(), written: Written::default() })
    }

    /// Writes one if it is all new; says if so.
    pub(super) fn add(&mut self, late: &Late<'_>, sums: &mut Charges<'_>) -> Outcome<bool> {
        let Some(set) = late.set() else { return Ok(false) };
        if self.rows[set].is_none() {
            self.rows[set] = self.db.often(&ROWS[set])?;
        }
        let Some(row) = &mut self.rows[set] else { return Ok(false) };
        let ends = places(late.happened);
        self.written.note(ends);
        let mut given = Vec::with_capacity(1 + HAPPENED);
        let mut values = happened(late.happened, self.written.of(ends)).into_iter();
        for (kind, names) in THEN.iter().enumerate() {
            let of = values.by_ref().take(names.len());
            if set & 1 << kind != 0 { given.extend(of) } else { of.for_each(drop) }
        }
        given.push(Param::from(&late.id));
        if row.change(&given)? != 1 {
            return Ok(false);
        }
        if late.may_be_due() {
            self.due.push(late.id.clone());
        }
        if self.due.len() == TOGETHER {
            sums.charge_late(&self.due)?;
            self.due.clear();
        }
        Ok(true)
    }

    /// Charges what is left.
    pub(super) fn end(self, sums: &mut Charges<'_>) -> Outcome<()> {
        self.due.iter().try_for_each(|id| sums.charge(id))
    }
}

const SETS: usize = 1 << KINDS;

/// Changes a row that says nothing yet of any record that comes now. It says something of one
/// where the first column of that kind is not nothing.
static ROWS: LazyLock<[String; SETS]> = LazyLock::new(|| {
    std::array::from_fn(|set| {
        let kinds = || THEN.iter().enumerate().filter(|(kind, _)| set & 1 << kind != 0);
        let names = kinds().flat_map(|(_, names)| *names).copied().collect::<Vec<_>>();
        let is_new: String =
            kinds().map(|(_, names)| format!(" AND {} IS NULL", names[0])).collect();
        let places = vec!["?"; names.len()].join(", ");
        format!(
            "UPDATE cdr SET ({}) = ({places}) WHERE id = ? AND folio IS NULL{is_new}",
            names.join(", ")
        )
    })
});
