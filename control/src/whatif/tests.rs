use routing::State;
use serde_json::json;

use super::*;
use crate::compile::snapshot;
use crate::folio::testing::Desk;
use crate::seal::Seal;
use crate::store::Desk as Draft;
use crate::testing::{NOON_NS, life, sms};

/// Three to 1111, two to 2222, at 0.01 each; what did not arrive is charged, too.
fn desk() -> Desk {
    let desk = Desk::new();
    for at in 1..=3 {
        desk.happen(&life(sms(at, "1111"), State::Delivered));
    }
    for at in 4..=5 {
        desk.happen(&life(sms(at, "2222"), State::Undeliverable));
    }
    desk
}

/// The plan of a draft in which TATA has another tariff.
fn drafted(desk: &Desk, prices: serde_json::Value) -> Snapshot {
    let seal = Seal::open(&desk.folder.path().join("seal.key")).unwrap();
    let wishes = [
        json!({"verb": "add", "kind": "tariff", "env": "env1", "name": "other",
            "fields": {"currency": "USD", "prices": prices}}),
        json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
            "fields": {"tariff": "other"}}),
    ];
    desk.writer
        .call_blocking(move |store| {
            for wish in wishes {
                let change = serde_json::from_value(wish).unwrap();
                let applied = crate::apply::apply(&store.desk("me")?.candidate, &seal, change)?;
                store.draft("me", applied.key, applied.body, 1)?;
            }
            let tables = store.tables();
            let (_, Draft { candidate, .. }) = store.view("me")?;
            snapshot(candidate, &tables, 0)
        })
        .unwrap()
}

fn january() -> Question {
    Question { month: Some("2024-01".to_owned()), ..Question::default() }
}

#[test]
fn the_money_that_would_have_moved_is_told_by_carrier_and_prefix() {
    let desk = desk();
    let draft = drafted(&desk, json!({"1": "0.01", "2": "0.01", "22": "0.03"}));
    let found = what_if(&desk.db(), &draft, &january(), NOON_NS).unwrap();
    let line = Line {
        env: "env1".to_owned(),
        carrier: "TATA".to_owned(),
        prefix: "22".to_owned(),
        currency: "USD".to_owned(),
        messages: 2,
        units: 2,
        refused: 0,
        charged_micros: 20_000,
        draft_micros: 60_000,
    };
    assert_eq!(found.lines, [line]);
    let total = Total {
        currency: "USD".to_owned(),
        messages: 5,
        charged_micros: 50_000,
        draft_micros: 90_000,
    };
    assert_eq!(found.totals, [total]);
}

#[test]
fn what_the_draft_has_no_price_for_would_not_have_been_sent() {
    let desk = desk();
    let draft = drafted(&desk, json!({"1": "0.01"}));
    let found = what_if(&desk.db(), &draft, &january(), NOON_NS).unwrap();
    let line = &found.lines[0];
    assert_eq!((line.refused, line.charged_micros, line.draft_micros), (2, 20_000, 0));
    let nobody = Question { carrier: Some("other".to_owned()), ..january() };
    assert_eq!(what_if(&desk.db(), &draft, &nobody, NOON_NS).unwrap().lines, []);
}

#[test]
fn without_a_period_it_is_the_month_before_this_one() {
    let desk = desk();
    let draft = drafted(&desk, json!({"1": "0.02", "2": "0.01"}));
    let february = NOON_NS + 20 * 86_400_000_000_000;
    let found = what_if(&desk.db(), &draft, &Question::default(), february).unwrap();
    assert_eq!(found.from, "2024-01-01T00:00:00Z");
    assert_eq!(found.to, "2024-02-01T00:00:00Z");
    assert_eq!(found.totals[0].draft_micros, 80_000);
}
