use proptest::prelude::*;
use rkyv::rancor::Error;

use super::*;
use crate::Window;

fn frozen(tariff: &Tariff) -> rkyv::util::AlignedVec {
    rkyv::to_bytes::<Error>(tariff).unwrap()
}

fn packed(prefix: &str) -> u64 {
    prefix.parse().map_or(0, Number::packed)
}

fn rate(prefix: &str, price_micros: i64) -> Rate {
    Rate { prefix: packed(prefix), price_micros }
}

/// What a tariff asks for; `None` is no price.
fn price(tariff: &ArchivedTariff, number: &str, calling: &str, at_ns: u64) -> Option<i64> {
    let digits = calling.bytes().all(|octet| octet.is_ascii_digit());
    let calling = Address::new(if digits { 1 } else { 5 }, 0, calling.as_bytes()).unwrap();
    let asked = Asked { number: number.parse().unwrap(), calling: &calling, at_ns };
    tariff.charge(&asked, 1).map(|charge| charge.price_micros)
}

/// Half open, of several the one that began last, and at its end the one before comes back.
#[test]
fn g02_the_instant_of_acceptance_decides_which_list_is_in_force() {
    let list = |since_ns, price| PriceList::new(since_ns, vec![rate("1", price)]);
    let tariff = Tariff::new(1, "in", 1, "USD", vec![rate("1", 10)]).with_lists(vec![
        (list(1000, 20), 0),
        (list(2000, 5), 3000),
        (list(4000, 40), 0),
    ]);
    let octets = frozen(&tariff);
    let tariff = rkyv::access::<ArchivedTariff, Error>(&octets).unwrap();
    for (at_ns, expected) in [
        (0, 10),
        (999, 10),
        (1000, 20),
        (1001, 20),
        (1999, 20),
        (2000, 5),
        (2999, 5),
        (3000, 20),
        (3999, 20),
        (4000, 40),
        (u64::MAX, 40),
    ] {
        assert_eq!(price(tariff, "111", "x", at_ns), Some(expected), "at {at_ns}");
    }
    let calling = Address::new(5, 0, b"x").unwrap();
    let asked = Asked { number: "1".parse().unwrap(), calling: &calling, at_ns: 3500 };
    assert_eq!(
        tariff.charge(&asked, 2).map(|one| (one.since_ns, one.amount_micros)),
        Some((1000, 40))
    );
}

#[test]
fn g07_a_price_for_some_senders_or_hours_stands_before_the_others_of_its_prefix() {
    // Wednesday 1970-01-07 00:00 UTC.
    let wednesday = 6 * 86_400_000_000_000u64;
    let hour = 3_600_000_000_000u64;
    let night = vec![Window { from: 2 * 1440, until: 2 * 1440 + 360 }];
    let special = |sender: &str, windows: &[Window], price_micros| Special {
        sender: packed(sender),
        name: String::new(),
        windows: windows.to_vec(),
        price_micros,
    };
    let list = PriceList::with_specials(
        0,
        vec![rate("", 1), rate("22", 10), rate("222", 20)],
        vec![
            (packed("22"), special("", &night, 11)),
            (packed("2222"), special("49", &[], 30)),
            (packed("2222"), special("4917", &[], 31)),
            (packed("2222"), special("49", &night, 32)),
            (
                packed("2222"),
                Special { name: "viber".into(), price_micros: 33, ..Special::default() },
            ),
            (packed("9"), special("49", &[], 90)),
        ],
    );
    let mut tariff = Tariff::new(1, "in", 1, "USD", Vec::new());
    tariff.lists = vec![list];
    tariff.offsets = vec![Offset { from_ns: 1, east_secs: 3600 }];
    let octets = frozen(&tariff);
    let tariff = rkyv::access::<ArchivedTariff, Error>(&octets).unwrap();
    assert!(tariff.is_sound());
    for (number, calling, hours, expected) in [
        ("2299", "x", 12, 10),
        ("2299", "x", 0, 11),
        // 05:30 there is 04:30 in UTC.
        ("2299", "x", 4, 11),
        ("2299", "x", 5, 10),
        ("2219", "49", 12, 10),
        ("22199", "Viber", 12, 10),
        ("2229", "49", 12, 20),
        ("22222", "x", 12, 20),
        ("22222", "48", 12, 20),
        ("22222", "4", 12, 20),
        ("22222", "4912", 12, 30),
        ("22222", "4912", 1, 32),
        ("22222", "491712", 1, 31),
        ("22222", "Viber", 1, 33),
        ("9", "49", 1, 90),
        ("9", "48", 1, 1),
        ("8", "48", 1, 1),
    ] {
        let at_ns = wednesday + hours * hour;
        assert_eq!(price(tariff, number, calling, at_ns), Some(expected), "{number} {calling}");
    }
}

#[test]
fn g07_no_price_is_not_a_price_of_nothing_and_no_amount_overflows() {
    let list = PriceList::with_specials(
        0,
        vec![rate("1", 0), rate("3", i64::MAX)],
        vec![(
            packed("2"),
            Special { sender: packed("49"), price_micros: 7, ..Special::default() },
        )],
    );
    let mut tariff = Tariff::new(1, "in", 1, "USD", Vec::new());
    tariff.lists = vec![list];
    let octets = frozen(&tariff);
    let tariff = rkyv::access::<ArchivedTariff, Error>(&octets).unwrap();
    assert_eq!(price(tariff, "11", "x", 0), Some(0));
    assert_eq!(price(tariff, "21", "49", 0), Some(7));
    assert_eq!(price(tariff, "21", "48", 0), None);
    assert_eq!(price(tariff, "41", "49", 0), None);
    let calling = Address::new(1, 1, b"49").unwrap();
    let asked = Asked { number: "33".parse().unwrap(), calling: &calling, at_ns: 0 };
    assert!(tariff.charge(&asked, 1).is_some());
    assert_eq!(tariff.charge(&asked, 2), None, "refused rather than wrapped around");
}

/// Prices that no value of the table holds stand aside: the greatest that it holds, the next one,
/// and amounts that no price has but that a list could be made of.
#[test]
fn g02_a_price_of_any_size_is_the_one_that_was_given() {
    let greatest = 33_554_431;
    let prices = [0, 1, greatest, greatest + 1, greatest + 2, i64::MAX, -1, i64::MIN];
    let rates = |at: usize| format!("{}", 1 + at) + &"7".repeat(at);
    let given = prices.iter().enumerate().map(|(at, price)| rate(&rates(at), *price)).collect();
    let octets = frozen(&Tariff::new(1, "in", 1, "USD", given));
    let tariff = rkyv::access::<ArchivedTariff, Error>(&octets).unwrap();
    assert!(tariff.is_sound());
    assert_eq!(tariff.lists[0].rates.to_native(), prices.len() as u32);
    let calling = Address::new(1, 1, b"49").unwrap();
    for (at, expected) in prices.iter().enumerate() {
        let number = (rates(at) + "123").parse().unwrap();
        let charge = tariff.charge(&Asked { number, calling: &calling, at_ns: 0 }, 1).unwrap();
        assert_eq!(charge.price_micros, *expected);
        assert_eq!(charge.prefix.map(Number::packed), Some(packed(&rates(at))));
    }
}

/// The longest prefix there is, and the empty one.
#[test]
fn g02_the_prefix_of_a_charge_is_the_one_that_gave_the_price() {
    let longest = "123456789012345678";
    let octets = frozen(&Tariff::new(1, "in", 1, "USD", vec![rate("", 1), rate(longest, 2)]));
    let tariff = rkyv::access::<ArchivedTariff, Error>(&octets).unwrap();
    let calling = Address::new(1, 1, b"49").unwrap();
    for (number, prefix) in [(longest, Some(longest)), ("12345678901234567", None), ("9", None)] {
        let asked = Asked { number: number.parse().unwrap(), calling: &calling, at_ns: 0 };
        let found = tariff.charge(&asked, 1).unwrap().prefix.map(|prefix| prefix.to_string());
        assert_eq!(found.as_deref(), prefix, "{number}");
    }
}

proptest! {
    /// The tables answer as a search through all rows does, whatever overlaps.
    #[test]
    fn g07_overlapping_prefixes_and_dates_are_searched_as_by_hand(
        lists in prop::collection::vec(
            (0u64..8, 0u64..8, prop::collection::vec(("[12]{0,3}", "[4]{0,2}", 0i64..50), 0..6)),
            1..5,
        ),
        number in "[123]{1,4}",
        calling in "[45]{1,3}",
        at_ns in 0u64..9,
    ) {
        let made: Vec<(PriceList, u64)> = lists.iter().map(|(since, until, rows)| {
            // Of two rows with the same conditions the later one is meant.
            let rows: std::collections::BTreeMap<_, _> =
                rows.iter().map(|(prefix, sender, price)| ((prefix, sender), *price)).collect();
            let (plain, special): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|((_, sender), _)| sender.is_empty());
            let rates = plain.iter().map(|((prefix, _), price)| rate(prefix, *price)).collect();
            let specials = special.iter().map(|((prefix, sender), price)| {
                let (sender, price_micros) = (packed(sender), *price);
                (packed(prefix), Special { sender, price_micros, ..Special::default() })
            });
            (PriceList::with_specials(*since, rates, specials.collect()), *until)
        }).collect();
        let tariff = Tariff::new(1, "in", 1, "USD", Vec::new()).with_lists(made);
        let octets = frozen(&tariff);
        let tariff = rkyv::access::<ArchivedTariff, Error>(&octets).unwrap();
        let holds = |since: u64, until: u64| since <= at_ns && (until == 0 || at_ns < until);
        let in_force = lists.iter().enumerate()
            .filter(|(_, (since, until, _))| holds(*since, *until))
            .max_by_key(|(at, (since, ..))| (*since, *at));
        let by_hand = in_force.and_then(|(_, (.., rows))| {
            let fits = rows.iter().enumerate().filter(|(_, (prefix, sender, _))| {
                number.starts_with(prefix.as_str()) && calling.starts_with(sender.as_str())
            });
            fits.max_by_key(|(at, (prefix, sender, _))| (prefix.len(), sender.len(), *at))
                .map(|(_, (.., price))| *price)
        });
        prop_assert_eq!(price(tariff, &number, &calling, at_ns), by_hand);
    }
}
