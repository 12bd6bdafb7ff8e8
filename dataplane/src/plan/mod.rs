//! Plans: found in the directory where control publishes, checked whole, unsealed, handed out.
//!
//! `plan/current` names the newest snapshot. A thread watches it; a node that starts and finds
//! nothing good there takes the newest good file instead.

mod credits;
mod load;
mod seal;
mod taps;
mod watch;

pub use credits::paid;
pub use load::{PlanError, load, newest};
pub use seal::{Seal, SealError};
pub use watch::{News, watch};

#[cfg(test)]
mod tests;
