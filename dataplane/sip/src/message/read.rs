//! One pass over the octets of a message (RFC 3261 §7, §18.3).
//!
//! The pass finds the lines and remembers where each header stands; only what every message
//! must have is parsed at once. A strict pass ends at the first defect. A lenient pass steps
//! over every defect that leaves a Via to answer by, because a request should be answered with 400
//! rather than with silence: what else it says of itself is copied as it came (RFC 4475 §3.1.2).

use memchr::memchr;

use crate::error::{ParseError, What};
use crate::header::{CSeq, Name, NameAddr, Via};
use crate::message::view::{Message, StartLine};
use crate::method::Method;
use crate::scan::{Values, decimal, is_all_token, is_token, same_name};
use crate::wide::{all_graphic, all_uri, controls, find, unusual};

/// The longest message we look at: what fits in a datagram (§18.1.1).
pub const MESSAGE_MAX: usize = 65_535;

/// The header lines we look at in one message.
pub const HEADERS_MAX: usize = 128;

/// The header lines for which reading a message asks for no memory.
const HEADERS_USUAL: usize = 24;

/// Where one header stands. Offsets fit because of [`MESSAGE_MAX`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) name: Name,
    name_start: u16,
    name_len: u16,
    start: u16,
    len: u16,
}

/// All headers of a message: those of nearly every message fit in here, and more have memory of
/// their own.
#[derive(Clone, Debug)]
pub(crate) struct Headers<'a> {
    head: &'a str,
    first: [Slot; HEADERS_USUAL],
    count: usize,
    more: Vec<Slot>,
}

impl<'a> Headers<'a> {
    fn new() -> Self {
        let empty = Slot { name: Name::Accept, name_start: 0, name_len: 0, start: 0, len: 0 };
        Self { head: "", first: [empty; HEADERS_USUAL], count: 0, more: Vec::new() }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.first.get(..self.count).unwrap_or_default().iter().chain(&self.more)
    }

    /// `false` if it is one too many.
    fn push(&mut self, slot: Slot) -> bool {
        if let Some(free) = self.first.get_mut(self.count) {
            *free = slot;
            self.count += 1;
            return true;
        }
        let has_room = self.count + self.more.len() < HEADERS_MAX;
        if has_room {
            self.more.push(slot);
        }
        has_room
    }

    pub(crate) fn name(&self, slot: &Slot) -> &'a str {
        self.text(slot.name_start, slot.name_len)
    }

    pub(crate) fn value(&self, slot: &Slot) -> &'a str {
        self.text(slot.start, slot.len)
    }

    fn text(&self, start: u16, len: u16) -> &'a str {
        let start = usize::from(start);
        self.head.get(start..start + usize::from(len)).unwrap_or_default()
    }
}

/// Whether a pass ends at the first defect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    Strict,
    Lenient,
}

/// Where the head ends and the body begins.
struct Ends {
    head: usize,
    body: usize,
}

struct Reader<'a> {
    octets: &'a [u8],
    mode: Mode,
    headers: Headers<'a>,
    /// The lines found so far.
    lines: usize,
    /// The headers found so far, a bit for each name.
    seen: u64,
    /// The first ones of those a message is read by.
    firsts: [Option<Slot>; NEEDED],
    /// A second one of a header that may stand once.
    repeated: Option<Slot>,
}

pub(crate) fn read(octets: &[u8], mode: Mode) -> Result<Message<'_>, ParseError> {
    if octets.len() > MESSAGE_MAX {
        return Err(ParseError::new(What::TooLong, MESSAGE_MAX));
    }
    let mut start = 0;
    // Keep-alives and sloppy senders put empty lines before the start line (§7.5).
    while octets.get(start..).is_some_and(|rest| rest.starts_with(b"\r\n")) {
        start += 2;
    }
    if start == octets.len() {
        return Err(ParseError::new(What::Empty, 0));
    }
    let (headers, firsts) = (Headers::new(), [None; NEEDED]);
    let mut reader = Reader { octets, mode, headers, lines: 0, seen: 0, firsts, repeated: None };
    let (line_end, next) =
        reader.line(start)?.ok_or_else(|| ParseError::new(What::HeadUnterminated, octets.len()))?;
    let ends = reader.headers(next)?;
    reader.head(ends.head)?;
    let line = reader.headers.head.get(start..line_end).unwrap_or_default();
    let start_line = reader.start_line(line, start)?;
    reader.message(start_line, ends.body)
}

impl<'a> Reader<'a> {
    /// A defect: the end of a strict pass, a shrug of a lenient one.
    fn defect(&self, what: What, at: usize) -> Result<(), ParseError> {
        match self.mode {
            Mode::Strict => Err(ParseError::new(what, at)),
            Mode::Lenient => Ok(()),
        }
    }

    /// The end of the content of the line at `at` and the start of the next; `None` without LF.
    fn line(&mut self, at: usize) -> Result<Option<(usize, usize)>, ParseError> {
        let Some(lf) = self.octets.get(at..).and_then(|rest| memchr(b'\n', rest)) else {
            return Ok(None);
        };
        let lf = at + lf;
        self.lines += 1;
        if lf > at && self.octets.get(lf - 1) == Some(&b'\r') {
            return Ok(Some((lf - 1, lf + 1)));
        }
        self.defect(What::LineEnd, lf)?;
        Ok(Some((lf, lf + 1)))
    }

    fn headers(&mut self, mut at: usize) -> Result<Ends, ParseError> {
        loop {
            let Some((mut end, mut next)) = self.line(at)? else {
                self.defect(What::HeadUnterminated, self.octets.len())?;
                return Ok(Ends { head: at, body: self.octets.len() });
            };
            if end == at {
                return Ok(Ends { head: at, body: next });
            }
            while matches!(self.octets.get(next), Some(b' ' | b'\t')) {
                match self.line(next)? {
                    Some(folded) => (end, next) = folded,
                    None => break,
                }
            }
            self.header(at, end)?;
            at = next;
        }
    }

    /// Remembers one header line, folds included.
    fn header(&mut self, at: usize, end: usize) -> Result<(), ParseError> {
        let line = self.octets.get(at..end).unwrap_or_default();
        let Some(colon) = find(line, b':') else {
            return self.defect(What::HeaderLine, at);
        };
        let name = line[..colon].trim_ascii_end();
        let known = Name::of(name);
        // A name that is known is a token.
        if known == Name::Other && (name.is_empty() || !name.iter().all(|octet| is_token(*octet))) {
            return self.defect(What::HeaderLine, at);
        }
        let value = line[colon + 1..].trim_ascii_start();
        let slot = Slot {
            name: known,
            name_start: offset(at),
            name_len: offset(name.len()),
            start: offset(at + line.len() - value.len()),
            len: offset(value.trim_ascii_end().len()),
        };
        let has_room = self.headers.push(slot);
        if has_room {
            self.note(slot);
        }
        if has_room { Ok(()) } else { self.defect(What::TooManyHeaders, at) }
    }

    /// Keeps the first of each header a message is read by, and whether one stands too often.
    #[inline]
    fn note(&mut self, slot: Slot) {
        let bit = 1 << slot.name as u64;
        if self.seen & bit == 0 {
            self.seen |= bit;
            if let Some(first) = self.firsts.get_mut(PLACES[slot.name as usize]) {
                *first = Some(slot);
            }
        } else if self.repeated.is_none() && slot.name.is_single() {
            self.repeated = Some(slot);
        }
    }

    /// Checks the alphabet of the head, and from here on reads it as text.
    fn head(&mut self, end: usize) -> Result<(), ParseError> {
        let octets = self.octets.get(..end).unwrap_or_default();
        if let Some(at) = self.stray_control(octets) {
            self.defect(What::Control, at)?;
        }
        self.headers.head = match std::str::from_utf8(octets) {
            Ok(head) => head,
            Err(error) => {
                let valid = error.valid_up_to();
                self.defect(What::Utf8, valid)?;
                octets.get(..valid).and_then(|s| std::str::from_utf8(s).ok()).unwrap_or_default()
            }
        };
        Ok(())
    }

    /// The place of a control character that is neither a fold nor quoted by a backslash.
    fn stray_control(&self, head: &[u8]) -> Option<usize> {
        // One line more ends the head; each of the others ends with two.
        let ends = 2 * self.lines.saturating_sub(1);
        if unusual(head) == ends || controls(head) == ends {
            return None;
        }
        let is_control = |octet: u8| octet.is_ascii_control() && octet != b'\t';
        (0..head.len()).find(|at| {
            let before = at.checked_sub(1).and_then(|before| head.get(before));
            match head.get(*at) {
                Some(b'\r') => head.get(at + 1) != Some(&b'\n'),
                Some(b'\n') | None => false,
                Some(octet) => is_control(*octet) && before != Some(&b'\\'),
            }
        })
    }

    fn start_line(&self, line: &'a str, at: usize) -> Result<StartLine<'a>, ParseError> {
        let hopeless = ParseError::new(What::StartLine, at);
        if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
            let (version, rest) = line.split_once(' ').ok_or(hopeless)?;
            let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            self.version(version, at)?;
            let status = decimal(status).filter(|_| status.len() == 3).ok_or(hopeless)?;
            let status = u16::try_from(status).ok().filter(|status| (100..700).contains(status));
            return Ok(StartLine::Response { status: status.ok_or(hopeless)?, reason });
        }
        let space = find(line.as_bytes(), b' ').ok_or(hopeless)?;
        let (method, rest) = (line.get(..space), line.get(space + 1..));
        let (method, rest) = method.zip(rest).ok_or(hopeless)?;
        let meant = Method::of(method);
        if matches!(meant, Method::Other(_)) && !is_all_token(method) {
            return Err(hopeless);
        }
        let uri = match rest.strip_suffix(" SIP/2.0") {
            Some(uri) => uri,
            None => {
                let (uri, version) = rest.rsplit_once(' ').ok_or(hopeless)?;
                self.version(version, at + line.len() - version.len())?;
                uri
            }
        };
        if uri.is_empty() || !all_uri(uri.as_bytes()) {
            self.defect(What::Uri, at + method.len() + 1)?;
        }
        Ok(StartLine::Request { method: meant, uri })
    }

    fn version(&self, version: &str, at: usize) -> Result<(), ParseError> {
        if same_name(version, "SIP/2.0") {
            return Ok(());
        }
        let number = version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
        self.defect(if number { What::Version } else { What::StartLine }, at)
    }

    /// Parses what every message must have, and cuts the body.
    fn message(self, start: StartLine<'a>, body: usize) -> Result<Message<'a>, ParseError> {
        if let Some(slot) = self.repeated {
            self.defect(What::Repeated(slot.name), usize::from(slot.name_start))?;
        }
        let [via, from, to, call_id, cseq, max_forwards, content_length] = self.firsts;
        let end = self.headers.head.len();
        let need = |slot: Option<Slot>, name| {
            slot.ok_or_else(|| ParseError::new(What::Missing(name), end))
        };
        let via = need(via, Name::Via)?;
        let base = via.start;
        let first = Values::new(self.headers.value(&via)).next().unwrap_or_default();
        let via = match self.mode {
            Mode::Strict => Via::parse(first),
            Mode::Lenient => Via::salvage(first),
        }
        .map_err(|error| error.within(base.into()))?;
        let nobody = NameAddr::unread();
        let from = self.or(need(from, Name::From).and_then(|from| self.address(from)), nobody)?;
        let to = self.or(need(to, Name::To).and_then(|to| self.address(to)), nobody)?;
        let call_id = need(call_id, Name::CallId).and_then(|call_id| self.call_id(call_id));
        let call_id = self.or(call_id, "")?;
        let cseq = need(cseq, Name::CSeq).and_then(|cseq| self.cseq(cseq, &start));
        let cseq = self.or(cseq, CSeq::unread(&start))?;
        self.max_forwards(max_forwards)?;
        let body = self.body(content_length, body)?;
        let whole = self.mode == Mode::Strict;
        Ok(Message { start, headers: self.headers, via, from, to, call_id, cseq, body, whole })
    }

    /// What was read; a lenient pass goes on with something else if it could not be.
    fn or<T>(&self, read: Result<T, ParseError>, instead: T) -> Result<T, ParseError> {
        match (self.mode, read) {
            (Mode::Lenient, Err(_)) => Ok(instead),
            (Mode::Strict | Mode::Lenient, read) => read,
        }
    }

    fn address(&self, slot: Slot) -> Result<NameAddr<'a>, ParseError> {
        NameAddr::parse(self.headers.value(&slot)).map_err(|error| error.within(slot.start.into()))
    }

    fn call_id(&self, slot: Slot) -> Result<&'a str, ParseError> {
        let call_id = self.headers.value(&slot);
        let visible = !call_id.is_empty() && all_graphic(call_id.as_bytes());
        visible.then_some(call_id).ok_or_else(|| ParseError::new(What::CallId, slot.start.into()))
    }

    fn cseq(&self, slot: Slot, start: &StartLine<'a>) -> Result<CSeq<'a>, ParseError> {
        let at = usize::from(slot.start);
        let cseq = CSeq::parse(self.headers.value(&slot)).map_err(|error| error.within(at))?;
        match start {
            StartLine::Request { method, .. } if *method != cseq.method => {
                self.defect(What::CSeqMethod, at)?;
            }
            StartLine::Request { .. } | StartLine::Response { .. } => {}
        }
        Ok(cseq)
    }

    fn max_forwards(&self, slot: Option<Slot>) -> Result<(), ParseError> {
        match slot {
            Some(slot) if decimal(self.headers.value(&slot)).is_none_or(|hops| hops > 255) => {
                self.defect(What::MaxForwards, slot.start.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The body: as long as Content-Length says, else all that came (§18.3).
    fn body(&self, length: Option<Slot>, start: usize) -> Result<&'a [u8], ParseError> {
        let all = self.octets.get(start..).unwrap_or_default();
        let Some(slot) = length else { return Ok(all) };
        let at = usize::from(slot.start);
        let Some(length) = decimal(self.headers.value(&slot)) else {
            self.defect(What::ContentLength, at)?;
            return Ok(all);
        };
        match usize::try_from(length).ok().and_then(|length| all.get(..length)) {
            Some(body) => Ok(body),
            None => self.defect(What::BodyShort, at).map(|()| all),
        }
    }
}

/// An offset as a slot keeps it.
fn offset(at: usize) -> u16 {
    u16::try_from(at).expect("a message is no longer than MESSAGE_MAX, checked on entry")
}

/// The headers a message is read by at once, in the order of their places; the first five are
/// mandatory (§8.1.1).
const READ_AT_ONCE: [Name; NEEDED] = [
    Name::Via,
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::MaxForwards,
    Name::ContentLength,
];

const NEEDED: usize = 7;

/// The place of each name among them; [`NEEDED`] for all others.
const PLACES: [usize; Name::Other as usize + 1] = {
    let mut places = [NEEDED; Name::Other as usize + 1];
    let mut place = 0;
    while place < NEEDED {
        places[READ_AT_ONCE[place] as usize] = place;
        place += 1;
    }
    places
};
