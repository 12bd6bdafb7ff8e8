//! Who may import whom (DESIGN section 2), as a table.

use toml::Table;

use crate::finding::Finding;
use crate::tree::Manifest;

/// One wall: a crate's folder, which of ours it may import, and which of the world.
struct Wall {
    folder: &'static str,
    ours: &'static [&'static str],
    world: World,
}

/// What of the world a crate may import.
enum World {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Anything well kept that docs/dependencies.md names.
    Any,
}

use World::{Any, Only};

/// Bottom-up, as the members stand in the workspace's manifest.
const WALLS: &[Wall] = &[
    Wall {
        folder: "dataplane/text",
        ours: &[],
        world: Only(&["encoding_rs", "fearless_simd", "simdutf8", "unicode-segmentation"]),
    },
    Wall { folder: "dataplane/smpp", ours: &[], world: Only(&["bytes"]) },
    Wall {
        folder: "dataplane/sip",
        ours: &[],
        world: Only(&["bytes", "flate2", "hmac", "md-5", "memchr", "quick-xml", "sha1", "sha2"]),
    },
    Wall { folder: "routing", ours: &[], world: Only(&["crc32fast", "rkyv"]) },
    Wall {
        folder: "dataplane/shard",
        ours: &["text", "smpp", "sip", "routing"],
        world: Only(&["bytes", "foldhash"]),
    },
    Wall {
        folder: "dataplane",
        ours: &["shard", "routing"],
        world: Only(&[
            "bytes",
            "chacha20poly1305",
            "clap",
            "core_affinity",
            "crossbeam",
            "glommio",
            "hdrhistogram",
            "hex",
            "io-uring",
            "libc",
            "memmap2",
            "mimalloc",
            "nix",
            "rtrb",
            "rustix",
            "rustls",
            "sd-notify",
            "serde",
            "signal-hook",
            "socket2",
            "thiserror",
            "toml",
            "tracing",
            "tracing-subscriber",
            "zeroize",
        ]),
    },
    Wall {
        folder: "control",
        ours: &["routing"],
        world: Only(&[
            "axum",
            "bytes",
            "calamine",
            "chacha20poly1305",
            "clap",
            "dashmap",
            "getrandom",
            "hex",
            "hickory-resolver",
            "http-body-util",
            "jiff",
            "maud",
            "md-5",
            "memchr",
            "miette",
            "parquet",
            "ring",
            "rusqlite",
            "rust_xlsxwriter",
            "rustix",
            "rustls",
            "schemars",
            "sd-notify",
            "serde",
            "serde_json",
            "sha2",
            "strsim",
            "thiserror",
            "tokio",
            "tokio-postgres",
            "tokio-rustls",
            "toml",
            "tracing",
            "tracing-subscriber",
            "zeroize",
            "zstd",
        ]),
    },
    Wall {
        folder: "tools/ctl",
        ours: &["routing"],
        world: Only(&[
            "anstream",
            "clap",
            "clap_complete",
            "clap_mangen",
            "comfy-table",
            "http-body-util",
            "hyper",
            "hyper-util",
            "indicatif",
            "jiff",
            "owo-colors",
            "ratatui",
            "rustls",
            "rustyline",
            "serde",
            "serde_json",
            "strsim",
            "tokio",
            "tokio-rustls",
            "toml",
        ]),
    },
    Wall { folder: "tools/peer", ours: &["text", "smpp", "sip"], world: Any },
    Wall { folder: "tools/load", ours: &["text", "smpp", "sip"], world: Any },
    Wall {
        folder: "tools/inspect",
        ours: &["routing", "shard", "signalbox-dataplane"],
        world: Any,
    },
    Wall { folder: "tests/fuzz", ours: &["tests"], world: Only(&["libfuzzer-sys"]) },
    Wall { folder: "bench", ours: &["text", "smpp", "sip", "routing", "shard"], world: Any },
    Wall {
        folder: "tests/money",
        ours: &["routing", "shard", "signalbox-control", "signalbox-dataplane", "tests"],
        world: Any,
    },
    Wall { folder: "tests", ours: &["text", "smpp", "sip", "routing", "shard"], world: Any },
];

/// The walls that manifests climb over. A dependency of the tests may be anything of the world,
/// but of ours only what the crate itself may import.
pub(crate) fn check(manifests: &[Manifest]) -> Vec<Finding> {
    let ours: Vec<String> = manifests.iter().filter_map(name).collect();
    let mut found = Vec::new();
    for manifest in manifests.iter().filter(|manifest| name(manifest).is_some()) {
        let folder = manifest.path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        match WALLS.iter().find(|wall| wall.folder == folder) {
            Some(wall) => found.extend(climbed(manifest, wall, &ours)),
            None => found.push(Finding::new(
                &manifest.path,
                0,
                "a crate without a wall",
                "add its row to tests/tests/tidy/walls.rs and say in ARCHITECTURE.md why it exists",
            )),
        }
    }
    found
}

fn climbed(manifest: &Manifest, wall: &Wall, ours: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, dependency) in dependencies(&manifest.table) {
        let is_ours = ours.contains(&dependency);
        let allowed = if is_ours {
            wall.ours.contains(&dependency.as_str())
        } else {
            kind == "dev-dependencies" || wall.allows(&dependency)
        };
        if !allowed {
            let cure = "pass it in as an argument or move the code to a crate that may";
            let what = format!("`{}` may not import `{dependency}`", wall.folder);
            found.push(Finding::new(&manifest.path, 0, what, cure));
        }
    }
    found
}

impl Wall {
    fn allows(&self, dependency: &str) -> bool {
        match self.world {
            Only(names) => names.contains(&dependency),
            Any => true,
        }
    }
}

fn name(manifest: &Manifest) -> Option<String> {
    Some(manifest.table.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Every direct dependency and the table it stands in, those for some targets included.
pub(crate) fn dependencies(manifest: &Table) -> Vec<(String, String)> {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(|targets| targets.as_table());
    let tables = std::iter::once(manifest).chain(
        targets.into_iter().flat_map(|targets| targets.values().filter_map(|t| t.as_table())),
    );
    let mut found = Vec::new();
    for table in tables {
        for kind in kinds {
            let names = table.get(kind).and_then(|names| names.as_table());
            found.extend(
                names.into_iter().flat_map(|names| {
                    names.keys().map(move |name| (kind.to_owned(), name.clone()))
                }),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str, text: &str) -> Manifest {
        Manifest { path: path.to_owned(), table: text.parse().expect("the test writes TOML") }
    }

    #[test]
    fn says_who_may_not_import_whom() {
        let found = check(&[
            manifest(
                "dataplane/sip/Cargo.toml",
                "package.name = 'sip'\n[dependencies]\nsmpp = '1'",
            ),
            manifest(
                "dataplane/smpp/Cargo.toml",
                "package.name = 'smpp'\n[dependencies]\nrand = '1'",
            ),
        ]);
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        let cure = "pass it in as an argument or move the code to a crate that may";
        assert_eq!(
            lines,
            [
                format!("dataplane/sip/Cargo.toml: `dataplane/sip` may not import `smpp`; {cure}"),
                format!(
                    "dataplane/smpp/Cargo.toml: `dataplane/smpp` may not import `rand`; {cure}"
                ),
            ]
        );
    }

    #[test]
    fn tests_may_use_the_world_but_not_climb_the_walls() {
        let sip = "package.name = 'sip'\n[dev-dependencies]\nproptest = '1'\nsmpp = '1'";
        let found = check(&[
            manifest("dataplane/sip/Cargo.toml", sip),
            manifest("dataplane/smpp/Cargo.toml", "package.name = 'smpp'"),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].what, "`dataplane/sip` may not import `smpp`");
    }

    #[test]
    fn sees_dependencies_of_targets_too() {
        let text = "[target.'cfg(unix)'.dependencies]\nlibc = '1'\n[dependencies]\nbytes = '1'";
        let found = dependencies(&text.parse().expect("the test writes TOML"));
        let kind = || "dependencies".to_owned();
        assert_eq!(found, [(kind(), "bytes".to_owned()), (kind(), "libc".to_owned())]);
    }

    #[test]
    fn a_new_crate_needs_a_wall() {
        let found = check(&[manifest("new/Cargo.toml", "package.name = 'new'")]);
        assert_eq!(found[0].what, "a crate without a wall");
    }
}
