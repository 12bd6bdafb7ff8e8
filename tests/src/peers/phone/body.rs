//! What an app makes of bodies: envelopes and reports (RFC 3862, RFC 5438).

use std::borrow::Cow;

use sip::cpim::{Cpim, Envelope};
use sip::imdn::{Disposition, Imdn, Wishes};
use sip::{Builder, Date, Message};

/// How an app asks what became of its texts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asks {
    /// Not at all.
    Nothing,
    /// By CPIM; the nth text is called `n`.
    Envelope,
    /// By SIP headers.
    Headers,
}

/// What an app was told of a text it sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// What the app calls the text.
    pub name: String,
    /// What became of it.
    pub disposition: Disposition,
    /// Was it told within an envelope?
    pub enveloped: bool,
}

impl Asks {
    /// What a text is sent as.
    pub(super) fn dress<'a>(
        self,
        builder: &mut Builder<'_>,
        number: usize,
        text: &'a [u8],
    ) -> (Option<&'static str>, Cow<'a, [u8]>) {
        let message_id = number.to_string();
        match self {
            Self::Nothing => (None, Cow::Borrowed(text)),
            Self::Headers => {
                builder.header("NS", "imdn <urn:ietf:params:imdn>");
                builder.header("imdn.Message-ID", &message_id);
                let wishes = "positive-delivery, negative-delivery";
                builder.header("imdn.Disposition-Notification", wishes);
                (None, Cow::Borrowed(text))
            }
            Self::Envelope => {
                let envelope = Envelope {
                    from: "sip:me@example",
                    to: "sip:you@example",
                    date: Date { unix_secs: 0 },
                    message_id: &message_id,
                    wishes: Wishes::DELIVERED.and(Wishes::FAILED),
                    content_type: "text/plain;charset=UTF-8",
                    disposition: None,
                };
                let mut body = Vec::new();
                envelope.encode(text, &mut body);
                (Some("message/cpim"), Cow::Owned(body))
            }
        }
    }
}

/// The report of a MESSAGE, if it is one.
pub(super) fn report(message: &Message<'_>) -> Option<Report> {
    let content_type = message.content_type()?.ok()?;
    let (body, enveloped) = match envelope(message) {
        Some(cpim) if cpim.part.media().ok()?.is("message", "imdn+xml") => (cpim.part.body, true),
        None if content_type.is("message", "imdn+xml") => (message.body(), false),
        Some(_) | None => return None,
    };
    let imdn = Imdn::parse(body).ok()?;
    let (name, disposition) = (imdn.message_id.to_owned(), imdn.disposition);
    Some(Report { name, disposition, enveloped })
}

pub(super) fn is_report(message: &Message<'_>) -> bool {
    report(message).is_some()
}

/// The text of a MESSAGE, out of its envelope.
pub(super) fn text_of(message: &Message<'_>) -> String {
    let body = envelope(message).map_or_else(|| message.body(), |cpim| cpim.part.body);
    String::from_utf8_lossy(body).into_owned()
}

/// The type of a MESSAGE's body, its class or a hyphen, and its ports if there are any.
pub(super) fn aside_of(message: &Message<'_>) -> String {
    let kind = message.content_type().and_then(Result::ok);
    let kind = kind.map(|kind| format!("{}/{}", kind.media, kind.subtype)).unwrap_or_default();
    let class = message.header_named("X-SMS-Class").unwrap_or("-");
    let ports = message.header_named("X-SMS-Ports").unwrap_or_default();
    format!("{kind} {class} {ports}").trim_end().to_owned()
}

/// The name under which a report is wanted.
pub(super) fn asked_of(message: &Message<'_>) -> Option<String> {
    let cpim = envelope(message)?;
    cpim.message_id.filter(|_| cpim.wishes.has(Wishes::DELIVERED)).map(str::to_owned)
}

fn envelope<'a>(message: &Message<'a>) -> Option<Cpim<'a>> {
    let content_type = message.content_type()?.ok()?;
    content_type.is("message", "cpim").then(|| Cpim::parse(message.body()).ok()).flatten()
}
