//! Units as we write them: those of a message centre, and SMS-SUBMIT for who plays a handset.

use super::{Stamp, address, user_data};

/// An address, and the text of it.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// Type of number; 5 is alphanumeric.
    pub ton: u8,
    /// Numbering plan.
    pub npi: u8,
    /// Digits, or letters.
    pub text: &'a str,
}

/// User data as SMPP has it: septets one in each octet.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// TP-DCS.
    pub coding: u8,
    /// TP-PID.
    pub protocol_id: u8,
    /// Octets of the header at the beginning; 0 for none.
    pub header: usize,
    /// Header and text.
    pub octets: &'a [u8],
}

/// Appends an SMS-DELIVER; `false`, and nothing is written, if the text is too long for one.
pub fn deliver(origin: Party<'_>, accepted: Stamp, data: Data<'_>, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    // TP-MMS: no more that we speak of.
    out.push(0x04 | if data.header > 0 { UDHI } else { 0 });
    address::put(origin.ton, origin.npi, origin.text, out);
    out.extend_from_slice(&[data.protocol_id, data.coding]);
    accepted.put(out);
    let fits = user_data::put(data.coding, data.header, data.octets, out);
    if !fits {
        out.truncate(start);
    }
    fits
}

/// Appends an SMS-SUBMIT without validity; `false`, and nothing is written, if the text is too
/// long for one.
pub fn submit(
    reference: u8,
    wants_report: bool,
    destination: Party<'_>,
    data: Data<'_>,
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    let header = if data.header > 0 { UDHI } else { 0 };
    out.extend_from_slice(&[0x01 | header | if wants_report { 0x20 } else { 0 }, reference]);
    address::put(destination.ton, destination.npi, destination.text, out);
    out.extend_from_slice(&[data.protocol_id, data.coding]);
    let fits = user_data::put(data.coding, data.header, data.octets, out);
    if !fits {
        out.truncate(start);
    }
    fits
}

/// Appends an SMS-STATUS-REPORT.
pub fn status_report(
    reference: u8,
    recipient: Party<'_>,
    (accepted, done): (Stamp, Stamp),
    status: u8,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(&[0x06, reference]);
    address::put(recipient.ton, recipient.npi, recipient.text, out);
    accepted.put(out);
    done.put(out);
    out.push(status);
}

/// Appends an SMS-SUBMIT-REPORT for an RP-ACK.
pub fn submit_report(accepted: Stamp, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x01, 0x00]);
    accepted.put(out);
}

/// Appends an SMS-SUBMIT-REPORT for an RP-ERROR, with its TP-FCS.
pub fn submit_refused(cause: u8, accepted: Stamp, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x01, cause, 0x00]);
    accepted.put(out);
}

/// TP-UDHI.
const UDHI: u8 = 0x40;
