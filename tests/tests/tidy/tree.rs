//! The repository as the checks see it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::code::Source;

/// The repository's files: what git knows or would add, no build output.
pub(crate) struct Tree {
    root: PathBuf,
    paths: Vec<String>,
}

/// A crate's manifest.
pub(crate) struct Manifest {
    /// Its path, such as `dataplane/sip/Cargo.toml`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) table: toml::Table,
}

impl Tree {
    /// Walks the repository this crate stands in.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut paths = Vec::new();
        walk(&root, "", &mut paths);
        paths.sort();
        Self { root, paths }
    }

    /// A file's text; empty if it is not there.
    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }

    /// Is there such a file or folder? A paper may leave out the first folders of its path.
    pub(crate) fn has(&self, named: &str) -> bool {
        let inner = format!("/{named}");
        let fits = |path: &String| {
            let path = format!("/{path}");
            if named.ends_with('/') { path.contains(&inner) } else { path.ends_with(&inner) }
        };
        self.paths.iter().any(fits)
    }

    /// The paths that end so.
    pub(crate) fn ending(&self, end: &str) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str).filter(move |path| path.ends_with(end))
    }

    /// Every Rust file.
    pub(crate) fn sources(&self) -> Vec<Source> {
        self.ending(".rs").map(|path| Source::new(path, self.text(path))).collect()
    }

    /// Every manifest, the workspace's first.
    pub(crate) fn manifests(&self) -> Vec<Manifest> {
        let mut found: Vec<Manifest> = self
            .ending("Cargo.toml")
            .map(|path| Manifest {
                path: path.to_owned(),
                table: self.text(path).parse().expect("cargo has read the manifest before us"),
            })
            .collect();
        found.sort_by_key(|manifest| manifest.path.matches('/').count());
        found
    }
}

fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(folder)).expect("the repository is readable") {
        let entry = entry.expect("the repository is readable");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().expect("the repository is readable");
        if kind.is_dir() && !skipped(&name) {
            walk(root, &path, paths);
        } else if kind.is_file() {
            paths.push(path);
        }
    }
}

/// Folders that hold nothing of ours.
fn skipped(name: &str) -> bool {
    name.starts_with("target") || (name.starts_with('.') && name != ".ci") || name == "run"
}
