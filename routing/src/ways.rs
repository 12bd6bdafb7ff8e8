//! Which way of a policy an Sms takes.

use crate::choice::{Decision, Outlook, Question, Standing, WayFate, Witness};
use crate::policy::{ArchivedExit, ArchivedOrder, ArchivedWay};
use crate::{
    ArchivedConnection, ArchivedEnvironment, ArchivedPolicy, ArchivedTariff, Asked, Policy, Refusal,
};

/// A way that could be taken.
enum Open<'a> {
    Over(&'a ArchivedConnection),
    Refusing(Refusal),
}

impl ArchivedEnvironment {
    /// The first way, in the policy's order, that takes an Sms at once; else the first one
    /// whose queue it may wait in; else the reason of the last one.
    pub fn choose_way<'a>(
        &'a self,
        policy: &'a ArchivedPolicy,
        question: &Question<'_>,
        outlook: &impl Outlook,
        witness: &mut impl Witness,
    ) -> Decision<'a> {
        let mut refusal = Refusal::NoRoute;
        let (mut awaited, mut taken) = (None, None);
        for at in self.order(policy, question, outlook) {
            let way = usize::from(at);
            let Some(row) = policy.ways.get(way) else { continue };
            if taken.is_some() {
                witness.way(way, WayFate::Later);
                continue;
            }
            let fate = match self.open(policy, row, question) {
                Err(fate) => fate,
                Ok(Open::Refusing(reason)) => {
                    taken = Some(Decision::Refused { refusal: reason, policy: Some(policy) });
                    WayFate::Taken
                }
                Ok(Open::Over(connection)) => {
                    let (tps, id) = (row.tps.to_native(), connection.id.to_native());
                    let limited = tps > 0 && !outlook.has_room(policy.id.to_native(), way, tps);
                    let standing = outlook.standing(id);
                    let decision = Decision::Connection { policy, connection, way };
                    match standing {
                        _ if limited => WayFate::Limit,
                        Standing::Ready => {
                            taken = Some(decision);
                            WayFate::Taken
                        }
                        Standing::Full => WayFate::Standing(standing),
                        Standing::Down | Standing::Throttled if awaited.is_none() => {
                            awaited = Some(decision);
                            WayFate::Awaited
                        }
                        Standing::Down | Standing::Throttled => WayFate::Standing(standing),
                    }
                }
            };
            refusal = reason(fate, refusal);
            witness.way(way, fate);
        }
        taken.or(awaited).unwrap_or(Decision::Refused { refusal, policy: Some(policy) })
    }

    /// May this way be taken at all?
    fn open(
        &self,
        policy: &ArchivedPolicy,
        way: &ArchivedWay,
        question: &Question<'_>,
    ) -> Result<Open<'_>, WayFate> {
        let id = match &way.to {
            ArchivedExit::Connection(id) => id.to_native(),
            ArchivedExit::Refuse(number) => {
                let refusal = Refusal::from_number(*number).unwrap_or(Refusal::Barred);
                return Ok(Open::Refusing(refusal));
            }
        };
        let connection = self.connection(id).ok_or(WayFate::Missing)?;
        let manner = &connection.manner;
        let payer = manner.carrier.as_ref().map(|carrier| carrier.to_native());
        let from_there =
            question.came_by == Some(id) || (payer.is_some() && payer == question.carrier);
        if !connection.enabled {
            Err(WayFate::Disabled)
        } else if question.tried.contains(&id) {
            Err(WayFate::Tried)
        } else if from_there || question.trace.has_passed(manner.leads_to.to_native()) {
            Err(WayFate::Returns)
        } else if let Some(loss) = self.loss(policy, connection, question) {
            Err(loss)
        } else {
            Ok(Open::Over(connection))
        }
    }

    /// What an Sms costs us over a connection, in the currency of its cost tariff.
    fn cost(
        &self,
        connection: &ArchivedConnection,
        question: &Question<'_>,
    ) -> Option<(i64, &str)> {
        let (tariff, micros) = self.cost_of(connection, &question.asked())?;
        Some((micros, &tariff.currency))
    }

    /// What one Sms costs us over a connection, and the tariff that says so.
    pub fn cost_of(
        &self,
        connection: &ArchivedConnection,
        asked: &Asked<'_>,
    ) -> Option<(&ArchivedTariff, i64)> {
        let tariff = self.tariff(connection.manner.cost.as_ref()?.to_native())?;
        Some((tariff, tariff.charge(asked, 1)?.price_micros))
    }

    /// The margin guard: nothing is sold below its cost unless the policy says so. Who pays
    /// nothing for anything buys nothing.
    fn loss(
        &self,
        policy: &ArchivedPolicy,
        connection: &ArchivedConnection,
        question: &Question<'_>,
    ) -> Option<WayFate> {
        let (sale, currency) = question.sale.as_ref()?;
        if policy.below_cost || connection.manner.cost.is_none() {
            return None;
        }
        let price = sale.price_micros;
        match self.cost(connection, question) {
            Some((cost, of)) if of == *currency && cost <= price => None,
            Some((cost, of)) if of == *currency => {
                Some(WayFate::BelowCost { price, cost: Some(cost) })
            }
            _ => Some(WayFate::BelowCost { price, cost: None }),
        }
    }

    /// The places of a policy's ways in the order in which they are tried.
    fn order(
        &self,
        policy: &ArchivedPolicy,
        question: &Question<'_>,
        outlook: &impl Outlook,
    ) -> impl Iterator<Item = u8> {
        let len = policy.ways.len().min(Policy::WAYS_MAX);
        let mut places: [u8; Policy::WAYS_MAX] = std::array::from_fn(|at| at as u8);
        let connection = |at: u8| match &policy.ways.get(usize::from(at))?.to {
            ArchivedExit::Connection(id) => Some(id.to_native()),
            ArchivedExit::Refuse(_) => None,
        };
        match policy.order {
            ArchivedOrder::Listed => {}
            ArchivedOrder::Weight => draw(policy, &mut places[..len], question.seed),
            ArchivedOrder::Cost => {
                let cost = |at: &u8| {
                    let connection = connection(*at).and_then(|id| self.connection(id));
                    let cost = connection.and_then(|c| self.cost(c, question));
                    (connection.is_none(), cost.map_or(i64::MAX, |(micros, _)| micros))
                };
                places[..len].sort_by_key(cost);
            }
            ArchivedOrder::Quality => {
                let worst_last = |at: &u8| {
                    let quality = connection(*at).map(|id| outlook.quality(id));
                    std::cmp::Reverse(quality.map_or(-1, i64::from))
                };
                places[..len].sort_by_key(worst_last);
            }
        }
        places.into_iter().take(len)
    }
}

/// Draws lots without putting them back: the chance of each way is its weight's share of what
/// is left. A way without weight comes last.
fn draw(policy: &ArchivedPolicy, places: &mut [u8], seed: u64) {
    let weight = |at: u8| {
        policy.ways.get(usize::from(at)).map_or(0, |way| u64::from(way.weight.to_native()))
    };
    let mut seed = seed;
    for first in 0..places.len() {
        let rest = &mut places[first..];
        let total: u64 = rest.iter().map(|at| weight(*at)).sum();
        if total == 0 {
            return;
        }
        seed = mix(seed);
        let mut lot = seed % total;
        let drawn = rest.iter().position(|at| {
            let weight = weight(*at);
            let mine = lot < weight;
            lot = lot.saturating_sub(weight);
            mine
        });
        // The others keep the order in which they are listed.
        rest[..=drawn.unwrap_or(0)].rotate_right(1);
    }
}

/// SplitMix64: every bit of the seed moves every bit of the lot.
fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// The refusal when no way is left, as its fate says; a better reason is kept.
fn reason(fate: WayFate, known: Refusal) -> Refusal {
    match fate {
        WayFate::Returns => Refusal::Loop,
        WayFate::BelowCost { .. } => Refusal::BelowCost,
        WayFate::Limit => Refusal::Throttled,
        WayFate::Standing(Standing::Full) => Refusal::Full,
        WayFate::Standing(_)
        | WayFate::Taken
        | WayFate::Awaited
        | WayFate::Missing
        | WayFate::Disabled
        | WayFate::Tried
        | WayFate::Later => known,
    }
}
