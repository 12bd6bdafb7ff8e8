//! CSeq: order and identity of the requests of one sender (RFC 3261 §20.16).

use std::fmt;

use crate::error::{ParseError, What};
use crate::message::StartLine;
use crate::method::Method;
use crate::scan::{Cursor, decimal, is_all_token, is_token};

/// The number of a request and its method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CSeq<'a> {
    /// Below 2^31 (§8.1.1.5).
    pub number: u32,
    /// The method of the request, repeated in its responses.
    pub method: Method<'a>,
}

impl<'a> CSeq<'a> {
    /// The value of a CSeq header as nearly all write it, for a request of that method.
    #[inline]
    pub(crate) fn of(text: &str, method: Method<'a>) -> Option<Self> {
        let digits = text.strip_suffix(method.as_str())?.strip_suffix(' ')?;
        let number = decimal(digits).filter(|number| *number < NUMBER_END)?;
        Some(Self { number, method })
    }

    /// Parses the value of a CSeq header.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(text);
        let number = decimal(cursor.run(|octet| octet.is_ascii_digit()));
        let start = cursor.at();
        cursor.skip_lws();
        let parted = cursor.at() > start;
        let number = number.filter(|number| parted && *number < NUMBER_END);
        let token = cursor.rest();
        match (number, Method::of(token)) {
            (Some(_), Method::Other(_)) if !is_all_token(token) => {}
            (Some(number), method) => return Ok(Self { number, method }),
            (None, _) => {}
        }
        cursor.run(is_token);
        Err(ParseError::new(What::CSeq, cursor.at()))
    }
}

impl<'a> CSeq<'a> {
    /// In place of one that could not be read.
    pub(crate) fn unread(start: &StartLine<'a>) -> Self {
        let method = match start {
            StartLine::Request { method, .. } => *method,
            StartLine::Response { .. } => Method::Other(""),
        };
        Self { number: 0, method }
    }
}

impl fmt::Display for CSeq<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

const NUMBER_END: u32 = 1 << 31;
