use proptest::prelude::*;

use super::*;
use crate::Language;
use crate::coding::{Waiting, Waits};

const fn narrow(reference: u16, total: u8, sequence: u8) -> Concat {
    Concat { reference, total, sequence, wide: false }
}

#[test]
fn f05_concatenation_is_read_by_the_rules() {
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
fn f05_what_is_no_header_is_text() {
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

#[test]
fn every_element_has_its_meaning() {
    let waiting = Waiting { stored: true, active: true, kind: Waits::Mail };
    let ports = Ports { destination: 2948, origin: 9200, wide: true };
    let narrow_ports = Ports { destination: 240, origin: 1, wide: false };
    let cases: [(&[u8], Meaning<'_>); 21] = [
        (&[0x00, 3, 7, 2, 1], Meaning::Concat(narrow(7, 2, 1))),
        (&[0x00, 3, 7, 2, 3], Meaning::Unknown),
        (&[0x01, 2, 0x82, 5], Meaning::Indication(Indication { waiting, count: 5 })),
        (&[0x01, 1, 0x82], Meaning::Unknown),
        (&[0x04, 2, 240, 1], Meaning::Ports(narrow_ports)),
        (&[0x05, 4, 0x0B, 0x84, 0x23, 0xF0], Meaning::Ports(ports)),
        (&[0x05, 3, 0x0B, 0x84, 0x23], Meaning::Unknown),
        (&[0x06, 1, 0x0F], Meaning::SmscControl(0x0F)),
        (&[0x07, 1, 1], Meaning::Source(1)),
        (&[0x09, 2, 1, 2], Meaning::WirelessControl(&[1, 2])),
        (&[0x0A, 3, 0, 4, 0x10], Meaning::Enhanced(&[0, 4, 0x10])),
        (&[0x1F, 0], Meaning::Enhanced(&[])),
        (&[0x20, 1, 9], Meaning::EmailHeader(9)),
        (&[0x21, 1, 9], Meaning::Enhanced(&[9])),
        (&[0x22, 2, 1, 0x81], Meaning::ReplyAddress(&[1, 0x81])),
        (&[0x23, 1, 0], Meaning::VoiceMail(&[0])),
        (&[0x24, 1, 1], Meaning::SingleShift(Language::Turkish)),
        (&[0x25, 1, 13], Meaning::LockingShift(Language::Urdu)),
        (&[0x25, 1, 99], Meaning::Unknown),
        (&[0x02, 1, 1], Meaning::Unknown),
        (&[0xA0, 1, 1], Meaning::Unknown),
    ];
    for (element, expected) in cases {
        let octets = [&[element.len() as u8], element].concat();
        let (udh, _) = Udh::decode(&octets).unwrap();
        let meanings: Vec<_> = udh.elements().map(Element::meaning).collect();
        assert_eq!(meanings, [expected], "{element:02x?}");
    }
}

#[test]
fn a_header_is_written_until_it_is_full() {
    let mut header = Header::new();
    assert_eq!(header.octets(), b"");
    let shifts = Shifts { locking: Some(Language::Hindi), single: Some(Language::Urdu) };
    let ports = Ports { destination: 2948, origin: 9200, wide: true };
    header.push_concat(&narrow(9, 2, 2)).unwrap();
    header.push_shifts(shifts).unwrap();
    header.push_ports(ports).unwrap();
    let (udh, rest) = Udh::decode(header.octets()).unwrap();
    assert_eq!((udh.concat(), udh.ports(), rest), (Some(narrow(9, 2, 2)), Some(ports), &[][..]));
    assert_eq!(udh.shifts(), shifts);
    // All but the concatenation goes into another.
    let mut other = Header::default();
    other.push_others(&udh).unwrap();
    let (udh, _) = Udh::decode(other.octets()).unwrap();
    assert_eq!((udh.concat(), udh.ports(), udh.shifts()), (None, Some(ports), shifts));
    // What has no room changes nothing.
    let before = other;
    assert_eq!(other.push(Element { id: 0x70, data: &[0; 200] }), Err(Full));
    assert_eq!(other, before);
    let left = 140 - other.octets().len() - 2;
    other.push(Element { id: 0x70, data: &vec![0; left] }).unwrap();
    assert_eq!(other.octets().len(), 140);
    assert_eq!(other.push(Element { id: 0x70, data: &[] }), Err(Full));
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
            let _ = (udh.concat(), udh.ports(), udh.shifts());
            let mut header = Header::new();
            let carried = udh.elements().try_for_each(|element| {
                let _ = element.meaning();
                header.push(element)
            });
            if carried.is_ok() && udh.octets() > 1 {
                prop_assert_eq!(header.octets(), &octets[..udh.octets()]);
            }
        }
    }
}
