#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use sip::digest::NonceKey;

use super::*;

const NOW_NS: u64 = 1_700_000_000_000_000_000;

fn nonce(made_ns: u64) -> String {
    NonceKey::new([1; 32]).make(b"", made_ns).as_str().to_owned()
}

#[test]
fn e11_what_was_said_once_proves_nothing_when_another_says_it() {
    let (mut counts, now) = (NonceCounts::since(NOW_NS - 1), Instant::now());
    let nonce = nonce(NOW_NS);
    let mut take = |secs: u64, count, request| {
        let later = std::time::Duration::from_secs(secs);
        let unix_ns = NOW_NS + secs * 1_000_000_000;
        counts.take(now + later, unix_ns, &nonce, count, request) == Use::First
    };
    assert!(take(0, 1, 7));
    assert!(take(1, 1, 7), "the same request, sent again");
    assert!(!take(1, 1, 8), "another one");
    assert!(take(2, 3, 9) && take(2, 2, 10), "one overtook the other");
    assert!(!take(2, 2, 10) && !take(2, 1, 7), "lower counts");
    assert!(!take(60, 3, 9), "nobody sends a request again after so long");
}

#[test]
fn what_is_forgotten_is_stale() {
    let (mut counts, now) = (NonceCounts::since(NOW_NS - 1), Instant::now());
    let first = nonce(NOW_NS);
    assert_eq!(counts.take(now, NOW_NS, &first, 1, 1), Use::First);
    for later in 1..=NONCES_MAX as u64 {
        assert_eq!(counts.take(now, NOW_NS, &nonce(NOW_NS + later), 1, 1), Use::First);
    }
    assert_eq!((counts.nonces.len(), counts.order.len()), (NONCES_MAX, NONCES_MAX));
    assert_eq!(counts.take(now, NOW_NS, &first, 2, 2), Use::Forgotten);
    let last = nonce(NOW_NS + NONCES_MAX as u64);
    assert_eq!(counts.take(now, NOW_NS, &last, 2, 2), Use::First);
    let lifetime_ns = NONCE_LIFETIME.as_nanos() as u64;
    let young = nonce(NOW_NS + 2 * lifetime_ns);
    assert_eq!(counts.take(now, NOW_NS + 2 * lifetime_ns, &young, 1, 1), Use::First);
    assert_eq!(counts.nonces.len(), 1, "what is too old needs no room");
}

#[test]
fn of_what_was_made_before_its_life_a_shard_knows_nothing() {
    let (mut counts, now) = (NonceCounts::since(NOW_NS), Instant::now());
    assert_eq!(counts.take(now, NOW_NS + 1, &nonce(NOW_NS), 9, 1), Use::Forgotten);
    let made = counts.moment(NOW_NS, ShardId(0));
    assert!(made > NOW_NS);
    assert_eq!(counts.take(now, NOW_NS + 1, &nonce(made), 1, 1), Use::First);
}

#[test]
fn a_nonce_says_who_made_it_and_no_two_are_equal() {
    let mut counts = NonceCounts::since(NOW_NS - 1);
    let made: Vec<u64> = (0..9).map(|_| counts.moment(NOW_NS, ShardId(3))).collect();
    assert!(made.is_sorted() && made.windows(2).all(|two| two[0] < two[1]), "{made:?}");
    for made_ns in made {
        assert!(made_ns.abs_diff(NOW_NS) < 1_000);
        assert_eq!(maker_of(&nonce(made_ns), 4), Some(ShardId(3)));
        assert_eq!(maker_of(&nonce(made_ns), 2), Some(ShardId(1)), "one of those that are left");
    }
    assert_eq!(maker_of("nonsense", 4), None);
}
