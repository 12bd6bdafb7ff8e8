//! What every manifest must say.

use toml::Table;

use crate::finding::Finding;
use crate::tree::Manifest;
use crate::walls::dependencies;

/// Folders of crates without I/O, which have no cargo features.
const PURE: &[&str] =
    &["dataplane/text", "dataplane/smpp", "dataplane/sip", "dataplane/shard", "routing"];

/// Manifests that do not obey the workspace, and dependencies that nobody explained.
pub(crate) fn check(manifests: &[Manifest], explained: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let ours: Vec<&str> = manifests.iter().filter_map(|one| package(&one.table, "name")).collect();
    // A package that is a workspace of its own (tests/fuzz) inherits nothing.
    let member =
        |one: &&Manifest| one.table.contains_key("package") && !one.table.contains_key("workspace");
    for manifest in manifests.iter().filter(member) {
        found.extend(lints(manifest));
        found.extend(features(manifest));
        found.extend(versions(manifest));
        for (_, dependency) in dependencies(&manifest.table) {
            let row = format!("| `{dependency}` |");
            if !ours.contains(&dependency.as_str()) && !explained.contains(&row) {
                let what = format!("nobody says why `{dependency}` is here");
                let cure = "add its row to docs/dependencies.md";
                found.push(Finding::new(&manifest.path, 0, what, cure));
            }
        }
    }
    found.extend(forgotten(manifests, explained));
    found
}

fn package<'a>(manifest: &'a Table, key: &str) -> Option<&'a str> {
    manifest.get("package")?.get(key)?.as_str()
}

fn lints(manifest: &Manifest) -> Option<Finding> {
    let lints = manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
    (lints.and_then(toml::Value::as_bool) != Some(true)).then(|| {
        let cure = "add `[lints]` with `workspace = true`";
        Finding::new(&manifest.path, 0, "does not obey the workspace's lints", cure)
    })
}

fn features(manifest: &Manifest) -> Option<Finding> {
    let pure = PURE.iter().any(|folder| manifest.path == format!("{folder}/Cargo.toml"));
    (pure && manifest.table.contains_key("features")).then(|| {
        let cure = "a pure crate is the same crate for everybody";
        Finding::new(&manifest.path, 0, "a pure crate with cargo features", cure)
    })
}

fn versions(manifest: &Manifest) -> Vec<Finding> {
    let cure = "move the version to [workspace.dependencies] and say `workspace = true`";
    dependencies(&manifest.table)
        .into_iter()
        .filter(|(kind, name)| {
            let stated = manifest.table.get(kind).and_then(|table| table.get(name));
            stated.is_some_and(|stated| stated.get("workspace").is_none())
        })
        .map(|(_, name)| {
            Finding::new(&manifest.path, 0, format!("`{name}` has a version of its own"), cure)
        })
        .collect()
}

/// Rows of docs/dependencies.md for what no manifest names any more.
fn forgotten(manifests: &[Manifest], explained: &str) -> Vec<Finding> {
    let used: Vec<String> = manifests
        .iter()
        .flat_map(|manifest| dependencies(&manifest.table))
        .map(|(_, name)| name)
        .collect();
    let rows = explained.lines().enumerate().filter_map(|(index, line)| {
        let name = line.strip_prefix("| `")?.split('`').next()?;
        Some((index + 1, name.to_owned()))
    });
    rows.filter(|(_, name)| !used.contains(name))
        .map(|(line, name)| {
            let what = format!("no manifest names `{name}`");
            Finding::new("docs/dependencies.md", line, what, "remove the row")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str, explained: &str) -> Vec<String> {
        let table = text.parse().expect("the test writes TOML");
        let manifest = Manifest { path: path.to_owned(), table };
        check(&[manifest], explained).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_manifest_obeys() {
        let good = "package.name = 'sip'\nlints.workspace = true\ndependencies.a.workspace = true";
        assert!(said("dataplane/sip/Cargo.toml", good, "| `a` | sip | why |").is_empty());
    }

    #[test]
    fn a_manifest_that_does_not_is_told_so() {
        let bad = "package.name = 'sip'\ndependencies.a = '1'\n[features]\nx = []";
        assert_eq!(
            said("dataplane/sip/Cargo.toml", bad, "# Why\n\n| `b` | sip | why |"),
            [
                "dataplane/sip/Cargo.toml: does not obey the workspace's lints; add `[lints]` with \
                 `workspace = true`",
                "dataplane/sip/Cargo.toml: a pure crate with cargo features; a pure crate is the \
                 same crate for everybody",
                "dataplane/sip/Cargo.toml: `a` has a version of its own; move the version to \
                 [workspace.dependencies] and say `workspace = true`",
                "dataplane/sip/Cargo.toml: nobody says why `a` is here; add its row to \
                 docs/dependencies.md",
                "docs/dependencies.md:3: no manifest names `b`; remove the row",
            ]
        );
    }
}
