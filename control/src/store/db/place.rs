//! Where a store is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::handle::Db;
use super::postgres::Connection;
use super::sqlite;
use crate::fault::{Fault, Outcome};

/// Where a store is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// A file of ours alone.
    File(PathBuf),
    /// A server that others use as well.
    Server(Box<Server>),
}

/// A PostgreSQL server and the database on it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Server {
    config: tokio_postgres::Config,
}

impl Place {
    /// The file of a store whose folder this is.
    pub fn in_folder(folder: &Path) -> Self {
        Self::File(folder.join("signalbox.db"))
    }

    /// Opens it to write.
    pub(crate) fn writer(&self) -> Outcome<Db> {
        Ok(match self {
            Self::File(path) => Db::sqlite(sqlite::open(path)?),
            Self::Server(server) => Db::postgres(Connection::open(server)?),
        })
    }

    /// Opens it for long questions that must not hold up the writer.
    pub fn reader(&self) -> Outcome<Db> {
        Ok(match self {
            Self::File(path) => Db::sqlite(sqlite::reader(path)?),
            Self::Server(server) => Db::postgres(Connection::open(server)?),
        })
    }

    /// Says of a fault which file it is about.
    pub(crate) fn named(&self, fault: Fault) -> Fault {
        match self {
            Self::File(path) => {
                let error = format!("{}: {}", path.display(), fault.error);
                let cure = "nodes go on with what is published; put a backup in its place";
                let fault = Fault { error, ..fault };
                if fault.cure.is_none() { fault.cure(cure) } else { fault }
            }
            Self::Server(_) => fault,
        }
    }

    /// Does somebody else write it, too?
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Server(_))
    }
}

impl Server {
    /// Reads `host=... dbname=... user=...` or `postgresql://user@host/dbname`.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut config: tokio_postgres::Config = text.parse().map_err(|error| {
            Fault::invalid(format!("'{text}' is no address of PostgreSQL: {error}"))
        })?;
        config.application_name("signalbox-control");
        Ok(Self { config })
    }

    /// How it is reached: neither a server that is gone nor one behind a dead line is waited for
    /// longer than a few seconds.
    pub fn config(&self) -> tokio_postgres::Config {
        let mut config = self.config.clone();
        config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE).keepalives_idle(PATIENCE);
        config
    }

    /// The same, with a password.
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }
}

/// How long a server may be silent before it counts as gone.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// For how long a server that was silent is not asked again.
pub(super) const SILENCE: Duration = Duration::from_secs(1);
