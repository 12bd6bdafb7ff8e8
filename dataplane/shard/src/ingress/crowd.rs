//! Who comes in first when everybody registers at once, as after a power cut (promises.md E8).
//!
//! A turn serves a few REGISTERs beside whatever else has come, so however many come, the SMS do
//! not wait for them; what they cannot have at once waits in the [`lobby`](super::lobby). As that
//! fills, strangers are told to come back first, then those who say who they are, and last of all
//! those who are registered and only stay so.

use std::net::IpAddr;

use sip::{Message, Name};

use crate::ingress::sip::Arrival;
use crate::limits::{LOBBY_MAX, RETRY_SECS};
use crate::shard::Shard;

/// How much is known of who registers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    /// Something is registered from its address.
    Registered,
    /// It answers a challenge.
    Proving,
    /// It has said nothing yet.
    Stranger,
}

impl Standing {
    /// How many places of the lobby it must leave to the others.
    fn leaves(self) -> usize {
        match self {
            Self::Registered => 0,
            Self::Proving => LOBBY_MAX / 4,
            Self::Stranger => STRANGERS_LEAVE,
        }
    }
}

impl Shard {
    /// Is there time for a REGISTER of this account? Otherwise it has been told when to come back.
    pub(crate) fn has_time_for(
        &mut self,
        arrival: &Arrival<'_>,
        account: Option<u32>,
        transaction: u128,
    ) -> bool {
        let standing = self.standing(arrival, account);
        let has_room = self.registrar.lobby.room() > standing.leaves();
        if !has_room {
            let secs = retry_after(transaction);
            self.refuse(arrival, 503, |builder| {
                builder.retry_after(secs);
            });
        }
        has_room
    }

    fn standing(&self, arrival: &Arrival<'_>, account: Option<u32>) -> Standing {
        let from: IpAddr = arrival.peer.ip();
        let is_known = account.is_some_and(|account| {
            self.registrar.is_at((arrival.environment, account), self.steady_ns, from)
        });
        match is_known {
            true => Standing::Registered,
            false if says_who(arrival.message) => Standing::Proving,
            false => Standing::Stranger,
        }
    }
}

fn says_who(message: &Message<'_>) -> bool {
    message.header(Name::Authorization).is_some()
}

/// Different for each, so that those who were sent away do not come back together.
fn retry_after(transaction: u128) -> u32 {
    let (least, most) = RETRY_SECS;
    least + (transaction % u128::from(most - least + 1)) as u32
}

/// With more room than this, nobody need be asked who they are before they may wait.
pub(super) const STRANGERS_LEAVE: usize = LOBBY_MAX / 2;

#[cfg(test)]
mod tests;
