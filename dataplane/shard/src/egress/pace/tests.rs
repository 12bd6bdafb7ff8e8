#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

const FREE: Agreed = Agreed { tps: 0, burst: 0 };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Sends as fast as it may for so long to a peer that takes what `takes` says; returns how
/// many it took and how many it refused.
fn run(
    pace: &mut Pace,
    from: Instant,
    lasting: Duration,
    agreed: Agreed,
    mut takes: impl FnMut(Instant) -> bool,
) -> (u64, u64) {
    let (mut now, mut taken, mut refused) = (from, 0, 0);
    while now < from + lasting {
        match pace.admit(now, agreed) {
            Ok(()) if takes(now) => {
                taken += 1;
                pace.taken(now);
                now += Duration::from_micros(100);
            }
            Ok(()) => {
                refused += 1;
                pace.throttled(now);
                now += ms(500);
            }
            Err(until) => {
                assert!(until > now, "a pause ends later");
                now = until;
            }
        }
    }
    (taken, refused)
}

#[test]
fn the_agreed_rate_and_burst_are_kept() {
    let now = Instant::now();
    let table = [(100, 0, 1_100), (100, 1, 1_001), (100, 500, 1_500), (3, 1, 31)];
    for (tps, burst, expected) in table {
        let agreed = Agreed { tps, burst };
        let (sent, _) = run(&mut Pace::default(), now, ms(10_000), agreed, |_| true);
        assert!((expected - 2..=expected).contains(&sent), "{agreed:?}: {sent} in 10 s");
    }
}

#[test]
fn without_a_limit_nothing_waits() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    assert!((0..10_000).all(|_| pace.admit(now, FREE).is_ok()));
}

/// A peer that takes 50 in every second of its clock.
#[test]
fn d12_a_throttled_peer_gets_what_it_takes_and_few_more() {
    let (mut pace, start) = (Pace::default(), Instant::now());
    let mut used = (0, 0);
    let limited = |now: Instant| {
        let second = now.duration_since(start).as_secs();
        used = if used.0 == second { (second, used.1 + 1) } else { (second, 1) };
        used.1 <= 50
    };
    let (taken, refused) = run(&mut pace, start, ms(60_000), FREE, limited);
    assert!(taken > 60 * 40, "took {taken} of 3000");
    assert!(refused < 60, "refused {refused}: less than one in a second");
}

#[test]
fn d12_a_peer_that_is_well_again_gets_all_within_ten_seconds() {
    let (mut pace, start) = (Pace::default(), Instant::now());
    run(&mut pace, start, ms(3_000), FREE, |now| now.duration_since(start) < ms(1_000));
    assert!(pace.is_slowed());
    let well = start + ms(4_000);
    let (slow, _) = run(&mut pace, well, ms(1_000), FREE, |_| true);
    assert!(slow < 2_000, "still slow: {slow}");
    let (fast, refused) = run(&mut pace, well + ms(10_000), ms(1_000), FREE, |_| true);
    assert_eq!((fast, refused), (10_000, 0), "as fast as it goes");
    assert!(!pace.is_slowed());
}

#[test]
fn d33_congestion_is_steered_to_between_80_and_90() {
    let (mut pace, start) = (Pace::default(), Instant::now());
    // The peer digests 200 a second; its congestion is how full its queue of 1000 is.
    let (mut now, mut queue, mut digested) = (start, 0.0_f64, start);
    let (mut within, mut seen) = (0, 0);
    while now < start + ms(120_000) {
        match pace.admit(now, FREE) {
            Ok(()) => {
                let passed = now.duration_since(digested).as_secs_f64();
                queue = (queue - passed * 200.0).max(0.0) + 1.0;
                digested = now;
                let state = (queue / 10.0).min(100.0) as u8;
                pace.taken(now);
                pace.congested(now, state);
                now += Duration::from_micros(200);
                if now > start + ms(60_000) {
                    seen += 1;
                    within += u32::from((70..97).contains(&state));
                }
            }
            Err(until) => now = until,
        }
    }
    assert!(seen > 9_000, "the peer is kept busy: {seen} in a minute");
    assert!(within * 10 > seen * 9, "{within} of {seen} near the optimum");
}

#[test]
fn d33_garbage_is_ignored() {
    let (mut pace, now) = (Pace::default(), Instant::now());
    (101..=255).for_each(|garbage| pace.congested(now, garbage));
    assert!(!pace.is_slowed());
    pace.congested(now, 100);
    assert!(pace.is_slowed());
    let before = pace.limit(now);
    (101..=255).for_each(|garbage| pace.congested(now + ms(400), garbage));
    assert_eq!(pace.limit(now), before);
}
