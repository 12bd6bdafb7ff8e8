//! Instant message disposition notifications (RFC 5438): what became of a text.

mod build;
mod read;
mod wishes;

pub use read::Imdn;
pub use wishes::Wishes;

/// What a report says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Disposition {
    /// It arrived (delivery-notification).
    Delivered,
    /// It did not.
    Failed,
    /// Its recipient does not say.
    Forbidden,
    /// Nobody can say.
    Error,
    /// It was shown (display-notification).
    Displayed,
    /// It was read by nobody yet, but is being dealt with (processing-notification).
    Processed,
    /// It is kept for its recipient.
    Stored,
}

#[cfg(test)]
mod tests;
