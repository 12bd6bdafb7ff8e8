//! The code's manners: walls between the crates, sizes of rooms, words, and what stands where.
//!
//! Every check is a function from text to [`Finding`]s, so that each has tests of its own with
//! the output it must give. [`tree`] reads the repository; the tests at the end of this file
//! run all checks over it, one test for each kind.

mod code;
mod finding;
mod manifests;
mod papers;
mod places;
mod sizes;
mod tree;
mod walls;
mod words;

use crate::finding::Finding;
use crate::tree::Tree;

/// Fails with one line for each finding.
fn expect_none(findings: Vec<Finding>) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} findings:\n{}\n", lines.len(), lines.join("\n"));
}

#[test]
fn crates_import_only_what_their_walls_allow() {
    expect_none(walls::check(&Tree::read().manifests()));
}

#[test]
fn manifests_obey_the_workspace() {
    let tree = Tree::read();
    expect_none(manifests::check(&tree.manifests(), &tree.text("docs/dependencies.md")));
}

#[test]
fn rooms_are_small() {
    let tree = Tree::read();
    let mut found: Vec<Finding> = tree.sources().iter().flat_map(sizes::check).collect();
    for script in [".py", ".sh", ".js"].into_iter().flat_map(|end| tree.ending(end)) {
        found.extend(sizes::columns(script, &tree.text(script)));
    }
    expect_none(found);
}

#[test]
fn everything_stands_in_its_place() {
    let sources = Tree::read().sources();
    expect_none(sources.iter().flat_map(places::check).collect());
}

#[test]
fn words_mean_what_they_say() {
    let sources = Tree::read().sources();
    expect_none(sources.iter().flat_map(words::check).collect());
}

#[test]
fn papers_name_what_exists() {
    expect_none(papers::check(&Tree::read()));
}
