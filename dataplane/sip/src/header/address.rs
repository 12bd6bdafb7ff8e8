//! Name and address: From, To, Contact, Route, Path (RFC 3261 §20.10, §25.1).

use std::borrow::Cow;
use std::fmt;

use crate::error::{ParseError, What};
use crate::scan::{
    Cursor, Params, behind_token, behind_uri, is_lws, is_token, is_uri, quoted_end, trim, unquote,
};
use crate::uri::Uri;
use crate::wide::all_uri;

/// `"display" <uri>;params`, or a bare URI followed by the header's own parameters.
#[derive(Clone, Copy, Debug)]
pub struct NameAddr<'a> {
    /// The display name without quotes, with its quoted pairs; empty if there is none.
    display: &'a str,
    uri: &'a str,
    params: Params<'a>,
    tag: Option<&'a str>,
}

impl<'a> NameAddr<'a> {
    /// Parses one address; the URI is cut out but not judged.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        if let Some(address) = Self::usual(text) {
            return Ok(address);
        }
        let mut cursor = Cursor::new(text);
        cursor.skip_lws();
        let parts = Self::parts(&mut cursor);
        let (display, uri) = parts.ok_or_else(|| ParseError::new(What::Address, cursor.at()))?;
        let base = cursor.at();
        let params = Params::new(trim(cursor.rest()));
        let mut tag = None;
        let mut steps = params;
        while let Some(param) = steps.step().map_err(|error| error.within(base))? {
            if !param.is("tag") {
                continue;
            }
            if !param.value.is_some_and(|value| value.bytes().all(is_token)) {
                return Err(ParseError::new(What::Address, base));
            }
            tag = param.value;
        }
        Ok(Self { display, uri, params, tag })
    }

    /// One that is written as nearly all write it: brackets, and no parameter but a tag.
    #[inline]
    pub(crate) fn usual(text: &'a str) -> Option<Self> {
        let octets = text.as_bytes();
        let mut open = 0;
        if octets.first() == Some(&b'"') {
            open = quoted_end(octets, 0)?;
        }
        let display = text.get(1..open.saturating_sub(1)).unwrap_or_default();
        open += usize::from(open > 0 && octets.get(open) == Some(&b' '));
        if octets.get(open) != Some(&b'<') {
            return None;
        }
        let close = behind_uri(octets, open + 1);
        let uri = text.get(open + 1..close).filter(|uri| !uri.is_empty())?;
        if octets.get(close) != Some(&b'>') {
            return None;
        }
        let params = text.get(close + 1..)?;
        let tag = match params.strip_prefix(";tag=") {
            Some(tag) if !tag.is_empty() && behind_token(tag.as_bytes(), 0) == tag.len() => {
                Some(tag)
            }
            None if params.is_empty() => None,
            Some(_) | None => return None,
        };
        Some(Self { display, uri, params: Params::new(params), tag })
    }

    /// In place of one that could not be read.
    pub(crate) fn unread() -> Self {
        Self { display: "", uri: "", params: Params::new(""), tag: None }
    }

    fn parts(cursor: &mut Cursor<'a>) -> Option<(&'a str, &'a str)> {
        if cursor.peek() == Some(b'"') {
            let display = cursor.quoted()?;
            cursor.skip_lws();
            return Some((display, Self::bracketed(cursor)?));
        }
        if cursor.peek() == Some(b'<') {
            return Some(("", Self::bracketed(cursor)?));
        }
        let mut ahead = *cursor;
        // Octets above 0x7f are no token, but phones write them.
        let display = ahead.run(|octet| is_token(octet) || is_lws(octet) || !octet.is_ascii());
        if ahead.peek() == Some(b'<') {
            *cursor = ahead;
            return Some((trim(display), Self::bracketed(cursor)?));
        }
        // Without brackets `;` starts the header's parameters, and `?` and `,` are not allowed.
        let uri = cursor.run(|octet| is_uri(octet) && !matches!(octet, b';' | b'?' | b','));
        let ended = cursor.peek().is_none_or(|octet| octet == b';' || is_lws(octet));
        (ended && uri.contains(':')).then_some(("", uri))
    }

    fn bracketed(cursor: &mut Cursor<'a>) -> Option<&'a str> {
        if !cursor.eat(b'<') {
            return None;
        }
        let uri = cursor.until(b'>').filter(|uri| !uri.is_empty() && all_uri(uri.as_bytes()))?;
        cursor.advance(1);
        Some(uri)
    }

    /// The display name with its quoted pairs resolved; empty if there is none.
    pub fn display(&self) -> Cow<'a, str> {
        unquote(self.display)
    }

    /// The URI as written.
    pub fn uri_str(&self) -> &'a str {
        self.uri
    }

    /// The URI cut into its parts.
    pub fn uri(&self) -> Result<Uri<'a>, ParseError> {
        Uri::parse(self.uri)
    }

    /// The `tag` of a From or To (§19.3).
    pub fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// All parameters in order.
    pub fn params(&self) -> Params<'a> {
        self.params
    }
}

impl fmt::Display for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write!(f, "\"{}\" ", self.display)?;
        }
        write!(f, "<{}>", self.uri)
    }
}
