//! An envelope as it came in.

use crate::body::{Head, Part, lines_of};
use crate::cpim::IMDN;
use crate::error::{ParseError, What};
use crate::imdn::Wishes;
use crate::scan::trim;

/// A message/cpim body: every field a slice of its octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cpim<'a> {
    /// From as written: `name <uri>`.
    pub from: Option<&'a str>,
    /// The first To as written.
    pub to: Option<&'a str>,
    /// DateTime as written.
    pub date_time: Option<&'a str>,
    /// imdn.Message-ID: what its sender calls it.
    pub message_id: Option<&'a str>,
    /// imdn.Disposition-Notification: what its sender wants to hear.
    pub wishes: Wishes,
    /// It requires something to be understood that we do not know (RFC 3862 §4.3).
    pub is_beyond_us: bool,
    /// What it is about.
    pub part: Part<'a>,
}

impl<'a> Cpim<'a> {
    /// Reads headers, an empty line, MIME headers, an empty line and a body.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let mut head = Head::new(octets);
        let (mut cpim, mut prefix) = (Self::default(), "imdn");
        while let Some(line) = head.next_line().map_err(|error| wrong(error.at))? {
            let (name, value) = head.split(line).map_err(|error| wrong(error.at))?;
            match name.split_once('.') {
                Some((space, name)) if space == prefix => cpim.learn(name, value),
                Some(_) => {}
                None if is(name, "NS") => prefix = prefix_after(value, prefix),
                None if is(name, "Require") => {
                    cpim.is_beyond_us |= lines_of(value).any(|name| !is_known(name, prefix));
                }
                None => {
                    let known = [
                        ("From", &mut cpim.from),
                        ("To", &mut cpim.to),
                        ("DateTime", &mut cpim.date_time),
                    ];
                    for (known, place) in known {
                        if is(name, known) {
                            place.get_or_insert(value);
                        }
                    }
                }
            }
        }
        cpim.part = Part::parse(head.rest()).map_err(|error| wrong(error.at + head.at()))?;
        Ok(cpim)
    }

    /// A header of RFC 5438.
    fn learn(&mut self, name: &str, value: &'a str) {
        if is(name, "Message-ID") {
            self.message_id.get_or_insert(value);
        } else if is(name, "Disposition-Notification") {
            self.wishes = Wishes::parse(value);
        }
    }
}

/// The prefix of the headers of RFC 5438 behind `NS: prefix <uri>`; a prefix that means something
/// else from here on is none.
fn prefix_after<'a>(value: &'a str, before: &'a str) -> &'a str {
    let (prefix, uri) = match value.split_once('<') {
        Some((prefix, uri)) => (trim(prefix), uri.split('>').next().unwrap_or_default()),
        None => return before,
    };
    match (uri == IMDN, prefix == before) {
        (true, _) => prefix,
        (false, true) => "",
        (false, false) => before,
    }
}

fn is_known(name: &str, prefix: &str) -> bool {
    let plain = match name.split_once('.') {
        Some((space, name)) if space == prefix => return KNOWN_IMDN.iter().any(|k| is(name, k)),
        Some(_) => return false,
        None => name,
    };
    KNOWN.iter().any(|known| is(plain, known))
}

/// RFC 3862 §2.1 has the names of headers depend on case; who writes them otherwise means them
/// all the same.
fn is(name: &str, known: &str) -> bool {
    name.eq_ignore_ascii_case(known)
}

fn wrong(at: usize) -> ParseError {
    ParseError::new(What::Cpim, at)
}

/// The headers of RFC 3862 §4.
const KNOWN: [&str; 7] = ["From", "To", "cc", "DateTime", "Subject", "NS", "Require"];

/// The headers of RFC 5438 §6.3 that we understand.
const KNOWN_IMDN: [&str; 3] = ["Message-ID", "Disposition-Notification", "Original-To"];
