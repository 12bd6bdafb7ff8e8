//! Where the stores of tests are: in files, or on the server that `SIGNALBOX_POSTGRES` names, so
//! that the same tests are run on both (`tests/postgres.sh with cargo nextest ...`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Place, Server};

/// A place for a store that nobody else has.
pub(crate) fn fresh(folder: &Path) -> Place {
    match std::env::var("SIGNALBOX_POSTGRES") {
        Ok(address) => on_server(&address),
        Err(_) => Place::in_folder(folder),
    }
}

/// A database of its own on a server.
pub(crate) fn on_server(address: &str) -> Place {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let server = |name: &str| {
        let address = format!("{address} dbname={name}");
        Place::Server(Box::new(Server::parse(&address).unwrap()))
    };
    let first = server("postgres").writer().unwrap();
    first.script(&format!("CREATE DATABASE {name}")).unwrap();
    server(&name)
}

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
