//! The options of a tariff.

use clap::Args;
use serde_json::{Map, Value};

use super::{Fields, Said};
use crate::trouble::{Trouble, USAGE};

#[derive(Args, Debug)]
pub(crate) struct TariffFields {
    /// ISO 4217, such as USD
    #[arg(long)]
    currency: Option<String>,
    /// The price of one unit to a prefix, which may be for a sender and for hours only, as in
    /// '222 from 49 mon-fri 20:00-06:00=0.005'; '*' is every number
    #[arg(long = "price", value_name = "PREFIX=PRICE")]
    prices: Vec<String>,
    /// Forget the price of a prefix
    #[arg(long = "no-price", value_name = "PREFIX")]
    drop_prices: Vec<String>,
    /// The prices said here are in force from then on: a day, a day and an hour in the tariff's
    /// zone, or an instant. The list begins as a copy of the one before
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// And until before then; the list before comes back. '' is for ever
    #[arg(long, requires = "from", value_name = "TIME")]
    until: Option<String>,
    /// Forget the list of prices that begins then
    #[arg(long = "no-from", value_name = "TIME")]
    drop_lists: Vec<String>,
    /// The zone of its days, hours and months [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What a price is for: 'sms' as submitted, 'segment' as phones count, or so many characters
    /// [default: sms]
    #[arg(long, value_name = "sms|segment|COUNT")]
    unit: Option<String>,
    /// What a unit to a prefix costs from so many in a month on; 0 is free
    #[arg(long = "tier", value_name = "PREFIX@UNITS=PRICE")]
    tiers: Vec<String>,
    /// Forget the tiers of a prefix
    #[arg(long = "no-tier", value_name = "PREFIX")]
    drop_tiers: Vec<String>,
    /// Is a tier for the units from its first on, or for all of a month that reaches it?
    /// [default: graduated]
    #[arg(long, value_parser = ["graduated", "all-units"])]
    volume: Option<String>,
    /// What the SMS of a month cost at least; 'default' is nothing
    #[arg(long, value_name = "AMOUNT")]
    minimum: Option<String>,
    /// A fee for each month with at least so many units; the highest that was reached counts
    #[arg(long = "monthly-fee", value_name = "UNITS=AMOUNT")]
    fees: Vec<String>,
    /// Forget the fee from so many units on
    #[arg(long = "no-monthly-fee", value_name = "UNITS")]
    drop_fees: Vec<u64>,
}

impl Fields for TariffFields {
    const EXAMPLES: &'static str = EXAMPLES;

    fn to_json(self) -> Result<Map<String, Value>, Trouble> {
        let prices = pairs("--price", &self.prices, "PREFIX=PRICE, such as 1=0.01")?;
        let example = "UNITS=AMOUNT, such as 10001=50.00";
        let fees = pairs("--monthly-fee", &self.fees, example)?;
        let mut tiers = Map::new();
        for tier in &self.tiers {
            let parts = tier.split_once('=').and_then(|(key, price)| {
                let (prefix, units) = key.split_once('@')?;
                Some((prefix, units, price))
            });
            let (prefix, units, price) = parts.ok_or_else(|| {
                let example = "write PREFIX@UNITS=PRICE, such as 1@10001=0.008";
                Trouble::new(USAGE, format!("--tier {tier}: {example}"))
            })?;
            let of_prefix = tiers.entry(prefix).or_insert_with(|| Map::new().into());
            of_prefix[units] = price.into();
        }
        let some = |map: Map<String, Value>| (!map.is_empty()).then_some(map);
        let list = |list: Vec<String>| (!list.is_empty()).then_some(list);
        Ok(Said::default()
            .say("currency", self.currency)
            .say("zone", self.zone)
            .say("from", self.from)
            .say("until", self.until)
            .say("drop_lists", list(self.drop_lists))
            .say("prices", some(prices))
            .say("drop_prices", list(self.drop_prices))
            .say("unit", self.unit)
            .say("tiers", some(tiers))
            .say("drop_tiers", list(self.drop_tiers))
            .say("volume", self.volume)
            .say("minimum", self.minimum)
            .say("fees", some(fees))
            .say("drop_fees", (!self.drop_fees.is_empty()).then_some(self.drop_fees))
            .0)
    }
}

/// What stands before and behind the last `=` of each.
fn pairs(option: &str, said: &[String], example: &str) -> Result<Map<String, Value>, Trouble> {
    let pair = |text: &String| {
        let parts = text.rsplit_once('=');
        let (key, value) = parts
            .ok_or_else(|| Trouble::new(USAGE, format!("{option} {text}: write {example}")))?;
        Ok((key.to_owned(), value.into()))
    };
    said.iter().map(pair).collect()
}

const EXAMPLES: &str = "\
Examples:
  signalbox tariff add tata-in --currency USD --price 1=0.01 --price 222=0.02
  signalbox tariff set tata-in --price '222 from 49=0.015' --price '222 22:00-06:00=0.01'
  signalbox tariff set tata-in --zone Europe/Berlin --from 2026-12-01 --price 1=0.012
  signalbox tariff set tata-in --from 2026-12-24 --until 2026-12-27 --price '*=0.005'
  signalbox tariff set tata-in --tier 1@0=0 --tier 1@1001=0.01 --tier 1@100001=0.008
  signalbox tariff set tata-in --volume all-units --minimum 500.00 --monthly-fee 10001=50.00";
