//! Our requests on their way: sent again until they are answered or given up (RFC 3261 §17.1.2).

use std::collections::BTreeMap;
use std::time::Instant;

use sip::Message;
use sip::transaction::Timers;
use sip::transaction::client::{Action, NonInvite};

use super::wire::Asked;

/// What a request was made for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Purpose {
    /// To register the account of that number.
    Register(usize),
    /// To send the MESSAGE of that number.
    Send(usize),
}

#[derive(Debug)]
struct Call {
    octets: Vec<u8>,
    transaction: NonInvite,
    purpose: Purpose,
    /// Whether it carries credentials.
    authorized: bool,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ended {
    pub(super) purpose: Purpose,
    pub(super) authorized: bool,
    /// `None`: nobody answered.
    pub(super) status: Option<u16>,
}

/// All requests without a final response.
#[derive(Debug, Default)]
pub(super) struct Calls {
    by_branch: BTreeMap<String, Call>,
    /// Requests sent again.
    pub(super) retransmitted: u64,
}

impl Calls {
    /// Remembers a request that is sent just now.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        asked: &Asked,
        purpose: Purpose,
        authorized: bool,
    ) {
        let transaction = NonInvite::new(now, false, Timers::default());
        let call = Call { octets: asked.octets.clone(), transaction, purpose, authorized };
        self.by_branch.insert(asked.branch.clone(), call);
    }

    /// Requests on their way.
    pub(super) fn len(&self) -> usize {
        self.by_branch.len()
    }

    /// A response came; `Some` if it is the final one to a request of ours.
    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        response: &Message<'_>,
    ) -> Option<Ended> {
        let branch = response.via().branch?;
        let call = self.by_branch.get_mut(branch)?;
        match call.transaction.handle_response(now, response.status()?) {
            Action::Final(status) => {
                let ended = call.ended(Some(status));
                self.by_branch.remove(branch);
                Some(ended)
            }
            Action::None | Action::Retransmit | Action::TimedOut | Action::Failed => None,
        }
    }

    /// Sends again what is due; returns what nobody answered.
    pub(super) fn handle_time(&mut self, now: Instant, mut send: impl FnMut(&[u8])) -> Vec<Ended> {
        let mut given_up = Vec::new();
        let retransmitted = &mut self.retransmitted;
        self.by_branch.retain(|_, call| {
            loop {
                match call.transaction.handle_timeout(now) {
                    Action::None | Action::Final(_) => return true,
                    Action::Retransmit => {
                        *retransmitted += 1;
                        send(&call.octets);
                    }
                    Action::TimedOut | Action::Failed => {
                        given_up.push(call.ended(None));
                        return false;
                    }
                }
            }
        });
        given_up
    }

    /// When [`handle_time`](Self::handle_time) has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.by_branch.values().filter_map(|call| call.transaction.poll_timeout()).min()
    }
}

impl Call {
    const fn ended(&self, status: Option<u16>) -> Ended {
        Ended { purpose: self.purpose, authorized: self.authorized, status }
    }
}
