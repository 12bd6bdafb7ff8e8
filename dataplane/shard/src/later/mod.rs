//! What a carrier may still say about an Sms it has submitted: query_sm, cancel_sm and
//! replace_sm (SMPP 3.4 §4.8-4.10), answered from what the shards hold.
//!
//! A question goes round the shards, beginning with the one that the id names, because the
//! number of shards may have changed since; the first that knows the Sms answers it. What is
//! meant by several (the id of a submit_multi, or no id at all) is asked of every shard.
//!
//! And what we say later by ourselves: alert_notification (§4.12).

mod alerts;
mod ask;
mod cancel;
mod finals;
mod query;
mod replace;

pub use alerts::Alert;
pub(crate) use alerts::Alerts;
pub(crate) use ask::{About, Asker, What};
pub use ask::{Ask, Told};
pub(crate) use cancel::Sweeps;
pub(crate) use finals::Finals;
pub(crate) use replace::Change;
