use rkyv::util::AlignedVec;

use super::*;
use crate::table::builder::depth_for;

fn pack(text: &str) -> Packed {
    format!("1{text}").parse().unwrap()
}

fn frozen(kind: Kind, depth: u8, keys: &[(&str, u32)]) -> Radix {
    let mut builder = Builder::at_depth(kind, keys.len(), depth);
    keys.iter().for_each(|(key, value)| builder.push(pack(key), *value));
    builder.finish()
}

fn archived(radix: &Radix) -> AlignedVec {
    rkyv::to_bytes::<rkyv::rancor::Error>(radix).unwrap()
}

fn access(octets: &[u8]) -> &ArchivedRadix {
    rkyv::access::<ArchivedRadix, rkyv::rancor::Error>(octets).unwrap()
}

#[test]
fn a_run_of_tails_ends_where_its_string_does() {
    let keys = [("1234567890", 7), ("12345678901", 8), ("5", 9)];
    for depth in 1..=3 {
        let octets = archived(&frozen(Kind::Steps, depth, &keys));
        let radix = access(&octets);
        assert!(radix.is_sound(|value| value < 10));
        let step = |text: &str| radix.step(pack(text));
        assert_eq!(step("123456789"), None);
        assert_eq!(step("1234567890"), Some(7));
        assert_eq!(step("12345678900"), Some(7));
        assert_eq!(step("123456789010"), Some(8));
        assert_eq!(step("123456790"), Some(8), "a step holds up to the next key");
        assert_eq!(step("49"), Some(8));
        assert_eq!(step("500000000000000000"), Some(9));
    }
}

#[test]
fn a_point_is_only_itself() {
    let keys = [("", 6), ("0", 7), ("1234567890", 7), ("12345678901", 8), ("5", 9)];
    for depth in 1..=3 {
        let octets = archived(&frozen(Kind::Points, depth, &keys));
        let radix = access(&octets);
        assert!(radix.is_sound(|value| value < 10));
        for (key, value) in keys {
            assert_eq!(radix.exact(pack(key)), Some(value), "{key}");
        }
        for other in ["00", "1", "123456789", "12345678900", "123456789012", "50", "4", "6"] {
            assert_eq!(radix.exact(pack(other)), None, "{other}");
        }
    }
}

#[test]
fn a_wrong_guess_is_mended() {
    // All in one slot, and all but one where nobody would look for them.
    let crowd = (0..60).map(|at| (format!("1{:08}", at + 1), at));
    let crowds = [("10", "19"), ("10", "10000000"), ("19999999", "199999999")];
    for (first, last) in crowds {
        let mut keys: Vec<(String, u32)> = crowd.clone().collect();
        keys.extend([(first.to_owned(), 500), (last.to_owned(), 501)]);
        keys.sort();
        let keys: Vec<(&str, u32)> = keys.iter().map(|(key, at)| (key.as_str(), *at)).collect();
        let octets = archived(&frozen(Kind::Points, 1, &keys));
        let radix = access(&octets);
        assert!(radix.is_sound(|value| value < 502));
        for (key, value) in keys {
            assert_eq!(radix.exact(pack(key)), Some(value), "{key}");
        }
        for other in ["1", "100000000", "199", "100000999", "2"] {
            assert_eq!(radix.exact(pack(other)), None, "{other}");
        }
    }
}

#[test]
fn the_index_is_as_deep_as_it_pays() {
    let depths = |kind| [0, 99, 1_000, 100_000, 20_000_000].map(|keys| depth_for(kind, keys));
    assert_eq!(depths(Kind::Points), [1, 1, 3, 5, 5]);
    assert_eq!(depths(Kind::Steps), [1, 1, 2, 4, 5]);
}

#[test]
fn what_leads_astray_is_not_sound() {
    let good = frozen(Kind::Steps, 1, &[("1", 5), ("12345678901", 6), ("2", 7)]);
    type Spoil = fn(&mut Radix);
    let spoilt: [(&str, Spoil); 13] = [
        ("a value that nobody has", |radix| radix.words[1] += 10),
        ("too deep", |radix| radix.depth = 8),
        ("another depth", |radix| radix.depth = 2),
        ("no word before the runs", |radix| radix.slots[0] = 0),
        ("a run that ends before it begins", |radix| radix.slots[3] = 0),
        ("no window behind the words", |radix| radix.words.truncate(WINDOW)),
        ("a run behind the words", |radix| *radix.slots.last_mut().unwrap() += 1),
        ("a word behind the runs", |radix| radix.words.push(0)),
        ("a head without a slot", |radix| radix.index[1] -= 1),
        ("a head with more slots than there are", |radix| radix.index[10] += 1),
        ("tails that are not there", |radix| radix.words[0] = u64::from(TAILS) | 1),
        ("a run without a tail", |radix| radix.tail_index.push(radix.tail_words.len() as u32)),
        ("tails of tails", |radix| radix.tail_words[0] |= u64::from(TAILS)),
    ];
    assert!(access(&archived(&good)).is_sound(|value| value < 10));
    for (what, spoil) in spoilt {
        let mut radix = good.clone();
        spoil(&mut radix);
        assert!(!access(&archived(&radix)).is_sound(|value| value < 10), "{what}");
    }
}
