//! The body of a Signalbox node.
//!
//! A shard ([`shard::Shard`]) is a pure mind. This crate gives it senses and hands: sockets,
//! files, clocks and threads; it is the only crate of the dataplane that knows of them.
//!
//! ```text
//!  node ─┬─ core (one per shard, pinned) ─┬─ mind      decides
//!        │                                ├─ body      TCP, UDP: uring | epoll (| in glommio)
//!        │                                ├─ journal   commits, one in flight
//!        │                                ├─ mesh      mail to the other shards
//!        │                                └─ board     a page every 200 ms
//!        ├─ plan      watches for snapshots and taps
//!        ├─ show      messages to those who tap them
//!        ├─ tape      the last inputs of each shard, for when it dies
//!        ├─ journal   reads what was open, makes volumes ahead
//!        ├─ service   tells systemd how it goes
//!        └─ upgrade   hands everything to the next process
//! ```

pub mod attic;
pub mod board;
pub mod body;
pub mod clock;
pub mod config;
pub mod core;
pub mod journal;
mod linger;
pub mod mesh;
pub mod mind;
pub mod net;
pub mod node;
pub mod past;
pub mod plan;
pub mod service;
pub mod show;
pub mod tape;
pub mod telemetry;
pub mod upgrade;
