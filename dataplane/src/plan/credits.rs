//! The file of what carriers paid, which control writes beside its plans.

use std::fs;
use std::path::Path;

use routing::Paid;

/// What is paid when a node starts; `None` if nobody can tell.
pub fn paid(dir: &Path) -> Option<Vec<Paid>> {
    Credits::default().look(dir)
}

/// What was read of it last.
#[derive(Debug, Default)]
pub(super) struct Credits {
    text: Option<String>,
}

impl Credits {
    /// What was paid, if it is something else than before. Where there is no file nobody paid;
    /// one that cannot be understood changes nothing: what was known before stands.
    pub(super) fn look(&mut self, dir: &Path) -> Option<Vec<Paid>> {
        let text = match fs::read_to_string(dir.join(Paid::FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(_) => return None,
        };
        if self.text.as_ref() == Some(&text) {
            return None;
        }
        let paid = Paid::parse_all(&text);
        self.text = Some(text);
        paid.inspect_err(|error| tracing::warn!(%error, "what was paid before stands")).ok()
    }
}
