//! The requests we send to a trunk.

use routing::{Address, MessageId, Transport};
use sip::digest::{Asked, answer_with};
use sip::transaction::Key;
use sip::{Builder, Date, MAX_FORWARDS, MESSAGE_MAX, Method, Party, Request};

use super::Try;
use super::sheet::{Papers, Part, Sheet, put};
use crate::content::{Aside, body};
use crate::egress::ConnectionKey;
use crate::egress::desk::{BRANCH_START, display_of, put_sender};
use crate::egress::outward::Outward;
use crate::egress::sip::expires_secs;
use crate::peers::lines::{Line, in_via};
use crate::peers::trunks::{Challenged, Trunk};
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

impl Shard {
    /// The Request-URI of an Sms at a trunk.
    pub(super) fn called_uri(&self, key: ConnectionKey, id: MessageId) -> Option<String> {
        let trunk = self.connections.trunks.ours.get(&key)?;
        let sms = &self.flights.get(id)?.sms;
        let mut uri = String::new();
        trunk.put_uri(&Outward::of(self.plan.as_ref(), key, sms).destination, &mut uri);
        Some(uri)
    }

    /// Writes a MESSAGE for a hop, with credentials if the trunk asked for some before.
    pub(super) fn write_to_trunk(
        &mut self,
        key: ConnectionKey,
        at: usize,
        one: &Try,
    ) -> Option<(usize, Written)> {
        let trunk = self.connections.trunks.ours.get_mut(&key)?;
        if let Some(challenged) = &mut trunk.challenge {
            challenged.uses = challenged.uses.saturating_add(1);
        }
        self.written(|shard, papers, octets| shard.write_message_to(key, at, one, papers, octets))
            .map(|written| (at, written))
    }

    /// Writes an OPTIONS for a hop.
    pub(super) fn write_options(
        &mut self,
        key: ConnectionKey,
        at: usize,
        count: u64,
    ) -> Option<Written> {
        self.written(|shard, papers, octets| shard.write_options_to(key, at, count, papers, octets))
    }

    /// Lends memory to whoever writes a request.
    pub(super) fn written(
        &mut self,
        write: impl FnOnce(&Self, &mut Papers, &mut Vec<u8>) -> Option<(Line, u128)>,
    ) -> Option<Written> {
        let mut papers = std::mem::take(&mut self.trunk_clients.papers);
        let mut octets = self.clients.buffer();
        papers.sheet.clear();
        papers.proof.clear();
        let written = write(self, &mut papers, &mut octets);
        self.trunk_clients.papers = papers;
        let Some((line, transaction)) = written else {
            self.clients.give_back(octets);
            return None;
        };
        let line_is_stream = line.flow().is_some();
        Some(Written { line, line_is_stream, transaction, octets })
    }

    fn write_message_to(
        &self,
        key: ConnectionKey,
        at: usize,
        one: &Try,
        papers: &mut Papers,
        octets: &mut Vec<u8>,
    ) -> Option<(Line, u128)> {
        let trunk = self.connections.trunks.ours.get(&key)?;
        let line = trunk.hops.get(at)?.line?;
        let (_, transport) = self.config.end_of(line)?;
        let environment = self.plan.as_ref()?.environment(key.0)?;
        let sms = &self.flights.get(one.id)?.sms;
        let outward = Outward::of(self.plan.as_ref(), key, sms);
        put(&mut papers.proof, format_args!("{}-{}-{}", one.id, one.attempt, one.turn));
        let transaction = self.name(papers, Method::Message);
        let Papers { sheet, proof, trace } = papers;
        sheet.write(Part::CallId, |text| {
            put(text, format_args!("{}@{}", one.id, environment.domain))
        });
        sheet.write(Part::From, |text| trunk.put_user(&outward.source, text));
        sheet.write(Part::To, |text| trunk.put_user(&outward.destination, text));
        sheet.write(Part::Uri, |text| match one.uri.as_str() {
            "" => trunk.put_uri(&outward.destination, text),
            elsewhere => text.push_str(elsewhere),
        });
        let settings = &trunk.settings.trunk;
        let domain = match settings.domain.as_str() {
            "" => environment.domain.as_str(),
            domain => domain,
        };
        let (uri, call_id) = (sheet.get(Part::Uri), sheet.get(Part::CallId));
        let display = display_of(&outward.source);
        let (from, to) = (sheet.get(Part::From), sheet.get(Part::To));
        let tag = Some(&call_id[..MessageId::TEXT_LEN]);
        let request = Request {
            from: Party { display: &display, user: from, host: domain, tag },
            to: Party { display: "", user: to, host: &settings.host, tag: None },
            cseq: u32::from(one.attempt) * TURNS + u32::from(one.turn),
            ..self.request(Method::Message, (line, transport), sheet)
        };
        let body = body(sms);
        let mut builder = Builder::request(octets, &request);
        builder
            .date(Date { unix_secs: sms.accepted_ns / 1_000_000_000 })
            .expires(expires_secs(sms.accepted_ns, sms.expires_ns));
        if let Some(name) = trunk.prove(uri, sheet.get(Part::Cnonce), proof) {
            builder.header(name, proof);
        }
        if let Some(mark) = outward.mark {
            sms.trace.onwards(mark, sms.id).encode(trace.octets());
            builder.header(TRACE, trace.digits());
        }
        let aside = Aside::of(sms);
        aside.put(&mut builder);
        let finished = builder.finish_with(aside.content_type(&body), body.octets());
        if finished.is_err() || octets.len() > MESSAGE_MAX {
            octets.clear();
        }
        Some((line, transaction))
    }

    fn write_options_to(
        &self,
        key: ConnectionKey,
        at: usize,
        count: u64,
        papers: &mut Papers,
        octets: &mut Vec<u8>,
    ) -> Option<(Line, u128)> {
        let trunk = self.connections.trunks.ours.get(&key)?;
        let line = trunk.hops.get(at)?.line?;
        let (_, transport) = self.config.end_of(line)?;
        let environment = self.plan.as_ref()?.environment(key.0)?;
        let (settings, domain) = (&trunk.settings.trunk, environment.domain.as_str());
        let unix_ns = self.at.unix_ns;
        put(&mut papers.proof, format_args!("options-{unix_ns}-{}-{at}-{count}", key.1));
        let transaction = self.name(papers, Method::Options);
        let sheet = &mut papers.sheet;
        papers.proof.clear();
        papers.proof.push_str(sheet.get(Part::Cnonce));
        sheet.write(Part::CallId, |text| put(text, format_args!("{}@{domain}", papers.proof)));
        sheet.write(Part::Uri, |text| put(text, format_args!("sip:{}", settings.host)));
        let request = Request {
            from: Party { display: "", user: "", host: domain, tag: Some(&papers.proof) },
            to: Party { display: "", user: "", host: &settings.host, tag: None },
            ..self.request(Method::Options, (line, transport), sheet)
        };
        Builder::request(octets, &request).finish().ok()?;
        Some((line, transaction))
    }

    /// What every request to a trunk says, out of what was written on the sheet; between whom is
    /// the caller's to say.
    pub(super) fn request<'a>(
        &'a self,
        method: Method<'a>,
        (line, transport): (Line, Transport),
        sheet: &'a Sheet,
    ) -> Request<'a> {
        Request {
            method,
            uri: sheet.get(Part::Uri),
            transport: in_via(transport),
            sent_by: self.clients.end_of(line),
            branch: sheet.get(Part::Branch),
            rport: !transport.is_stream(),
            max_forwards: MAX_FORWARDS,
            route: "",
            from: Party::default(),
            to: Party::default(),
            call_id: sheet.get(Part::CallId),
            cseq: 1,
        }
    }

    /// Names a request after what stands in `proof`: by a branch that nobody can guess, so that
    /// nobody can answer for a trunk who does not see what we send it.
    pub(super) fn name(&self, papers: &mut Papers, method: Method<'_>) -> u128 {
        let Papers { sheet, proof, .. } = papers;
        let (key, shard) = (self.hash_key(), self.config.shard.0);
        let secret = Key::of_branch(key, proof, Method::Message).0;
        sheet.write(Part::Branch, |text| {
            put(text, format_args!("{BRANCH_START}{shard:02x}t{secret:032x}"));
        });
        let half = (secret >> 64) as u64;
        sheet.write(Part::Cnonce, |text| put(text, format_args!("{half:016x}")));
        Key::of_branch(key, sheet.get(Part::Branch), method).0
    }
}

impl Trunk {
    /// Appends an address as a user part as this trunk writes it.
    fn put_user(&self, address: &Address, text: &mut String) {
        let start = text.len();
        put_sender(address, text);
        if !self.settings.trunk.plus && text[start..].starts_with('+') {
            text.remove(start);
        }
    }

    /// Appends the Request-URI of a number.
    fn put_uri(&self, called: &Address, text: &mut String) {
        text.push_str("sip:");
        self.put_user(called, text);
        text.push('@');
        text.push_str(&self.settings.trunk.host);
    }

    /// Writes what answers for a MESSAGE the challenge that it asked last, and says in which
    /// header; `None` if it has asked nothing.
    fn prove(&self, uri: &str, cnonce: &str, proof: &mut String) -> Option<&'static str> {
        let username = &self.settings.trunk.username;
        self.challenge.as_ref()?.prove(username, (Method::Message, uri), cnonce, proof)
    }
}

impl Challenged {
    /// Writes what answers it for a request (RFC 7616 §3.4), and says in which header; `None` if
    /// nothing can.
    pub(super) fn prove(
        &self,
        username: &str,
        (method, uri): (Method<'_>, &str),
        cnonce: &str,
        proof: &mut String,
    ) -> Option<&'static str> {
        let Self { realm, nonce, algorithm, opaque, ha1, by_proxy, uses } = self;
        let asked = Asked { method, uri, cnonce, nonce_count: *uses };
        let names = [username, realm, nonce];
        proof.clear();
        if !answer_with(*algorithm, names, ha1, &asked, proof) {
            return None;
        }
        if let Some(opaque) = opaque {
            put(proof, format_args!(", opaque=\"{opaque}\""));
        }
        Some(if *by_proxy { "Proxy-Authorization" } else { "Authorization" })
    }
}

/// More MESSAGEs than one attempt can make: CSeq grows with each (RFC 3261 §8.1.3.5).
const TURNS: u32 = 16;

/// The header that tells another environment of ours where an Sms has been; its value is that of
/// TLV 0x1401 in hexadecimal digits.
pub(crate) const TRACE: &str = "X-Signalbox-Trace";
