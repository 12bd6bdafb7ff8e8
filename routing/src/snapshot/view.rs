//! A checked snapshot, shared by every shard.

use std::fmt;
use std::sync::Arc;

use super::header::{HEADER_LEN, Header, SnapshotError};
use super::sound::is_sound;
use crate::plan::ArchivedPlan;

/// A snapshot that was checked once and is read ever after.
///
/// Cloning shares the octets; the last shard to let go frees them.
#[derive(Clone)]
pub struct Snapshot {
    octets: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl Snapshot {
    /// Checks the octets, whole: header, length, checksum, every pointer of the archive, and
    /// that no table leads astray.
    ///
    /// The octets must not change as long as the snapshot lives; a published file never does.
    pub fn open(octets: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, SnapshotError> {
        let octets: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(octets);
        let whole = (*octets).as_ref();
        let header = Header::decode(whole)?;
        let archive = &whole[HEADER_LEN..];
        if archive.len() as u64 != header.len {
            let found = archive.len() as u64;
            return Err(SnapshotError::Length { expected: header.len, found });
        }
        if archive.as_ptr().align_offset(ALIGNMENT) != 0 {
            return Err(SnapshotError::Alignment);
        }
        if Header::checksum(header.generation, archive) != header.crc {
            return Err(SnapshotError::Checksum);
        }
        let plan = rkyv::access::<ArchivedPlan, rkyv::rancor::Error>(archive)
            .map_err(|_| SnapshotError::Archive)?;
        if plan.generation != header.generation || !is_sound(plan) {
            return Err(SnapshotError::Archive);
        }
        Ok(Self { octets })
    }

    /// Freezes a plan and opens it again, for tests and for questions about a draft.
    pub fn of(plan: &crate::Plan) -> Self {
        let frozen = super::freeze(plan);
        let mut octets = rkyv::util::AlignedVec::<ALIGNMENT>::with_capacity(frozen.len());
        octets.extend_from_slice(&frozen);
        Self::open(octets).expect("what freeze wrote, open reads")
    }

    /// The plan inside.
    #[allow(unsafe_code)]
    pub fn plan(&self) -> &ArchivedPlan {
        let octets: &[u8] = (*self.octets).as_ref();
        // SAFETY: `open` validated exactly these octets as an `ArchivedPlan` and is the only way
        // to make a `Snapshot`. They sit behind an `Arc` and are never handed out mutably; the
        // caller of `open` promises that they do not change (a node reads the file into memory
        // of its own).
        unsafe { rkyv::access_unchecked::<ArchivedPlan>(&octets[HEADER_LEN..]) }
    }

    /// Does anybody else hold these octets? Whoever holds them alone frees them by letting go.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.octets) > 1
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

/// What an archive asks of its address.
const ALIGNMENT: usize = 16;

#[cfg(test)]
mod tests;
