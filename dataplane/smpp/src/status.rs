//! How a request ended: command_status (SMPP 3.4 §5.1.3, 5.0 §4.7.6).
//!
//! Constants carry the names of the standard without `ESME_`. Codes from
//! [`Status::RSERTYPUNAUTH`] to [`Status::RINVBCASTCHANIND`] exist in 5.0 only and
//! are not to be sent to a 3.4 peer; 0x400-0x4FF belong to vendors.

use std::fmt;

/// A command_status, known or not.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($name:ident $code:literal $what:literal)*) => {
        impl Status {
            $(#[doc = concat!("ESME_", stringify!($name), ": ", $what, ".")]
            pub const $name: Self = Self($code);)*

            /// The name of the standard with its `ESME_`, if the standard has one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(concat!("ESME_", stringify!($name))),)*
                    _ => None,
                }
            }

            /// The status with this name, with or without `ESME_`, in any case.
            pub fn parse(name: &str) -> Option<Self> {
                let upper = name.to_ascii_uppercase();
                match upper.strip_prefix("ESME_").unwrap_or(&upper) {
                    $(stringify!($name) => Some(Self($code)),)*
                    _ => None,
                }
            }

            /// Every status the standard names, by code.
            pub const ALL: &[Self] = &[$(Self($code)),*];
        }
    };
}

statuses! {
    ROK 0x00 "no error"
    RINVMSGLEN 0x01 "message length is invalid"
    RINVCMDLEN 0x02 "command length is invalid"
    RINVCMDID 0x03 "invalid command id"
    RINVBNDSTS 0x04 "incorrect bind status for given command"
    RALYBND 0x05 "already in bound state"
    RINVPRTFLG 0x06 "invalid priority flag"
    RINVREGDLVFLG 0x07 "invalid registered delivery flag"
    RSYSERR 0x08 "system error"
    RINVSRCADR 0x0A "invalid source address"
    RINVDSTADR 0x0B "invalid destination address"
    RINVMSGID 0x0C "message id is invalid"
    RBINDFAIL 0x0D "bind failed"
    RINVPASWD 0x0E "invalid password"
    RINVSYSID 0x0F "invalid system id"
    RCANCELFAIL 0x11 "cancel_sm failed"
    RREPLACEFAIL 0x13 "replace_sm failed"
    RMSGQFUL 0x14 "message queue full"
    RINVSERTYP 0x15 "invalid service type"
    RINVNUMDESTS 0x33 "invalid number of destinations"
    RINVDLNAME 0x34 "invalid distribution list name"
    RINVDESTFLAG 0x40 "destination flag is invalid"
    RINVSUBREP 0x42 "invalid submit with replace request"
    RINVESMCLASS 0x43 "invalid esm_class"
    RCNTSUBDL 0x44 "cannot submit to distribution list"
    RSUBMITFAIL 0x45 "submit_sm or submit_multi failed"
    RINVSRCTON 0x48 "invalid source address TON"
    RINVSRCNPI 0x49 "invalid source address NPI"
    RINVDSTTON 0x50 "invalid destination address TON"
    RINVDSTNPI 0x51 "invalid destination address NPI"
    RINVSYSTYP 0x53 "invalid system_type"
    RINVREPFLAG 0x54 "invalid replace_if_present flag"
    RINVNUMMSGS 0x55 "invalid number of messages"
    RTHROTTLED 0x58 "throttling error"
    RINVSCHED 0x61 "invalid scheduled delivery time"
    RINVEXPIRY 0x62 "invalid message validity period"
    RINVDFTMSGID 0x63 "predefined message is invalid or not found"
    RX_T_APPN 0x64 "receiver temporary application error"
    RX_P_APPN 0x65 "receiver permanent application error"
    RX_R_APPN 0x66 "receiver reject message"
    RQUERYFAIL 0x67 "query_sm failed"
    RINVTLVSTREAM 0xC0 "error in the optional part of the PDU body"
    RTLVNOTALLWD 0xC1 "TLV not allowed"
    RINVTLVLEN 0xC2 "invalid parameter length"
    RMISSINGTLV 0xC3 "expected TLV missing"
    RINVTLVVAL 0xC4 "invalid TLV value"
    RDELIVERYFAILURE 0xFE "transaction delivery failure"
    RUNKNOWNERR 0xFF "unknown error"
    RSERTYPUNAUTH 0x100 "not authorised to use this service_type"
    RPROHIBITED 0x101 "prohibited from using this operation"
    RSERTYPUNAVAIL 0x102 "service_type is unavailable"
    RSERTYPDENIED 0x103 "service_type is denied"
    RINVDCS 0x104 "invalid data coding scheme"
    RINVSRCADDRSUBUNIT 0x105 "invalid source address subunit"
    RINVDSTADDRSUBUNIT 0x106 "invalid destination address subunit"
    RINVBCASTFREQINT 0x107 "invalid broadcast frequency interval"
    RINVBCASTALIAS_NAME 0x108 "invalid broadcast alias name"
    RINVBCASTAREAFMT 0x109 "invalid broadcast area format"
    RINVNUMBCAST_AREAS 0x10A "invalid number of broadcast areas"
    RINVBCASTCNTTYPE 0x10B "invalid broadcast content type"
    RINVBCASTMSGCLASS 0x10C "invalid broadcast message class"
    RBCASTFAIL 0x10D "broadcast_sm failed"
    RBCASTQUERYFAIL 0x10E "query_broadcast_sm failed"
    RBCASTCANCELFAIL 0x10F "cancel_broadcast_sm failed"
    RINVBCAST_REP 0x110 "invalid number of repeated broadcasts"
    RINVBCASTSRVGRP 0x111 "invalid broadcast service group"
    RINVBCASTCHANIND 0x112 "invalid broadcast channel indicator"
}

impl Status {
    /// Whether the request succeeded.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// Whether only a 5.0 peer knows this code.
    pub const fn needs_v50(self) -> bool {
        matches!(self.0, 0x100..=0x112)
    }
}

impl From<u32> for Status {
    fn from(code: u32) -> Self {
        Self(code)
    }
}

/// `ESME_RINVDSTADR (0x0000000B)`, or `vendor (0x00000401)`, or `unknown (0x00000200)`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.name(), self.0) {
            (Some(name), _) => name,
            (None, 0x400..=0x4FF) => "vendor",
            (None, _) => "unknown",
        };
        write!(f, "{name} (0x{:08X})", self.0)
    }
}

#[cfg(test)]
mod tests;
