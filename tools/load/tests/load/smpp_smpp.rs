//! Without a dataplane: the binds lead straight to the harness's own message centre. That is
//! also how to find out what the harness itself can do.

use std::net::TcpListener;

use serde_json::Value;

use crate::load;

fn looped(options: &str) -> (i32, Value) {
    // Nobody else is given this port so soon.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let command = "smpp-smpp --system-id load --password x";
    load(&format!("{command} --connect {port} --listen {port} {options}"))
}

#[test]
fn every_sms_is_accounted_for_with_its_receipt() {
    let (code, report) = looped("--count 20000 --receipts --binds 3 --window 50");
    assert_eq!(code, 0, "{report}");
    let account = &report["account"];
    for what in ["submitted", "accepted", "delivered", "receipts"] {
        assert_eq!(account[what], 20_000, "{what}: {report}");
    }
    for nothing in ["lost", "delivered_twice", "receipts_twice", "receipts_misnamed", "unmarked"] {
        assert_eq!(account[nothing], 0, "{nothing}: {report}");
    }
    assert_eq!(report["response"]["count"], 20_000);
    assert_eq!(report["perfect"], true);
}

#[test]
fn an_open_loop_keeps_its_rate() {
    let (code, report) = looped("--rate 4000 --for 1");
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["account"]["submitted"], 4_000, "{report}");
    assert_eq!(report["loop"], "open");
}

#[test]
fn a_warm_up_is_left_out_of_the_figures_but_not_of_the_account() {
    let pid = std::process::id();
    let (code, report) = looped(&format!("--rate 2000 --for 2 --warm-up 1 --pid {pid}"));
    assert_eq!(code, 0, "{report}");
    let (sms, submitted) = (&report["sms"], &report["account"]["submitted"]);
    assert!(sms.as_u64().unwrap() < 2_500, "{report}");
    assert!(submitted.as_u64().unwrap() > 3_900, "{report}");
    assert!(report["response"]["count"].as_u64().unwrap() < 2_500, "{report}");
    assert!(report["processes"][0]["rss_kib"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn strangers_are_left_alone() {
    let words = "smpp-smpp --system-id load --connect 192.0.2.1:2775 --listen 127.0.0.1:0";
    let (code, error) = load(words);
    assert_eq!(code, 2);
    assert!(error.as_str().unwrap().contains("--allow-host 192.0.2.1"), "{error}");
}

#[test]
fn nobody_there_is_an_error_that_says_so() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let words = "smpp-smpp --system-id load --listen 127.0.0.1:0 --connect";
    let (code, error) = load(&format!("{words} {port}"));
    assert_eq!(code, 2);
    assert!(error.as_str().unwrap().contains(&format!("cannot bind to {port}")), "{error}");
}

#[test]
fn a_thousand_binds_come_one_after_the_other() {
    let (code, report) = looped("--count 2000 --binds 1000 --window 4");
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["far_end"]["binds"], 1_000, "{report}");
}

#[test]
fn kinds_are_mixed_and_each_is_accounted_for() {
    let (code, report) = looped("--count 2000 --receipts --mix ucs2=30,long=20,urgent=10");
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["account"]["delivered"], 2_000, "{report}");
}

#[test]
fn a_ramp_tells_of_each_step_and_writes_a_page() {
    let page = std::env::temp_dir().join(format!("signalbox-load-{}.html", std::process::id()));
    let ramp = "--rate 500 --ramp-to 2000 --steps 4 --for 2";
    let (code, report) = looped(&format!("{ramp} --html {}", page.display()));
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["account"]["submitted"], 2_500, "{report}");
    let counts = report["steps"].as_array().unwrap().iter();
    let counts: Vec<u64> = counts.map(|s| s["response"]["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [250, 500, 750, 1_000], "{report}");
    let html = std::fs::read_to_string(&page).unwrap();
    std::fs::remove_file(page).unwrap();
    assert_eq!(html.matches("<figure>").count(), 3, "{html}");
    assert!(html.contains("at 2000/s") && !html.contains("NaN"), "{html}");
}
