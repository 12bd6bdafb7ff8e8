//! What is said to an app by MESSAGE beside Sms: a notice, as IMDN (RFC 5438) or as
//! SMS-STATUS-REPORT, in the form in which it was asked for, and the relay layer's answers.

use routing::{MessageId, State, WantedForm};
use sip::cpim::Envelope;
use sip::imdn::{Disposition, Imdn, Wishes};
use sip::registrar::{Abilities, Contact};
use sip::transaction::Key;
use sip::{BuildError, Builder, Date, MAX_FORWARDS, MESSAGE_MAX, Method, Party, Request};
use text::tpdu;

use crate::egress::desk::{Branch, put_sender};
use crate::egress::dress::{RELAY, to_handset};
use crate::egress::fork::Way;
use crate::handsets::CENTRE;
use crate::inbox::AccountKey;
use crate::limits::DATAGRAM_MAX;
use crate::notices::Notice;
use crate::peers::lines::{Line, in_via};
use crate::shard::Shard;

impl Shard {
    /// Sends a notice to every contact of its account that can read it; says how many.
    pub(crate) fn send_notice(&mut self, key: AccountKey, id: MessageId) -> u16 {
        let Some(notice) = self.notices.flying(id) else { return 0 };
        let mut from = String::new();
        put_sender(&notice.about, &mut from);
        let now = Date { unix_secs: self.at.unix_ns / 1_000_000_000 };
        let notice = notice.clone();
        let is_relayed = matches!(notice.wanted.form, WantedForm::StatusReport(_));
        let reads = |contact: &Contact| !is_relayed || contact.can.has(Abilities::SMSIP);
        self.say_beside(key, id, &from, reads, |builder, request| {
            builder.date(now);
            put_notice(&notice, now, &id.to_string(), builder, request)
        })
    }

    /// Says something to a handset that is no short message: what becomes of what it sent.
    pub(crate) fn say_to_handset(&mut self, key: AccountKey, in_reply_to: &str, octets: &[u8]) {
        let id = self.next_id();
        let is_handset = |contact: &Contact| contact.can.has(Abilities::SMSIP);
        self.say_beside(key, id, "", is_handset, |builder, request| {
            builder.header("In-Reply-To", in_reply_to);
            to_handset(builder, request.from.host).finish_with(RELAY, octets)
        });
    }

    /// A MESSAGE that carries no Sms, to those contacts of an account that are `meant`; says to
    /// how many it went.
    fn say_beside(
        &mut self,
        key: AccountKey,
        id: MessageId,
        from: &str,
        meant: impl Fn(&Contact) -> bool,
        finish: impl Fn(&mut Builder<'_>, &Request<'_>) -> Result<(), BuildError>,
    ) -> u16 {
        let contacts: Vec<Contact> = self.registrar.live(key, self.steady_ns).cloned().collect();
        let mut open = 0;
        for (index, contact) in contacts.iter().enumerate().filter(|(_, contact)| meant(contact)) {
            let mut branch = String::new();
            Branch { account: key.1, id, attempt: 1, index }.put(&mut branch);
            let mut octets = Vec::with_capacity(DATAGRAM_MAX);
            let built = self.write_beside(key, (id, from, &branch), contact, &finish, &mut octets);
            let line = Line::of(contact.line);
            let most = if line.flow().is_some() { MESSAGE_MAX } else { DATAGRAM_MAX };
            if built.is_ok() && octets.len() <= most {
                let transaction = Key::of_branch(self.hash_key(), &branch, Method::Message).0;
                let to = (line, contact.next_hop(), transaction);
                self.send_request(key, (id, 1), Way::default(), to, octets);
                open += 1;
            }
        }
        open
    }

    fn write_beside(
        &self,
        key: AccountKey,
        (id, from, branch): (MessageId, &str, &str),
        contact: &Contact,
        finish: impl Fn(&mut Builder<'_>, &Request<'_>) -> Result<(), BuildError>,
        octets: &mut Vec<u8>,
    ) -> Result<(), BuildError> {
        let refused = BuildError { field: "account" };
        let plan = self.plan.as_ref().ok_or(refused)?;
        let environment = plan.environment(key.0).ok_or(refused)?;
        let account = environment.account(key.1).ok_or(refused)?;
        let domain = environment.domain.as_str();
        let (local, transport) = self.config.end_of(Line::of(contact.line)).ok_or(refused)?;
        let (local, id) = (local.to_string(), id.to_string());
        let call_id = format!("{REPORT}{id}@{domain}");
        let request = Request {
            method: Method::Message,
            uri: &contact.uri,
            transport: in_via(transport),
            sent_by: &local,
            branch,
            rport: !transport.is_stream(),
            max_forwards: MAX_FORWARDS,
            route: &contact.path,
            from: Party { display: "", user: from, host: domain, tag: Some(&id) },
            to: Party { display: "", user: &account.user, host: domain, tag: None },
            call_id: &call_id,
            cseq: 1,
        };
        finish(&mut Builder::request(octets, &request), &request)
    }
}

/// Ends the MESSAGE of a notice, in the form in which it was asked for.
fn put_notice(
    notice: &Notice,
    date: Date,
    name: &str,
    builder: &mut Builder<'_>,
    request: &Request<'_>,
) -> Result<(), BuildError> {
    let (from, to) = (request.from.uri(), request.to.uri());
    match notice.wanted.form {
        WantedForm::Headers => builder
            .header("NS", "imdn <urn:ietf:params:imdn>")
            .header("imdn.Message-ID", name)
            .header("Content-Disposition", NOTIFICATION)
            .finish_with(IMDN_XML, &report(notice, &from)),
        WantedForm::StatusReport(reference) => {
            let octets = status_report(notice, reference);
            to_handset(builder, request.from.host).finish_with(RELAY, &octets)
        }
        WantedForm::Envelope => {
            let envelope = Envelope {
                from: &from,
                to: &to,
                date,
                message_id: name,
                wishes: Wishes::default(),
                content_type: IMDN_XML,
                disposition: Some(NOTIFICATION),
            };
            let mut body = Vec::with_capacity(1024);
            envelope.encode(&report(notice, &from), &mut body);
            builder.finish_with("message/cpim", &body)
        }
    }
}

/// The RP-DATA of a notice, with an SMS-STATUS-REPORT.
fn status_report(notice: &Notice, reference: u8) -> Vec<u8> {
    let stamp = |ns: u64| tpdu::Stamp { unix_secs: (ns / 1_000_000_000) as i64 };
    let times = (stamp(notice.submitted_ns), stamp(notice.done_ns));
    let text = String::from_utf8_lossy(notice.about.as_bytes());
    let party = tpdu::build::Party { ton: notice.about.ton, npi: notice.about.npi, text: &text };
    let (mut unit, mut octets) = (Vec::new(), Vec::new());
    tpdu::build::status_report(reference, party, times, status_of(notice.state), &mut unit);
    sip::rp::data(reference, CENTRE, &unit, &mut octets);
    octets
}

/// TP-ST (TS 23.040 §9.2.3.15).
fn status_of(state: State) -> u8 {
    match state {
        State::Delivered => 0x00,
        // Forwarded; whether it arrived is not known.
        State::Accepted | State::Enroute => 0x01,
        State::Undeliverable => 0x43,
        State::Rejected => 0x42,
        State::Expired => 0x46,
        State::Deleted => 0x47,
        State::Unknown => 0x40,
    }
}

/// The XML of a notice.
fn report(notice: &Notice, recipient: &str) -> Vec<u8> {
    let mut xml = Vec::with_capacity(512);
    let message_id = notice.wanted.name.as_str();
    let disposition = disposition_of(notice.state);
    let imdn = Imdn { message_id, date_time: "", recipient, disposition };
    imdn.encode(Date { unix_secs: notice.done_ns / 1_000_000_000 }, &mut xml);
    xml
}

/// What an app hears of a final state (standards.md 4.3); docs/texts.md has the same table.
pub(crate) fn disposition_of(state: State) -> Disposition {
    match state {
        State::Delivered => Disposition::Delivered,
        State::Expired | State::Deleted | State::Undeliverable | State::Rejected => {
            Disposition::Failed
        }
        State::Unknown => Disposition::Error,
        // Of these nobody hears (see `Wanted::wants`).
        State::Accepted | State::Enroute => Disposition::Processed,
    }
}

/// Before the name of a report, which is not the name of an Sms.
const REPORT: &str = "r-";

/// What an app that asked so hears of a final state, in the words of docs/texts.md.
pub fn told(state: State) -> &'static str {
    match disposition_of(state) {
        Disposition::Delivered => "delivered",
        Disposition::Failed => "failed",
        Disposition::Error => "error",
        Disposition::Displayed
        | Disposition::Forbidden
        | Disposition::Processed
        | Disposition::Stored => "",
    }
}

const IMDN_XML: &str = "message/imdn+xml";
const NOTIFICATION: &str = "notification";
