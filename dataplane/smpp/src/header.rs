//! The sixteen octets in front of every PDU (SMPP 3.4 §3.2, 5.0 §3.1).

use std::fmt;

use crate::{Command, Status};

/// Octets of a header, and so of the smallest PDU.
pub const HEADER_LEN: usize = 16;

/// A PDU's header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Octets of the whole PDU, this header included.
    pub command_length: u32,
    /// What the PDU is.
    pub command: Command,
    /// How the request ended; zero in a request.
    pub status: Status,
    /// Which request this is, or which one it answers. Ours are
    /// 0x00000001-0x7FFFFFFF; a peer's is echoed whatever it is.
    pub sequence: u32,
}

impl Header {
    /// Reads a header; the lengths are judged by [`crate::frame`], not here.
    pub fn decode(octets: &[u8; HEADER_LEN]) -> Self {
        let word = |at: usize| {
            u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
        };
        Self {
            command_length: word(0),
            command: Command::decode(word(4)),
            status: Status(word(8)),
            sequence: word(12),
        }
    }

    /// The header as it goes over the wire.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut octets = [0; HEADER_LEN];
        octets[0..4].copy_from_slice(&self.command_length.to_be_bytes());
        octets[4..8].copy_from_slice(&self.command.id().to_be_bytes());
        octets[8..12].copy_from_slice(&self.status.0.to_be_bytes());
        octets[12..16].copy_from_slice(&self.sequence.to_be_bytes());
        octets
    }

    /// Appends a PDU that is nothing but a header: an error response, or any of
    /// unbind, enquire_link, generic_nack, cancel_sm_resp, replace_sm_resp.
    pub fn put(command: Command, status: Status, sequence: u32, out: &mut Vec<u8>) {
        let command_length = HEADER_LEN as u32;
        out.extend_from_slice(&Self { command_length, command, status, sequence }.encode());
    }
}

/// Appends a PDU whose body is written by `body`, and then its true length.
pub(crate) fn put_pdu(
    command: Command,
    status: Status,
    sequence: u32,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    Header::put(command, status, sequence, out);
    body(out);
    let command_length = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&command_length.to_be_bytes());
}

/// `submit_sm #7 len 80`, and the status where there is one.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{} len {}", self.command, self.sequence, self.command_length)?;
        if self.command.is_response() || !self.status.is_ok() {
            write!(f, " {}", self.status)?;
        }
        Ok(())
    }
}
