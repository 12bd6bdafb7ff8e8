//! Messages of the relay protocol as a network writes them.

use super::view::USER_DATA;

/// Appends RP-DATA with a unit for a handset; `false`, and nothing is written, if the unit is too
/// long. The address of the service centre is `centre`, digits of an international number.
pub fn data(reference: u8, centre: &str, tpdu: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(len) = u8::try_from(tpdu.len()) else { return false };
    out.extend_from_slice(&[0x01, reference]);
    let at = out.len();
    out.extend_from_slice(&[0, 0x91]);
    let digits = centre.bytes().filter(u8::is_ascii_digit).take(DIGITS_MAX);
    for (place, digit) in digits.enumerate() {
        let nibble = digit - b'0';
        match out.last_mut().filter(|_| place % 2 == 1) {
            Some(last) => *last = *last & 0x0F | nibble << 4,
            None => out.push(0xF0 | nibble),
        }
    }
    out[at] = (out.len() - at - 1) as u8;
    // No destination: the handset knows who it is.
    out.extend_from_slice(&[0, len]);
    out.extend_from_slice(tpdu);
    true
}

/// Appends RP-ACK for what a handset sent, with its SMS-SUBMIT-REPORT.
pub fn ack(reference: u8, tpdu: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x03, reference]);
    user_data(tpdu, out);
}

/// Appends RP-ERROR for what a handset sent, with its SMS-SUBMIT-REPORT.
pub fn error(reference: u8, cause: u8, tpdu: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x05, reference, 1, cause]);
    user_data(tpdu, out);
}

fn user_data(tpdu: &[u8], out: &mut Vec<u8>) {
    if let (false, Ok(len)) = (tpdu.is_empty(), u8::try_from(tpdu.len())) {
        out.extend_from_slice(&[USER_DATA, len]);
        out.extend_from_slice(tpdu);
    }
}

/// Digits of a service centre's address (TS 24.011 §8.2.5.1).
const DIGITS_MAX: usize = 20;
