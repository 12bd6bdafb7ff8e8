//! Via: the way a request came and its response must go (RFC 3261 §20.42, RFC 3581).

use std::fmt;
use std::net::SocketAddr;

use crate::error::{ParseError, What};
use crate::scan::{
    Cursor, Params, behind_host, behind_token, behind_value, decimal, is_lws, same_name,
};
use crate::uri::split_host_port;

/// What carries a message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Transport<'a> {
    /// RFC 3261.
    Udp,
    /// RFC 3261.
    Tcp,
    /// RFC 3261.
    Tls,
    /// RFC 7118.
    Ws,
    /// RFC 7118.
    Wss,
    /// Any other token.
    Other(&'a str),
}

impl<'a> Transport<'a> {
    /// The transport a token names.
    pub fn of(token: &'a str) -> Self {
        let known = [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss];
        let same = |transport: &Self| same_name(transport.as_str(), token);
        known.into_iter().find(same).unwrap_or(Self::Other(token))
    }

    /// The token as it stands in a Via.
    pub fn as_str(&self) -> &'a str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
            Self::Other(token) => token,
        }
    }

    /// Whether it delivers or tells, so that nothing is retransmitted (§17).
    pub fn is_reliable(&self) -> bool {
        match self {
            Self::Udp | Self::Other(_) => false,
            Self::Tcp | Self::Tls | Self::Ws | Self::Wss => true,
        }
    }

    /// The port meant when none is written (§18.1.2, RFC 7118 §10.1).
    pub fn default_port(&self) -> u16 {
        match self {
            Self::Udp | Self::Tcp | Self::Other(_) => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

impl fmt::Display for Transport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One hop.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    /// What the hop used to send.
    pub transport: Transport<'a>,
    /// The host the hop says it is.
    pub host: &'a str,
    /// The port the hop says it listens on.
    pub port: Option<u16>,
    /// The transaction (§8.1.1.7); absent from RFC 2543 elements.
    pub branch: Option<&'a str>,
    /// The source address the next hop saw, as written there.
    pub received: Option<&'a str>,
    /// Whether a response must go to the source port (RFC 3581 §4).
    pub rport: bool,
    params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Parses one element of a Via header.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        Self::read(text, true)
    }

    /// The same for one that need only lead an answer home: any version, and parameters as
    /// far as they go.
    pub(crate) fn salvage(text: &'a str) -> Result<Self, ParseError> {
        Self::read(text, false)
    }

    /// The only element of a Via header, if it is written as nearly all write it.
    #[inline]
    pub(crate) fn alone(text: &'a str) -> Option<Self> {
        let (transport, host, port, mut at) = Self::sent_as_usual(text)?;
        let octets = text.as_bytes();
        let params = Params::new(text.get(at..)?);
        let mut via =
            Self { transport, host, port, branch: None, received: None, rport: false, params };
        while at < octets.len() {
            if octets.get(at) != Some(&b';') {
                return None;
            }
            let end = behind_token(octets, at + 1);
            let name = text.get(at + 1..end).filter(|name| !name.is_empty())?;
            let mut value = None;
            at = end;
            if octets.get(end) == Some(&b'=') {
                at = behind_value(octets, end + 1);
                value = Some(text.get(end + 1..at).filter(|value| !value.is_empty())?);
            }
            via.note(name, value);
        }
        Some(via)
    }

    /// Keeps what means something to us.
    #[inline]
    fn note(&mut self, name: &str, value: Option<&'a str>) {
        match name.len() {
            6 if same_name(name, "branch") => self.branch = value,
            8 if same_name(name, "received") => self.received = value,
            5 if same_name(name, "rport") => self.rport = true,
            _ => {}
        }
    }

    fn read(text: &'a str, strict: bool) -> Result<Self, ParseError> {
        if let Some(via) = Self::alone(text) {
            return Ok(via);
        }
        let mut cursor = Cursor::new(text);
        cursor.skip_lws();
        let (transport, host, port) = Self::sent(&mut cursor, strict)
            .ok_or_else(|| ParseError::new(What::Via, cursor.at()))?;
        let base = cursor.at();
        let params = Params::new(cursor.rest());
        let mut via =
            Self { transport, host, port, branch: None, received: None, rport: false, params };
        let mut params = params;
        loop {
            let param = match params.step() {
                Ok(Some(param)) => param,
                Ok(None) => break,
                Err(error) if strict => return Err(error.within(base)),
                Err(_) => break,
            };
            via.note(param.name, param.value);
        }
        Ok(via)
    }

    /// Who sent it, up to the parameters, as nearly all write it: a name or an IPv4 address, and
    /// no white space but one.
    #[inline]
    fn sent_as_usual(text: &'a str) -> Option<(Transport<'a>, &'a str, Option<u16>, usize)> {
        let octets = text.as_bytes();
        let (transport, start) = match octets {
            [b'S', b'I', b'P', b'/', b'2', b'.', b'0', b'/', rest @ ..] => match rest {
                [b'U', b'D', b'P', b' ', ..] => (Transport::Udp, 12),
                [b'T', b'C', b'P', b' ', ..] => (Transport::Tcp, 12),
                [b'T', b'L', b'S', b' ', ..] => (Transport::Tls, 12),
                [b'W', b'S', b' ', ..] => (Transport::Ws, 11),
                [b'W', b'S', b'S', b' ', ..] => (Transport::Wss, 12),
                _ => return None,
            },
            _ => return None,
        };
        let end = behind_host(octets, start);
        let host = text.get(start..end).filter(|host| !host.is_empty())?;
        let (port, end) = match octets.get(end) {
            None | Some(b';') => (None, end),
            Some(b':') => {
                let digits = octets.get(end + 1..)?;
                let count = digits.iter().take_while(|octet| octet.is_ascii_digit()).count();
                let behind = end + 1 + count;
                if !matches!(octets.get(behind), None | Some(b';')) {
                    return None;
                }
                (Some(u16::try_from(decimal(text.get(end + 1..behind)?)?).ok()?), behind)
            }
            Some(_) => return None,
        };
        Some((transport, host, port, end))
    }

    /// `SIP/2.0/UDP host:port`, white space allowed around every separator but the second SP.
    fn sent(
        cursor: &mut Cursor<'a>,
        strict: bool,
    ) -> Option<(Transport<'a>, &'a str, Option<u16>)> {
        let name = cursor.token()?;
        let version = cursor.separator(b'/').then(|| cursor.token())??;
        let transport = cursor.separator(b'/').then(|| cursor.token())??;
        if !same_name(name, "SIP")
            || (strict && version != "2.0")
            || !cursor.peek().is_some_and(is_lws)
        {
            return None;
        }
        cursor.skip_lws();
        let start = cursor.at();
        if cursor.peek() == Some(b'[') {
            cursor.run(|octet| octet != b']');
            cursor.eat(b']');
        } else {
            cursor.run(|octet| !is_lws(octet) && !matches!(octet, b':' | b';' | b','));
        }
        let (host, None) = split_host_port(cursor.since(start))? else { return None };
        let port = match cursor.separator(b':') {
            true => Some(u16::try_from(decimal(cursor.token()?)?).ok()?),
            false => None,
        };
        Some((Transport::of(transport), host, port))
    }

    /// All parameters in order.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// Whether the branch is unique by itself (§8.1.1.7).
    pub fn has_cookie(&self) -> bool {
        let cookie = |branch: &str| {
            branch.len() > COOKIE.len()
                && branch
                    .get(..COOKIE.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(COOKIE))
        };
        self.branch.is_some_and(cookie)
    }

    /// Where the response to a datagram from `source` goes (§18.2.2, RFC 3581 §4).
    pub fn reply_to(&self, source: SocketAddr) -> SocketAddr {
        if self.rport {
            return source;
        }
        SocketAddr::new(source.ip(), self.port.unwrap_or_else(|| self.transport.default_port()))
    }
}

impl fmt::Display for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, " branch {}", self.branch.unwrap_or("none"))
    }
}

const COOKIE: &str = "z9hG4bK";
