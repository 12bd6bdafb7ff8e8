//! Which shards stand still: what the log says of them, and whether the watchdog is fed.
//!
//! Looks are counted and not time: a process that was stopped as a whole finds its shards where
//! it left them, at one look.

/// What a look found out about a shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Change {
    /// It has not moved for [`STILL`] looks.
    Stopped,
    /// It moves again, after so many looks.
    Moves(u32),
}

/// The pulse of each shard, as it was last felt.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    shards: Vec<(u64, u32)>,
}

impl Pulse {
    /// Does every shard move, as far as was looked?
    pub(super) fn all_move(&self) -> bool {
        self.shards.iter().all(|(_, still)| *still < STILL)
    }

    /// Looks at how often each shard has risen. Says what is new: who stopped, who moves again.
    pub(super) fn look(&mut self, beats: impl Iterator<Item = u64>) -> Vec<(usize, Change)> {
        let mut news = Vec::new();
        for (shard, beat) in beats.enumerate() {
            if self.shards.len() == shard {
                self.shards.push((beat, 0));
                continue;
            }
            let (last, still) = &mut self.shards[shard];
            if *last == beat {
                *still += 1;
                if *still == STILL {
                    news.push((shard, Change::Stopped));
                }
                continue;
            }
            if *still >= STILL {
                news.push((shard, Change::Moves(*still)));
            }
            (*last, *still) = (beat, 0);
        }
        news
    }
}

/// A shard rises at least once in a second: two looks.
pub(super) const STILL: u32 = 3;

#[cfg(test)]
mod tests;
