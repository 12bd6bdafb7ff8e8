//! Octets that were validated once and are read in place ever after.

use std::marker::PhantomData;
use std::sync::Arc;

use rkyv::Portable;
use rkyv::api::high::HighValidator;
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::Error;

use super::header::SnapshotError;

/// An archive of a `T` from an octet on. Cloning shares the octets.
pub(super) struct Checked<T> {
    octets: Arc<dyn AsRef<[u8]> + Send + Sync>,
    at: usize,
    of: PhantomData<fn() -> T>,
}

impl<T> Checked<T>
where
    T: Portable + for<'a> CheckBytes<HighValidator<'a, Error>>,
{
    /// Checks every pointer of the archive. The octets must not change as long as this lives.
    pub(super) fn new(
        octets: Arc<dyn AsRef<[u8]> + Send + Sync>,
        at: usize,
    ) -> Result<Self, SnapshotError> {
        let whole: &[u8] = (*octets).as_ref();
        let archive = whole.get(at..).ok_or(SnapshotError::Archive)?;
        if archive.as_ptr().align_offset(ALIGNMENT) != 0 {
            return Err(SnapshotError::Alignment);
        }
        rkyv::access::<T, Error>(archive).map_err(|_| SnapshotError::Archive)?;
        Ok(Self { octets, at, of: PhantomData })
    }
}

impl<T: Portable> Checked<T> {
    /// What stands there.
    #[allow(unsafe_code)]
    pub(super) fn get(&self) -> &T {
        // SAFETY: `new` validated exactly these octets as a `T` and is the only way to make a
        // `Checked`. They sit behind an `Arc` and are never handed out mutably; whoever made it
        // promised that they do not change (a node reads files into memory of its own).
        unsafe { rkyv::access_unchecked::<T>(&self.octets()[self.at..]) }
    }
}

impl<T> Checked<T> {
    /// All octets, also those before the archive.
    pub(super) fn octets(&self) -> &[u8] {
        (*self.octets).as_ref()
    }

    /// Does anybody else hold these octets?
    pub(super) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.octets) > 1
    }
}

impl<T> Clone for Checked<T> {
    fn clone(&self) -> Self {
        Self { octets: Arc::clone(&self.octets), at: self.at, of: PhantomData }
    }
}

/// Octets at an address from which an archive can be read.
pub type Octets = rkyv::util::AlignedVec<ALIGNMENT>;

/// What an archive asks of its address.
const ALIGNMENT: usize = 16;
