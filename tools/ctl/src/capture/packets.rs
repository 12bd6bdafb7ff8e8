//! Packets out of a capture, which is pcapng of raw IP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A packet of a capture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Packet {
    /// When, in nanoseconds since 1970 UTC.
    pub(super) at_ns: u64,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// Did we send it?
    pub(super) sent: bool,
    /// The id of its Sms, if it has one.
    pub(super) id: Option<String>,
    pub(super) payload: Vec<u8>,
}

/// The packets of a capture, up to what cannot be read.
pub(super) fn read(mut rest: &[u8]) -> impl Iterator<Item = Packet> {
    let blocks = std::iter::from_fn(move || {
        let (kind, length) = (word(rest, 0)?, word(rest, 4)? as usize);
        let (block, left) = rest.split_at_checked(length)?;
        rest = left;
        Some((kind, block.get(8..length.checked_sub(4)?)?))
    });
    blocks.filter(|(kind, _)| *kind == PACKET).filter_map(|(_, body)| packet(body))
}

fn packet(body: &[u8]) -> Option<Packet> {
    let at_ns = u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?);
    let length = word(body, 12)? as usize;
    let ip = body.get(20..20 + length)?;
    let mut options = body.get(20 + length.next_multiple_of(4)..)?;
    let (mut id, mut sent) = (None, false);
    while let Some(head) = options.first_chunk::<4>() {
        let (code, length) = (u16::from_le_bytes([head[0], head[1]]), half(head, 2)?);
        let value = options.get(4..4 + length)?;
        match code {
            COMMENT => id = Some(String::from_utf8_lossy(value).into_owned()),
            FLAGS => sent = value.first()? & 3 == OUTBOUND,
            _ => {}
        }
        options = options.get(4 + length.next_multiple_of(4)..)?;
    }
    let (from, to, protocol, carried) = ends(ip)?;
    let port = |at| carried.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    let payload = carried.get(if protocol == UDP { 8 } else { 20 }..)?.to_vec();
    let (from, to) = (SocketAddr::new(from, port(0)?), SocketAddr::new(to, port(2)?));
    Some(Packet { at_ns, from, to, sent, id, payload })
}

/// Whence, whither, what it carries and that.
fn ends(ip: &[u8]) -> Option<(IpAddr, IpAddr, u8, &[u8])> {
    if ip.first()? >> 4 == 4 {
        let four = |at| Some(Ipv4Addr::from(*ip.get(at..)?.first_chunk::<4>()?));
        return Some((four(12)?.into(), four(16)?.into(), *ip.get(9)?, ip.get(20..)?));
    }
    let sixteen = |at| Some(Ipv6Addr::from(*ip.get(at..)?.first_chunk::<16>()?));
    Some((sixteen(8)?.into(), sixteen(24)?.into(), *ip.get(6)?, ip.get(40..)?))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk::<4>().map(|four| u32::from_le_bytes(*four))
}

fn half(octets: &[u8], at: usize) -> Option<usize> {
    let two = octets.get(at..)?.first_chunk::<2>();
    two.map(|two| usize::from(u16::from_le_bytes(*two)))
}

const PACKET: u32 = 6;
const COMMENT: u16 = 1;
const FLAGS: u16 = 2;
const OUTBOUND: u8 = 2;
const UDP: u8 = 17;
