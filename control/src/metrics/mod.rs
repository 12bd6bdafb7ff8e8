//! How it goes, for machines: Prometheus's text format and health, over plain HTTP.
//!
//! All of it is read from the boards, which the shards write anyway: a scrape disturbs no shard,
//! and a hundred scrapers cost the dataplane nothing. Labels are nodes, shards, and what the
//! model names; a number, a text or an id is never one.

mod families;
mod health;
mod http;
mod text;

pub use http::serve;
