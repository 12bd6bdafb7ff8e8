//! Who waits for an answer while the owner makes an Sms durable.

use std::time::Instant;

use smpp::Command;

use crate::handsets::Submitted;
use crate::ingress::auth::Proof;
use crate::ingress::multi::Member;
use crate::input::{LinkId, ShardId};
use crate::tables::Numbered;

/// Whom to answer.
#[derive(Clone, Debug)]
pub(crate) enum Ticket {
    /// A submit_sm or data_sm.
    Smpp {
        link: LinkId,
        sequence: u32,
        command: Command,
        /// Equal for what the sender would call the same Sms.
        likeness: u64,
        /// The shard that was asked to own it.
        owner: ShardId,
        /// When it was taken in.
        since: Instant,
    },
    /// One destination of a submit_multi.
    Member(Member),
    /// A query_sm, cancel_sm or replace_sm; the name as the carrier wrote it.
    Ask { link: LinkId, sequence: u32, command: Command, named: Box<[u8]> },
    /// What a handset sent: it is answered by a MESSAGE of our own; and the request that brought
    /// it, if that is not answered either because its proof is old.
    Relay { to: Submitted, asked: Option<u128> },
    /// A MESSAGE, by its server transaction.
    Sip { transaction: u128, proof: Proof },
}

/// Every request that was dispatched and not answered. Bounded by the windows of the links
/// and by the server transactions.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    next: u64,
    open: Numbered<u64, Ticket>,
}

impl Tickets {
    pub(crate) fn open(&mut self, ticket: Ticket) -> u64 {
        self.next += 1;
        self.open.insert(self.next, ticket);
        self.next
    }

    /// The open requests of a link, oldest first: ticket, likeness and owner.
    pub(crate) fn of_link(&self, gone: LinkId) -> Vec<(u64, u64, ShardId)> {
        let asked = |(number, ticket): (&u64, &Ticket)| match ticket {
            Ticket::Smpp { link, likeness, owner, .. } if *link == gone => {
                Some((*number, *likeness, *owner))
            }
            Ticket::Member(member) if member.link == gone => {
                Some((*number, member.likeness, member.owner))
            }
            Ticket::Smpp { .. }
            | Ticket::Member(_)
            | Ticket::Ask { .. }
            | Ticket::Relay { .. }
            | Ticket::Sip { .. } => None,
        };
        let mut open: Vec<_> = self.open.iter().filter_map(asked).collect();
        open.sort_unstable();
        open
    }

    pub(crate) fn get(&self, ticket: u64) -> Option<&Ticket> {
        self.open.get(&ticket)
    }

    pub(crate) fn close(&mut self, ticket: u64) -> Option<Ticket> {
        self.open.remove(&ticket)
    }
}
