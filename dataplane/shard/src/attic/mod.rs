//! Sms that wait for apps that stay away, kept in a file and not in memory.
//!
//! The journal is the only truth: what stands in the attic stands there too, so the file is
//! never synced and is made anew at every start, as swap is. In memory stay a row for each
//! ([`rows`]) and its id in the inbox of its account.
//!
//! ```text
//!              two seconds in an inbox,             written, and
//!              nobody reachable                     still the same
//!   in flights ────────────────────────▶ Stow sent ───────────────▶ a row
//!       ▲                                                             │ REGISTER, end of its
//!       └──────────────── Fetched ◀──────── Fetch sent ◀──────────────┘ validity, a question
//! ```
//! An account has one Sms on its way and so fetches one: a crowd that comes back is paced by
//! what it takes.

mod fetch;
mod leaf;
mod room;
mod rows;
mod stow;

pub(crate) use fetch::Errand;
pub use room::Place;
pub(crate) use stow::Attic;
