#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::{Duration, Instant};

use routing::Transport;

use super::Enrolment;
use crate::limits::{ENROL_LEAST, ENROL_PAUSE};

fn hop(last: u8, transport: Transport) -> (std::net::SocketAddr, Transport) {
    (([192, 0, 2, last], 5060).into(), transport)
}

fn wanted(now: Instant) -> Enrolment {
    let mut enrolment = Enrolment::default();
    enrolment.begin(now, 7, true);
    enrolment
}

#[test]
fn one_register_is_on_its_way_and_the_next_one_leaves_in_time() {
    let now = Instant::now();
    let mut enrolment = wanted(now);
    assert!(enrolment.asks(now));
    assert!(!enrolment.asks(now), "one at a time");
    assert!(enrolment.granted(now, 100, None), "this is news");
    assert_eq!(enrolment.due(), Some(now + Duration::from_secs(80)));
    assert!(!enrolment.asks(now + Duration::from_secs(79)));
    assert!(enrolment.asks(now + Duration::from_secs(80)));
    assert!(!enrolment.granted(now, 0, None), "and this is none");
    assert_eq!(enrolment.due(), Some(now + ENROL_LEAST), "a registrar that grants nothing");
}

#[test]
fn a_no_is_followed_by_longer_and_longer_pauses() {
    let now = Instant::now();
    let (mut enrolment, (first, longest)) = (wanted(now), ENROL_PAUSE);
    let mut pauses = Vec::new();
    for failure in 0..12 {
        enrolment.asks(now + longest * 2);
        assert_eq!(enrolment.failed(now, None), failure == 0, "the operator hears it once");
        pauses.push(enrolment.due().unwrap() - now);
    }
    assert_eq!(pauses[..2], [first, first * 2]);
    assert_eq!(pauses[11], longest);
    enrolment.asks(now + longest);
    enrolment.failed(now, Some(Duration::from_secs(7)));
    assert_eq!(enrolment.due(), Some(now + Duration::from_secs(7)), "as it asked");
    enrolment.asks(now + longest);
    enrolment.granted(now, 60, None);
    assert!(enrolment.failed(now, None), "it was in");
    assert_eq!(enrolment.due(), Some(now + first), "the first after a yes");
}

#[test]
fn it_goes_elsewhere_when_its_hop_is_gone() {
    let (now, udp, tcp) = (Instant::now(), Transport::Udp, Transport::Tcp);
    let mut enrolment = wanted(now);
    enrolment.asks(now);
    enrolment.granted(now, 3600, Some(hop(1, udp)));
    enrolment.hop_changed(now, hop(2, udp), false);
    enrolment.hop_changed(now, hop(2, udp), true);
    assert!(!enrolment.asks(now), "another one is no matter");
    enrolment.hop_changed(now, hop(1, udp), false);
    assert!(enrolment.asks(now));
    enrolment.failed(now, None);
    enrolment.hop_changed(now, hop(1, tcp), true);
    assert!(enrolment.asks(now), "somebody is there again");
    enrolment.hop_changed(now, hop(1, tcp), false);
    assert!(!enrolment.asks(now), "one is on its way, and its silence will be heard of");
}

#[test]
fn where_none_is_wanted_none_is_sent() {
    let now = Instant::now();
    let mut enrolment = wanted(now);
    enrolment.begin(now, 8, false);
    enrolment.hop_changed(now, hop(1, Transport::Udp), true);
    assert!(!enrolment.asks(now + Duration::from_secs(9)));
}
