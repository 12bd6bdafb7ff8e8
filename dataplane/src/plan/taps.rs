//! The file of taps, which control writes beside its plans.

use std::fs;
use std::path::Path;

use routing::Tap;

/// What was read of it last.
#[derive(Debug, Default)]
pub(super) struct Taps {
    text: Option<String>,
}

impl Taps {
    /// Those that hold now, if they are others than before. A file that is not there names none,
    /// and so does one that cannot be understood: nobody is shown what he did not ask for.
    pub(super) fn look(&mut self, dir: &Path) -> Option<Vec<Tap>> {
        let text = fs::read_to_string(dir.join(Tap::FILE)).unwrap_or_default();
        if self.text.as_ref() == Some(&text) {
            return None;
        }
        let taps = Tap::parse_all(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "nothing is shown");
            Vec::new()
        });
        self.text = Some(text);
        Some(taps)
    }
}
