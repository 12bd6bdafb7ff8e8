//! deliver_sm (or data_sm) from an SMSC becomes a draft: it goes on as if a carrier had
//! submitted it, and is answered when it is durable.
//!
//! Nobody there takes receipts: SMPP has no way to hand one to an SMSC, so what it asks for in
//! registered_delivery is not passed on. A refusal that time may cure is ESME_RX_T_APPN, any
//! other ESME_RX_P_APPN (3.4 §5.1.3).

use routing::board::Tally;
use routing::journal::Refused;
use routing::{Address, Content, Ingress, Refusal};
use smpp::tlv::{self, tag};
use smpp::{Header, ShortMessage, Status};

use crate::admit::Draft;
use crate::doubt::likeness;
use crate::egress::ConnectionKey;
use crate::ingress::Ticket;
use crate::ingress::smpp::{address, node_wide, service_type, trace};
use crate::input::LinkId;
use crate::mail::Order;
use crate::shard::Shard;

impl Shard {
    /// An Sms came by a connection of ours.
    pub(crate) fn handle_delivered(
        &mut self,
        id: LinkId,
        key: ConnectionKey,
        header: &Header,
        message: &ShortMessage<'_>,
    ) {
        self.add(Tally::Received, 1);
        let Some(link) = self.links.get_mut(id) else { return };
        if link.session.accept().is_err() {
            return self.refuse_delivered(id, key, header, message, Refusal::Throttled);
        }
        let drafted = self.draft_delivered(id, key, header, message);
        match drafted.and_then(|draft| self.admit(draft)) {
            Ok((sms, owner)) => {
                let likeness = likeness(&sms);
                let (sequence, command) = (header.sequence, header.command);
                let since = self.at.now;
                let ticket = Ticket::Smpp { link: id, sequence, command, likeness, owner, since };
                let ticket = self.tickets.open(ticket);
                self.dispatch(
                    owner,
                    Order { sms, likeness, ticket, replaces: false, only_known: false },
                );
            }
            Err(refusal) => {
                self.settle_link(id);
                self.refuse_delivered(id, key, header, message, refusal);
            }
        }
    }

    fn draft_delivered(
        &self,
        id: LinkId,
        key: ConnectionKey,
        header: &Header,
        message: &ShortMessage<'_>,
    ) -> Result<Draft, Refusal> {
        let ingress = self.came_by(id, key, header).ok_or(Refusal::NotReady)?;
        let mut tlvs = Vec::new();
        for tlv in message.tlvs.iter().filter(|tlv| !NOT_CARRIED.contains(&tlv.tag)) {
            tlv::put(tlv.tag, tlv.value, &mut tlvs);
        }
        let terms = self.connections.terms(key).ok_or(Refusal::NotReady)?;
        Ok(Draft {
            environment: key.0,
            ingress,
            source: address(&message.source).ok_or(Refusal::BadSource)?,
            destination: address(&message.destination).ok_or(Refusal::BadDestination)?,
            group: None,
            service_type: service_type(message.service_type),
            // The mode means nothing here (SMPP 3.4 §5.2.12).
            esm_class: message.esm_class & !0b11,
            protocol_id: message.protocol_id,
            priority: message.priority_flag,
            registered_delivery: 0,
            content: Content::Coded {
                data_coding: message.data_coding,
                alphabet: terms.manner.dialect.alphabet,
                octets: message.payload().to_vec(),
            },
            tlvs,
            domain: None,
            device: 0,
            trace: trace(message),
            wanted: None,
            not_before: None,
            validity: None,
        })
    }

    fn came_by(&self, id: LinkId, key: ConnectionKey, header: &Header) -> Option<Ingress> {
        let link = self.links.get(id)?;
        Some(Ingress::Connection {
            connection: key.1,
            carrier: self.connections.terms(key).and_then(|terms| terms.manner.carrier),
            local: link.local,
            peer: link.peer,
            link: node_wide(self.config.shard.0, id),
            sequence: header.sequence,
        })
    }

    fn refuse_delivered(
        &mut self,
        id: LinkId,
        key: ConnectionKey,
        header: &Header,
        message: &ShortMessage<'_>,
        refusal: Refusal,
    ) {
        // A loop stays one, however often it is said.
        let lasting = refusal == Refusal::Loop;
        let status = if lasting { Status::RX_P_APPN } else { Status(refusal.smpp()) };
        self.say_submit_resp(id, header.command, header.sequence, Err(status));
        let Some(ingress) = self.came_by(id, key, header) else { return };
        let empty = Address::new(0, 0, b"").expect("nothing fits");
        self.record_refusal(Refused {
            at_ns: self.at.unix_ns,
            environment: key.0,
            ingress,
            source: address(&message.source).unwrap_or(empty),
            destination: address(&message.destination).unwrap_or(empty),
            refusal,
            code: status_of_deliver(status).0,
        });
    }
}

/// The status of a deliver_sm_resp for a refusal: a peer that hears of a temporary failure
/// says it again.
pub(crate) fn status_of_deliver(status: Status) -> Status {
    match status {
        Status::ROK => Status::ROK,
        Status::RTHROTTLED | Status::RMSGQFUL | Status::RSYSERR => Status::RX_T_APPN,
        _ => Status::RX_P_APPN,
    }
}

/// What is said elsewhere, or means something between us and this peer alone.
const NOT_CARRIED: [u16; 4] =
    [tag::MESSAGE_PAYLOAD, tag::HOP_COUNT, tag::RECEIPTED_MESSAGE_ID, tag::MESSAGE_STATE];
