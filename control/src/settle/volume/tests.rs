use super::*;

#[test]
fn the_highest_fee_that_was_reached_counts() {
    let money = |text: &str| text.parse::<Money>().unwrap();
    let fees = BTreeMap::from([(0, money("1")), (10_001, money("50")), (20_000, money("20"))]);
    for (units, expected) in [(0, 1), (10_000, 1), (10_001, 50), (19_999, 50), (20_000, 20)] {
        assert_eq!(fee(&fees, units), expected * 1_000_000, "{units}");
    }
    assert_eq!(fee(&BTreeMap::new(), 5), 0);
    assert_eq!(fee(&BTreeMap::from([(1, money("7"))]), 0), 0);
}

/// Unit by unit, as on paper.
fn by_hand(parts: &[&Part], tiers: &BTreeMap<u64, Money>) -> i64 {
    let mut place = 0;
    let mut more = 0;
    for part in parts {
        for _ in 0..part.units {
            place += 1;
            if let Some((_, price)) = tiers.range(..=place).next_back() {
                more += price.micros - part.price_micros;
            }
        }
    }
    more
}

#[test]
fn tiers_come_out_as_unit_by_unit() {
    let part = |price_micros, units| Part {
        tariff: 1,
        prefix: "1".to_owned(),
        price_micros,
        units,
        charge_micros: price_micros * units,
    };
    for counts in [[0, 0], [1, 0], [5, 5], [9, 1], [10, 1], [11, 30], [25, 25], [100, 0]] {
        let parts = [part(10_000, counts[0]), part(20_000, counts[1])];
        let parts: Vec<&Part> = parts.iter().collect();
        for ladder in [&[][..], &[(0, 0)], &[(11, 8_000)], &[(0, 0), (11, 9_000), (31, 5_000)]] {
            let tiers = ladder.iter().map(|(from, micros)| (*from, Money { micros: *micros }));
            let tiers: BTreeMap<u64, Money> = tiers.collect();
            assert_eq!(graduated(&parts, &tiers), Some(by_hand(&parts, &tiers)), "{counts:?}");
            let units = counts[0] + counts[1];
            let price = tiers.range(..=units as u64).next_back();
            let all = price.map_or(0, |(_, price)| {
                counts[0] * (price.micros - 10_000) + counts[1] * (price.micros - 20_000)
            });
            assert_eq!(all_units(&parts, &tiers), Some(all), "{counts:?}");
        }
    }
    let parts = [part(0, i64::MAX)];
    let dear = BTreeMap::from([(0, Money { micros: i64::MAX })]);
    assert_eq!(graduated(&[&parts[0]], &dear), None, "more than can be counted");
}
