use super::{Latency, STEPS};

#[test]
fn a_time_falls_into_the_first_step_whose_end_it_does_not_pass() {
    for step in 0..STEPS - 1 {
        let bound = Latency::bound_ns(step).expect("every step but the last ends");
        let mut latency = Latency::default();
        latency.take_in(bound);
        assert_eq!(latency.counts[step], 1, "{bound} ns");
        latency.take_in(bound + 1);
        assert_eq!(latency.counts[step + 1], 1, "{bound} ns and one more");
        assert_eq!(latency.sum_ns, 2 * bound + 1);
    }
}

#[test]
fn nothing_is_too_short_or_too_long() {
    let mut latency = Latency::default();
    latency.take_in(0);
    latency.take_in(u64::MAX);
    assert_eq!((latency.counts[0], latency.counts[STEPS - 1], latency.count()), (1, 1, 2));
}
