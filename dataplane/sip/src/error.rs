//! What can be wrong with octets that came in, and with values that should go out.

use std::fmt;

use crate::header::Name;

/// Octets that are not the SIP they should be (RFC 3261 §16.3, §18.3, §25).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParseError {
    /// The rule that was broken.
    pub what: What,
    /// Where, in octets from the start of what was parsed.
    pub at: usize,
}

/// The rules octets can break.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// Longer than any datagram can be.
    TooLong,
    /// Nothing but line ends.
    Empty,
    /// Neither a Request-Line nor a Status-Line (§7.1, §7.2).
    StartLine,
    /// A version other than SIP/2.0.
    Version,
    /// A line end that is not CR LF, or a CR or LF of its own.
    LineEnd,
    /// The empty line after the header is missing.
    HeadUnterminated,
    /// A header line without name or colon.
    HeaderLine,
    /// More header lines than we look at.
    TooManyHeaders,
    /// A control character outside a quoted pair.
    Control,
    /// The head is not UTF-8.
    Utf8,
    /// A mandatory header is missing.
    Missing(Name),
    /// A header that may stand once stands twice.
    Repeated(Name),
    /// A Via value (§20.42).
    Via,
    /// A name-addr or addr-spec (§20.10, §20.20, §20.39).
    Address,
    /// A URI (§19.1) or tel URI (RFC 3966).
    Uri,
    /// A scheme that is neither sip, sips nor tel.
    Scheme,
    /// A list of parameters.
    Params,
    /// A Call-ID (§20.8).
    CallId,
    /// A CSeq (§20.16).
    CSeq,
    /// The method in CSeq is not the method of the request (§8.1.1.5).
    CSeqMethod,
    /// A Max-Forwards outside 0..=255 (§20.22).
    MaxForwards,
    /// A Content-Length that is not a number we could receive (§20.14).
    ContentLength,
    /// Fewer octets of body than Content-Length says (§18.3).
    BodyShort,
    /// A Contact value (§20.10).
    Contact,
    /// A Content-Type (§20.15).
    ContentType,
    /// Credentials or a challenge (RFC 7616 §3.3, §3.4).
    Auth,
    /// The head of a part of a body (RFC 2045 §3).
    Part,
    /// A body of several parts (RFC 2046 §5.1).
    Multipart,
    /// A message/cpim body (RFC 3862).
    Cpim,
    /// A message/imdn+xml body (RFC 5438 §11.1.10).
    Imdn,
    /// A message of the relay protocol (3GPP TS 24.011).
    Rp,
    /// A body that was not compressed as it says, or would be too long (RFC 1950).
    Deflate,
}

impl ParseError {
    pub(crate) const fn new(what: What, at: usize) -> Self {
        Self { what, at }
    }

    /// The same error seen from an enclosing text that holds this one at `base`.
    pub(crate) fn within(self, base: usize) -> Self {
        Self { what: self.what, at: self.at + base }
    }

    /// The status that answers a request with this error, where an answer is possible.
    pub fn status(&self) -> u16 {
        match self.what {
            What::Version => 505,
            What::Scheme => 416,
            What::TooLong | What::TooManyHeaders => 513,
            What::Empty
            | What::StartLine
            | What::LineEnd
            | What::HeadUnterminated
            | What::HeaderLine
            | What::Control
            | What::Utf8
            | What::Missing(_)
            | What::Repeated(_)
            | What::Via
            | What::Address
            | What::Uri
            | What::Params
            | What::CallId
            | What::CSeq
            | What::CSeqMethod
            | What::MaxForwards
            | What::ContentLength
            | What::BodyShort
            | What::Contact
            | What::ContentType
            | What::Auth
            | What::Part
            | What::Multipart
            | What::Cpim
            | What::Imdn
            | What::Rp
            | What::Deflate => 400,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}", self.what, self.at)
    }
}

impl std::error::Error for ParseError {}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "message too long",
            Self::Empty => "empty message",
            Self::StartLine => "malformed start line",
            Self::Version => "version is not SIP/2.0",
            Self::LineEnd => "line end is not CR LF",
            Self::HeadUnterminated => "no empty line after the header",
            Self::HeaderLine => "malformed header line",
            Self::TooManyHeaders => "too many header lines",
            Self::Control => "control character in the header",
            Self::Utf8 => "header is not UTF-8",
            Self::Missing(name) => return write!(f, "{} missing", name.as_str()),
            Self::Repeated(name) => return write!(f, "{} repeated", name.as_str()),
            Self::Via => "malformed Via",
            Self::Address => "malformed address",
            Self::Uri => "malformed URI",
            Self::Scheme => "unsupported URI scheme",
            Self::Params => "malformed parameters",
            Self::CallId => "malformed Call-ID",
            Self::CSeq => "malformed CSeq",
            Self::CSeqMethod => "CSeq names another method",
            Self::MaxForwards => "malformed Max-Forwards",
            Self::ContentLength => "malformed Content-Length",
            Self::BodyShort => "body shorter than Content-Length",
            Self::Contact => "malformed Contact",
            Self::ContentType => "malformed Content-Type",
            Self::Auth => "malformed credentials",
            Self::Part => "malformed head of a part",
            Self::Multipart => "malformed parts of a body",
            Self::Cpim => "malformed CPIM",
            Self::Imdn => "malformed IMDN",
            Self::Rp => "malformed RP message",
            Self::Deflate => "malformed or oversized deflate",
        })
    }
}

/// A value that cannot be written without breaking the message it should stand in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BuildError {
    /// The field that refused the value.
    pub field: &'static str,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot hold this value", self.field)
    }
}

impl std::error::Error for BuildError {}
