//! The mandatory fields of PDU bodies, and the cursor that reads them
//! (SMPP 3.4 §3.1, §5.2).
//!
//! A C-Octet String is read no further than the size the standard gives it: a
//! longer one is that field's error, and since the length of the PDU is known the
//! stream goes on behind it.

use crate::{FieldError, Status};

macro_rules! fields {
    ($($variant:ident $name:literal $status:ident)*) => {
        /// A field of a PDU body.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Field {
            $(#[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl Field {
            /// The name in the standard.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What to answer when this field is not legal.
            pub const fn status(self) -> Status {
                match self { $(Self::$variant => Status::$status,)* }
            }
        }
    };
}

fields! {
    SystemId "system_id" RINVSYSID
    Password "password" RINVPASWD
    SystemType "system_type" RINVSYSTYP
    InterfaceVersion "interface_version" RINVCMDLEN
    AddrTon "addr_ton" RBINDFAIL
    AddrNpi "addr_npi" RBINDFAIL
    AddressRange "address_range" RBINDFAIL
    ServiceType "service_type" RINVSERTYP
    SourceAddrTon "source_addr_ton" RINVSRCTON
    SourceAddrNpi "source_addr_npi" RINVSRCNPI
    SourceAddr "source_addr" RINVSRCADR
    DestAddrTon "dest_addr_ton" RINVDSTTON
    DestAddrNpi "dest_addr_npi" RINVDSTNPI
    DestinationAddr "destination_addr" RINVDSTADR
    NumberOfDests "number_of_dests" RINVNUMDESTS
    DestFlag "dest_flag" RINVDESTFLAG
    DlName "dl_name" RINVDLNAME
    EsmClass "esm_class" RINVESMCLASS
    ProtocolId "protocol_id" RINVCMDLEN
    PriorityFlag "priority_flag" RINVPRTFLG
    ScheduleDeliveryTime "schedule_delivery_time" RINVSCHED
    ValidityPeriod "validity_period" RINVEXPIRY
    RegisteredDelivery "registered_delivery" RINVREGDLVFLG
    ReplaceIfPresent "replace_if_present_flag" RINVREPFLAG
    DataCoding "data_coding" RINVDCS
    SmDefaultMsgId "sm_default_msg_id" RINVDFTMSGID
    SmLength "sm_length" RINVMSGLEN
    ShortMessage "short_message" RINVMSGLEN
    MessageId "message_id" RINVMSGID
    FinalDate "final_date" RINVEXPIRY
    MessageState "message_state" RQUERYFAIL
    ErrorCode "error_code" RQUERYFAIL
    ErrorStatusCode "error_status_code" RINVCMDLEN
    EsmeAddrTon "esme_addr_ton" RINVDSTTON
    EsmeAddrNpi "esme_addr_npi" RINVDSTNPI
    EsmeAddr "esme_addr" RINVDSTADR
    NoUnsuccess "no_unsuccess" RINVNUMDESTS
    Tlv "TLV" RINVTLVSTREAM
    TlvLength "length of a TLV" RINVTLVLEN
}

/// Sizes of C-Octet Strings, terminating NUL included (SMPP 3.4 §4, 5.0 §4).
pub mod size {
    /// system_id.
    pub const SYSTEM_ID: usize = 16;
    /// password.
    pub const PASSWORD: usize = 9;
    /// system_type.
    pub const SYSTEM_TYPE: usize = 13;
    /// address_range.
    pub const ADDRESS_RANGE: usize = 41;
    /// service_type.
    pub const SERVICE_TYPE: usize = 6;
    /// source_addr, destination_addr and dl_name, but in data_sm and alert_notification.
    pub const ADDRESS: usize = 21;
    /// source_addr and destination_addr of data_sm and alert_notification.
    pub const ADDRESS_WIDE: usize = 65;
    /// message_id.
    pub const MESSAGE_ID: usize = 65;
    /// schedule_delivery_time, validity_period and final_date, unless empty.
    pub const TIME: usize = 17;
}

/// Reads the fields of a body from left to right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn u8(&mut self, field: Field) -> Result<u8, FieldError> {
        let (&value, rest) = self.rest.split_first().ok_or_else(|| FieldError::cut(field))?;
        self.rest = rest;
        Ok(value)
    }

    pub(crate) fn u32(&mut self, field: Field) -> Result<u32, FieldError> {
        let (value, rest) = self.rest.split_first_chunk().ok_or_else(|| FieldError::cut(field))?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*value))
    }

    /// Exactly `count` octets; running out of them is `field`'s own error.
    pub(crate) fn octets(&mut self, count: usize, field: Field) -> Result<&'a [u8], FieldError> {
        let (value, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| FieldError::of(field))?;
        self.rest = rest;
        Ok(value)
    }

    /// A C-Octet String of at most `size` octets with its NUL, returned without it.
    pub(crate) fn c_octets(&mut self, size: usize, field: Field) -> Result<&'a [u8], FieldError> {
        let seen = &self.rest[..self.rest.len().min(size)];
        let Some(end) = seen.iter().position(|&octet| octet == 0) else {
            return Err(if self.rest.is_empty() {
                FieldError::cut(field)
            } else {
                FieldError::of(field)
            });
        };
        let value = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Ok(value)
    }

    /// A time: empty, or sixteen characters. Shorter ones pass here; whether they
    /// mean anything is judged where they are parsed.
    pub(crate) fn time(&mut self, field: Field) -> Result<&'a [u8], FieldError> {
        self.c_octets(size::TIME, field)
    }
}

/// Appends a C-Octet String that fits into `size` octets with its NUL.
///
/// What the field cannot hold (octets past its size, or past a NUL within) is not
/// written: whatever the value, the PDU stays well formed.
pub(crate) fn put_c_octets(value: &[u8], size: usize, out: &mut Vec<u8>) {
    let fits = &value[..value.len().min(size - 1)];
    let end = fits.iter().position(|&octet| octet == 0).unwrap_or(fits.len());
    out.extend_from_slice(&fits[..end]);
    out.push(0);
}
