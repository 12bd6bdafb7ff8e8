//! Lists of numbers and senders that are blocked, or that alone are allowed.

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::{NumberTable, PatternMap};
use crate::{Address, Number, Pattern};

/// A list of numbers and names. A hundred million whole numbers take 0.8 to 1.2 GB and
/// are asked in three touches of memory.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct NumberList {
    /// Given by control once, never used again for another list.
    pub id: u32,
    /// Its name for people.
    pub name: String,
    /// Whole numbers.
    numbers: NumberTable,
    /// Prefixes and other patterns.
    patterns: PatternMap,
    /// Names of senders in lower case, ascending.
    names: Vec<String>,
}

/// A list that somebody has to pass.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Screen {
    /// The [`NumberList`], by id.
    pub list: u32,
    /// Who has to pass it.
    pub side: Side,
    /// What it means to be on it.
    pub stance: Stance,
}

/// One of the two who are joined by an Sms.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[rkyv(derive(Clone, Copy, Debug, Eq, PartialEq))]
pub enum Side {
    /// Who sends.
    Calling,
    /// Who is to get it.
    Called,
}

/// What it means to be on a list.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[rkyv(derive(Clone, Copy, Debug, Eq, PartialEq))]
pub enum Stance {
    /// Who is on it does not pass.
    Block,
    /// Who is not on it does not pass.
    Allow,
}

/// Who an address stands for: a number, or a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Party {
    /// Digits, in whichever form they were given.
    Number(Number),
    /// Anything else, in lower case.
    Name(Address),
}

impl NumberList {
    /// A list of whole numbers (`2222`), prefixes and other patterns (`222%`), and names
    /// (`Viber`).
    pub fn new<'a>(id: u32, name: &str, entries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list = Self { id, name: name.to_owned(), ..Self::default() };
        let (mut numbers, mut patterns) = (Vec::new(), Vec::new());
        for entry in entries {
            match (Number::parse(entry.as_bytes()), Pattern::parse(entry)) {
                (Ok(number), _) => numbers.push((number, 0)),
                (Err(_), Ok(pattern)) => patterns.push(pattern),
                (Err(_), Err(_)) => list.names.push(entry.to_ascii_lowercase()),
            }
        }
        list.numbers = NumberTable::build(numbers);
        list.patterns = PatternMap::build(patterns.into_iter().zip(0..));
        list.names.sort_unstable();
        list.names.dedup();
        list
    }
}

impl ArchivedNumberList {
    /// Is somebody on the list?
    pub fn contains(&self, party: &Party) -> bool {
        match party {
            Party::Number(number) => {
                self.numbers.exact(*number).is_some() || self.patterns.least(*number, 0).is_some()
            }
            Party::Name(name) => {
                let by =
                    |known: &rkyv::string::ArchivedString| known.as_bytes().cmp(name.as_bytes());
                self.names.binary_search_by(by).is_ok()
            }
        }
    }

    /// Can every lookup be answered? Asked once, when a snapshot is opened.
    pub(crate) fn is_sound(&self) -> bool {
        self.numbers.is_sound(1) && self.patterns.is_sound()
    }
}

impl Party {
    /// Who an address stands for.
    pub fn of(address: &Address) -> Self {
        const ALPHANUMERIC: u8 = 5;
        let number = Number::normalise(address.ton, address.as_bytes());
        match number {
            Ok(number) if address.ton != ALPHANUMERIC => Self::Number(number),
            _ => Self::Name(address.to_lowercase()),
        }
    }

    /// Does it match a pattern? One of a name is written in lower case.
    pub fn matches(&self, pattern: &[u8]) -> bool {
        match self {
            Self::Number(number) => crate::pattern::like(pattern, &number.digits()),
            Self::Name(name) => crate::pattern::like(pattern, name.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests;
