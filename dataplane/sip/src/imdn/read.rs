//! message/imdn+xml as it came in.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::error::{ParseError, What};
use crate::imdn::Disposition;

/// A report about a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Imdn<'a> {
    /// The name under which the text was sent.
    pub message_id: &'a str,
    /// When it happened, as written.
    pub date_time: &'a str,
    /// Who got it, as written.
    pub recipient: &'a str,
    /// What became of it.
    pub disposition: Disposition,
}

impl<'a> Imdn<'a> {
    /// Reads the XML of RFC 5438 §11.1.10: these elements and their text. Other elements are
    /// passed over; what could make more of the octets than is there, such as a document type,
    /// is refused.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
        let text = std::str::from_utf8(octets).map_err(|error| wrong(error.valid_up_to()))?;
        let mut reader = Reader::from_str(text);
        let mut found = Found::default();
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match reader.read_event().map_err(|_| wrong(at))? {
                Event::Start(start) => found.enter(start.local_name().as_ref(), at)?,
                Event::Empty(start) => {
                    found.enter(start.local_name().as_ref(), at)?;
                    found.depth -= 1;
                }
                Event::End(_) => found.depth = found.depth.saturating_sub(1),
                Event::Text(said) => found.hear(said.into_inner()),
                Event::CData(said) => found.hear(said.into_inner()),
                Event::DocType(_) => return Err(wrong(at)),
                Event::Eof => break,
                // A name is written without references; in other places they do not matter.
                Event::GeneralRef(_) if found.is_at(MESSAGE_ID) => return Err(wrong(at)),
                Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        found.whole().ok_or_else(|| wrong(octets.len()))
    }
}

/// What was found so far, and where we are.
#[derive(Debug, Default)]
struct Found<'a> {
    /// The places in [`NAMES`] of the elements we are in.
    path: [usize; DEPTH_MAX],
    depth: usize,
    message_id: Option<&'a str>,
    date_time: Option<&'a str>,
    recipient: Option<&'a str>,
    disposition: Option<Disposition>,
}

impl<'a> Found<'a> {
    fn enter(&mut self, name: &str, at: usize) -> Result<(), ParseError> {
        let known = NAMES.iter().position(|known| *known == name);
        let place = self.path.get_mut(self.depth).ok_or_else(|| wrong(at))?;
        *place = known.unwrap_or(UNKNOWN);
        self.depth += 1;
        if let [IMDN, about, STATUS, _] = self.path[..self.depth] {
            let said = SAID.iter().find(|said| said.0 == about && said.1 == name);
            self.disposition = self.disposition.or_else(|| said.map(|said| said.2));
        }
        Ok(())
    }

    fn is_at(&self, element: usize) -> bool {
        self.path[..self.depth] == [IMDN, element]
    }

    fn hear(&mut self, said: Cow<'a, str>) {
        // Text of UTF-8 is lent, never copied.
        let Cow::Borrowed(said) = said else { return };
        let said = Some(said.trim()).filter(|said| !said.is_empty());
        let place = match self.path[..self.depth] {
            [IMDN, MESSAGE_ID] => &mut self.message_id,
            [IMDN, DATE_TIME] => &mut self.date_time,
            [IMDN, RECIPIENT] => &mut self.recipient,
            _ => return,
        };
        *place = place.or(said);
    }

    fn whole(self) -> Option<Imdn<'a>> {
        Some(Imdn {
            message_id: self.message_id?,
            date_time: self.date_time.unwrap_or_default(),
            recipient: self.recipient.unwrap_or_default(),
            disposition: self.disposition?,
        })
    }
}

fn wrong(at: usize) -> ParseError {
    ParseError::new(What::Imdn, at)
}

/// The elements that matter, by place.
const NAMES: [&str; 8] = [
    "imdn",
    "message-id",
    "datetime",
    "recipient-uri",
    "status",
    "delivery-notification",
    "processing-notification",
    "display-notification",
];

const IMDN: usize = 0;
const MESSAGE_ID: usize = 1;
const DATE_TIME: usize = 2;
const RECIPIENT: usize = 3;
const STATUS: usize = 4;
const DELIVERY: usize = 5;
const PROCESSING: usize = 6;
const DISPLAY: usize = 7;

/// An element that does not matter.
const UNKNOWN: usize = usize::MAX;

/// What each notification can say.
const SAID: [(usize, &str, Disposition); 11] = [
    (DELIVERY, "delivered", Disposition::Delivered),
    (DELIVERY, "failed", Disposition::Failed),
    (DELIVERY, "forbidden", Disposition::Forbidden),
    (DELIVERY, "error", Disposition::Error),
    (PROCESSING, "processed", Disposition::Processed),
    (PROCESSING, "stored", Disposition::Stored),
    (PROCESSING, "forbidden", Disposition::Forbidden),
    (PROCESSING, "error", Disposition::Error),
    (DISPLAY, "displayed", Disposition::Displayed),
    (DISPLAY, "forbidden", Disposition::Forbidden),
    (DISPLAY, "error", Disposition::Error),
];

/// Elements within elements; the standard's are four deep.
const DEPTH_MAX: usize = 8;
