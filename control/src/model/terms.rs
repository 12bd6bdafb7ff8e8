//! When a policy counts and how it chooses among its ways.
//!
//! In the store and towards operators these settings stand beside the policy's other fields; one
//! that is left out, or is `null` in a request, has its default.

use routing::Order;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::route::{Instant, Screen, Window};
use super::word::Word;

/// What a policy has beyond a pattern, a priority and ways.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default)]
pub struct Terms {
    /// The pattern, where the name is another one; empty where the name is the pattern.
    pub pattern: String,
    /// In which order its ways are tried.
    pub order: Word<Order>,
    /// A pattern of calling addresses; none takes every sender.
    pub source: Option<String>,
    /// A pattern of called domains.
    pub domain: Option<String>,
    /// From when it counts.
    pub valid_from: Option<Instant>,
    /// Until before when it counts.
    pub valid_until: Option<Instant>,
    /// The times of the week in which it counts, UTC; none means at any time.
    pub windows: Vec<Window>,
    /// The lists its callers and called numbers must pass.
    pub screens: Vec<Screen>,
    /// May an Sms go over a connection that costs more than its sender pays?
    pub below_cost: bool,
    /// It only counts what it would have taken.
    pub shadow: bool,
}
