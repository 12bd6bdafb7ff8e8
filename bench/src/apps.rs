//! Apps that prove who they are: what they say, and what they make of the answers.

use std::net::SocketAddr;

use sip::digest::{Asked, Ha1, answer_with};
use sip::{Algorithm, Builder, MAX_FORWARDS, Message, Method, Party, Request, Transport};

/// The apps of accounts numbered from 0.
#[derive(Debug)]
pub(crate) struct Apps {
    apps: Vec<App>,
    said: u32,
}

#[derive(Debug)]
struct App {
    user: String,
    ha1: Ha1,
    nonce: String,
    count: u32,
    /// What waits for a nonce.
    asked: Option<Said>,
}

/// What an app says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// This is where I am.
    Register,
    /// A text to that number.
    Message(u32),
}

/// What an answer of the shard means.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The password is asked for; this is the answer to that.
    Challenge(Vec<u8>),
    /// Yes.
    Yes,
    /// No, or not yet.
    Other,
}

impl Apps {
    /// Apps of accounts with these users.
    pub(crate) fn new(users: impl Iterator<Item = String>) -> Self {
        let app = |user: String| {
            let ha1 = Ha1::of(&user, DOMAIN, PASSWORD);
            App { user, ha1, nonce: String::new(), count: 0, asked: None }
        };
        Self { apps: users.map(app).collect(), said: 0 }
    }

    /// The address of an app.
    pub(crate) fn address(index: u32) -> SocketAddr {
        let [high, low] = ((index / 60_000) as u16).to_be_bytes();
        SocketAddr::from(([127, 1, high, low], 2_000 + (index % 60_000) as u16))
    }

    /// What an app says, with proof if it has a nonce that may be used again.
    pub(crate) fn say(&mut self, index: u32, said: Said) -> Vec<u8> {
        self.said += 1;
        let (number, address) = (self.said, Self::address(index));
        let app = &mut self.apps[index as usize];
        app.asked = Some(said);
        let (method, uri, to) = match said {
            Said::Register => (Method::Register, format!("sip:{DOMAIN}"), app.user.clone()),
            Said::Message(to) => (Method::Message, format!("sip:{to}@{DOMAIN}"), to.to_string()),
        };
        let proof = app.proof(method, &uri);
        let party = |user, tag| Party { display: "", user, host: DOMAIN, tag };
        // The app is found again by the end of its branch.
        let branch = format!("z9hG4bKbench.{number}.{index}");
        let request = Request {
            method,
            uri: &uri,
            transport: Transport::Udp,
            sent_by: &address.to_string(),
            branch: &branch,
            rport: true,
            max_forwards: MAX_FORWARDS,
            route: "",
            from: party(&app.user, Some("bench")),
            to: party(&to, None),
            call_id: &format!("bench-{index}"),
            cseq: number,
        };
        let mut octets = Vec::with_capacity(1_024);
        let mut builder = Builder::request(&mut octets, &request);
        let name = if method == Method::Register { "Authorization" } else { "Proxy-Authorization" };
        if !proof.is_empty() {
            builder.header(name, &proof);
        }
        let built = match said {
            Said::Register => {
                let instance = format!("00000000-0000-4000-8000-{index:012x}");
                let contact = format!(
                    "<sip:{}@{address};ob>;+sip.instance=\"<urn:uuid:{instance}>\"",
                    app.user
                );
                builder.header("Contact", &contact).expires(3_600).finish()
            }
            Said::Message(_) => {
                let text = format!("Your verification code is {number:06}, do not share it");
                builder.finish_with("text/plain;charset=UTF-8", text.as_bytes())
            }
        };
        debug_assert!(built.is_ok(), "an app writes what can be read");
        octets
    }

    /// Reads an answer.
    pub(crate) fn hear(&mut self, octets: &[u8]) -> Heard {
        if octets.starts_with(b"SIP/2.0 20") {
            return Heard::Yes;
        }
        let Ok(answer) = Message::parse(octets) else { return Heard::Other };
        let index = answer.via().branch.and_then(|branch| branch.rsplit_once('.')?.1.parse().ok());
        let is_ours = |found: &sip::Challenge<'_>| found.algorithm == Algorithm::Sha256;
        let challenge = answer.challenges().flatten().find(is_ours);
        let (Some(index), Some(challenge)) = (index, challenge) else { return Heard::Other };
        let index: u32 = index;
        let app = &mut self.apps[index as usize];
        (app.nonce, app.count) = (challenge.nonce.to_owned(), 0);
        match app.asked {
            Some(said) => Heard::Challenge(self.say(index, said)),
            None => Heard::Other,
        }
    }

    /// An app that is asked for its password each time.
    pub(crate) fn forget_nonce(&mut self, index: u32) {
        self.apps[index as usize].nonce.clear();
    }

    /// What control keeps of an app's password.
    pub(crate) fn ha1(&self, index: u32) -> &Ha1 {
        &self.apps[index as usize].ha1
    }
}

impl App {
    fn proof(&mut self, method: Method<'_>, uri: &str) -> String {
        let mut proof = String::new();
        if !self.nonce.is_empty() {
            self.count += 1;
            let asked = Asked { method, uri, cnonce: "62656e6368", nonce_count: self.count };
            let names = [self.user.as_str(), DOMAIN, self.nonce.as_str()];
            answer_with(Algorithm::Sha256, names, &self.ha1, &asked, &mut proof);
        }
        proof
    }
}

/// The domain of the environment.
pub(crate) const DOMAIN: &str = "env1.example";
const PASSWORD: &str = "pw";
