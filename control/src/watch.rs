//! How it goes right now: the boards of the nodes.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use routing::board::{BoardError, PAGE_LEN, Page, Tally};
use schemars::JsonSchema;
use serde::Serialize;

use crate::clock;
use crate::config::Node;

/// A node as its board shows it.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// The pages of its shards; empty if it never ran.
    pub pages: Vec<Page>,
    /// How long ago its latest beat was, in nanoseconds.
    pub age_ns: Option<u64>,
}

/// Which shards obey a generation.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Adoption {
    /// How many do.
    pub adopted: usize,
    /// How many there are on nodes that are up.
    pub shards: usize,
    /// Nodes that are down: they will take it when they start.
    pub down: Vec<String>,
    /// Shards that do not obey it yet, in words.
    pub behind: Vec<String>,
    /// Nodes that refused the snapshot.
    pub refused: Vec<String>,
    /// How long it took, in milliseconds.
    pub waited_ms: u64,
}

impl NodeView {
    /// Reads the board of a node.
    pub fn read(node: &Node, now_ns: u64) -> Self {
        let mut pages =
            File::open(node.data.join("board")).map_or_else(|_| Vec::new(), |f| read(&f));
        let newest = pages.iter().max_by_key(|page| page.beat_ns);
        let newest = newest.map(|page| (page.pid, page.shards, page.beat_ns));
        // Pages of an earlier start with more shards stay in the file.
        pages.retain(|page| {
            newest.is_some_and(|(pid, shards, _)| page.pid == pid && page.shard < shards)
        });
        let age_ns = newest.map(|(_, _, beat_ns)| now_ns.saturating_sub(beat_ns));
        Self { name: node.name.clone(), pages, age_ns }
    }

    /// Does it beat?
    pub fn is_up(&self) -> bool {
        self.age_ns.is_some_and(|age| age < SILENCE_NS)
    }

    /// How many shards it has.
    pub fn shards(&self) -> usize {
        self.pages.first().map_or(0, |page| usize::from(page.shards))
    }

    fn tally(&self, tally: Tally) -> u64 {
        self.pages.iter().map(|page| page.tally(tally)).sum()
    }
}

/// Reads the boards of all nodes.
pub fn read_all(nodes: &[Node]) -> Vec<NodeView> {
    let now_ns = clock::unix_ns();
    nodes.iter().map(|node| NodeView::read(node, now_ns)).collect()
}

/// Waits until every shard that beats obeys a generation, or patience ends.
///
/// `before` is how the boards stood when the generation was published: a node that counts one
/// refused snapshot more than then is not waited for.
pub async fn await_adoption(
    nodes: Vec<Node>,
    before: Vec<NodeView>,
    generation: u64,
    patience: Duration,
) -> Adoption {
    let begun = clock::instant();
    loop {
        let nodes_now = nodes.clone();
        let views = tokio::task::spawn_blocking(move || read_all(&nodes_now)).await;
        let mut adoption = compare(&views.unwrap_or_default(), &before, generation);
        adoption.waited_ms = begun.elapsed().as_millis() as u64;
        let settled = adoption.behind.is_empty() || !adoption.refused.is_empty();
        if settled || begun.elapsed() >= patience {
            return adoption;
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn compare(views: &[NodeView], before: &[NodeView], generation: u64) -> Adoption {
    let mut adoption = Adoption::default();
    for view in views {
        if !view.is_up() {
            adoption.down.push(view.name.clone());
            continue;
        }
        adoption.shards += view.shards();
        let refusals = |view: &NodeView| view.tally(Tally::SnapshotsRefused);
        let earlier = before.iter().find(|one| one.name == view.name).map_or(0, refusals);
        let mut behind = false;
        for shard in 0..view.shards() {
            let page = view.pages.iter().find(|page| usize::from(page.shard) == shard);
            match page {
                Some(page) if page.generation >= generation => adoption.adopted += 1,
                page => {
                    behind = true;
                    let obeys = page.map_or(0, |page| page.generation);
                    let words = format!("shard {shard} of {} obeys {obeys}", view.name);
                    adoption.behind.push(words);
                }
            }
        }
        if behind && refusals(view) > earlier {
            adoption.refused.push(view.name.clone());
        }
    }
    adoption
}

fn read(board: &File) -> Vec<Page> {
    let len = board.metadata().map_or(0, |metadata| metadata.len());
    let page_len = PAGE_LEN as u64;
    let pages = len.div_ceil(page_len).min(u64::from(u8::MAX) + 1);
    let mut octets = vec![0; PAGE_LEN];
    (0..pages).filter_map(|shard| read_page(board, shard * page_len, &mut octets)).collect()
}

/// One page, read again while it is caught half written.
fn read_page(board: &File, offset: u64, octets: &mut [u8]) -> Option<Page> {
    for _ in 0..TRIES {
        let mut filled = 0;
        while filled < octets.len() {
            match board.read_at(&mut octets[filled..], offset + filled as u64) {
                Ok(0) | Err(_) => break,
                Ok(count) => filled += count,
            }
        }
        match Page::decode(&octets[..filled]) {
            Ok(page) => return Some(page),
            Err(BoardError::Empty) => return None,
            Err(BoardError::Torn) => std::thread::yield_now(),
        }
    }
    None
}

/// A node that has not beaten for so long is down.
const SILENCE_NS: u64 = 2_000_000_000;

/// How often boards are looked at while a generation is awaited. A board is a file of another
/// process and calls nobody, so it must be looked at.
const GLANCE: Duration = Duration::from_millis(3);

const TRIES: usize = 8;

#[cfg(test)]
mod tests;
