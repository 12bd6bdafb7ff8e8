//! How long it takes to settle a month of a hundred million Sms. Not run by itself:
//!
//! ```console
//! $ cargo test --release -p signalbox-control --lib settle::tests::measure -- \
//!       --ignored --nocapture
//! ```

use super::*;
use crate::clock::instant;

/// The sums that closed hours leave of a hundred million Sms of one carrier: 744 hours, fifty
/// prefixes, four ways to end.
#[test]
#[ignore = "takes some seconds"]
#[expect(clippy::print_stdout, reason = "the figure of a measurement")]
fn a_month_of_a_hundred_million() {
    let mut world = World::story();
    world
        .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
            "fields": {"tiers": {"1": {"1000000": "0.008"}}, "fees": {"1000": "50.00"}}}))
        .unwrap();
    world.commit("tiers").unwrap();
    let (first, hours, each) = (HOUR_OF_2024, 744, 672);
    let db = world.store.place().writer().unwrap();
    db.script(&format!(
        "WITH RECURSIVE
            hours (hour) AS (VALUES ({first}) UNION ALL
                SELECT hour + 1 FROM hours WHERE hour < {first} + {hours} - 1),
            prefixes (prefix) AS (VALUES (100) UNION ALL
                SELECT prefix + 1 FROM prefixes WHERE prefix < 149),
            states (state) AS (VALUES (2), (3), (5), (8))
         INSERT INTO folio_sum (carrier, hour, folio, tariff, version, since_ns, prefix,
            price_micros, refused, state, generation, messages, charged_units, charged_micros)
         SELECT 1, hour, 1 + hour - {first}, 1, 7, 0, CAST(prefix AS TEXT), 10000, 0, state, 1,
            {each}, {each}, {each} * 10000 FROM hours, prefixes, states",
    ))
    .unwrap();
    let begun = instant();
    let told = of(&world, "2024-01-01", "2024-02-01").unwrap();
    let took = begun.elapsed();
    assert_eq!(told.messages_accepted, hours * 50 * 4 * each);
    assert_eq!(told.total_micros, told.messages_accepted * 10_000);
    println!("{} SMS settled in {took:?}: {}", told.messages_accepted, told.due);
}

/// 2024-01-01T00:00:00Z, in hours.
const HOUR_OF_2024: i64 = 1_704_067_200 / 3600;
