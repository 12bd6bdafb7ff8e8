//! A message as it came in: every field a slice of its octets.

use std::fmt;

use crate::error::{ParseError, What};
use crate::header::{
    CSeq, Challenge, ContactValue, ContentType, Credentials, Date, Name, NameAddr, Via,
};
use crate::message::head::{Headers, Slot};
use crate::message::read::{Mode, read};
use crate::method::Method;
use crate::scan::{Values, decimal, delta_seconds};

/// The first line of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StartLine<'a> {
    /// RFC 3261 §7.1. The URI is kept as written: its scheme may be one we do not know.
    Request {
        /// What is asked.
        method: Method<'a>,
        /// Of whom.
        uri: &'a str,
    },
    /// RFC 3261 §7.2.
    Response {
        /// 100 to 699.
        status: u16,
        /// Words for humans.
        reason: &'a str,
    },
}

/// A message, parsed without copying.
///
/// What every message must have (§8.1.1) is parsed and right; everything else is found by the
/// first pass and parsed when asked for. Header values still contain their folds.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub(crate) start: StartLine<'a>,
    pub(crate) headers: Headers<'a>,
    pub(crate) via: Via<'a>,
    pub(crate) from: NameAddr<'a>,
    pub(crate) to: NameAddr<'a>,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: CSeq<'a>,
    pub(crate) body: &'a [u8],
    /// Was everything read? What was salvaged may lack any header but Via.
    pub(crate) whole: bool,
}

impl<'a> Message<'a> {
    /// Parses one datagram, or one message cut from a stream by [`Framer`](crate::Framer).
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        read(octets, Mode::Strict)
    }

    /// Reads a request that [`parse`](Self::parse) refused, only to refuse it politely.
    ///
    /// `Some` if its topmost Via says how an answer finds its way (§8.2.6.2); what cannot be read
    /// of the rest is empty here. ACK and responses are never answered.
    pub fn salvage(octets: &'a [u8]) -> Option<Self> {
        let message = read(octets, Mode::Lenient).ok()?;
        match message.start {
            StartLine::Request { method: Method::Ack, .. } | StartLine::Response { .. } => None,
            StartLine::Request { .. } => Some(message),
        }
    }

    /// The first line.
    pub fn start(&self) -> StartLine<'a> {
        self.start
    }

    /// The method, if this is a request.
    pub fn method(&self) -> Option<Method<'a>> {
        match self.start {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI as written, if this is a request.
    pub fn request_uri(&self) -> Option<&'a str> {
        match self.start {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// The status, if this is a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { status, .. } => Some(status),
        }
    }

    /// The topmost Via.
    pub fn via(&self) -> &Via<'a> {
        &self.via
    }

    /// All Vias, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'a>, ParseError>> + use<'_, 'a> {
        self.values(Name::Via).map(Via::parse)
    }

    /// Who asks.
    pub fn from(&self) -> &NameAddr<'a> {
        &self.from
    }

    /// Who is asked, logically.
    pub fn to(&self) -> &NameAddr<'a> {
        &self.to
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &'a str {
        self.call_id
    }

    /// The CSeq; its method is the request's.
    pub fn cseq(&self) -> CSeq<'a> {
        self.cseq
    }

    /// The body: as long as Content-Length says, extra octets left out.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// All headers as written: name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'_, 'a> {
        self.headers.slots().map(|slot| (self.headers.name(slot), self.headers.value(slot)))
    }

    /// The value of the first header of that name.
    pub fn header(&self, name: Name) -> Option<&'a str> {
        self.headers.first(name).map(|slot| self.headers.value(&slot))
    }

    /// The value of the first header of a name that [`Name`] does not list.
    pub fn header_named(&self, name: &str) -> Option<&'a str> {
        let meant = Name::of(name.as_bytes());
        let others = self.headers.slots().filter(|slot| slot.name == meant);
        let is_it = |slot: &&Slot| self.headers.name(slot).eq_ignore_ascii_case(name);
        others.into_iter().find(is_it).map(|slot| self.headers.value(slot))
    }

    /// The values of all headers of that name, one for each line.
    pub fn lines(&self, name: Name) -> impl Iterator<Item = &'a str> + use<'_, 'a> {
        let slots = self.headers.slots().filter(move |slot| slot.name == name);
        slots.map(|slot| self.headers.value(slot))
    }

    /// The elements of all headers of that name, cut at their commas.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &'a str> + use<'_, 'a> {
        self.lines(name).flat_map(Values::new)
    }

    /// Whether a list of tokens such as Require or Supported holds one.
    pub fn lists(&self, name: Name, token: &str) -> bool {
        self.values(name).any(|value| value.eq_ignore_ascii_case(token))
    }

    /// All contacts in order.
    pub fn contacts(
        &self,
    ) -> impl Iterator<Item = Result<ContactValue<'a>, ParseError>> + use<'_, 'a> {
        self.values(Name::Contact).map(ContactValue::parse)
    }

    /// Expires in seconds; `None` if missing or malformed.
    pub fn expires(&self) -> Option<u32> {
        self.header(Name::Expires).and_then(delta_seconds)
    }

    /// Max-Forwards; `None` if missing.
    pub fn max_forwards(&self) -> Option<u8> {
        self.header(Name::MaxForwards).and_then(decimal).and_then(|hops| u8::try_from(hops).ok())
    }

    /// Content-Type; `None` if missing.
    pub fn content_type(&self) -> Option<Result<ContentType<'a>, ParseError>> {
        self.header(Name::ContentType).map(ContentType::parse)
    }

    /// Date; `None` if missing or malformed.
    pub fn date(&self) -> Option<Date> {
        self.header(Name::Date).and_then(Date::parse)
    }

    /// Retry-After in seconds, without its comment and parameters (§20.33).
    pub fn retry_after(&self) -> Option<u32> {
        let value = self.header(Name::RetryAfter)?;
        let digits = value.find(|char: char| !char.is_ascii_digit()).unwrap_or(value.len());
        delta_seconds(value.get(..digits)?)
    }

    /// The credentials for us (`Authorization`) or for a proxy (`ProxyAuthorization`).
    pub fn credentials(
        &self,
        name: Name,
    ) -> impl Iterator<Item = Result<Credentials<'a>, ParseError>> + use<'_, 'a> {
        self.lines(name).map(Credentials::parse)
    }

    /// The challenges of a 401 or 407, the server's favourite first (RFC 8760 §2.3).
    pub fn challenges(
        &self,
    ) -> impl Iterator<Item = Result<Challenge<'a>, ParseError>> + use<'_, 'a> {
        let name = match self.status() {
            Some(407) => Name::ProxyAuthenticate,
            Some(_) | None => Name::WwwAuthenticate,
        };
        self.lines(name).map(Challenge::parse)
    }

    /// Checks every Via, not only the topmost, as an element that will copy them all may want.
    pub fn check_vias(&self) -> Result<(), ParseError> {
        match self.vias().find_map(Result::err) {
            Some(_) => Err(ParseError::new(What::Via, 0)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            StartLine::Request { uri, .. } => write!(f, "{} {uri}", self.cseq)?,
            StartLine::Response { status, .. } => write!(f, "{} {status}", self.cseq)?,
        }
        write!(f, " call-id {} body {}", self.call_id, self.body.len())
    }
}
