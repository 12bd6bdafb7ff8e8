//! When flights are to be looked at.
//!
//! Nearly every flight ends long before that, so adding one and taking one out must cost next
//! to nothing: those of one tick form a chain through their slots, and only ticks are sorted.
//! A flight is looked at when its tick is over: never early, and late by a tick at most.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::pages::Pages;

/// Slots by the tick in which they are to be looked at.
#[derive(Debug)]
pub(super) struct Expiries {
    since: Instant,
    chains: BTreeMap<u64, Chain>,
    links: Pages<Link>,
}

/// The slots of a tick, in the order in which they were added.
#[derive(Clone, Copy, Debug)]
struct Chain {
    first: u32,
    last: u32,
}

/// A slot's place in a chain.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// [`NEVER`] if it is in none.
    tick: u64,
    before: u32,
    after: u32,
}

impl Expiries {
    /// Nothing that is due before `since` is waited for any longer than what is due then.
    pub(super) fn new(since: Instant) -> Self {
        Self { since, chains: BTreeMap::new(), links: Pages::new() }
    }

    /// Looks at a slot then, and not at another time.
    pub(super) fn set(&mut self, slot: u32, at: Instant) {
        self.remove(slot);
        let ticks = at.saturating_duration_since(self.since).as_millis() / TICK_MS;
        let tick = u64::try_from(ticks).unwrap_or(NEVER).min(NEVER - 1);
        let chain = self.chains.entry(tick).or_insert(Chain { first: slot, last: slot });
        let before = chain.last;
        chain.last = slot;
        self.links[before].after = slot;
        self.links[slot] = Link { tick, before, after: slot };
    }

    /// Does not look at a slot.
    pub(super) fn remove(&mut self, slot: u32) {
        while self.links.len() <= slot as usize {
            self.links.push(NOWHERE);
        }
        let Link { tick, before, after } = self.links[slot];
        let Some(chain) = self.chains.get_mut(&tick) else { return };
        self.links[slot] = NOWHERE;
        match (chain.first == slot, chain.last == slot) {
            (true, true) => drop(self.chains.remove(&tick)),
            (true, false) => {
                chain.first = after;
                self.links[after].before = after;
            }
            (false, true) => {
                chain.last = before;
                self.links[before].after = before;
            }
            (false, false) => {
                self.links[before].after = after;
                self.links[after].before = before;
            }
        }
    }

    /// When the next one is to be looked at.
    pub(super) fn next(&self) -> Option<Instant> {
        self.chains.first_key_value().map(|(tick, _)| self.end(*tick))
    }

    /// Takes out the next one that is to be looked at now.
    pub(super) fn due(&mut self, now: Instant) -> Option<u32> {
        let (tick, chain) = self.chains.first_key_value()?;
        let slot = (self.end(*tick) <= now).then_some(chain.first)?;
        self.remove(slot);
        Some(slot)
    }

    fn end(&self, tick: u64) -> Instant {
        let millis = (u128::from(tick) + 1) * TICK_MS;
        self.since + Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

/// How late a flight may be looked at, in milliseconds.
const TICK_MS: u128 = 16;

const NEVER: u64 = u64::MAX >> 8;
const NOWHERE: Link = Link { tick: NEVER, before: 0, after: 0 };

#[cfg(test)]
mod tests;
