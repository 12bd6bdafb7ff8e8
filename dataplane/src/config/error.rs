//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What is wrong with a configuration, where, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    path: PathBuf,
    place: Option<Place>,
    what: String,
    cure: String,
}

/// A piece of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Place {
    /// Counted from 1.
    line: usize,
    /// Counted from 1, in characters.
    column: usize,
    /// How many characters are marked.
    len: usize,
    text: String,
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self {
            path: path.to_owned(),
            place: None,
            what: format!("cannot be read: {error}"),
            cure: "give the path of a readable node.toml with --config".to_owned(),
        }
    }

    pub(super) fn at(
        path: &Path,
        text: &str,
        span: Range<usize>,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        let place = Some(Place::find(text, span));
        Self { path: path.to_owned(), place, what: what.into(), cure: cure.into() }
    }

    /// The line and column it is about, counted from 1.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|place| (place.line, place.column))
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl Place {
    fn find(text: &str, span: Range<usize>) -> Self {
        let start = (0..=span.start.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_text = text[from..].lines().next().unwrap_or_default();
        let marked = span.end.min(from + line_text.len()).saturating_sub(start);
        Self {
            line: text[..from].matches('\n').count() + 1,
            column: text[from..start].chars().count() + 1,
            len: marked.max(1),
            text: line_text.to_owned(),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.place {
            None => writeln!(f, "error: {path}: {}", self.what)?,
            Some(Place { line, column, len, text }) => {
                writeln!(f, "error: {path}:{line}:{column}: {}", self.what)?;
                let number = line.to_string();
                let gutter = " ".repeat(number.len());
                writeln!(f, "{gutter} |")?;
                writeln!(f, "{number} | {text}")?;
                writeln!(f, "{gutter} | {}{}", " ".repeat(column - 1), "^".repeat(*len))?;
            }
        }
        write!(f, "cure: {}", self.cure)
    }
}

impl std::error::Error for ConfigError {}
