//! An ESME and an SMSC: both keep books, and the books agree.

use crate::process::Peer;

fn smsc(options: &str) -> (Peer, String) {
    let smsc = Peer::start(&format!("smsc --listen 127.0.0.1:0 {options}"));
    let address = smsc.event("listening")["address"].as_str().unwrap().to_owned();
    (smsc, address)
}

fn esme(address: &str, options: &str) -> Peer {
    Peer::start(&format!("esme --connect {address} --system-id tata --password secret {options}"))
}

#[test]
fn every_sms_has_its_response_and_its_receipt() {
    let (smsc, address) = smsc("--user tata --password secret --until-count 300");
    let esme = esme(&address, "--to 1111=200 --to 2222=100 --window 20 --text Code-{n}").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["submitted"], 300);
    assert_eq!(esme.summary["accepted"], 300);
    assert_eq!(esme.summary["receipts"]["DELIVRD"], 300);
    for nothing in ["receipts_twice", "receipts_unmatched", "resent", "ids_twice", "unanswered"] {
        assert_eq!(esme.summary[nothing], 0, "{nothing}");
    }
    let smsc = smsc.end();
    assert_eq!(smsc.code, 0, "{}", smsc.summary);
    assert_eq!(smsc.summary["accepted"], 300);
    assert_eq!(smsc.summary["accepted_twice"], 0);
    assert_eq!(smsc.summary["receipts_answered"], 300);
}

#[test]
fn refusals_are_counted_by_status() {
    let (smsc, address) = smsc("--status ROK*9,RINVDSTADR*1 --stat DELIVRD*8,UNDELIV*1");
    let esme = esme(&address, "--to 1111=100").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["accepted"], 90);
    assert_eq!(esme.summary["refused"]["ESME_RINVDSTADR"], 10);
    assert_eq!(esme.summary["receipts"]["DELIVRD"], 80);
    assert_eq!(esme.summary["receipts"]["UNDELIV"], 10);
    assert_eq!(smsc.stop().summary["refused"]["ESME_RINVDSTADR"], 10);
}

#[test]
fn what_is_throttled_is_tried_again() {
    let (_smsc, address) = smsc("--status RTHROTTLED*3,RMSGQFUL*1,ROK");
    let esme = esme(&address, "--to 1111=20 --retry-refused").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["accepted"], 20);
    assert_eq!(esme.summary["retried"], 4);
}

#[test]
fn a_wrong_password_ends_the_run() {
    let (smsc, address) = smsc("--password other");
    let esme = esme(&address, "--to 1111=1").end();
    assert_eq!(esme.code, 1);
    assert_eq!(esme.summary["binds_refused"]["ESME_RINVPASWD"], 1);
    assert_eq!(esme.summary["submitted"], 0);
    assert_eq!(smsc.stop().summary["binds_refused"], 1);
}

#[test]
fn a_password_can_come_from_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "secret\n").unwrap();
    let (_smsc, address) = smsc("--password secret");
    let options = format!("--password-file {} --to 1111=1", file.path().display());
    let words = format!("esme --connect {address} --system-id tata {options}");
    assert_eq!(Peer::start(&words).end().code, 0);
}

#[test]
fn a_broken_link_loses_nothing() {
    let (_smsc, address) = smsc("--close-after 40 --receipts never");
    let esme = esme(&address, "--to 1111=100 --registered-delivery 0 --window 5").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["accepted"], 100);
    assert!(esme.summary["reconnects"].as_u64().unwrap() >= 2, "{}", esme.summary);
    assert!(esme.summary["resent"].as_u64().unwrap() >= 2, "{}", esme.summary);
}

#[test]
fn a_message_centre_may_die_and_come_back() {
    let (first, address) = smsc("--mute-after 10 --first-id 1000");
    let esme = esme(&address, "--to 1111=30 --window 5 --no-wait-receipts");
    esme.events("submit_resp", 10);
    first.kill();
    esme.event("lost");
    let second = Peer::start(&format!("smsc --listen {address} --first-id 2000"));
    second.event("listening");
    let esme = esme.end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["accepted"], 30);
    assert_eq!(esme.summary["resent"], 5);
    assert_eq!(second.stop().summary["accepted"], 20);
}

#[test]
fn receipts_find_the_next_bind() {
    let (smsc, address) = smsc("--receipt-delay 400");
    let esme = esme(&address, "--to 1111=10 --drop-after 10").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["binds"], 2);
    assert_eq!(esme.summary["receipts"]["DELIVRD"], 10);
    assert_eq!(esme.summary["receipts_twice"], 0);
    assert_eq!(smsc.stop().summary["receipts_open"], 0);
}

#[test]
fn a_transmitter_and_a_receiver_share_the_work() {
    let (_smsc, address) = smsc("--delay 20");
    let esme = esme(&address, "--to 1111=50 --kind tx,rx --binds 2 --validity 3600").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert_eq!(esme.summary["receipts"]["DELIVRD"], 50);
    assert_eq!(esme.summary["binds"], 4);
}

#[test]
fn who_waits_in_vain_says_so() {
    let (_smsc, address) = smsc("--mute-after 3");
    let esme = esme(&address, "--to 1111=5 --for 1").end();
    assert_eq!(esme.code, 1);
    assert_eq!(esme.summary["ok"], false);
    assert_eq!(esme.summary["unanswered"], 2);
}

#[test]
fn a_rate_is_kept() {
    let (_smsc, address) = smsc("");
    let esme = esme(&address, "--to 1111=50 --rate 100").end();
    assert_eq!(esme.code, 0, "{}", esme.summary);
    assert!(esme.summary["t"].as_f64().unwrap() >= 0.48, "{}", esme.summary);
}

#[test]
fn a_silent_peer_is_asked_and_given_up() {
    let (_smsc, address) = smsc("--mute-links");
    let options = "--until-count 1 --enquire-link 0.2 --response-timeout 0.2 --no-reconnect";
    let esme = esme(&address, options);
    let lost = esme.event("lost");
    assert_eq!(lost["why"], "CloseDead");
    assert_eq!(esme.end().code, 1);
}
