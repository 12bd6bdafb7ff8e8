//! Where an Sms has been: the environments it passed and the name it had in the first one.

use crate::MessageId;
use crate::octets::{Field, Reader, Short, Write};

/// The way of an Sms through environments, as the vendor TLV 0x1401 tells it.
///
/// The TLV is one octet, the number of hops, from peers that know no more. Ours is that octet,
/// the trace id (ten octets, little-endian) and four octets for each environment, the first one
/// first: at most [`LEN_MAX`](Self::LEN_MAX) octets.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Trace {
    /// How many environments it has passed.
    pub hops: u8,
    /// Its id in the first environment; `None` in that one itself.
    pub id: Option<MessageId>,
    path: [u32; Self::PATH_MAX],
}

impl Trace {
    /// How many environments a path names: more than an Sms may pass.
    pub const PATH_MAX: usize = 6;

    /// The longest form.
    pub const LEN_MAX: usize = 1 + 10 + 4 * Self::PATH_MAX;

    /// The trace of an Sms whose peer counts and tells no more.
    pub fn counted(hops: u8) -> Self {
        Self { hops, ..Self::default() }
    }

    /// The marks of the environments it passed, the first one first. Those that count but do
    /// not tell are missing.
    pub fn path(&self) -> &[u32] {
        let len = self.path.iter().position(|mark| *mark == 0).unwrap_or(Self::PATH_MAX);
        &self.path[..len]
    }

    /// Has it been in this environment?
    pub fn has_passed(&self, mark: u32) -> bool {
        mark != 0 && self.path.contains(&mark)
    }

    /// The trace that leaves an environment with an Sms that has this id there.
    pub fn onwards(mut self, mark: u32, id: MessageId) -> Self {
        let len = self.path().len();
        if let Some(free) = self.path.get_mut(len) {
            *free = mark;
        }
        Self { hops: self.hops.saturating_add(1), id: self.id.or(Some(id)), ..self }
    }

    /// The value of the TLV.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.put_u8(self.hops);
        if let Some(id) = self.id {
            id.put(out);
            self.path().iter().for_each(|mark| out.put_u32(*mark));
        }
    }

    /// Reads the value of the TLV; what is longer than we write has passed too much.
    pub fn decode(octets: &[u8]) -> Result<Self, Short> {
        let mut reader = Reader(octets);
        let mut trace = Self::counted(reader.u8()?);
        if reader.0.is_empty() {
            return Ok(trace);
        }
        trace.id = Some(MessageId::take(&mut reader)?);
        for place in &mut trace.path {
            if reader.0.is_empty() {
                break;
            }
            *place = reader.u32()?;
        }
        reader.0.is_empty().then_some(trace).ok_or(Short)
    }
}

/// The mark of an environment in a path: FNV-1a of its domain in lower case, which is the one
/// name of it that no other environment of the world has. Never 0.
pub fn mark(domain: &str) -> u32 {
    let step = |hash: u32, octet: u8| {
        (hash ^ u32::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    };
    domain.bytes().fold(0x811C_9DC5, step).max(1)
}

impl Field for Trace {
    fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.put_u8(0);
        self.encode(out);
        out[start] = u8::try_from(out.len() - start - 1).expect("at most LEN_MAX");
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let len = reader.u8()?;
        Self::decode(reader.take(usize::from(len))?)
    }
}

#[cfg(test)]
mod tests;
