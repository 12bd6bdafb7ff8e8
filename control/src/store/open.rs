//! Opens the file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::migrations::migrate;
use super::{Db, Desk, Place};
use crate::fault::{Fault, Outcome};
use crate::model::{Kind, Model};
use crate::names::Names;
use crate::tables::Tables;

/// The store, with the live model in memory.
pub struct Store {
    pub(super) db: Db,
    pub(super) place: Place,
    pub(super) tables: Arc<Tables>,
    pub(super) names: Names,
    pub(super) live: Model,
    pub(super) generation: u64,
    /// How often drafts had changed when the desks were as they are; `None` if nobody knows.
    pub(super) drafts: Option<u64>,
    /// Is one change of several being drafted? All of them count as one.
    pub(super) is_among_others: bool,
    /// By author.
    pub(super) desks: HashMap<String, Desk>,
    /// The id that is next, by kind, as far as this control knows.
    pub(super) next_ids: RefCell<HashMap<Kind, u32>>,
    /// When a carrier was charged, by carrier and generation.
    pub(super) charge_on: HashMap<(u32, u64), &'static str>,
}

impl Store {
    /// Asks or books something where accounts are kept.
    pub fn account<T>(&self, work: impl FnOnce(&Db) -> Outcome<T>) -> Outcome<T> {
        work(&self.db)
    }

    /// Opens a store, which may be on a server, making it where it is missing. The folder keeps
    /// the files of rows; what is made of them is published in the folder of `plans`.
    pub fn open(folder: &Path, plans: &Path, place: Place) -> Outcome<Self> {
        let fault = |error| Fault::failed(format!("folder {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(fault)?;
        let db = place.writer().and_then(|db| migrate(&db).map(|()| db));
        let db = db.map_err(|fault| place.named(fault))?;
        let tables = Arc::new(Tables::new(folder.join("tables"), plans).map_err(fault)?);
        let mut store = Self {
            db,
            place,
            tables,
            names: Names::default(),
            live: Model::default(),
            generation: 0,
            drafts: None,
            is_among_others: false,
            desks: HashMap::new(),
            next_ids: RefCell::default(),
            charge_on: HashMap::new(),
        };
        store.generation = store.newest_generation()?;
        store.live = store.model_at(store.generation)?;
        store.names = store.known_names()?;
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

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }
}
