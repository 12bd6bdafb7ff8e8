//! What became of a message: message_state (SMPP 3.4 §5.2.28, 5.0 §4.7.15).

/// A message_state. Final states never change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum MessageState {
    /// Waits for its schedule_delivery_time (5.0).
    Scheduled = 0,
    /// On its way.
    Enroute = 1,
    /// Arrived.
    Delivered = 2,
    /// Its validity period ended first.
    Expired = 3,
    /// Cancelled.
    Deleted = 4,
    /// Cannot be delivered.
    Undeliverable = 5,
    /// Read or taken by someone on behalf of the subscriber.
    Accepted = 6,
    /// The message centre does not know.
    Unknown = 7,
    /// Refused.
    Rejected = 8,
    /// Left out on purpose (5.0).
    Skipped = 9,
}

impl MessageState {
    /// Every state, in the order of the numbers.
    pub const ALL: [Self; 10] = [
        Self::Scheduled,
        Self::Enroute,
        Self::Delivered,
        Self::Expired,
        Self::Deleted,
        Self::Undeliverable,
        Self::Accepted,
        Self::Unknown,
        Self::Rejected,
        Self::Skipped,
    ];

    /// The state with this number.
    pub const fn decode(number: u8) -> Option<Self> {
        let number = number as usize;
        if number < Self::ALL.len() { Some(Self::ALL[number]) } else { None }
    }

    /// The number as it stands in TLV message_state and in query_sm_resp.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Seven characters, as after `stat:` in a receipt (SMPP 3.4 Appendix B).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDUL",
            Self::Enroute => "ENROUTE",
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Accepted => "ACCEPTD",
            Self::Unknown => "UNKNOWN",
            Self::Rejected => "REJECTD",
            Self::Skipped => "SKIPPED",
        }
    }

    /// The state a word means, in any case, shortened or spelled out: `DELIVRD`,
    /// `delivered` and `DELIV` are one. `FAILED`, seen in the wild, is undeliverable.
    pub fn parse(word: &[u8]) -> Option<Self> {
        let mut start = [0; 5];
        start.copy_from_slice(word.get(..5)?);
        start.make_ascii_uppercase();
        Some(match &start {
            b"SCHED" => Self::Scheduled,
            b"ENROU" => Self::Enroute,
            b"DELIV" => Self::Delivered,
            b"EXPIR" => Self::Expired,
            b"DELET" => Self::Deleted,
            b"UNDEL" | b"FAILE" => Self::Undeliverable,
            b"ACCEP" => Self::Accepted,
            b"UNKNO" => Self::Unknown,
            b"REJEC" => Self::Rejected,
            b"SKIPP" => Self::Skipped,
            _ => return None,
        })
    }

    /// Whether nothing can follow this state.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Scheduled | Self::Enroute)
    }
}
