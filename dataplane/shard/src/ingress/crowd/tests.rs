#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::{Duration, Instant};

use super::{Crowd, Standing, retry_after};
use crate::limits::{REGISTER_BURST, REGISTERS_PER_SEC, RETRY_SECS};

fn admitted(crowd: &mut Crowd, now: Instant, standing: Standing) -> u32 {
    (0..REGISTER_BURST * 2).filter(|_| crowd.admit(now, standing)).count() as u32
}

#[test]
fn those_who_are_registered_have_the_last_word() {
    let (mut crowd, now) = (Crowd::default(), Instant::now());
    assert_eq!(admitted(&mut crowd, now, Standing::Stranger), REGISTER_BURST / 2);
    assert_eq!(admitted(&mut crowd, now, Standing::Stranger), 0);
    assert_eq!(admitted(&mut crowd, now, Standing::Proving), REGISTER_BURST / 4);
    assert_eq!(admitted(&mut crowd, now, Standing::Registered), REGISTER_BURST / 4);
    assert_eq!(admitted(&mut crowd, now, Standing::Registered), 0);
    // However it goes on, a second brings no more than was promised.
    let mut all = 0;
    for ms in 1..=1000 {
        all += admitted(&mut crowd, now + Duration::from_millis(ms), Standing::Registered);
    }
    assert_eq!(all, REGISTERS_PER_SEC);
}

#[test]
fn who_is_sent_away_comes_back_at_a_moment_of_its_own() {
    let (least, most) = RETRY_SECS;
    let mut times = vec![0; most as usize + 1];
    for transaction in 0..10_000_u128 {
        times[retry_after(transaction.wrapping_mul(0x9E37_79B9_7F4A_7C15)) as usize] += 1;
    }
    let share = 10_000 / (most - least + 1);
    assert!(times[..least as usize].iter().all(|count| *count == 0));
    assert!(times[least as usize..].iter().all(|count| (share / 2..share * 2).contains(count)));
}
