//! A PostgreSQL server for tests that need one whatever the others run on.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The server that `SIGNALBOX_POSTGRES` names, or one of its own, which ends with this.
pub(crate) struct Postgres {
    pub(crate) address: String,
    own: Option<tempfile::TempDir>,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        if let Ok(address) = std::env::var("SIGNALBOX_POSTGRES") {
            return Self { address, own: None };
        }
        let folder = tempfile::tempdir().unwrap();
        let address = script("start", folder.path());
        Self { address: address.trim().to_owned(), own: Some(folder) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(folder) = &self.own {
            script("stop", folder.path());
        }
    }
}

fn script(verb: &str, folder: &Path) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/postgres.sh");
    let done = Command::new(path).arg(verb).arg(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
