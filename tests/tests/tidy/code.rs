//! Rust text with its comments and literals blanked, so that a scanner meets only code.

/// One Rust file.
pub(crate) struct Source {
    /// Its path, relative to the repository.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Its text of the same length, with spaces for comments and for the inside of literals.
    pub(crate) code: String,
}

impl Source {
    /// Takes a file's text.
    pub(crate) fn new(path: &str, text: String) -> Self {
        let code = blank(&text);
        Self { path: path.to_owned(), text, code }
    }

    /// Is it a test, or what tests share, and nothing else?
    pub(crate) fn is_test(&self) -> bool {
        let path = format!("/{}", self.path);
        ["/tests.rs", "/testing.rs"].iter().any(|end| path.ends_with(end))
            || path.contains("/tests/")
            || path.contains("/benches/")
    }

    /// The line (from 1) of an octet of `code`.
    pub(crate) fn line_at(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }

    /// Where a word stands in the code, as a whole word.
    pub(crate) fn word<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.match_indices(word).map(|(at, _)| at).filter(move |at| {
            let before = self.code[..*at].chars().next_back();
            let after = self.code[at + word.len()..].chars().next();
            !before.is_some_and(in_word) && !after.is_some_and(in_word)
        })
    }
}

/// Can it be inside an identifier?
pub(crate) fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What the scanner is inside of.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Code,
    Line,
    Block(usize),
    Text,
    Raw(usize),
}

fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut at) = (Inside::Code, 0);
    while let Some(letter) = text[at..].chars().next() {
        let (next, taken) = step(inside, &text[at..], text[..at].chars().next_back());
        let shown = inside == Inside::Code && next == Inside::Code && taken == letter.len_utf8();
        let piece = &text[at..at + taken];
        if shown {
            out.push_str(piece);
        } else {
            out.extend(piece.bytes().map(|octet| if octet == b'\n' { '\n' } else { ' ' }));
        }
        (inside, at) = (next, at + taken);
    }
    out
}

/// What we are inside of after the next piece, and how long that piece is.
fn step(inside: Inside, rest: &str, before: Option<char>) -> (Inside, usize) {
    let one = rest.chars().next().map_or(0, char::len_utf8);
    match inside {
        Inside::Code => open(rest, before, one),
        Inside::Line if rest.starts_with('\n') => (Inside::Code, 1),
        Inside::Block(0) if rest.starts_with("*/") => (Inside::Code, 2),
        Inside::Block(depth) if rest.starts_with("*/") => (Inside::Block(depth - 1), 2),
        Inside::Block(depth) if rest.starts_with("/*") => (Inside::Block(depth + 1), 2),
        Inside::Text if rest.starts_with('\\') => {
            (Inside::Text, 1 + rest[1..].chars().next().map_or(0, char::len_utf8))
        }
        Inside::Text if rest.starts_with('"') => (Inside::Code, 1),
        Inside::Raw(hashes) if closes(rest, hashes) => (Inside::Code, 1 + hashes),
        Inside::Line | Inside::Block(_) | Inside::Text | Inside::Raw(_) => (inside, one),
    }
}

fn closes(rest: &str, hashes: usize) -> bool {
    rest.strip_prefix('"').is_some_and(|tail| tail.bytes().take(hashes).eq(vec![b'#'; hashes]))
}

fn open(rest: &str, before: Option<char>, one: usize) -> (Inside, usize) {
    if rest.starts_with("//") {
        return (Inside::Line, 2);
    }
    if rest.starts_with("/*") {
        return (Inside::Block(0), 2);
    }
    if rest.starts_with('"') {
        return (Inside::Text, 1);
    }
    if !before.is_some_and(in_word) {
        let tail = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).unwrap_or("");
        let hashes = tail.bytes().take_while(|octet| *octet == b'#').count();
        if tail[hashes..].starts_with('"') {
            return (Inside::Raw(hashes), rest.len() - tail.len() + hashes + 1);
        }
    }
    // A character literal; a quote that opens none is a lifetime's.
    if let Some(tail) = rest.strip_prefix('\'') {
        let long = tail.strip_prefix('\\').map(|escape| 1 + escape.find('\'').unwrap_or(0));
        let length = long.or_else(|| tail.chars().next().map(char::len_utf8)).unwrap_or(0);
        let length = if tail.starts_with("\\'") { 2 } else { length };
        if tail[length.min(tail.len())..].starts_with('\'') {
            return (Inside::Code, length + 2);
        }
    }
    (Inside::Code, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_literals_and_nothing_else() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"x\\\"y\") + g", "f(      ) + g"),
            ("r#\"a \" b\"# z", "           z"),
            ("br\"\\\" z", "      z"),
            ("'a' '\\'' '\\n' b'\\\\' <'a> 'b", "              b     <'a> 'b"),
            ("for r in x", "for r in x"),
        ];
        for (text, code) in cases {
            assert_eq!(blank(text), code, "for {text}");
        }
    }

    #[test]
    fn finds_whole_words_only() {
        let source = Source::new("a.rs", "unsafe_code unsafe { }\n// unsafe\n".to_owned());
        assert_eq!(source.word("unsafe").collect::<Vec<_>>(), [12]);
        assert_eq!(source.line_at(source.code.len() - 1), 2);
    }
}
