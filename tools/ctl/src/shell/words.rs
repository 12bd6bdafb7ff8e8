//! A line, cut into words as a POSIX shell does: blanks part them, quotation marks and backslashes
//! keep them together, and `#` begins a remark. Nothing is expanded.

/// A line, or as much of it as was typed.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// A quotation mark or a backslash waits for its other end.
    pub(super) is_open: bool,
    /// The line ends in the middle of its last word.
    pub(super) is_in_word: bool,
}

#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Word {
    /// What it says.
    pub(super) text: String,
    /// The octet of the line where it begins, with its quotation mark.
    pub(super) start: usize,
}

/// Where a letter stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    Between,
    Plain,
    Single,
    Double,
}

impl Line {
    pub(super) fn read(text: &str) -> Self {
        let mut line = Self::default();
        let mut place = Place::Between;
        let mut letters = text.char_indices();
        while let Some((at, letter)) = letters.next() {
            if place == Place::Between {
                if letter.is_whitespace() {
                    continue;
                }
                if letter == '#' {
                    return line;
                }
                line.words.push(Word { text: String::new(), start: at });
                place = Place::Plain;
            }
            place = match (place, letter) {
                (Place::Plain, letter) if letter.is_whitespace() => Place::Between,
                (Place::Plain, '\'') => Place::Single,
                (Place::Plain, '"') => Place::Double,
                (Place::Single, '\'') | (Place::Double, '"') => Place::Plain,
                (Place::Plain | Place::Double, '\\') => {
                    match letters.next() {
                        Some((_, escaped)) => line.say(escaped),
                        None => line.is_open = true,
                    }
                    place
                }
                (place, letter) => {
                    line.say(letter);
                    place
                }
            };
        }
        line.is_open |= matches!(place, Place::Single | Place::Double);
        line.is_in_word = place != Place::Between;
        line
    }

    fn say(&mut self, letter: char) {
        self.words.last_mut().expect("a word was begun").text.push(letter);
    }
}

/// A word as one would type it, so that it is read as one.
pub(super) fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.,:;/=+@%*~".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
