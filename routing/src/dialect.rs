//! How an SMPP peer speaks where the standard leaves it open: carriers and connections alike.

use rkyv::{Archive, Deserialize, Serialize};

/// What two SMPP peers must agree on outside the protocol.
#[derive(Archive, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Dialect {
    /// What data_coding 0 means (SMPP 3.4 §5.2.19: "SMSC default alphabet").
    pub alphabet: DefaultAlphabet,
    /// TON and NPI that a calling address gets when it comes as 0/0; `None` leaves it.
    pub source: Option<Plane>,
    /// TON and NPI that a called address gets when it comes as 0/0; `None` leaves it.
    pub destination: Option<Plane>,
    /// How a message_id is spelled towards this peer, or by it.
    pub ids: IdForm,
    /// How a receipt is spelled towards this peer, or by it.
    pub receipts: ReceiptForm,
    /// How long one waits for the other.
    pub timers: Timers,
}

/// The alphabet that data_coding 0 stands for.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[repr(u8)]
pub enum DefaultAlphabet {
    /// GSM 03.38, one septet in each octet.
    #[default]
    Gsm,
    /// GSM 03.38 packed as on the air, seven bits each.
    GsmPacked,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-8.
    Utf8,
}

impl DefaultAlphabet {
    /// Every alphabet, by number.
    pub const ALL: [Self; 5] = [Self::Gsm, Self::GsmPacked, Self::Ascii, Self::Latin1, Self::Utf8];

    /// The alphabet with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl ArchivedDefaultAlphabet {
    /// The alphabet.
    pub fn thawed(&self) -> DefaultAlphabet {
        match self {
            Self::Gsm => DefaultAlphabet::Gsm,
            Self::GsmPacked => DefaultAlphabet::GsmPacked,
            Self::Ascii => DefaultAlphabet::Ascii,
            Self::Latin1 => DefaultAlphabet::Latin1,
            Self::Utf8 => DefaultAlphabet::Utf8,
        }
    }
}

/// Type of number and numbering plan (SMPP 3.4 §5.2.5, §5.2.6).
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Plane {
    /// Type of number.
    pub ton: u8,
    /// Numbering plan indicator.
    pub npi: u8,
}

/// How a message_id is spelled.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum IdForm {
    /// To a carrier, our own spelling (8 octets towards SMPP 3.3); from an SMSC, whatever it
    /// says, compared in every dialect that fits.
    #[default]
    Auto,
    /// Any characters; compared as they are.
    Text,
    /// Hexadecimal digits in submit_sm_resp and in receipts.
    Hex,
    /// Decimal digits in submit_sm_resp and in receipts.
    Decimal,
    /// Hexadecimal digits in submit_sm_resp, the same number in decimal in receipts.
    HexThenDecimal,
    /// At most 8 octets, as SMPP 3.3 has them.
    Short,
}

/// How a receipt tells what it tells.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ReceiptForm {
    /// The words of SMPP 3.4 appendix B, and the TLVs for a peer that knows TLVs.
    #[default]
    Both,
    /// The words alone.
    Words,
    /// The words with dates that have seconds (`YYMMDDhhmmss`), and the TLVs.
    Seconds,
    /// The TLVs alone.
    Tlvs,
}

/// Timers of a session in milliseconds (SMPP 3.4 §2.9); 0 takes the product's value.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Timers {
    /// Idle for so long, we ask whether the peer is alive.
    pub enquire_ms: u32,
    /// Without traffic for so long, the session ends.
    pub inactivity_ms: u32,
    /// Without an answer for so long, a request of ours has failed.
    pub response_ms: u32,
}

impl ArchivedTimers {
    /// The timers.
    pub fn thawed(&self) -> Timers {
        Timers {
            enquire_ms: self.enquire_ms.to_native(),
            inactivity_ms: self.inactivity_ms.to_native(),
            response_ms: self.response_ms.to_native(),
        }
    }
}

/// Whether what a peer is told is durable when it is told.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum AckLevel {
    /// Answered when the journal has it.
    #[default]
    Durable,
    /// Answered with the outcome (transaction mode).
    Delivered,
    /// Answered at once; lost in a crash.
    Memory,
}

impl AckLevel {
    /// Every level, by number.
    pub const ALL: [Self; 3] = [Self::Durable, Self::Delivered, Self::Memory];

    /// Its number in a record.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The level with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl From<&ArchivedAckLevel> for AckLevel {
    fn from(archived: &ArchivedAckLevel) -> Self {
        match archived {
            ArchivedAckLevel::Durable => Self::Durable,
            ArchivedAckLevel::Delivered => Self::Delivered,
            ArchivedAckLevel::Memory => Self::Memory,
        }
    }
}
