//! The file of a shard's attic: what was written to a place stands there until something else is
//! written over it, and some writes and reads fail.

use std::collections::BTreeMap;

use routing::MessageId;
use shard::Place;

/// The file, and how often each Sms was written to it or read from it.
#[derive(Debug, Default)]
pub struct Attic {
    octets: Vec<u8>,
    touched: BTreeMap<MessageId, u32>,
    /// How often it was written.
    pub written: usize,
    /// How often it was read.
    pub read: usize,
}

impl Attic {
    /// Says whether there was room; one of so many writes finds none, if it is not 0.
    pub fn write(&mut self, every: u32, id: MessageId, place: Place, octets: &[u8]) -> bool {
        self.written += 1;
        let start = usize::try_from(place.offset()).expect("a small file");
        self.octets.resize(self.octets.len().max(start + octets.len()), 0);
        self.octets[start..start + octets.len()].copy_from_slice(octets);
        !self.fails(every, id)
    }

    /// What stands there, unless the disk fails, or says something else.
    pub fn read(&mut self, every: u32, id: MessageId, place: Place, len: u32) -> Option<Vec<u8>> {
        self.read += 1;
        let start = usize::try_from(place.offset()).expect("a small file");
        let mut octets = self.octets[start..start + len as usize].to_vec();
        match (self.fails(every, id), id.bits() & 1) {
            (false, _) => Some(octets),
            (true, 0) => None,
            (true, _) => {
                octets[len as usize / 2] ^= 1;
                Some(octets)
            }
        }
    }

    /// Never twice in a row: chosen without the world's dice, so that days
    /// are as they were before there was an attic.
    fn fails(&mut self, every: u32, id: MessageId) -> bool {
        let times = self.touched.entry(id).or_default();
        *times += 1;
        every > 0 && (id.bits() as u32 >> 1).wrapping_add(*times).is_multiple_of(every)
    }
}
