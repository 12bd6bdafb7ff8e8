#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

fn peer(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

#[test]
fn e12_who_proves_nothing_is_heard_less_and_less() {
    let (mut sources, now) = (Sources::default(), Instant::now());
    for _ in 0..STRANGER_ANSWERS {
        assert!(sources.may_speak(now, peer(1), || false));
        sources.answered(now, peer(1));
    }
    assert!(!sources.may_speak(now, peer(1), || false));
    assert!(!sources.may_speak(now, peer(1), || true), "anybody can claim a name");
    assert!(sources.may_speak(now, peer(2), || false), "somebody else");
    let second = now + Duration::from_secs(1);
    for _ in 0..STRANGER_ANSWERS_PER_SEC {
        assert!(sources.may_speak(second, peer(1), || false));
        sources.answered(second, peer(1));
    }
    assert!(!sources.may_speak(second, peer(1), || false));
    assert!(sources.may_speak(second + DRY, peer(1), || false));
}

#[test]
fn phones_behind_one_address_never_empty_it_and_are_heard_when_another_does() {
    let (mut sources, now) = (Sources::default(), Instant::now());
    for _ in 0..4 * STRANGER_ANSWERS {
        assert!(sources.may_speak(now, peer(1), || false));
        sources.answered(now, peer(1));
        sources.proved(now, peer(1));
    }
    for _ in 0..STRANGER_ANSWERS {
        sources.answered(now, peer(1));
    }
    assert!(!sources.may_speak(now, peer(1), || false));
    assert!(sources.may_speak(now, peer(1), || true));
}

#[test]
fn memory_is_bounded_and_a_network_is_one_source() {
    let (mut sources, now) = (Sources::default(), Instant::now());
    for number in 0..SOURCES_MAX as u32 + 9 {
        sources.answered(now, IpAddr::from(number.to_be_bytes()));
    }
    assert_eq!((sources.buckets.len(), sources.order.len()), (SOURCES_MAX, SOURCES_MAX));
    let six = |text: &str| key(text.parse().unwrap());
    assert_eq!(six("2001:db8::1"), six("2001:db8::ffff:1"));
    assert_ne!(six("2001:db8:0:1::1"), six("2001:db8::1"));
    assert_eq!(six("::ffff:192.0.2.1"), key(peer(1)));
}
