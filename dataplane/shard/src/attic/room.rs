//! Where in the file something stands.

use crate::tables::Queue;

/// A place in the file of a shard's attic.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place(u32);

impl Place {
    /// Octets from the start of the file.
    pub fn offset(self) -> u64 {
        u64::from(self.0) * UNIT as u64
    }
}

/// The free places of the file, by size. A place is used again for what has nearly its size, so
/// that nothing ever moves.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Beyond this all is free.
    end: u32,
    free: [Queue<u32>; SIZES.len()],
}

impl Room {
    /// A place for so many octets; `None` for more than the largest place has.
    pub(super) fn take(&mut self, len: usize) -> Option<Place> {
        let size = size_of(len)?;
        if let Some(place) = self.free[size].pop_front() {
            return Some(Place(place));
        }
        let place = self.end;
        self.end = place.checked_add(SIZES[size])?;
        Some(Place(place))
    }

    /// Nobody needs it any more; `len` as when it was taken.
    pub(super) fn give_back(&mut self, place: Place, len: usize) {
        if let Some(size) = size_of(len) {
            self.free[size].push_back(place.0);
        }
    }
}

fn size_of(len: usize) -> Option<usize> {
    SIZES.iter().position(|size| len <= *size as usize * UNIT)
}

/// Octets between two places: a file may have 256 GiB.
const UNIT: usize = 64;

/// The sizes of places in units: most Sms take 250 to 400 octets, the longest some 66,000.
const SIZES: [u32; 14] = [4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 64, 128, 512, 1100];

#[cfg(test)]
mod tests;
