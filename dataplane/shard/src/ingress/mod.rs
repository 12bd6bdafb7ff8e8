//! The protocols end here: what comes in becomes a draft of an Sms, or an answer.

pub(crate) mod auth;
pub(crate) mod bind;
pub(crate) mod body;
mod content;
mod counts;
mod crowd;
pub(crate) mod delivered;
mod done;
mod flow;
pub(crate) mod guard;
mod later;
pub(crate) mod link;
mod lobby;
pub(crate) mod message;
mod multi;
mod pass;
pub(crate) mod register;
mod relay;
pub(crate) mod servers;
pub(crate) mod sip;
pub(crate) mod smpp;
mod sources;
mod suspects;
mod tickets;
mod times;
mod trunk;
mod verdict;

pub use body::kinds;
pub(crate) use counts::{NonceCounts, Use, maker_of};
pub(crate) use lobby::Lobby;
pub(crate) use multi::Multis;
pub(crate) use sources::Sources;
pub(crate) use suspects::Suspects;
pub(crate) use tickets::{Ticket, Tickets};
