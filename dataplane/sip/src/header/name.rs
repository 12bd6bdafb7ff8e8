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
                let initial = first.to_ascii_lowercase().wrapping_sub(b'a');
                let (from, to) = INITIALS.get(usize::from(initial)).copied().unwrap_or((0, 0));
                let same = |known: &&(&str, Self)| {
                    let known = known.0.as_bytes();
                    known == text || known.eq_ignore_ascii_case(text)
                };
                let near = KNOWN.get(from..to).unwrap_or_default();
                near.iter().find(same).map_or(Self::Other, |known| known.1)
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
        KNOWN.iter().find(|known| known.1 == *self).map_or("header", |known| known.0)
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

/// Name and meaning, by initial; of one initial the headers of every message first.
const KNOWN: [(&str, Name); 37] = [
    ("Authorization", Name::Authorization),
    ("Accept", Name::Accept),
    ("Allow", Name::Allow),
    ("Call-ID", Name::CallId),
    ("CSeq", Name::CSeq),
    ("Content-Length", Name::ContentLength),
    ("Content-Type", Name::ContentType),
    ("Contact", Name::Contact),
    ("Content-Disposition", Name::ContentDisposition),
    ("Content-Encoding", Name::ContentEncoding),
    ("Date", Name::Date),
    ("Expires", Name::Expires),
    ("Event", Name::Event),
    ("From", Name::From),
    ("Flow-Timer", Name::FlowTimer),
    ("In-Reply-To", Name::InReplyTo),
    ("Max-Forwards", Name::MaxForwards),
    ("Min-Expires", Name::MinExpires),
    ("Proxy-Authorization", Name::ProxyAuthorization),
    ("P-Asserted-Identity", Name::PAssertedIdentity),
    ("Path", Name::Path),
    ("Proxy-Authenticate", Name::ProxyAuthenticate),
    ("Proxy-Require", Name::ProxyRequire),
    ("Record-Route", Name::RecordRoute),
    ("Require", Name::Require),
    ("Retry-After", Name::RetryAfter),
    ("Route", Name::Route),
    ("Server", Name::Server),
    ("Service-Route", Name::ServiceRoute),
    ("Subject", Name::Subject),
    ("Supported", Name::Supported),
    ("To", Name::To),
    ("Unsupported", Name::Unsupported),
    ("User-Agent", Name::UserAgent),
    ("Via", Name::Via),
    ("Warning", Name::Warning),
    ("WWW-Authenticate", Name::WwwAuthenticate),
];

/// Where the names of each initial stand among the known.
const INITIALS: [(usize, usize); 26] = {
    let mut places = [(0, 0); 26];
    let mut at = 0;
    while at < KNOWN.len() {
        let initial = (KNOWN[at].0.as_bytes()[0].to_ascii_lowercase() - b'a') as usize;
        let (from, to) = places[initial];
        assert!(from == to || to == at, "names of one initial stand together");
        places[initial] = (if from == to { at } else { from }, at + 1);
        at += 1;
    }
    places
};
