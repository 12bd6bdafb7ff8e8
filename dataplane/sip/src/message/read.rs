//! One pass over the octets of a message (RFC 3261 §7, §18.3).
//!
//! The pass finds the lines and remembers where each header stands; only what every message
//! must have is parsed at once. A strict pass ends at the first defect. A lenient pass steps
//! over every defect that leaves a Via to answer by, because a request should be answered with 400
//! rather than with silence: what else it says of itself is copied as it came (RFC 4475 §3.1.2).

use crate::error::{ParseError, What};
use crate::header::{CSeq, Name, NameAddr, Via};
use crate::message::head::{Headers, MESSAGE_MAX, Slot, line_feed};
use crate::message::view::{Message, StartLine};
use crate::method::Method;
use crate::scan::{Values, behind_uri, decimal, is_all_token, same_name};
use crate::wide::{all_graphic, all_uri, controls, find, unusual};

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
    let mut reader = Reader { octets, mode, headers: Headers::new(), lines: 0, repeated: None };
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
    #[inline]
    fn line(&mut self, at: usize) -> Result<Option<(usize, usize)>, ParseError> {
        let Some(lf) = line_feed(self.octets, at) else { return Ok(None) };
        self.lines += 1;
        if lf > at && self.octets.get(lf - 1) == Some(&b'\r') {
            return Ok(Some((lf - 1, lf + 1)));
        }
        self.defect(What::LineEnd, lf)?;
        Ok(Some((lf, lf + 1)))
    }

    fn headers(&mut self, mut at: usize) -> Result<Ends, ParseError> {
        loop {
            at = self.usual_headers(at);
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

    /// Remembers headers for as long as they are written as nearly all write them, and returns the
    /// place of the first line that is not.
    fn usual_headers(&mut self, mut at: usize) -> usize {
        let octets = self.octets;
        while let Some(lf) = line_feed(octets, at)
            && let Some(b'\r') = octets.get(lf.wrapping_sub(1))
            && let Some(next) = octets.get(lf + 1)
            && !matches!(next, b' ' | b'\t')
            && let Some(slot) = Slot::usual(octets, at, lf - 1)
            && !(slot.name.is_single() && self.headers.has(slot.name))
            && self.headers.push(slot)
        {
            self.lines += 1;
            at = lf + 1;
        }
        at
    }

    /// Remembers one header line, folds included.
    #[inline]
    fn header(&mut self, at: usize, end: usize) -> Result<(), ParseError> {
        let line = || self.octets.get(at..end).unwrap_or_default();
        let slot = Slot::usual(self.octets, at, end).or_else(|| Slot::of(line(), at));
        let Some(slot) = slot else { return self.defect(What::HeaderLine, at) };
        let is_second = slot.name.is_single() && self.headers.has(slot.name);
        if !self.headers.push(slot) {
            return self.defect(What::TooManyHeaders, at);
        }
        if is_second && self.repeated.is_none() {
            self.repeated = Some(slot);
        }
        Ok(())
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
        let end = behind_uri(rest.as_bytes(), 0);
        if let (Some(uri), Some(" SIP/2.0")) = (rest.get(..end), rest.get(end..))
            && end > 0
        {
            return Ok(StartLine::Request { method: meant, uri });
        }
        let (uri, version) = rest.rsplit_once(' ').ok_or(hopeless)?;
        self.version(version, at + line.len() - version.len())?;
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
            self.defect(What::Repeated(slot.name), usize::from(slot.line))?;
        }
        let via = self.via()?;
        let from = self.address(Name::From)?;
        let to = self.address(Name::To)?;
        let call_id = self.or(self.call_id(), "")?;
        let cseq = self.or(self.cseq(&start), CSeq::unread(&start))?;
        self.max_forwards(self.headers.first(Name::MaxForwards))?;
        let body = self.body(self.headers.first(Name::ContentLength), body)?;
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

    /// The first of a header that must be there (§8.1.1).
    #[inline]
    fn need(&self, name: Name) -> Result<Slot, ParseError> {
        let missing = || ParseError::new(What::Missing(name), self.headers.head.len());
        self.headers.first(name).ok_or_else(missing)
    }

    /// The topmost Via, without which even a lenient pass is in vain.
    #[inline]
    fn via(&self) -> Result<Via<'a>, ParseError> {
        let slot = self.need(Name::Via)?;
        let value = self.headers.value(&slot);
        if let Some(via) = Via::alone(value) {
            return Ok(via);
        }
        let first = Values::new(value).next().unwrap_or_default();
        let via = match self.mode {
            Mode::Strict => Via::parse(first),
            Mode::Lenient => Via::salvage(first),
        };
        via.map_err(|error| error.within(slot.start.into()))
    }

    #[inline]
    fn address(&self, name: Name) -> Result<NameAddr<'a>, ParseError> {
        let slot = self.need(name);
        if let Ok(slot) = &slot
            && let Some(usual) = NameAddr::usual(self.headers.value(slot))
        {
            return Ok(usual);
        }
        let parse = |slot: Slot| {
            let address = NameAddr::parse(self.headers.value(&slot));
            address.map_err(|error| error.within(slot.start.into()))
        };
        self.or(slot.and_then(parse), NameAddr::unread())
    }

    fn call_id(&self) -> Result<&'a str, ParseError> {
        let slot = self.need(Name::CallId)?;
        let call_id = self.headers.value(&slot);
        let visible = !call_id.is_empty() && all_graphic(call_id.as_bytes());
        visible.then_some(call_id).ok_or_else(|| ParseError::new(What::CallId, slot.start.into()))
    }

    fn cseq(&self, start: &StartLine<'a>) -> Result<CSeq<'a>, ParseError> {
        let slot = self.need(Name::CSeq)?;
        let (at, value) = (usize::from(slot.start), self.headers.value(&slot));
        if let StartLine::Request { method, .. } = start
            && let Some(usual) = CSeq::of(value, *method)
        {
            return Ok(usual);
        }
        let cseq = CSeq::parse(value).map_err(|error| error.within(at))?;
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
