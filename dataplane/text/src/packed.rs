//! Septets as they travel over the air: seven bits each, lowest first (3GPP TS 23.038 §6.1.2).
//!
//! Behind a user data header the text begins at the next whole septet, so up to six bits are
//! filled in between. Seven bits left over at the end would read as an `@`: they are filled
//! with a carriage return, and a carriage return in that place is no text.

/// Bits between a header of so many octets and the first septet.
pub const fn fill(header: usize) -> usize {
    (7 - 8 * header % 7) % 7
}

/// Appends septets packed, behind so many bits of filling.
pub fn pack(septets: &[u8], fill: usize, out: &mut Vec<u8>) {
    let spare = (fill + 7 * septets.len()) % 8;
    let padding: &[u8] = if spare == 1 && !septets.is_empty() { &[PADDING] } else { &[] };
    let (mut bits, mut held) = (fill, 0_u32);
    for septet in septets.iter().chain(padding) {
        held |= u32::from(septet & 0x7F) << bits;
        bits += 7;
        while bits >= 8 {
            out.push(held as u8);
            (held, bits) = (held >> 8, bits - 8);
        }
    }
    if bits > 0 && !septets.is_empty() {
        out.push(held as u8);
    }
}

/// Appends the septets that are packed in `octets` behind so many bits of filling.
pub fn unpack(octets: &[u8], fill: usize, out: &mut Vec<u8>) {
    let start = out.len();
    let (mut bits, mut held) = (0, 0_u32);
    let mut skip = fill;
    for octet in octets {
        held |= u32::from(*octet) << bits;
        bits += 8;
        if skip > 0 {
            (held, bits, skip) = (held >> skip, bits - skip, 0);
        }
        while bits >= 7 {
            out.push(held as u8 & 0x7F);
            (held, bits) = (held >> 7, bits - 7);
        }
    }
    let exact = (8 * octets.len()).checked_sub(fill).is_some_and(|bits| bits % 7 == 0);
    if exact && out.len() > start && out.last() == Some(&PADDING) {
        out.pop();
    }
}

/// Carriage return.
const PADDING: u8 = 0x0D;

#[cfg(test)]
mod tests;
