//! Is a whole node at rest? Shards are, one by one; and mail between them is on its way to nobody.

use std::time::Duration;

use shard::Calm;

use super::Weight;

/// Rounds in which every shard says how much is left to wait for.
///
/// No mail is under way if as many were taken in as were sent, and nothing goes on if two rounds
/// count the same.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    last: Option<(u64, u64)>,
}

impl Rounds {
    /// Takes in one round, so long after the first; says whether it is time to go.
    pub(crate) fn handle(&mut self, passed: Duration, weights: &[Weight]) -> bool {
        let sent = weights.iter().map(|weight| weight.sent).sum();
        let received = weights.iter().map(|weight| weight.received).sum();
        let is_silent = self.last.replace((sent, received)) == Some((sent, received));
        let is_silent = is_silent && sent == received;
        let calm = weights.iter().map(|weight| weight.calm).min().unwrap_or(Calm::All);
        let is_enough = match calm {
            Calm::All => true,
            Calm::Links => passed >= APPS_MAX,
            Calm::Busy => false,
        };
        is_silent && is_enough || passed >= LINKS_MAX
    }
}

/// How long apps and trunks have to answer; then they are asked again, as after a crash.
const APPS_MAX: Duration = Duration::from_millis(500);

/// How long peers have to answer, before their links are left.
const LINKS_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
