//! query_sm, cancel_sm and replace_sm: what an ESME may still say about a message
//! it has submitted (SMPP 3.4 §4.8-4.10).

use super::submit::put_text;
use crate::address::{Address, DESTINATION, SOURCE};
use crate::field::{Field, Fields, put_c_octets, size};
use crate::header::put_pdu;
use crate::tlv::Tlvs;
use crate::{Command, FieldError, MessageState, Status};

/// What became of it?
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct QuerySm<'a> {
    /// The id submit_sm_resp gave; at most 64 octets.
    pub message_id: &'a [u8],
    /// The source the message was submitted with.
    pub source: Address<'a>,
}

impl<'a> QuerySm<'a> {
    /// Reads the body of a query_sm.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            message_id: fields.c_octets(size::MESSAGE_ID, Field::MessageId)?,
            source: Address::decode(fields, size::ADDRESS, SOURCE)?,
        })
    }

    /// Appends the whole PDU.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::QuerySm, Status::ROK, sequence, out, |out| {
            put_c_octets(self.message_id, size::MESSAGE_ID, out);
            self.source.encode(size::ADDRESS, out);
        });
    }
}

/// The answer to a query_sm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuerySmResp<'a> {
    /// The id that was asked about.
    pub message_id: &'a [u8],
    /// When it became final, or empty.
    pub final_date: &'a [u8],
    /// What became of it.
    pub message_state: MessageState,
    /// The network's error, 0 if none.
    pub error_code: u8,
}

impl<'a> QuerySmResp<'a> {
    /// Reads the body of a query_sm_resp; a state nobody knows is UNKNOWN.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            message_id: fields.c_octets(size::MESSAGE_ID, Field::MessageId)?,
            final_date: fields.time(Field::FinalDate)?,
            message_state: MessageState::decode(fields.u8(Field::MessageState)?)
                .unwrap_or(MessageState::Unknown),
            error_code: fields.u8(Field::ErrorCode)?,
        })
    }

    /// Appends the whole PDU; a header alone unless `status` is ESME_ROK.
    pub fn encode(&self, status: Status, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::QuerySmResp, status, sequence, out, |out| {
            if status.is_ok() {
                put_c_octets(self.message_id, size::MESSAGE_ID, out);
                put_c_octets(self.final_date, size::TIME, out);
                out.extend_from_slice(&[self.message_state.number(), self.error_code]);
            }
        });
    }
}

/// Do not deliver it. With an empty id, all messages from `source` to `destination`
/// (and of `service_type`, if given) are meant. Its answer is a bare header.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CancelSm<'a> {
    /// The service of the messages meant.
    pub service_type: &'a [u8],
    /// The id submit_sm_resp gave, or empty.
    pub message_id: &'a [u8],
    /// The source the message was submitted with.
    pub source: Address<'a>,
    /// Its destination; may be empty if the id is given.
    pub destination: Address<'a>,
}

impl<'a> CancelSm<'a> {
    /// Reads the body of a cancel_sm.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            service_type: fields.c_octets(size::SERVICE_TYPE, Field::ServiceType)?,
            message_id: fields.c_octets(size::MESSAGE_ID, Field::MessageId)?,
            source: Address::decode(fields, size::ADDRESS, SOURCE)?,
            destination: Address::decode(fields, size::ADDRESS, DESTINATION)?,
        })
    }

    /// Appends the whole PDU.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::CancelSm, Status::ROK, sequence, out, |out| {
            put_c_octets(self.service_type, size::SERVICE_TYPE, out);
            put_c_octets(self.message_id, size::MESSAGE_ID, out);
            self.source.encode(size::ADDRESS, out);
            self.destination.encode(size::ADDRESS, out);
        });
    }
}

/// Say something else instead. Its answer is a bare header.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReplaceSm<'a> {
    /// The id submit_sm_resp gave.
    pub message_id: &'a [u8],
    /// The source the message was submitted with.
    pub source: Address<'a>,
    /// A new time to begin, or empty.
    pub schedule_delivery_time: &'a [u8],
    /// A new time to give up, or empty.
    pub validity_period: &'a [u8],
    /// Which receipts are wanted now.
    pub registered_delivery: u8,
    /// A canned text to send instead; 0 is none.
    pub sm_default_msg_id: u8,
    /// The new text, coded as the old one was.
    pub short_message: &'a [u8],
    /// Optional parameters (5.0).
    pub tlvs: Tlvs<'a>,
}

impl<'a> ReplaceSm<'a> {
    /// Reads the body of a replace_sm.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            message_id: fields.c_octets(size::MESSAGE_ID, Field::MessageId)?,
            source: Address::decode(fields, size::ADDRESS, SOURCE)?,
            schedule_delivery_time: fields.time(Field::ScheduleDeliveryTime)?,
            validity_period: fields.time(Field::ValidityPeriod)?,
            registered_delivery: fields.u8(Field::RegisteredDelivery)?,
            sm_default_msg_id: fields.u8(Field::SmDefaultMsgId)?,
            short_message: {
                let length = fields.u8(Field::SmLength)?;
                fields.octets(usize::from(length), Field::ShortMessage)?
            },
            tlvs: Tlvs::decode(fields.rest())?,
        })
    }

    /// Appends the whole PDU; long texts travel as in a submit_sm.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::ReplaceSm, Status::ROK, sequence, out, |out| {
            put_c_octets(self.message_id, size::MESSAGE_ID, out);
            self.source.encode(size::ADDRESS, out);
            put_c_octets(self.schedule_delivery_time, size::TIME, out);
            put_c_octets(self.validity_period, size::TIME, out);
            out.extend_from_slice(&[self.registered_delivery, self.sm_default_msg_id]);
            put_text(self.short_message, self.tlvs, out);
        });
    }
}
