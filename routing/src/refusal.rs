//! Why an Sms is not taken: one total table to SMPP, to SIP and to the record.

use std::fmt;

/// A reason to say no before anything is stored or charged.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Refusal {
    /// The called number has no digits, too many or something else than digits.
    BadDestination = 1,
    /// The calling address is malformed or not the sender's to use.
    BadSource = 2,
    /// Neither an account nor a policy knows the number.
    NoRoute = 3,
    /// The tariff has no price for the number.
    NoPrice = 4,
    /// The account's product has no messaging.
    NotAllowed = 5,
    /// Too many hops between environments.
    Loop = 6,
    /// Above the agreed rate or window.
    Throttled = 7,
    /// The inbox or the connection holds all it may.
    Full = 8,
    /// The journal cannot take it.
    NotDurable = 9,
    /// The text is longer than we carry.
    TooLong = 10,
    /// A content type we do not carry.
    BadContent = 11,
    /// A field of the request is illegal; the peer's status names it.
    BadField = 12,
    /// No plan has been adopted yet, or the shard is stopping.
    NotReady = 13,
    /// Above the agreed number of Sms for a day.
    Quota = 14,
    /// It is scheduled, and its sender would be answered with an outcome that is far away.
    NoSchedule = 15,
    /// A list holds the calling address back.
    BlockedSource = 16,
    /// A list holds the called number back.
    BlockedDestination = 17,
    /// A policy says no.
    Barred = 18,
    /// Every way costs more than the sender pays.
    BelowCost = 19,
    /// Its sender has spent what it may.
    NoCredit = 20,
}

impl Refusal {
    /// The command_status by which one environment tells another that an Sms goes in circles: of
    /// the vendor's range (SMPP 3.4 §5.1.3), because 0x08 would be tried again. 0x82 is for
    /// SIP's 482.
    pub const LOOP_BETWEEN: u32 = 0x482;

    /// Every refusal, by number.
    pub const ALL: [Self; 20] = [
        Self::BadDestination,
        Self::BadSource,
        Self::NoRoute,
        Self::NoPrice,
        Self::NotAllowed,
        Self::Loop,
        Self::Throttled,
        Self::Full,
        Self::NotDurable,
        Self::TooLong,
        Self::BadContent,
        Self::BadField,
        Self::NotReady,
        Self::Quota,
        Self::NoSchedule,
        Self::BlockedSource,
        Self::BlockedDestination,
        Self::Barred,
        Self::BelowCost,
        Self::NoCredit,
    ];

    /// The row of the table: SMPP command_status, SIP status, words.
    const fn row(self) -> (u32, u16, &'static str) {
        match self {
            Self::BadDestination => (0x0B, 484, "bad destination number"),
            Self::BadSource => (0x0A, 403, "bad source address"),
            Self::NoRoute => (0x0B, 404, "no account and no policy for the number"),
            Self::NoPrice => (0x0B, 404, "the tariff has no price for the number"),
            Self::NotAllowed => (0x45, 403, "messaging is not allowed"),
            Self::Loop => (0x08, 482, "routing loop"),
            Self::Throttled => (0x58, 503, "above the agreed rate or window"),
            Self::Full => (0x14, 503, "queue full"),
            Self::NotDurable => (0x08, 503, "journal not writable"),
            Self::TooLong => (0x01, 413, "too long"),
            Self::BadContent => (0x45, 415, "content type not carried"),
            Self::BadField => (0x45, 400, "illegal field"),
            Self::NotReady => (0x08, 503, "not ready"),
            Self::Quota => (0x58, 503, "above the agreed number for the day"),
            Self::NoSchedule => (0x61, 400, "this mode has no schedule"),
            Self::BlockedSource => (0x0A, 403, "the calling address is blocked"),
            Self::BlockedDestination => (0x0B, 403, "the called number is blocked"),
            Self::Barred => (0x0B, 403, "a policy refuses it"),
            Self::BelowCost => (0x0B, 404, "every way costs more than the sender pays"),
            Self::NoCredit => (0x45, 402, "the credit is used up"),
        }
    }

    /// The refusal with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| *refusal as u8 == number)
    }

    /// The command_status of the negative response (SMPP 3.4 §5.1.3).
    pub fn smpp(self) -> u32 {
        self.row().0
    }

    /// The command_status towards a peer that counts hops as we do.
    pub fn smpp_between(self) -> u32 {
        if self == Self::Loop { Self::LOOP_BETWEEN } else { self.smpp() }
    }

    /// The status code of the SIP response (RFC 3261 §21).
    pub fn sip(self) -> u16 {
        self.row().1
    }

    /// A few words for the operator.
    pub fn words(self) -> &'static str {
        self.row().2
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}
