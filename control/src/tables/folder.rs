//! Where the files are kept, and what was made of the latest of them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use routing::table::{NumberTable, PrefixTable};
use routing::{Row, RowTable};
use sha2::{Digest, Sha256};

use super::csv::{self, Contents, Known};
use crate::fault::{Code, Fault, Outcome};
use crate::model::{Content, Destination, RowKind, Via};

/// The files of rows that the model names.
#[derive(Debug)]
pub struct Tables {
    folder: PathBuf,
    made: Mutex<Vec<Made>>,
}

/// What was made of a file, the latest asked for last.
#[derive(Clone, Debug)]
struct Made {
    name: (String, RowKind),
    rows: u64,
    table: Arc<RowTable>,
}

/// A file that arrives; it goes away again unless it is taken in.
#[derive(Debug)]
pub struct Aside {
    path: PathBuf,
    file: File,
    hash: Sha256,
    octets: u64,
}

impl Tables {
    /// Keeps files in a folder, which is made if it is missing.
    pub fn new(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, made: Mutex::default() })
    }

    /// Begins to take in a file.
    pub fn receive(&self) -> io::Result<Aside> {
        // Control is the only one who writes here, and takes in one file at a time.
        let path = self.folder.join(".part");
        let file = File::create(&path)?;
        Ok(Aside { path, file, hash: Sha256::new(), octets: 0 })
    }

    /// Reads a file that arrived whole and keeps it; what its rows lead to has no ids yet.
    pub fn take_in(&self, aside: Aside, kind: RowKind, known: &Known) -> Outcome<Content> {
        let sha256 = hex::encode(aside.hash.clone().finalize());
        // The disk writes while we read.
        let (made, synced) = thread::scope(|scope| {
            let sync = scope.spawn(|| aside.file.sync_all());
            (make(&aside.path, kind, known), sync.join())
        });
        let (table, targets) = made?;
        let synced = synced.map_err(|_| Fault::failed("a thread panicked"))?;
        synced
            .and_then(|()| fs::rename(&aside.path, self.path(&sha256)))
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(|error| Fault::failed(format!("the file cannot be kept: {error}")))?;
        let rows = targets.iter().map(|(_, rows)| rows).sum();
        self.remember(Made { name: (sha256.clone(), kind), rows, table });
        let targets = targets.into_iter().map(|(via, rows)| Destination { via, policy: 0, rows });
        Ok(Content { sha256, kind, rows, targets: targets.collect() })
    }

    /// The rows of a file, which is read again if that was long ago.
    pub fn get(&self, content: &Content) -> Outcome<Arc<RowTable>> {
        let name = (content.sha256.clone(), content.kind);
        let known = self.made().iter().find(|made| made.name == name).cloned();
        let made = match known {
            Some(made) => made,
            None => {
                let path = self.path(&content.sha256);
                let known = Known { file: path.display().to_string(), ..Known::default() };
                let (table, _) = make(&path, content.kind, &known)?;
                Made { name, rows: content.rows, table }
            }
        };
        let table = Arc::clone(&made.table);
        self.remember(made);
        Ok(table)
    }

    /// Removes the files that nothing names any more.
    pub fn sweep(&self, named: &BTreeSet<String>) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if !named.contains(name) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}.csv"))
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Vec<Made>> {
        // Whoever panicked left a list of whole tables.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was made, and of what was made before as much as there is room for.
    fn remember(&self, made: Made) {
        let mut all = self.made();
        all.retain(|one| one.name != made.name);
        all.push(made);
        let mut room = ROWS_REMEMBERED_MAX;
        let kept = all.iter().rev().take_while(|one| {
            let fits = one.rows <= room;
            room = room.saturating_sub(one.rows);
            fits
        });
        let surplus = all.len() - kept.count().max(1);
        all.drain(..surplus);
    }
}

impl Aside {
    /// Takes the next octets.
    pub fn write(&mut self, octets: &[u8]) -> Outcome<()> {
        self.octets += octets.len() as u64;
        if self.octets > FILE_OCTETS_MAX {
            return Err(Fault::new(
                Code::Invalid,
                format!("the file has more than {} MiB", FILE_OCTETS_MAX >> 20),
            )
            .cure("make two tables of it"));
        }
        self.hash.update(octets);
        self.file
            .write_all(octets)
            .map_err(|error| Fault::failed(format!("the file cannot be kept: {error}")))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // If it was taken in, it has another name by now.
        drop(fs::remove_file(&self.path));
    }
}

type Frozen = (Arc<RowTable>, Vec<(Vec<Via>, u64)>);

/// Reads and freezes a file.
fn make(path: &Path, kind: RowKind, known: &Known) -> Outcome<Frozen> {
    let Contents { mut numbers, mut prefixes, targets } = csv::read(path, kind, known)?;
    let (whole, beginnings) = thread::scope(|scope| {
        let whole = scope.spawn(|| {
            numbers.sort();
            NumberTable::freeze(&numbers)
        });
        prefixes.sort();
        (whole.join(), PrefixTable::freeze(&prefixes))
    });
    let whole = whole.map_err(|_| Fault::failed("a thread panicked"))?;
    let mut repeated: Vec<Row> = numbers.repeated().map(Row::Number).collect();
    repeated.extend(prefixes.repeated().map(Row::Prefix));
    if !repeated.is_empty() {
        csv::complain_of_repeated(path, kind, known, &repeated)?;
    }
    Ok((Arc::new(RowTable::new(whole, beginnings)), targets))
}

/// What a table of the most rows takes, with long targets.
pub const FILE_OCTETS_MAX: u64 = 1 << 30;

/// Two tables of the size that was promised and two more of their drafts: about 800 MB.
const ROWS_REMEMBERED_MAX: u64 = 40_000_000;
