//! Each device of an account gets each text, and apps that sleep are called.

use std::time::Duration;

use routing::journal::Record;
use routing::{Devices, State};
use tests::Site;
use tests::desk::{Desk, Seat, Wish, seat};

/// 1111 has all its devices served.
fn desk() -> Desk {
    let mut site = Site::standard();
    site.environment("env1").accounts[0].devices = Devices::All;
    Desk::of(site.publish())
}

/// A device of 1111 registers.
fn register(desk: &mut Desk, device: u16) -> Seat {
    let seat = seat(4000 + device);
    let headers = format!(
        "Contact: <sip:1111@127.0.0.1:{}>;+sip.instance=\"<urn:uuid:{device}>\"\r\n",
        4000 + device
    );
    let answer = desk.ask(seat, Wish::register("1111", &headers));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    seat
}

fn leave(desk: &mut Desk, device: u16) {
    let gone = "Contact: *\r\nExpires: 0\r\n";
    desk.ask(seat(4000 + device), Wish::register("1111", gone));
}

#[test]
fn what_stands_beside_a_text_stands_beside_it_for_every_device_also_after_a_restart() {
    let mut desk = desk();
    let one = register(&mut desk, 1);
    let two = register(&mut desk, 2);
    let headers = "X-SMS-Class: 0\r\nX-SMS-Ports: 7 8\r\n";
    let wish = Wish { headers, ..Wish::message("1114", "1111", "flash") };
    let answer = desk.ask(seat(4999), wish);
    assert!(answer.starts_with("SIP/2.0 202 "), "{answer}");
    let first = desk.take(one, 200);
    desk.heard(two);
    desk.restart();
    register(&mut desk, 2);
    let second = desk.take(two, 200);
    for message in [first, second] {
        assert!(message.contains("\r\nX-SMS-Class: 0\r\n"), "{message}");
        assert!(message.contains("\r\nX-SMS-Ports: 7 8\r\n"), "{message}");
        assert!(message.contains("\r\nPriority: urgent\r\n"), "{message}");
    }
}

fn send(desk: &mut Desk, text: &str) {
    let answer = desk.ask(seat(4999), Wish::message("1114", "1111", text));
    assert!(answer.starts_with("SIP/2.0 202 "), "{answer}");
}

/// The texts that wait at a seat, each answered with 200 before the next comes.
fn take_all(desk: &mut Desk, seat: Seat) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        let mut came = desk.texts(seat);
        came.retain(|text| text.starts_with("MESSAGE "));
        came.dedup();
        assert!(came.len() <= 1, "one at a time: {came:#?}");
        let Some(message) = came.pop() else { return taken };
        taken.push(message.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned());
        desk.reply(seat, &message, 200);
    }
}

fn outcomes(desk: &Desk) -> Vec<State> {
    let outcome = |record: &Record| match record {
        Record::Outcome(outcome) => Some(outcome.state),
        _ => None,
    };
    desk.records.iter().filter_map(outcome).collect()
}

fn wakes(desk: &Desk) -> Vec<&str> {
    let push = |record: &'_ Record| matches!(record, Record::Wake(_));
    let wakes = desk.records.iter().filter(|record| push(record));
    wakes.map(|record| if let Record::Wake(wake) = record { &*wake.push } else { "" }).collect()
}

#[test]
fn each_device_gets_each_text_once_and_the_sms_ends_once() {
    let mut desk = desk();
    let seats = [1, 2, 3].map(|device| register(&mut desk, device));
    send(&mut desk, "to all");
    for seat in seats {
        assert_eq!(take_all(&mut desk, seat), ["to all"]);
    }
    assert_eq!(outcomes(&desk), [State::Delivered]);
    desk.wait(Duration::from_secs(1_000));
    for device in [1, 2, 3] {
        let seat = register(&mut desk, device);
        assert!(take_all(&mut desk, seat).is_empty(), "nobody gets it twice");
    }
}

#[test]
fn a_device_that_was_away_gets_what_it_missed_in_order_also_after_a_restart() {
    let mut desk = desk();
    let one = register(&mut desk, 1);
    register(&mut desk, 2);
    leave(&mut desk, 2);
    register(&mut desk, 1);
    for text in ["first", "second", "third"] {
        send(&mut desk, text);
        assert_eq!(take_all(&mut desk, one), [text]);
    }
    assert_eq!(outcomes(&desk), [State::Delivered; 3]);
    desk.restart();
    let two = register(&mut desk, 2);
    assert_eq!(take_all(&mut desk, two), ["first", "second", "third"]);
    desk.restart();
    register(&mut desk, 2);
    assert!(take_all(&mut desk, two).is_empty(), "that it has them is durable");
    assert_eq!(outcomes(&desk), [State::Delivered; 3], "and nothing was charged again");
}

#[test]
fn a_device_that_is_mute_holds_nobody_up_and_is_asked_again_later() {
    let mut desk = desk();
    let (one, mute) = (register(&mut desk, 1), register(&mut desk, 2));
    send(&mut desk, "first");
    assert_eq!(take_all(&mut desk, one), ["first"]);
    send(&mut desk, "second");
    assert_eq!(take_all(&mut desk, one), ["second"], "it does not wait for the other");
    let asked = desk.texts(mute);
    assert!(asked.iter().all(|text| text.ends_with("first")), "one text at a time: {asked:?}");
    desk.wait(Duration::from_secs(33));
    desk.heard(mute);
    desk.wait(Duration::from_secs(125));
    assert_eq!(take_all(&mut desk, mute), ["first", "second"]);
}

#[test]
fn a_text_that_expired_is_owed_to_nobody() {
    let mut desk = desk();
    let one = register(&mut desk, 1);
    register(&mut desk, 2);
    leave(&mut desk, 2);
    register(&mut desk, 1);
    let brief = Wish { headers: "Expires: 600\r\n", ..Wish::message("1114", "1111", "brief") };
    assert!(desk.ask(seat(4999), brief).starts_with("SIP/2.0 202 "));
    assert_eq!(take_all(&mut desk, one), ["brief"]);
    desk.wait(Duration::from_secs(601));
    let two = register(&mut desk, 2);
    assert!(take_all(&mut desk, two).is_empty());
}

#[test]
fn e29_a_push_service_that_does_nothing_delays_until_the_app_comes_or_validity_ends() {
    let mut desk = Desk::of(Site::standard());
    let push = "Contact: <sip:1112@127.0.0.1:4000;pn-provider=fcm;pn-param=p;pn-prid=dev1>\r\n\
                Expires: 60\r\n";
    desk.ask(seat(4000), Wish::register("1112", push));
    desk.wait(Duration::from_secs(61));
    let brief = Wish { headers: "Expires: 300\r\n", ..Wish::message("1114", "1112", "brief") };
    assert!(desk.ask(seat(4999), brief).starts_with("SIP/2.0 202 "));
    assert_eq!(wakes(&desk), ["fcm p dev1"], "somebody is told how to wake it");
    let other = Wish::message("1114", "1112", "later");
    assert!(desk.ask(seat(4999), other).starts_with("SIP/2.0 202 "));
    assert_eq!(wakes(&desk).len(), 1, "once for both");
    assert!(desk.ask(seat(4999), Wish::message("1114", "1113", "x")).starts_with("SIP/2.0 202 "));
    desk.wait(Duration::from_secs(301));
    assert_eq!(outcomes(&desk), [State::Expired]);
    desk.restart();
    desk.ask(seat(4000), Wish::register("1112", push));
    assert_eq!(take_all(&mut desk, seat(4000)), ["later"]);
    assert_eq!(outcomes(&desk), [State::Expired, State::Delivered]);
}

#[test]
fn the_only_device_is_tried_as_often_as_any_and_what_is_new_waits_for_what_is_owed() {
    let mut desk = desk();
    let (one, two) = (register(&mut desk, 1), register(&mut desk, 2));
    send(&mut desk, "first");
    assert_eq!(take_all(&mut desk, one), ["first"]);
    leave(&mut desk, 1);
    register(&mut desk, 2);
    desk.heard(two);
    send(&mut desk, "second");
    desk.wait(Duration::from_secs(33));
    let asked = desk.texts(two);
    assert!(asked.iter().all(|text| !text.ends_with("second")), "the first comes first");
    desk.wait(Duration::from_secs(125));
    assert_eq!(take_all(&mut desk, two), ["first", "second"]);
    assert_eq!(outcomes(&desk), [State::Delivered; 2]);
    let attempts = desk.records.iter().filter(|record| matches!(record, Record::Attempt(_)));
    assert_eq!(attempts.count(), 2, "one for each");
    send(&mut desk, "third");
    desk.wait(Duration::from_secs(32));
    desk.heard(two);
    desk.wait(Duration::from_secs(6));
    assert_eq!(take_all(&mut desk, two), ["third"], "after a pause, not after a rest");
}
