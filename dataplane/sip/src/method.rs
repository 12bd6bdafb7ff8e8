//! The methods of requests (RFC 3261 §7.1 and its extensions).

use std::fmt;

/// What a request asks for. Names are case-sensitive (RFC 3261 §7.1, RFC 3428 §4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method<'a> {
    /// RFC 3428.
    Message,
    /// RFC 3261 §10.
    Register,
    /// RFC 3261 §11.
    Options,
    /// RFC 3261 §13.
    Invite,
    /// RFC 3261 §13.
    Ack,
    /// RFC 3261 §9.
    Cancel,
    /// RFC 3261 §15.
    Bye,
    /// RFC 6665.
    Subscribe,
    /// RFC 6665.
    Notify,
    /// RFC 3903.
    Publish,
    /// RFC 6086.
    Info,
    /// Any other token.
    Other(&'a str),
}

impl<'a> Method<'a> {
    /// The method a token names; the token itself is not checked.
    pub(crate) fn of(token: &'a str) -> Self {
        match token {
            "MESSAGE" => Self::Message,
            "REGISTER" => Self::Register,
            "OPTIONS" => Self::Options,
            "INVITE" => Self::Invite,
            "ACK" => Self::Ack,
            "CANCEL" => Self::Cancel,
            "BYE" => Self::Bye,
            "SUBSCRIBE" => Self::Subscribe,
            "NOTIFY" => Self::Notify,
            "PUBLISH" => Self::Publish,
            "INFO" => Self::Info,
            other => Self::Other(other),
        }
    }

    /// The token that stands on the wire.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Message => "MESSAGE",
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Cancel => "CANCEL",
            Self::Bye => "BYE",
            Self::Subscribe => "SUBSCRIBE",
            Self::Notify => "NOTIFY",
            Self::Publish => "PUBLISH",
            Self::Info => "INFO",
            Self::Other(token) => token,
        }
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
