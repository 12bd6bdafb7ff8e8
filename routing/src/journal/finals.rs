//! What a sender may still ask of an Sms that is closed (query_sm, SMPP 3.4 §4.8).

use std::collections::BTreeMap;

use super::record::Outcome;
use crate::octets::{Field, Reader, Short, Write};
use crate::{Address, MessageId, Sms, State};

/// How an Sms of a carrier ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Final {
    /// The Sms.
    pub id: MessageId,
    /// The name its sender knows it by.
    pub told: MessageId,
    /// When it ended, Unix nanoseconds.
    pub at_ns: u64,
    /// SIP status or command_status that decided it; 0 for success.
    pub code: u32,
    /// The environment.
    pub environment: u32,
    /// Its sender, the only one who may ask.
    pub carrier: u32,
    /// The calling address, which the sender must know too.
    pub source: Address,
    /// How it ended.
    pub state: State,
}

impl Final {
    /// What there is to remember; of an app's Sms nobody asks.
    pub fn of(sms: &Sms, outcome: &Outcome) -> Option<Self> {
        Some(Self {
            id: sms.id,
            told: sms.told(),
            at_ns: outcome.at_ns,
            code: outcome.code,
            environment: sms.environment,
            carrier: sms.carrier()?,
            source: sms.source,
            state: outcome.state,
        })
    }
}

impl Field for Final {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.told.put(out);
        out.put_u64(self.at_ns);
        out.put_u32(self.code);
        out.put_u32(self.environment);
        out.put_u32(self.carrier);
        self.source.put(out);
        out.put_u8(self.state as u8);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            id: MessageId::take(reader)?,
            told: MessageId::take(reader)?,
            at_ns: reader.u64()?,
            code: reader.u32()?,
            environment: reader.u32()?,
            carrier: reader.u32()?,
            source: Address::take(reader)?,
            state: State::from_number(reader.u8()?).ok_or(Short)?,
        })
    }
}

/// The newest finals of a journal that is being read.
#[derive(Debug, Default)]
pub(super) struct Finals {
    by_time: BTreeMap<(u64, MessageId), Final>,
}

impl Finals {
    pub(super) fn keep(&mut self, ended: Final) {
        self.by_time.insert((ended.at_ns, ended.id), ended);
        if self.by_time.len() > FINALS_READ_MAX {
            self.by_time.pop_first();
        }
    }

    /// Those that are young enough, oldest first.
    pub(super) fn finish(self, now_ns: u64) -> impl Iterator<Item = Final> {
        let from_ns = now_ns.saturating_sub(FINALS_KEPT_NS);
        self.by_time.into_values().filter(move |ended| ended.at_ns >= from_ns)
    }
}

/// How long a final state can be asked for: a day, in nanoseconds.
pub const FINALS_KEPT_NS: u64 = 86_400_000_000_000;

/// Finals of all shards that a restart brings back: some 200 octets each, 50 MiB while it or a fold
/// reads.
const FINALS_READ_MAX: usize = 1 << 18;
