//! The languages that were agreed with a next hop, as those whose tables there are.
//!
//! The treaty has names for them and the alphabets have tables, and neither may know the other:
//! this room knows both, and the compiler that none is forgotten.

use routing::National;
use text::{Language, Languages};

/// Those that were agreed.
pub(super) fn languages(agreed: &[National]) -> Languages {
    agreed.iter().fold(Languages::NONE, |all, national| all.with(language(*national)))
}

const fn language(national: National) -> Language {
    match national {
        National::Turkish => Language::Turkish,
        National::Spanish => Language::Spanish,
        National::Portuguese => Language::Portuguese,
        National::Bengali => Language::Bengali,
        National::Gujarati => Language::Gujarati,
        National::Hindi => Language::Hindi,
        National::Kannada => Language::Kannada,
        National::Malayalam => Language::Malayalam,
        National::Oriya => Language::Oriya,
        National::Punjabi => Language::Punjabi,
        National::Tamil => Language::Tamil,
        National::Telugu => Language::Telugu,
        National::Urdu => Language::Urdu,
    }
}

#[cfg(test)]
mod tests;
