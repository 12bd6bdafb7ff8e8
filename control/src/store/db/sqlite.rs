//! SQLite: a file, one writer.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql, params_from_iter};

use super::row::Row;
use super::value::{Cell, Param};
use crate::fault::{Fault, Outcome};

/// Opens the file to write, and makes it if it is missing.
pub(super) fn open(path: &Path) -> Outcome<Connection> {
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", CACHE_KIB)?;
    // What a statement of many rows would need to be taken back: a file of it is written at a
    // sixth of a harvest's time, and never read.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(db)
}

/// Opens the file for long questions that must not hold up the writer.
pub(super) fn reader(path: &Path) -> Outcome<Connection> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(PATIENCE)?;
    Ok(db)
}

/// Changes something; says how many rows.
pub(super) fn change(db: &Connection, sql: &str, given: &[Param<'_>]) -> Outcome<u64> {
    Ok(db.prepare_cached(sql)?.execute(params_from_iter(given))? as u64)
}

/// A statement that changes many rows, one after the other.
pub(super) fn often<'a>(db: &'a Connection, sql: &str) -> Outcome<CachedStatement<'a>> {
    Ok(db.prepare_cached(sql)?)
}

/// Changes one of them.
pub(super) fn again(statement: &mut CachedStatement<'_>, given: &[Param<'_>]) -> Outcome<u64> {
    Ok(statement.execute(params_from_iter(given))? as u64)
}

/// Looks at every row of an answer.
pub(super) fn each(
    db: &Connection,
    sql: &str,
    given: &[Param<'_>],
    look: &mut dyn FnMut(&Row<'_>) -> Outcome<()>,
) -> Outcome<()> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(given))?;
    while let Some(row) = rows.next()? {
        look(&Row::Sqlite(row))?;
    }
    Ok(())
}

/// What stands in a column.
pub(super) fn cell<'a>(
    row: &'a rusqlite::Row<'_>,
    column: impl rusqlite::RowIndex,
) -> Outcome<Cell<'a>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => {
            Cell::Text(std::str::from_utf8(text).map_err(|error| Fault::failed(error.to_string()))?)
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => {
            return Err(Fault::failed("the store holds neither a text nor an integer"));
        }
    })
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// How long a statement waits for somebody else, such as a backup.
const PATIENCE: Duration = Duration::from_secs(5);

/// As SQLite wants it said: less than nothing is kibioctets. The pages that a batch of records
/// changes, of all indexes, with room.
const CACHE_KIB: i64 = -65_536;

/// Pages after which what was written is brought to its place: 32 MiB, some batches together, since
/// the last pages of each index are written by all of them.
const CHECKPOINT_PAGES: u32 = 8192;

const STATEMENTS_MAX: usize = 64;
