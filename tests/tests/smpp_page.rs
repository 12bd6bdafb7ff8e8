//! docs/smpp.md is what an operator sends to a carrier: its tables say what the code does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use routing::{AckLevel, Refusal};
use smpp::Status;
use smpp::tlv::tag;

const PAGE: &str = include_str!("../../docs/smpp.md");

/// The rows under a heading whose first cell is a number like `0x0A`, cell by cell.
fn rows(heading: &str) -> Vec<(u32, Vec<&'static str>)> {
    let (_, below) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = below.split("\n## ").next().unwrap();
    let row = |line: &'static str| {
        let cells: Vec<&str> =
            line.strip_prefix("| ")?.trim_end_matches('|').split('|').map(str::trim).collect();
        let number = u32::from_str_radix(cells[0].strip_prefix("0x")?, 16).ok()?;
        Some((number, cells[1..].to_vec()))
    };
    section.lines().filter_map(row).collect()
}

#[test]
fn every_status_has_its_row_and_its_name() {
    let rows: Vec<_> =
        rows("Status codes").into_iter().map(|(code, cells)| (Status(code), cells[0])).collect();
    let expected: Vec<_> = Status::ALL.iter().map(|code| (*code, code.name().unwrap())).collect();
    assert_eq!(rows, expected);
}

#[test]
fn every_status_we_say_to_a_carrier_is_explained() {
    let rows = rows("Status codes");
    for refusal in Refusal::ALL {
        let row = rows.iter().find(|(code, _)| *code == refusal.smpp()).unwrap();
        assert!(!row.1[1].is_empty(), "{refusal:?}: when do we say 0x{:02X}?", refusal.smpp());
    }
}

#[test]
fn every_status_of_an_smsc_means_what_the_shard_makes_of_it() {
    for (code, cells) in rows("Status codes") {
        assert_eq!(cells[2], shard::meaning_of(code), "0x{code:02X}");
    }
}

#[test]
fn every_mode_is_answered_as_the_page_says() {
    let words = [
        ("durable", AckLevel::Durable),
        ("delivered", AckLevel::Delivered),
        ("memory", AckLevel::Memory),
    ];
    // The rows of the second table begin with no number.
    let rows = rows("What a positive answer means");
    let modes: Vec<u32> = rows.iter().map(|(mode, _)| *mode).collect();
    assert_eq!(modes, [0, 1, 2, 3], "each mode has its row");
    for (mode, cells) in rows {
        for (modes, cell) in [(false, cells[1]), (true, cells[2])] {
            for (_, agreed) in words {
                let named = words.iter().find(|(word, _)| *word == cell);
                let expected = named.map_or(agreed, |(_, level)| *level);
                assert!(named.is_some() || cell == "as agreed", "{cell}");
                let esm_class = mode as u8 | 0x40;
                let (level, kept) = shard::granted(esm_class, agreed, modes);
                assert_eq!(level, expected, "0x{mode:02X}, agreed {agreed:?}, {modes}");
                let is_kept = mode == 3 || modes && mode != 0;
                assert_eq!(kept, if is_kept { esm_class } else { 0x40 }, "0x{mode:02X} {modes}");
                let single = level == AckLevel::Delivered || kept & 3 == 1;
                assert!(!single || cells[3].contains("one"), "0x{mode:02X}: one attempt");
                assert!(!single || cells[4].contains("none"), "0x{mode:02X}: no receipt");
            }
        }
    }
}

#[test]
fn every_tlv_has_its_row_its_name_and_its_size() {
    let row = |(tag, cells): (u32, Vec<&'static str>)| (tag as u16, cells[0], cells[1].to_owned());
    let rows: Vec<_> = rows("TLVs").into_iter().map(row).collect();
    let size = |tag| match tag::size(tag).unwrap() {
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    let row = |tag: &u16| (*tag, tag::name(*tag).unwrap(), size(*tag));
    assert_eq!(rows, tag::ALL.iter().map(row).collect::<Vec<_>>());
}
