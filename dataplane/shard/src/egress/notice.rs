//! A notice as a MESSAGE: an IMDN (RFC 5438), in the form in which it was asked for.

use routing::{MessageId, State, WantedForm};
use sip::cpim::Envelope;
use sip::imdn::{Disposition, Imdn, Wishes};
use sip::registrar::Contact;
use sip::transaction::Key;
use sip::{BuildError, Builder, Date, MAX_FORWARDS, MESSAGE_MAX, Method, Party, Request};

use crate::egress::desk::{Branch, put_sender};
use crate::egress::fork::Way;
use crate::inbox::AccountKey;
use crate::limits::DATAGRAM_MAX;
use crate::notices::Notice;
use crate::peers::lines::{Line, in_via};
use crate::shard::Shard;

impl Shard {
    /// Sends a notice to every contact of its account; says how many.
    pub(crate) fn send_notice(&mut self, key: AccountKey, id: MessageId) -> u16 {
        let contacts: Vec<Contact> = self.registrar.live(key, self.at.unix_ns).cloned().collect();
        let mut open = 0;
        for (index, contact) in contacts.iter().enumerate() {
            let mut branch = String::new();
            Branch { shard: self.config.shard, id, attempt: 1, index }.put(&mut branch);
            let mut octets = Vec::with_capacity(DATAGRAM_MAX);
            let built = self.build_notice(key, id, &branch, contact, &mut octets);
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

    fn build_notice(
        &self,
        key: AccountKey,
        id: MessageId,
        branch: &str,
        contact: &Contact,
        octets: &mut Vec<u8>,
    ) -> Result<(), BuildError> {
        let refused = BuildError { field: "account" };
        let notice = self.notices.flying(id).ok_or(refused)?;
        let plan = self.plan.as_ref().ok_or(refused)?;
        let environment = plan.environment(key.0).ok_or(refused)?;
        let account = environment.account(key.1).ok_or(refused)?;
        let domain = environment.domain.as_str();
        let (local, transport) = self.config.end_of(Line::of(contact.line)).ok_or(refused)?;
        let (local, id) = (local.to_string(), id.to_string());
        let mut from = String::new();
        put_sender(&notice.about, &mut from);
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
            from: Party { display: "", user: &from, host: domain, tag: Some(&id) },
            to: Party { display: "", user: &account.user, host: domain, tag: None },
            call_id: &call_id,
            cseq: 1,
        };
        let date = Date { unix_secs: self.at.unix_ns / 1_000_000_000 };
        let (from, to) = (request.from.uri(), request.to.uri());
        let mut builder = Builder::request(octets, &request);
        builder.date(date);
        let report = report(notice, &from);
        match notice.wanted.form {
            WantedForm::Headers => builder
                .header("NS", "imdn <urn:ietf:params:imdn>")
                .header("imdn.Message-ID", &id)
                .header("Content-Disposition", NOTIFICATION)
                .finish_with(IMDN_XML, &report),
            WantedForm::Envelope | WantedForm::StatusReport(_) => {
                let envelope = Envelope {
                    from: &from,
                    to: &to,
                    date,
                    message_id: &id,
                    wishes: Wishes::default(),
                    content_type: IMDN_XML,
                    disposition: Some(NOTIFICATION),
                };
                let mut body = Vec::with_capacity(report.len() + 320);
                envelope.encode(&report, &mut body);
                builder.finish_with("message/cpim", &body)
            }
        }
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
