//! A table of rows as a file of its own, which any number of plans name.
//!
//! Ten million rows are 150 MB and change seldom. They are written, synced and checked once;
//! a plan only names them, and shares them with the plan before it.

use std::fmt;
use std::sync::Arc;

use super::checked::{Checked, Octets};
use super::header::{HEADER_LEN, SnapshotError};
use super::rows_header::RowsHeader;
use crate::bulk::{ArchivedRowTable, RowTable};

/// What a file of rows is called: a digest of all that it was made of.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RowsName(pub [u8; 32]);

/// A table of rows that was checked once and is read ever after.
///
/// Cloning shares the octets; the last one to let go frees them.
#[derive(Clone)]
pub struct RowFile {
    name: RowsName,
    rows: Checked<ArchivedRowTable>,
}

impl RowsName {
    /// The name of the file: `rows-` and 64 hexadecimal digits.
    pub fn file_name(&self) -> String {
        format!("rows-{self}.snap")
    }

    /// The name that a file name stands for.
    pub fn of_file(name: &str) -> Option<Self> {
        let digits = name.strip_prefix("rows-")?.strip_suffix(".snap")?.as_bytes();
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let octet = |[high, low]: &[u8; 2]| Some(nibble(*high)? << 4 | nibble(*low)?);
        let octets: Vec<u8> = pairs.iter().map(octet).collect::<Option<_>>()?;
        octets.try_into().ok().map(Self)
    }
}

impl RowFile {
    /// The octets of a file. The same rows give the same octets.
    pub fn freeze(name: RowsName, rows: &RowTable) -> Octets {
        let mut room = Octets::new();
        room.resize(HEADER_LEN, 0);
        let mut octets = rkyv::api::high::to_bytes_in::<_, rkyv::rancor::Error>(rows, room)
            .expect("a table in memory fits into an archive in memory");
        let (header, archive) = octets.split_at_mut(HEADER_LEN);
        let crc = RowsHeader::checksum(name, archive);
        let len = archive.len() as u64;
        header.copy_from_slice(&RowsHeader { name, len, crc }.encode());
        octets
    }

    /// Checks the octets, whole: header, length, checksum, every pointer, every lookup.
    ///
    /// The octets must not change as long as the table lives; a published file never does.
    pub fn open(octets: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, SnapshotError> {
        let octets: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(octets);
        let whole = (*octets).as_ref();
        let header = RowsHeader::decode(whole)?;
        let archive = &whole[HEADER_LEN..];
        if archive.len() as u64 != header.len {
            let found = archive.len() as u64;
            return Err(SnapshotError::Length { expected: header.len, found });
        }
        if RowsHeader::checksum(header.name, archive) != header.crc {
            return Err(SnapshotError::Checksum);
        }
        let rows = Checked::<ArchivedRowTable>::new(octets, HEADER_LEN)?;
        if !rows.get().is_sound() {
            return Err(SnapshotError::Archive);
        }
        Ok(Self { name: header.name, rows })
    }

    /// Freezes rows and opens them again, for tests and benchmarks.
    pub fn of(name: RowsName, rows: &RowTable) -> Self {
        Self::open(Self::freeze(name, rows)).expect("what freeze wrote, open reads")
    }

    /// What it is called.
    pub fn name(&self) -> RowsName {
        self.name
    }

    /// The octets of the file.
    pub fn octets(&self) -> &[u8] {
        self.rows.octets()
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &ArchivedRowTable {
        self.rows.get()
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for RowsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for RowFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowFile({})", self.name)
    }
}

#[cfg(test)]
mod tests;
