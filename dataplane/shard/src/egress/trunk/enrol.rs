//! REGISTER at a trunk that wants its customers to (RFC 3261 §10.2): sent, answered, sent again.

use std::net::SocketAddr;

use routing::Transport;
use sip::{Builder, ContactValue, Message, Method, Name, Party, Request, Uri};

use super::answers::pause;
use super::sheet::{Papers, Part, put};
use super::{What, write::Written};
use crate::deadlines::Timer;
use crate::egress::ConnectionKey;
use crate::limits::{ENROL_PATIENCE, ENROL_SECS_MAX};
use crate::peers::lines::Line;
use crate::shard::Shard;

/// What was done already for one yes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pleas {
    /// A challenge was answered: another one is a no (promises.md E24).
    answered: bool,
    /// We asked for longer: another 423 is a no.
    longer: bool,
}

impl Shard {
    /// A trunk is new, or something of it is: whether we register there is decided anew.
    pub(crate) fn enrol_anew(&mut self, key: ConnectionKey) {
        let at = self.at;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        let settings = &trunk.settings.trunk;
        let is_wanted = settings.register_secs > 0 && !settings.username.is_empty();
        trunk.enrolment.begin(at.now, at.unix_ns, is_wanted);
        self.enrol(key);
    }

    /// Registers at a trunk if its time has come.
    pub(crate) fn enrol(&mut self, key: ConnectionKey) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        if self.stopping || !trunk.enrolment.asks(now) {
            return self.arm_enrolment(key);
        }
        self.ask_registrar(key, Pleas::default());
    }

    /// A hop answers, or does not any more.
    pub(crate) fn enrol_elsewhere(
        &mut self,
        key: ConnectionKey,
        hop: (SocketAddr, Transport),
        is_up: bool,
    ) {
        let now = self.at.now;
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
            trunk.enrolment.hop_changed(now, hop, is_up);
            self.arm_enrolment(key);
        }
    }

    fn arm_enrolment(&mut self, key: ConnectionKey) {
        let trunk = self.connections.trunks.ours.get(&key);
        if let Some(due) = trunk.and_then(|trunk| trunk.enrolment.due()) {
            self.deadlines.arm(due.max(self.at.now), Timer::Enrol(key.0, key.1));
        }
    }

    fn ask_registrar(&mut self, key: ConnectionKey, pleas: Pleas) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        trunk.enrolment.cseq += 1;
        if let Some(challenged) = &mut trunk.enrolment.challenge {
            challenged.uses = challenged.uses.saturating_add(1);
        }
        let Some(at) = trunk.choose(0, false) else {
            trunk.enrolment.postpone(now);
            return self.arm_enrolment(key);
        };
        match self.write_register(key, at) {
            Some(written) => {
                let until = Some(now + ENROL_PATIENCE);
                self.begin_client(key, at, written, What::Register(pleas), until);
            }
            None => self.enrol_failed(key, "it cannot be written", None),
        }
    }

    fn write_register(&mut self, key: ConnectionKey, at: usize) -> Option<Written> {
        self.written(|shard, papers, octets| shard.write_register_to(key, at, papers, octets))
    }

    fn write_register_to(
        &self,
        key: ConnectionKey,
        at: usize,
        papers: &mut Papers,
        octets: &mut Vec<u8>,
    ) -> Option<(Line, u128)> {
        let trunk = self.connections.trunks.ours.get(&key)?;
        let line = trunk.hops.get(at)?.line?;
        let (_, transport) = self.config.end_of(line)?;
        let domain = self.plan.as_ref()?.environment(key.0)?.domain.as_str();
        let (settings, enrolment) = (&trunk.settings.trunk, &trunk.enrolment);
        let (began_ns, cseq) = (enrolment.began_ns, enrolment.cseq);
        put(&mut papers.proof, format_args!("register-{began_ns}-{}-{at}-{cseq}", key.1));
        let transaction = self.name(papers, Method::Register);
        let contact = self.contact_at(key, line, transport)?;
        let Papers { sheet, proof, .. } = papers;
        sheet.write(Part::CallId, |text| {
            put(text, format_args!("register-{began_ns:x}-{}@{domain}", key.1));
        });
        sheet.write(Part::Uri, |text| put(text, format_args!("sip:{}", settings.host)));
        let host = if settings.domain.is_empty() { &settings.host } else { &settings.domain };
        let party = |tag| Party { display: "", user: &settings.username, host, tag };
        let request = Request {
            from: party(Some(sheet.get(Part::Cnonce))),
            to: party(None),
            cseq,
            ..self.request(Method::Register, (line, transport), sheet)
        };
        let secs = settings.register_secs.max(enrolment.at_least_secs);
        let mut builder = Builder::request(octets, &request);
        builder.header("Contact", &format!("<{contact}>")).expires(secs);
        let (name, cnonce) = (&settings.username, sheet.get(Part::Cnonce));
        if let Some(challenged) = &enrolment.challenge
            && let Some(header) =
                challenged.prove(name, (request.method, request.uri), cnonce, proof)
        {
            builder.header(header, proof);
        }
        builder.finish().ok()?;
        Some((line, transaction))
    }

    /// Where the trunk reaches us: as who we are there, by the line that the REGISTER leaves by.
    fn contact_at(&self, key: ConnectionKey, line: Line, by: Transport) -> Option<String> {
        let username = &self.connections.trunks.ours.get(&key)?.settings.trunk.username;
        let ours = self.clients.end_of(line);
        let mut uri = Party { user: username, host: ours, ..Party::default() }.uri();
        if by.is_stream() {
            uri.push_str(";transport=");
            uri.push_str(by.word());
        }
        Some(uri)
    }

    /// The final response to a REGISTER of ours.
    pub(super) fn enrol_answered(
        &mut self,
        key: ConnectionKey,
        hop: (SocketAddr, Transport),
        (pleas, status): (Pleas, u16),
        response: &Message<'_>,
    ) {
        match status {
            200..=299 => self.enrolled(key, hop, response),
            401 | 407 if !pleas.answered => {
                let trunk = self.connections.trunks.ours.get_mut(&key);
                let found = trunk.as_ref().and_then(|trunk| trunk.challenge(status, response));
                let Some((trunk, found)) = trunk.zip(found) else {
                    return self.enrol_refused(key, status, response);
                };
                trunk.enrolment.challenge = Some(found);
                self.ask_registrar(key, Pleas { answered: true, ..pleas });
            }
            423 if !pleas.longer => {
                let least = response.header(Name::MinExpires).and_then(|secs| secs.parse().ok());
                let least = least.filter(|secs: &u32| *secs <= ENROL_SECS_MAX);
                let trunk = self.connections.trunks.ours.get_mut(&key);
                let Some((trunk, least)) = trunk.zip(least) else {
                    return self.enrol_refused(key, status, response);
                };
                trunk.enrolment.at_least_secs = least;
                self.ask_registrar(key, Pleas { longer: true, ..pleas });
            }
            _ => self.enrol_refused(key, status, response),
        }
    }

    fn enrolled(
        &mut self,
        key: ConnectionKey,
        hop: (SocketAddr, Transport),
        response: &Message<'_>,
    ) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get(&key) else { return };
        let line = trunk.hop_at(hop.0, hop.1).and_then(|at| trunk.hops[at].line);
        let ours = line.and_then(|line| self.contact_at(key, line, hop.1));
        let asked = trunk.settings.trunk.register_secs.max(trunk.enrolment.at_least_secs);
        let granted = ours.and_then(|ours| granted(response, &ours));
        let secs = granted.or_else(|| response.expires()).unwrap_or(asked).min(ENROL_SECS_MAX);
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        if trunk.enrolment.granted(now, secs, Some(hop)) {
            let name = self.connection_name(key);
            let note = self.out.info("registered at a trunk", name);
            (note.peer, note.detail) = (Some(hop.0), format!("for {secs} s"));
        }
        self.arm_enrolment(key);
    }

    fn enrol_refused(&mut self, key: ConnectionKey, status: u16, response: &Message<'_>) {
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
            // What it did not take is not offered again unasked.
            trunk.enrolment.challenge = None;
        }
        self.enrol_failed(key, &status.to_string(), pause(response));
    }

    /// No yes came, or none will.
    pub(super) fn enrol_failed(
        &mut self,
        key: ConnectionKey,
        why: &str,
        pause: Option<std::time::Duration>,
    ) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        if trunk.enrolment.failed(now, pause) {
            let name = self.connection_name(key);
            self.out.warn("a trunk does not register us", name).detail = why.to_owned();
        }
        self.arm_enrolment(key);
    }
}

/// How long a response says our contact is kept.
fn granted(response: &Message<'_>, ours: &str) -> Option<u32> {
    let contacts = response.contacts().filter_map(Result::ok);
    let same = |uri: &str| {
        let parsed = Uri::parse(uri).ok().zip(Uri::parse(ours).ok());
        uri == ours || parsed.is_some_and(|(theirs, ours)| theirs.equivalent(&ours))
    };
    let mut found = contacts.filter_map(|contact| match contact {
        ContactValue::Contact(contact) => same(contact.uri).then_some(contact.expires),
        ContactValue::Star => None,
    });
    found.next()?
}
