//! HEP version 3 (EEP), in which Homer and sngrep are told what passed.
//!
//! A packet is `HEP3`, its length, and chunks: vendor, type, length with these six octets, value;
//! all in network order.

use std::net::{IpAddr, SocketAddr};

use shard::{Sighting, Speaks, Transport};

use super::packet::wide;

/// Appends one packet. `agent` is the number of this node at the collector.
pub(super) fn encode(sighting: &Sighting, agent: u32, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(b"HEP3\0\0");
    let (from, to) = match sighting.sent {
        true => (sighting.local, sighting.peer),
        false => (sighting.peer, sighting.local),
    };
    put_ends(from, to, out);
    let (protocol, kind) = match sighting.speaks {
        Some(Speaks::Smpp) => (TCP, SMPP),
        Some(Speaks::Sip(Transport::Udp)) => (UDP, SIP),
        Some(Speaks::Sip(_)) => (TCP, SIP),
        None => (UDP, LOG),
    };
    put(PROTOCOL, &[protocol], out);
    let (seconds, nanos) = (sighting.at_ns / 1_000_000_000, sighting.at_ns % 1_000_000_000);
    put(SECONDS, &(seconds as u32).to_be_bytes(), out);
    put(MICROSECONDS, &((nanos / 1_000) as u32).to_be_bytes(), out);
    put(KIND, &[kind], out);
    put(AGENT, &agent.to_be_bytes(), out);
    if let Some(id) = sighting.id {
        put(CORRELATION, &id.text(), out);
    }
    // The length of a packet has 16 bits: what is longer is cut.
    let room = usize::from(u16::MAX) - (out.len() - start) - CHUNK_HEAD;
    put(PAYLOAD, &sighting.octets[..sighting.octets.len().min(room)], out);
    let length = (out.len() - start) as u16;
    out[start + 4..start + 6].copy_from_slice(&length.to_be_bytes());
}

fn put_ends(from: SocketAddr, to: SocketAddr, out: &mut Vec<u8>) {
    match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            put(FAMILY, &[AF_INET], out);
            put(FROM_V4, &from.octets(), out);
            put(TO_V4, &to.octets(), out);
        }
        (from, to) => {
            put(FAMILY, &[AF_INET6], out);
            put(FROM_V6, &wide(from).octets(), out);
            put(TO_V6, &wide(to).octets(), out);
        }
    }
    put(FROM_PORT, &from.port().to_be_bytes(), out);
    put(TO_PORT, &to.port().to_be_bytes(), out);
}

fn put(kind: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&((value.len() + CHUNK_HEAD) as u16).to_be_bytes());
    out.extend_from_slice(value);
}

const CHUNK_HEAD: usize = 6;

const FAMILY: u16 = 0x01;
const PROTOCOL: u16 = 0x02;
const FROM_V4: u16 = 0x03;
const TO_V4: u16 = 0x04;
const FROM_V6: u16 = 0x05;
const TO_V6: u16 = 0x06;
const FROM_PORT: u16 = 0x07;
const TO_PORT: u16 = 0x08;
const SECONDS: u16 = 0x09;
const MICROSECONDS: u16 = 0x0A;
const KIND: u16 = 0x0B;
const AGENT: u16 = 0x0C;
const PAYLOAD: u16 = 0x0F;
const CORRELATION: u16 = 0x11;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const TCP: u8 = 6;
const UDP: u8 = 17;

const SIP: u8 = 1;

/// A line of a log.
const LOG: u8 = 100;

/// HEP has no number for SMPP: one that is nobody's. docs/operate.md tells how Homer is taught it.
const SMPP: u8 = 200;

#[cfg(test)]
mod tests;
