//! Tariffs: prices, and the lists that begin at a time.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Desk;
use crate::clock;
use crate::fault::{Code, Fault, Outcome};
use crate::model::{EVERY, Instant, Money, PriceList, RateKey, Tariff, Unit, Volume, Word};
use crate::money;
use crate::zone::{instant, zone};

/// What a tariff is told.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TariffFields {
    currency: Option<String>,
    prices: BTreeMap<String, String>,
    drop_prices: Vec<String>,
    unit: Option<Unit>,
    fees: BTreeMap<u64, Money>,
    drop_fees: Vec<u64>,
    zone: Option<String>,
    /// The list that `prices` and `drop_prices` are for; it begins as a copy of the one before.
    from: Option<String>,
    /// When that one ends; empty is never.
    until: Option<String>,
    drop_lists: Vec<String>,
    lists: BTreeMap<String, PriceListFields>,
    tiers: BTreeMap<String, BTreeMap<u64, Money>>,
    drop_tiers: Vec<String>,
    volume: Option<Word<Volume>>,
    /// `default` is none.
    minimum: Option<String>,
}

/// A list as a whole.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PriceListFields {
    until: Option<String>,
    prices: BTreeMap<String, String>,
}

impl Desk<'_> {
    pub(super) fn tariff(
        &mut self,
        known: Option<Tariff>,
        fields: TariffFields,
    ) -> Outcome<Tariff> {
        let currency = known.as_ref().map(|known| known.currency.clone());
        let currency = self.needed(fields.currency, currency, "--currency")?;
        let mut tariff = Tariff { currency, ..known.unwrap_or_default() };
        tariff.zone = fields.zone.unwrap_or(tariff.zone);
        tariff.unit = fields.unit.unwrap_or(tariff.unit);
        tariff.volume = fields.volume.unwrap_or(tariff.volume);
        let there = zone(&tariff.zone)?;
        for begins in &fields.drop_lists {
            if tariff.lists.remove(&moment(begins, &there)?).is_none() {
                return Err(self.lacks_what(&format!("price list from {begins} on")));
            }
        }
        for (begins, list) in fields.lists {
            let (from, until) = (moment(&begins, &there)?, list.until);
            let until = until.map(|until| moment(&until, &there)).transpose()?;
            let mut whole = PriceList { until, prices: BTreeMap::new() };
            self.price(&mut whole.prices, list.prices, &[])?;
            tariff.lists.insert(from, whole);
        }
        self.in_one_list(
            &mut tariff,
            &there,
            (fields.from, fields.until),
            fields.prices,
            &fields.drop_prices,
        )?;
        self.monthly(&mut tariff, fields.fees, &fields.drop_fees)?;
        for prefix in &fields.drop_tiers {
            if tariff.tiers.remove(every(prefix)).is_none() {
                return Err(self.lacks_what(&format!("tier for '{prefix}'")));
            }
        }
        for (prefix, tiers) in fields.tiers {
            tariff.tiers.entry(every(&prefix).to_owned()).or_default().extend(tiers);
        }
        match fields.minimum.as_deref() {
            None => {}
            Some("default") => tariff.minimum = None,
            Some(amount) => tariff.minimum = Some(amount.parse().map_err(Fault::invalid)?),
        }
        Ok(tariff)
    }

    /// Prices of the list that is meant, which is the one without a beginning if none is named.
    fn in_one_list(
        &mut self,
        tariff: &mut Tariff,
        there: &TimeZone,
        (from, until): (Option<String>, Option<String>),
        prices: BTreeMap<String, String>,
        dropped: &[String],
    ) -> Outcome<()> {
        let Some(begins) = from else {
            if until.is_some() {
                let error = "a price list that ends needs a beginning: --from";
                return Err(Fault::new(Code::Usage, error));
            }
            return self.price(&mut tariff.prices, prices, dropped);
        };
        let from = moment(&begins, there)?;
        if from.0 < clock::unix_ns() {
            self.notes.push(format!(
                "{from} is past: what was accepted before the commit keeps its price"
            ));
        }
        let before = tariff.prices_at(from.0).clone();
        let list = tariff.lists.entry(from);
        let list = list.or_insert_with(|| PriceList { until: None, prices: before });
        match until.as_deref() {
            None => {}
            Some("") => list.until = None,
            Some(ends) => list.until = Some(moment(ends, there)?),
        }
        self.price(&mut list.prices, prices, dropped)
    }

    fn price(
        &self,
        known: &mut BTreeMap<String, i64>,
        prices: BTreeMap<String, String>,
        dropped: &[String],
    ) -> Outcome<()> {
        let key = |text: &str| RateKey::canonical(text).map_err(Fault::invalid);
        for prefix in dropped {
            if known.remove(&key(prefix)?).is_none() {
                return Err(self.lacks_what(&format!("price for '{prefix}'")));
            }
        }
        for (prefix, text) in prices {
            let micros = money::parse_micros(&text).map_err(|error| {
                Fault::invalid(format!("price '{text}' of prefix '{prefix}': {error}"))
            })?;
            known.insert(key(&prefix)?, micros);
        }
        Ok(())
    }

    fn monthly(
        &self,
        tariff: &mut Tariff,
        fees: BTreeMap<u64, Money>,
        dropped: &[u64],
    ) -> Outcome<()> {
        for units in dropped {
            if tariff.fees.remove(units).is_none() {
                return Err(self.lacks_what(&format!("fee from {units} on")));
            }
        }
        tariff.fees.extend(fees);
        Ok(())
    }

    fn lacks_what(&self, what: &str) -> Fault {
        Fault::not_found(format!("{} has no {what}", self.key))
    }
}

fn moment(text: &str, there: &TimeZone) -> Outcome<Instant> {
    Ok(Instant(instant(text, there)? as u64))
}

/// The prefix of a tier as it is kept.
fn every(prefix: &str) -> &str {
    if prefix.is_empty() { EVERY } else { prefix.strip_prefix('+').unwrap_or(prefix) }
}
