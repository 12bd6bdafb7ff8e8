//! How big a room may be: files, lines and functions.

use crate::code::{Source, in_word};
use crate::finding::Finding;

/// Lines of a file; tests have no wall.
const FILE_LINES_MAX: usize = 500;
/// Columns of a line, tests included.
const COLUMNS_MAX: usize = 100;
/// Lines of a function, from `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// All that is too big in a file.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut found = columns(&source.path, &source.text);
    if !source.is_test() {
        found.extend(file(source));
        found.extend(functions(source));
    }
    found
}

fn file(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    (lines > FILE_LINES_MAX).then(|| {
        let cure = "find the second noun in it and give that a file of its own";
        Finding::new(&source.path, 0, format!("{lines} lines, the wall is {FILE_LINES_MAX}"), cure)
    })
}

/// Lines that are too wide, in a file of any language.
pub(crate) fn columns(path: &str, text: &str) -> Vec<Finding> {
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| (index + 1, line.chars().count()))
        .filter(|(_, columns)| *columns > COLUMNS_MAX)
        .map(|(line, columns)| {
            let what = format!("{columns} columns, the wall is {COLUMNS_MAX}");
            Finding::new(path, line, what, "break the line")
        })
        .collect()
}

fn functions(source: &Source) -> Vec<Finding> {
    let cure = "cut it where its comment says `then`";
    source
        .word("fn")
        .filter_map(|at| {
            let (name, end) = body(&source.code, at)?;
            let line = source.line_at(at);
            let lines = source.line_at(end) - line + 1;
            let what = format!("`{name}` has {lines} lines, the wall is {FUNCTION_LINES_MAX}");
            (lines > FUNCTION_LINES_MAX).then(|| Finding::new(&source.path, line, what, cure))
        })
        .collect()
}

/// The name of the function that `fn` at `at` begins, and where its body ends.
fn body(code: &str, at: usize) -> Option<(&str, usize)> {
    let after = code[at + 2..].trim_start();
    let name = &after[..after.find(|letter| !in_word(letter))?];
    if name.is_empty() {
        return None; // a type such as `fn(u8)`
    }
    let (mut depth, mut round) = (0_usize, 0_usize);
    for (step, letter) in code[at..].char_indices() {
        match letter {
            '(' | '[' => round += 1,
            ')' | ']' => round = round.saturating_sub(1),
            ';' if depth == 0 && round == 0 => return None, // declared only
            '{' => depth += 1,
            '}' if depth <= 1 => return Some((name, at + step)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: String) -> Vec<String> {
        check(&Source::new(path, text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_the_long_function_and_its_length() {
        let long =
            format!("fn a() {{ b(); }}\n\nfn c(x: [u8; 3]) {{\n{}}}\n", "    d();\n".repeat(69));
        assert_eq!(
            said("s.rs", long.clone()),
            ["s.rs:3: `c` has 71 lines, the wall is 70; cut it where its comment says `then`"]
        );
        assert!(said("s/tests.rs", long).is_empty(), "tests may be long");
    }

    #[test]
    fn counts_characters_not_octets() {
        assert!(said("s.rs", format!("// {}\n", "ä".repeat(97))).is_empty());
        assert_eq!(
            said("s.rs", format!("\n// {}\n", "ä".repeat(98))),
            ["s.rs:2: 101 columns, the wall is 100; break the line"]
        );
    }

    #[test]
    fn a_file_has_a_wall() {
        assert!(said("s.rs", "\n".repeat(500)).is_empty());
        assert_eq!(said("s.rs", "\n".repeat(501)).len(), 1);
    }
}
