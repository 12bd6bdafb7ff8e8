//! An Sms changes its owner: what the new one writes, and then the old one.

use crate::octets::{Field, Reader, Short, Write};
use crate::{MessageId, Sms};

/// An Sms was given to another connection. Written by the shard that owns it from now on, with
/// all that its ACCEPT said; its [`Journey`](crate::Journey) tells which record is the latest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moved {
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The Sms with its new target.
    pub sms: Sms,
}

/// An Sms is another shard's now, durably: whatever this shard wrote of it is over. The new
/// owner attempts nothing before this is durable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Left {
    /// Which Sms.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// The moves of the Sms at its new owner.
    pub moves: u8,
}

impl Field for Moved {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.at_ns);
        self.sms.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { at_ns: reader.u64()?, sms: Sms::take(reader)? })
    }
}

impl Field for Left {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        out.put_u64(self.at_ns);
        out.put_u8(self.moves);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { id: MessageId::take(reader)?, at_ns: reader.u64()?, moves: reader.u8()? })
    }
}
