use routing::{Charge, Sms, State};
use serde_json::json;

use super::*;
use crate::store::Batch;
use crate::testing::{NOON_NS, World, life, refused, sms};

fn question(from: &str, to: &str) -> Question {
    Question {
        carrier: "TATA".to_owned(),
        env: None,
        month: None,
        from: Some(from.to_owned()),
        to: Some(to.to_owned()),
    }
}

fn of(world: &World, from: &str, to: &str) -> Outcome<Settlement> {
    settle(&world.store.place().reader().unwrap(), &question(from, to))
}

/// Takes Sms to numbers, each ending in a state.
fn send(world: &mut World, messages: impl IntoIterator<Item = (u32, &'static str, State)>) {
    let mut batch = Batch::default();
    for (counter, number, state) in messages {
        for (place, record) in life(sms(counter, number), state).into_iter().enumerate() {
            batch.handle(1, place, record);
        }
    }
    world.store.take(&batch).unwrap();
}

#[test]
fn a_thousand_sms_are_ten_dollars() {
    let mut world = World::story();
    let to = |number, from, count| (from..from + count).map(move |n| (n, number, State::Delivered));
    send(&mut world, to("1111", 0, 600));
    send(&mut world, to("2222", 600, 300));
    send(&mut world, to("3333", 900, 100));
    let mut batch = Batch::default();
    (0..25).for_each(|n| batch.handle(2, n as usize, refused(n)));
    world.store.take(&batch).unwrap();
    let settlement = of(&world, "2024-01-01", "2024-02-01").unwrap();
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    assert_eq!(serde_json::to_value(&settlement).unwrap(), expected);
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    settlement.serialize(&mut serializer).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), EXPECTED.trim_end());
    assert_eq!(of(&world, "2024-01-01", "2024-02-01").unwrap(), settlement, "asked again");
}

#[test]
fn the_end_of_a_period_does_not_belong_to_it() {
    let mut world = World::story();
    send(&mut world, [(0, "1111", State::Delivered)]);
    let at = rfc3339(NOON_NS, 9);
    let after = rfc3339(NOON_NS + 1, 9);
    for (from, to, accepted) in [
        (at.as_str(), after.as_str(), 1),
        ("2024-01-01", at.as_str(), 0),
        (after.as_str(), "2024-02-01", 0),
        ("2024-01-15", "2024-01-16", 1),
        ("2024-01-16", "2024-01-17", 0),
    ] {
        assert_eq!(of(&world, from, to).unwrap().messages_accepted, accepted, "{from}..{to}");
    }
    for (from, to) in [("2024-02-01", "2024-01-01"), ("yesterday", "2024-01-01"), ("", "")] {
        assert_eq!(of(&world, from, to).unwrap_err().code, Code::Invalid);
    }
}

#[test]
fn a_carrier_charged_on_delivery_pays_for_what_arrived() {
    let mut world = World::story();
    world
        .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
            "fields": {"charge_on": "delivered"}}))
        .unwrap();
    world.commit("charge on delivery").unwrap();
    let mut batch = Batch::default();
    for n in 0..1000 {
        let state = if n < 990 { State::Delivered } else { State::Expired };
        // Decided by the generation that accepted it, not by what is live.
        let sms = Sms { generation: if n == 999 { 1 } else { 2 }, ..sms(n, "1111") };
        for record in life(sms, state) {
            batch.handle(1, 0, record);
        }
    }
    world.store.take(&batch).unwrap();
    let settlement = of(&world, "2024-01-01", "2024-02-01").unwrap();
    assert_eq!(settlement.messages_expired, 10);
    assert_eq!((settlement.due.as_str(), settlement.billing_units), ("9.91 USD", 991));
    assert_eq!(settlement.charge_on, "delivered");
}

/// What is answered with the outcome is charged when that answer is positive.
#[test]
fn a_sender_that_waits_for_the_outcome_pays_for_a_positive_answer_only() {
    let mut world = World::story();
    let mut batch = Batch::default();
    let states = [
        State::Delivered,
        State::Accepted,
        State::Undeliverable,
        State::Expired,
        State::Unknown,
        State::Rejected,
    ];
    for (n, state) in (0..).zip(states) {
        let sms = Sms { ack: routing::AckLevel::Delivered, ..sms(n, "1111") };
        life(sms, state).into_iter().for_each(|record| batch.handle(1, 0, record));
    }
    world.store.take(&batch).unwrap();
    let settlement = of(&world, "2024-01-01", "2024-02-01").unwrap();
    assert_eq!((settlement.due.as_str(), settlement.billing_units), ("0.02 USD", 2));
}

#[test]
fn each_price_and_version_has_a_line() {
    let mut world = World::story();
    let mut batch = Batch::default();
    for n in 0..10u32 {
        let dear = n >= 7;
        let price_micros = if dear { 20_000 } else { 10_000 };
        let version = if dear { 8 } else { 7 };
        let charge = Charge {
            version,
            price_micros,
            amount_micros: price_micros * 3,
            units: 3,
            ..sms(n, "1111").charge
        };
        for record in life(Sms { charge, ..sms(n, "1111") }, State::Delivered) {
            batch.handle(1, 0, record);
        }
    }
    world.store.take(&batch).unwrap();
    let settlement = of(&world, "2024-01-01", "2024-02-01").unwrap();
    let lines: Vec<_> = settlement
        .lines
        .iter()
        .map(|line| (line.tariff_version, line.price_micros, line.units, line.charge_micros))
        .collect();
    assert_eq!(lines, [(7, 10_000, 21, 210_000), (8, 20_000, 9, 180_000)]);
    assert_eq!(settlement.due, "0.39 USD");
}

#[test]
fn a_ledger_that_says_something_else_is_not_printed() {
    let mut world = World::story();
    send(&mut world, [(0, "1111", State::Delivered)]);
    world.store.place().writer().unwrap().script("UPDATE ledger SET amount_micros = 1").unwrap();
    assert_eq!(of(&world, "2024-01-01", "2024-02-01").unwrap_err().code, Code::Failed);
}

#[test]
fn names_are_found_or_the_nearest_one_is_named() {
    let world = World::story();
    let db = world.store.place().reader().unwrap();
    let ask = |carrier: &str, month: &str| {
        let question = Question {
            carrier: carrier.to_owned(),
            env: None,
            month: Some(month.to_owned()),
            from: None,
            to: None,
        };
        settle(&db, &question)
    };
    let fault = ask("TATTA", "2024-01").unwrap_err();
    assert_eq!((fault.code, fault.cure.as_deref()), (Code::NotFound, Some("did you mean TATA?")));
    assert_eq!(ask("TATA", "2024-13").unwrap_err().code, Code::Invalid);
    assert_eq!(ask("TATA", "2024-12").unwrap().period.to, "2025-01-01T00:00:00Z");
}

const EXPECTED: &str = include_str!("expected.json");

/// docs/billing.md
const PAGE: &str = include_str!("../../../docs/billing.md");

#[test]
fn worked_examples_come_out_as_the_page_says() {
    let (_, below) = PAGE.split_once("| SMS | units of each |").unwrap();
    let mut seen = 0;
    for row in below.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [count, units, price, fees, span, due] = cells.try_into().unwrap();
        let mut world = World::story();
        let fees: serde_json::Map<_, _> = fees
            .split_whitespace()
            .map(|fee| fee.split_once('=').unwrap())
            .map(|(units, fee)| (units.to_owned(), fee.into()))
            .collect();
        world
            .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
                "fields": {"fees": fees, "unit": "segment"}}))
            .unwrap();
        world.commit("as the page says").unwrap();
        let (price_micros, units) = (money::parse_micros(price).unwrap(), units.parse().unwrap());
        let amount_micros = price_micros * i64::from(units);
        let mut batch = Batch::default();
        for n in 0..count.parse().unwrap() {
            let sms = sms(n, "1111");
            let charge = Charge { price_micros, units, amount_micros, ..sms.charge };
            let records = life(Sms { charge, ..sms }, State::Delivered);
            records.into_iter().for_each(|record| batch.handle(1, 0, record));
        }
        world.store.take(&batch).unwrap();
        let (from, to) = match span {
            "month" => ("2024-01-01", "2024-02-01"),
            _ => ("2024-01-15", "2024-01-16"),
        };
        assert_eq!(of(&world, from, to).unwrap().due, due, "{row}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}
