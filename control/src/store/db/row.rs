//! A row of an answer, whoever gave it.

use super::value::{Cell, Read};
use crate::fault::{Fault, Outcome};

/// A row.
pub enum Row<'a> {
    /// Of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// Of PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

/// What names a column: its place or its name.
pub trait Column:
    rusqlite::RowIndex + tokio_postgres::row::RowIndex + Copy + std::fmt::Display
{
}

impl Column for usize {}
impl Column for &str {}

impl Row<'_> {
    /// What stands in a column.
    pub fn get<C: Column, T: Read>(&self, column: C) -> Outcome<T> {
        let cell = match self {
            Self::Sqlite(row) => super::sqlite::cell(row, column)?,
            Self::Postgres(row) => row.try_get::<_, Cell<'_>>(column)?,
        };
        T::read(cell).ok_or_else(|| {
            Fault::failed(format!("the store holds {cell:?} in column {column}, which cannot be"))
        })
    }
}
