//! Several bodies in one (RFC 2046 §5.1).

use memchr::memmem::Finder;

use crate::body::Part;
use crate::error::{ParseError, What};
use crate::header::ContentType;

/// The parts of a multipart body, in order. What stands before the first and behind the last
/// delimiter is no part.
#[derive(Debug)]
pub struct Parts<'a> {
    rest: &'a [u8],
    delimiter: Finder<'static>,
    left: usize,
}

impl<'a> Parts<'a> {
    /// The parts of a body of this type; an error if it names no boundary.
    pub fn of(content_type: &ContentType<'_>, body: &'a [u8]) -> Result<Self, ParseError> {
        let boundary = content_type.param("boundary").unwrap_or_default();
        if !(1..=BOUNDARY_MAX).contains(&boundary.len()) {
            return Err(ParseError::new(What::Multipart, 0));
        }
        let delimiter = Finder::new(&[b"--", boundary.as_bytes()].concat()).into_owned();
        let mut parts = Self { rest: body, delimiter, left: PARTS_MAX };
        if parts.cut().is_none() {
            parts.rest = &[];
        }
        Ok(parts)
    }

    /// What stands before the next delimiter, which is taken away with it; `None` behind the
    /// last.
    fn cut(&mut self) -> Option<&'a [u8]> {
        let len = self.delimiter.needle().len();
        let mut from = 0;
        loop {
            let at = from + self.delimiter.find(self.rest.get(from..)?)?;
            let before = self.rest.get(..at)?;
            let behind = self.rest.get(at + len..).unwrap_or_default();
            // A delimiter begins a line and ends it; white space may stand behind it.
            let blanks = behind.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
            let behind = behind.get(blanks..).unwrap_or_default();
            let after = behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n"));
            let is_last = behind.starts_with(b"--");
            if (before.is_empty() || before.ends_with(b"\n")) && (is_last || after.is_some()) {
                self.rest = after.unwrap_or_default();
                let before = before.strip_suffix(b"\n").unwrap_or(before);
                return Some(before.strip_suffix(b"\r").unwrap_or(before));
            }
            from = at + len;
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Result<Part<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.rest = &[];
            return Some(Err(ParseError::new(What::Multipart, 0)));
        };
        self.left = left;
        // A body that was cut off in its last part still has that part's beginning.
        let whole = self.cut().unwrap_or_else(|| std::mem::take(&mut self.rest));
        Some(Part::parse(whole))
    }
}

/// Characters of a boundary (RFC 2046 §5.1.1).
const BOUNDARY_MAX: usize = 70;

/// Parts that are looked at.
const PARTS_MAX: usize = 16;
