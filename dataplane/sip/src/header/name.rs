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
    /// How many there are, [`Other`](Self::Other) included.
    pub(crate) const COUNT: usize = Self::Other as usize + 1;

    /// The header of that name, in whatever case, or by its compact form.
    #[inline]
    pub fn of(text: &[u8]) -> Self {
        match text {
            [letter] => Self::of_letter(*letter),
            [first, .., last] => {
                let (name, meaning) = KNOWN[usize::from(PLACES[slot(text.len(), *first, *last)])];
                let same = name.len() == text.len()
                    && (name.as_bytes() == text || name.as_bytes().eq_ignore_ascii_case(text));
                if same { meaning } else { Self::Other }
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
    #[inline]
    pub(crate) fn is_single(&self) -> bool {
        SINGLE & (1 << *self as u64) != 0
    }
}

/// The headers that may stand only once, a bit for each.
const SINGLE: u64 = {
    let single = [
        Name::From,
        Name::To,
        Name::CallId,
        Name::CSeq,
        Name::ContentLength,
        Name::MaxForwards,
        Name::ContentType,
        Name::Expires,
        Name::Date,
    ];
    let (mut bits, mut at) = (0, 0);
    while at < single.len() {
        bits |= 1 << single[at] as u64;
        at += 1;
    }
    bits
};

/// Name and meaning.
pub(super) const KNOWN: [(&str, Name); 37] = [
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

/// Where among the known a name must stand, by its length and its first and last letter: no two
/// of them have the same slot.
const PLACES: [u8; SLOTS] = {
    let (mut places, mut taken) = ([0; SLOTS], [false; SLOTS]);
    let mut at = 0;
    while at < KNOWN.len() {
        let name = KNOWN[at].0.as_bytes();
        let slot = slot(name.len(), name[0], name[name.len() - 1]);
        assert!(!taken[slot], "another factor parts them");
        (places[slot], taken[slot]) = (at as u8, true);
        at += 1;
    }
    places
};

/// The factors were found by trying.
const fn slot(length: usize, first: u8, last: u8) -> usize {
    // Upper case to lower case, whatever it does to other octets.
    let (first, last) = ((first | 0x20) as usize, (last | 0x20) as usize);
    (length * 11 + first * 2 + last) % SLOTS
}

const SLOTS: usize = 128;
