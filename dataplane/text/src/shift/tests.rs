use proptest::prelude::*;

use super::*;

/// The tables as Android's `GsmAlphabet` has them (frameworks/base, telephony; made for 3GPP
/// TS 23.038 9.1.1), read out of its strings as code points: a name, then eight lines of sixteen.
/// Ours were made from the tables of release 18. Zero and blank both mean nothing there.
const ORACLE: &str = include_str!("android.txt");

/// Where the two differ: kind, language, septet, ours. Android's older release has no euro sign
/// in Telugu's; newer ones have it.
const EXPLAINED: [(&str, Language, u8, char); 1] = [("single", Language::Telugu, 0x65, '€')];

fn oracle() -> Vec<(&'static str, Option<Language>, Vec<char>)> {
    let lines: Vec<&str> = ORACLE.lines().collect();
    let tables = lines.chunks(9).map(|table| {
        let (kind, id) = table[0].split_once(' ').unwrap();
        let points = table[1..].iter().flat_map(|line| line.split(' '));
        let points = points.map(|point| u32::from_str_radix(point, 16).unwrap());
        let points: Vec<char> = points.map(|point| char::from_u32(point).unwrap()).collect();
        assert_eq!(points.len(), 128);
        (kind, Language::of(id.parse().unwrap()), points)
    });
    tables.collect()
}

#[test]
fn all_tables_agree_with_the_oracle() {
    let mut entries = 0;
    for (kind, language, points) in oracle() {
        for (septet, theirs) in (0..128_u8).zip(points) {
            let ours = match (kind, language) {
                ("locking", Some(language)) => language.locking_meaning(septet),
                ("single", Some(language)) => language.single_meaning(septet),
                (_, _) => gsm7::extension_meaning(septet),
            };
            let theirs = Some(theirs).filter(|point| *point != '\0');
            let explained = language.and_then(|language| {
                EXPLAINED.iter().find(|row| (row.0, row.1, row.2) == (kind, language, septet))
            });
            if let Some(row) = explained {
                assert_eq!(ours, Some(row.3));
            } else {
                let blank = ours.is_none() && theirs == Some(' ');
                assert!(blank || ours == theirs, "{kind} {language:?} {septet:02x} {ours:?}");
            }
            entries += usize::from(ours.is_some());
        }
    }
    assert!(entries > 2_000, "{entries}");
}

#[test]
fn every_entry_is_written_as_it_is_read() {
    for shifts in all() {
        for septet in 0..128_u8 {
            for octets in [vec![septet], vec![ESCAPE, septet]] {
                let (mut text, mut written, mut again) = (String::new(), Vec::new(), String::new());
                if shifts.decode_to(&octets, &mut text) != Decoded::Exact {
                    continue;
                }
                shifts.encode(&text, &mut written).unwrap();
                assert_eq!(shifts.septets(&text), Some(written.len()));
                // What stands twice is written in the shorter or lower place.
                assert!(written.len() <= octets.len(), "{shifts:?} {octets:02x?} {written:02x?}");
                assert_eq!(shifts.decode_to(&written, &mut again), Decoded::Exact);
                assert_eq!(again, text);
            }
        }
    }
}

/// Every pair of tables.
fn all() -> Vec<Shifts> {
    let languages = || Language::ALL.into_iter().map(Some).chain([None]);
    let locking = languages().filter(|language| language.is_none_or(Language::locks));
    locking.flat_map(|locking| languages().map(move |single| Shifts { locking, single })).collect()
}

#[test]
fn a_header_asks_for_tables() {
    let (turkish, spanish) = (Some(Language::Turkish), Some(Language::Spanish));
    let cases: [(&[u8], Shifts); 7] = [
        (&[3, 0x24, 1, 1], Shifts { locking: None, single: turkish }),
        (&[3, 0x25, 1, 1], Shifts { locking: turkish, single: None }),
        (&[6, 0x24, 1, 2, 0x25, 1, 1], Shifts { locking: turkish, single: spanish }),
        // Spanish has no locking table; 14 is no language; 0 is the default; wrong sizes.
        (&[3, 0x25, 1, 2], Shifts::NONE),
        (&[6, 0x24, 1, 14, 0x25, 1, 0], Shifts::NONE),
        (&[4, 0x24, 2, 1, 1], Shifts::NONE),
        // The last one counts.
        (&[6, 0x24, 1, 2, 0x24, 1, 1], Shifts { locking: None, single: turkish }),
    ];
    for (octets, expected) in cases {
        let (header, _) = Udh::decode(octets).unwrap();
        assert_eq!(Shifts::of(&header), expected, "{octets:02x?}");
    }
}

#[test]
fn odd_septets_are_read_as_the_standard_asks() {
    let hindi = Shifts { locking: Some(Language::Hindi), single: Some(Language::Hindi) };
    let oriya = Shifts { locking: Some(Language::Oriya), single: None };
    let cases: [(Shifts, &[u8], &str); 6] = [
        (hindi, b"\x1B", " "),
        (hindi, b"\x1B\x1Ba", " a"),
        (hindi, b"\x1Bp", "p"),
        (hindi, b"\x80", "\u{FFFD}"),
        (hindi, b"\x1B\x80", "\u{FFFD}"),
        (oriya, b"\x0C", " "),
    ];
    for (shifts, septets, expected) in cases {
        let mut text = String::new();
        assert_eq!(shifts.decode_to(septets, &mut text), Decoded::Repaired);
        assert_eq!(text, expected, "{septets:02x?}");
    }
}

#[test]
fn the_fewest_septets_are_found() {
    let (turkish, hindi) = (Language::Turkish, Language::Hindi);
    let all = Languages::ALL;
    let cases: [(&str, Languages, Option<Shifts>); 7] = [
        ("plain", all, Some(Shifts::NONE)),
        ("ş", all, Some(Shifts { locking: Some(turkish), single: None })),
        ("ú", all, Some(Shifts { locking: Some(Language::Portuguese), single: None })),
        ("úèÁ", all, Some(Shifts { locking: None, single: Some(Language::Spanish) })),
        ("नमस्ते", all, Some(Shifts { locking: Some(hindi), single: None })),
        ("नमस्ते", Languages::NONE.with(turkish), None),
        ("ş", Languages::NONE, None),
    ];
    for (text, languages, expected) in cases {
        assert_eq!(smallest(text, languages).map(|(shifts, _)| shifts), expected, "{text}");
    }
    assert_eq!(Languages::from_bits(0xFFFF), Languages::ALL);
    assert_eq!(Languages::ALL.iter().count(), Language::ALL.len());
}

proptest! {
    #[test]
    fn what_can_be_written_reads_the_same(
        pair in any::<proptest::sample::Index>(),
        septets in proptest::collection::vec(0..128_u8, 0..200),
    ) {
        let shifts = *pair.get(&all());
        let (mut text, mut written, mut again) = (String::new(), Vec::new(), String::new());
        let _ = shifts.decode_to(&septets, &mut text);
        // A blank in the place of an escape is in no locking table's way.
        prop_assume!(shifts.encode(&text, &mut written).is_ok());
        prop_assert_eq!(shifts.decode_to(&written, &mut again), Decoded::Exact);
        prop_assert_eq!(again, text);
    }
}
