//! The clock of an open loop does not wait for anybody.

use super::Pace;
use crate::args::Load;

fn pace(options: &str, now_ns: u64) -> Pace {
    Pace::of(&Load::of(options), now_ns)
}

#[test]
fn a_closed_loop_is_always_due_now() {
    let pace = pace("", 5);
    assert_eq!(pace.due_ns(1_000, 77), 77);
    assert_eq!(pace.due_before(1_000_000, 12), 12);
}

#[test]
fn an_open_loop_is_due_by_the_clock() {
    let pace = pace("--rate 1000", 5);
    assert_eq!(pace.due_ns(0, 77), 5);
    assert_eq!(pace.due_ns(2_000, 77), 2_000_000_005);
    let (stop_ns, late_ns) = (1_000_000_005, 7_000_000_000);
    assert!(pace.is_within(999, stop_ns, late_ns));
    assert!(!pace.is_within(1_000, stop_ns, late_ns));
    assert_eq!(pace.due_before(stop_ns, 0), 1_000);
}

#[test]
fn a_ramp_rises_in_steps_of_one_length() {
    let pace = pace("--rate 100 --ramp-to 300 --steps 3 --for 30", 7);
    let rates: Vec<f64> = pace.steps().iter().map(|step| step.rate).collect();
    assert_eq!(rates, [100.0, 200.0, 300.0]);
    let table = [
        (0, 0),
        (500, 5_000_000_000),
        (1_000, 10_000_000_000),
        (1_200, 11_000_000_000),
        (3_000, 20_000_000_000),
        (3_300, 21_000_000_000),
    ];
    for (id, due_ns) in table {
        assert_eq!(pace.due_ns(id, 0), due_ns + 7, "SMS {id}");
    }
    assert_eq!(pace.due_before(30_000_000_007, 0), 6_000);
    assert!((0..6_000).all(|id| pace.due_ns(id, 0) <= pace.due_ns(id + 1, 0)));
}
