use routing::{Charge, Refund, Sms, State};
use serde_json::json;

use super::*;
use crate::store::Batch;
use crate::testing::{NOON_NS, World, life, refused, sms};

mod cuts;
mod measure;
mod refunds;

pub(super) fn question(from: &str, to: &str) -> Question {
    Question {
        carrier: "TATA".to_owned(),
        env: None,
        month: None,
        from: Some(from.to_owned()),
        to: Some(to.to_owned()),
        zone: None,
    }
}

fn of(world: &World, from: &str, to: &str) -> Outcome<Settlement> {
    settle(&world.store.place().reader().unwrap(), &question(from, to))
}

/// Takes Sms to numbers, each ending in a state.
pub(super) fn send(
    world: &mut World,
    messages: impl IntoIterator<Item = (u32, &'static str, State)>,
) {
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
            zone: None,
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

/// Each row of the page, with every end that there is, whether a next hop took it or not.
#[test]
fn charges_come_when_the_page_says() {
    use routing::AckLevel::{Delivered, Durable};
    let (_, below) = PAGE.split_once("| `--charge-on` | answered |").unwrap();
    let rows: Vec<&str> = below.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [on, answered, when] = cells.try_into().unwrap();
        let acks: &[_] = match answered.split(' ').next().unwrap() {
            "when" => &[Durable],
            "with" => &[Delivered],
            _ => &[Durable, Delivered],
        };
        let is_charged = |state: State, is_taken: bool| match when.split(' ').nth(1).unwrap() {
            "answer" => true,
            "outcome" => state.is_success(),
            "next" => is_taken || state == State::Delivered || state == State::Accepted,
            "is" => state == State::Delivered,
            other => panic!("{other}"),
        };
        let mut world = World::story();
        world
            .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
                "fields": {"charge_on": on.trim_matches(['`', ' ']).trim_end_matches("` (default)"),
                    "tps": 9}}))
            .unwrap();
        world.commit("as the page says").unwrap();
        let (mut batch, mut number, mut units) = (Batch::default(), 0, 0);
        let ends = [State::Delivered, State::Accepted, State::Expired, State::Undeliverable];
        for (state, is_taken, ack) in ends.into_iter().flat_map(|state| {
            let each = move |is_taken| acks.iter().map(move |ack| (state, is_taken, *ack));
            [false, true].into_iter().flat_map(each)
        }) {
            number += 1;
            let sms = Sms { ack, generation: 2, ..sms(number, "1111") };
            let (id, at_ns) = (sms.id, sms.accepted_ns + 1);
            let mut records = life(sms, state);
            let taken = routing::journal::Taken { id, at_ns, peer_id: b"7".to_vec() };
            records.extend(is_taken.then_some(routing::journal::Record::Taken(taken)));
            records.into_iter().for_each(|record| batch.handle(1, 0, record));
            units += i64::from(is_charged(state, is_taken));
        }
        world.store.take(&batch).unwrap();
        assert_eq!(of(&world, "2024-01-01", "2024-02-01").unwrap().billing_units, units, "{row}");
    }
}

#[test]
fn volumes_come_out_as_the_page_says() {
    let (_, below) = PAGE.split_once("| SMS | price | tiers |").unwrap();
    let mut seen = 0;
    for row in below.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [count, price, tiers, volume, minimum, due] = cells.try_into().unwrap();
        let mut world = World::story();
        let tiers: serde_json::Map<_, _> = tiers
            .split_whitespace()
            .map(|tier| tier.split_once('=').unwrap())
            .map(|(units, price)| (units.to_owned(), price.into()))
            .collect();
        let mut fields = json!({"volume": volume, "prices": {"1": price}});
        if !tiers.is_empty() {
            fields["tiers"] = json!({"1": tiers});
        }
        if !minimum.is_empty() {
            fields["minimum"] = minimum.into();
        }
        world
            .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
                "fields": fields}))
            .unwrap();
        world.commit("as the page says").unwrap();
        let price_micros = money::parse_micros(price).unwrap();
        let mut batch = Batch::default();
        for n in 0..count.parse().unwrap() {
            let sms = sms(n, "1111");
            let charge = Charge { price_micros, amount_micros: price_micros, ..sms.charge };
            let records = life(Sms { charge, ..sms }, State::Delivered);
            records.into_iter().for_each(|record| batch.handle(1, 0, record));
        }
        world.store.take(&batch).unwrap();
        assert_eq!(of(&world, "2024-01-01", "2024-02-01").unwrap().due, due, "{row}");
        let part = of(&world, "2024-01-15", "2024-01-16").unwrap();
        assert_eq!(part.due, format!("{} USD", part.total), "volume is of whole months: {row}");
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn days_and_months_are_those_of_the_zone_that_is_asked_for() {
    let mut world = World::story();
    // 10:30 of 15 January in UTC; that day is over in Kiritimati by 10:00 UTC.
    send(&mut world, [(0, "1111", State::Delivered)]);
    let ask = |world: &World, from: &str, to: &str, zone: Option<&str>| {
        let question = Question { zone: zone.map(str::to_owned), ..question(from, to) };
        settle(&world.store.place().reader().unwrap(), &question).unwrap()
    };
    for (from, to, zone, accepted) in [
        ("2024-01-15", "2024-01-16", None, 1),
        ("2024-01-15", "2024-01-16", Some("Pacific/Kiritimati"), 0),
        ("2024-01-16", "2024-01-17", Some("Pacific/Kiritimati"), 1),
        ("2024-01-15", "2024-01-15T11:30:00", Some("Europe/Berlin"), 0),
        ("2024-01-15", "2024-01-15T11:30:01", Some("Europe/Berlin"), 1),
    ] {
        assert_eq!(ask(&world, from, to, zone).messages_accepted, accepted, "{from} {to} {zone:?}");
    }
    let berlin = ask(&world, "2024-01-01", "2024-07-01", Some("Europe/Berlin")).period;
    assert_eq!(berlin.from, "2024-01-01T00:00:00+01:00");
    assert_eq!(
        (berlin.to.as_str(), berlin.zone.as_deref()),
        ("2024-07-01T00:00:00+02:00", Some("Europe/Berlin"))
    );
    world
        .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
            "fields": {"zone": "Pacific/Kiritimati"}}))
        .unwrap();
    world.commit("another zone").unwrap();
    assert_eq!(ask(&world, "2024-01-16", "2024-01-17", None).messages_accepted, 1, "its tariff's");
}

/// Of every random history, in whatever order and however often its records are taken, with a
/// control that dies in between: the ledger is the fold over the records, the sum over the CDRs,
/// and what the invoice says.
#[test]
fn g04_g06_ledger_and_journal_and_records_and_invoice_agree_over_random_histories() {
    for seed in 1..=HISTORIES {
        let mut random = Random(seed);
        let mut world = World::story();
        let charge_on = ["accepted", "delivered"][random.below(2)];
        world
            .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
                "fields": {"charge_on": charge_on, "tps": 9}}))
            .unwrap();
        world.commit("as it charges").unwrap();
        let (mut records, mut due, mut units) = (Vec::new(), 0i64, 0i64);
        for n in 0..40 {
            let sms = sms(n, ["1111", "2222", "3333"][random.below(3)]);
            let price_micros = [0, 1, 10_000, 333_333][random.below(4)];
            let count = 1 + random.below(3) as u32;
            let charge = Charge {
                price_micros,
                units: count,
                amount_micros: price_micros * i64::from(count),
                since_ns: [0, 1_600_000_000_000_000_000][random.below(2)],
                refund: Refund::from_number(random.below(256) as u8),
                ..sms.charge
            };
            let ack = [routing::AckLevel::Durable, routing::AckLevel::Delivered][random.below(2)];
            let sms = Sms { charge, ack, generation: 2, ..sms };
            let ends = [State::Delivered, State::Accepted, State::Expired, State::Undeliverable];
            let end = ends.get(random.below(5)).copied();
            let mut life = life(sms.clone(), end.unwrap_or(State::Expired));
            if end.is_none() {
                // It is still on its way: nothing is known but that it is ours.
                life.truncate(1);
            }
            records.extend(life);
            // The fold, as promises.md says it.
            let waits = ack == routing::AckLevel::Delivered;
            let is_charged = match (charge_on, waits) {
                ("delivered", _) => end == Some(State::Delivered),
                (_, false) => true,
                (_, true) => matches!(end, Some(State::Delivered | State::Accepted)),
            };
            let is_back = end.is_some_and(|end| charge.refund.is_after(end));
            if is_charged && !is_back {
                due += charge.amount_micros;
                units += i64::from(count);
            }
        }
        // Shards are read in any order, in any portions, and again after a crash.
        for at in (1..records.len()).rev() {
            records.swap(at, random.below(at + 1));
        }
        let mut portions = Vec::new();
        while !records.is_empty() {
            let rest = records.split_off(random.below(records.len()).min(PORTION) + 1);
            portions.push(std::mem::replace(&mut records, rest));
        }
        for portion in portions {
            for _ in 0..=random.below(2) {
                let mut batch = Batch::default();
                portion.iter().for_each(|record| batch.handle(1, 0, record.clone()));
                world.store.take(&batch).unwrap();
                if random.below(4) == 0 {
                    world = world.reopened();
                }
            }
        }
        let told = of(&world, "2024-01-01", "2024-02-01").unwrap();
        assert_eq!((told.total_micros, told.billing_units), (due, units), "seed {seed}");
        let lines: i64 = told.lines.iter().map(|line| line.charge_micros).sum();
        let db = world.store.place().reader().unwrap();
        let ledger: i64 = db
            .one("SELECT CAST(sum(amount_micros) AS BIGINT) FROM ledger", &[], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .unwrap()
            .flatten()
            .unwrap_or_default();
        assert_eq!((lines, ledger), (due, due), "seed {seed}");
        let charged = |line: &String| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let was = match charge_on {
                "delivered" => record["status"] == "DELIVRD",
                _ => true,
            };
            if was { record["charge_micros"].as_i64().unwrap() } else { 0 }
        };
        let filter = crate::cdr::Filter { limit: Some(1000), ..Default::default() };
        let sum: i64 = crate::cdr::list(&db, &filter).unwrap().iter().map(charged).sum();
        if charge_on == "delivered" {
            assert_eq!(sum, due, "seed {seed}: the CDRs");
        }
        let sheet = super::csv(&told);
        let column = |line: &str| line.rsplit(',').nth(1).unwrap().parse::<i64>().unwrap();
        assert_eq!(sheet.lines().skip(1).map(column).sum::<i64>(), due, "seed {seed}: the sheet");
        assert_eq!(of(&world, "2024-01-01", "2024-02-01").unwrap(), told, "seed {seed}: again");
    }
}

/// Numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

const HISTORIES: u64 = 24;

/// Records that come together at most: more lives than are written at once, and fewer.
const PORTION: usize = 110;
