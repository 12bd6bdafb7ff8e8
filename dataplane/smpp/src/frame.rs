//! Cuts PDUs off the front of a byte stream (SMPP 3.4 §3.2.1.1).
//!
//! The length is the only thing in the stream that must be trusted to find the
//! next PDU. So a length that cannot be true ends the stream: answer generic_nack
//! ESME_RINVCMDLEN and close. Everything else wrong with a PDU is wrong with that
//! PDU alone.

use std::fmt;

use crate::header::{HEADER_LEN, Header};

/// The largest PDU we accept unless told otherwise: a full message_payload
/// (65 535 octets and its TLV header) behind the widest mandatory part.
pub const PDU_MAX: usize = 70_000;

/// The largest PDU a peer may send before it is bound.
pub const PDU_MAX_UNBOUND: usize = 1_024;

/// One whole PDU, still in the buffer it was received in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// Its header.
    pub header: Header,
    /// Everything behind the header.
    pub body: &'a [u8],
    /// The PDU as it was received, header and body.
    pub octets: &'a [u8],
}

impl Frame<'_> {
    /// Octets to drop from the front of the buffer when done with this PDU.
    #[allow(clippy::len_without_is_empty, reason = "a frame is never shorter than its header")]
    pub fn len(&self) -> usize {
        self.octets.len()
    }
}

/// A command_length no PDU can have. The stream cannot be read any further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameError {
    /// Shorter than a header.
    TooShort {
        /// What the peer claimed.
        command_length: u32,
    },
    /// Longer than we accept.
    TooLong {
        /// What the peer claimed.
        command_length: u32,
    },
}

/// The PDU at the front of `buf`, or `None` while some of it is still to come.
///
/// Never looks at more than four octets to refuse, and asks for no memory.
pub fn next(buf: &[u8], max: usize) -> Result<Option<Frame<'_>>, FrameError> {
    let Some(length) = buf.first_chunk::<4>() else { return Ok(None) };
    let command_length = u32::from_be_bytes(*length);
    let length = command_length as usize;
    if length < HEADER_LEN {
        return Err(FrameError::TooShort { command_length });
    }
    if length > max {
        return Err(FrameError::TooLong { command_length });
    }
    let Some(octets) = buf.get(..length) else { return Ok(None) };
    let Some((header, body)) = octets.split_first_chunk::<HEADER_LEN>() else { return Ok(None) };
    Ok(Some(Frame { header: Header::decode(header), body, octets }))
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { command_length } => {
                write!(f, "command_length {command_length} is shorter than a header")
            }
            Self::TooLong { command_length } => {
                write!(f, "command_length {command_length} is longer than we accept")
            }
        }
    }
}

impl std::error::Error for FrameError {}

#[cfg(test)]
mod tests;
