//! What a response says, seen at a glance.
//!
//! To the transaction that waits for it a response is a branch, a method and a status
//! (RFC 3261 §17.1.3). One without a body that is written as phones write it is read no further
//! than to these three; whatever is unusual about it has to be read by [`Message::parse`].
//!
//! [`Message::parse`]: crate::Message::parse

use memchr::memchr;

use crate::header::Name;
use crate::message::MESSAGE_MAX;
use crate::method::Method;
use crate::scan::{decimal, is_token};
use crate::wide::{find, unusual};

/// What makes a response the answer to a request of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Glance<'a> {
    /// 100 to 699.
    pub status: u16,
    /// The branch of its only Via.
    pub branch: &'a str,
    /// The method in its CSeq.
    pub method: Method<'a>,
}

impl<'a> Glance<'a> {
    /// Looks at a response; `None` if it has to be read, or is none.
    pub fn of(octets: &'a [u8]) -> Option<Self> {
        let [b'S', b'I', b'P', b'/', b'2', b'.', b'0', b' ', digits @ .., b'\r', b'\n'] = octets
        else {
            return None;
        };
        let [one @ b'1'..=b'6', two @ b'0'..=b'9', three @ b'0'..=b'9', b' ' | b'\r', ..] = digits
        else {
            return None;
        };
        let digit = |octet: &u8| u16::from(octet - b'0');
        let status = digit(one) * 100 + digit(two) * 10 + digit(three);
        let mut found = Found::default();
        let (mut rest, mut lines) = (octets, 0);
        loop {
            let end = memchr(b'\n', rest)?;
            let line = rest.get(..end)?.strip_suffix(b"\r")?;
            rest = rest.get(end + 1..)?;
            lines += 1;
            match line {
                [] => break,
                _ if lines == 1 => {}
                line => found.line(line)?,
            }
        }
        let is_whole = rest.is_empty() && found.seen == ALL && octets.len() <= MESSAGE_MAX;
        let is_clean = unusual(octets) == 2 * lines;
        let (branch, method) = found.branch.zip(found.method)?;
        (is_whole && is_clean).then_some(Self { status, branch, method })
    }
}

/// What the lines so far said.
#[derive(Default)]
struct Found<'a> {
    branch: Option<&'a str>,
    method: Option<Method<'a>>,
    /// Which of the headers that stand once were there.
    seen: u8,
}

impl<'a> Found<'a> {
    /// `None` if the line has to be read.
    fn line(&mut self, line: &'a [u8]) -> Option<()> {
        match line {
            [b'V', b'i', b'a', b':', b' ', value @ ..] => {
                self.branch = Some(branch(value)?);
                self.see(VIA)
            }
            [b'F', b'r', b'o', b'm', b':', b' ', _, ..] => self.see(FROM),
            [b'T', b'o', b':', b' ', _, ..] => self.see(TO),
            [b'C', b'a', b'l', b'l', b'-', b'I', b'D', b':', b' ', _, ..] => self.see(CALL_ID),
            [b'C', b'S', b'e', b'q', b':', b' ', value @ ..] => {
                self.method = Some(method(value)?);
                self.see(CSEQ)
            }
            b"Content-Length: 0" => Some(()),
            // A fold, or one of them under another spelling.
            [b' ' | b'\t', ..] => None,
            other => {
                let name = other.get(..find(other, b':')?)?.trim_ascii_end();
                let is_other = !name.is_empty() && name.iter().all(|octet| is_token(*octet));
                (is_other && !LOOKED_AT.contains(&Name::of(name))).then_some(())
            }
        }
    }

    fn see(&mut self, header: u8) -> Option<()> {
        let is_first = self.seen & header == 0;
        self.seen |= header;
        is_first.then_some(())
    }
}

/// The branch of a Via that stands alone.
fn branch(value: &[u8]) -> Option<&str> {
    if !value.starts_with(b"SIP/2.0/") || find(value, b',').is_some() || find(value, b'"').is_some()
    {
        return None;
    }
    let (mut rest, mut branch) = (value, None);
    while let Some(at) = find(rest, b';') {
        rest = rest.get(at + 1..)?;
        if let Some(value) = rest.strip_prefix(b"branch=") {
            let end = find(value, b';').unwrap_or(value.len());
            if branch.replace(value.get(..end)?).is_some() {
                return None;
            }
        }
    }
    let branch = std::str::from_utf8(branch?).ok()?;
    (!branch.is_empty() && find(branch.as_bytes(), b' ').is_none()).then_some(branch)
}

/// The method of a CSeq.
fn method(value: &[u8]) -> Option<Method<'_>> {
    let (number, method) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    decimal(number).filter(|number| *number < 1 << 31)?;
    match Method::of(method) {
        Method::Other(_) => None,
        known => Some(known),
    }
}

/// What must not stand a second time under another spelling.
const LOOKED_AT: [Name; 6] =
    [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq, Name::ContentLength];

const VIA: u8 = 1;
const FROM: u8 = 2;
const TO: u8 = 4;
const CALL_ID: u8 = 8;
const CSEQ: u8 = 16;
const ALL: u8 = VIA | FROM | TO | CALL_ID | CSEQ;

#[cfg(test)]
mod tests;
