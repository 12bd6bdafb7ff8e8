//! Values on their way into a statement and out of a row.

use std::borrow::Cow;

/// A value for a place of a statement.
#[derive(Clone, Debug)]
pub enum Param<'a> {
    /// Nothing is known.
    Null,
    /// A number.
    Integer(i64),
    /// A text.
    Text(Cow<'a, str>),
}

impl Param<'_> {
    /// The same, with a text of its own.
    pub fn owned(&self) -> Param<'static> {
        match self {
            Self::Null => Param::Null,
            Self::Integer(number) => Param::Integer(*number),
            Self::Text(text) => Param::Text(Cow::Owned(text.clone().into_owned())),
        }
    }
}

/// The values of a statement, in the order of their places.
macro_rules! given {
    ($($value:expr),* $(,)?) => { &[$($crate::store::Param::from($value)),*] };
}
pub(crate) use given;

macro_rules! integers {
    ($($integer:ty),*) => { $(
        impl From<$integer> for Param<'_> {
            fn from(number: $integer) -> Self {
                Self::Integer(number.into())
            }
        }
    )* };
}
integers!(i64, u32, u16, u8, bool);

impl From<u64> for Param<'_> {
    /// What is more than the database can count counts as the most that it can.
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Param<'_> {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(text: &'a String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Param<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Param<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Param<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A value of a row.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// Nothing is known.
    Null,
    /// A number.
    Integer(i64),
    /// A text.
    Text(&'a str),
}

/// What a cell can be read as.
pub trait Read: Sized {
    /// Reads it; `None` if it is something else, or too large.
    fn read(cell: Cell<'_>) -> Option<Self>;
}

macro_rules! read_integers {
    ($($integer:ty),*) => { $(
        impl Read for $integer {
            fn read(cell: Cell<'_>) -> Option<Self> {
                let Cell::Integer(number) = cell else { return None };
                number.try_into().ok()
            }
        }
    )* };
}
read_integers!(i64, u64, u32, u16, u8);

impl Read for bool {
    fn read(cell: Cell<'_>) -> Option<Self> {
        i64::read(cell).map(|number| number != 0)
    }
}

impl Read for String {
    fn read(cell: Cell<'_>) -> Option<Self> {
        let Cell::Text(text) = cell else { return None };
        Some(text.to_owned())
    }
}

impl<T: Read> Read for Option<T> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            known @ (Cell::Integer(_) | Cell::Text(_)) => T::read(known).map(Some),
        }
    }
}
