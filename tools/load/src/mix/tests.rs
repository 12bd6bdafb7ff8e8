//! Shares are exact, and what is no share is said to be none.

use super::{Kind, Mix};

#[test]
fn every_hundred_holds_each_share() {
    let mix: Mix = "ucs2=20,long=5,urgent=1".parse().unwrap();
    for start in [0, 1, 77, 4_294_967_100] {
        let of = |kind| (start..start + 100).filter(|id| mix.kind_of(*id) == kind).count();
        assert_eq!(Kind::ALL.map(of), [74, 20, 5, 1], "from {start}");
    }
}

#[test]
fn without_a_mix_all_are_plain() {
    assert!((0..100).all(|id| Mix::default().kind_of(id) == Kind::Plain));
    assert!(Mix::default().is_plain());
}

#[test]
fn what_is_no_mix_is_refused() {
    for text in ["", "ucs2", "ucs2=", "ucs2=101", "ucs2=-1", "fax=3", "ucs2=60,long=41"] {
        assert!(text.parse::<Mix>().is_err(), "{text}");
    }
}
