//! alert_notification (SMPP 3.4 §4.12): a subscriber can be reached again. It has no
//! response.

use crate::address::{Address, SOURCE};
use crate::field::{Field, Fields, size};
use crate::header::put_pdu;
use crate::tlv::Tlvs;
use crate::{Command, FieldError, Status};

/// An alert_notification.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AlertNotification<'a> {
    /// Who can be reached; up to 64 octets.
    pub source: Address<'a>,
    /// Who wanted to know; up to 64 octets.
    pub esme: Address<'a>,
    /// Optional parameters, ms_availability_status among them.
    pub tlvs: Tlvs<'a>,
}

impl<'a> AlertNotification<'a> {
    /// Reads the body of an alert_notification.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        Ok(Self {
            source: Address::decode(fields, size::ADDRESS_WIDE, SOURCE)?,
            esme: Address::decode(fields, size::ADDRESS_WIDE, ESME)?,
            tlvs: Tlvs::decode(fields.rest())?,
        })
    }

    /// Appends the whole PDU.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::AlertNotification, Status::ROK, sequence, out, |out| {
            self.source.encode(size::ADDRESS_WIDE, out);
            self.esme.encode(size::ADDRESS_WIDE, out);
            out.extend_from_slice(self.tlvs.raw());
        });
    }
}

const ESME: [Field; 3] = [Field::EsmeAddrTon, Field::EsmeAddrNpi, Field::EsmeAddr];
