//! After which ends a sender that was charged gets the price back.

use rkyv::{Archive, Deserialize, Serialize};

use crate::State;
use crate::octets::{Field, Reader, Short, Write};

/// The ends after which the price of an Sms is given back, fixed when it was accepted: what its
/// sender was charged by then is as if it had not been charged. None of them is a success.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Refund(u8);

impl Refund {
    /// The ends that may be named.
    pub const ENDS: [State; 5] =
        [State::Expired, State::Deleted, State::Undeliverable, State::Unknown, State::Rejected];

    /// After these ends; others than [`ENDS`](Self::ENDS) do not count.
    pub fn after(ends: impl IntoIterator<Item = State>) -> Self {
        let named = ends.into_iter().filter(|end| Self::ENDS.contains(end));
        Self(named.fold(0, |mask, end| mask | bit(end)))
    }

    /// The rule of a number, as [`number`](Self::number) says it.
    pub fn from_number(number: u8) -> Self {
        Self::after(Self::ENDS.into_iter().filter(|end| number & bit(*end) != 0))
    }

    /// The rule as a number: bit n for the state n + 1.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Is nothing ever given back?
    pub fn is_never(self) -> bool {
        self.0 == 0
    }

    /// Is the price given back after this end?
    pub fn is_after(self, end: State) -> bool {
        self.0 & bit(end) != 0
    }
}

impl ArchivedRefund {
    /// The rule.
    pub fn to_native(&self) -> Refund {
        Refund::from_number(self.0)
    }
}

impl Field for Refund {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u8(self.0);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let number = reader.u8()?;
        let rule = Self::from_number(number);
        (rule.number() == number).then_some(rule).ok_or(Short)
    }
}

fn bit(state: State) -> u8 {
    1 << (state as u8 - 1)
}
