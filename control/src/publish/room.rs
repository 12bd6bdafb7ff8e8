//! How much of the past stays in the folder.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use routing::snapshot::{RowsName, SnapshotError, file_name, rows_named};

use super::Publisher;

impl Publisher {
    /// Removes old plans (of small ones all but the latest sixteen, of large ones more) and the
    /// files of rows that no plan names, but the latest: somebody's draft may name those.
    pub fn prune(&self) -> io::Result<()> {
        let mut generations = self.generations();
        generations.sort_unstable_by(|one, other| other.cmp(one));
        let (current, mut room, mut named) = (self.current(), OCTETS_KEPT_MAX, BTreeSet::new());
        for (newer, generation) in generations.into_iter().enumerate() {
            let path = self.folder.join(file_name(generation));
            let mut len = fs::metadata(&path)?.len();
            let names = names_of(&path)?;
            for name in names.iter().filter(|name| !named.contains(*name)) {
                len +=
                    fs::metadata(self.folder.join(name.file_name())).map_or(0, |rows| rows.len());
            }
            let fits = newer < KEPT && len <= room;
            room = room.saturating_sub(len);
            if newer < KEPT_LEAST || fits || current == Some(generation) {
                named.extend(names);
            } else {
                fs::remove_file(path)?;
            }
        }
        self.prune_rows(&named)
    }

    fn prune_rows(&self, named: &BTreeSet<RowsName>) -> io::Result<()> {
        let mut spare: Vec<(Reverse<SystemTime>, u64, RowsName)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_str().and_then(RowsName::of_file);
            if let Some(name) = name.filter(|name| !named.contains(name)) {
                let about = entry.metadata()?;
                spare.push((Reverse(about.modified()?), about.len(), name));
            }
        }
        spare.sort_unstable();
        let mut room = OCTETS_KEPT_MAX;
        for (_, len, name) in spare {
            if len > room {
                fs::remove_file(self.folder.join(name.file_name()))?;
            }
            room = room.saturating_sub(len);
        }
        Ok(())
    }
}

/// The files of rows that a plan names. What is no plan of ours names nothing: no node takes it.
fn names_of(path: &Path) -> io::Result<Vec<RowsName>> {
    let front = |len: u64| -> io::Result<Vec<u8>> {
        let mut front = Vec::new();
        File::open(path)?.take(len).read_to_end(&mut front)?;
        Ok(front)
    };
    match rows_named(&front(FRONT_LEN)?) {
        Err(SnapshotError::Length { expected, .. }) => {
            Ok(rows_named(&front(expected)?).unwrap_or_default())
        }
        named => Ok(named.unwrap_or_default()),
    }
}

/// How many plans stay: enough to see what was live when something went wrong.
const KEPT: usize = 16;

/// What they may take together with their rows, and what other rows may take: three tables of ten
/// million rows each.
const OCTETS_KEPT_MAX: u64 = 512 << 20;

/// So many stay however large they are: a node that refuses the newest takes the one before.
const KEPT_LEAST: usize = 2;

/// Where the names stand in nearly every plan.
const FRONT_LEN: u64 = 4096;

#[cfg(test)]
mod tests;
