//! The HTTP request that opens a WebSocket, and its answer (RFC 6455 §4.2, RFC 7118 §4).

use std::fmt;

use memchr::memmem;
use sha1::{Digest, Sha1};

/// A request to open a WebSocket that speaks SIP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Handshake<'a> {
    /// What it calls the place it opens, such as `/`.
    pub target: &'a str,
    /// Sec-WebSocket-Key.
    key: &'a str,
}

/// Why a request does not open one; the connection is closed after the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// No request that HTTP/1.1 knows.
    Nonsense,
    /// Its head is longer than we accept.
    TooLong,
    /// Another method than GET.
    Method,
    /// Upgrade, Connection or Sec-WebSocket-Key is missing or wrong.
    NoWebSocket,
    /// Another version than 13.
    Version,
    /// It does not offer the subprotocol `sip`.
    Protocol,
}

/// What the headers of a request say that we look at.
#[derive(Default)]
struct Said<'a> {
    host: bool,
    websocket: bool,
    upgrade: bool,
    version: bool,
    sip: bool,
    keys: usize,
    key: Option<&'a str>,
}

impl<'a> Handshake<'a> {
    /// Reads the request at the front of a stream and tells its length; `None` as long as its
    /// head is not whole.
    pub fn parse(octets: &'a [u8]) -> Result<Option<(usize, Self)>, Refused> {
        let looked_at = octets.get(..HEAD_MAX).unwrap_or(octets);
        let Some(end) = memmem::find(looked_at, HEAD_END) else {
            return if octets.len() >= HEAD_MAX { Err(Refused::TooLong) } else { Ok(None) };
        };
        let head = std::str::from_utf8(&octets[..end]).map_err(|_| Refused::Nonsense)?;
        let mut lines = head.split("\r\n");
        let target = target(lines.next().unwrap_or_default())?;
        let mut said = Said::default();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(Refused::Nonsense)?;
            said.take(name, value.trim_matches([' ', '\t']));
        }
        let key = said.judge()?;
        Ok(Some((end + HEAD_END.len(), Self { target, key })))
    }

    /// Writes the 101 (RFC 6455 §4.2.2).
    pub fn accept(&self, out: &mut Vec<u8>) {
        let mut hash = Sha1::new();
        hash.update(self.key.as_bytes());
        hash.update(GUID);
        out.extend_from_slice(
            b"HTTP/1.1 101 Switching Protocols\r\n\
              Upgrade: websocket\r\n\
              Connection: Upgrade\r\n\
              Sec-WebSocket-Protocol: sip\r\n\
              Sec-WebSocket-Accept: ",
        );
        put_base64(&hash.finalize(), out);
        out.extend_from_slice(b"\r\n\r\n");
    }
}

/// `GET target HTTP/1.1`
fn target(line: &str) -> Result<&str, Refused> {
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Refused::Nonsense);
    };
    if version != "HTTP/1.1" || target.is_empty() {
        return Err(Refused::Nonsense);
    }
    if method == "GET" { Ok(target) } else { Err(Refused::Method) }
}

impl<'a> Said<'a> {
    fn take(&mut self, name: &str, value: &'a str) {
        let lists = |token: &str| {
            value
                .split(',')
                .any(|found| found.trim_matches([' ', '\t']).eq_ignore_ascii_case(token))
        };
        match Known::of(name) {
            Some(Known::Host) => self.host = true,
            Some(Known::Upgrade) => self.websocket |= lists("websocket"),
            Some(Known::Connection) => self.upgrade |= lists("upgrade"),
            Some(Known::Version) => self.version |= value == "13",
            Some(Known::Protocol) => self.sip |= lists("sip"),
            Some(Known::Key) => (self.keys, self.key) = (self.keys + 1, Some(value)),
            None => {}
        }
    }

    fn judge(self) -> Result<&'a str, Refused> {
        let key = self.key.filter(|key| self.keys == 1 && is_key(key));
        let (true, true, true, Some(key)) = (self.host, self.websocket, self.upgrade, key) else {
            return Err(Refused::NoWebSocket);
        };
        match (self.version, self.sip) {
            (false, _) => Err(Refused::Version),
            (true, false) => Err(Refused::Protocol),
            (true, true) => Ok(key),
        }
    }
}

/// The headers we look at.
#[derive(Clone, Copy)]
enum Known {
    Host,
    Upgrade,
    Connection,
    Version,
    Protocol,
    Key,
}

impl Known {
    fn of(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, known)| *known)
    }
}

const NAMES: [(&str, Known); 6] = [
    ("Host", Known::Host),
    ("Upgrade", Known::Upgrade),
    ("Connection", Known::Connection),
    ("Sec-WebSocket-Version", Known::Version),
    ("Sec-WebSocket-Protocol", Known::Protocol),
    ("Sec-WebSocket-Key", Known::Key),
];

/// Sixteen octets in Base64 (RFC 6455 §4.2.1).
fn is_key(text: &str) -> bool {
    let digit = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'+' || octet == b'/';
    text.strip_suffix("==").is_some_and(|key| key.len() == 22 && key.bytes().all(digit))
}

impl Refused {
    /// The status that answers it.
    pub fn status(self) -> u16 {
        match self {
            Self::Nonsense | Self::NoWebSocket | Self::Protocol => 400,
            Self::Method => 405,
            Self::Version => 426,
            Self::TooLong => 431,
        }
    }

    /// Writes the answer, with what a client that means well needs to do better.
    pub fn put(self, out: &mut Vec<u8>) {
        let (line, hint) = match self {
            Self::Nonsense | Self::NoWebSocket => ("400 Bad Request", ""),
            Self::Protocol => ("400 Bad Request", "Sec-WebSocket-Protocol: sip\r\n"),
            Self::Method => ("405 Method Not Allowed", "Allow: GET\r\n"),
            Self::Version => {
                ("426 Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
            }
            Self::TooLong => ("431 Request Header Fields Too Large", ""),
        };
        for part in
            ["HTTP/1.1 ", line, "\r\n", hint, "Connection: close\r\nContent-Length: 0\r\n\r\n"]
        {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nonsense => "not an HTTP request",
            Self::TooLong => "HTTP head too long",
            Self::Method => "not a GET",
            Self::NoWebSocket => "not a request for a WebSocket",
            Self::Version => "WebSocket version is not 13",
            Self::Protocol => "subprotocol sip is not offered",
        })
    }
}

impl std::error::Error for Refused {}

/// RFC 4648 §4.
fn put_base64(octets: &[u8], out: &mut Vec<u8>) {
    for three in octets.chunks(3) {
        let padded = [three[0], *three.get(1).unwrap_or(&0), *three.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for place in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { digit } else { b'=' });
        }
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What makes an answer to a WebSocket's key no answer to anything else (RFC 6455 §1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const HEAD_END: &[u8] = b"\r\n\r\n";

/// A browser's request with its cookies takes 2 KiB.
const HEAD_MAX: usize = 8 << 10;
