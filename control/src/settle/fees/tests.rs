use super::*;

#[test]
fn the_highest_fee_that_was_reached_counts() {
    let fees = [(10_001, 50_000_000), (100_000, 20_000_000)];
    let fees = fees.into_iter().map(|(units, micros)| (units, Money { micros })).collect();
    let table = [
        (0, 0),
        (10_000, 0),
        (10_001, 50_000_000),
        (99_999, 50_000_000),
        (100_000, 20_000_000),
        (u64::MAX, 20_000_000),
    ];
    for (units, expected) in table {
        assert_eq!(fee(&fees, units), expected, "{units}");
    }
}
