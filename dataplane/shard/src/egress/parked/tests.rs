#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

const KEY: ConnectionKey = (1, 2);

fn early(name: u64, asked: Option<Asked>) -> Early {
    let source = Address::new(1, 1, b"3331").unwrap();
    let (reference, state, code, orphaned_ns) = (Some(9), State::Undeliverable, 21, None);
    Early { key: KEY, name, source, reference, state, code, asked, orphaned_ns }
}

fn asked() -> Option<Asked> {
    Some(Asked { link: LinkId(1), sequence: 7, command: Command::DeliverSm })
}

fn claim(parked: &mut Parked, name: u64) -> Option<Early> {
    parked.claim(KEY, name, |_| true)
}

#[test]
fn who_must_be_answered_is_an_orphan_from_then_on() {
    let (now, mut parked) = (Instant::now(), Parked::default());
    parked.keep(now, early(1, asked()));
    parked.keep(now, early(2, asked()));
    assert!(parked.answer(now, 5).is_none());
    let claimed = claim(&mut parked, 1).expect("it is there");
    assert_eq!(claimed.orphan(), None, "it was never answered without its Sms");
    let (orphan, asked) = parked.answer(now + PARKED_TTL, 6).expect("the other one");
    assert_eq!((asked.sequence, orphan.name, orphan.orphan().unwrap().at_ns), (7, 2, 6));
    assert!(parked.answer(now + PARKED_TTL, 7).is_none());
    assert_eq!(claim(&mut parked, 2).unwrap().orphan(), orphan.orphan());
}

#[test]
fn one_from_before_a_restart_is_found_by_name_and_by_reference_for_a_while() {
    let now = Instant::now();
    let orphan = Early { orphaned_ns: Some(6), ..early(1, None) }.orphan().unwrap();
    let adopted = || {
        let mut parked = Parked::default();
        parked.adopt(now, &orphan);
        parked
    };
    let found = claim(&mut adopted(), 1).expect("by its name");
    assert_eq!((found.orphan(), found.asked.is_none()), (Some(orphan), true));
    assert!(adopted().claim_reference(KEY, 9, |_| true).is_some());
    let mut parked = adopted();
    assert!(parked.answer(now + PARKED_TTL, 9).is_none(), "it was answered");
    assert!(parked.give_up(now + PARKED_TTL).is_none());
    assert_eq!(parked.poll_timeout(), Some(now + ORPHAN_TTL));
    assert!(parked.give_up(now + ORPHAN_TTL).is_some() && claim(&mut parked, 1).is_none());
}

#[test]
fn of_many_alike_each_is_found_once_and_the_oldest_goes_first() {
    let (now, mut parked) = (Instant::now(), Parked::default());
    for code in 0..4 {
        parked.keep(now, Early { code, ..early(1, None) });
    }
    let codes = |early: Option<Early>| early.map(|early| early.code);
    assert_eq!(codes(parked.claim_reference(KEY, 9, |early| early.code == 2)), Some(2));
    assert_eq!(codes(claim(&mut parked, 1)), Some(0));
    assert_eq!(codes(parked.claim_reference(KEY, 9, |_| true)), Some(1));
    assert_eq!(codes(parked.give_up(now + ORPHAN_TTL)), Some(3));
    assert!(parked.is_empty() && parked.by_name.is_empty() && parked.by_reference.is_empty());
}
