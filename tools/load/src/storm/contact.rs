//! One contact: what it says, and how long it is patient (RFC 3261 §10.2, §17.1.2).

use std::net::SocketAddr;

use sip::{Builder, MAX_FORWARDS, Message, Method, Party, Request, Transport};

use crate::clock::SECOND;

/// Where a contact stands.
#[derive(Debug, Default)]
pub(super) enum State {
    /// It has not begun, or waits before it begins again.
    #[default]
    Waiting,
    /// A REGISTER is on its way.
    Asked(Box<Asked>),
    /// It is registered.
    Bound,
}

/// A REGISTER on its way.
#[derive(Debug)]
pub(super) struct Asked {
    /// For retransmissions.
    pub(super) octets: Vec<u8>,
    /// Is it the one with credentials?
    pub(super) proven: bool,
    /// When it left for the first time.
    pub(super) since_ns: u64,
    /// The pause before it leaves again.
    pub(super) pause_ns: u64,
}

impl Asked {
    pub(super) fn new(octets: Vec<u8>, proven: bool, now_ns: u64) -> Self {
        Self { octets, proven, since_ns: now_ns, pause_ns: T1_NS }
    }

    /// The pause after the next retransmission; `None` once nobody waits any more (Timer F).
    pub(super) fn again(&mut self, now_ns: u64) -> Option<u64> {
        self.pause_ns = (self.pause_ns * 2).min(T2_NS);
        (now_ns < self.since_ns + 64 * T1_NS).then_some(self.pause_ns)
    }
}

/// A contact.
#[derive(Debug, Default)]
pub(super) struct Contact {
    pub(super) state: State,
    /// When it first wanted to register.
    pub(super) due_ns: u64,
    /// How often it has asked.
    pub(super) cseq: u32,
    /// The latest of its alarms is the one that counts.
    pub(super) alarm: u32,
}

/// What all contacts have in common.
#[derive(Debug)]
pub(super) struct Swarm {
    pub(super) registrar: SocketAddr,
    pub(super) domain: String,
    pub(super) password: String,
    /// The user part of the first account, and how many accounts there are.
    pub(super) first: u64,
    pub(super) digits: usize,
    pub(super) accounts: u64,
    pub(super) expires_secs: u32,
    /// Makes our names different from those of other runs.
    pub(super) seed: u64,
}

impl Swarm {
    /// The contact a response belongs to.
    pub(super) fn index_of(&self, call_id: &str) -> Option<usize> {
        let (seed, index) = call_id.strip_prefix("storm-")?.split_once('-')?;
        (u64::from_str_radix(seed, 16).ok()? == self.seed).then(|| index.parse().ok())?
    }

    /// A REGISTER, with credentials if there is a challenge to answer.
    pub(super) fn encode(
        &self,
        index: usize,
        cseq: u32,
        local: SocketAddr,
        challenged: Option<&Message<'_>>,
    ) -> Option<Vec<u8>> {
        let account = self.first + index as u64 % self.accounts;
        let user = format!("{account:0width$}", width = self.digits);
        let uri = format!("sip:{}", self.domain);
        let call_id = format!("storm-{:x}-{index}", self.seed);
        let branch = format!("z9hG4bK{:x}.{index}.{cseq}", self.seed);
        let sent_by = local.to_string();
        let party = |tag| Party { display: "", user: &user, host: &self.domain, tag };
        let request = Request {
            method: Method::Register,
            uri: &uri,
            transport: Transport::Udp,
            sent_by: &sent_by,
            branch: &branch,
            rport: true,
            max_forwards: MAX_FORWARDS,
            route: "",
            from: party(Some("storm")),
            to: party(None),
            call_id: &call_id,
            cseq,
        };
        let mut octets = Vec::with_capacity(900);
        let mut builder = Builder::request(&mut octets, &request);
        // Several contacts of one account differ in their address or in this parameter.
        let contact = format!("<sip:{user}@{sent_by};device={index}>");
        builder.header("Contact", &contact).expires(self.expires_secs);
        if let Some(challenged) = challenged {
            let cnonce = format!("{:x}", self.seed ^ index as u64);
            let asked = sip::digest::Asked {
                method: Method::Register,
                uri: &uri,
                cnonce: &cnonce,
                nonce_count: 1,
            };
            let challenges = challenged.challenges().flatten();
            let value = sip::digest::answer(challenges, &user, &self.password, &asked)?;
            builder.header("Authorization", &value);
        }
        builder.finish().ok()?;
        Some(octets)
    }
}

/// T1 of RFC 3261.
pub(super) const T1_NS: u64 = SECOND / 2;

/// T2 of RFC 3261.
const T2_NS: u64 = 4 * SECOND;
