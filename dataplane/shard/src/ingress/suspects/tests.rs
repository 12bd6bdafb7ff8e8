#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

fn who(user: &str, address: u8) -> Suspect {
    Suspect::new(1, user, std::net::IpAddr::from([192, 0, 2, address]))
}

#[test]
fn an_address_guesses_three_times_and_then_once_in_ten_seconds() {
    let (mut suspects, now) = (Suspects::default(), Instant::now());
    let liar = who("1111", 1);
    for _ in 0..ADDRESS_GUESSES {
        assert!(suspects.may_try(now, liar));
        suspects.guessed(now, liar);
    }
    assert!(!suspects.may_try(now, liar));
    assert!(suspects.may_try(now, who("1111", 2)), "another address");
    assert!(suspects.may_try(now, who("2222", 1)), "another account");
    let later = now + ADDRESS_PAUSE;
    assert!(suspects.may_try(later, liar));
    suspects.guessed(later, liar);
    assert!(!suspects.may_try(later + ADDRESS_PAUSE / 2, liar));
    suspects.proved(later + ADDRESS_PAUSE, liar);
    assert!(suspects.may_try(later + ADDRESS_PAUSE, liar), "it knew after all");
}

#[test]
fn e13_many_addresses_guess_and_the_own_phones_still_come_in() {
    let (mut suspects, mut now) = (Suspects::default(), Instant::now());
    let own = who("1111", 250);
    suspects.proved(now, own);
    let mut alarms = 0;
    for address in 0..u8::try_from(ACCOUNT_GUESSES).unwrap() {
        now += Duration::from_millis(100);
        let guess = suspects.guessed(now, who("1111", address));
        alarms += u32::from(guess == Guess::Many);
    }
    assert_eq!(alarms, 1);
    assert!(!suspects.may_try(now, who("1111", 200)), "nobody has seen it before");
    assert!(suspects.may_try(now, own));
    assert!(suspects.may_try(now + ACCOUNT_PAUSE, who("1111", 200)));
}

#[test]
fn memory_is_bounded() {
    let (mut suspects, now) = (Suspects::default(), Instant::now());
    for user in 0..SUSPECTS_MAX + 9 {
        suspects.proved(now, who(&user.to_string(), 1));
    }
    assert_eq!((suspects.marks.len(), suspects.order.len()), (SUSPECTS_MAX, SUSPECTS_MAX));
}
