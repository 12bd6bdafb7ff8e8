//! How Sms ended, for as long as anybody may ask.
//!
//! Every final is kept and few are asked for: keeping one is a push, finding one a search in
//! the pages whose names may hold it. Names go with time, and so do ends: few pages do.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use routing::MessageId;
use routing::journal::{FINALS_KEPT_NS, Final};

use crate::limits::FINALS_MAX;
use crate::spelling::Meant;

/// The newest finals of a shard, each found by the name its sender knows.
#[derive(Debug, Default)]
pub(crate) struct Finals {
    /// Oldest first; the last one is being filled.
    pages: VecDeque<Page>,
}

/// Finals that ended one after the other.
#[derive(Debug)]
struct Page {
    rows: Vec<Final>,
    /// The rows by the name their sender knows, once the page is full.
    by_name: Vec<u16>,
    names: RangeInclusive<MessageId>,
}

impl Finals {
    /// Remembers one; a page of the oldest, or of those older than a day, makes room.
    pub(crate) fn keep(&mut self, ended: Final) {
        match self.pages.back_mut().filter(|page| page.rows.len() < PAGE) {
            Some(page) => page.keep(ended),
            None => {
                self.forget(ended.at_ns.saturating_sub(FINALS_KEPT_NS));
                self.pages.push_back(Page::new(ended));
            }
        }
    }

    /// All that a carrier may mean by a name, by name and id.
    pub(crate) fn meant(&self, meant: Meant) -> impl Iterator<Item = &Final> {
        let latest_ns = self.pages.back().and_then(|page| page.rows.last());
        let from_ns = latest_ns.map_or(0, |ended| ended.at_ns.saturating_sub(FINALS_KEPT_NS));
        let near =
            |page: &&Page| *page.names.start() <= meant.last && meant.first <= *page.names.end();
        let pages = self.pages.iter().filter(near);
        let young = move |ended: &&Final| ended.at_ns >= from_ns && meant.is(ended.told);
        let mut found: Vec<&Final> =
            pages.flat_map(|page| page.named(meant.first, meant.last)).filter(young).collect();
        found.sort_by_key(|ended| (ended.told, ended.id));
        found.dedup_by_key(|ended| (ended.told, ended.id));
        found.into_iter()
    }

    fn forget(&mut self, from_ns: u64) {
        let is_stale = |page: &Page| page.rows.iter().all(|ended| ended.at_ns < from_ns);
        while self.pages.len() >= FINALS_MAX / PAGE || self.pages.front().is_some_and(is_stale) {
            self.pages.pop_front();
        }
    }
}

impl Page {
    fn new(ended: Final) -> Self {
        let mut rows = Vec::with_capacity(PAGE);
        rows.push(ended);
        Self { rows, by_name: Vec::new(), names: ended.told..=ended.told }
    }

    fn keep(&mut self, ended: Final) {
        self.rows.push(ended);
        let (first, last) = (*self.names.start(), *self.names.end());
        self.names = first.min(ended.told)..=last.max(ended.told);
        if self.rows.len() == PAGE {
            self.by_name = (0..PAGE as u16).collect();
            self.by_name.sort_by_key(|at| self.rows[usize::from(*at)].told);
        }
    }

    /// Those of names between these.
    fn named(&self, first: MessageId, last: MessageId) -> impl Iterator<Item = &Final> {
        let told = |at: &u16| self.rows[usize::from(*at)].told;
        let from = self.by_name.partition_point(|at| told(at) < first);
        let sorted = self.by_name[from..].iter().map(|at| &self.rows[usize::from(*at)]);
        let unsorted = if self.by_name.is_empty() { &self.rows[..] } else { &[] };
        let within = move |ended: &&Final| ended.told <= last;
        let unsorted = unsorted.iter().filter(move |ended| first <= ended.told);
        sorted.take_while(within).chain(unsorted.filter(within))
    }
}

// What FINALS_MAX is reckoned with.
const _: () = assert!(size_of::<Final>() <= 80);

/// Finals of one page.
const PAGE: usize = 1 << 10;

#[cfg(test)]
mod tests;
