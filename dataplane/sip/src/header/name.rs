//! Header names: case-insensitive, some with a compact form of one letter (RFC 3261 §7.3.3).

/// The headers we may ask a message for by name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each is the header of that name")]
pub enum Name {
    Accept,
    Allow,
    Authorization,
    CSeq,
    CallId,
    Contact,
    ContentDisposition,
    ContentEncoding,
    ContentLength,
    ContentType,
    Date,
    Event,
    Expires,
    FlowTimer,
    From,
    InReplyTo,
    MaxForwards,
    MinExpires,
    PAssertedIdentity,
    Path,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyRequire,
    RecordRoute,
    Require,
    RetryAfter,
    Route,
    Server,
    ServiceRoute,
    Subject,
    Supported,
    To,
    Unsupported,
    UserAgent,
    Via,
    Warning,
    WwwAuthenticate,
    /// Any other header; ask for it by its text.
    Other,
}

impl Name {
    /// The header of that name, in whatever case, or by its compact form.
    pub fn of(text: &[u8]) -> Self {
        match text {
            [letter] => Self::of_letter(*letter),
            [first, ..] => {
                let same = |known: &(u8, &str, Self)| {
                    known.0 == first.to_ascii_lowercase()
                        && known.1.len() == text.len()
                        && known.1.as_bytes().eq_ignore_ascii_case(text)
                };
                KNOWN.iter().find(|known| same(known)).map_or(Self::Other, |known| known.2)
            }
            [] => Self::Other,
        }
    }

    fn of_letter(letter: u8) -> Self {
        match letter.to_ascii_lowercase() {
            b'c' => Self::ContentType,
            b'e' => Self::ContentEncoding,
            b'f' => Self::From,
            b'i' => Self::CallId,
            b'k' => Self::Supported,
            b'l' => Self::ContentLength,
            b'm' => Self::Contact,
            b'o' => Self::Event,
            b's' => Self::Subject,
            b't' => Self::To,
            b'v' => Self::Via,
            _ => Self::Other,
        }
    }

    /// The name as we write it.
    pub fn as_str(&self) -> &'static str {
        KNOWN.iter().find(|known| known.2 == *self).map_or("header", |known| known.1)
    }

    /// Whether the header may stand only once in a message (§7.3.1), of those that we rely on.
    pub(crate) fn is_single(&self) -> bool {
        matches!(
            self,
            Self::From
                | Self::To
                | Self::CallId
                | Self::CSeq
                | Self::ContentLength
                | Self::MaxForwards
                | Self::ContentType
                | Self::Expires
                | Self::Date
        )
    }
}

/// Initial in lower case, name, meaning; the headers of every message first.
const KNOWN: [(u8, &str, Name); 37] = [
    (b'v', "Via", Name::Via),
    (b'f', "From", Name::From),
    (b't', "To", Name::To),
    (b'c', "Call-ID", Name::CallId),
    (b'c', "CSeq", Name::CSeq),
    (b'c', "Content-Length", Name::ContentLength),
    (b'c', "Content-Type", Name::ContentType),
    (b'c', "Contact", Name::Contact),
    (b'm', "Max-Forwards", Name::MaxForwards),
    (b'd', "Date", Name::Date),
    (b'e', "Expires", Name::Expires),
    (b'a', "Authorization", Name::Authorization),
    (b'p', "Proxy-Authorization", Name::ProxyAuthorization),
    (b'a', "Accept", Name::Accept),
    (b'a', "Allow", Name::Allow),
    (b'c', "Content-Disposition", Name::ContentDisposition),
    (b'c', "Content-Encoding", Name::ContentEncoding),
    (b'e', "Event", Name::Event),
    (b'f', "Flow-Timer", Name::FlowTimer),
    (b'i', "In-Reply-To", Name::InReplyTo),
    (b'm', "Min-Expires", Name::MinExpires),
    (b'p', "P-Asserted-Identity", Name::PAssertedIdentity),
    (b'p', "Path", Name::Path),
    (b'p', "Proxy-Authenticate", Name::ProxyAuthenticate),
    (b'p', "Proxy-Require", Name::ProxyRequire),
    (b'r', "Record-Route", Name::RecordRoute),
    (b'r', "Require", Name::Require),
    (b'r', "Retry-After", Name::RetryAfter),
    (b'r', "Route", Name::Route),
    (b's', "Server", Name::Server),
    (b's', "Service-Route", Name::ServiceRoute),
    (b's', "Subject", Name::Subject),
    (b's', "Supported", Name::Supported),
    (b'u', "Unsupported", Name::Unsupported),
    (b'u', "User-Agent", Name::UserAgent),
    (b'w', "Warning", Name::Warning),
    (b'w', "WWW-Authenticate", Name::WwwAuthenticate),
];
