//! Words that are not to be used for things of ours (DESIGN section 8).

use crate::code::{Source, in_word};
use crate::finding::Finding;

/// A name that says nothing about what is in it.
const EMPTY_ROOMS: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "types", "misc", "manager", "managers"];

/// Words that no name of ours contains, and what to say instead.
const NOT_SAID: &[(&str, &str)] = &[
    ("process", "say what it does: handle, poll, admit, choose, dispatch, settle"),
    ("manage", "say what it does"),
    ("manager", "name the thing, not that it is in charge"),
    ("util", "name the thing"),
    ("utils", "name the things"),
    ("common", "name what is shared"),
    ("helper", "name it after what it helps"),
    ("misc", "name the thing"),
    ("tenant", "say environment"),
];

/// All names that should be others.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    if source.is_test() {
        return Vec::new(); // the names of tests are sentences
    }
    let mut found: Vec<Finding> = empty_room(source).into_iter().collect();
    for keyword in ["fn", "struct", "enum", "trait", "mod", "type"] {
        for at in source.word(keyword) {
            let rest = source.code[at + keyword.len()..].trim_start();
            let name = &rest[..rest.find(|letter| !in_word(letter)).unwrap_or(rest.len())];
            found.extend(name_of(source, at, name));
        }
    }
    found
}

fn empty_room(source: &Source) -> Option<Finding> {
    let cure = "a thing without a name has no place yet: find its noun";
    let rooms = source.path.trim_end_matches(".rs").split('/');
    let empty = rooms.into_iter().find(|room| EMPTY_ROOMS.contains(room))?;
    Some(Finding::new(&source.path, 0, format!("a room called `{empty}`"), cure))
}

fn name_of(source: &Source, at: usize, name: &str) -> Option<Finding> {
    let words = words(name);
    let (word, cure) = NOT_SAID.iter().find(|(word, _)| words.iter().any(|said| said == word))?;
    let what = format!("`{name}` says `{word}`");
    Some(Finding::new(&source.path, source.line_at(at), what, cure))
}

/// The words of a name in snake or camel case, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() {
            words.push(String::new());
        }
        if letter != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Vec<String> {
        check(&Source::new(path, text.to_owned())).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rooms_have_nouns() {
        assert_eq!(
            said("sip/src/utils.rs", ""),
            ["sip/src/utils.rs: a room called `utils`; a thing without a name has no place yet: \
              find its noun"]
        );
        assert!(said("sip/src/uri.rs", "").is_empty());
    }

    #[test]
    fn names_say_what_they_do() {
        assert_eq!(
            said("a.rs", "fn process_pdu() {}\nstruct LinkManager;\nfn domain() {}\n// fn util\n"),
            [
                "a.rs:1: `process_pdu` says `process`; say what it does: handle, poll, admit, \
                 choose, dispatch, settle",
                "a.rs:2: `LinkManager` says `manager`; name the thing, not that it is in charge",
            ]
        );
    }

    #[test]
    fn words_of_a_name() {
        assert_eq!(words("go_LinkUp"), ["go", "", "link", "up"]);
    }
}
