//! What rating an Sms takes: a tariff of many prices, and one that has lists and hours, too.

use std::io;

use ::routing::{
    Address, ArchivedTariff, Asked, Number, Offset, PriceList, Rate, Special, Tariff, Window,
};

use super::{Fleet, HugeOctets};

/// A tariff and the numbers that are rated by it.
#[expect(missing_debug_implementations, reason = "what stands in an archive has none")]
pub struct Rating {
    /// Validated once, as a node does when it adopts a plan; it stays until the process ends.
    tariff: &'static ArchivedTariff,
    numbers: Vec<Number>,
    traffic: Vec<Number>,
}

/// Which numbers are rated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Numbers {
    /// Each prefix as often as any other: the worst that can be asked.
    Random,
    /// A few prefixes most of the time.
    Traffic,
}

impl Rating {
    /// So many prices for everybody. `all` adds a list that is in force, one that is not yet, and
    /// other prices for some senders and at night for one prefix in ten.
    pub fn new(prices: usize, questions: usize, all: bool) -> io::Result<Self> {
        let fleet = Fleet::new(prices, questions, 1);
        let packed: Vec<u64> = fleet.prefixes.iter().map(|prefix| prefix.packed()).collect();
        let rates = |add: i64| {
            let rate = |prefix: &u64| Rate {
                prefix: *prefix,
                price_micros: 10_000 + add + (prefix % 1000) as i64,
            };
            packed.iter().map(rate).collect::<Vec<_>>()
        };
        let mut tariff = Tariff::new(1, "in", 1, "USD", rates(0));
        if all {
            let specials = packed.iter().step_by(10).flat_map(|prefix| {
                let sender = Number::parse(b"49").map_or(0, Number::packed);
                let windows = vec![Window { from: 0, until: 360 }];
                let price_micros = 5_000;
                let from = Special { sender, price_micros, ..Special::default() };
                [
                    (*prefix, from),
                    (*prefix, Special { windows, price_micros, ..Special::default() }),
                ]
            });
            let list = PriceList::with_specials(NOW - 1, rates(1), specials.collect());
            let next = PriceList::new(NOW + 1_000_000_000, rates(2).split_off(packed.len() - 1));
            tariff = tariff.with_lists(vec![(list, 0), (next, 0)]);
            let offset = |half: u64| Offset {
                from_ns: half * 15_778_800_000_000_000,
                east_secs: if half.is_multiple_of(2) { 3600 } else { 7200 },
            };
            tariff.offsets = (60..200).map(offset).collect();
        }
        let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&tariff).map_err(io::Error::other)?;
        let numbers = fleet.questions.iter().map(|question| question.number).collect();
        let traffic = fleet.traffic(questions, 2);
        let octets: &'static HugeOctets = Box::leak(Box::new(HugeOctets::of(&octets)?));
        let tariff = rkyv::access::<ArchivedTariff, rkyv::rancor::Error>(octets.as_ref());
        Ok(Self { tariff: tariff.map_err(io::Error::other)?, numbers, traffic })
    }

    /// Rates every number; adds up the amounts, so that no work can be left out.
    pub fn rate_all(&self, numbers: Numbers) -> i64 {
        let calling = Address::new(1, 1, b"4917712345").expect("ten digits fit");
        let amount = |number: &Number| {
            let asked = Asked { number: *number, calling: &calling, at_ns: NOW };
            self.tariff.charge(&asked, 1).map_or(0, |charge| charge.amount_micros)
        };
        let numbers = match numbers {
            Numbers::Random => &self.numbers,
            Numbers::Traffic => &self.traffic,
        };
        numbers.iter().map(amount).sum()
    }
}

/// Some afternoon.
const NOW: u64 = 1_795_000_000_000_000_000;
