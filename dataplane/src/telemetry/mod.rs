//! What the operator reads: lines on stderr, at a bearable rate, and never at the cost of traffic.

mod log;
mod notes;
mod pipe;

pub use log::{Format, Log, is_choice};
pub use notes::Notes;
pub use pipe::Pipe;
