//! A PDU whose body does not hold what its command promises.

use std::fmt;

use crate::{Field, Status};

/// The first field that was wrong, and the status that says so to the peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What to answer.
    pub status: Status,
}

impl FieldError {
    /// `field` itself is wrong: too long, not terminated, not legal.
    pub(crate) const fn of(field: Field) -> Self {
        Self { field, status: field.status() }
    }

    /// The PDU ended before `field` did.
    pub(crate) const fn cut(field: Field) -> Self {
        Self { field, status: Status::RINVCMDLEN }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad {}: {}", self.field.name(), self.status)
    }
}

impl std::error::Error for FieldError {}
