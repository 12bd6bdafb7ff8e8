//! What carriers may spend that pay beforehand, and what of it is left.
//!
//! The home shard of a carrier is its bank: whatever such a carrier submits, to whichever shard,
//! passes there on its way to its owner. The bank holds the price before the owner hears of the
//! Sms, and the owner gives it back if it does not take it, or if the Sms ends in a way that is
//! not charged. So there is one number for each carrier, and no two shards can spend the same.
//!
//! What was held stands in the ACCEPT record, what became of it in the OUTCOME, so that a restart
//! finds the number again by a fold over the journal, and a crash between the two answers of bank
//! and owner holds nothing.
//!
//! What stays true: of a carrier with a credit, the prices of all that was answered positively
//! never exceed it and what the carrier paid, which control says in a file beside its plans
//! ([`Paid`]).

use std::collections::BTreeMap;

use routing::board::{CREDITS_MAX, CreditRow};
use routing::journal::{Refused, Spent};
use routing::{ArchivedUnit, Content, Hold, Ingress, Paid, Refusal, Sms, home};
use smpp::pdu::esm_class::UDHI;
use text::{Alphabet, Coding, segments, split_udh};

use crate::input::ShardId;
use crate::mail::{Mail, Order};
use crate::shard::Shard;

/// By environment and carrier: what is spent or held, in millionths. As many as carriers with a
/// credit have this home.
#[derive(Debug, Default)]
pub(crate) struct Credits {
    spent: BTreeMap<(u32, u32), i64>,
    /// The same of what was paid; `None` until it is known.
    paid: Option<BTreeMap<(u32, u32), i64>>,
}

/// What an Sms holds: whose it is, and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    environment: u32,
    carrier: u32,
    micros: i64,
}

impl Held {
    /// What an Sms holds that is not accepted yet.
    pub(crate) fn of(sms: &Sms) -> Option<Self> {
        Self::some(sms, sms.credit_spent(None, false))
    }

    /// So much of an Sms, if it is anything.
    pub(crate) fn some(sms: &Sms, micros: i64) -> Option<Self> {
        let carrier = sms.payer().filter(|_| micros != 0)?;
        Some(Self { environment: sms.environment, carrier, micros })
    }
}

/// How many units a text is; at least one.
pub(crate) fn units(unit: &ArchivedUnit, (content, esm_class): (&Content, u8)) -> u32 {
    let (alphabet, units, is_segment) = match (unit, content) {
        (ArchivedUnit::Sms, _) => return 1,
        (_, Content::Text(text)) => (Alphabet::Ucs2, text.encode_utf16().count(), false),
        (_, Content::Coded { data_coding, octets, .. }) => {
            let has_header = esm_class & UDHI != 0;
            let (header, text) =
                if has_header { split_udh(octets) } else { (None, octets.as_slice()) };
            let alphabet = Coding::of(*data_coding).alphabet;
            let is_segment = header.is_some_and(|header| header.concat().is_some());
            (alphabet, alphabet.units(text.len()), is_segment)
        }
    };
    match unit {
        ArchivedUnit::Characters(each) => {
            let each = usize::from(each.to_native().max(1));
            u32::try_from(units.div_ceil(each)).unwrap_or(u32::MAX).max(1)
        }
        ArchivedUnit::Segment if !is_segment => segments(alphabet, units).into(),
        ArchivedUnit::Segment | ArchivedUnit::Sms => 1,
    }
}

impl Shard {
    /// The shard that must be asked before the owner.
    pub(crate) fn bank_of(&self, sms: &Sms) -> Option<ShardId> {
        let carrier = sms.payer().filter(|_| sms.charge.hold != Hold::Nothing)?;
        Some(ShardId(home(carrier, self.config.shards)))
    }

    /// Holds the price of an Sms that came in at `from` and sends it on to its owner.
    pub(crate) fn pay(&mut self, from: ShardId, owner: ShardId, order: Order) {
        if let Err(refusal) = self.reserve(&order.sms) {
            self.refuse_unpaid(&order.sms, refusal);
            return self.reply(from, order.ticket, Err(refusal));
        }
        if owner == self.config.shard {
            self.take(from, order);
        } else {
            self.out.post(owner, Mail::Paid { from, order });
        }
    }

    fn reserve(&mut self, sms: &Sms) -> Result<(), Refusal> {
        let Some(Held { environment, carrier, micros }) = Held::of(sms) else { return Ok(()) };
        let known = self.plan.as_ref().and_then(|plan| plan.carrier(environment, carrier));
        let credit = known.ok_or(Refusal::NotReady)?.contract.credit_micros.as_ref();
        let spent = self.credits.spent.entry((environment, carrier)).or_default();
        let sum = spent.checked_add(micros).ok_or(Refusal::NoCredit)?;
        let Some(credit) = credit else {
            *spent = sum;
            return Ok(());
        };
        let paid = self.credits.paid.as_ref().map(|paid| paid.get(&(environment, carrier)));
        let known = paid.flatten().copied().unwrap_or_default();
        if sum <= credit.to_native().saturating_add(known) {
            *spent = sum;
            return Ok(());
        }
        // Whoever may have paid is not told that nothing is left.
        Err(if paid.is_some() { Refusal::NoCredit } else { Refusal::NotReady })
    }

    /// What carriers paid, all of them.
    pub(crate) fn handle_paid(&mut self, paid: &[Paid]) {
        let sums = paid.iter().map(|one| ((one.environment, one.carrier), one.micros));
        self.credits.paid = Some(sums.collect());
    }

    /// What the page shows of the carriers whose bank this is.
    pub(crate) fn credit_rows(&self) -> impl Iterator<Item = CreditRow> + '_ {
        self.credits.spent.iter().take(CREDITS_MAX).map(|((environment, carrier), spent)| {
            let (environment, carrier, spent_micros) = (*environment, *carrier, *spent);
            CreditRow { environment, carrier, spent_micros }
        })
    }

    /// Journals that an Sms is not paid for.
    fn refuse_unpaid(&mut self, sms: &Sms, refusal: Refusal) {
        let code = match sms.ingress {
            Ingress::Smpp { .. } | Ingress::Connection { .. } => refusal.smpp(),
            Ingress::Sip { .. } | Ingress::Trunk { .. } => refusal.sip().into(),
        };
        self.record_refusal(Refused {
            at_ns: self.at.unix_ns,
            environment: sms.environment,
            ingress: sms.ingress.clone(),
            source: sms.source,
            destination: sms.destination,
            refusal,
            code,
        });
    }

    /// What was held and is not spent goes back to its bank.
    pub(crate) fn give_back(&mut self, held: Held) {
        let Held { environment, carrier, micros } = held;
        let bank = ShardId(home(carrier, self.config.shards));
        if bank == self.config.shard {
            self.handle_given_back((environment, carrier), micros);
        } else {
            self.out.post(bank, Mail::GivenBack { environment, carrier, micros });
        }
    }

    pub(crate) fn handle_given_back(&mut self, key: (u32, u32), micros: i64) {
        let spent = self.credits.spent.entry(key).or_default();
        *spent = spent.saturating_sub(micros);
    }

    /// What was spent and held before a restart.
    pub(crate) fn handle_spent_before(&mut self, before: Vec<Spent>) {
        for Spent { environment, carrier, micros } in before {
            let spent = self.credits.spent.entry((environment, carrier)).or_default();
            *spent = spent.saturating_add(micros);
        }
    }
}

#[cfg(test)]
mod tests;
