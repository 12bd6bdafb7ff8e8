//! What may stand only in certain files.

use crate::code::Source;
use crate::finding::Finding;

/// The files that may hold `unsafe`; each says why beside it.
const UNSAFE: &[&str] = &[
    "bench/src/counting.rs",
    "dataplane/src/body/glommio.rs",
    "dataplane/src/body/uring/body.rs",
    "dataplane/src/body/uring/buffers.rs",
    "dataplane/src/body/uring/link.rs",
    "dataplane/src/body/uring/ring.rs",
    "routing/src/snapshot/checked.rs",
];

/// The only files under dataplane, routing and control that read a clock.
const CLOCKS: &[&str] = &["dataplane/src/clock.rs", "control/src/clock.rs"];

/// Folders of programs that live in real time, tests apart.
const REAL_TIME: &[&str] = &["tools/", "bench/", "tests/"];

/// All that stands in the wrong file.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let mut found = unsafe_code(source);
    if !source.is_test() {
        found.extend(tables_of_contents(source));
        found.extend(clocks(source));
        found.extend(unwraps(source));
        found.extend(expectations(source));
        found.extend(stubs(source));
        found.extend(inline_tests(source));
    }
    found
}

fn each(source: &Source, places: Vec<usize>, what: &str, cure: &'static str) -> Vec<Finding> {
    let finding = |at: usize| Finding::new(&source.path, source.line_at(at), what, cure);
    places.into_iter().map(finding).collect()
}

fn unsafe_code(source: &Source) -> Vec<Finding> {
    if UNSAFE.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let cure = "do without, or add the file to the list in tests/tests/tidy/places.rs";
    each(source, source.word("unsafe").collect(), "`unsafe` in a file that is not listed", cure)
}

fn tables_of_contents(source: &Source) -> Vec<Finding> {
    let name = source.path.rsplit('/').next().unwrap_or_default();
    if !["lib.rs", "mod.rs"].contains(&name) {
        return Vec::new();
    }
    let cure = "move it into a room: lib.rs and mod.rs are tables of contents";
    let logic = source.word("fn").chain(source.word("impl")).collect();
    each(source, logic, "logic in a table of contents", cure)
}

fn clocks(source: &Source) -> Vec<Finding> {
    let path = source.path.as_str();
    if CLOCKS.contains(&path) || REAL_TIME.iter().any(|folder| path.starts_with(folder)) {
        return Vec::new();
    }
    let cure = "take the time as an argument, or ask src/clock.rs";
    ["Instant::now", "SystemTime::now"]
        .into_iter()
        .flat_map(|call| each(source, source.word(call).collect(), "reads the clock", cure))
        .collect()
}

fn unwraps(source: &Source) -> Vec<Finding> {
    let calls = source.word("unwrap").filter(|at| source.code[..*at].ends_with('.')).collect();
    each(source, calls, "`unwrap` outside tests", "handle it, or `expect` the invariant")
}

/// An expectation is a sentence that says why it holds.
fn expectations(source: &Source) -> Vec<Finding> {
    let short = |at: &usize| {
        let said = source.text[*at..].strip_prefix("expect(\"");
        said.is_some_and(|said| !said.split('"').next().unwrap_or_default().contains(' '))
    };
    let calls = source.word("expect").filter(short).collect();
    each(source, calls, "an `expect` without a sentence", "state the invariant that makes it hold")
}

fn stubs(source: &Source) -> Vec<Finding> {
    ["todo!", "unimplemented!"]
        .into_iter()
        .flat_map(|stub| source.code.match_indices(stub))
        .map(|(at, stub)| {
            let cure = "write it or leave it out";
            Finding::new(&source.path, source.line_at(at), format!("`{stub}`"), cure)
        })
        .collect()
}

fn inline_tests(source: &Source) -> Vec<Finding> {
    let inline = |at: &usize| {
        let rest = source.code[at + 3..].trim_start();
        rest.strip_prefix("tests").is_some_and(|rest| rest.trim_start().starts_with('{'))
    };
    let modules = source.word("mod").filter(inline).collect();
    each(source, modules, "tests inside the room", "move them to the sister file `x/tests.rs`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Vec<String> {
        check(&Source::new(path, text.to_owned())).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_listed_files_may_be_unsafe() {
        let cure = "do without, or add the file to the list in tests/tests/tidy/places.rs";
        assert_eq!(
            said("sip/src/uri.rs", "fn a() {\n    unsafe { b() }\n}\n"),
            [format!("sip/src/uri.rs:2: `unsafe` in a file that is not listed; {cure}")]
        );
        assert!(said("routing/src/snapshot/checked.rs", "unsafe { b() }").is_empty());
        assert!(said("sip/src/uri.rs", "// unsafe\n#![forbid(unsafe_code)]\n").is_empty());
    }

    #[test]
    fn tables_of_contents_hold_no_logic() {
        let cure = "move it into a room: lib.rs and mod.rs are tables of contents";
        let text = "//! fn in prose\nmod a;\npub use a::A;\nfn b() {}\n";
        assert_eq!(
            said("sip/src/lib.rs", text),
            [format!("sip/src/lib.rs:4: logic in a table of contents; {cure}")]
        );
        assert!(said("sip/src/a.rs", text).is_empty());
    }

    #[test]
    fn only_the_clock_reads_the_clock() {
        let text = "let a = Instant::now();\nlet b = std::time::SystemTime::now();\n";
        let cure = "take the time as an argument, or ask src/clock.rs";
        assert_eq!(
            said("routing/src/plan.rs", text),
            [
                format!("routing/src/plan.rs:1: reads the clock; {cure}"),
                format!("routing/src/plan.rs:2: reads the clock; {cure}"),
            ]
        );
        assert!(said("dataplane/src/clock.rs", text).is_empty());
        assert!(said("tools/load/src/main.rs", text).is_empty());
    }

    #[test]
    fn nothing_is_unwrapped_and_expectations_are_sentences() {
        let text =
            "a.unwrap();\nb.unwrap_or(1);\nc.expect(\"short\");\nd.expect(\"it is full\");\n";
        assert_eq!(
            said("routing/src/plan.rs", text),
            [
                "routing/src/plan.rs:1: `unwrap` outside tests; handle it, or `expect` the \
                 invariant",
                "routing/src/plan.rs:3: an `expect` without a sentence; state the invariant that \
                 makes it hold",
            ]
        );
        assert!(said("routing/src/plan/tests.rs", text).is_empty());
    }

    #[test]
    fn no_stubs_and_no_inline_tests() {
        let text = "fn a() { todo!() }\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(
            said("routing/src/plan.rs", text),
            [
                "routing/src/plan.rs:1: `todo!`; write it or leave it out",
                "routing/src/plan.rs:3: tests inside the room; move them to the sister file \
                 `x/tests.rs`",
            ]
        );
        assert!(said("routing/src/plan.rs", "#[cfg(test)]\nmod tests;\n").is_empty());
    }
}
