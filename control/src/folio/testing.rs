//! A store whose hours are closed, for the tests of several rooms.

use std::cell::RefCell;
use std::collections::BTreeMap;

use routing::journal::Record as Entry;

use super::*;
use crate::config::Node;
use crate::fault::Outcome;
use crate::harvest::Harvester;
use crate::store::{Db, Place, Writer, folios};
use crate::testing::{NOON_NS, World, block, write_volume};

/// A store with a day of records, and how it closes them.
pub(crate) struct Desk {
    pub(crate) writer: Writer,
    pub(crate) place: Place,
    pub(crate) keeping: Keeping,
    pub(crate) node: Node,
    blocks: RefCell<Vec<u8>>,
    pub(crate) folder: tempfile::TempDir,
}

/// When all hours of the tests are over.
pub(crate) const LATER_NS: u64 = NOON_NS + 24 * 3_600_000_000_000;

impl Desk {
    pub(crate) fn new() -> Self {
        let World { store, folder, .. } = World::story();
        let place = store.place().clone();
        let (writer, _) = Writer::start(store).unwrap();
        let keeping = Keeping {
            every: Every::HOUR,
            wait_ns: 0,
            wanted: Wanted {
                folder: folder.path().join("cdr"),
                formats: vec![Format::Csv, Format::CsvZst, Format::Jsonl, Format::Parquet],
                numbers: Numbers::Clear,
            },
            key_file: folder.path().join("proof.key"),
            numbering: None,
            command: Vec::new(),
        };
        std::fs::write(&keeping.key_file, format!("{}\n", "07".repeat(32))).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&keeping.key_file, mode).unwrap();
        let data = folder.path().join("env1");
        let node = Node { name: "env1".to_owned(), data, keep_len: 0 };
        Self { writer, place, keeping, node, blocks: RefCell::default(), folder }
    }

    /// The journal goes on, and is harvested.
    pub(crate) fn happen(&self, entries: &[Entry]) {
        let mut blocks = self.blocks.borrow_mut();
        let sequence = blocks.len() as u64 + 1;
        blocks.extend(block(sequence, entries));
        self.write(&blocks);
        self.harvest();
    }

    /// The journal is these blocks.
    pub(crate) fn write(&self, blocks: &[u8]) {
        write_volume(&self.node.data.join("journal/shard-00"), 1, blocks);
    }

    /// All of it is harvested.
    pub(crate) fn harvest(&self) {
        Harvester::new(vec![self.node.clone()], self.writer.clone()).pass().unwrap();
    }

    pub(crate) fn db(&self) -> Db {
        self.place.reader().unwrap()
    }

    /// Closes all that is over.
    pub(crate) fn close(&self) -> Outcome<()> {
        self.close_until(LATER_NS, &mut |_| Ok(()))
    }

    pub(crate) fn close_until(
        &self,
        now_ns: u64,
        at: &mut dyn FnMut(Step) -> Outcome<()>,
    ) -> Outcome<()> {
        while turn((&self.writer, &self.place), &self.keeping, now_ns, at)? {}
        Ok(())
    }

    /// The files under their names, and what is in them.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(&self.keeping.wanted.folder).into_iter().flatten().flatten()
        {
            let name = entry.file_name().into_string().unwrap();
            if !name.starts_with('.') {
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
        files
    }

    pub(crate) fn manifest(&self, number: u64) -> Manifest {
        let folio = folios(&self.db(), &format!("WHERE number = {number}")).unwrap().remove(0);
        serde_json::from_str(&folio.manifest.unwrap()).unwrap()
    }

    pub(crate) fn text(&self, ending: &str) -> String {
        let files = self.files();
        let (_, octets) = files.iter().find(|(name, _)| name.ends_with(ending)).unwrap();
        String::from_utf8(octets.clone()).unwrap()
    }
}
