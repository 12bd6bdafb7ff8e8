//! Lists of answers: held, counted, begun again, refused.

use super::{Script, ScriptError};

fn parse(text: &str) -> Result<Script<u32>, ScriptError> {
    Script::parse(text, |answer| answer.parse().ok())
}

fn first(text: &str, count: usize) -> Vec<u32> {
    let mut script = parse(text).unwrap();
    (0..count).map(|_| script.next()).collect()
}

#[test]
fn an_entry_without_count_holds_for_ever() {
    assert_eq!(first("7", 3), [7, 7, 7]);
    assert_eq!(first("1*2, 0", 5), [1, 1, 0, 0, 0]);
}

#[test]
fn a_list_of_counts_begins_again() {
    assert_eq!(first("0*2,5*1", 7), [0, 0, 5, 0, 0, 5, 0]);
}

#[test]
fn what_cannot_be_followed_is_refused() {
    assert_eq!(parse("1,2").unwrap_err(), ScriptError::Unreachable);
    assert_eq!(parse("1*0").unwrap_err(), ScriptError::Count("1*0".to_owned()));
    assert_eq!(parse("1*x").unwrap_err(), ScriptError::Count("1*x".to_owned()));
    assert_eq!(parse("x*2").unwrap_err(), ScriptError::Answer("x*2".to_owned()));
    assert_eq!(parse("").unwrap_err(), ScriptError::Answer(String::new()));
}
