//! A message in the packet that carried it, or might have: what came under TLS stands here as it
//! was before, so that it can be read.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use shard::{Sighting, Speaks, Transport};

/// Where each conversation has got to: the next sequence number of either side.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    next: HashMap<(SocketAddr, SocketAddr), u32>,
}

impl Conversations {
    /// Writes the packets that carry a message; `each` gets them one by one.
    pub(super) fn packets(&mut self, sighting: &Sighting, mut each: impl FnMut(&[u8])) {
        let (from, to) = match sighting.sent {
            true => (sighting.local, sighting.peer),
            false => (sighting.peer, sighting.local),
        };
        let mut packet = Vec::new();
        if sighting.speaks == Some(Speaks::Sip(Transport::Udp)) {
            let most = sighting.octets.len().min(PIECE_MAX);
            put_ip(from.ip(), to.ip(), UDP, UDP_HEAD + most, &mut packet);
            put_udp(from, to, &sighting.octets[..most], &mut packet);
            return each(&packet);
        }
        for piece in sighting.octets.chunks(PIECE_MAX) {
            if self.next.len() >= CONVERSATIONS_MAX {
                self.next.clear();
            }
            let acknowledged = *self.next.entry((to, from)).or_insert(1);
            let next = self.next.entry((from, to)).or_insert(1);
            let sequence = *next;
            *next = next.wrapping_add(piece.len() as u32);
            packet.clear();
            put_ip(from.ip(), to.ip(), TCP, TCP_HEAD + piece.len(), &mut packet);
            put_tcp((from, to), (sequence, acknowledged), piece, &mut packet);
            each(&packet);
        }
    }
}

/// The header of IPv4 (RFC 791 §3.1) or IPv6 (RFC 8200 §3); `length` is what it carries.
fn put_ip(from: IpAddr, to: IpAddr, protocol: u8, length: usize, out: &mut Vec<u8>) {
    match (from.to_canonical(), to.to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let total = (V4_HEAD + length) as u16;
            let start = out.len();
            out.extend_from_slice(&[0x45, 0]);
            out.extend_from_slice(&total.to_be_bytes());
            out.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
            out.extend_from_slice(&from.octets());
            out.extend_from_slice(&to.octets());
            let sum = !folded(sum_of(&out[start..]));
            out[start + 10..start + 12].copy_from_slice(&sum.to_be_bytes());
        }
        (from, to) => {
            out.extend_from_slice(&[0x60, 0, 0, 0]);
            out.extend_from_slice(&(length as u16).to_be_bytes());
            out.extend_from_slice(&[protocol, 64]);
            out.extend_from_slice(&wide(from).octets());
            out.extend_from_slice(&wide(to).octets());
        }
    }
}

/// RFC 768.
fn put_udp(from: SocketAddr, to: SocketAddr, octets: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&from.port().to_be_bytes());
    out.extend_from_slice(&to.port().to_be_bytes());
    out.extend_from_slice(&((UDP_HEAD + octets.len()) as u16).to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(octets);
    let sum = checksum((from, to), UDP, &out[start..]);
    // Nothing is said by 0 (RFC 768): its complement stands for it.
    let sum = if sum == 0 { u16::MAX } else { sum };
    out[start + 6..start + 8].copy_from_slice(&sum.to_be_bytes());
}

/// RFC 9293 §3.1, with the flags PSH and ACK.
fn put_tcp(
    (from, to): (SocketAddr, SocketAddr),
    (sequence, acknowledged): (u32, u32),
    octets: &[u8],
    out: &mut Vec<u8>,
) {
    let start = out.len();
    out.extend_from_slice(&from.port().to_be_bytes());
    out.extend_from_slice(&to.port().to_be_bytes());
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(&acknowledged.to_be_bytes());
    out.extend_from_slice(&[0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0]);
    out.extend_from_slice(octets);
    let sum = checksum((from, to), TCP, &out[start..]);
    out[start + 16..start + 18].copy_from_slice(&sum.to_be_bytes());
}

/// The checksum of what IP carries, with its pseudo header.
fn checksum((from, to): (SocketAddr, SocketAddr), protocol: u8, carried: &[u8]) -> u16 {
    let ends = match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => sum_of(&from.octets()) + sum_of(&to.octets()),
        (from, to) => sum_of(&wide(from).octets()) + sum_of(&wide(to).octets()),
    };
    !folded(ends + u64::from(protocol) + carried.len() as u64 + sum_of(carried))
}

/// Octets as 16-bit numbers, added.
fn sum_of(octets: &[u8]) -> u64 {
    let (pairs, rest) = octets.as_chunks::<2>();
    let pairs = pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair)));
    pairs.sum::<u64>() + rest.first().map_or(0, |octet| u64::from(*octet) << 8)
}

/// In ones' complement (RFC 1071).
fn folded(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum >> 16) + (sum & 0xFFFF);
    }
    sum as u16
}

/// An address as IPv6 writes it.
pub(super) fn wide(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const V4_HEAD: usize = 20;
const UDP_HEAD: usize = 8;
const TCP_HEAD: usize = 20;

/// What fits one packet with room for any header.
const PIECE_MAX: usize = 65_000;

/// Some 5 MiB; whoever has more begins to count anew.
const CONVERSATIONS_MAX: usize = 65_536;

#[cfg(test)]
mod tests;
