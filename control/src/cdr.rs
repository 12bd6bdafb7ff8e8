//! Call detail records: one for each Sms that was accepted, one for each that was refused.

mod find;
mod names;
mod row;

pub use names::Names;
pub use row::{Filter, list, page};
