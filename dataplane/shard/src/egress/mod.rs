//! Out to the app by MESSAGE, out to the next hop by submit_sm.

mod attempt;
mod queues;
pub(crate) mod sip;
pub(crate) mod smpp;

pub(crate) use queues::Queues;
pub(crate) use sip::Clients;
