//! A body with headers of its own (RFC 2045 §3): what CPIM encapsulates, and each of several parts.

use memchr::memchr;

use crate::error::{ParseError, What};
use crate::header::ContentType;
use crate::scan::trim;

/// A body and the MIME headers that say what it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Part<'a> {
    /// Content-Type as written.
    pub content_type: Option<&'a str>,
    /// Content-Disposition as written.
    pub disposition: Option<&'a str>,
    /// Content-Encoding as written: SIP's, which some apps use within CPIM too.
    pub encoding: Option<&'a str>,
    /// Content-Transfer-Encoding as written.
    pub transfer: Option<&'a str>,
    /// The octets, as they are encoded.
    pub body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Reads MIME headers, an empty line and a body.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let mut head = Head::new(octets);
        let mut part = Self::default();
        while let Some(line) = head.next_line()? {
            // A folded line continues one of which we have read what we need.
            if line.starts_with([' ', '\t']) {
                continue;
            }
            let (name, value) = head.split(line)?;
            let known = [
                ("content-type", &mut part.content_type),
                ("content-disposition", &mut part.disposition),
                ("content-encoding", &mut part.encoding),
                ("content-transfer-encoding", &mut part.transfer),
            ];
            for (known, place) in known {
                if name.eq_ignore_ascii_case(known) {
                    place.get_or_insert(value);
                }
            }
        }
        part.body = head.rest();
        Ok(part)
    }

    /// The media type; plain text where nothing is said (RFC 2045 §5.2).
    pub fn media(&self) -> Result<ContentType<'a>, ParseError> {
        ContentType::parse(self.content_type.unwrap_or("text/plain"))
    }
}

/// The head of a body: lines up to the empty one, ended by CR LF, or by LF alone as some write it.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    octets: &'a [u8],
    at: usize,
    lines: usize,
}

impl<'a> Head<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0, lines: 0 }
    }

    /// The next line; `None` at the empty one.
    pub(crate) fn next_line(&mut self) -> Result<Option<&'a str>, ParseError> {
        let error = ParseError::new(What::Part, self.at);
        let rest = self.octets.get(self.at..).unwrap_or_default();
        let end = memchr(b'\n', rest).ok_or(error)?;
        let line = rest.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (self.at, self.lines) = (self.at + end + 1, self.lines + 1);
        if self.lines > LINES_MAX {
            return Err(error);
        }
        let line = std::str::from_utf8(line).map_err(|_| error)?;
        Ok(Some(line).filter(|line| !line.is_empty()))
    }

    /// Name and value of a line.
    pub(crate) fn split(&self, line: &'a str) -> Result<(&'a str, &'a str), ParseError> {
        let named = line.split_once(':').map(|(name, value)| (trim(name), trim(value)));
        named
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| ParseError::new(What::Part, self.at))
    }

    /// What stands behind the lines that were read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    /// How many octets were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }
}

/// The elements of a list, trimmed, without what stands behind a semicolon of theirs.
pub(crate) fn lines_of(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|element| trim(element.split(';').next().unwrap_or_default()))
}

/// Lines of one head: more than any app writes, few enough to be read at once.
const LINES_MAX: usize = 64;
