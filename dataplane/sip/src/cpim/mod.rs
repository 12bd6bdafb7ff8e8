//! Common presence and instant messaging (RFC 3862): a text with an envelope of its own, in which
//! RFC 5438 asks for reports.

mod build;
mod view;

pub use build::Envelope;
pub use view::Cpim;

/// The namespace of the headers of RFC 5438.
pub(crate) const IMDN: &str = "urn:ietf:params:imdn";

#[cfg(test)]
mod tests;
