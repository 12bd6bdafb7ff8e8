//! One thing that is not tidy.

use std::fmt;

/// One thing that is not tidy: where it is, what it is, and the cure.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    /// The file, relative to the repository.
    pub(crate) path: String,
    /// The line, counted from 1; 0 if it concerns the whole file.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) cure: &'static str,
}

impl Finding {
    /// A finding; see the fields.
    pub(crate) fn new(
        path: &str,
        line: usize,
        what: impl Into<String>,
        cure: &'static str,
    ) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), cure }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}; {}", self.what, self.cure)
    }
}

#[test]
fn reads_like_a_compiler_message() {
    let finding = Finding::new("a/b.rs", 7, "a wildcard", "name every state");
    assert_eq!(finding.to_string(), "a/b.rs:7: a wildcard; name every state");
    assert_eq!(Finding::new("a", 0, "b", "c").to_string(), "a: b; c");
}
