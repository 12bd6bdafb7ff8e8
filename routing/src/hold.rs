//! What an Sms takes of the credit of whoever pays for it.

use crate::octets::{Field, Reader, Short, Write};
use crate::{AckLevel, Sms, State};

/// What a charge holds of its payer's credit, fixed when the Sms was accepted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum Hold {
    /// Nothing: its payer pays afterwards, without a limit.
    #[default]
    Nothing = 0,
    /// It is spent by the positive answer, and given back by the ends of [`Refund`](crate::Refund).
    Accepted = 1,
    /// It is spent by the delivery, and given back by any other end.
    Delivered = 2,
    /// It is spent when a next hop takes it or an app has it, and given back by any other end, and
    /// by those of [`Refund`](crate::Refund).
    Submitted = 3,
}

impl Sms {
    /// What it takes of its payer's credit, in millionths, when it has ended so, or not yet, and a
    /// next hop took it, or none did: all of its price or nothing.
    pub fn credit_spent(&self, outcome: Option<State>, is_taken: bool) -> i64 {
        let is_spent = match (self.charge.hold, outcome) {
            (Hold::Nothing, _) => false,
            (Hold::Accepted | Hold::Delivered | Hold::Submitted, None) => true,
            (_, Some(state)) if self.charge.refund.is_after(state) => false,
            // Its sender heard no positive answer unless it was a success.
            (Hold::Accepted, Some(state)) => self.ack != AckLevel::Delivered || state.is_success(),
            (Hold::Submitted, Some(state)) => {
                is_taken && self.ack != AckLevel::Delivered || state.is_success()
            }
            (Hold::Delivered, Some(state)) => state == State::Delivered,
        };
        if is_spent { self.charge.amount_micros } else { 0 }
    }

    /// What of its payer's credit comes back when it ends so, in millionths.
    pub fn credit_back(&self, state: State, is_taken: bool) -> i64 {
        self.credit_spent(None, false) - self.credit_spent(Some(state), is_taken)
    }
}

impl Field for Hold {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u8(*self as u8);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        match reader.u8()? {
            0 => Ok(Self::Nothing),
            1 => Ok(Self::Accepted),
            2 => Ok(Self::Delivered),
            3 => Ok(Self::Submitted),
            _ => Err(Short),
        }
    }
}

#[cfg(test)]
mod tests;
