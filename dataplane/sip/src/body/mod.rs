//! What bodies are wrapped in: MIME headers (RFC 2045), parts of several (RFC 2046) and compression
//! (RFC 1950, RFC 1951).

mod inflate;
mod multipart;
mod part;

pub use inflate::inflate;
pub use multipart::Parts;
pub use part::Part;
pub(crate) use part::{Head, lines_of};

#[cfg(test)]
mod tests;
