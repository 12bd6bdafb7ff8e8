use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::fault::{Code, Fault};
use crate::model::{Content, Destination, RowKind};

/// Files in one folder, plans in another.
fn tables(folder: &Path) -> Tables {
    Tables::new(folder.join("tables"), &folder.join("plan")).unwrap()
}

fn known() -> Known {
    let connections = ["cheap", "dear", "env2"].map(str::to_owned).to_vec();
    Known { file: "p.csv".to_owned(), env: "env1".to_owned(), connections: Some(connections) }
}

fn take_in(tables: &Tables, text: &str, kind: RowKind) -> Result<Content, Fault> {
    let mut aside = tables.receive().unwrap();
    // In pieces, so that lines are torn.
    text.as_bytes().chunks(3).for_each(|octets| aside.write(octets).unwrap());
    tables.take_in(aside, kind, &known())
}

fn words(content: &Content) -> Vec<(String, u64)> {
    let targets = content.targets.iter();
    targets.map(|one| (Destination::words(&one.via), one.rows)).collect()
}

#[test]
fn a_file_is_read_as_people_write_it() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    let text = "\u{FEFF}pattern,target\r\n\
        # ported in May\r\n\
        222%,cheap\r\n\
        \r\n\
        \"2222\", \"dear:tps=50; cheap\"\r\n\
        2223,cheap\r\n\
        44%,refuse:not-allowed";
    let content = take_in(&tables, text, RowKind::Patterns).unwrap();
    assert_eq!(content.rows, 4);
    let targets = [("cheap", 2), ("dear:tps=50;cheap", 1), ("refuse:not-allowed", 1)];
    assert_eq!(words(&content), targets.map(|(via, rows)| (via.to_owned(), rows)));
    assert_eq!(tables.get(&content).unwrap().name(), tables.get(&content).unwrap().name());
    let kept = folder.path().join("tables").join(format!("{}.csv", content.sha256));
    assert_eq!(fs::read_to_string(kept).unwrap(), text);
}

/// The only file of rows that is published.
fn published(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder.join("plan")).unwrap();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let [path] = &paths[..] else { panic!("{paths:?}") };
    path.clone()
}

#[test]
fn what_is_not_there_or_not_good_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = tables(folder.path());
    let content = take_in(&first, "2,cheap\n22%,dear\n", RowKind::Patterns).unwrap();
    let (path, octets) = (published(folder.path()), first.get(&content).unwrap());
    let octets = octets.octets();
    assert_eq!(fs::read(&path).unwrap(), octets, "published before anything names it");
    for spoil in [|path: &Path| fs::remove_file(path), |path: &Path| fs::write(path, b"SBROWS")] {
        spoil(&path).unwrap();
        let again = tables(folder.path());
        assert_eq!(again.get(&content).unwrap().octets(), octets);
        assert_eq!(fs::read(&path).unwrap(), octets);
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(first.get(&content).unwrap().octets(), octets, "it was still in memory");
    assert_eq!(fs::read(&path).unwrap(), octets);
    let prefixes = Content { kind: RowKind::Prefixes, ..content.clone() };
    let read_otherwise = first.get(&prefixes).unwrap();
    assert_ne!(read_otherwise.octets(), octets, "the same file, read as prefixes");
    fs::remove_file(folder.path().join("plan").join(read_otherwise.name().file_name())).unwrap();
    let again = tables(folder.path());
    again.sweep(&BTreeSet::from([content.sha256.clone()])).unwrap();
    assert!(again.get(&content).is_ok());
    fs::remove_file(&path).unwrap();
    again.sweep(&BTreeSet::new()).unwrap();
    let gone = tables(folder.path()).get(&content).unwrap_err();
    assert_eq!(gone.code, Code::Failed);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    let wrong = |text: &str| take_in(&tables, text, RowKind::Patterns).unwrap_err().error;
    for (text, words) in [
        ("22%,cheep\n", "p.csv:1: there is no connection 'cheep' in env1; did you mean cheap?"),
        ("1,cheap\n22x%,cheap\n", "p.csv:2: '22x%': a row is a number or a number with '%'"),
        ("1,cheap\n%,cheap\n", "p.csv:2: '%' is every number: that is a policy"),
        ("1,cheap\n22%\n", "p.csv:2: '22%' has no target; write 22%,CONNECTION"),
        ("1,cheap\n22_,cheap\n", "p.csv:2: '22_': a row is"),
        ("1,cheap:weight=x\n", "p.csv:1: 'weight=x' of 'cheap:weight=x' is not understood"),
        ("1,cheap;cheap\n", "p.csv:1: 'cheap;cheap' names cheap twice"),
        ("22%,cheap\n#\n22%,dear\n", "p.csv:3: '22%,dear' says again what stands in line 1"),
    ] {
        let said = wrong(text);
        assert!(said.starts_with(words), "{text:?}: {said}");
        assert!(!said.contains('\n'), "{said}");
    }
    let many = wrong(&"x,cheap\n".repeat(50));
    assert_eq!(many.lines().count(), 21);
    assert!(many.ends_with("and 29 more"), "{many}");
    let left = ["tables", "plan"].map(|one| fs::read_dir(folder.path().join(one)).unwrap().count());
    assert_eq!(left, [0, 0], "nothing of a wrong file stays");
}

#[test]
fn a_number_and_a_prefix_of_the_same_digits_are_two_rows() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    assert!(take_in(&tables, "22,cheap\n22%,dear\n", RowKind::Patterns).is_ok());
    let twice = take_in(&tables, "22,cheap\n22%,dear\n", RowKind::Prefixes).unwrap_err();
    assert!(twice.error.contains("says again"), "{}", twice.error);
}

#[test]
fn the_row_that_wins_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    let text = "pattern,target\n22%,cheap\n2222,dear\n222%,env2\n\n33%,cheap\n";
    let content = take_in(&tables, text, RowKind::Patterns).unwrap();
    let won = |content: &Content, number: &str| {
        let won = tables.won(content, number.parse().unwrap()).unwrap();
        won.map_or_else(|| "none".to_owned(), |won| won.to_string())
    };
    assert_eq!(won(&content, "2222"), "2222 in line 3");
    assert_eq!(won(&content, "22221"), "222% in line 4");
    assert_eq!(won(&content, "229"), "22% in line 2");
    assert_eq!(won(&content, "33"), "33% in line 6");
    assert_eq!(won(&content, "3"), "none");
    let prefixes = Content { kind: RowKind::Prefixes, ..content };
    assert_eq!(won(&prefixes, "22221"), "2222% in line 3");
}
