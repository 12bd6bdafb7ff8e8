//! A registrar as small as can be, made of the sip crate: it asks for a password, takes
//! contacts, calls them, and takes MESSAGEs from them.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use sip::digest::{Ha1, NonceKey, challenge, verify};
use sip::{Algorithm, Builder, ContactValue, Message, Method, Name, Party, Request, Response};
use sip::{Transport, Uri};

/// A registrar for one domain in which all users have the same password.
pub(crate) struct Registrar {
    pub(crate) socket: UdpSocket,
    /// Asks for MD5 only, as old ones do.
    pub(crate) md5_only: bool,
    /// For how long it holds a contact.
    pub(crate) expires_secs: u32,
    /// Requests it does not hear.
    pub(crate) deaf: u32,
    /// The contact of each user, and which algorithm brought it here.
    pub(crate) contacts: BTreeMap<String, (String, &'static str)>,
    /// REGISTERs that were granted.
    pub(crate) granted: u32,
    /// Texts that came, with who sent them.
    pub(crate) texts: Vec<(String, String)>,
    /// Statuses that came back, by Call-ID.
    pub(crate) statuses: Vec<(String, u16)>,
}

impl Registrar {
    pub(crate) fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        Self {
            socket,
            md5_only: false,
            expires_secs: 300,
            deaf: 0,
            contacts: BTreeMap::new(),
            granted: 0,
            texts: Vec::new(),
            statuses: Vec::new(),
        }
    }

    pub(crate) fn address(&self) -> String {
        self.socket.local_addr().unwrap().to_string()
    }

    /// Works until `done`, and fails if that takes too long.
    #[allow(clippy::disallowed_methods, reason = "a test that waits must know for how long")]
    pub(crate) fn work_until(&mut self, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        let mut buffer = [0; 65_535];
        while !done(self) {
            assert!(start.elapsed() < Duration::from_secs(15), "nothing happens any more");
            if let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
                self.handle(&buffer[..length], source);
            }
        }
    }

    /// Sends a MESSAGE to the contact of `user`.
    pub(crate) fn call(&self, user: &str, branch: &str, call_id: &str, text: &str) {
        let contact = &self.contacts[user].0;
        let uri = Uri::parse(contact).unwrap();
        let address = format!("{}:{}", uri.host, uri.port.unwrap());
        let mut octets = Vec::new();
        let request = Request {
            method: Method::Message,
            uri: contact,
            transport: Transport::Udp,
            sent_by: &self.address(),
            branch: &format!("z9hG4bK{branch}"),
            rport: true,
            max_forwards: 70,
            route: "",
            from: Party { display: "", user: "TATA", host: DOMAIN, tag: Some("t") },
            to: Party { display: "", user, host: DOMAIN, tag: None },
            call_id,
            cseq: 1,
        };
        Builder::request(&mut octets, &request)
            .finish_with("text/plain;charset=UTF-8", text.as_bytes())
            .unwrap();
        self.socket.send_to(&octets, address).unwrap();
    }

    fn handle(&mut self, octets: &[u8], source: SocketAddr) {
        let message = Message::parse(octets).unwrap();
        if let Some(status) = message.status() {
            self.statuses.push((message.call_id().to_owned(), status));
            return;
        }
        if self.deaf > 0 {
            self.deaf -= 1;
            return;
        }
        let register = message.method() == Some(Method::Register);
        let user = message.from().uri().unwrap().user.unwrap().to_owned();
        let name = if register { Name::Authorization } else { Name::ProxyAuthorization };
        let credentials = message.credentials(name).next();
        let algorithm = credentials.and_then(|credentials| {
            let credentials = credentials.unwrap();
            let (method, uri) = (message.method().unwrap(), message.request_uri().unwrap());
            let ha1 = Ha1::of(&user, DOMAIN, PASSWORD);
            let algorithm = credentials.algorithm;
            verify(&credentials, method, uri, &ha1).ok().map(|()| algorithm)
        });
        let mut answer = Vec::new();
        let status = match (algorithm, register) {
            (Some(_), true) => 200,
            (Some(_), false) => 202,
            (None, true) => 401,
            (None, false) => 407,
        };
        let response = Response { status, to_tag: Some("r"), source };
        let mut builder = Builder::response(&mut answer, &message, &response);
        match algorithm {
            None => self.ask_for_password(&mut builder, register),
            Some(algorithm) if register => self.grant(&mut builder, &message, &user, algorithm),
            Some(_) => {
                let text = String::from_utf8(message.body().to_vec()).unwrap();
                self.texts.push((user, text));
            }
        }
        builder.finish().unwrap();
        self.socket.send_to(&answer, message.via().reply_to(source)).unwrap();
    }

    fn ask_for_password(&self, builder: &mut Builder<'_>, register: bool) {
        let name = if register { Name::WwwAuthenticate } else { Name::ProxyAuthenticate };
        let nonce = NonceKey::new([7; 32]).make(b"", 1);
        match self.md5_only {
            false => challenge(builder, name, &sip::digest::OFFER, DOMAIN, &nonce, false),
            true => {
                let nonce = nonce.as_str();
                let value = format!("Digest realm=\"{DOMAIN}\", nonce=\"{nonce}\", qop=\"auth\"");
                builder.header(name.as_str(), &value);
            }
        }
    }

    fn grant(
        &mut self,
        builder: &mut Builder<'_>,
        message: &Message<'_>,
        user: &str,
        algorithm: Algorithm,
    ) {
        self.granted += 1;
        if message.expires() == Some(0) {
            self.contacts.remove(user);
            return;
        }
        let Some(Ok(ContactValue::Contact(contact))) = message.contacts().next() else {
            panic!("a REGISTER without contact");
        };
        self.contacts.insert(user.to_owned(), (contact.uri.to_owned(), algorithm.as_str()));
        let value = format!("<{}>;expires={}", contact.uri, self.expires_secs);
        builder.header("Contact", &value);
    }
}

pub(crate) const DOMAIN: &str = "env1.example";
pub(crate) const PASSWORD: &str = "pw";
