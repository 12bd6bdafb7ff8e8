//! PDUs that are a header and nothing else: enquire_link, unbind, generic_nack and
//! every error response (SMPP 3.4 §4.2, §4.3, §4.11).
//!
//! Exactly sixteen octets go out, for some peers nack a response with a body.

use crate::{Command, Header, Status};

/// Appends an enquire_link.
pub fn put_enquire_link(sequence: u32, out: &mut Vec<u8>) {
    Header::put(Command::EnquireLink, Status::ROK, sequence, out);
}

/// Appends an enquire_link_resp.
pub fn put_enquire_link_resp(sequence: u32, out: &mut Vec<u8>) {
    Header::put(Command::EnquireLinkResp, Status::ROK, sequence, out);
}

/// Appends an unbind.
pub fn put_unbind(sequence: u32, out: &mut Vec<u8>) {
    Header::put(Command::Unbind, Status::ROK, sequence, out);
}

/// Appends an unbind_resp.
pub fn put_unbind_resp(status: Status, sequence: u32, out: &mut Vec<u8>) {
    Header::put(Command::UnbindResp, status, sequence, out);
}

/// Appends a generic_nack; `sequence` is 0 when the offender's could not be read.
pub fn put_generic_nack(status: Status, sequence: u32, out: &mut Vec<u8>) {
    Header::put(Command::GenericNack, status, sequence, out);
}

/// Appends the negative answer to `request`: its response, or a generic_nack if it
/// has none or nobody knows it.
pub fn put_error(request: Command, status: Status, sequence: u32, out: &mut Vec<u8>) {
    Header::put(request.response(), status, sequence, out);
}
