//! Where the stores of tests are: in files, or on the server that `SIGNALBOX_POSTGRES` names, so
//! that the same tests are run on both (`tests/postgres.sh with cargo nextest ...`).

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::store::{Place, Server};

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
