//! How answers look that are put together in more than one place.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diff::{Difference, Sort};
use crate::store::{GenerationRow, TokenRow};

/// A question without parameters, and a body without fields.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// An object: beside these its settings, which are those of its kind.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "rows are put together by `list`; this is their shape")]
pub(super) struct Object {
    /// The environment; an environment has none.
    #[schemars(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
    /// Its name.
    name: String,
    /// Its number, never given again.
    id: u32,
    /// What your draft makes of it.
    draft: Option<Sort>,
    #[schemars(flatten)]
    settings: BTreeMap<String, Value>,
}

/// What a draft would change.
#[derive(JsonSchema, Serialize)]
pub(super) struct Draft {
    /// Whose draft it is.
    pub(super) author: String,
    /// What it would change; of many changes the first 10,000.
    pub(super) changes: Vec<Difference>,
    /// How many changes there are.
    pub(super) count: usize,
    /// The generation that is live.
    pub(super) live: u64,
}

/// How many changes were forgotten.
#[derive(JsonSchema, Serialize)]
pub(super) struct Discarded {
    pub(super) discarded: usize,
}

/// The generation that stays.
#[derive(JsonSchema, Serialize)]
pub(super) struct Confirmed {
    pub(super) confirmed: u64,
}

/// The token that is gone.
#[derive(JsonSchema, Serialize)]
pub(super) struct Removed {
    pub(super) removed: String,
}

/// Everything journaled before is in the store.
#[derive(JsonSchema, Serialize)]
pub(super) struct Harvested {
    pub(super) harvested: bool,
}

/// A token with its secret, which is told this once.
#[derive(JsonSchema, Serialize)]
pub(super) struct Made {
    pub(super) secret: String,
    pub(super) token: TokenRow,
}

/// A generation and what it changed.
#[derive(JsonSchema, Serialize)]
pub(super) struct Told {
    /// The generation before it; 0 if it was the first.
    pub(super) before: u64,
    /// What it changed.
    pub(super) differences: Vec<Difference>,
    /// Who made it, when, from where and why.
    pub(super) row: GenerationRow,
}

/// How it goes.
#[derive(JsonSchema, Serialize)]
pub(super) struct Status {
    /// Who asks.
    pub(super) author: String,
    /// What awaits a confirmation.
    pub(super) awaits: Option<Awaits>,
    /// How many changes the draft of who asks has.
    pub(super) draft_changes: u64,
    /// How many changes each author's draft has.
    pub(super) drafts: BTreeMap<String, u64>,
    /// Every environment and how many objects of each kind it has.
    pub(super) environments: Vec<World>,
    /// The generation that is live by the store.
    pub(super) generation: u64,
    /// Every node.
    pub(super) nodes: Vec<Node>,
    /// How many commits wait for their time.
    pub(super) planned: usize,
    /// The generation that nodes can read.
    pub(super) published: Option<u64>,
}

/// A generation that is taken back unless it is confirmed.
#[derive(JsonSchema, Serialize)]
pub(super) struct Awaits {
    pub(super) author: String,
    /// The generation that comes back then.
    pub(super) back_to: u64,
    pub(super) generation: u64,
    /// When, RFC 3339.
    pub(super) until: String,
}

/// An environment and its counts: `accounts`, `carriers` and so on.
#[derive(JsonSchema, Serialize)]
pub(super) struct World {
    pub(super) domain: String,
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) counts: BTreeMap<String, usize>,
}

/// A node of the dataplane.
#[derive(JsonSchema, Serialize)]
pub(super) struct Node {
    /// How long ago it was last seen to live, in milliseconds.
    pub(super) beat_age_ms: Option<u64>,
    pub(super) name: String,
    pub(super) pid: Option<u32>,
    pub(super) shards: Vec<Shard>,
    /// When it was started, RFC 3339.
    pub(super) started: Option<String>,
    pub(super) up: bool,
}

/// A shard of a node.
#[derive(JsonSchema, Serialize)]
pub(super) struct Shard {
    /// How long it took to adopt its generation, in microseconds.
    pub(super) adopt_us: u64,
    /// The generation that it obeys.
    pub(super) generation: u64,
    /// How many links it has.
    pub(super) links: usize,
    /// Requests in the last second, from peers.
    pub(super) rate_in: u64,
    /// The same towards them.
    pub(super) rate_out: u64,
    pub(super) shard: u8,
    /// What it counted since its start.
    pub(super) tallies: BTreeMap<String, u64>,
}

/// A place where an app is reached.
#[derive(JsonSchema, Serialize)]
pub(super) struct Registration {
    /// The address it gave.
    pub(super) contact: String,
    pub(super) env: String,
    /// When it ends, RFC 3339.
    pub(super) expires: String,
    /// The same in seconds from now.
    pub(super) expires_s: u64,
    /// Its `+sip.instance` (RFC 5626).
    pub(super) instance: String,
    /// Where we listen for it.
    pub(super) local: String,
    /// Its preference, 0 to 1.
    pub(super) q: f64,
    pub(super) reg_id: u32,
    /// When it registered, RFC 3339.
    pub(super) registered: String,
    /// Where it came from.
    pub(super) source: String,
    pub(super) transport: String,
    pub(super) user: String,
}
