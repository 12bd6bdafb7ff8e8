//! An SMS counts where it was due, and the knee is the last good step before a bad one.

use super::Steps;
use crate::pace::Step;

fn steps() -> Steps {
    let step = |at: u64| Step { rate: 100.0 * at as f64, start_ns: at * 1_000_000, first: 0.0 };
    Steps::new(&[1, 2, 3, 4].map(step))
}

#[test]
fn an_sms_belongs_to_the_step_in_which_it_was_due() {
    let mut steps = steps();
    let cases = [(999, None), (1_000, Some(100.0)), (1_999, Some(100.0)), (9_000, Some(400.0))];
    for (due_us, rate) in cases {
        assert_eq!(steps.of(due_us).map(|row| row.rate), rate, "due at {due_us}");
    }
}

#[test]
fn the_knee_is_before_the_first_step_over_the_limit() {
    let cases = [([1, 1, 1, 1], Some(400.0)), ([1, 9, 1, 1], Some(100.0)), ([9, 1, 1, 1], None)];
    for (took, knee) in cases {
        let mut steps = steps();
        for (at, took) in (1..).zip(took) {
            steps.of(at * 1_000).unwrap().response.record(took);
        }
        assert_eq!(steps.knee(5), knee, "{took:?}");
    }
}

#[test]
fn one_rate_is_no_ramp() {
    let step = Step { rate: 5.0, start_ns: 0, first: 0.0 };
    assert!(Steps::new(&[step]).rows().is_empty());
}
