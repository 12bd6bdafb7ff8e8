use super::*;

fn words(line: &str) -> Vec<String> {
    Line::read(line).words.into_iter().map(|word| word.text).collect()
}

#[test]
fn lines_are_cut_as_a_shell_cuts_them() {
    let table: [(&str, &[&str]); 9] = [
        ("", &[]),
        ("  carrier  list ", &["carrier", "list"]),
        ("policy add '222%' --via env2", &["policy", "add", "222%", "--via", "env2"]),
        (r#"commit -m "two words""#, &["commit", "-m", "two words"]),
        (r"commit -m two\ words", &["commit", "-m", "two words"]),
        (r#"commit -m 'it'\''s' """#, &["commit", "-m", "it's", ""]),
        ("diff # what is it?", &["diff"]),
        ("# all of it", &[]),
        ("price=1#2", &["price=1#2"]),
    ];
    for (line, expected) in table {
        assert_eq!(words(line), expected, "{line}");
        assert!(!Line::read(line).is_open, "{line}");
    }
}

#[test]
fn what_is_not_closed_is_open() {
    for line in ["commit -m 'x", r#"commit -m "x"#, r"commit -m x\"] {
        assert!(Line::read(line).is_open, "{line}");
    }
}

#[test]
fn a_word_says_where_it_began() {
    let line = Line::read("policy set '22");
    assert_eq!(line.words[2], Word { text: "22".to_owned(), start: 11 });
    assert!(line.is_in_word);
    assert!(!Line::read("policy ").is_in_word);
}

#[test]
fn a_quoted_word_is_read_as_itself() {
    for word in ["222%", "two words", "it's", "", "#1", "a\"b", r"back\slash", "Zürich"] {
        assert_eq!(words(&quoted(word)), [word], "{word}");
    }
}
