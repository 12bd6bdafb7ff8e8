//! One hash table for each length, asked from the longest down.

use ::routing::Number;

/// Open addressing, linear probing; 0 is an empty place, because no packed number is 0.
#[derive(Debug)]
pub struct HashTable {
    /// Which lengths occur below the first five digits.
    lens: Vec<u32>,
    tables: Vec<Vec<(u64, u32)>>,
}

impl HashTable {
    /// From prefixes in any order; the value is the place.
    pub fn build(prefixes: &[Number]) -> Self {
        let mut counts = [0usize; Number::DIGITS_MAX + 1];
        prefixes.iter().for_each(|prefix| counts[prefix.len()] += 1);
        let size = |count: &usize| (count * 3 / 2 + 2).next_power_of_two();
        let tables = counts.iter().map(|count| vec![(0, 0); size(count)]).collect();
        let mut table = Self { lens: vec![0; 100_000], tables };
        for (value, prefix) in (0..).zip(prefixes) {
            table.insert(*prefix, value);
        }
        table
    }

    fn insert(&mut self, prefix: Number, value: u32) {
        let len = prefix.len();
        let slots = &mut self.tables[len];
        let mut at = hash(prefix.packed()) as usize & (slots.len() - 1);
        while slots[at].0 != 0 {
            at = (at + 1) & (slots.len() - 1);
        }
        slots[at] = (prefix.packed(), value);
        let head = prefix.prefix(HEAD).map_or(0, Number::packed) - 10u64.pow(len.min(HEAD) as u32);
        let below = 10usize.pow(HEAD.saturating_sub(len) as u32);
        let first = head as usize * below;
        self.lens[first..first + below].iter_mut().for_each(|lens| *lens |= 1 << len);
    }

    /// The value of the longest prefix; only for numbers of five digits and more.
    pub fn longest(&self, number: Number) -> Option<u32> {
        let head = number.prefix(HEAD)?.packed() - 10u64.pow(HEAD as u32);
        let mut lens = self.lens[head as usize] & ((2 << number.len()) - 1);
        while lens != 0 {
            let len = 31 - lens.leading_zeros() as usize;
            lens &= !(1 << len);
            let prefix = number.prefix(len)?.packed();
            let slots = &self.tables[len];
            let mut at = hash(prefix) as usize & (slots.len() - 1);
            while slots[at].0 != 0 {
                if slots[at].0 == prefix {
                    return Some(slots[at].1);
                }
                at = (at + 1) & (slots.len() - 1);
            }
        }
        None
    }

    /// How many octets it takes.
    pub fn octets(&self) -> usize {
        let slots: usize = self.tables.iter().map(Vec::len).sum();
        self.lens.len() * size_of::<u32>() + slots * size_of::<(u64, u32)>()
    }
}

fn hash(key: u64) -> u64 {
    let product = u128::from(key ^ 0xA076_1D64_78BD_642F) * 0xE703_7ED1_A0B4_28DB;
    (product >> 64) as u64 ^ product as u64
}

/// The digits that tell which lengths are worth a probe.
const HEAD: usize = 5;
