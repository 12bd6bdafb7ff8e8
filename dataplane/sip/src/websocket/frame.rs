//! Frames, and the messages they are pieces of (RFC 6455 §5).
//!
//! ```text
//!  0               1               2 ..            2 | 4 | 10      + 4
//! +-+---+---------+-+--------------+--------------+---------------+---------
//! |F|RSV| opcode  |M| length 0-125 | length, long | masking key   | payload
//! +-+---+---------+-+--------------+--------------+---------------+---------
//! ```

use std::fmt;

use crate::message::MESSAGE_MAX;

/// What a frame is (§5.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Opcode {
    /// A further piece of a message.
    Continuation,
    /// A message of text, or its first piece.
    Text,
    /// A message of octets, or its first piece.
    Binary,
    /// The sender says nothing more.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping, or nothing.
    Pong,
}

impl Opcode {
    fn of(number: u8) -> Option<Self> {
        Some(match number {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    fn number(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    fn is_control(self) -> bool {
        self.number() & 0x8 != 0
    }
}

/// What one frame led to; the octets stand in the caller's buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// A piece of a message; nothing to do.
    Piece,
    /// A whole message.
    Message,
    /// Answer with a pong of the same octets.
    Ping,
    /// Nothing to do.
    Pong,
    /// The peer says nothing more, with this status (§7.4), if it gave one.
    Close(Option<u16>),
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Violation {
    /// A frame that the protocol does not allow: 1002.
    Protocol(&'static str),
    /// A text that is not UTF-8: 1007.
    Text,
    /// More octets than a message may have: 1009.
    TooLong,
}

impl Violation {
    /// The status of the Close that answers it (§7.4.1).
    pub fn status(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::Text => 1007,
            Self::TooLong => 1009,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(what) => f.write_str(what),
            Self::Text => f.write_str("text is not UTF-8"),
            Self::TooLong => f.write_str("message too long"),
        }
    }
}

impl std::error::Error for Violation {}

/// The receiving side of one WebSocket that was opened by a client.
///
/// Between messages it holds no memory.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The message whose pieces are coming: what it is, and what has come.
    begun: Option<(Opcode, Vec<u8>)>,
}

/// The header of one frame.
struct Header {
    is_last: bool,
    opcode: Opcode,
    mask: [u8; 4],
    start: usize,
    length: usize,
}

impl Decoder {
    /// Is a message begun and not ended?
    pub fn is_amid(&self) -> bool {
        self.begun.is_some()
    }

    /// Takes in the frame at the front of a stream and tells its length; `None` as long as it is
    /// not whole. `out` is overwritten with the message or the payload of a control frame.
    pub fn next(
        &mut self,
        octets: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<(usize, Event)>, Violation> {
        let Some(header) = self.header(octets)? else { return Ok(None) };
        let end = header.start + header.length;
        let Some(payload) = octets.get(header.start..end) else { return Ok(None) };
        out.clear();
        if let (true, Some((_, pieces))) = (!header.opcode.is_control(), &mut self.begun) {
            unmask(payload, header.mask, pieces);
        } else {
            unmask(payload, header.mask, out);
        }
        let event = match header.opcode {
            Opcode::Ping => Event::Ping,
            Opcode::Pong => Event::Pong,
            Opcode::Close => Event::Close(close_status(out)?),
            Opcode::Text | Opcode::Binary if !header.is_last => {
                self.begun = Some((header.opcode, std::mem::take(out)));
                Event::Piece
            }
            Opcode::Continuation if !header.is_last => Event::Piece,
            Opcode::Text | Opcode::Binary => whole(header.opcode, out)?,
            Opcode::Continuation => {
                let (opcode, pieces) = self.begun.take().unwrap_or((Opcode::Binary, Vec::new()));
                *out = pieces;
                whole(opcode, out)?
            }
        };
        Ok(Some((end, event)))
    }

    /// Reads a header and judges it before any of the payload is waited for.
    fn header(&self, octets: &[u8]) -> Result<Option<Header>, Violation> {
        let &[first, second, ..] = octets else { return Ok(None) };
        let opcode = Opcode::of(first & 0x0F).ok_or(Violation::Protocol("unknown opcode"))?;
        let is_last = first & 0x80 != 0;
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("reserved bits without an extension"));
        }
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("frame is not masked"));
        }
        let (length, start) = match second & 0x7F {
            126 => match octets.get(2..4).and_then(|long| long.try_into().ok()) {
                Some(long) => (u64::from(u16::from_be_bytes(long)), 4),
                None => return Ok(None),
            },
            127 => match octets.get(2..10).and_then(|long| long.try_into().ok()) {
                Some(long) => (u64::from_be_bytes(long), 10),
                None => return Ok(None),
            },
            short => (u64::from(short), 2),
        };
        self.judge(opcode, is_last, length)?;
        let Some(mask) = octets.get(start..start + 4).and_then(|mask| mask.try_into().ok()) else {
            return Ok(None);
        };
        let length = usize::try_from(length).map_err(|_| Violation::TooLong)?;
        Ok(Some(Header { is_last, opcode, mask, start: start + 4, length }))
    }

    fn judge(&self, opcode: Opcode, is_last: bool, length: u64) -> Result<(), Violation> {
        if opcode.is_control() {
            return match (is_last, length) {
                (false, _) => Err(Violation::Protocol("control frame in pieces")),
                (true, ..=CONTROL_MAX) => Ok(()),
                (true, _) => Err(Violation::Protocol("control frame too long")),
            };
        }
        let before = match (&self.begun, opcode) {
            (None, Opcode::Continuation) => {
                return Err(Violation::Protocol("a piece of no message"));
            }
            (Some((_, pieces)), Opcode::Continuation) => pieces.len() as u64,
            (Some(_), _) => return Err(Violation::Protocol("a message amid another")),
            (None, _) => 0,
        };
        let is_short = before.saturating_add(length) <= MESSAGE_MAX as u64;
        if is_short { Ok(()) } else { Err(Violation::TooLong) }
    }
}

fn whole(opcode: Opcode, octets: &[u8]) -> Result<Event, Violation> {
    if opcode == Opcode::Text && std::str::from_utf8(octets).is_err() {
        return Err(Violation::Text);
    }
    Ok(Event::Message)
}

/// The status in a Close; one octet is no status, and some numbers are never sent (§7.4).
fn close_status(payload: &[u8]) -> Result<Option<u16>, Violation> {
    match payload {
        [] => Ok(None),
        [high, low, reason @ ..] => match u16::from_be_bytes([*high, *low]) {
            1004..=1006 | ..1000 | 1015..3000 | 5000.. => {
                Err(Violation::Protocol("no status that may be sent"))
            }
            _ if std::str::from_utf8(reason).is_err() => Err(Violation::Text),
            status => Ok(Some(status)),
        },
        [_] => Err(Violation::Protocol("half a status")),
    }
}

/// Appends a payload without its mask (§5.3), four octets at a time.
fn unmask(payload: &[u8], mask: [u8; 4], out: &mut Vec<u8>) {
    let (fours, rest) = payload.as_chunks::<4>();
    out.reserve(payload.len());
    let key = u32::from_ne_bytes(mask);
    out.extend(fours.iter().flat_map(|four| (u32::from_ne_bytes(*four) ^ key).to_ne_bytes()));
    out.extend(rest.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
}

/// Writes a SIP message as one frame: text where it is text (RFC 7118 §5).
pub fn put_message(octets: &[u8], out: &mut Vec<u8>) {
    let is_text = std::str::from_utf8(octets).is_ok();
    put_frame(if is_text { Opcode::Text } else { Opcode::Binary }, octets, out);
}

/// Writes one whole frame of ours; a server masks nothing (§5.1).
pub fn put_frame(opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode.number());
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..=125), _) => out.push(short),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// Writes our Close.
pub fn put_close(status: u16, out: &mut Vec<u8>) {
    put_frame(Opcode::Close, &status.to_be_bytes(), out);
}

/// Octets of a control frame (§5.5).
const CONTROL_MAX: u64 = 125;
