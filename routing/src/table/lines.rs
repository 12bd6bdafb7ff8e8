//! Words that begin where a line of memory does.

use rkyv::rancor::Fallible;
use rkyv::ser::{Allocator, Positional, Writer};
use rkyv::vec::{ArchivedVec, VecResolver};
use rkyv::with::{ArchiveWith, DeserializeWith, SerializeWith};
use rkyv::{Archive, Deserialize, Place, Serialize};

/// Writes a vector so that its items begin where a line of memory does: then eight words lie on
/// one line and not on two. The archive itself begins at a line, and a file's memory at a page.
#[derive(Debug)]
pub(super) struct OnLines;

impl<T: Archive> ArchiveWith<Vec<T>> for OnLines {
    type Archived = ArchivedVec<T::Archived>;
    type Resolver = VecResolver;

    fn resolve_with(vec: &Vec<T>, resolver: Self::Resolver, out: Place<Self::Archived>) {
        ArchivedVec::resolve_from_len(vec.len(), resolver, out);
    }
}

impl<T, S> SerializeWith<Vec<T>, S> for OnLines
where
    T: Serialize<S>,
    S: Fallible + Allocator + Writer + ?Sized,
{
    fn serialize_with(vec: &Vec<T>, serializer: &mut S) -> Result<VecResolver, S::Error> {
        let over = serializer.pos() % LINE;
        if over > 0 {
            serializer.write(&[0; LINE][over..])?;
        }
        ArchivedVec::serialize_from_slice(vec, serializer)
    }
}

impl<T, D> DeserializeWith<ArchivedVec<T::Archived>, Vec<T>, D> for OnLines
where
    T: Archive,
    ArchivedVec<T::Archived>: Deserialize<Vec<T>, D>,
    D: Fallible + ?Sized,
{
    fn deserialize_with(
        archived: &ArchivedVec<T::Archived>,
        deserializer: &mut D,
    ) -> Result<Vec<T>, D::Error> {
        archived.deserialize(deserializer)
    }
}

/// Octets of a line of memory.
const LINE: usize = 64;
