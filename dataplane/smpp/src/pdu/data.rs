//! data_sm (SMPP 3.4 §4.7): a message that is all TLVs. Its answer is a
//! [`SubmitResp`](super::SubmitResp) under another name.

use crate::address::{Address, DESTINATION, SOURCE};
use crate::field::{Field, Fields, put_c_octets, size};
use crate::header::put_pdu;
use crate::tlv::{Tlvs, tag};
use crate::{Command, FieldError, ShortMessage, Status};

/// A data_sm. Its addresses may have 64 octets (3.4 §4.7.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DataSm<'a> {
    /// The service it belongs to; at most 5 octets.
    pub service_type: &'a [u8],
    /// Who it comes from.
    pub source: Address<'a>,
    /// Who it goes to.
    pub destination: Address<'a>,
    /// Mode, type and features, see [`esm_class`](super::esm_class).
    pub esm_class: u8,
    /// Which receipts are wanted.
    pub registered_delivery: u8,
    /// How the text is coded.
    pub data_coding: u8,
    /// Optional parameters, the text among them.
    pub tlvs: Tlvs<'a>,
}

impl<'a> DataSm<'a> {
    /// Reads the body of a data_sm.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            service_type: fields.c_octets(size::SERVICE_TYPE, Field::ServiceType)?,
            source: Address::decode(fields, size::ADDRESS_WIDE, SOURCE)?,
            destination: Address::decode(fields, size::ADDRESS_WIDE, DESTINATION)?,
            esm_class: fields.u8(Field::EsmClass)?,
            registered_delivery: fields.u8(Field::RegisteredDelivery)?,
            data_coding: fields.u8(Field::DataCoding)?,
            tlvs: Tlvs::decode(fields.rest())?,
        })
    }

    /// The text; empty if there is no message_payload.
    pub fn payload(&self) -> &'a [u8] {
        self.tlvs.get(tag::MESSAGE_PAYLOAD).unwrap_or(&[])
    }

    /// The same message as a submit_sm or deliver_sm would carry it, so that one
    /// path serves all three. Addresses may be longer than those PDUs can hold.
    pub fn as_short_message(&self) -> ShortMessage<'a> {
        ShortMessage {
            service_type: self.service_type,
            source: self.source,
            destination: self.destination,
            esm_class: self.esm_class,
            registered_delivery: self.registered_delivery,
            data_coding: self.data_coding,
            tlvs: self.tlvs,
            ..ShortMessage::default()
        }
    }

    /// Appends the whole PDU.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::DataSm, Status::ROK, sequence, out, |out| {
            put_c_octets(self.service_type, size::SERVICE_TYPE, out);
            self.source.encode(size::ADDRESS_WIDE, out);
            self.destination.encode(size::ADDRESS_WIDE, out);
            out.extend_from_slice(&[self.esm_class, self.registered_delivery, self.data_coding]);
            out.extend_from_slice(self.tlvs.raw());
        });
    }
}
