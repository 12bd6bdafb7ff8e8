use std::time::Duration;

use shard::{Level, Note};

use super::{Notes, RECENT_MAX, masked};
use crate::clock;

fn note(what: &'static str, peer: &str) -> Note {
    let (subject, detail) = ("TATA".to_owned(), String::new());
    let peer = Some(peer.parse().unwrap());
    Note { level: Level::Warn, what, subject, peer, number: None, detail }
}

#[test]
fn a_flood_becomes_a_line_a_second() {
    let (mut notes, start) = (Notes::default(), clock::now());
    let refused = note("bind refused", "198.51.100.1:40000");
    assert_eq!(notes.admit(start, &refused), Some(0));
    // Another port of the same peer is the same flood.
    let again = note("bind refused", "198.51.100.1:40001");
    (0..999).for_each(|_| assert_eq!(notes.admit(start, &again), None));
    assert_eq!(notes.admit(start, &note("bind refused", "198.51.100.2:1")), Some(0));
    assert_eq!(notes.admit(start, &note("nonsense", "198.51.100.1:1")), Some(0));
    let later = start + Duration::from_secs(1);
    assert_eq!(notes.admit(later, &refused), Some(999));
    assert_eq!(notes.admit(later, &refused), None);
}

#[test]
fn memory_is_bounded() {
    let (mut notes, start) = (Notes::default(), clock::now());
    for number in 0..2 * RECENT_MAX {
        let peer = std::net::Ipv4Addr::from(number as u32);
        assert!(notes.admit(start, &note("nonsense", &format!("{peer}:1"))).is_some());
    }
    assert!(notes.recent.len() <= RECENT_MAX);
    notes.admit(start + Duration::from_secs(2), &note("nonsense", "198.51.100.1:1"));
    assert_eq!(notes.recent.len(), 1);
}

#[test]
fn a_number_tells_its_network_and_not_whose_it_is() {
    let cases = [
        ("4915112345678", "49151********"),
        ("+4915112345678", "+4915*********"),
        ("222333", "222***"),
        ("2222", "22**"),
        ("7", "*"),
        ("", ""),
    ];
    for (number, shown) in cases {
        assert_eq!(masked(number), shown);
    }
}
