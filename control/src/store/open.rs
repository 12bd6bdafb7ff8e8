//! Opens the file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Desk;
use super::migrations::migrate;
use crate::fault::{Fault, Outcome};
use crate::model::Model;
use crate::names::Names;
use crate::tables::Tables;

/// The store, with the live model in memory.
pub struct Store {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    pub(super) tables: Arc<Tables>,
    pub(super) names: Names,
    pub(super) live: Model,
    pub(super) generation: u64,
    /// By author.
    pub(super) desks: HashMap<String, Desk>,
    /// When a carrier was charged, by carrier and generation.
    pub(super) charge_on: HashMap<(u32, u64), &'static str>,
}

impl Store {
    /// Opens the store in a folder, making both where they are missing. What is made of tables is
    /// published in the folder of `plans`.
    pub fn open(folder: &Path, plans: &Path) -> Outcome<Self> {
        let fault = |error| Fault::failed(format!("folder {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(fault)?;
        let path = folder.join("signalbox.db");
        let mut db = Connection::open(&path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.busy_timeout(PATIENCE)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        migrate(&mut db)?;
        let tables = Arc::new(Tables::new(folder.join("tables"), plans).map_err(fault)?);
        let names = Names::open(folder).map_err(fault)?;
        let mut store = Self {
            db,
            path,
            tables,
            names,
            live: Model::default(),
            generation: 0,
            desks: HashMap::new(),
            charge_on: HashMap::new(),
        };
        store.generation = store.newest_generation()?;
        store.live = store.model_at(store.generation)?;
        store.tables.sweep(&store.named_files()?).map_err(fault)?;
        Ok(store)
    }

    /// The live model.
    pub fn live(&self) -> &Model {
        &self.live
    }

    /// The live generation; 0 before the first commit.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The files of rows that the model names.
    pub fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables)
    }

    /// Where the names of trunks lead.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The same, to learn another answer.
    pub fn names_mut(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens the file for long questions that must not hold up the writer.
pub fn open_reader(path: &Path) -> Outcome<Connection> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(PATIENCE)?;
    Ok(db)
}

/// How long a statement waits for somebody else, such as a backup.
const PATIENCE: Duration = Duration::from_secs(5);

const STATEMENTS_MAX: usize = 64;
