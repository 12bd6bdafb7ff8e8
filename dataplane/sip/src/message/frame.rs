//! Cutting messages out of a stream (RFC 3261 §18.3, RFC 5626 §3.5.1).

use std::fmt;

use memchr::memmem;

use crate::header::Name;
use crate::message::head::MESSAGE_MAX;
use crate::scan::decimal;

/// What stands at the front of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// Not yet enough octets.
    More,
    /// A keep-alive of that many octets; answer it with CR LF.
    Ping(usize),
    /// The answer to a keep-alive, or an empty line between messages.
    Pong(usize),
    /// A whole message of that many octets.
    Message(usize),
}

/// A stream in which the next message cannot be found; close it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameError {
    /// The head or the message is longer than we accept.
    TooLong,
    /// Content-Length is missing, malformed, or said twice and differently (§20.14).
    ContentLength,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "message too long",
            Self::ContentLength => "no usable Content-Length",
        })
    }
}

impl std::error::Error for FrameError {}

/// What is known about the message at the front of one stream.
///
/// Remembers how far it has looked, so that a sender of single octets costs linear time.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    /// Octets known not to hold the end of the head.
    scanned: usize,
    /// The length of the message, once its head is complete.
    length: Option<usize>,
}

impl Framer {
    /// Looks at everything received and not yet taken.
    ///
    /// After any answer but `More` the caller takes that many octets and asks again. A single
    /// CR LF is half a ping to those who are not `awaiting_pong`.
    pub fn cut(&mut self, octets: &[u8], awaiting_pong: bool) -> Result<Cut, FrameError> {
        if self.length.is_none() {
            if let Some(cut) = keep_alive(octets, awaiting_pong) {
                return Ok(cut);
            }
            let from = self.scanned.saturating_sub(HEAD_END.len() - 1);
            let rest = octets.get(from..).unwrap_or_default();
            let Some(end) = memmem::find(rest, HEAD_END) else {
                self.scanned = octets.len();
                return if octets.len() > MESSAGE_MAX {
                    Err(FrameError::TooLong)
                } else {
                    Ok(Cut::More)
                };
            };
            let head = from + end + HEAD_END.len();
            let body = content_length(octets.get(..head).unwrap_or_default())?;
            self.length = Some(head.saturating_add(body));
        }
        match self.length {
            Some(length) if length > MESSAGE_MAX => Err(FrameError::TooLong),
            Some(length) if length <= octets.len() => {
                *self = Self::default();
                Ok(Cut::Message(length))
            }
            Some(_) | None => Ok(Cut::More),
        }
    }
}

/// Empty lines at the front of a stream; `None` if there are none.
fn keep_alive(octets: &[u8], awaiting_pong: bool) -> Option<Cut> {
    match octets {
        [b'\r', b'\n', b'\r', b'\n', ..] if !awaiting_pong => Some(Cut::Ping(4)),
        [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] if !awaiting_pong => Some(Cut::More),
        [b'\r', b'\n', ..] => Some(Cut::Pong(2)),
        [] | [b'\r'] => Some(Cut::More),
        [..] => None,
    }
}

/// The one length that all Content-Length headers of a head agree on.
fn content_length(head: &[u8]) -> Result<usize, FrameError> {
    let mut found = None;
    let mut lines = head.split(|octet| *octet == b'\n').peekable();
    while let Some(line) = lines.next() {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        if Name::of(name.trim_ascii_end()) != Name::ContentLength {
            continue;
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let length = std::str::from_utf8(value).ok().and_then(decimal);
        // A fold could make the number longer than what this line says.
        let folded = lines.peek().is_some_and(|next| matches!(next, [b' ' | b'\t', ..]));
        let length = length.filter(|_| !folded).and_then(|length| usize::try_from(length).ok());
        match (length, found) {
            (Some(length), None) => found = Some(length),
            (Some(length), Some(earlier)) if length == earlier => {}
            (Some(_) | None, _) => return Err(FrameError::ContentLength),
        }
    }
    found.ok_or(FrameError::ContentLength)
}

const HEAD_END: &[u8] = b"\r\n\r\n";
