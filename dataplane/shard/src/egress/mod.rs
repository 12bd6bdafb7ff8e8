//! Out to the app by MESSAGE, out to the next hop by submit_sm.

mod attempt;
pub(crate) mod desk;
mod dress;
pub(crate) mod fork;
mod names;
mod notice;
mod order;
mod outward;
mod owed;
pub(crate) mod pace;
mod parked;
mod queues;
pub(crate) mod receipt;
mod retry;
pub(crate) mod sip;
pub(crate) mod smpp;
mod submit;
mod trunk;
pub(crate) mod unsure;

pub(crate) use desk::BRANCH_START;
pub(crate) use names::Names;
pub use notice::told;
pub(crate) use parked::Parked;
pub(crate) use queues::{ConnectionKey, Queues};
pub(crate) use sip::Clients;
pub(crate) use trunk::{TRACE, TrunkClients};
