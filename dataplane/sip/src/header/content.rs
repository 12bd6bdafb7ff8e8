//! Content-Type: what a body is (RFC 3261 §20.15).

use std::fmt;

use crate::error::{ParseError, What};
use crate::scan::{Cursor, Params};

/// A media type and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct ContentType<'a> {
    /// `text` of `text/plain`.
    pub media: &'a str,
    /// `plain` of `text/plain`.
    pub subtype: &'a str,
    params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Parses the value of a Content-Type header.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(text);
        let media = cursor.token();
        let slash = cursor.separator(b'/');
        match (media, cursor.token()) {
            (Some(media), Some(subtype)) if slash => {
                let params = Params::new(cursor.rest());
                match params.into_iter().find_map(Result::err) {
                    Some(error) => Err(error.within(cursor.at())),
                    None => Ok(Self { media, subtype, params }),
                }
            }
            _ => Err(ParseError::new(What::ContentType, cursor.at())),
        }
    }

    /// Whether this is that media type; parameters do not count.
    pub fn is(&self, media: &str, subtype: &str) -> bool {
        self.media.eq_ignore_ascii_case(media) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params.find(name)
    }

    /// The `charset`; text without one is UTF-8 in SIP (§7.4.1).
    pub fn charset(&self) -> Option<&'a str> {
        self.param("charset")
    }
}

impl fmt::Display for ContentType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.media, self.subtype)
    }
}
