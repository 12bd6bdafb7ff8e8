use proptest::prelude::*;

use super::*;
use crate::{Alphabet, Decoded, Header, Language, Shifts};

const GSM: Form = Form::of(Alphabet::Gsm7);
const UCS2: Form = Form::of(Alphabet::Ucs2);
const HINDI: Form = Form {
    alphabet: Alphabet::Gsm7,
    shifts: Shifts { locking: Some(Language::Hindi), single: Some(Language::Hindi) },
};

fn parts(text: &str, form: Form, reference: Reference) -> Vec<&str> {
    let segments = split(text, form, reference, 0).unwrap();
    let total = segments.total();
    let segments: Vec<_> = segments.collect();
    assert_eq!(segments.len(), usize::from(total));
    for (segment, sequence) in segments.iter().zip(1..=255) {
        assert_eq!((segment.sequence, segment.total), (sequence, total));
    }
    segments.into_iter().map(|segment| segment.text).collect()
}

#[test]
fn lengths_at_the_edges() {
    let cases = [
        (GSM, Reference::Narrow, [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3), (39_015, 255)]),
        (GSM, Reference::Wide, [(0, 1), (160, 1), (161, 2), (304, 2), (305, 3), (38_760, 255)]),
        (UCS2, Reference::Narrow, [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (17_085, 255)]),
        (UCS2, Reference::Wide, [(1, 1), (70, 1), (71, 2), (132, 2), (133, 3), (16_830, 255)]),
        // A header with two languages has seven octets; with a reference twelve.
        (HINDI, Reference::Narrow, [(1, 1), (152, 1), (153, 2), (292, 2), (293, 3), (37_230, 255)]),
    ];
    for (form, reference, edges) in cases {
        for (units, segments) in edges {
            let text = "a".repeat(units);
            assert_eq!(parts(&text, form, reference).len(), segments, "{form:?} {units}");
        }
        let [.., (longest, _)] = edges;
        let text = "a".repeat(longest + 1);
        assert_eq!(split(&text, form, reference, 0).unwrap_err(), SplitError::TooLong);
    }
    assert_eq!(split("й", GSM, Reference::Narrow, 0).unwrap_err(), SplitError::Unsaid);
    // Ports of 16 bits take six octets of header.
    let text = "a".repeat(153);
    let with_ports = split(&text, GSM, Reference::Narrow, 6).unwrap();
    assert_eq!(with_ports.total(), 2);
    assert_eq!(with_ports.map(|one| one.text.len()).collect::<Vec<_>>(), [146, 7]);
}

#[test]
fn f08_no_escape_pair_is_cut() {
    for before in 150..=153 {
        let text = format!("{}{}", "a".repeat(before), "€".repeat(20));
        let parts = parts(&text, GSM, Reference::Narrow);
        for part in &parts {
            let mut septets = Vec::new();
            assert!(GSM.encode_to(part, &mut septets));
            assert!(septets.len() <= 153 && septets.last() != Some(&0x1B), "{before}");
        }
        assert_eq!(parts.concat(), text);
    }
}

#[test]
fn f08_no_surrogate_pair_is_cut() {
    for before in 64..=67 {
        let text = format!("{}{}", "я".repeat(before), "😀".repeat(20));
        for part in parts(&text, UCS2, Reference::Narrow) {
            let mut octets = Vec::new();
            let mut read = String::new();
            assert!(UCS2.encode_to(part, &mut octets));
            assert!(octets.len() <= 134);
            assert_eq!(UCS2.decode_to(&octets, &mut read), Ok(Decoded::Exact));
            assert_eq!(read, part);
        }
    }
}

#[test]
fn f08_clusters_stay_together_where_it_can_be_helped() {
    let family = "👨\u{200D}👩\u{200D}👧";
    let text = format!("{}{family}{}", "я".repeat(64), "я".repeat(10));
    assert_eq!(parts(&text, UCS2, Reference::Narrow)[1].chars().next(), Some('👨'));
    let accented = format!("{}e\u{301}{}", "я".repeat(66), "я".repeat(10));
    assert!(parts(&accented, UCS2, Reference::Narrow)[1].starts_with("e\u{301}"));
    let hindi = format!("{}क्षि{}", "अ".repeat(144), "अ".repeat(10));
    assert!(parts(&hindi, HINDI, Reference::Narrow)[1].starts_with("क्षि"));
    // One that is longer than a segment is cut between characters.
    let long = format!("e{}", "\u{301}".repeat(100));
    assert_eq!(parts(&long, UCS2, Reference::Narrow).len(), 2);
    // So are all where keeping them would need too many segments.
    let wide = format!("e{}", "\u{301}".repeat(39)).repeat(400);
    assert_eq!(parts(&wide, UCS2, Reference::Narrow).len(), 16_000_usize.div_ceil(67));
}

/// Texts of letters, extensions, emoji with joiners, accents and Hindi.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "Ab c",
        "é",
        "€",
        "{",
        "я",
        "😀",
        "👨\u{200D}👩\u{200D}👧",
        "e\u{301}",
        "क्षि",
        "नमस्ते",
        "שלום",
        "\r\n",
        "🇮🇳",
        "\u{202E}",
    ]);
    prop::collection::vec(piece, 0..300).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_split_joins_again(text in text(), wide in any::<bool>(), others in 0..30_usize) {
        for languages in [crate::Languages::NONE, crate::Languages::ALL] {
            let form = Form::smallest(&text, languages);
            let reference = if wide { Reference::Wide } else { Reference::Narrow };
            let segments = split(&text, form, reference, others).unwrap();
            let total = segments.total();
            let mut joined = String::new();
            for (segment, sequence) in segments.zip(1..=255) {
                let mut header = Header::new();
                if total > 1 {
                    let concat = Concat { reference: 7, total, sequence, wide };
                    prop_assert_eq!((segment.total, segment.sequence), (total, sequence));
                    header.push_concat(&concat).unwrap();
                }
                header.push_shifts(form.shifts).unwrap();
                let mut octets = Vec::new();
                prop_assert!(form.encode_to(segment.text, &mut octets));
                let units = form.alphabet.units(octets.len());
                let length = match header.octets().len() + others {
                    0 => 0,
                    length if header.octets().is_empty() => length + 1,
                    length => length,
                };
                prop_assert!(units <= form.room(length), "{units} behind {length}");
                let _ = form.decode_to(&octets, &mut joined);
            }
            prop_assert_eq!(&joined, &text);
        }
    }
}
