//! An app at the door of one shard: it writes its requests itself, and proves who it is.

use std::net::SocketAddr;

use sip::digest::{Asked, answer};
use sip::{Message, Method};

use crate::door::Door;
use crate::model::PASSWORD;

/// An app with an account.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its user part.
    pub user: String,
    /// Where it sends from.
    pub from: SocketAddr,
    /// How many requests it has made.
    pub asked: u32,
}

/// A request to be: its method, whom it asks, its own headers and its body.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// `MESSAGE` or `REGISTER`.
    pub method: Method<'a>,
    /// The Request-URI.
    pub uri: &'a str,
    /// Whole lines, each with its line end.
    pub headers: &'a str,
    /// The body.
    pub body: &'a str,
}

impl Caller {
    /// An app of env1.
    pub fn new(user: &str, from: SocketAddr) -> Self {
        Self { user: user.to_owned(), from, asked: 0 }
    }

    /// A request with credentials that will be taken, not said yet.
    ///
    /// # Panics
    ///
    /// If nobody asks for a password, or for one that cannot be answered.
    pub fn proven(&mut self, door: &mut Door, ask: &Ask<'_>) -> Vec<u8> {
        self.asked += 1;
        let challenged = door.datagram(self.from, &self.write(ask, ""));
        let challenge = challenged.first().expect("a stranger is challenged");
        let challenge = Message::parse(challenge).expect("a challenge is SIP");
        let status = challenge.status();
        let cnonce = format!("c{}", self.asked);
        let asked = Asked { method: ask.method, uri: ask.uri, cnonce: &cnonce, nonce_count: 1 };
        let challenges = challenge.challenges().flatten();
        let value = answer(challenges, &self.user, PASSWORD, &asked);
        let value = value.unwrap_or_else(|| panic!("{status:?} cannot be answered"));
        let name = if status == Some(407) { "Proxy-Authorization" } else { "Authorization" };
        self.asked += 1;
        self.write(ask, &format!("{name}: {value}\r\n"))
    }

    /// Says a request, proves who it is, and hears what is said to that.
    pub fn ask(&mut self, door: &mut Door, ask: &Ask<'_>) -> Vec<Vec<u8>> {
        let octets = self.proven(door, ask);
        door.datagram(self.from, &octets)
    }

    /// Registers its address; the status.
    pub fn register(&mut self, door: &mut Door) -> Option<u16> {
        let contact = format!("Contact: <sip:{}@{}>\r\n", self.user, self.from);
        let uri = "sip:env1.example";
        let ask = Ask { method: Method::Register, uri, headers: &contact, body: "" };
        status(&self.ask(door, &ask))
    }

    /// A request as it stands on the wire, with these credentials or none.
    pub fn write(&self, ask: &Ask<'_>, credentials: &str) -> Vec<u8> {
        let Ask { method, uri, headers, body } = ask;
        let (user, from, number) = (&self.user, self.from, self.asked);
        let to = if *method == Method::Register { user.as_str() } else { "somebody" };
        let plain = if body.is_empty() { "" } else { "Content-Type: text/plain\r\n" };
        format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {from};rport;branch=z9hG4bK{user}{number}\r\n\
             From: <sip:{user}@env1.example>;tag=f\r\nTo: <sip:{to}@env1.example>\r\n\
             Call-ID: {user}{method}{number}\r\nCSeq: {number} {method}\r\n\
             {headers}{credentials}{plain}Content-Length: {}\r\n\r\n{body}",
            body.len(),
        )
        .into_bytes()
    }
}

/// The status of the first of them, whole or not.
pub fn status(said: &[Vec<u8>]) -> Option<u16> {
    let digits = said.first()?.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
