//! submit_sm (or data_sm) from a carrier becomes a draft.

use routing::board::Tally;
use routing::journal::Refused;
use routing::{Address, Content, Ingress, Refusal, Trace};
use smpp::pdu::{DataSm, DeliverResp};
use smpp::tlv::{self, tag};
use smpp::{Command, FieldError, Frame, ShortMessage, Status, SubmitResp, Tlvs, Version};

use crate::admit::Draft;
use crate::congestion::{CONGESTED, congestion_tlv};
use crate::doubt::likeness;
use crate::ingress::Ticket;
use crate::ingress::delivered::status_of_deliver;
use crate::ingress::times::{Times, times};
use crate::input::LinkId;
use crate::mail::Order;
use crate::peers::agreed::{Agreed, placed};
use crate::peers::links::{Link, Owner};
use crate::shard::Shard;

impl Shard {
    pub(crate) fn handle_submit(&mut self, id: LinkId, pdu: &Frame<'_>) {
        self.add(Tally::Received, 1);
        let Some(link) = self.links.get_mut(id) else { return };
        let Owner::Carrier(carrier) = link.owner else { return };
        if link.session.accept().is_err() {
            return self.refuse_submit(id, pdu, None, Refusal::Throttled, Status::RTHROTTLED);
        }
        let (key, at) = ((link.environment, carrier), self.at);
        if let Some(Err(refusal)) = self.agreed.get_mut(key).map(|agreed| agreed.admit(at)) {
            self.settle_link(id);
            return self.refuse_submit(id, pdu, None, refusal, Status(refusal.smpp()));
        }
        let message = match decode(pdu) {
            Ok(message) => message,
            Err(error) => {
                self.settle_link(id);
                return self.refuse_submit(id, pdu, None, Refusal::BadField, error.status);
            }
        };
        let Some(link) = self.links.get(id) else { return };
        let draft = match self.draft(id, link, carrier, &message, pdu.header.sequence) {
            Ok(draft) => draft,
            Err((refusal, status)) => {
                self.settle_link(id);
                return self.refuse_submit(id, pdu, Some(&message), refusal, status);
            }
        };
        if message.has_both_texts() {
            self.nonsense(id, "short_message beside message_payload, which counts".to_owned());
        }
        match self.admit(draft) {
            Ok((sms, owner)) => {
                let likeness = likeness(&sms);
                let ticket = Ticket::Smpp {
                    link: id,
                    sequence: pdu.header.sequence,
                    command: pdu.header.command,
                    likeness,
                    owner,
                    since: self.at.now,
                };
                let ticket = self.tickets.open(ticket);
                let replaces = message.replace_if_present == 1;
                self.spend(key);
                self.dispatch(owner, Order { sms, likeness, ticket, replaces, only_known: false });
            }
            Err(refusal) => {
                self.settle_link(id);
                let status = status_of(refusal, &message);
                self.refuse_submit(id, pdu, Some(&message), refusal, status);
            }
        }
    }

    /// What a submit_sm asks for, or one destination of a submit_multi.
    pub(super) fn draft(
        &self,
        id: LinkId,
        link: &Link,
        carrier: u32,
        message: &ShortMessage<'_>,
        sequence: u32,
    ) -> Result<Draft, (Refusal, Status)> {
        let bad = |status: Status| (Refusal::BadField, status);
        message.check().map_err(|error| bad(error.status))?;
        let Times { validity, not_before } = times(message, self.at.unix_ns).map_err(bad)?;
        let agreed = self.agreed.get((link.environment, carrier));
        let agreed = agreed.ok_or((Refusal::NotReady, Status::RSYSERR))?;
        let dialect = &agreed.contract.dialect;
        let destination = address(&message.destination).ok_or_else(|| bad(Status::RINVDSTADR))?;
        let mut tlvs = Vec::new();
        for tlv in message.tlvs.iter() {
            if tlv.tag != tag::MESSAGE_PAYLOAD && tlv.tag != tag::HOP_COUNT {
                tlv::put(tlv.tag, tlv.value, &mut tlvs);
            }
        }
        let octets = message.payload().to_vec();
        Ok(Draft {
            environment: link.environment,
            ingress: Ingress::Smpp {
                carrier,
                local: link.local,
                peer: link.peer,
                link: node_wide(self.config.shard.0, id),
                sequence,
            },
            source: source(agreed, &message.source)?,
            destination: placed(destination, dialect.destination),
            group: None,
            service_type: service_type(message.service_type),
            esm_class: message.esm_class,
            protocol_id: message.protocol_id,
            priority: message.priority_flag,
            registered_delivery: message.registered_delivery,
            content: Content::Coded {
                data_coding: message.data_coding,
                alphabet: dialect.alphabet,
                octets,
            },
            tlvs,
            domain: None,
            device: 0,
            trace: trace(message),
            wanted: None,
            validity,
            not_before,
        })
    }

    /// A negative submit_sm_resp, and a record of it.
    pub(super) fn refuse_submit(
        &mut self,
        id: LinkId,
        pdu: &Frame<'_>,
        message: Option<&ShortMessage<'_>>,
        refusal: Refusal,
        status: Status,
    ) {
        let version = self.links.get(id).map(|link| link.session.version());
        if status == Status::RTHROTTLED && version.is_some_and(Version::is_v50) {
            let state = congestion_tlv(CONGESTED);
            let tlvs = Tlvs::decode(&state).unwrap_or(Tlvs::EMPTY);
            let (command, sequence) = (pdu.header.command, pdu.header.sequence);
            let resp = SubmitResp { tlvs, ..SubmitResp::default() };
            self.put_submit_resp(id, command, sequence, status, &resp);
        } else {
            self.refuse_pdu(id, &pdu.header, status);
        }
        self.record_refused_submit(id, pdu.header.sequence, message, refusal, status);
    }

    /// The record of a refused Sms.
    pub(super) fn record_refused_submit(
        &mut self,
        id: LinkId,
        sequence: u32,
        message: Option<&ShortMessage<'_>>,
        refusal: Refusal,
        status: Status,
    ) {
        let Some(link) = self.links.get(id) else { return };
        let Owner::Carrier(carrier) = link.owner else { return };
        let empty = Address::new(0, 0, b"").expect("nothing fits");
        let of = |pick: fn(&ShortMessage<'_>) -> Option<Address>| message.and_then(pick);
        let ingress = Ingress::Smpp {
            carrier,
            local: link.local,
            peer: link.peer,
            link: node_wide(self.config.shard.0, id),
            sequence,
        };
        self.record_refusal(Refused {
            at_ns: self.at.unix_ns,
            environment: link.environment,
            ingress,
            source: of(|message| address(&message.source)).unwrap_or(empty),
            destination: of(|message| address(&message.destination)).unwrap_or(empty),
            refusal,
            code: status.0,
        });
    }

    /// One request of the peer's is answered.
    pub(crate) fn settle_link(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(id) {
            link.session.settle();
        }
    }

    /// A submit_sm_resp, or the data_sm_resp or deliver_sm_resp if that was asked.
    pub(crate) fn say_submit_resp(
        &mut self,
        id: LinkId,
        command: Command,
        sequence: u32,
        message_id: Result<&[u8], Status>,
    ) {
        let status = message_id.err().unwrap_or(Status::ROK);
        if command == Command::DeliverSm {
            return self
                .say(id, |out| DeliverResp.encode(status_of_deliver(status), sequence, out));
        }
        let resp = SubmitResp { message_id: message_id.unwrap_or_default(), ..Default::default() };
        self.put_submit_resp(id, command, sequence, status, &resp);
    }

    /// The same with TLVs.
    pub(crate) fn put_submit_resp(
        &mut self,
        id: LinkId,
        command: Command,
        sequence: u32,
        status: Status,
        resp: &SubmitResp<'_>,
    ) {
        let Some(link) = self.links.get(id) else { return };
        let version = link.session.version();
        let status = version.status(status);
        let says_congestion = version.is_v50() && resp.tlvs.is_empty();
        let congestion = congestion_tlv(if says_congestion { self.congestion(link) } else { 0 });
        let mut resp = *resp;
        if says_congestion {
            resp.tlvs = Tlvs::decode(&congestion).unwrap_or(Tlvs::EMPTY);
        } else if !version.has_tlvs() {
            resp.tlvs = Tlvs::EMPTY;
        }
        self.say(id, |out| {
            if command == Command::DataSm {
                resp.encode_data_sm_resp(status, sequence, out);
            } else {
                resp.encode(status, sequence, out);
            }
        });
    }
}

fn decode<'a>(pdu: &Frame<'a>) -> Result<ShortMessage<'a>, FieldError> {
    if pdu.header.command == Command::DataSm {
        return DataSm::decode(pdu.body).map(|data| data.as_short_message());
    }
    ShortMessage::decode(pdu.body)
}

/// What a refusal is to the peer that submitted this.
pub(super) fn status_of(refusal: Refusal, message: &ShortMessage<'_>) -> Status {
    let counts_hops = message.tlvs.get(tag::HOP_COUNT).is_some();
    Status(if counts_hops { refusal.smpp_between() } else { refusal.smpp() })
}

pub(crate) fn address(address: &smpp::Address<'_>) -> Option<Address> {
    Address::new(address.ton, address.npi, address.addr)
}

/// The calling address as it was agreed: with its type and plan, and one the carrier may use.
pub(super) fn source(
    agreed: &Agreed,
    said: &smpp::Address<'_>,
) -> Result<Address, (Refusal, Status)> {
    let bad = (Refusal::BadSource, Status::RINVSRCADR);
    let source = address(said).ok_or(bad)?;
    if agreed.contract.may_use(source.as_bytes()) {
        return Ok(placed(source, agreed.contract.dialect.source));
    }
    agreed.contract.foreign_source.replacement().ok_or(bad)
}

/// service_type has at most five characters; it was read with that bound.
pub(crate) fn service_type(name: &[u8]) -> [u8; 5] {
    let mut padded = [0; 5];
    padded.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    padded
}

/// A link's number among all shards of the node.
pub(crate) fn node_wide(shard: u8, id: LinkId) -> u64 {
    u64::from(shard) << 56 | id.0 & 0x00FF_FFFF_FFFF_FFFF
}

/// The shard a link number of [`node_wide`] names.
pub(crate) fn shard_of(link: u64) -> u8 {
    (link >> 56) as u8
}

/// Where it has been. A path that is longer than any of ours has passed too much.
pub(super) fn trace(message: &ShortMessage<'_>) -> Trace {
    let Some(told) = message.tlvs.get(tag::HOP_COUNT) else { return Trace::default() };
    Trace::decode(told).unwrap_or_else(|_| Trace::counted(u8::MAX))
}
