//! Notes of one shard on their way to the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use shard::{Level, Note};

/// The notes of one shard. A flood of equal ones from one peer becomes one line a second.
#[derive(Debug, Default)]
pub struct Notes {
    recent: HashMap<(&'static str, Option<IpAddr>), Recent>,
}

#[derive(Debug)]
struct Recent {
    since: Instant,
    suppressed: u64,
}

impl Notes {
    /// Writes a note, unless its like was just written.
    pub fn write(&mut self, now: Instant, note: &Note) {
        let Some(suppressed) = self.admit(now, note) else { return };
        let Note { what, subject, detail, .. } = note;
        let peer = note.peer.map(tracing::field::display);
        let suppressed = (suppressed > 0).then_some(suppressed);
        let whole = tracing::enabled!(tracing::Level::DEBUG);
        let shown = |number: &String| if whole { number.clone() } else { masked(number) };
        let number = note.number.as_ref().map(shown);
        let number = number.as_deref();
        match note.level {
            Level::Info => tracing::info!(subject, peer, number, detail, suppressed, "{what}"),
            Level::Warn => tracing::warn!(subject, peer, number, detail, suppressed, "{what}"),
        }
    }

    /// How many of its like were left out since the last one; `None` if this is left out too.
    fn admit(&mut self, now: Instant, note: &Note) -> Option<u64> {
        if self.recent.len() >= RECENT_MAX {
            self.recent.retain(|_, recent| now < recent.since + SILENCE);
        }
        let key = (note.what, note.peer.map(|peer| peer.ip()));
        let Some(recent) = self.recent.get_mut(&key) else {
            if self.recent.len() < RECENT_MAX {
                self.recent.insert(key, Recent { since: now, suppressed: 0 });
            }
            return Some(0);
        };
        if now < recent.since + SILENCE {
            recent.suppressed += 1;
            return None;
        }
        recent.since = now;
        Some(std::mem::take(&mut recent.suppressed))
    }
}

/// A number of which the country and the network can be told, and not the person.
fn masked(number: &str) -> String {
    let shown = SHOWN_IN_FRONT.min(number.chars().count() / 2);
    number.chars().enumerate().map(|(at, digit)| if at < shown { digit } else { '*' }).collect()
}

/// Digits of a number that a log shows: a country code and the beginning of a network's range.
const SHOWN_IN_FRONT: usize = 5;

/// How long the like of a note is left out.
const SILENCE: Duration = Duration::from_secs(1);

/// How many kinds of notes are remembered: 100 octets each.
const RECENT_MAX: usize = 4096;

#[cfg(test)]
mod tests;
