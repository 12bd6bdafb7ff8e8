//! Out to the app by MESSAGE, out to the next hop by submit_sm.

mod attempt;
mod names;
mod queues;
pub(crate) mod receipt;
pub(crate) mod sip;
pub(crate) mod smpp;
mod submit;

pub(crate) use names::Names;
pub(crate) use queues::Queues;
pub(crate) use sip::Clients;
