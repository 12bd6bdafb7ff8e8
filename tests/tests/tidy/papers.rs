//! README, ARCHITECTURE and docs: do they name what exists, and all of it?

use crate::finding::Finding;
use crate::tree::Tree;

/// Endings of paths that a paper may name in backticks.
const ENDINGS: &[&str] = &[".rs", ".toml", ".md", ".py", ".sh", ".js", ".xml", "/"];

/// Papers that name what is not there, and crates that no paper names.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for path in tree.ending(".md") {
        let text = tree.text(path);
        found.extend(titles(path, &text));
        found.extend(names(path, &text, |named| tree.has(named)));
    }
    let architecture = tree.text("ARCHITECTURE.md");
    for manifest in tree.manifests() {
        let folder = manifest.path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        let named = [format!("`{folder}`"), format!("`{folder}/`")];
        if !folder.is_empty() && !named.iter().any(|name| architecture.contains(name)) {
            let what = format!("does not say what `{folder}` is for");
            found.push(Finding::new("ARCHITECTURE.md", 0, what, "give it its line"));
        }
    }
    found
}

/// A paper has one title.
fn titles(path: &str, text: &str) -> Option<Finding> {
    let mut fenced = false;
    let titles = text.lines().filter(|line| {
        fenced ^= line.trim_start().starts_with("```");
        !fenced && line.starts_with("# ")
    });
    let count = titles.count();
    (count != 1).then(|| {
        let cure = "a paper has one line that begins with `# `";
        Finding::new(path, 0, format!("{count} titles"), cure)
    })
}

/// Paths in backticks that are nowhere.
fn names(path: &str, text: &str, has: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let quoted = line.split('`').skip(1).step_by(2);
        for named in quoted.filter(|named| !fenced && looks_like_path(named)) {
            if !has(named) {
                let what = format!("names `{named}`, which is not there");
                found.push(Finding::new(path, index + 1, what, "name what there is"));
            }
        }
    }
    found
}

fn looks_like_path(named: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
    named.contains('/')
        && !named.starts_with(['/', '.'])
        && named.chars().all(plain)
        && ENDINGS.iter().any(|ending| named.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_is_found() {
        let text = "# T\nsee `a/b.rs`, `a/c.rs` and `x/{y,z}.rs`\n```\n`a/d.rs`\n```\n";
        let found = names("README.md", text, |named| named == "a/b.rs");
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["README.md:2: names `a/c.rs`, which is not there; name what there is"]);
    }

    #[test]
    fn a_paper_has_one_title() {
        assert!(titles("a.md", "# One\n```\n# comment\n```\n").is_none());
        let found = titles("a.md", "# One\n# Two\n").map(|found| found.to_string());
        let wanted = "a.md: 2 titles; a paper has one line that begins with `# `";
        assert_eq!(found.as_deref(), Some(wanted));
    }
}
