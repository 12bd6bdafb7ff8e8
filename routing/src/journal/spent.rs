//! What a carrier has spent of its credit by Sms whose records are gone.

use crate::octets::{Field, Reader, Short, Write};

/// What a carrier has spent of its credit; only bases hold it. It is added to what the Sms that
/// stand in the journal take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spent {
    /// The environment.
    pub environment: u32,
    /// The carrier.
    pub carrier: u32,
    /// In millionths of its tariff's currency.
    pub micros: i64,
}

impl Field for Spent {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.environment);
        out.put_u32(self.carrier);
        out.put_i64(self.micros);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { environment: reader.u32()?, carrier: reader.u32()?, micros: reader.i64()? })
    }
}
