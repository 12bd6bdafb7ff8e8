#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use routing::DefaultAlphabet;

use super::*;

fn coded(data_coding: u8, octets: &[u8]) -> Content {
    let alphabet = DefaultAlphabet::default();
    Content::Coded { data_coding, alphabet, octets: octets.to_vec() }
}

/// docs/billing.md
const PAGE: &str = include_str!("../../../../docs/billing.md");

fn kinds() -> [ArchivedUnit; 3] {
    [ArchivedUnit::Sms, ArchivedUnit::Segment, ArchivedUnit::Characters(60.into())]
}

#[test]
fn texts_are_counted_as_the_page_says() {
    let (_, below) = PAGE.split_once("| characters | alphabet |").unwrap();
    let mut seen = 0;
    for row in below.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let (data_coding, wide) = match cells[1] {
            "GSM 7-bit" => (0, 1),
            "UCS-2" => (8, 2),
            _ => (4, 1),
        };
        let content = coded(data_coding, &vec![b'x'; wide * cells[0].parse::<usize>().unwrap()]);
        for (unit, expected) in kinds().iter().zip(&cells[2..]) {
            assert_eq!(units(unit, (&content, 0)).to_string(), *expected, "{row}");
        }
        seen += 1;
    }
    assert_eq!(seen, 11);
}

#[test]
fn a_segment_is_one_and_its_header_is_no_text() {
    let segment = |total| [&[5, 0, 3, 9, total, 1][..], &[b'x'; 153]].concat();
    for (octets, expected) in [(segment(3), [1, 1, 3]), (segment(1), [1, 1, 3])] {
        let content = coded(0, &octets);
        let found = kinds().each_ref().map(|unit| units(unit, (&content, UDHI)));
        assert_eq!(found, expected);
    }
}
