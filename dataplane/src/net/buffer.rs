//! What waits to be written to one link.

use shard::Unlink;

/// Two buffers: one is being written and must not move, the other gathers what comes meanwhile.
#[derive(Debug, Default)]
pub struct Outbox {
    flying: Vec<u8>,
    /// How much of `flying` is written.
    written: usize,
    waiting: Vec<u8>,
}

impl Outbox {
    /// Appends; `Err` if more would wait than a link may hold.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unlink> {
        if !self.has_room(bytes.len()) {
            return Err(Unlink::Slow);
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends what `write` puts into `room` octets, of which it tells how many it took.
    pub fn fill(&mut self, room: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        let start = self.waiting.len();
        self.waiting.resize(start + room, 0);
        let used = write(&mut self.waiting[start..]).min(room);
        self.waiting.truncate(start + used);
    }

    /// May so much more wait?
    pub fn has_room(&self, len: usize) -> bool {
        self.len() + len <= OUTBOX_MAX
    }

    /// What to write now; the same octets at the same place until [`written`](Self::written).
    pub fn flying(&mut self) -> Option<&[u8]> {
        if self.written == self.flying.len() {
            self.flying.clear();
            self.written = 0;
            shrink(&mut self.flying);
            std::mem::swap(&mut self.flying, &mut self.waiting);
        }
        let rest = &self.flying[self.written..];
        (!rest.is_empty()).then_some(rest)
    }

    /// So much of it was written.
    pub fn written(&mut self, len: usize) {
        self.written = (self.written + len).min(self.flying.len());
    }

    /// How many octets wait.
    pub fn len(&self) -> usize {
        self.flying.len() - self.written + self.waiting.len()
    }

    /// What is not written, for who goes on with the link.
    pub fn rest(&self) -> Vec<u8> {
        [&self.flying[self.written..], &self.waiting[..]].concat()
    }

    /// Waits so much that its peer should read before it says more? `holding` says whether it is
    /// held back already: it goes on when half of that is written.
    pub fn should_hold(&self, holding: bool) -> bool {
        self.len() > if holding { CHOKED / 2 } else { CHOKED }
    }

    /// Is all written?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A burst must not hold its memory for ever.
fn shrink(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_MAX {
        buffer.shrink_to(KEPT_MAX);
    }
}

/// More than this waits for a link: it is slow. Beyond what holds it back there is room for the
/// answers to all that two turns can read, 4 MiB each: so much may be under way when reading
/// stops. Links share these buffers, so that all of them together overshoot by no more.
const OUTBOX_MAX: usize = CHOKED + (8 << 20);
/// More than this waits for a link: nothing is read from it until its peer has read. Some 2000
/// PDUs of 120 octets.
const CHOKED: usize = 256 << 10;

/// What a link that has nothing to say keeps of either buffer: 10,000 of them are 80 MiB at worst.
const KEPT_MAX: usize = 4 << 10;
