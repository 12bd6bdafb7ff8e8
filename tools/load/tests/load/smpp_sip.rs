//! Phones behind a gateway: perfect if it is, and exact about it if it is not.

use serde_json::Value;

use crate::gateway::{Faults, Gateway};
use crate::load;

fn run(faults: Faults, options: &str) -> (i32, Value) {
    let gateway = Gateway::start(faults);
    let command = "smpp-sip --domain env1.example --system-id load --password x --phones 200";
    load(&format!("{command} --connect {} --sip {} {options}", gateway.smpp, gateway.sip))
}

#[test]
fn every_sms_reaches_its_phone() {
    let (code, report) = run(Faults::default(), "--count 3000 --receipts --binds 2 --window 20");
    assert_eq!(code, 0, "{report}");
    for what in ["submitted", "accepted", "delivered", "receipts"] {
        assert_eq!(report["account"][what], 3_000, "{what}: {report}");
    }
    assert_eq!(report["delivery"]["count"], 3_000);
    assert_eq!(report["far_end"]["phones"], 200);
}

#[test]
fn a_retransmission_is_no_fault() {
    let faults = Faults { retransmit: 10, ..Faults::default() };
    let (code, report) = run(faults, "--count 1000 --window 20");
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["account"]["delivered_twice"], 0);
    assert_eq!(report["account"]["retransmissions"], 100);
}

#[test]
fn losses_and_doubles_are_counted_one_by_one() {
    let faults = Faults { lose: 100, double: 50, refuse: 40, ..Faults::default() };
    let (code, report) = run(faults, "--count 1000 --window 20 --patience 1 --receipts");
    assert_eq!(code, 1, "{report}");
    let account = &report["account"];
    // Of 1000: 25 are refused; of the 10 to be lost, those at 200, 400 ... are refused first.
    assert_eq!(account["refused"]["ESME_RTHROTTLED (0x00000058)"], 25);
    assert_eq!((&account["accepted"], &account["lost"]), (&975.into(), &5.into()));
    // Of the 20 at multiples of 50, 10 are lost or refused before they can be doubled.
    assert_eq!(account["delivered_twice"], 10, "{report}");
    assert_eq!(account["receipts_missing"], 5);
    assert_eq!(report["perfect"], false);
}
