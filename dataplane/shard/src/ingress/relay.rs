//! What a handset says in application/vnd.3gpp.sms (3GPP TS 24.341, TS 24.011).

use routing::board::Tally;
use routing::journal::Refused;
use routing::{Address, Content, MessageId, Refusal, Trace, Wanted, WantedForm, home};
use sip::rp::Rp;
use smpp::pdu::esm_class;
use text::tpdu::{self, Submit, Tpdu, Validity};

use crate::admit::Draft;
use crate::doubt::likeness;
use crate::handsets::Submitted;
use crate::ingress::Ticket;
use crate::ingress::auth::{Proof, Proven};
use crate::ingress::message::calling;
use crate::ingress::sip::Arrival;
use crate::input::ShardId;
use crate::mail::{Mail, Order};
use crate::shard::Shard;

impl Shard {
    /// A message of the relay layer from an account.
    pub(crate) fn handle_rp(
        &mut self,
        arrival: &Arrival<'_>,
        transaction: u128,
        proven: Proven,
        octets: &[u8],
    ) {
        let account = proven.account;
        match Rp::parse(octets) {
            Err(_) => self.refuse(arrival, 400, |_| {}),
            Ok(Rp::Data { reference, tpdu }) => {
                self.handle_submission(arrival, transaction, (proven, reference), tpdu);
            }
            Ok(Rp::Ack { reference, .. }) => self.hear(arrival, account, reference, None),
            Ok(Rp::Error { reference, cause, .. }) => {
                self.hear(arrival, account, reference, Some(cause));
            }
            Ok(Rp::RoomAgain { reference }) => {
                self.refuse(arrival, 202, |_| {});
                self.tell_home(arrival.environment, account, None, None);
                let mut octets = Vec::new();
                sip::rp::ack(reference, &[], &mut octets);
                self.say_relay(submitted(arrival, account, reference), octets);
            }
        }
    }

    /// What became of a short message of ours.
    fn hear(&mut self, arrival: &Arrival<'_>, account: u32, reference: u8, cause: Option<u8>) {
        self.refuse(arrival, 202, |_| {});
        let id = match arrival.message.header_named("In-Reply-To") {
            Some(named) => {
                let name = named.split('@').next().unwrap_or_default().trim();
                // It answers something else that was said to it, which nobody waits for.
                let Ok(id) = MessageId::parse(name.as_bytes()) else { return };
                Some(id)
            }
            None => None,
        };
        self.tell_home(arrival.environment, account, id, Some((reference, cause)));
    }

    fn tell_home(
        &mut self,
        environment: u32,
        account: u32,
        id: Option<MessageId>,
        said: Option<(u8, Option<u8>)>,
    ) {
        let home = ShardId(home(account, self.config.shards));
        if home == self.config.shard {
            self.handle_from_handset((environment, account), id, said);
        } else {
            self.out.post(home, Mail::Relayed { environment, account, id, said });
        }
    }

    /// At home: a handset said what became of a short message, or that it has room again.
    pub(crate) fn handle_from_handset(
        &mut self,
        key: (u32, u32),
        id: Option<MessageId>,
        said: Option<(u8, Option<u8>)>,
    ) {
        match said {
            Some((reference, cause)) => self.handle_relayed(key, id, reference, cause),
            None => self.handle_room(key),
        }
    }

    /// A handset sends: 202 at once, and the rest by the relay layer.
    fn handle_submission(
        &mut self,
        arrival: &Arrival<'_>,
        transaction: u128,
        (Proven { account, proof }, reference): (Proven, u8),
        tpdu: &[u8],
    ) {
        if !self.open_server(arrival, transaction) {
            return;
        }
        self.add(Tally::Received, 1);
        // What was said under an old proof is known, or to be proved and said again.
        let asked = (proof == Proof::Old).then_some(transaction);
        if asked.is_none() {
            self.respond(transaction, 202);
        }
        let to = submitted(arrival, account, reference);
        let submit = match Tpdu::decode(tpdu, tpdu::From::Handset, false) {
            Ok(Tpdu::Submit(submit)) => Ok(submit),
            Ok(_) => Err(Refusal::BadContent),
            Err(_) => Err(Refusal::BadField),
        };
        let draft =
            submit.and_then(|submit| self.draft_submission(arrival, account, &submit, transaction));
        let called = draft.as_ref().ok().map(|draft| draft.destination);
        match draft.and_then(|draft| self.admit(draft)) {
            Ok((sms, owner)) => {
                let likeness = likeness(&sms);
                let ticket = self.tickets.open(Ticket::Relay { to, asked });
                let only_known = proof == Proof::Old;
                self.dispatch(owner, Order { sms, likeness, ticket, replaces: false, only_known });
            }
            Err(refusal) => {
                let empty = Address::new(0, 0, b"").expect("nothing fits");
                self.record_refusal(Refused {
                    at_ns: self.at.unix_ns,
                    environment: arrival.environment,
                    ingress: self.ingress_of(arrival, account, transaction),
                    source: empty,
                    destination: called.unwrap_or(empty),
                    refusal,
                    code: u32::from(refusal.sip()),
                });
                asked.into_iter().for_each(|transaction| self.respond(transaction, 202));
                self.answer_handset(to, Err(refusal));
            }
        }
    }

    fn draft_submission(
        &self,
        arrival: &Arrival<'_>,
        account: u32,
        submit: &Submit<'_>,
        transaction: u128,
    ) -> Result<Draft, Refusal> {
        let plan = self.plan.as_ref().ok_or(Refusal::NotReady)?;
        let environment = plan.environment(arrival.environment).ok_or(Refusal::NotReady)?;
        let sender = environment.account(account).ok_or(Refusal::NotAllowed)?;
        if !sender.messaging {
            return Err(Refusal::NotAllowed);
        }
        let to = submit.destination;
        let destination = Address::new(to.ton, to.npi, to.text().as_bytes());
        let mut octets = Vec::with_capacity(160);
        submit.data.unpack(&mut octets);
        let form = WantedForm::StatusReport(submit.reference);
        let wanted = Wanted { name: String::new(), delivered: true, failed: true, form };
        let now = (self.at.unix_ns / 1_000_000_000) as i64;
        Ok(Draft {
            environment: arrival.environment,
            ingress: self.ingress_of(arrival, account, transaction),
            source: calling(sender, ""),
            destination: destination.ok_or(Refusal::BadDestination)?,
            group: None,
            service_type: [0; 5],
            esm_class: if submit.data.has_header { esm_class::UDHI } else { 0 },
            protocol_id: submit.protocol_id,
            priority: 0,
            registered_delivery: 1,
            content: Content::Coded {
                data_coding: tpdu::to_data_coding(submit.data.coding),
                alphabet: routing::DefaultAlphabet::Gsm,
                octets,
            },
            tlvs: Vec::new(),
            domain: None,
            device: 0,
            trace: Trace::default(),
            wanted: submit.wants_report.then(|| Box::new(wanted)),
            validity: match submit.validity {
                Validity::Unsaid => None,
                Validity::Relative(secs) => Some(now.saturating_add(i64::from(secs))),
                Validity::Absolute(stamp) => Some(stamp.unix_secs),
            },
            not_before: None,
        })
    }
}

fn submitted(arrival: &Arrival<'_>, account: u32, reference: u8) -> Submitted {
    let call_id = arrival.message.call_id().to_owned();
    Submitted { environment: arrival.environment, account, reference, call_id }
}
