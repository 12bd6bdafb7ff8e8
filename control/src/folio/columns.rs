//! The columns of a closed record: one table for all files, for the docs and for proofs.

use crate::clock::rfc3339;
use crate::money;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What stands in it.
    pub sort: Sort,
    /// Whose business it is.
    pub of: Of,
    /// Is it a number of a person, or the name of an account, which mostly is one? Files may hide
    /// those.
    pub personal: bool,
    /// Do its values repeat, so that a dictionary of them is worth its room?
    pub repeats: bool,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sort {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// An instant, to the nanosecond, UTC.
    Time,
    /// An amount, in millionths.
    Money,
    /// Yes or no.
    Flag,
}

/// Whose business a column is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Of {
    /// The sender's as well: it stands in a proof.
    All,
    /// Ours alone: whom we gave it to, and what that cost.
    Us,
}

/// What stands in a cell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// Nothing is known, or there is nothing.
    Nothing,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An instant, Unix nanoseconds.
    Time(i64),
    /// An amount, in millionths.
    Money(i64),
    /// Yes or no.
    Flag(bool),
}

/// The columns of the latest version, in their order; another table is another version. A record
/// is told of in the version of its folio ever after.
pub const COLUMNS: &[Column] = &[
    each("record_id", Sort::Text, Of::All),
    few("version", Sort::Integer, Of::All),
    few("record_type", Sort::Text, Of::All),
    few("node", Sort::Text, Of::All),
    few("shard", Sort::Integer, Of::All),
    few("env", Sort::Text, Of::All),
    each("msg_id", Sort::Text, Of::All),
    each("trace", Sort::Text, Of::All),
    few("customer", Sort::Text, Of::All),
    personal("in_account", Of::All),
    few("in_proto", Sort::Text, Of::All),
    few("in_local", Sort::Text, Of::All),
    few("in_peer", Sort::Text, Of::All),
    each("in_time", Sort::Time, Of::All),
    each("accept_time", Sort::Time, Of::All),
    few("src_ton", Sort::Integer, Of::All),
    few("src_npi", Sort::Integer, Of::All),
    personal("src", Of::All),
    few("dst_ton", Sort::Integer, Of::All),
    few("dst_npi", Sort::Integer, Of::All),
    personal("dst", Of::All),
    personal("e164", Of::All),
    few("mcc", Sort::Text, Of::All),
    few("mnc", Sort::Text, Of::All),
    few("country", Sort::Text, Of::All),
    few("network", Sort::Text, Of::All),
    few("decision", Sort::Text, Of::Us),
    few("route_id", Sort::Text, Of::Us),
    few("route_rev", Sort::Integer, Of::Us),
    personal("out_account", Of::Us),
    few("out_proto", Sort::Text, Of::Us),
    few("out_peer", Sort::Text, Of::Us),
    each("out_msg_id", Sort::Text, Of::Us),
    each("out_time", Sort::Time, Of::Us),
    few("attempts", Sort::Integer, Of::Us),
    few("possible_duplicate", Sort::Flag, Of::Us),
    few("reroutes", Sort::Integer, Of::Us),
    few("parts", Sort::Integer, Of::All),
    few("part_no", Sort::Integer, Of::All),
    few("concat_ref", Sort::Integer, Of::All),
    few("data_coding", Sort::Integer, Of::All),
    few("esm_class", Sort::Integer, Of::All),
    few("chars", Sort::Integer, Of::All),
    few("length", Sort::Integer, Of::All),
    few("submit_status", Sort::Integer, Of::All),
    few("dlr_state", Sort::Text, Of::All),
    few("dlr_err", Sort::Integer, Of::All),
    each("dlr_time", Sort::Time, Of::All),
    few("tariff", Sort::Text, Of::All),
    few("tariff_rev", Sort::Integer, Of::All),
    few("prefix", Sort::Text, Of::All),
    few("units", Sort::Integer, Of::All),
    few("sell_rate", Sort::Money, Of::All),
    few("sell_currency", Sort::Text, Of::All),
    few("sell_amount", Sort::Money, Of::All),
    few("buy_rate", Sort::Money, Of::Us),
    few("buy_currency", Sort::Text, Of::Us),
    few("buy_amount", Sort::Money, Of::Us),
    few("margin", Sort::Money, Of::Us),
    few("refund_amount", Sort::Money, Of::All),
];

/// The columns of a version.
pub(super) fn columns(version: u8) -> &'static [Column] {
    match version {
        1 => &COLUMNS[..COLUMNS.len() - 1],
        _ => COLUMNS,
    }
}

/// The version of the table, as `version` says it.
pub(crate) const VERSION: u8 = 2;

const fn few(name: &'static str, sort: Sort, of: Of) -> Column {
    Column { name, sort, of, personal: false, repeats: true }
}

const fn each(name: &'static str, sort: Sort, of: Of) -> Column {
    Column { name, sort, of, personal: false, repeats: false }
}

const fn personal(name: &'static str, of: Of) -> Column {
    Column { name, sort: Sort::Text, of, personal: true, repeats: false }
}

impl Value {
    /// As files of text write it; `None` for nothing.
    pub(super) fn written(&self) -> Option<String> {
        Some(match self {
            Self::Nothing => return None,
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Time(ns) => rfc3339(ns.unsigned_abs(), 9),
            Self::Money(micros) => money::price(*micros),
            Self::Flag(yes) => yes.to_string(),
        })
    }
}
