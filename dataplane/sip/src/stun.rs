//! STUN Binding on a SIP port: how an app keeps its place in a NAT open and sees that it has
//! lost it (RFC 8489, RFC 5626 §3.5.2).
//!
//! Only what keep-alive needs: a Binding request is answered with the address it came from.
//! There is no authentication, and no SOFTWARE to tell strangers what runs here.
//!
//! ```text
//!  0                   1                   2                   3
//! |0 0|    message type           |        octets behind the header       |
//! |                     magic cookie 0x2112A442                           |
//! |                     transaction id, 12 octets                         |
//! ```

use std::net::{IpAddr, SocketAddr};

/// Whether a datagram is STUN and not SIP: two zero bits and the magic cookie (RFC 8489 §5).
pub fn is_stun(octets: &[u8]) -> bool {
    octets.len() >= HEADER_LEN && octets[0] & 0xC0 == 0 && octets[4..8] == COOKIE
}

/// Appends the answer to a Binding request; `false`, and nothing appended, if it is none.
///
/// Indications and responses are never answered, so that two servers cannot talk for ever.
pub fn answer(octets: &[u8], peer: SocketAddr, out: &mut Vec<u8>) -> bool {
    if !is_stun(octets) || octets[..2] != BINDING_REQUEST {
        return false;
    }
    let (header, attributes) = octets.split_at(HEADER_LEN);
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if length != attributes.len() || !length.is_multiple_of(4) {
        return false;
    }
    let Ok(unknown) = unknown(attributes) else { return false };
    let (id, mut body) = (&header[4..], Vec::new());
    let kind = match unknown {
        None => {
            attribute(&mut body, XOR_MAPPED_ADDRESS, &xored(peer, id));
            BINDING_SUCCESS
        }
        Some(unknown) => {
            attribute(&mut body, ERROR_CODE, b"\0\0\x04\x14Unknown attribute");
            attribute(&mut body, UNKNOWN_ATTRIBUTES, &unknown.to_be_bytes());
            BINDING_ERROR
        }
    };
    out.extend_from_slice(&kind);
    out.extend_from_slice(&length_of(&body));
    out.extend_from_slice(id);
    out.extend_from_slice(&body);
    true
}

/// The first attribute that must be understood and is not (RFC 8489 §6.3.1).
fn unknown(mut attributes: &[u8]) -> Result<Option<u16>, Malformed> {
    while !attributes.is_empty() {
        let (head, rest) = attributes.split_first_chunk::<4>().ok_or(Malformed)?;
        let kind = u16::from_be_bytes([head[0], head[1]]);
        if kind < OPTIONAL_FROM && !UNDERSTOOD.contains(&kind) {
            return Ok(Some(kind));
        }
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        attributes = rest.get(length.next_multiple_of(4)..).ok_or(Malformed)?;
    }
    Ok(None)
}

/// An attribute that ends behind the message.
struct Malformed;

fn length_of(octets: &[u8]) -> [u8; 2] {
    u16::try_from(octets.len()).expect("an answer has a few octets").to_be_bytes()
}

fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&length_of(value));
    out.extend_from_slice(value);
    out.extend(std::iter::repeat_n(0, value.len().next_multiple_of(4) - value.len()));
}

/// XOR-MAPPED-ADDRESS (RFC 8489 §14.2): the address, hidden from NATs that rewrite what they see.
/// `mask` is the magic cookie and the transaction id.
fn xored(peer: SocketAddr, mask: &[u8]) -> Vec<u8> {
    let port = peer.port() ^ u16::from_be_bytes([mask[0], mask[1]]);
    let (family, address) = match peer.ip().to_canonical() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend_from_slice(&port.to_be_bytes());
    value.extend(address.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
    value
}

const HEADER_LEN: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const BINDING_ERROR: [u8; 2] = [0x01, 0x11];
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000A;

/// From here on an attribute may be ignored.
const OPTIONAL_FROM: u16 = 0x8000;

/// USERNAME, MESSAGE-INTEGRITY, REALM, NONCE, MESSAGE-INTEGRITY-SHA256, PASSWORD-ALGORITHM and
/// USERHASH: we ask for no password and look at none.
const UNDERSTOOD: [u16; 7] = [0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E];

#[cfg(test)]
mod tests;
