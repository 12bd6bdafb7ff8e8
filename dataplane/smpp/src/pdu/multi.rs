//! submit_multi and its response (SMPP 3.4 §4.5): one message, up to 255
//! destinations, some of which may be lists the message centre keeps.

use super::ShortMessage;
use crate::address::{Address, DESTINATION, SOURCE};
use crate::field::{Field, Fields, put_c_octets, size};
use crate::header::put_pdu;
use crate::tlv::Tlvs;
use crate::{Command, FieldError, Status};

/// A submit_multi: a [`ShortMessage`] whose own destination is empty, and where it goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SubmitMulti<'a> {
    /// Everything it shares with a submit_sm.
    pub message: ShortMessage<'a>,
    /// Where it goes.
    pub dests: Dests<'a>,
}

/// One destination of a submit_multi.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dest<'a> {
    /// dest_flag 1: an address.
    Address(Address<'a>),
    /// dest_flag 2: the name of a distribution list.
    List(&'a [u8]),
}

/// The destinations of one submit_multi, known to be well formed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Dests<'a> {
    count: u8,
    raw: &'a [u8],
}

impl<'a> SubmitMulti<'a> {
    /// Reads the body of a submit_multi.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        let service_type = fields.c_octets(size::SERVICE_TYPE, Field::ServiceType)?;
        let source = Address::decode(fields, size::ADDRESS, SOURCE)?;
        let dests = Dests::decode(fields)?;
        let message = ShortMessage::decode_tail(fields, service_type, source, Address::default())?;
        Ok(Self { message, dests })
    }

    /// Appends the whole PDU; long texts travel as in a submit_sm.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::SubmitMulti, Status::ROK, sequence, out, |out| {
            put_c_octets(self.message.service_type, size::SERVICE_TYPE, out);
            self.message.source.encode(size::ADDRESS, out);
            out.push(self.dests.count);
            out.extend_from_slice(self.dests.raw);
            self.message.put_tail(out);
        });
    }
}

impl<'a> Dests<'a> {
    fn decode(fields: &mut Fields<'a>) -> Result<Self, FieldError> {
        let count = fields.u8(Field::NumberOfDests)?;
        if count == 0 {
            return Err(FieldError::of(Field::NumberOfDests));
        }
        let start = fields.rest();
        for _ in 0..count {
            Dest::decode(fields)?;
        }
        Ok(Self { count, raw: &start[..start.len() - fields.rest().len()] })
    }

    /// How many there are.
    pub const fn count(&self) -> u8 {
        self.count
    }

    /// The destinations in their order.
    pub fn iter(&self) -> impl Iterator<Item = Dest<'a>> + use<'a> {
        let mut fields = Fields::new(self.raw);
        (0..self.count).map_while(move |_| Dest::decode(&mut fields).ok())
    }
}

impl<'a> Dest<'a> {
    fn decode(fields: &mut Fields<'a>) -> Result<Self, FieldError> {
        match fields.u8(Field::DestFlag)? {
            FLAG_ADDRESS => Ok(Self::Address(Address::decode(fields, size::ADDRESS, DESTINATION)?)),
            FLAG_LIST => Ok(Self::List(fields.c_octets(size::ADDRESS, Field::DlName)?)),
            _ => Err(FieldError::of(Field::DestFlag)),
        }
    }
}

/// Destinations in the making.
#[derive(Clone, Debug, Default)]
pub struct DestBuffer {
    count: u8,
    raw: Vec<u8>,
}

/// A submit_multi has 255 destinations already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooMany;

impl DestBuffer {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { count: 0, raw: Vec::new() }
    }

    /// Appends an address.
    pub fn push_address(&mut self, address: Address<'_>) -> Result<(), TooMany> {
        self.count = self.count.checked_add(1).ok_or(TooMany)?;
        self.raw.push(FLAG_ADDRESS);
        address.encode(size::ADDRESS, &mut self.raw);
        Ok(())
    }

    /// Appends the name of a distribution list.
    pub fn push_list(&mut self, name: &[u8]) -> Result<(), TooMany> {
        self.count = self.count.checked_add(1).ok_or(TooMany)?;
        self.raw.push(FLAG_LIST);
        put_c_octets(name, size::ADDRESS, &mut self.raw);
        Ok(())
    }

    /// The destinations so far.
    pub fn view(&self) -> Dests<'_> {
        Dests { count: self.count, raw: &self.raw }
    }
}

/// The answer to a submit_multi.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SubmitMultiResp<'a> {
    /// The name under which the message was taken; at most 64 octets.
    pub message_id: &'a [u8],
    /// Destinations it was not taken for.
    pub unsuccess: Unsuccess<'a>,
    /// Optional parameters (5.0).
    pub tlvs: Tlvs<'a>,
}

/// The refused destinations of one response, known to be well formed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Unsuccess<'a> {
    count: u8,
    raw: &'a [u8],
}

impl<'a> SubmitMultiResp<'a> {
    /// Reads the body of a submit_multi_resp; an empty body is an empty answer.
    pub fn decode(body: &'a [u8]) -> Result<Self, FieldError> {
        let fields = &mut Fields::new(body);
        if fields.is_empty() {
            return Ok(Self::default());
        }
        let message_id = fields.c_octets(size::MESSAGE_ID, Field::MessageId)?;
        let count = fields.u8(Field::NoUnsuccess)?;
        let start = fields.rest();
        for _ in 0..count {
            refused(fields)?;
        }
        let raw = &start[..start.len() - fields.rest().len()];
        let tlvs = Tlvs::decode(fields.rest()).unwrap_or(Tlvs::EMPTY);
        Ok(Self { message_id, unsuccess: Unsuccess { count, raw }, tlvs })
    }

    /// Appends the whole PDU; a header alone unless `status` is ESME_ROK.
    pub fn encode(&self, status: Status, sequence: u32, out: &mut Vec<u8>) {
        put_pdu(Command::SubmitMultiResp, status, sequence, out, |out| {
            if status.is_ok() {
                put_c_octets(self.message_id, size::MESSAGE_ID, out);
                out.push(self.unsuccess.count);
                out.extend_from_slice(self.unsuccess.raw);
                out.extend_from_slice(self.tlvs.raw());
            }
        });
    }
}

impl<'a> Unsuccess<'a> {
    /// The refused destinations and why.
    pub fn iter(&self) -> impl Iterator<Item = (Address<'a>, Status)> + use<'a> {
        let mut fields = Fields::new(self.raw);
        (0..self.count).map_while(move |_| refused(&mut fields).ok())
    }
}

/// Refused destinations in the making.
#[derive(Clone, Debug, Default)]
pub struct UnsuccessBuffer {
    count: u8,
    raw: Vec<u8>,
}

impl UnsuccessBuffer {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { count: 0, raw: Vec::new() }
    }

    /// Appends a refused destination.
    pub fn push(&mut self, address: Address<'_>, status: Status) -> Result<(), TooMany> {
        self.count = self.count.checked_add(1).ok_or(TooMany)?;
        address.encode(size::ADDRESS, &mut self.raw);
        self.raw.extend_from_slice(&status.0.to_be_bytes());
        Ok(())
    }

    /// The refused destinations so far.
    pub fn view(&self) -> Unsuccess<'_> {
        Unsuccess { count: self.count, raw: &self.raw }
    }
}

fn refused<'a>(fields: &mut Fields<'a>) -> Result<(Address<'a>, Status), FieldError> {
    let address = Address::decode(fields, size::ADDRESS, DESTINATION)?;
    Ok((address, Status(fields.u32(Field::ErrorStatusCode)?)))
}

const FLAG_ADDRESS: u8 = 1;
const FLAG_LIST: u8 = 2;
