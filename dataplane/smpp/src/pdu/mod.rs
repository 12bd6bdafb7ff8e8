//! The PDUs, one file per family of the standard (SMPP 3.4 §4, 5.0 §4).
//!
//! Each view borrows from the body it was decoded from. `decode` names the first
//! field that is wrong and the status to answer with; `encode` appends a whole PDU
//! and cannot fail. An error response is a header and nothing else
//! ([`Header::put`](crate::Header::put)).

mod alert;
mod any;
mod bind;
mod check;
mod data;
mod deliver;
mod link;
mod multi;
mod query;
mod submit;

pub use alert::AlertNotification;
pub use any::Pdu;
pub use bind::{Bind, BindKind, BindResp, Outbind};
pub use data::DataSm;
pub use deliver::DeliverResp;
pub use link::{
    put_enquire_link, put_enquire_link_resp, put_error, put_generic_nack, put_unbind,
    put_unbind_resp,
};
pub use multi::{
    Dest, DestBuffer, Dests, SubmitMulti, SubmitMultiResp, TooMany, Unsuccess, UnsuccessBuffer,
};
pub use query::{CancelSm, QuerySm, QuerySmResp, ReplaceSm};
pub use submit::{ShortMessage, SubmitResp, esm_class, registered_delivery};

#[cfg(test)]
mod tests;
