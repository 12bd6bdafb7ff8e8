//! The requests we send to a trunk.

use routing::{MessageId, Trace};
use sip::digest::{Asked, answer};
use sip::transaction::Key;
use sip::{Builder, Challenge, Date, MAX_FORWARDS, MESSAGE_MAX, Method, Party, Request};

use super::Try;
use crate::content::{Aside, body};
use crate::egress::ConnectionKey;
use crate::egress::desk::{BRANCH_START, display_of, put_sender};
use crate::egress::outward::Outward;
use crate::egress::sip::expires_secs;
use crate::peers::lines::{Line, in_via};
use crate::peers::trunks::Trunk;
use crate::shard::Shard;

/// A request that is ready to leave.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) line: Line,
    pub(super) line_is_stream: bool,
    pub(super) transaction: u128,
    /// Empty if what it was made of is no grammar of SIP.
    pub(super) octets: Vec<u8>,
}

/// What a request of one attempt is called.
struct Names {
    branch: String,
    transaction: u128,
    cnonce: String,
}

impl Shard {
    /// The Request-URI of an Sms at a trunk.
    pub(super) fn called_uri(&self, key: ConnectionKey, id: MessageId) -> Option<String> {
        let trunk = self.connections.trunks.ours.get(&key)?;
        let sms = &self.flights.get(id)?.sms;
        let called = Outward::of(self.plan.as_ref(), key, sms).destination;
        Some(format!("sip:{}@{}", trunk.user(&sender(&called)), trunk.settings.trunk.host))
    }

    /// Writes a MESSAGE for a hop, with credentials if the trunk asked for some before.
    pub(super) fn write_to_trunk(
        &mut self,
        key: ConnectionKey,
        at: usize,
        one: &Try,
    ) -> Option<(usize, Written)> {
        let Names { branch, transaction, cnonce } =
            self.trunk_names(&format!("{}-{}-{}", one.id, one.attempt, one.turn));
        let authorization = self.authorization(key, &one.uri, &cnonce);
        let trunk = self.connections.trunks.ours.get(&key)?;
        let line = trunk.hops.get(at)?.line?;
        let (local, transport) = self.config.end_of(line)?;
        let environment = self.plan.as_ref()?.environment(key.0)?;
        let sms = &self.flights.get(one.id)?.sms;
        let outward = Outward::of(self.plan.as_ref(), key, sms);
        let (from, to) = (sender(&outward.source), sender(&outward.destination));
        let display = display_of(&outward.source);
        let (from_user, to_user) = (trunk.user(&from), trunk.user(&to));
        let settings = &trunk.settings.trunk;
        let domain = match settings.domain.as_str() {
            "" => environment.domain.as_str(),
            domain => domain,
        };
        let (sent_by, tag) = (local.to_string(), one.id.to_string());
        let call_id = format!("{tag}@{}", environment.domain);
        let request = Request {
            method: Method::Message,
            uri: &one.uri,
            transport: in_via(transport),
            sent_by: &sent_by,
            branch: &branch,
            rport: !transport.is_stream(),
            max_forwards: MAX_FORWARDS,
            route: "",
            from: Party { display: &display, user: from_user, host: domain, tag: Some(&tag) },
            to: Party { display: "", user: to_user, host: &settings.host, tag: None },
            call_id: &call_id,
            cseq: u32::from(one.attempt) * TURNS + u32::from(one.turn),
        };
        let body = body(sms);
        let mut octets = Vec::with_capacity(600 + body.octets().len());
        let mut builder = Builder::request(&mut octets, &request);
        builder
            .date(Date { unix_secs: sms.accepted_ns / 1_000_000_000 })
            .expires(expires_secs(sms.accepted_ns, sms.expires_ns));
        if let Some((name, value)) = &authorization {
            builder.header(name, value);
        }
        if let Some(mark) = outward.mark {
            let mut trace = Vec::with_capacity(Trace::LEN_MAX);
            sms.trace.onwards(mark, sms.id).encode(&mut trace);
            builder.header(TRACE, &hex(&trace));
        }
        let aside = Aside::of(sms);
        aside.put(&mut builder);
        let finished = builder.finish_with(aside.content_type(&body), body.octets());
        if finished.is_err() || octets.len() > MESSAGE_MAX {
            octets.clear();
        }
        Some((at, Written { line, line_is_stream: transport.is_stream(), transaction, octets }))
    }

    /// Writes an OPTIONS for a hop.
    pub(super) fn write_options(
        &self,
        key: ConnectionKey,
        at: usize,
        count: u64,
    ) -> Option<Written> {
        let name = format!("options-{}-{}-{}-{count}", self.at.unix_ns, key.1, at);
        let Names { branch, transaction, cnonce } = self.trunk_names(&name);
        let trunk = self.connections.trunks.ours.get(&key)?;
        let line = trunk.hops.get(at)?.line?;
        let (local, transport) = self.config.end_of(line)?;
        let environment = self.plan.as_ref()?.environment(key.0)?;
        let settings = &trunk.settings.trunk;
        let (uri, sent_by) = (format!("sip:{}", settings.host), local.to_string());
        let (domain, call_id) =
            (environment.domain.as_str(), format!("{cnonce}@{}", environment.domain));
        let request = Request {
            method: Method::Options,
            uri: &uri,
            transport: in_via(transport),
            sent_by: &sent_by,
            branch: &branch,
            rport: !transport.is_stream(),
            max_forwards: MAX_FORWARDS,
            route: "",
            from: Party { display: "", user: "", host: domain, tag: Some(&cnonce) },
            to: Party { display: "", user: "", host: &settings.host, tag: None },
            call_id: &call_id,
            cseq: 1,
        };
        let mut octets = Vec::with_capacity(512);
        Builder::request(&mut octets, &request).finish().ok()?;
        Some(Written { line, line_is_stream: transport.is_stream(), transaction, octets })
    }

    /// A branch that nobody can guess, so that nobody can answer for a trunk who does not see
    /// what we send it.
    fn trunk_names(&self, what: &str) -> Names {
        let key = self.hash_key();
        let secret = Key::of_branch(key, what, Method::Message).0;
        let branch = format!("{BRANCH_START}{:02x}t{secret:032x}", self.config.shard.0);
        // The method is part of a key: OPTIONS are known by their own prefix.
        let method = if what.starts_with("options") { Method::Options } else { Method::Message };
        let transaction = Key::of_branch(key, &branch, method).0;
        Names { branch, transaction, cnonce: format!("{:016x}", (secret >> 64) as u64) }
    }

    /// The header that answers what the trunk asked for last (RFC 7616 §3.4).
    fn authorization(
        &mut self,
        key: ConnectionKey,
        uri: &str,
        cnonce: &str,
    ) -> Option<(&'static str, String)> {
        let trunk = self.connections.trunks.ours.get_mut(&key)?;
        let challenged = trunk.challenge.as_mut()?;
        challenged.uses = challenged.uses.saturating_add(1);
        let challenge = Challenge {
            realm: &challenged.realm,
            nonce: &challenged.nonce,
            algorithm: challenged.algorithm,
            qop: &challenged.qop,
            stale: false,
            opaque: challenged.opaque.as_deref(),
        };
        let asked = Asked { method: Method::Message, uri, cnonce, nonce_count: challenged.uses };
        let password = std::str::from_utf8(&trunk.settings.password).ok()?;
        let username = &trunk.settings.trunk.username;
        let value = answer([challenge], username, password, &asked)?;
        let by_proxy = challenged.by_proxy;
        Some((if by_proxy { "Proxy-Authorization" } else { "Authorization" }, value))
    }
}

impl Trunk {
    /// A user part as this trunk writes it.
    fn user<'a>(&self, user: &'a str) -> &'a str {
        let bare = user.strip_prefix('+').filter(|_| !self.settings.trunk.plus);
        bare.unwrap_or(user)
    }
}

/// An address as a user part.
fn sender(address: &routing::Address) -> String {
    let mut text = String::with_capacity(24);
    put_sender(address, &mut text);
    text
}

/// Octets as hexadecimal digits.
fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// More MESSAGEs than one attempt can make: CSeq grows with each (RFC 3261 §8.1.3.5).
const TURNS: u32 = 16;

/// The header that tells another environment of ours where an Sms has been; its value is that of
/// TLV 0x1401 in hexadecimal digits.
pub(crate) const TRACE: &str = "X-Signalbox-Trace";
