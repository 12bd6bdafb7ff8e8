//! Where the files are kept, and what was made of them.
//!
//! A file of rows that arrives is frozen at once and written where plans are published: a plan
//! that names it is small, and a commit waits for nothing large. What was removed there is made
//! again from the file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use routing::snapshot::{Octets, RowFile, RowsName};
use routing::table::{NumberTable, PrefixTable};
use routing::{Number, Row, RowTable};
use sha2::{Digest, Sha256};

use super::csv::{self, Contents, Known};
use super::won::{self, Won};
use crate::fault::{Code, Fault, Outcome};
use crate::model::{Content, Destination, RowKind, Via};
use crate::publish::write_into;

/// The files of rows that the model names.
#[derive(Debug)]
pub struct Tables {
    folder: PathBuf,
    /// Where plans are published.
    plans: PathBuf,
    /// What was made of files, the latest asked for last.
    made: Mutex<Vec<RowFile>>,
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
    /// Keeps files in a folder and what is made of them beside the plans; both folders are made
    /// if they are missing.
    pub fn new(folder: PathBuf, plans: &Path) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(plans)?;
        Ok(Self { folder, plans: plans.to_owned(), made: Mutex::default() })
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
        let name = name_of(&sha256, kind);
        // The disk writes while we read.
        let (made, synced) = thread::scope(|scope| {
            let sync = scope.spawn(|| aside.file.sync_all());
            let made = make(&aside.path, kind, known);
            (made.and_then(|made| Ok((self.publish(name, &made.0)?, made.1))), sync.join())
        });
        let (rows, targets) = made?;
        let synced = synced.map_err(|_| Fault::failed("a thread panicked"))?;
        synced
            .and_then(|()| fs::rename(&aside.path, self.path(&sha256)))
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(|error| Fault::failed(format!("the file cannot be kept: {error}")))?;
        self.remember(rows);
        let rows = targets.iter().map(|(_, rows)| rows).sum();
        let targets = targets.into_iter().map(|(via, rows)| Destination { via, policy: 0, rows });
        Ok(Content { sha256, kind, rows, targets: targets.collect() })
    }

    /// The rows of a file, which is read again if nothing that was made of it is left; they are
    /// published when this returns.
    pub fn get(&self, content: &Content) -> Outcome<RowFile> {
        let name = name_of(&content.sha256, content.kind);
        if let Some(rows) = self.find(name) {
            if !self.plans.join(name.file_name()).is_file() {
                self.write(&rows)?;
            }
            return Ok(rows);
        }
        let path = self.path(&content.sha256);
        let known = Known { file: path.display().to_string(), ..Known::default() };
        let rows = self.publish(name, &make(&path, content.kind, &known)?.0)?;
        self.remember(rows.clone());
        Ok(rows)
    }

    /// The rows of this name, if they are in memory or published and good.
    pub fn find(&self, name: RowsName) -> Option<RowFile> {
        let known = self.made().iter().find(|rows| rows.name() == name).cloned();
        let rows = known.or_else(|| {
            let octets = aligned(&self.plans.join(name.file_name())).ok()?;
            RowFile::open(octets).ok().filter(|rows| rows.name() == name)
        })?;
        self.remember(rows.clone());
        Some(rows)
    }

    /// The row of a file that decides about a number, if one matches it.
    pub fn won(&self, content: &Content, number: Number) -> Outcome<Option<Won>> {
        won::longest(&self.path(&content.sha256), content.kind, number)
    }

    /// Freezes rows and publishes them; no plan names them yet.
    fn publish(&self, name: RowsName, rows: &RowTable) -> Outcome<RowFile> {
        let rows = RowFile::open(RowFile::freeze(name, rows))
            .map_err(|error| Fault::failed(format!("the rows do not hold together: {error}")))?;
        self.write(&rows)?;
        Ok(rows)
    }

    fn write(&self, rows: &RowFile) -> Outcome<()> {
        write_into(&self.plans, &rows.name().file_name(), rows.octets())
            .map_err(|error| Fault::failed(format!("the rows cannot be published: {error}")))
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

    fn made(&self) -> std::sync::MutexGuard<'_, Vec<RowFile>> {
        // Whoever panicked left a list of whole tables.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was made, and of what was made before as much as there is room for.
    fn remember(&self, rows: RowFile) {
        let mut all = self.made();
        all.retain(|one| one.name() != rows.name());
        all.push(rows);
        let mut room = OCTETS_REMEMBERED_MAX;
        let kept = all.iter().rev().take_while(|one| {
            let fits = one.octets().len() <= room;
            room = room.saturating_sub(one.octets().len());
            fits
        });
        let surplus = all.len() - kept.count().max(1);
        all.drain(..surplus);
    }
}

impl Aside {
    /// The lines that it has.
    pub fn lines(&self) -> io::Result<io::Lines<io::BufReader<File>>> {
        Ok(io::BufReader::new(File::open(&self.path)?).lines())
    }

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

type Frozen = (RowTable, Vec<(Vec<Via>, u64)>);

/// What is made of a file is called by the file and by how it was read.
fn name_of(sha256: &str, kind: RowKind) -> RowsName {
    let word = match kind {
        RowKind::Patterns => "patterns",
        RowKind::Prefixes => "prefixes",
    };
    RowsName(Sha256::new().chain_update(sha256).chain_update(word).finalize().into())
}

fn aligned(path: &Path) -> io::Result<Octets> {
    let mut file = File::open(path)?;
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut octets = Octets::with_capacity(len);
    octets.extend_from_reader(&mut file)?;
    Ok(octets)
}

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
    let places = targets.len() as u32;
    Ok((RowTable::new(whole, beginnings, places), targets))
}

/// What a table of the most rows takes, with long targets.
pub const FILE_OCTETS_MAX: u64 = 1 << 30;

/// Two tables of the size that was promised and two more of their drafts.
const OCTETS_REMEMBERED_MAX: usize = 800_000_000;
