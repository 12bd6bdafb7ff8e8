//! Who comes in first when everybody registers at once, as after a power cut (promises.md E8).
//!
//! Every REGISTER costs a token, and there are so many a second that what remains of the core is
//! enough for the SMS. As tokens run out, strangers are told to come back first, then those who
//! say who they are, and last of all those who are registered and only stay so.

use std::net::IpAddr;
use std::time::Instant;

use sip::{Message, Name};

use crate::ingress::sip::Arrival;
use crate::limits::{REGISTER_BURST, REGISTERS_PER_SEC, RETRY_SECS};
use crate::shard::Shard;
use crate::throttle::Throttle;

/// The tokens of a shard.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    /// `None` until somebody has registered.
    throttle: Option<Throttle>,
}

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
    /// How many tokens it must leave to the others.
    fn leaves(self) -> u32 {
        match self {
            Self::Registered => 0,
            Self::Proving => REGISTER_BURST / 4,
            Self::Stranger => REGISTER_BURST / 2,
        }
    }
}

impl Crowd {
    fn admit(&mut self, now: Instant, standing: Standing) -> bool {
        let full = || Throttle::new(now, REGISTERS_PER_SEC, REGISTER_BURST);
        let throttle = self.throttle.get_or_insert_with(full);
        throttle.admit_leaving(now, REGISTERS_PER_SEC, REGISTER_BURST, standing.leaves())
    }
}

impl Shard {
    /// Is there time for a REGISTER of this user? Otherwise it has been told when to come back.
    pub(crate) fn has_time_for(
        &mut self,
        arrival: &Arrival<'_>,
        user: &str,
        transaction: u128,
    ) -> bool {
        let standing = self.standing(arrival, user);
        // Where hundreds wait already, strangers stay outside first, too.
        let has_room = self.registrar.lobby.room() > standing.leaves() as usize;
        let admitted = has_room && self.registrar.crowd.admit(self.at.now, standing);
        if !admitted {
            let secs = retry_after(transaction);
            self.refuse(arrival, 503, |builder| {
                builder.retry_after(secs);
            });
        }
        admitted
    }

    fn standing(&self, arrival: &Arrival<'_>, user: &str) -> Standing {
        let plan = self.plan.as_ref();
        let account = plan
            .and_then(|plan| plan.environment(arrival.environment))
            .and_then(|environment| environment.account_by_user(user));
        let from: IpAddr = arrival.peer.ip();
        let is_known = account.is_some_and(|account| {
            let key = (arrival.environment, account.id.to_native());
            self.registrar.is_at(key, self.at.unix_ns, from)
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

#[cfg(test)]
mod tests;
