//! The mind of a shard: everything that happens goes in by one door and everything it wants
//! comes out by the other.
//!
//! ```text
//!                 ┌──────────────────────── Shard ────────────────────────┐
//!   Input ──────▶ │ peers ▶ ingress ▶ admit ▶ dispatch ▶ inbox ▶ egress   │ ──────▶ Output
//!   (bytes, mail, │            ▲                   │                │      │  (bytes, mail,
//!    time, plan)  │            └── receipts ◀── settle ◀────────────┘      │   records, notes)
//!                 └───────────────────────────────────────────────────────┘
//! ```
//! A shard knows no socket, no file, no clock and no other shard's memory: the same inputs
//! give the same outputs, octet for octet. SMPP and SIP meet only here, as four conversions
//! to and from [`routing::Sms`].
//!
//! Law of use: every [`Shard::handle`] is followed by [`Shard::poll_output`] until `None`.

mod admit;
mod attic;
mod choose;
mod config;
mod congestion;
mod content;
mod credit;
mod deadlines;
mod dispatch;
mod doubt;
mod echo;
mod egress;
mod fair;
mod flights;
mod handover;
mod handsets;
mod inbox;
mod ingress;
mod input;
mod later;
mod limits;
mod mail;
mod modes;
mod note;
mod notices;
mod outbox;
mod outlook;
mod output;
mod peers;
mod plan;
mod promises;
mod proof;
mod receipts;
mod recovery;
mod reroute;
mod segments;
mod settle;
mod shard;
mod spelling;
mod tables;
mod taps;
mod throttle;
mod waking;

pub use attic::Place;
pub use config::{Config, Entry, Speaks};
pub use egress::told;
pub use handover::{Calm, Estate, Handed, HandedAnswer, Holder, Letter};
pub use handsets::Submitted;
pub use ingress::kinds;
pub use input::{Input, LinkId, Moment, ShardId, SocketId, Unlink};
pub use later::{Alert, Ask, Told};
pub use mail::{Failed, Mail, Order, Receipt};
pub use modes::granted;
pub use note::{Level, Note};
pub use notices::Notice;
pub use output::{Output, Plug};
pub use peers::lines::{FlowId, Line};
pub use peers::relay::Relay;
pub use plan::{Adopted, Secrets};
pub use receipts::ReceiptAnswer;
pub use reroute::Moving;
pub use routing::Transport;
pub use settle::{meaning_of, meaning_of_sip};
pub use shard::Shard;
pub use taps::Sighting;
