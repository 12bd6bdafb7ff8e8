use super::{Standing, retry_after};
use crate::limits::{LOBBY_MAX, RETRY_SECS};

#[test]
fn those_who_are_registered_have_the_last_word() {
    let standings = [Standing::Stranger, Standing::Proving, Standing::Registered];
    let places = standings.map(|standing| LOBBY_MAX - standing.leaves());
    assert_eq!(places, [LOBBY_MAX / 2, LOBBY_MAX / 4 * 3, LOBBY_MAX]);
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
