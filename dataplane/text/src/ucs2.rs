//! UCS-2 (3GPP TS 23.038 §6.2.3), read and written as UTF-16 big-endian, which is
//! what phones do.
//!
//! Both ways go by blocks in which what most scripts need is done for all units together;
//! surrogates, of which a text has few, go one by one.

mod from_units;
mod read;
mod to_units;
mod write;

pub use read::decode_to;
pub use write::encode;

/// Units `text` needs; a character beyond the basic plane needs two.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests;
