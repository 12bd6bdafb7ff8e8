//! submit_sm and deliver_sm, which share one layout, and submit_sm_resp
//! (SMPP 3.4 §4.4, §4.6).

use std::fmt;

use crate::address::{Address, DESTINATION, SOURCE};
use crate::field::{Field, Fields, put_c_octets, size};
use crate::header::put_pdu;
use crate::tlv::{self, Tlvs, tag};
use crate::{Command, FieldError, Status};

/// Bits of esm_class (SMPP 3.4 §5.2.12).
pub mod esm_class {
    /// The two bits of the message mode.
    pub const MODE_MASK: u8 = 0x03;
    /// Datagram mode: one attempt, no receipt.
    pub const MODE_DATAGRAM: u8 = 0x01;
    /// Transaction (forward) mode: answered with the outcome.
    pub const MODE_TRANSACTION: u8 = 0x02;
    /// Store and forward mode: answered when stored.
    pub const MODE_STORE_AND_FORWARD: u8 = 0x03;
    /// The four bits of the message type.
    pub const TYPE_MASK: u8 = 0x3C;
    /// A delivery receipt of the message centre.
    pub const TYPE_RECEIPT: u8 = 0x04;
    /// A delivery acknowledgement of the other side's SME.
    pub const TYPE_DELIVERY_ACK: u8 = 0x08;
    /// A manual or user acknowledgement.
    pub const TYPE_USER_ACK: u8 = 0x10;
    /// A conversation abort (Korean CDMA).
    pub const TYPE_ABORT: u8 = 0x18;
    /// An intermediate notification.
    pub const TYPE_INTERMEDIATE: u8 = 0x20;
    /// The user data starts with a header.
    pub const UDHI: u8 = 0x40;
    /// A reply path is set.
    pub const REPLY_PATH: u8 = 0x80;
}

/// Bits of registered_delivery (SMPP 3.4 §5.2.17).
pub mod registered_delivery {
    /// The two bits that ask for a receipt.
    pub const RECEIPT_MASK: u8 = 0x03;
    /// No receipt.
    pub const NONE: u8 = 0x00;
    /// A receipt on success and on failure.
    pub const ALWAYS: u8 = 0x01;
    /// A receipt on failure.
    pub const ON_FAILURE: u8 = 0x02;
    /// A receipt on success (5.0; reserved in 3.4).
    pub const ON_SUCCESS: u8 = 0x03;
    /// An intermediate notification is wanted.
    pub const INTERMEDIATE: u8 = 0x10;
}

/// A submit_sm or a deliver_sm.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ShortMessage<'a> {
    /// The service it belongs to; at most 5 octets, mostly empty.
    pub service_type: &'a [u8],
    /// Who it comes from.
    pub source: Address<'a>,
    /// Who it goes to.
    pub destination: Address<'a>,
    /// Mode, type and features, see [`esm_class`].
    pub esm_class: u8,
    /// TP-PID (3GPP TS 23.040 §9.2.3.9).
    pub protocol_id: u8,
    /// 0 (bulk) to 3 (very urgent).
    pub priority_flag: u8,
    /// When to begin; empty is now. See [`Validity::parse`](crate::Validity::parse).
    pub schedule_delivery_time: &'a [u8],
    /// When to give up; empty is the message centre's default.
    pub validity_period: &'a [u8],
    /// Which receipts are wanted, see [`registered_delivery`].
    pub registered_delivery: u8,
    /// Whether an older message from the same source is replaced.
    pub replace_if_present: u8,
    /// How the text is coded.
    pub data_coding: u8,
    /// A canned text to send instead; 0 is none.
    pub sm_default_msg_id: u8,
    /// At most 255 octets; mostly you want [`payload`](Self::payload).
    pub short_message: &'a [u8],
    /// Optional parameters.
    pub tlvs: Tlvs<'a>,
}

impl<'a> ShortMessage<'a> {
    /// Reads the body of a submit_sm or a deliver_sm.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        let service_type = fields.c_octets(size::SERVICE_TYPE, Field::ServiceType)?;
        let source = Address::decode(fields, size::ADDRESS, SOURCE)?;
        let destination = Address::decode(fields, size::ADDRESS, DESTINATION)?;
        Self::decode_tail(fields, service_type, source, destination)
    }

    /// Reads what stands behind the addresses, which submit_multi shares.
    pub(super) fn decode_tail(
        fields: &mut Fields<'a>,
        service_type: &'a [u8],
        source: Address<'a>,
        destination: Address<'a>,
    ) -> Result<Self, FieldError> {
        Ok(Self {
            service_type,
            source,
            destination,
            esm_class: fields.u8(Field::EsmClass)?,
            protocol_id: fields.u8(Field::ProtocolId)?,
            priority_flag: fields.u8(Field::PriorityFlag)?,
            schedule_delivery_time: fields.time(Field::ScheduleDeliveryTime)?,
            validity_period: fields.time(Field::ValidityPeriod)?,
            registered_delivery: fields.u8(Field::RegisteredDelivery)?,
            replace_if_present: fields.u8(Field::ReplaceIfPresent)?,
            data_coding: fields.u8(Field::DataCoding)?,
            sm_default_msg_id: fields.u8(Field::SmDefaultMsgId)?,
            short_message: {
                let length = fields.u8(Field::SmLength)?;
                fields.octets(usize::from(length), Field::ShortMessage)?
            },
            tlvs: Tlvs::decode(fields.rest())?,
        })
    }

    /// The text: message_payload if there is one, else short_message.
    ///
    /// A PDU should not carry both; if it does, the payload supersedes (5.0 §4.8.4.36).
    pub fn payload(&self) -> &'a [u8] {
        self.tlvs.get(tag::MESSAGE_PAYLOAD).unwrap_or(self.short_message)
    }

    /// Whether the message carries both short_message and message_payload.
    pub fn has_both_texts(&self) -> bool {
        !self.short_message.is_empty() && self.tlvs.get(tag::MESSAGE_PAYLOAD).is_some()
    }

    /// Whether the payload starts with a user data header.
    pub const fn has_udh(&self) -> bool {
        self.esm_class & esm_class::UDHI != 0
    }

    /// Whether this is a delivery receipt of the message centre.
    pub const fn is_receipt(&self) -> bool {
        self.esm_class & esm_class::TYPE_MASK == esm_class::TYPE_RECEIPT
    }

    /// Appends a whole submit_sm.
    ///
    /// A `short_message` of more than 254 octets, which a 3.4 peer could not read,
    /// travels in message_payload instead (unless `tlvs` has one, which supersedes).
    pub fn encode_submit_sm(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::SubmitSm, Status::ROK, sequence, out, |out| self.put_body(out));
    }

    /// Appends a whole deliver_sm; long texts travel as in a submit_sm.
    pub fn encode_deliver_sm(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::DeliverSm, Status::ROK, sequence, out, |out| self.put_body(out));
    }

    fn put_body(&self, out: &mut Vec<u8>) {
        put_c_octets(self.service_type, size::SERVICE_TYPE, out);
        self.source.encode(size::ADDRESS, out);
        self.destination.encode(size::ADDRESS, out);
        self.put_tail(out);
    }

    /// Appends what stands behind the addresses.
    pub(super) fn put_tail(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.esm_class, self.protocol_id, self.priority_flag]);
        put_c_octets(self.schedule_delivery_time, size::TIME, out);
        put_c_octets(self.validity_period, size::TIME, out);
        out.extend_from_slice(&[
            self.registered_delivery,
            self.replace_if_present,
            self.data_coding,
            self.sm_default_msg_id,
        ]);
        put_text(self.short_message, self.tlvs, out);
    }
}

/// Appends sm_length, short_message and the optional parameters.
pub(super) fn put_text(short_message: &[u8], tlvs: Tlvs<'_>, out: &mut Vec<u8>) {
    let fits = short_message.len() <= SHORT_MESSAGE_MAX;
    let short = if fits { short_message } else { &[] };
    out.push(short.len() as u8);
    out.extend_from_slice(short);
    out.extend_from_slice(tlvs.raw());
    if !fits && tlvs.get(tag::MESSAGE_PAYLOAD).is_none() {
        tlv::put(tag::MESSAGE_PAYLOAD, short_message, out);
    }
}

/// What every peer can read in short_message (3.4 §5.2.22; 5.0 allows 255).
const SHORT_MESSAGE_MAX: usize = 254;

/// `AsiaCell/5.0 -> 111222333/1.1 esm 00 dcs 00 rd 01 30 octets`; never the text.
impl fmt::Display for ShortMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} -> {} esm {:02x} dcs {:02x} rd {:02x} {} octets",
            self.source,
            self.destination,
            self.esm_class,
            self.data_coding,
            self.registered_delivery,
            self.payload().len()
        )
    }
}

/// A submit_sm_resp or a data_sm_resp: the name under which the message was taken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SubmitResp<'a> {
    /// Opaque; at most 64 octets.
    pub message_id: &'a [u8],
    /// Optional parameters (5.0; in 3.4 of data_sm_resp only).
    pub tlvs: Tlvs<'a>,
}

impl<'a> SubmitResp<'a> {
    /// Reads the body of the response.
    ///
    /// Message centres leave the body out, or the NUL off: an empty body is an
    /// empty id, and an id may end with the body. A malformed optional part is
    /// taken for absent, for the id is what counts.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let end = body.iter().take(size::MESSAGE_ID).position(|&octet| octet == 0);
        match end {
            Some(end) => {
                let tlvs = Tlvs::decode(&body[end + 1..]).unwrap_or(Tlvs::EMPTY);
                Ok(Self { message_id: &body[..end], tlvs })
            }
            None if body.len() < size::MESSAGE_ID => {
                Ok(Self { message_id: body, tlvs: Tlvs::EMPTY })
            }
            None => Err(FieldError::of(Field::MessageId)),
        }
    }

    /// Appends a whole submit_sm_resp; a header alone unless `status` is ESME_ROK or it has TLVs.
    pub fn encode(&self, status: Status, sequence: u32, out: &mut Vec<u8>) {
        self.put(Command::SubmitSmResp, status, sequence, out);
    }

    /// Appends a whole data_sm_resp; a header alone unless `status` is ESME_ROK or it has TLVs.
    pub fn encode_data_sm_resp(&self, status: Status, sequence: u32, out: &mut Vec<u8>) {
        self.put(Command::DataSmResp, status, sequence, out);
    }

    fn put(&self, command: Command, status: Status, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(command, status, sequence, out, |out| {
            if status.is_ok() || !self.tlvs.is_empty() {
                put_c_octets(self.message_id, size::MESSAGE_ID, out);
                out.extend_from_slice(self.tlvs.raw());
            }
        });
    }
}
