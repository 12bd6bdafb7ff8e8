//! Many questions to many tables, and to a model so naive that it is obviously right.
//!
//! A million questions in every test run; `make accept-routing` asks ten million by setting
//! `SIGNALBOX_QUESTIONS`. The same count asks the same questions.

use std::collections::BTreeMap;

use super::*;
use crate::{Number, Pattern};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) % limit as u64) as usize
    }

    fn one_of(&mut self, octets: &[u8]) -> char {
        octets[self.below(octets.len())] as char
    }

    /// Digits that are alike, at the ends of their range, or any.
    fn digits(&mut self, len: usize) -> String {
        let alphabet: &[u8] = match self.below(4) {
            0 => b"01",
            1 => b"09",
            2 => b"9",
            _ => b"0123456789",
        };
        (0..len).map(|_| self.one_of(alphabet)).collect()
    }

    fn pattern(&mut self, known: &[String]) -> String {
        // Half of them grow out of one that is already there, so that they nest and touch.
        let mut text = match known.len() {
            0 => String::new(),
            count if self.below(2) == 0 => known[self.below(count)].clone(),
            _ => String::new(),
        };
        text.truncate(self.below(text.len() + 1));
        let len = 1 + self.below(6);
        text += &self.digits(len);
        match self.below(8) {
            0..=3 => text.push('%'),
            4 => {}
            5 => text.insert(self.below(text.len() + 1), '_'),
            6 => text.insert(0, '%'),
            _ => {
                text.insert(self.below(text.len() + 1), '%');
                text.insert(self.below(text.len() + 1), '_');
            }
        }
        text.truncate(2 * Number::DIGITS_MAX);
        text
    }

    /// A number that matches a pattern, or fails to by a digit.
    fn question(&mut self, pattern: &str) -> Number {
        let mut text = String::new();
        for c in pattern.chars() {
            let len = match c {
                '%' => [0, 0, 1, 2, 9][self.below(5)],
                '_' => 1,
                _ => 0,
            };
            text += &self.digits(len);
            text.extend(c.is_ascii_digit().then_some(c));
        }
        match self.below(8) {
            0 => _ = text.pop(),
            1 => text.push('0'),
            2 => text.push('9'),
            3 if !text.is_empty() => {
                let at = self.below(text.len());
                text.replace_range(at..=at, &self.digits(1));
            }
            _ => {}
        }
        text.truncate(Number::DIGITS_MAX);
        let fallback = || "0".parse().unwrap();
        text.parse().unwrap_or_else(|_| fallback())
    }
}

fn questions() -> usize {
    let wanted = std::env::var("SIGNALBOX_QUESTIONS").ok();
    wanted.map_or(1_000_000, |count| count.parse().expect("SIGNALBOX_QUESTIONS is a count"))
}

#[test]
fn patterns_agree_with_a_like_scan() {
    let mut random = Random(1);
    let (mut asked, mut matched) = (0, 0);
    while asked < questions() {
        let mut texts = Vec::new();
        for _ in 0..1 + random.below(24) {
            texts.push(random.pattern(&texts));
        }
        let patterns: Vec<Pattern> =
            texts.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        let map = PatternMap::build(patterns.iter().cloned().zip(0..));
        let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&map).unwrap();
        let map = rkyv::access::<ArchivedPatternMap, rkyv::rancor::Error>(&octets).unwrap();
        assert!(map.is_sound());
        for _ in 0..PER_TABLE {
            let text = &texts[random.below(texts.len())];
            let number = random.question(text);
            let from = if random.below(4) == 0 { random.below(texts.len()) } else { 0 };
            let digits = number.digits();
            let matches = |at: &usize| patterns[*at].matches(&digits);
            let naive = (from..texts.len()).find(matches).map(|at| at as u32);
            assert_eq!(map.least(number, from as u32), naive, "{number} from {from} in {texts:?}");
            matched += usize::from(naive.is_some());
        }
        asked += PER_TABLE;
    }
    assert!(asked / 4 < matched && matched < asked, "{matched} of {asked}: both answers are asked");
}

#[test]
fn a_large_table_agrees_with_a_map_of_its_prefixes() {
    let mut random = Random(2);
    let size = questions() / 10;
    let prefixes: BTreeMap<Number, u32> = (0..size as u32)
        .map(|value| {
            let len = 1 + random.below(10) + random.below(9);
            (random.digits(len).parse().unwrap(), value)
        })
        .collect();
    let rows: Vec<(Number, u32)> = prefixes.iter().map(|row| (*row.0, *row.1)).collect();
    let table = PrefixTable::build(rows.iter().map(|(prefix, value)| (Some(*prefix), *value)));
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&table).unwrap();
    let table = rkyv::access::<ArchivedPrefixTable, rkyv::rancor::Error>(&octets).unwrap();
    assert!(table.is_sound(size));
    let (mut numbers, mut found) = ([rows[0].0; 23], [None; 23]);
    for _ in 0..questions() / numbers.len() {
        for number in &mut numbers {
            let (prefix, _) = rows[random.below(rows.len())];
            *number = random.question(&format!("{prefix}%"));
        }
        table.longest_of_many(&numbers, &mut found);
        for (number, found) in numbers.into_iter().zip(found) {
            let mut beginnings = (1..=number.len()).rev().filter_map(|len| number.prefix(len));
            let naive = beginnings.find_map(|prefix| prefixes.get(&prefix).copied());
            assert_eq!(table.longest(number), naive, "{number}");
            assert_eq!(found, naive, "{number} among many");
        }
    }
}

const PER_TABLE: usize = 500;
