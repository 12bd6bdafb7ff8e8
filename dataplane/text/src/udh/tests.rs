use proptest::prelude::*;

use super::*;

const fn narrow(reference: u16, total: u8, sequence: u8) -> Concat {
    Concat { reference, total, sequence, wide: false }
}

#[test]
fn concatenation_is_read_by_the_rules() {
    let wide = Concat { reference: 0x1234, total: 2, sequence: 1, wide: true };
    let cases: [(&[u8], Option<Concat>); 10] = [
        (&[5, 0, 3, 0x2A, 3, 1], Some(narrow(0x2A, 3, 1))),
        (&[6, 8, 4, 0x12, 0x34, 2, 1], Some(wide)),
        // A total of zero, a number of zero, a number above the total.
        (&[5, 0, 3, 0x2A, 0, 1], None),
        (&[5, 0, 3, 0x2A, 3, 0], None),
        (&[5, 0, 3, 0x2A, 3, 4], None),
        // An element of the wrong size.
        (&[4, 0, 2, 0x2A, 3], None),
        // Among others, known and unknown.
        (&[11, 0x05, 4, 0, 1, 0, 2, 0, 3, 7, 2, 2], Some(narrow(7, 2, 2))),
        // Twice: the last good one counts.
        (&[10, 0, 3, 1, 2, 1, 0, 3, 9, 2, 2], Some(narrow(9, 2, 2))),
        (&[10, 0, 3, 1, 2, 1, 0, 3, 9, 0, 2], Some(narrow(1, 2, 1))),
        // Nothing in it.
        (&[0], None),
    ];
    for (octets, expected) in cases {
        let (udh, rest) = Udh::decode(octets).unwrap();
        assert_eq!(udh.concat(), expected, "{octets:02x?}");
        assert!(rest.is_empty());
        assert_eq!(udh.octets(), octets.len());
    }
}

#[test]
fn what_is_no_header_is_text() {
    let cases: [&[u8]; 6] = [
        b"",
        // The length is past the user data.
        &[5, 0, 3, 1, 2],
        // An element is past the length.
        &[5, 0, 4, 1, 2, 1, b'a'],
        // An element without its length octet.
        &[1, 0, b'a'],
        &[6, 0, 3, 1, 2, 1, 0],
        b"Just a text whose first octet says 74.",
    ];
    for octets in cases {
        assert_eq!(split_udh(octets), (None, octets), "{octets:02x?}");
    }
}

proptest! {
    #[test]
    fn a_written_header_reads_the_same(
        reference in any::<u16>(), total in 1..=255_u8, at in any::<u8>(), wide in any::<bool>(),
        text in proptest::collection::vec(any::<u8>(), 0..140),
    ) {
        let reference = if wide { reference } else { reference & 0xFF };
        let concat = Concat { reference, total, sequence: at % total + 1, wide };
        let mut octets = Vec::new();
        concat.encode(&mut octets);
        prop_assert_eq!(octets.len(), if wide { 7 } else { 6 });
        octets.extend_from_slice(&text);
        let (udh, rest) = split_udh(&octets);
        prop_assert_eq!(udh.unwrap().concat(), Some(concat));
        prop_assert_eq!(rest, &text[..]);
    }

    #[test]
    fn any_octets_split_without_loss(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (udh, rest) = split_udh(&octets);
        prop_assert_eq!(udh.map_or(0, |udh| udh.octets()) + rest.len(), octets.len());
        if let Some(udh) = udh {
            let sum: usize = udh.elements().map(|element| element.data.len() + 2).sum();
            prop_assert_eq!(sum + 1, udh.octets());
            let _ = udh.concat();
        }
    }
}
