//! SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966).

use std::borrow::Cow;
use std::fmt;

use crate::error::{ParseError, What};
use crate::scan::{behind_host, decimal, is_uri, is_user, same_name};
use crate::wide::{all_uri, find};

/// Which kind of URI.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
}

impl Scheme {
    /// The scheme as written, without its colon.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Sips => "sips",
            Self::Tel => "tel",
        }
    }
}

/// A URI cut into its parts, still escaped.
///
/// A tel URI has its number as `user` and an empty `host`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Uri<'a> {
    /// The scheme.
    pub scheme: Scheme,
    /// The part before `@`, without password.
    pub user: Option<&'a str>,
    /// The password nobody should use (§19.1.1).
    pub password: Option<&'a str>,
    /// Name, IPv4 address, or IPv6 address in brackets.
    pub host: &'a str,
    /// The port, if written.
    pub port: Option<u16>,
    /// All parameters without the leading `;`.
    params: &'a str,
    /// All headers without the leading `?`.
    headers: &'a str,
}

impl<'a> Uri<'a> {
    /// Cuts a URI into its parts.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        if !all_uri(text.as_bytes()) {
            let at = text.bytes().position(|octet| !is_uri(octet)).unwrap_or_default();
            return Err(ParseError::new(What::Uri, at));
        }
        let (scheme, rest) = cut(text, b':').ok_or_else(|| ParseError::new(What::Uri, 0))?;
        let base = scheme.len() + 1;
        let scheme = if same_name(scheme, "sip") {
            Scheme::Sip
        } else if same_name(scheme, "sips") {
            Scheme::Sips
        } else if same_name(scheme, "tel") {
            return Self::parse_tel(rest).ok_or_else(|| ParseError::new(What::Uri, base));
        } else {
            return Err(ParseError::new(What::Scheme, 0));
        };
        Self::parse_sip(scheme, rest).ok_or_else(|| ParseError::new(What::Uri, base))
    }

    fn parse_sip(scheme: Scheme, text: &'a str) -> Option<Self> {
        // `;` and `?` may stand in the user part, `@` may not: the first `@` decides (§25.1).
        let (user, text) = match cut(text, b'@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, text),
        };
        let (user, password) = match user.and_then(|user| cut(user, b':')) {
            Some((user, password)) => (Some(user), Some(password)),
            None => (user, None),
        };
        if user.is_some_and(|user| user.is_empty() || !user.bytes().all(is_user)) {
            return None;
        }
        let (text, headers) = cut(text, b'?').unwrap_or((text, ""));
        let (host_port, params) = cut(text, b';').unwrap_or((text, ""));
        let (host, port) = split_host_port(host_port)?;
        if !params.is_empty() && params.split(';').any(|param| param.starts_with('=')) {
            return None;
        }
        Some(Self { scheme, user, password, host, port, params, headers })
    }

    fn parse_tel(text: &'a str) -> Option<Self> {
        let (number, params) = text.split_once(';').unwrap_or((text, ""));
        let dialled = |octet: u8| octet.is_ascii_hexdigit() || b"+-.()*#".contains(&octet);
        if number.is_empty() || !number.bytes().all(dialled) {
            return None;
        }
        let user = Some(number);
        Some(Self {
            scheme: Scheme::Tel,
            user,
            password: None,
            host: "",
            port: None,
            params,
            headers: "",
        })
    }

    /// The value of a parameter, empty if it has none; `None` if it is not there.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All parameters in order, as name and value.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.params
            .split(';')
            .filter(|param| !param.is_empty())
            .map(|param| param.split_once('=').unwrap_or((param, "")))
    }

    /// The `transport` parameter (§19.1.1, RFC 7118 §5.2).
    pub fn transport(&self) -> Option<&'a str> {
        self.param("transport")
    }

    /// Whether this URI is a loose router's (§16.12).
    pub fn is_loose(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The user part with its escapes resolved; `None` if there is none or it is not UTF-8.
    pub fn user_unescaped(&self) -> Option<Cow<'a, str>> {
        unescape(self.user?)
    }

    /// Whether both URIs name the same resource (§19.1.4).
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        self.scheme == other.scheme
            && same_escaped(self.user, other.user)
            && same_escaped(self.password, other.password)
            && self.host.eq_ignore_ascii_case(other.host)
            && self.port == other.port
            && self.params_match(other)
            && other.params_match(self)
            && self.headers_match(other)
            && other.headers_match(self)
    }

    /// Whether no parameter of ours contradicts the other's.
    fn params_match(&self, other: &Uri<'_>) -> bool {
        self.params().all(|(name, value)| match other.param(name) {
            Some(theirs) => value.eq_ignore_ascii_case(theirs),
            None => !COMPARED_ALWAYS.iter().any(|always| always.eq_ignore_ascii_case(name)),
        })
    }

    fn headers_match(&self, other: &Uri<'_>) -> bool {
        let has = |wanted: &str| other.headers.split('&').any(|header| header == wanted);
        self.headers == other.headers || self.headers.split('&').all(has)
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme.as_str())?;
        if let Some(user) = self.user {
            f.write_str(user)?;
        }
        if let Some(password) = self.password {
            write!(f, ":{password}")?;
        }
        if self.user.is_some() && self.scheme != Scheme::Tel {
            f.write_str("@")?;
        }
        f.write_str(self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if !self.params.is_empty() {
            write!(f, ";{}", self.params)?;
        }
        if !self.headers.is_empty() {
            write!(f, "?{}", self.headers)?;
        }
        Ok(())
    }
}

/// Cuts `host[:port]`; an IPv6 address must stand in brackets.
pub(crate) fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let inside = text.get(1..end - 1)?;
        if inside.is_empty() || !inside.bytes().all(|o| o.is_ascii_hexdigit() || b":.".contains(&o))
        {
            return None;
        }
        (text.get(..end)?, text.get(end..)?)
    } else {
        let end = behind_host(text.as_bytes(), 0);
        (text.get(..end)?, text.get(end..)?)
    };
    if host.is_empty() {
        return None;
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Some((host, None)),
        None => None,
        Some(digits) => Some((host, Some(u16::try_from(decimal(digits)?).ok()?))),
    }
}

/// What stands before and behind the first such octet of ASCII.
fn cut(text: &str, octet: u8) -> Option<(&str, &str)> {
    let at = find(text.as_bytes(), octet)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Resolves `%HH`; `None` if a `%` stands alone or the outcome is not UTF-8.
pub(crate) fn unescape(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'%' => plain.push(hex(octets.next()?)? << 4 | hex(octets.next()?)?),
            other => plain.push(other),
        }
    }
    String::from_utf8(plain).ok().map(Cow::Owned)
}

/// Whether two parts are equal once `%HH` is resolved; a broken escape stands for itself.
fn same_escaped(ours: Option<&str>, theirs: Option<&str>) -> bool {
    match (ours, theirs) {
        (None, None) => true,
        (Some(ours), Some(theirs)) if ours == theirs => true,
        (Some(ours), Some(theirs)) => unescaped(ours).eq(unescaped(theirs)),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn unescaped(text: &str) -> impl Iterator<Item = u8> {
    let octets = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let octet = *octets.get(at)?;
        let escaped = match octets.get(at..at + 3) {
            Some(&[b'%', high, low]) => hex(high).zip(hex(low)),
            _ => None,
        };
        at += if escaped.is_some() { 3 } else { 1 };
        Some(escaped.map_or(octet, |(high, low)| high << 4 | low))
    })
}

fn hex(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Parameters whose presence in only one of two URIs makes them different (§19.1.4).
const COMPARED_ALWAYS: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

#[cfg(test)]
mod tests;
