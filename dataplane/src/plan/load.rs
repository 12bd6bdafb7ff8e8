//! From a file to a checked snapshot.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;

use memmap2::{Advice, Mmap, MmapMut};
use routing::snapshot::{RowFile, RowsName, Snapshot, SnapshotError, generation_of};

/// Why a published plan is not obeyed.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `current` names something else than a snapshot beside it.
    #[error("{path} names {name:?}, which is no snapshot's name")]
    Name {
        /// The pointer file.
        path: PathBuf,
        /// What it says.
        name: String,
    },
    /// The snapshot does not check out.
    #[error("{path}: {source}")]
    Snapshot {
        /// Which.
        path: PathBuf,
        /// Why.
        source: SnapshotError,
    },
    /// The plan inside is another one than the name says.
    #[error("{path}: holds generation {found}")]
    Generation {
        /// Which.
        path: PathBuf,
        /// What stands in it.
        found: u64,
    },
}

/// The file name that `current` holds and its generation; `None` if nothing was published.
pub(super) fn current(dir: &Path) -> Result<Option<(String, u64)>, PlanError> {
    let path = dir.join("current");
    let name = match fs::read_to_string(&path) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(PlanError::Io { path, source }),
    };
    match generation_of(&name) {
        Some(generation) => Ok(Some((name, generation))),
        None => Err(PlanError::Name { path, name }),
    }
}

/// Reads and checks one snapshot, and the files of rows that it names and the `known` ones have
/// not: a change of something else reads no table again.
pub fn load(dir: &Path, name: &str, known: &[RowFile]) -> Result<Snapshot, PlanError> {
    let path = dir.join(name);
    let octets = match read(&path) {
        Ok(octets) => octets,
        Err(source) => return Err(PlanError::Io { path, source }),
    };
    let mut refused = None;
    let find = |name: RowsName| {
        let known = known.iter().find(|rows| rows.name() == name).cloned();
        known.or_else(|| rows(dir, name).map_err(|error| refused = Some(error)).ok())
    };
    let snapshot = match Snapshot::open(octets, find) {
        Ok(snapshot) => snapshot,
        Err(source) => return Err(refused.unwrap_or(PlanError::Snapshot { path, source })),
    };
    let found = snapshot.generation();
    if generation_of(name) != Some(found) {
        return Err(PlanError::Generation { path, found });
    }
    Ok(snapshot)
}

/// Reads and checks a file of rows.
pub(super) fn rows(dir: &Path, name: RowsName) -> Result<RowFile, PlanError> {
    let path = dir.join(name.file_name());
    match read(&path).map(RowFile::open) {
        Ok(Ok(rows)) => Ok(rows),
        Ok(Err(source)) => Err(PlanError::Snapshot { path, source }),
        Err(source) => Err(PlanError::Io { path, source }),
    }
}

/// The file of rows that was published last, whether a plan names it or not.
pub(super) fn latest_rows(dir: &Path) -> Option<RowsName> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let name = RowsName::of_file(entry.file_name().to_str()?)?;
        Some((entry.metadata().ok()?.modified().ok()?, name))
    });
    named.max().map(|(_, name)| name)
}

/// The newest good snapshot: the current one, else the highest older one. Also tells what was
/// refused on the way.
pub fn newest(dir: &Path) -> (Option<Snapshot>, Vec<PlanError>) {
    let mut refused = Vec::new();
    let current = current(dir).unwrap_or_else(|error| {
        refused.push(error);
        None
    });
    let limit = current.as_ref().map_or(u64::MAX, |(_, generation)| *generation);
    let mut names: Vec<(u64, String)> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some((generation_of(&name)?, name)))
        .filter(|(generation, _)| *generation < limit)
        .collect();
    names.sort_unstable();
    let names = names.into_iter().rev().map(|(_, name)| name);
    for name in current.into_iter().map(|(name, _)| name).chain(names) {
        match load(dir, &name, &[]) {
            Ok(snapshot) => return (Some(snapshot), refused),
            Err(error) => refused.push(error),
        }
    }
    (None, refused)
}

/// Reads a file into memory of our own, in huge pages where there are any: a lookup in a table
/// of 200 MB then misses no page table, no shard ever waits for a page to be read, and whatever
/// becomes of the file is nothing to us.
fn read(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut memory = MmapMut::map_anon(len)?;
    // A kernel without huge pages refuses, and the table is only slower.
    let _ = memory.advise(Advice::HugePage);
    fill(&file, &mut memory)?;
    memory.make_read_only()
}

/// Reads a large file in two threads: most of the time goes into finding and clearing memory, of
/// which a virtual machine may have to ask its host for every page.
fn fill(file: &File, memory: &mut [u8]) -> io::Result<()> {
    if memory.len() < TOGETHER_PAYS {
        return file.read_exact_at(memory, 0);
    }
    let middle = memory.len() / 2;
    let (one, other) = memory.split_at_mut(middle);
    thread::scope(|scope| {
        let other = scope.spawn(|| file.read_exact_at(other, middle as u64));
        let read = file.read_exact_at(one, 0);
        other.join().map_err(|_| io::Error::other("a thread that read panicked"))?.and(read)
    })
}

/// Below sixteen megabytes a thread costs more than it gains.
const TOGETHER_PAYS: usize = 16 << 20;
