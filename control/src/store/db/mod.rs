//! The database beneath the store: SQLite in a file, or PostgreSQL that several controls share.
//!
//! Both are asked in one dialect, so there is one schema and one text of each statement: places
//! for values are `?1`, `?2`; integers have 64 bits; an `ON CONFLICT` names its columns. A
//! statement holds integers, texts and nothing else.

mod handle;
mod place;
mod postgres;
mod row;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
mod value;

pub use handle::{Db, Often};
pub use place::{Place, Server};
pub use row::{Column, Row};
pub(crate) use value::given;
pub use value::{Cell, Param, Read};
