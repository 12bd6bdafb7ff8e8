//! What the body of a MESSAGE says, out of all it may be wrapped in.
//!
//! An app never hears 415 for what its user did not write: what it tells of itself is taken and
//! dropped. What its user would miss is refused, and the answer says what we take.

use std::borrow::Cow;

use routing::{Refusal, Wanted, WantedForm};
use sip::body::{Part, Parts, inflate};
use sip::cpim::Cpim;
use sip::imdn::{Imdn, Wishes};
use sip::{ContentType, Message, Name};

use crate::limits::CONTENT_MAX;

/// What a MESSAGE says.
#[derive(Debug)]
pub(crate) enum Said<'a> {
    /// A text, and what its sender wants to hear of it.
    Text(&'a str, Option<Box<Wanted>>),
    /// What became of a text of ours (RFC 5438).
    Report(Imdn<'a>),
    /// Data, of this type.
    Data(ContentType<'a>, &'a [u8]),
    /// A short message as the air interface has it (TS 24.341).
    Relay(&'a [u8]),
    /// Nothing that anybody waits for.
    Passing,
}

/// What a body of some type is to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// Text.
    Text,
    /// An envelope with one of the others in it.
    Envelope,
    /// Several of the others.
    Several,
    /// A report.
    Report,
    /// Data for a program, or for nobody we know.
    Data,
    /// A short message of 3GPP.
    Relay,
    /// Taken and dropped.
    Passing,
}

/// Every type we take; any other is refused with 415. docs/texts.md has the same table.
const KINDS: [(&str, &str, Kind); 16] = [
    ("text", "plain", Kind::Text),
    ("message", "cpim", Kind::Envelope),
    ("message", "imdn+xml", Kind::Report),
    ("multipart", "mixed", Kind::Several),
    ("multipart", "alternative", Kind::Several),
    ("multipart", "related", Kind::Several),
    ("application", "vnd.3gpp.sms", Kind::Relay),
    ("application", "octet-stream", Kind::Data),
    ("application", "vnd.wap.wsp", Kind::Data),
    ("application", "vnd.nokia.ringing-tone", Kind::Data),
    ("text", "vcard", Kind::Data),
    ("text", "calendar", Kind::Data),
    ("application", "im-iscomposing+xml", Kind::Passing),
    ("application", "pidf+xml", Kind::Passing),
    ("application", "simple-message-summary", Kind::Passing),
    ("application", "watcherinfo+xml", Kind::Passing),
];

/// What a type is to us, in the words of docs/texts.md.
pub fn kinds() -> impl Iterator<Item = (String, &'static str)> {
    KINDS.iter().map(|(media, subtype, kind)| {
        let word = match kind {
            Kind::Text => "the text",
            Kind::Envelope => "an envelope",
            Kind::Several => "several parts",
            Kind::Report => "a report",
            Kind::Data => "data",
            Kind::Relay => "a short message",
            Kind::Passing => "dropped",
        };
        (format!("{media}/{subtype}"), word)
    })
}

/// The same for an Accept (RFC 3261 §20.1); what is only dropped is not asked for.
pub(crate) const ACCEPT: &str = "text/plain, message/cpim, message/imdn+xml, \
    multipart/mixed, multipart/alternative, multipart/related, application/vnd.3gpp.sms, \
    application/octet-stream, application/vnd.wap.wsp, application/vnd.nokia.ringing-tone, \
    text/vcard, text/calendar";

/// What strangers are told of it who ask what we take: no answer is much longer than its question.
pub(crate) const ACCEPT_MOSTLY: &str =
    "text/plain, message/cpim, message/imdn+xml, multipart/mixed";

/// What a body may be compressed with.
pub(crate) const ACCEPT_ENCODING: &str = "identity, deflate";

/// The body of a MESSAGE, unpacked if it came compressed.
pub(crate) fn unpacked<'a>(message: &Message<'a>) -> Result<Cow<'a, [u8]>, Refusal> {
    if message.body().len() > CONTENT_MAX {
        return Err(Refusal::TooLong);
    }
    match message.header(Name::ContentEncoding) {
        None => Ok(Cow::Borrowed(message.body())),
        Some(plain) if is_plain(plain) => Ok(Cow::Borrowed(message.body())),
        Some(deflate) if deflate.eq_ignore_ascii_case("deflate") => {
            inflate(message.body(), CONTENT_MAX).map(Cow::Owned).map_err(|_| Refusal::BadField)
        }
        Some(_) => Err(Refusal::BadContent),
    }
}

/// What a MESSAGE says by this body of it.
pub(crate) fn said<'a>(message: &Message<'a>, body: &'a [u8]) -> Result<Said<'a>, Refusal> {
    let content_type = match message.content_type() {
        Some(content_type) => content_type.map_err(|_| Refusal::BadContent)?,
        // RFC 3261 §20.15: a body that is not empty says what it is.
        None if body.is_empty() => return Ok(Said::Text("", None)),
        None => return Err(Refusal::BadField),
    };
    match kind(&content_type)? {
        Kind::Text => Ok(Said::Text(text(&content_type, body)?, wanted_by_headers(message))),
        Kind::Envelope => enveloped(body),
        Kind::Several => several(&content_type, body),
        Kind::Report => report(body),
        Kind::Data => Ok(Said::Data(content_type, body)),
        Kind::Relay => Ok(Said::Relay(body)),
        Kind::Passing => Ok(Said::Passing),
    }
}

fn kind(content_type: &ContentType<'_>) -> Result<Kind, Refusal> {
    let known = KINDS.iter().find(|(media, subtype, _)| content_type.is(media, subtype));
    known.map(|(_, _, kind)| *kind).ok_or(Refusal::BadContent)
}

/// An envelope holds a text or a report, and no other envelope.
fn enveloped(body: &[u8]) -> Result<Said<'_>, Refusal> {
    let cpim = Cpim::parse(body).map_err(|_| Refusal::BadField)?;
    let content_type = cpim.part.media().map_err(|_| Refusal::BadField)?;
    if cpim.is_beyond_us || !is_plain_part(&cpim.part) {
        return Err(Refusal::BadContent);
    }
    match kind(&content_type)? {
        Kind::Text => {
            let name = cpim.message_id.unwrap_or_default();
            let wanted = wanted(name, cpim.wishes, WantedForm::Envelope);
            Ok(Said::Text(text(&content_type, cpim.part.body)?, wanted))
        }
        Kind::Report => report(cpim.part.body),
        Kind::Passing => Ok(Said::Passing),
        Kind::Envelope | Kind::Several | Kind::Data | Kind::Relay => Err(Refusal::BadContent),
    }
}

/// Of several bodies the first that is plain text.
fn several<'a>(content_type: &ContentType<'_>, body: &'a [u8]) -> Result<Said<'a>, Refusal> {
    let parts = Parts::of(content_type, body).map_err(|_| Refusal::BadField)?;
    for part in parts {
        let part = part.map_err(|_| Refusal::BadField)?;
        let content_type = part.media().map_err(|_| Refusal::BadField)?;
        if kind(&content_type) == Ok(Kind::Text) && is_plain_part(&part) {
            return Ok(Said::Text(text(&content_type, part.body)?, None));
        }
    }
    Err(Refusal::BadContent)
}

fn report(body: &[u8]) -> Result<Said<'_>, Refusal> {
    // Whoever reports what we cannot read has nothing to gain from hearing so.
    Ok(Imdn::parse(body).map_or(Said::Passing, Said::Report))
}

fn text<'a>(content_type: &ContentType<'_>, body: &'a [u8]) -> Result<&'a str, Refusal> {
    let charset = content_type.charset().unwrap_or("utf-8");
    let readable = ["utf-8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known));
    if !readable {
        return Err(Refusal::BadContent);
    }
    std::str::from_utf8(body).map_err(|_| Refusal::BadContent)
}

/// What is asked for by SIP headers that have the names of CPIM's.
fn wanted_by_headers(message: &Message<'_>) -> Option<Box<Wanted>> {
    let name = message.header_named("imdn.Message-ID")?;
    let wishes = message.header_named("imdn.Disposition-Notification")?;
    wanted(name, Wishes::parse(wishes), WantedForm::Headers)
}

/// A name is a token that could stand in a report of ours; without one nothing can be told.
fn wanted(name: &str, wishes: Wishes, form: WantedForm) -> Option<Box<Wanted>> {
    let is_name = (1..=Wanted::NAME_MAX).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_graphic());
    let (delivered, failed) = (wishes.has(Wishes::DELIVERED), wishes.has(Wishes::FAILED));
    let wanted = Wanted { name: name.to_owned(), delivered, failed, form };
    (is_name && (delivered || failed)).then(|| Box::new(wanted))
}

/// Is the part written as it is meant?
fn is_plain_part(part: &Part<'_>) -> bool {
    let is_written = |transfer: &str| {
        let known = ["7bit", "8bit", "binary"];
        known.iter().any(|known| transfer.eq_ignore_ascii_case(known))
    };
    part.encoding.is_none_or(is_plain) && part.transfer.is_none_or(is_written)
}

fn is_plain(encoding: &str) -> bool {
    encoding.is_empty() || encoding.eq_ignore_ascii_case("identity")
}

#[cfg(test)]
mod tests;
