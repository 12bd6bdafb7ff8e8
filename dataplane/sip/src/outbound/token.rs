//! Flow tokens (RFC 5626 §5.2): the flow a request shall take, in the user part of a Path or
//! Record-Route, so that nothing need be kept and nobody else can make one.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::digest::{hex, same};

/// One flow, as a token names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FlowToken {
    /// What its owner calls the socket or connection.
    pub line: u64,
    /// Which life of the owner that was: connections of an earlier one are dead.
    pub incarnation: u32,
    /// The other end. Over UDP it is the flow; of a connection it says whose it was.
    pub peer: SocketAddr,
}

/// A token as it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FlowWord {
    digits: [u8; 2 * LONGEST],
    length: usize,
}

impl fmt::Display for FlowWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = &self.digits[..self.length];
        f.write_str(START)?;
        f.write_str(std::str::from_utf8(digits).expect("hexadecimal digits are ASCII"))
    }
}

/// A token that we never made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forged;

/// The secret that tokens are sealed with; all shards of a machine share it.
#[derive(Clone)]
pub struct FlowKey {
    seal: Hmac<Sha256>,
}

impl FlowKey {
    /// Takes a secret of 32 random octets; one that also seals other things will do.
    pub fn new(secret: [u8; 32]) -> Self {
        let keyed = |key: &[u8]| {
            <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length")
        };
        let mut derived = keyed(&secret);
        derived.update(b"flow tokens");
        Self { seal: keyed(&derived.finalize().into_bytes()) }
    }

    /// The token of a flow: letters and digits, which a user part holds unescaped.
    pub fn word(&self, flow: &FlowToken) -> FlowWord {
        let (mut octets, mut length) = ([0; LONGEST], 0);
        let mut put = |piece: &[u8]| {
            octets[length..length + piece.len()].copy_from_slice(piece);
            length += piece.len();
        };
        put(&flow.line.to_be_bytes());
        put(&flow.incarnation.to_be_bytes());
        put(&flow.peer.port().to_be_bytes());
        match flow.peer.ip() {
            IpAddr::V4(ip) => put(&ip.octets()),
            IpAddr::V6(ip) => put(&ip.octets()),
        }
        let seal = self.seal(&octets[..length]);
        octets[length..length + SEAL_LEN].copy_from_slice(&seal);
        let length = length + SEAL_LEN;
        FlowWord { digits: hex(&octets[..length]), length: 2 * length }
    }

    /// Does a user part want to be a token of ours?
    pub fn is_token(user: &str) -> bool {
        user.starts_with(START)
    }

    /// The flow that a user part names; `None` if it is no token at all.
    pub fn read(&self, user: &str) -> Option<Result<FlowToken, Forged>> {
        let digits = user.strip_prefix(START)?;
        Some(self.open(digits).ok_or(Forged))
    }

    fn open(&self, digits: &str) -> Option<FlowToken> {
        let (octets, length) = unhex(digits)?;
        let octets = &octets[..length];
        let (flow, seal) = octets.split_at_checked(length.checked_sub(SEAL_LEN)?)?;
        if !same(&self.seal(flow), seal) {
            return None;
        }
        let (line, rest) = flow.split_first_chunk::<8>()?;
        let (incarnation, rest) = rest.split_first_chunk::<4>()?;
        let (port, ip) = rest.split_first_chunk::<2>()?;
        let ip: IpAddr = match ip.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(ip).ok()?),
            _ => IpAddr::from(<[u8; 16]>::try_from(ip).ok()?),
        };
        Some(FlowToken {
            line: u64::from_be_bytes(*line),
            incarnation: u32::from_be_bytes(*incarnation),
            peer: SocketAddr::new(ip, u16::from_be_bytes(*port)),
        })
    }

    fn seal(&self, flow: &[u8]) -> [u8; SEAL_LEN] {
        let mut seal = self.seal.clone();
        seal.update(flow);
        let whole: [u8; 32] = seal.finalize().into_bytes().into();
        let (cut, _) = whole.split_first_chunk().expect("the seal is a part of the hash");
        *cut
    }
}

impl fmt::Debug for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowKey(..)")
    }
}

/// Lower-case hexadecimal digits as octets, and how many.
fn unhex(digits: &str) -> Option<([u8; LONGEST], usize)> {
    let mut octets = [0; LONGEST];
    let length = digits.len() / 2;
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) || length > LONGEST {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *octet = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some((octets, length))
}

/// What every token begins with, so that a person's name is none.
const START: &str = "flow-";

/// RFC 5626 §5.2 takes 80 bits; ours has 96.
const SEAL_LEN: usize = 12;

/// The octets of a token over IPv6.
const LONGEST: usize = 8 + 4 + 2 + 16 + SEAL_LEN;
