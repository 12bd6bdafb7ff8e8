//! What an event looks like to a human and to a program.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Options, Report};
use crate::clock;

fn told(json: bool, quiet: bool) -> String {
    let start = clock::now();
    let options = Options { json, quiet };
    let mut report = Report { peer: "esme", options, start, out: Vec::new(), broken: false };
    let later = start + Duration::from_millis(1204);
    report.event(later, "bound", || json!({"kind": "transceiver", "said": "two words"}));
    report.summary(later, true, json!({"submitted": 3}));
    String::from_utf8(report.out).unwrap()
}

#[test]
fn a_human_reads_one_event_a_line() {
    let text = told(false, false);
    let first = text.lines().next().unwrap();
    assert_eq!(first, "    1.204 esme   bound              kind=transceiver said=\"two words\"",);
}

#[test]
fn a_program_reads_one_object_a_line() {
    let text = told(true, false);
    let event: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(event["event"], "bound");
    assert_eq!(event["peer"], "esme");
    assert_eq!(event["t"], 1.204);
    assert_eq!(event["kind"], "transceiver");
}

#[test]
fn the_totals_are_json_in_any_case() {
    for (json, quiet) in [(false, false), (true, false), (false, true), (true, true)] {
        let text = told(json, quiet);
        assert_eq!(text.lines().count(), if quiet { 1 } else { 2 });
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "summary");
        assert_eq!(last["ok"], true);
        assert_eq!(last["submitted"], 3);
    }
}
