//! docs/texts.md is what the maker of an app reads: its tables say what the code does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use routing::{Refusal, State, Wanted, WantedForm};
use sip::registrar::{Abilities, PROFILES};

const PAGE: &str = include_str!("../../docs/texts.md");

/// The rows of the table with this head, cell by cell.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let (_, below) = PAGE.split_once(&format!("\n| {head} |\n")).unwrap();
    let lines = below.lines().skip(1).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| {
        let inner = line.trim_start_matches("| ").trim_end_matches('|');
        inner.split(" |").map(str::trim).collect()
    };
    lines.map(cells).collect()
}

#[test]
fn every_type_of_body_has_its_row() {
    let kinds: Vec<_> = shard::kinds().collect();
    let rows = rows("body | is");
    assert_eq!(rows.len(), kinds.len());
    for (row, (content_type, word)) in rows.iter().zip(kinds) {
        assert_eq!(row[0], format!("`{content_type}`"));
        let same = rows[3][1].starts_with(word) && row[1] == "the same";
        assert!(row[1].starts_with(word) || same, "{row:?} is {word}");
    }
}

#[test]
fn an_app_hears_of_every_final_state_what_the_page_says() {
    let rows = rows("the text ended | positive-delivery | negative-delivery");
    let finals = State::ALL.into_iter().filter(|state| state.is_final());
    assert_eq!(rows.len(), finals.clone().count());
    for (row, state) in rows.iter().zip(finals) {
        let hears = |delivered, failed| {
            let form = WantedForm::Envelope;
            let wanted = Wanted { name: String::new(), delivered, failed, form };
            if wanted.wants(state) { shard::told(state) } else { "" }
        };
        let second = row.get(2).copied().unwrap_or_default();
        assert_eq!(
            (row[0], row[1], second),
            (state.word(), hears(true, false), hears(false, true))
        );
    }
}

#[test]
fn every_answer_of_an_app_means_what_the_page_says() {
    let mut seen = 0;
    for row in rows("an app's answer | means") {
        for status in row[0].split(' ') {
            let meaning = shard::meaning_of_sip(status.parse().unwrap());
            assert!(
                row[1].starts_with(meaning),
                "{status}: {meaning}, and the page says {}",
                row[1]
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn every_refusal_has_both_its_codes() {
    let expected: Vec<Vec<String>> = Refusal::ALL
        .iter()
        .map(|r| vec![r.words().to_owned(), r.sip().to_string(), format!("0x{:02X}", r.smpp())])
        .collect();
    assert_eq!(rows("refused | SIP | SMPP"), expected);
}

#[test]
fn every_app_we_know_has_its_row() {
    let yes = |can: bool| if can { "yes" } else { "no" };
    let expected: Vec<Vec<String>> = PROFILES
        .iter()
        .map(|(name, can)| {
            let of = [Abilities::CPIM, Abilities::IMDN, Abilities::DEFLATE];
            let cells = of.map(|ability| yes(can.has(ability)).to_owned());
            [vec![format!("`{name}`")], cells.to_vec()].concat()
        })
        .collect();
    assert_eq!(rows("User-Agent begins with | CPIM | IMDN | deflate"), expected);
}
