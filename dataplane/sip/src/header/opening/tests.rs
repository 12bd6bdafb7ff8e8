//! Every known name is found as it is written, and nothing else is.

use super::{LONGEST, OPENINGS, PLACES, opening, slot_of};
use crate::header::name::KNOWN;

fn line(text: &str) -> [u8; LONGEST] {
    let mut line = [b'x'; LONGEST];
    line[..text.len()].copy_from_slice(text.as_bytes());
    line
}

#[test]
fn every_name_is_found_with_its_colon_and_space() {
    for (name, meaning) in KNOWN {
        let found = opening(&line(&format!("{name}: ")));
        assert_eq!(found, Some((meaning, name.len() + 2)), "{name}");
    }
}

#[test]
fn whatever_differs_by_one_octet_is_not_found() {
    for (name, _) in KNOWN {
        let text = line(&format!("{name}: "));
        for at in 0..name.len() + 2 {
            for octet in [b'\r', b' ', b'-', b':', b'a', b'z', text[at] ^ 0x20, 0xff] {
                let mut other = text;
                other[at] = octet;
                let same = other == text;
                assert_eq!(opening(&other).is_some(), same, "{name} with {octet:#x} at {at}");
            }
        }
    }
}

#[test]
fn few_names_share_a_slot() {
    let chain = |place: usize| {
        let mut length = 1;
        let mut next = OPENINGS[usize::from(PLACES[slot_of(place)])].next;
        while let Some(known) = OPENINGS.get(usize::from(next)) {
            (next, length) = (known.next, length + 1);
        }
        length
    };
    let longest = (0..KNOWN.len()).map(chain).max();
    assert!(longest <= Some(5), "{longest:?}: Contact and the four of Content");
}
