//! Many short ascending lists in two arrays.

use rkyv::rend::u32_le;
use rkyv::{Archive, Deserialize, Serialize};

/// Frozen lists, called by their place.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Lists {
    /// For each list the place of its first item; one more for the end of the last.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl Lists {
    /// Freezes lists whose items ascend.
    pub(super) fn build(lists: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let mut frozen = Self::default();
        for list in lists {
            debug_assert!(list.is_sorted(), "a list ascends");
            frozen.items.extend(list);
            let end = u32::try_from(frozen.items.len()).expect("ranks are fewer than 2^32");
            frozen.starts.push(end);
        }
        frozen
    }
}

impl ArchivedLists {
    /// The items of one list from `from` on.
    pub(super) fn from(&self, list: u32, from: u32) -> &[u32_le] {
        let list = list as usize;
        let (start, end) = (self.starts[list].to_native(), self.starts[list + 1].to_native());
        let items = &self.items[start as usize..end as usize];
        &items[items.partition_point(|item| item.to_native() < from)..]
    }

    /// The first item of one list that is not less than `from`.
    pub(super) fn first_from(&self, list: u32, from: u32) -> Option<u32> {
        self.from(list, from).first().map(|item| item.to_native())
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Are there so many lists, each with its items?
    pub(super) fn is_sound(&self, lists: usize) -> bool {
        let starts = self.starts.iter().map(|start| start.to_native());
        self.starts.len() == lists + 1
            && starts.is_sorted()
            && self.starts.last().map(|end| end.to_native() as usize) == Some(self.items.len())
    }

    /// All items of all lists.
    pub(super) fn items(&self) -> impl Iterator<Item = u32> + '_ {
        self.items.iter().map(|item| item.to_native())
    }
}
