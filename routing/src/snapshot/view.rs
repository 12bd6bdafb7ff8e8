//! A checked snapshot, shared by every shard.

use std::fmt;
use std::sync::Arc;

use super::checked::{Checked, Octets};
use super::header::{HEADER_LEN, Header, SnapshotError};
use super::rows::{RowFile, RowsName};
use super::sound::is_sound;
use crate::plan::ArchivedPlan;

/// A snapshot that was checked once and is read ever after.
///
/// Cloning shares the octets; the last shard to let go frees them.
#[derive(Clone)]
pub struct Snapshot {
    plan: Checked<ArchivedPlan>,
    /// The files of rows that the plan names, in its order.
    tables: Arc<[RowFile]>,
}

impl Snapshot {
    /// Checks the octets, whole: header, length, checksum, every pointer of the archive, and
    /// that no table leads astray. A file of rows that it names is asked for by its name.
    ///
    /// The octets must not change as long as the snapshot lives; a published file never does.
    pub fn open(
        octets: impl AsRef<[u8]> + Send + Sync + 'static,
        mut find: impl FnMut(RowsName) -> Option<RowFile>,
    ) -> Result<Self, SnapshotError> {
        let octets: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(octets);
        let whole = (*octets).as_ref();
        let header = Header::decode(whole)?;
        let behind = &whole[HEADER_LEN..];
        if behind.len() as u64 != header.len {
            let found = behind.len() as u64;
            return Err(SnapshotError::Length { expected: header.len, found });
        }
        if Header::checksum(header.generation, header.names, behind) != header.crc {
            return Err(SnapshotError::Checksum);
        }
        let named = rows_named(whole)?;
        let at = archive_at(named.len());
        let plan = Checked::<ArchivedPlan>::new(Arc::clone(&octets), at)?;
        let found = |name: RowsName| {
            let rows = find(name).filter(|rows| rows.name() == name);
            rows.ok_or(SnapshotError::Rows(name))
        };
        let tables: Vec<RowFile> = named.into_iter().map(found).collect::<Result<_, _>>()?;
        let about = plan.get();
        if about.generation != header.generation || !is_sound(about, &tables) {
            return Err(SnapshotError::Archive);
        }
        Ok(Self { plan, tables: tables.into() })
    }

    /// Freezes a plan and opens it again, for tests and for questions about a draft.
    pub fn of(plan: &crate::Plan) -> Self {
        Self::with_rows(plan, |_| None).expect("what freeze wrote, open reads")
    }

    /// The same for a plan that names files of rows; it fails if one of them is not found.
    pub fn with_rows(
        plan: &crate::Plan,
        find: impl FnMut(RowsName) -> Option<RowFile>,
    ) -> Result<Self, SnapshotError> {
        let frozen = super::freeze(plan);
        let mut octets = Octets::with_capacity(frozen.len());
        octets.extend_from_slice(&frozen);
        Self::open(octets, find)
    }

    /// The files of rows that the plan names, for its lookups.
    pub fn tables(&self) -> &[RowFile] {
        &self.tables
    }

    /// The plan inside.
    pub fn plan(&self) -> &ArchivedPlan {
        self.plan.get()
    }

    /// Does anybody else hold these octets? Whoever holds them alone frees them by letting go.
    pub fn is_shared(&self) -> bool {
        self.plan.is_shared()
    }

    /// The number of the plan.
    pub fn generation(&self) -> u64 {
        self.plan().generation.to_native()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({})", self.generation())
    }
}

/// The files of rows that a snapshot names, told from its first octets: all that control needs to
/// know which files it may not remove. `Length` says how many it takes.
pub fn rows_named(front: &[u8]) -> Result<Vec<RowsName>, SnapshotError> {
    let header = Header::decode(front)?;
    let (names, _) = front[HEADER_LEN..].as_chunks::<NAME_LEN>();
    let named = names.get(..header.names as usize);
    let expected = HEADER_LEN as u64 + u64::from(header.names) * NAME_LEN as u64;
    let short = SnapshotError::Length { expected, found: front.len() as u64 };
    named.map(|names| names.iter().copied().map(RowsName).collect()).ok_or(short)
}

/// Where the archive begins behind so many names: where a line of memory does, because that is
/// what its tables count on.
pub(super) fn archive_at(names: usize) -> usize {
    (HEADER_LEN + names * NAME_LEN).next_multiple_of(LINE)
}

/// A name of a file of rows.
const NAME_LEN: usize = 32;

/// Octets of a line of memory.
const LINE: usize = 64;

#[cfg(test)]
mod tests;
