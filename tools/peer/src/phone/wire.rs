//! Who we are on the wire, and the requests we make.

use std::net::SocketAddr;

use sip::{Builder, MAX_FORWARDS, Message, Method, Party, Request, Transport};

/// What all requests of this process have in common.
#[derive(Debug)]
pub(super) struct Wire {
    /// The domain of our users.
    pub(super) domain: String,
    /// Our socket, as Via and Contact name it.
    pub(super) sent_by: String,
    password: String,
    /// Makes our names different from those of every other run.
    seed: u64,
    count: u64,
}

/// What names one request and its later copies with credentials.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) call_id: String,
    pub(super) tag: String,
    pub(super) cseq: u32,
}

/// One request to make.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method<'a>,
    pub(super) uri: &'a str,
    pub(super) from: &'a str,
    pub(super) to: Party<'a>,
    pub(super) thread: &'a Thread,
    /// Further headers: name and value.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// Content-Type and octets.
    pub(super) body: Option<(&'a str, &'a [u8])>,
}

/// A request, ready to be sent.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) branch: String,
    pub(super) octets: Vec<u8>,
}

impl Wire {
    /// The wire of a socket bound to `local`.
    pub(super) fn new(domain: &str, password: String, local: SocketAddr, seed: u64) -> Self {
        let (domain, sent_by) = (domain.to_owned(), local.to_string());
        Self { domain, sent_by, password, seed, count: 0 }
    }

    /// A text nobody else uses.
    pub(super) fn unique(&mut self) -> String {
        self.count += 1;
        format!("{:x}.{:x}", self.seed, self.count)
    }

    /// A new Call-ID and tag; the first request has CSeq 1.
    pub(super) fn thread(&mut self) -> Thread {
        Thread { call_id: self.unique(), tag: self.unique(), cseq: 1 }
    }

    /// Encodes a request under a branch of its own; `None` if a value cannot stand in it.
    pub(super) fn ask(&mut self, ask: &Ask<'_>) -> Option<Asked> {
        let branch = format!("z9hG4bK{}", self.unique());
        let mut octets = Vec::with_capacity(1024);
        let request = Request {
            method: ask.method,
            uri: ask.uri,
            transport: Transport::Udp,
            sent_by: &self.sent_by,
            branch: &branch,
            rport: true,
            max_forwards: MAX_FORWARDS,
            route: "",
            from: Party {
                display: "",
                user: ask.from,
                host: &self.domain,
                tag: Some(&ask.thread.tag),
            },
            to: ask.to,
            call_id: &ask.thread.call_id,
            cseq: ask.thread.cseq,
        };
        let mut builder = Builder::request(&mut octets, &request);
        for (name, value) in ask.headers {
            builder.header(name, value);
        }
        let finished = match ask.body {
            Some((content_type, body)) => builder.finish_with(content_type, body),
            None => builder.finish(),
        };
        finished.ok().map(|()| Asked { branch, octets })
    }

    /// The header that answers a 401 or 407: its name and value. `None` if we cannot.
    pub(super) fn credentials(
        &mut self,
        challenged: &Message<'_>,
        user: &str,
        method: Method<'_>,
        uri: &str,
    ) -> Option<(&'static str, String)> {
        let cnonce = self.unique().replace('.', "");
        let asked = sip::digest::Asked { method, uri, cnonce: &cnonce, nonce_count: 1 };
        let challenges = challenged.challenges().flatten();
        let value = sip::digest::answer(challenges, user, &self.password, &asked)?;
        let name = match challenged.status() {
            Some(407) => "Proxy-Authorization",
            Some(_) | None => "Authorization",
        };
        Some((name, value))
    }
}
