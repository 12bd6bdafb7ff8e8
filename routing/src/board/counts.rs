//! Counters of a fixed size that become one with others of their kind.

use crate::octets::{Field, Reader, Short, Write};

/// How often something was seen; it stops at the most it can hold.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Count(pub u32);

/// The largest value seen; 0 before any.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Most(pub u64);

/// The smallest value seen; 0 before any.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Least(pub u64);

/// Which of some things were seen, one bit each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Marks(pub u32);

/// The first `N` different values seen, each with its count, and how many others came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bag<const N: usize> {
    values: [(u32, u32); N],
    /// How often a value came that found no place.
    pub others: Count,
}

/// Words nobody expected, the first of them, each cut to eight octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Strange(pub [[u8; 8]; 4]);

/// Two sights of the same peer become one.
pub(super) trait Absorb {
    fn absorb(&mut self, other: &Self);
}

impl Count {
    /// Once more.
    pub fn add(&mut self, more: u32) {
        self.0 = self.0.saturating_add(more);
    }
}

impl Most {
    /// A value was seen.
    pub fn see(&mut self, value: u64) {
        self.0 = self.0.max(value);
    }
}

impl Least {
    /// A value was seen; one of 0 counts as 1.
    pub fn see(&mut self, value: u64) {
        let value = value.max(1);
        self.0 = if self.0 == 0 { value } else { self.0.min(value) };
    }
}

impl Marks {
    /// This thing was seen.
    pub fn see(&mut self, bit: u32) {
        self.0 |= 1_u32.checked_shl(bit).unwrap_or(0);
    }

    /// Was this thing seen?
    pub fn has(self, bit: u32) -> bool {
        self.0 & 1_u32.checked_shl(bit).unwrap_or(0) != 0
    }
}

impl<const N: usize> Default for Bag<N> {
    fn default() -> Self {
        Self { values: [(0, 0); N], others: Count::default() }
    }
}

impl<const N: usize> Bag<N> {
    /// A value was seen so often.
    pub fn add(&mut self, value: u32, count: u32) {
        for place in &mut self.values {
            if place.1 == 0 {
                place.0 = value;
            }
            if place.0 == value {
                place.1 = place.1.saturating_add(count);
                return;
            }
        }
        self.others.add(count);
    }

    /// The values with their counts, in the order in which they were first seen.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.values.iter().copied().filter(|(_, count)| *count > 0)
    }

    /// How often a value was seen.
    pub fn count(&self, value: u32) -> u32 {
        self.iter().find(|(seen, _)| *seen == value).map_or(0, |(_, count)| count)
    }
}

impl Strange {
    /// A word was seen.
    pub fn see(&mut self, word: &[u8]) {
        let mut cut = [0; 8];
        let len = word.len().min(cut.len());
        cut[..len].copy_from_slice(&word[..len]);
        if let Some(place) = self.0.iter_mut().find(|place| place[0] == 0 || **place == cut) {
            *place = cut;
        }
    }

    /// The words, with a mark for every octet that is no letter.
    pub fn words(&self) -> Vec<String> {
        let legible = |octet: &u8| {
            if octet.is_ascii_graphic() { char::from(*octet) } else { '?' }
        };
        let seen = self.0.iter().filter(|word| word[0] != 0);
        seen.map(|word| word.iter().take_while(|o| **o != 0).map(legible).collect()).collect()
    }
}

impl Absorb for Count {
    fn absorb(&mut self, other: &Self) {
        self.add(other.0);
    }
}

impl Absorb for Most {
    fn absorb(&mut self, other: &Self) {
        self.see(other.0);
    }
}

impl Absorb for Least {
    fn absorb(&mut self, other: &Self) {
        if other.0 != 0 {
            self.see(other.0);
        }
    }
}

impl Absorb for Marks {
    fn absorb(&mut self, other: &Self) {
        self.0 |= other.0;
    }
}

impl<const N: usize> Absorb for Bag<N> {
    fn absorb(&mut self, other: &Self) {
        other.iter().for_each(|(value, count)| self.add(value, count));
        self.others.absorb(&other.others);
    }
}

impl Absorb for Strange {
    fn absorb(&mut self, other: &Self) {
        other.0.iter().filter(|word| word[0] != 0).for_each(|word| self.see(word));
    }
}

impl<const N: usize> Absorb for [Count; N] {
    fn absorb(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(own, more)| own.absorb(more));
    }
}

impl Field for Count {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.0);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self(reader.u32()?))
    }
}

impl Field for Most {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.0);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self(reader.u64()?))
    }
}

impl Field for Least {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.0);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self(reader.u64()?))
    }
}

impl Field for Marks {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.0);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self(reader.u32()?))
    }
}

impl<const N: usize> Field for Bag<N> {
    fn put(&self, out: &mut Vec<u8>) {
        for (value, count) in self.values {
            out.put_u32(value);
            out.put_u32(count);
        }
        self.others.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut bag = Self::default();
        for place in &mut bag.values {
            *place = (reader.u32()?, reader.u32()?);
        }
        bag.others = Count::take(reader)?;
        Ok(bag)
    }
}

impl Field for Strange {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.iter().for_each(|word| out.put_raw(word));
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut words = Self::default();
        for word in &mut words.0 {
            *word = reader.array()?;
        }
        Ok(words)
    }
}

impl<const N: usize> Field for [Count; N] {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|count| count.put(out));
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut counts = [Count::default(); N];
        for count in &mut counts {
            *count = Count::take(reader)?;
        }
        Ok(counts)
    }
}
