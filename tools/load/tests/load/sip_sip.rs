//! Phones that write to each other through a gateway.

use serde_json::Value;

use crate::gateway::{Faults, Gateway};
use crate::load;

fn run(faults: Faults, options: &str) -> (i32, Value) {
    let gateway = Gateway::start(faults);
    let command = "sip-sip --domain env1.example --phones 200 --binds 2";
    load(&format!("{command} --sip {} {options}", gateway.sip))
}

#[test]
fn every_message_of_an_app_reaches_its_phone() {
    let (code, report) = run(Faults::default(), "--count 3000 --window 20");
    assert_eq!(code, 0, "{report}");
    for what in ["submitted", "accepted", "delivered"] {
        assert_eq!(report["account"][what], 3_000, "{what}: {report}");
    }
    assert_eq!(report["account"]["retransmissions"], 0, "{report}");
}

#[test]
fn what_the_gateway_does_wrong_is_counted() {
    let faults = Faults { lose: 100, double: 50, refuse: 40, ..Faults::default() };
    let (code, report) = run(faults, "--count 1000 --window 20 --patience 1");
    assert_eq!(code, 1, "{report}");
    let account = &report["account"];
    assert_eq!(account["refused"]["503"], 25, "{report}");
    assert_eq!((&account["accepted"], &account["lost"]), (&975.into(), &5.into()));
    assert_eq!(account["delivered_twice"], 10, "{report}");
}

#[test]
fn apps_ask_for_no_receipts() {
    let (code, report) = run(Faults::default(), "--count 10 --receipts");
    assert_eq!(code, 2, "{report}");
}
