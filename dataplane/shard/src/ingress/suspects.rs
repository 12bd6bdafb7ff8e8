//! Wrong passwords are met with patience, not with endless patience (promises.md E13).
//!
//! A guess is a request whose credentials name an account and do not prove it. From one address
//! a few are answered with a new challenge, and after that one every ten seconds is looked at at
//! all; the others hear 403, right or wrong, so that guessing tells nothing. Where many
//! addresses guess at one account, those that have never proved it are held back alike; the
//! account's own phones, which have, are not.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::SUSPECTS_MAX;
use crate::tables::{Table, digest_of};

/// Who says to be whom: digests of an environment's account, and of it and an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspect {
    account: u64,
    address: u64,
}

/// The guesses of late, and who has proved what. Of as many as are known the first is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    marks: Table<u64, Mark>,
    order: VecDeque<u64>,
}

/// What is known of an account, or of an address that asks for it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    guesses: u16,
    /// When the guesses were counted.
    at: Instant,
    proved: bool,
}

/// What a guess was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Guess {
    /// One of few.
    Few,
    /// The one that ends the patience with everybody who has not proved the account.
    Many,
}

impl Suspect {
    pub(crate) fn new(environment: u32, user: &str, address: std::net::IpAddr) -> Self {
        let account = digest_of((environment, user));
        Self { account, address: digest_of((account, address)) }
    }
}

impl Suspects {
    /// Are its credentials looked at?
    pub(crate) fn may_try(&self, now: Instant, who: Suspect) -> bool {
        let guesses = |mark: &Mark, pause| mark.guesses_at(now, pause);
        let address = self.marks.get(&who.address);
        if address.is_some_and(|mark| guesses(mark, ADDRESS_PAUSE) >= ADDRESS_GUESSES) {
            return false;
        }
        let account = || self.marks.get(&who.account);
        address.is_some_and(|mark| mark.proved)
            || account().is_none_or(|mark| guesses(mark, ACCOUNT_PAUSE) < ACCOUNT_GUESSES)
    }

    /// It proved the account.
    pub(crate) fn proved(&mut self, now: Instant, who: Suspect) {
        let mark = self.mark(now, who.address);
        (mark.guesses, mark.proved) = (0, true);
    }

    /// It did not.
    pub(crate) fn guessed(&mut self, now: Instant, who: Suspect) -> Guess {
        self.mark(now, who.address).count(now, ADDRESS_PAUSE);
        let all = self.mark(now, who.account).count(now, ACCOUNT_PAUSE);
        if all == ACCOUNT_GUESSES { Guess::Many } else { Guess::Few }
    }

    fn mark(&mut self, now: Instant, key: u64) -> &mut Mark {
        let Self { marks, order } = self;
        if order.len() >= SUSPECTS_MAX
            && !marks.contains_key(&key)
            && let Some(first) = order.pop_front()
        {
            marks.remove(&first);
        }
        marks.entry(key).or_insert_with(|| {
            order.push_back(key);
            Mark { guesses: 0, at: now, proved: false }
        })
    }
}

impl Mark {
    /// Of the guesses one is forgiven with each pause.
    fn guesses_at(&self, now: Instant, pause: Duration) -> u16 {
        let passed = now.saturating_duration_since(self.at).as_millis() / pause.as_millis();
        self.guesses.saturating_sub(u16::try_from(passed).unwrap_or(u16::MAX))
    }

    fn count(&mut self, now: Instant, pause: Duration) -> u16 {
        let left = self.guesses_at(now, pause);
        // What has passed of a pause stays passed.
        let forgiven = Duration::from_millis(
            u64::from(self.guesses - left) * u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
        );
        self.at = if left == 0 { now } else { self.at + forgiven };
        self.guesses = left.saturating_add(1);
        self.guesses
    }
}

/// Guesses of one address at one account that are answered with a challenge.
const ADDRESS_GUESSES: u16 = 3;

/// One of them is forgiven with each of these.
const ADDRESS_PAUSE: Duration = Duration::from_secs(10);

/// Guesses at one account, from wherever.
const ACCOUNT_GUESSES: u16 = 30;

/// One of them is forgiven with each of these.
const ACCOUNT_PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
