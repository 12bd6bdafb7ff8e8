use routing::State;
use routing::journal::Record;

use super::*;
use crate::clock::rfc3339;
use crate::folio::testing::Desk;
use crate::testing::{NOON_NS, life, refused, sms};

/// Ours: ten of one unit at 0.01 each, a second apart, one that was refused.
fn desk() -> Desk {
    let desk = Desk::new();
    for at in 1..=10 {
        desk.happen(&life(sms(at * 1000, "1111"), State::Delivered));
    }
    desk.happen(&[refused(1)]);
    desk
}

fn id(at: u32) -> String {
    sms(at * 1000, "1111").id.to_string()
}

fn at(at: u64) -> String {
    rfc3339(NOON_NS + at * 1_000_000_000, 3)
}

fn january() -> Question {
    Question {
        carrier: Some("TATA".to_owned()),
        month: Some("2024-01".to_owned()),
        window_s: Some(2),
        ..Question::default()
    }
}

fn reconciled(desk: &Desk, question: &Question, text: &str) -> Reconciled {
    let map = question.map.as_deref();
    let theirs = read(text, map, question.zone.as_deref()).unwrap();
    let found = reconcile(&desk.db(), question, &theirs).unwrap();
    let explained: i64 = found.differences.iter().map(|one| one.micros).sum();
    assert_eq!(found.theirs.micros, found.ours.micros + explained, "the sums add up");
    let units: i64 = found.differences.iter().map(|one| one.units).sum();
    assert_eq!(found.theirs.units, found.ours.units + units, "the units add up");
    found
}

fn reasons(found: &Reconciled) -> Vec<(Reason, i64, i64, i64)> {
    let shown = |one: &Difference| (one.reason, one.rows, one.units, one.micros);
    found.differences.iter().map(shown).collect()
}

#[test]
fn a_file_that_is_ours_has_no_difference() {
    let desk = desk();
    let lines: Vec<String> = (1..=10).map(|at| format!("{},1,0.01", id(at))).collect();
    let text = format!("message_id,segments,price\n{}\n", lines.join("\n"));
    let found = reconciled(&desk, &january(), &text);
    assert_eq!((found.alike, reasons(&found)), (10, vec![]));
    assert_eq!((found.ours.micros, found.difference.as_str()), (100_000, "0.00"));
    // The same by number and time alone, half a second off, in another order and zone.
    let lines: Vec<String> =
        (1..=10).rev().map(|n| format!("2024-01-15 11:30:{n:02}.5;+1111;1;0.01")).collect();
    let text = format!("When;Whom;segments;price\r\n{}\r\n", lines.join("\r\n"));
    let map = Some("time=When,number=Whom".to_owned());
    let zone = Some("+01:00".to_owned());
    let fixed = jiff::tz::TimeZone::get("Europe/Berlin").is_ok();
    let zone = if fixed { Some("Europe/Berlin".to_owned()) } else { zone };
    let found = reconciled(&desk, &Question { map, zone, ..january() }, &text);
    assert_eq!((found.alike, reasons(&found)), (10, vec![]));
}

#[test]
fn every_difference_is_explained() {
    let desk = desk();
    let mut lines = vec!["id,number,time,segments,price".to_owned()];
    let line = |id: &str, number: &str, at: &str, rest: &str| format!("{id},{number},{at},{rest}");
    lines.push(line(&id(1), "1111", &at(1), "1,0.01")); // alike
    lines.push(line(&id(2), "1111", &at(2), "3,0.01")); // segments
    lines.push(line(&id(3), "1111", &at(3), "1,0.02")); // price
    lines.push(line(&id(4), "1111", &at(4), "2,0.02")); // segments and price
    lines.push(line(&id(1), "1111", &at(1), "1,0.01")); // twice
    lines.push(line("X1", "4444", &at(5), "1,0.01")); // only theirs
    lines.push(line("X2", "999000", &at(0), "1,0.01")); // refused
    lines.push(line("theirs", "1111", &at(5), "1,0.01")); // ours by number and time
    let found = reconciled(&desk, &january(), &format!("{}\n", lines.join("\n")));
    assert_eq!(found.alike, 2);
    assert_eq!(
        reasons(&found),
        [
            (Reason::OnlyOurs, 5, -5, -50_000),
            (Reason::OnlyTheirs, 1, 1, 10_000),
            (Reason::Refused, 1, 1, 10_000),
            (Reason::Duplicate, 1, 1, 10_000),
            (Reason::Segments, 2, 3, 30_000),
            (Reason::Price, 2, 0, 30_000),
        ]
    );
    assert_eq!((found.ours.micros, found.theirs.micros), (100_000, 140_000));
    assert_eq!(found.difference, "0.04");
    let twice = found.details.iter().find(|one| one.reason == Reason::Duplicate).unwrap();
    assert_eq!((twice.line, twice.id.clone()), (Some(6), Some(id(1))));
}

/// What one counts before the end of a period and the other behind it.
#[test]
fn the_edges_of_a_period_are_told_as_timing() {
    let desk = desk();
    let cut = at(5);
    let question =
        Question { month: None, from: Some("2024-01-01".to_owned()), to: Some(cut), ..january() };
    let lines: Vec<String> = (1..=5).map(|n| format!("{},0.01", id(n))).collect();
    let found = reconciled(&desk, &question, &format!("id,amount\n{}\n", lines.join("\n")));
    assert_eq!(reasons(&found), [(Reason::Timing, 1, 1, 10_000)], "theirs has the fifth");
    let lines: Vec<String> = (1..=3).map(|n| format!("{},0.01", id(n))).collect();
    let found = reconciled(&desk, &question, &format!("id,amount\n{}\n", lines.join("\n")));
    assert_eq!(reasons(&found), [(Reason::Timing, 1, -1, -10_000)], "theirs lacks the fourth");
}

/// G10: a carrier charges for our duplicate: it is told, and why there may be one.
#[test]
fn g10_a_carrier_that_charges_for_our_duplicate_is_told() {
    let desk = Desk::new();
    let mut doubled = life(sms(1, "2222"), State::Delivered);
    let id = sms(1, "2222").id;
    let taken = routing::journal::Taken {
        id,
        at_ns: NOON_NS + 2_000_000,
        peer_id: b"smsc-7".as_slice().into(),
    };
    doubled.push(Record::Taken(taken));
    for entry in &mut doubled {
        match entry {
            Record::Attempt(attempt) => {
                attempt.cost = routing::journal::Cost { tariff: 1, micros: 4000 };
            }
            Record::Outcome(outcome) => outcome.doubled = true,
            _ => {}
        }
    }
    desk.happen(&doubled);
    let text = "id,amount\nsmsc-7,0.004\nsmsc-7,0.004\n";
    let (carrier, connection) = (None, Some("env2".to_owned()));
    let found = reconciled(&desk, &Question { carrier, connection, ..january() }, text);
    assert_eq!(reasons(&found), [(Reason::PossibleDuplicate, 1, 1, 4000)]);
    assert_eq!(found.ours.micros, 4000);
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_line() {
    for (text, map, told) in [
        ("a,b\n1,2\n", None, "neither ids nor numbers"),
        ("id,price\nx,cheap\n", None, "line 2: 'cheap'"),
        ("id,time\nx,today\n", None, "line 2: 'today' is no time"),
        ("id\nx\n", Some("price=Rate"), "no column 'Rate'"),
        ("id\nx\n", Some("colour=Rate"), "does not say which column"),
        ("id,segments\nx,two\n", None, "line 2: 'two' is no count"),
    ] {
        let fault = read(text, map, None).unwrap_err();
        assert!(fault.error.contains(told), "{text:?}: {fault}");
    }
    let quoted = "id,number\n\"a\"\"b,c\",\"1\n2\"\nd,3\n";
    let rows = read(quoted, None, None).unwrap();
    assert_eq!((rows[0].id.as_deref(), rows[1].line), (Some("a\"b,c"), 4));
}
