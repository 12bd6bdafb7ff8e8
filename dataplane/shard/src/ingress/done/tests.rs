#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

fn peer(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

#[test]
fn an_answer_is_known_to_who_asked_until_it_ends() {
    let start = Instant::now();
    let at = |secs| start + Duration::from_secs(secs);
    let mut done = Done::new(start);
    done.keep(at(32), (7, Some(8)), peer(5060), Answer::Status(202));
    let end = b"Expires: 5".as_slice().into();
    let written = Answer::Written(Written { status: 200, end }.into());
    done.keep(at(31), (9, None), peer(5060), written);
    assert_eq!(done.answer((7, Some(8)), peer(5060)), Some(Some(&Answer::Status(202))));
    assert_eq!(done.answer((7, Some(8)), peer(5061)), Some(None), "it is nobody else's");
    assert_eq!(done.answer((5, Some(8)), peer(5060)), None, "it came another way");
    assert!(done.is_merged(8) && !done.is_merged(7));
    assert_eq!(done.forget(at(30)), Some(at(31)), "none has ended");
    assert_eq!(done.forget(at(31)), Some(at(32)));
    assert_eq!(done.answer((9, None), peer(5060)), None);
    assert!(done.answer((7, Some(8)), peer(5060)).is_some());
    assert_eq!(done.forget(at(40)), None);
    assert!(done.is_empty() && !done.is_merged(8));
}

#[test]
fn no_turn_forgets_without_bound() {
    let start = Instant::now();
    let mut done = Done::new(start);
    for key in 0..3_000 {
        done.keep(start, (key, Some(key)), peer(5060), Answer::Status(202));
    }
    assert_eq!(done.forget(start), Some(start), "there is more to be forgotten at once");
    done.forget(start);
    assert_eq!(done.forget(start), None);
}

#[test]
fn of_too_many_long_answers_the_first_is_forgotten() {
    let start = Instant::now();
    let mut done = Done::new(start);
    let first = Answer::Written(Written { status: 200, end: Box::default() }.into());
    for key in 0..=WRITTEN_MAX as u128 {
        done.keep(start, (key, None), peer(5060), first.clone());
    }
    assert_eq!(done.answer((0, None), peer(5060)), None);
    assert!(done.answer((1, None), peer(5060)).is_some());
}
