//! query_sm: how does it stand? (SMPP 3.4 §4.8)

use routing::State;
use routing::journal::Final;
use smpp::MessageState;

use crate::flights::{Flight, Stage};
use crate::later::About;
use crate::later::ask::{Ask, Standing, agree};
use crate::shard::Shard;

impl Shard {
    /// Looks among what is open and what has ended.
    pub(crate) fn query(&self, ask: &mut Ask) {
        let About::Named { meant, .. } = ask.about else { return };
        for flight in self.flights.meant(meant).into_iter().filter_map(|id| self.flights.get(id)) {
            if !ask.asker.sent(&flight.sms) {
                continue;
            }
            if ask.agrees(&flight.sms) {
                ask.found.add(standing(flight));
                ask.found.whole |= flight.sms.group.is_none();
            } else {
                ask.found.refused += 1;
            }
        }
        // What is still open for its receipt was found above.
        let closed = |ended: &&Final| self.flights.get(ended.id).is_none();
        for ended in self.finals.meant(meant).filter(closed) {
            if !ask.asker.sent_ended(ended) {
                continue;
            }
            if agree(&ask.asker.source, &ended.source) {
                ask.found.add(Standing::of(ended));
                ask.found.whole |= ended.told == ended.id;
            } else {
                ask.found.refused += 1;
            }
        }
    }
}

fn standing(flight: &Flight) -> Standing {
    let open = |state| Standing { state, at_ns: 0, code: 0 };
    match &flight.stage {
        Stage::Settled(outcome) => {
            let state = told_state(outcome.state);
            Standing { state, at_ns: outcome.at_ns, code: outcome.code }
        }
        Stage::Scheduled => open(MessageState::Scheduled),
        Stage::Gathering
        | Stage::Waiting
        | Stage::Riding
        | Stage::Ready
        | Stage::Moving
        | Stage::Trying(_)
        | Stage::Held(_)
        | Stage::Taken(_) => open(MessageState::Enroute),
    }
}

/// The two number the states alike.
fn told_state(state: State) -> MessageState {
    MessageState::decode(state as u8).unwrap_or(MessageState::Unknown)
}

impl Standing {
    fn of(ended: &Final) -> Self {
        Self { state: told_state(ended.state), at_ns: ended.at_ns, code: ended.code }
    }

    /// Of several, the one with the higher rank is told: what is still on its way, then what
    /// failed, then what arrived; of equals the last.
    fn rank(&self) -> (u8, u64) {
        let rank = match self.state {
            MessageState::Enroute => 3,
            MessageState::Scheduled => 2,
            MessageState::Expired
            | MessageState::Deleted
            | MessageState::Undeliverable
            | MessageState::Unknown
            | MessageState::Rejected
            | MessageState::Skipped => 1,
            MessageState::Delivered | MessageState::Accepted => 0,
        };
        (rank, self.at_ns)
    }
}

impl super::ask::Found {
    fn add(&mut self, standing: Standing) {
        let known = self.state.filter(|known| known.rank() > standing.rank());
        self.state = known.or(Some(standing));
    }
}
