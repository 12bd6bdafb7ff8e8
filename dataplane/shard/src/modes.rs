//! When a sender is answered: when its Sms is durable, at once, or with the outcome.
//!
//! | esm_class | carrier without `modes` | carrier with `modes` |
//! |---|---|---|
//! | 00 default | as its contract says | as its contract says |
//! | 01 datagram | as its contract says | at once, one attempt, no receipt |
//! | 10 transaction | as its contract says | with the outcome of the one attempt |
//! | 11 store and forward | when durable | when durable |
//!
//! (SMPP 3.4 §2.10, §5.2.12.) What is sent on carries the mode that was granted.
//!
//! What is answered at once is journaled like everything else, a moment later: a crash within
//! that moment loses it, and nothing of it is ever charged or told. What is answered with its
//! outcome has one attempt; if that fails, or if its sender's link or our process dies before
//! it succeeded, it is never tried again, so that a sender without a positive answer may send
//! it anew. It is charged when the outcome is a success, and never otherwise.

use routing::{AckLevel, ArchivedEnvironment, Ingress, MessageId, Refusal, Sms, State, Target};
use smpp::pdu::esm_class::{MODE_DATAGRAM, MODE_MASK, MODE_STORE_AND_FORWARD, MODE_TRANSACTION};
use smpp::tlv::tag;
use smpp::{Command, Status, SubmitResp, TlvBuffer};

use crate::admit::target_id;
use crate::ingress::Ticket;
use crate::input::ShardId;
use crate::limits::TRANSACTION_MAX;
use crate::mail::{Failed, Mail};
use crate::promises::Promise;
use crate::shard::Shard;
use crate::tables::Table;

/// Who waits for the outcome of which Sms. Bounded by the windows of the links.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    waiting: Table<MessageId, Asker>,
}

/// Whom to tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) to: ShardId,
    pub(crate) ticket: u64,
    /// Its link is gone: an equal Sms comes to ask for the outcome.
    pub(crate) orphaned: Option<u64>,
}

/// delivery_failure_reason (SMPP 3.4 §5.3.2.33).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Failure {
    /// The destination is unavailable.
    Unavailable = 0,
    /// The destination address is invalid.
    BadAddress = 1,
    /// A permanent error.
    Permanent = 2,
    /// A temporary error.
    Temporary = 3,
}

impl Failure {
    /// Of an outcome that is no success (standards.md 4.2, 4.3).
    pub(crate) fn of(state: State, code: u32) -> Self {
        match (state, code) {
            (State::Expired, _) | (_, 408 | 480 | 486 | 487) => Self::Unavailable,
            (_, 404 | 410 | 484 | 485 | 604 | 0x0B) => Self::BadAddress,
            (State::Unknown, _) | (_, 0x08 | 0x14 | 0x58 | 0x64 | 500 | 502..=504) => {
                Self::Temporary
            }
            _ => Self::Permanent,
        }
    }
}

/// When the sender of one Sms is answered that asks for the mode in `esm_class` and agreed on
/// `ack`, `modes` being those that it may ask for; and the esm_class that the Sms keeps.
pub fn granted(esm_class: u8, ack: AckLevel, modes: bool) -> (AckLevel, u8) {
    match esm_class & MODE_MASK {
        MODE_STORE_AND_FORWARD => (AckLevel::Durable, esm_class),
        MODE_DATAGRAM if modes => (AckLevel::Memory, esm_class),
        MODE_TRANSACTION if modes => (AckLevel::Delivered, esm_class),
        _ => (ack, esm_class & !MODE_MASK),
    }
}

/// Gives an Sms the mode that its sender asks for and may have.
pub(crate) fn grant(environment: &ArchivedEnvironment, sms: &mut Sms) -> Result<(), Refusal> {
    let Ingress::Smpp { carrier, .. } = sms.ingress else { return Ok(()) };
    let Some(contract) = environment.carrier(carrier).map(|carrier| &carrier.contract) else {
        return Ok(());
    };
    (sms.ack, sms.esm_class) = match sms.group.is_some() {
        // Many outcomes do not fit into one answer (SMPP 3.4 §4.5).
        true => (AckLevel::Durable, sms.esm_class & !MODE_MASK),
        false => granted(sms.esm_class, AckLevel::from(&contract.ack), contract.modes),
    };
    if !sms.is_single() {
        return Ok(());
    }
    if sms.not_before_ns > 0 {
        return Err(Refusal::NoSchedule);
    }
    sms.registered_delivery = 0;
    if sms.ack == AckLevel::Delivered {
        let patience_ns = TRANSACTION_MAX.as_nanos() as u64;
        sms.expires_ns = sms.expires_ns.min(sms.accepted_ns.saturating_add(patience_ns));
    }
    Ok(())
}

impl Shard {
    /// An Sms is ours: its sender hears of it when it shall.
    pub(crate) fn promise_answer(
        &mut self,
        ack: AckLevel,
        (id, told): (MessageId, MessageId),
        to: ShardId,
        ticket: u64,
    ) {
        match ack {
            AckLevel::Durable => self.promises.keep(Promise::Answer { to, ticket, id, told }),
            AckLevel::Memory => self.reply(to, ticket, Ok(told)),
            AckLevel::Delivered => {
                let asker = Asker { to, ticket, orphaned: None };
                self.transactions.waiting.insert(id, asker);
            }
        }
    }

    /// An equal Sms came while the outcome of the first is awaited: its sender hears it too.
    pub(crate) fn asks_again(&mut self, id: MessageId, to: ShardId, ticket: u64) -> bool {
        let Some(asker) = self.transactions.waiting.get_mut(&id) else { return false };
        *asker = Asker { to, ticket, orphaned: None };
        true
    }

    /// The link of a sender that waits for an outcome is gone: an equal Sms from now on means
    /// the same. The sender itself is told nothing more.
    pub(crate) fn orphan_transaction(&mut self, from: ShardId, ticket: u64, likeness: u64) -> bool {
        let asks = |(id, asker): (&MessageId, &Asker)| {
            (asker.to == from && asker.ticket == ticket).then_some(*id)
        };
        // At most one matches: tickets are unique on their shard.
        let Some(id) = self.transactions.waiting.iter().find_map(asks) else { return false };
        if let Some(asker) = self.transactions.waiting.get_mut(&id) {
            asker.orphaned = Some(likeness);
        }
        // If the node dies before the outcome, nothing of it is told to anybody.
        self.keep_doubt(id, likeness, 0);
        self.reply(from, ticket, Err(Refusal::NotReady));
        true
    }

    /// The outcome of an Sms is being recorded: whoever waits for it hears it after that.
    pub(crate) fn promise_outcome(&mut self, id: MessageId, state: State, code: u32) {
        let Some(Asker { to, ticket, orphaned }) = self.transactions.waiting.remove(&id) else {
            return;
        };
        match (orphaned, state.is_success()) {
            (None, true) => {
                self.promises.keep(Promise::Answer { to, ticket, id, told: id });
            }
            (None, false) => {
                let pending = self.flights.get(id).and_then(|f| self.alerts.is_pending(&f.sms));
                let why = Failed { reason: Failure::of(state, code) as u8, pending };
                self.promises.keep(Promise::Failed { to, ticket, why });
            }
            // Who asks again is told that it is done, when that is durable.
            (Some(likeness), true) => {
                self.doubts.take_back(likeness, id);
                self.doubt_as(id, likeness, self.promises.last());
            }
            // Who asks again has it tried again.
            (Some(likeness), false) => self.doubts.take_back(likeness, id),
        }
    }

    /// The journal failed: no outcome can be told any more.
    pub(crate) fn fail_transactions(&mut self) {
        let mut waiting: Vec<_> = self.transactions.waiting.drain().collect();
        waiting.sort_unstable_by_key(|(id, _)| *id);
        for (id, asker) in waiting {
            match asker.orphaned {
                None => self.reply(asker.to, asker.ticket, Err(Refusal::NotDurable)),
                // Nor may who asks again be told that it is done.
                Some(likeness) => self.doubts.take_back(likeness, id),
            }
        }
    }

    /// Has it no way to go now? Then the one attempt of an Sms that has only one is over.
    pub(crate) fn is_cut_off(&self, sms: &Sms) -> Option<u32> {
        let key = (sms.environment, target_id(sms.target));
        match sms.target {
            Target::Account(_) => {
                (!self.registrar.is_reachable(key, self.steady_ns)).then_some(480)
            }
            Target::Connection { .. } => (!self.connections.is_up(key.0, key.1)).then_some(503),
        }
    }

    /// Tells the shard that took it in that it failed.
    pub(crate) fn reply_failed(&mut self, to: ShardId, ticket: u64, why: Failed) {
        if to == self.config.shard {
            self.answer_failed(ticket, why);
        } else {
            self.out.post(to, Mail::Failed { ticket, why });
        }
    }

    /// Tells the peer: ESME_RDELIVERYFAILURE and why.
    pub(crate) fn answer_failed(&mut self, ticket: u64, why: Failed) {
        let Some(Ticket::Smpp { link, sequence, command, .. }) = self.tickets.close(ticket) else {
            return;
        };
        let has_tlvs = self.links.get(link).is_some_and(|link| link.session.version().has_tlvs());
        let mut tlvs = TlvBuffer::new();
        if has_tlvs {
            tlvs.put_u8(tag::DELIVERY_FAILURE_REASON, why.reason);
            if let Some(pending) = why.pending.filter(|_| command == Command::DataSm) {
                tlvs.put_u8(tag::DPF_RESULT, pending.into());
            }
        }
        let resp = SubmitResp { tlvs: tlvs.view(), ..SubmitResp::default() };
        self.put_submit_resp(link, command, sequence, Status::RDELIVERYFAILURE, &resp);
        self.settle_link(link);
        self.finish_unbind(link);
    }
}
