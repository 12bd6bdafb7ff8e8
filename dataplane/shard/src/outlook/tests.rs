#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

fn after(start: Instant, outcomes: impl Iterator<Item = bool>) -> Quality {
    let fresh = Quality { delivered: PERFECT, latency: 0, at: start };
    outcomes.fold(fresh, |quality, delivered| quality.count(start, delivered, Duration::ZERO))
}

#[test]
fn failures_cost_and_time_forgives() {
    let start = Instant::now();
    assert_eq!(after(start, [true; 100].into_iter()).score(start), SCORE_MAX);
    let half = after(start, (0..1000).map(|at| at % 2 == 0));
    assert!((2_300..2_800).contains(&half.score(start)), "{}", half.score(start));
    let bad = after(start, [false; 200].into_iter());
    assert!(bad.score(start) < 200, "{}", bad.score(start));
    let later = start + Duration::from_secs(FORGIVEN_SECS);
    assert!((2_400..2_700).contains(&bad.score(later)), "{}", bad.score(later));
    assert!(bad.score(start + Duration::from_secs(FORGIVEN_SECS * 9)) > 4_800);
}

#[test]
fn among_equals_the_faster_one_is_better() {
    let start = Instant::now();
    let fresh = Quality { delivered: PERFECT, latency: 0, at: start };
    let at = |secs| {
        let secs = Duration::from_secs(secs);
        (0..200).fold(fresh, |quality, _| quality.count(start, true, secs)).score(start)
    };
    assert!(at(0) > at(3) && at(3) > at(30));
    let unreliable = after(start, (0..1000).map(|at| at % 10 != 0)).score(start);
    assert!(at(30) > unreliable, "arriving late is better than not at all");
}
