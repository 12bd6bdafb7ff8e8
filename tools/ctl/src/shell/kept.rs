//! What a shell remembers of what was typed: a file for its owner's eyes, without secrets.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use super::words::Line;

/// The file of the history, mode 0600; none if there is no place for it, and then nothing is kept.
pub(super) fn open() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty());
    let own = named("XDG_STATE_HOME").map(PathBuf::from);
    let folder = own.or_else(|| Some(PathBuf::from(named("HOME")?).join(".local/state")))?;
    let folder = folder.join("signalbox");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    let path = folder.join("history");
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).ok()?;
    file.set_permissions(Permissions::from_mode(0o600)).ok()?;
    Some(path)
}

/// May a line be kept? One with a password in it may not.
pub(super) fn may_be(line: &str) -> bool {
    let says_secret = |word: &str| {
        let option = word.split('=').next().unwrap_or(word);
        option.starts_with("--") && option.ends_with("password")
    };
    !Line::read(line).words.iter().any(|word| says_secret(&word.text))
}

#[cfg(test)]
mod tests;
