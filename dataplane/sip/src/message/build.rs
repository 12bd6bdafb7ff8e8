//! Writing messages so that no value can become more than a value.
//!
//! Everything a caller hands over is checked against the alphabet of the field it goes into, or
//! escaped into it. The first value that does not fit is remembered, and `finish` then takes
//! back every octet: a message is written whole or not at all.

use std::io::Write as _;
use std::net::IpAddr;

use memchr::memchr2;

use crate::error::BuildError;
use crate::header::{Date, Name, Via};
use crate::message::request::{Party, Request};
use crate::message::response::Response;
use crate::message::view::Message;
use crate::scan::{Param, Values, is_plain, is_token};
use crate::status;
use crate::uri::split_host_port;
use crate::wide::{all_graphic, all_uri, controls, unusual};

/// A message being appended to a buffer; nothing of it is valid before `finish` said so.
#[derive(Debug)]
#[must_use = "an unfinished message has no end"]
pub struct Builder<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    refused: Option<BuildError>,
}

impl<'o> Builder<'o> {
    /// Begins a request: Request-Line, Via, Max-Forwards, Route, From, To, Call-ID, CSeq.
    pub fn request(out: &'o mut Vec<u8>, request: &Request<'_>) -> Self {
        let start = out.len();
        let mut builder = Builder { out, start, refused: None };
        builder.token("method", request.method.as_str());
        builder.put(" ");
        builder.uri("Request-URI", request.uri);
        builder.put(" SIP/2.0\r\nVia: SIP/2.0/");
        builder.token("transport", request.transport.as_str());
        builder.put(" ");
        builder.host("sent-by", request.sent_by);
        builder.put(";branch=");
        builder.token("branch", request.branch);
        builder.put(if request.rport { ";rport\r\n" } else { "\r\n" });
        builder.put("Max-Forwards: ");
        builder.number(request.max_forwards.into());
        builder.put("\r\n");
        if !request.route.is_empty() {
            builder.header("Route", request.route);
        }
        builder.party("From", &request.from);
        builder.party("To", &request.to);
        builder.put("Call-ID: ");
        builder.checked("Call-ID", request.call_id, all_graphic);
        builder.put("\r\nCSeq: ");
        builder.number(request.cseq);
        builder.refuse_if(request.cseq >= 1 << 31, "CSeq");
        builder.put(" ");
        builder.put(request.method.as_str());
        builder.put("\r\n");
        builder
    }

    /// Begins a response: Status-Line, and Via, From, To, Call-ID, CSeq of the request (§8.2.6.2).
    pub fn response(out: &'o mut Vec<u8>, request: &Message<'_>, response: &Response<'_>) -> Self {
        let mut builder = Self::status(out, response.status);
        builder.lines(request, response);
        builder
    }

    /// Begins a response whose lines after the first were written by [`lines_of`](Self::lines_of).
    pub fn reply(out: &'o mut Vec<u8>, status: u16, lines: &[u8]) -> Self {
        let mut builder = Self::status(out, status);
        builder.refuse_if(lines.is_empty(), "lines");
        builder.out.extend_from_slice(lines);
        builder
    }

    /// Appends what every response to a request repeats of it, to be said before the request is
    /// forgotten; the status does not matter.
    pub fn lines_of(
        out: &'o mut Vec<u8>,
        request: &Message<'_>,
        response: &Response<'_>,
    ) -> Result<(), BuildError> {
        let start = out.len();
        let mut builder = Builder { out, start, refused: None };
        builder.lines(request, response);
        builder.conclude()
    }

    fn status(out: &'o mut Vec<u8>, status: u16) -> Self {
        let start = out.len();
        let mut builder = Builder { out, start, refused: None };
        builder.refuse_if(!(100..700).contains(&status), "status");
        builder.put("SIP/2.0 ");
        builder.number(status.into());
        builder.put(" ");
        builder.put(status::reason(status));
        builder.put("\r\n");
        builder
    }

    fn lines(&mut self, request: &Message<'_>, response: &Response<'_>) {
        self.vias(request, response);
        if !request.whole {
            return self.salvaged(request, response);
        }
        self.copied("From: ", request.header(Name::From));
        self.put("\r\n");
        self.copied("To: ", request.header(Name::To));
        if let (None, Some(tag)) = (request.to().tag(), response.to_tag) {
            self.put(";tag=");
            self.token("tag", tag);
        }
        self.put("\r\n");
        self.copied("Call-ID: ", Some(request.call_id()));
        self.put("\r\nCSeq: ");
        self.number(request.cseq().number);
        self.put(" ");
        self.put(request.cseq().method.as_str());
        self.put("\r\n");
    }

    /// Adds Date.
    pub fn date(&mut self, date: Date) -> &mut Self {
        self.put("Date: ");
        self.out.extend_from_slice(&date.text());
        self.put("\r\n");
        self
    }

    /// Adds Expires, in seconds.
    pub fn expires(&mut self, secs: u32) -> &mut Self {
        self.seconds("Expires: ", secs)
    }

    /// Adds Min-Expires, in seconds, as a 423 must (§20.23).
    pub fn min_expires(&mut self, secs: u32) -> &mut Self {
        self.seconds("Min-Expires: ", secs)
    }

    /// Adds Retry-After, in seconds.
    pub fn retry_after(&mut self, secs: u32) -> &mut Self {
        self.seconds("Retry-After: ", secs)
    }

    /// Adds any other header. Control characters in its value are refused, and so are the names,
    /// short forms included, of the headers this builder writes itself.
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        self.refuse_if(OURS.contains(&Name::of(name.as_bytes())), "header name");
        self.any_header(name, value)
    }

    fn any_header(&mut self, name: &str, value: &str) -> &mut Self {
        self.token("header name", name);
        self.put(": ");
        self.value(value);
        self.put("\r\n");
        self
    }

    /// Adds a header whose value is written in pieces that are known to be clean.
    pub(crate) fn line(&mut self, name: &str, write: impl FnOnce(&mut Self)) -> &mut Self {
        self.put(name);
        self.put(": ");
        write(self);
        self.put("\r\n");
        self
    }

    /// Ends a message without body.
    pub fn finish(&mut self) -> Result<(), BuildError> {
        self.put("Content-Length: 0\r\n\r\n");
        self.conclude()
    }

    /// Ends a message without body as another one of ours ended: with octets that a builder wrote.
    pub fn finish_as(&mut self, end: &[u8]) -> Result<(), BuildError> {
        self.out.extend_from_slice(end);
        self.conclude()
    }

    /// How many octets the buffer has, with those that stood in it before.
    pub fn place(&self) -> usize {
        self.out.len()
    }

    /// What was written from a [`place`](Self::place) on.
    pub fn since(&self, start: usize) -> &[u8] {
        self.out.get(start..).unwrap_or_default()
    }

    /// Ends a message with its body.
    pub fn finish_with(&mut self, content_type: &str, body: &[u8]) -> Result<(), BuildError> {
        self.any_header("Content-Type", content_type);
        self.put("Content-Length: ");
        match u32::try_from(body.len()) {
            Ok(length) => self.number(length),
            Err(_) => self.refuse_if(true, "body"),
        }
        self.put("\r\n\r\n");
        self.out.extend_from_slice(body);
        self.conclude()
    }

    fn conclude(&mut self) -> Result<(), BuildError> {
        match self.refused {
            Some(error) => {
                self.out.truncate(self.start);
                Err(error)
            }
            None => Ok(()),
        }
    }

    /// What a request that could not be read says of itself, as it came (RFC 4475 §3.1.2).
    fn salvaged(&mut self, request: &Message<'_>, response: &Response<'_>) {
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
            let Some(value) = request.header(name).filter(|value| !value.is_empty()) else {
                continue;
            };
            self.put(name.as_str());
            self.copied(": ", Some(value));
            if let (Name::To, Some(tag), false) = (name, response.to_tag, value.contains("tag")) {
                self.put(";tag=");
                self.token("tag", tag);
            }
            self.put("\r\n");
        }
    }

    /// The Vias of a request, the topmost with the truth about where it came from (RFC 3581 §4).
    fn vias(&mut self, request: &Message<'_>, response: &Response<'_>) {
        for (index, line) in request.lines(Name::Via).enumerate() {
            self.put("Via: ");
            let mut values = Values::new(line);
            if index == 0 {
                values.next();
                self.top_via(request.via(), response);
            }
            for (place, value) in values.enumerate() {
                self.put(if index == 0 || place > 0 { "," } else { "" });
                self.unfolded(value);
            }
            self.put("\r\n");
        }
    }

    fn top_via(&mut self, via: &Via<'_>, response: &Response<'_>) {
        self.put("SIP/2.0/");
        self.put(via.transport.as_str());
        self.put(" ");
        self.put(via.host);
        if let Some(port) = via.port {
            self.put(":");
            self.number(port.into());
        }
        for param in via.params().flatten() {
            if param.is("rport") {
                self.put(";rport=");
                self.number(response.source.port().into());
            } else if !param.is("received") {
                self.param(&param);
            }
        }
        self.put(";received=");
        self.ip(response.source.ip().to_canonical());
    }

    fn param(&mut self, param: &Param<'_>) {
        self.put(";");
        self.put(param.name);
        if let Some(value) = param.value {
            self.put(if param.quoted { "=\"" } else { "=" });
            self.unfolded(value);
            self.put(if param.quoted { "\"" } else { "" });
        }
    }

    fn party(&mut self, name: &str, party: &Party<'_>) {
        self.put(name);
        self.put(": ");
        if !party.display.is_empty() {
            self.quoted(party.display);
            self.put(" ");
        }
        self.put("<sip:");
        if !party.user.is_empty() {
            self.user(party.user);
            self.put("@");
        }
        self.host("host", party.host);
        self.put(">");
        if let Some(tag) = party.tag {
            self.put(";tag=");
            self.token("tag", tag);
        }
        self.put("\r\n");
    }

    /// A quoted string; control characters become spaces, since nothing can quote CR and LF.
    pub(crate) fn quoted(&mut self, text: &str) {
        self.put("\"");
        let octets = text.as_bytes();
        if unusual(octets) == 0 && memchr2(b'"', b'\\', octets).is_none() {
            self.put(text);
            return self.put("\"");
        }
        for char in text.chars() {
            match char {
                '"' | '\\' => self.out.extend_from_slice(&[b'\\', char as u8]),
                char if char.is_control() => self.put(" "),
                char => self.put(char.encode_utf8(&mut [0; 4])),
            }
        }
        self.put("\"");
    }

    /// A user part; everything that is not unreserved or harmless there is percent-escaped.
    pub(crate) fn user(&mut self, text: &str) {
        put_user(text, self.out);
    }

    /// One octet of the value of a URI parameter, escaped if it cannot stand there (§25.1).
    pub(crate) fn param_octet(&mut self, octet: u8) {
        if octet.is_ascii_alphanumeric() || b"-_.!~*'()[]/:&+$".contains(&octet) {
            return self.out.push(octet);
        }
        let digit = |nibble: u8| HEX[usize::from(nibble)];
        self.out.extend_from_slice(&[b'%', digit(octet >> 4), digit(octet & 15)]);
    }

    pub(crate) fn uri(&mut self, field: &'static str, text: &str) {
        self.refuse_if(!text.contains(':'), field);
        self.checked(field, text, all_uri);
    }

    fn host(&mut self, field: &'static str, text: &str) {
        self.refuse_if(split_host_port(text).is_none(), field);
        self.put(text);
    }

    pub(crate) fn token(&mut self, field: &'static str, text: &str) {
        self.checked(field, text, |octets| octets.iter().all(|octet| is_token(*octet)));
    }

    pub(crate) fn value(&mut self, text: &str) {
        let tabbed = crate::wide::find(text.as_bytes(), b'\t').is_some();
        self.refuse_if(tabbed || controls(text.as_bytes()) > 0, "header value");
        self.put(text);
    }

    fn checked(&mut self, field: &'static str, text: &str, wanted: impl Fn(&[u8]) -> bool) {
        self.refuse_if(text.is_empty() || !wanted(text.as_bytes()), field);
        self.put(text);
    }

    fn refuse_if(&mut self, refused: bool, field: &'static str) {
        if refused && self.refused.is_none() {
            self.refused = Some(BuildError { field });
        }
    }

    fn copied(&mut self, name: &str, value: Option<&str>) {
        self.put(name);
        self.unfolded(value.unwrap_or_default());
    }

    /// A value that came in, on one line.
    fn unfolded(&mut self, text: &str) {
        let octets = text.as_bytes();
        if memchr2(b'\r', b'\n', octets).is_none() {
            return self.put(text);
        }
        self.out.extend(octets.iter().filter_map(|octet| match octet {
            b'\r' => None,
            b'\n' => Some(b' '),
            other => Some(*other),
        }));
    }

    fn seconds(&mut self, name: &str, secs: u32) -> &mut Self {
        self.put(name);
        self.number(secs);
        self.put("\r\n");
        self
    }

    fn ip(&mut self, ip: IpAddr) {
        match ip {
            IpAddr::V4(ip) => {
                // Fifteen at most, and a dot; what stands behind a short number is written over.
                let (mut text, mut at) = ([0; 18], 0);
                for octet in ip.octets() {
                    text[at..at + 4].copy_from_slice(&DOTTED[usize::from(octet)]);
                    at += 2 + usize::from(octet > 9) + usize::from(octet > 99);
                }
                self.out.extend_from_slice(&text[..at - 1]);
            }
            IpAddr::V6(ip) => write!(self.out, "{ip}").expect("a Vec takes every octet"),
        }
    }

    pub(crate) fn number(&mut self, number: u32) {
        let (mut digits, mut at, mut rest) = ([0; 10], 10, number);
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    pub(crate) fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

impl Party<'_> {
    /// The party as a URI, for bodies that name it.
    pub fn uri(&self) -> String {
        let mut uri = b"sip:".to_vec();
        put_user(self.user, &mut uri);
        uri.extend_from_slice(if self.user.is_empty() { b"" } else { b"@" });
        uri.extend_from_slice(self.host.as_bytes());
        String::from_utf8(uri).expect("a user part is escaped and a host is text")
    }
}

fn put_user(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(is_plain) {
        return out.extend_from_slice(text.as_bytes());
    }
    for octet in text.bytes() {
        if is_plain(octet) {
            out.push(octet);
        } else {
            let digit = |nibble: u8| HEX[usize::from(nibble)];
            out.extend_from_slice(&[b'%', digit(octet >> 4), digit(octet & 15)]);
        }
    }
}

/// The headers only this builder writes: a second one would make a message mean two things.
const OURS: [Name; 8] = [
    Name::Via,
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::MaxForwards,
    Name::ContentType,
    Name::ContentLength,
];

/// How each octet of an address is written, and the dot behind it.
const DOTTED: [[u8; 4]; 256] = {
    let mut table = [[0; 4]; 256];
    let mut octet = 0;
    while octet < 256 {
        let ones = b'0' + (octet % 10) as u8;
        let tens = b'0' + (octet / 10 % 10) as u8;
        table[octet] = match octet {
            0..10 => [ones, b'.', 0, 0],
            10..100 => [tens, ones, b'.', 0],
            _ => [b'0' + (octet / 100) as u8, tens, ones, b'.'],
        };
        octet += 1;
    }
    table
};

const HEX: [u8; 16] = *b"0123456789ABCDEF";
