//! The thread that harvests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::reader::ShardReader;
use crate::clock;
use crate::config::Node;
use crate::fault::{Fault, Outcome};
use crate::store::Writer;

/// Asks for a harvest. The thread ends when the last one is gone.
#[derive(Clone)]
pub struct Harvest {
    requests: SyncSender<oneshot::Sender<Outcome<()>>>,
}

/// Reads the journals of all nodes into the store.
pub struct Harvester {
    nodes: Vec<Node>,
    writer: Writer,
    readers: BTreeMap<(String, u8), ShardReader>,
}

impl Harvest {
    /// Starts the thread, which harvests by itself a few times a second.
    pub fn start(mut harvester: Harvester) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (requests, inbox) = sync_channel(REQUESTS_MAX);
        let thread = std::thread::Builder::new()
            .name("harvest".to_owned())
            .spawn(move || harvester.run(&inbox))?;
        Ok((Self { requests }, thread))
    }

    /// Waits until everything that was journaled before now is in the store.
    pub async fn up_to_now(&self) -> Outcome<()> {
        let (answer, result) = oneshot::channel();
        self.requests.try_send(answer).map_err(|_| Fault::failed("too many ask for a harvest"))?;
        match tokio::time::timeout(PATIENCE, result).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(Fault::failed("control is stopping")),
            Err(_) => Err(Fault::failed("the harvest takes too long; ask again")),
        }
    }
}

impl Harvester {
    /// A harvester of some nodes.
    pub fn new(nodes: Vec<Node>, writer: Writer) -> Self {
        Self { nodes, writer, readers: BTreeMap::new() }
    }

    fn run(&mut self, inbox: &Receiver<oneshot::Sender<Outcome<()>>>) {
        let mut last_error = String::new();
        loop {
            let mut asked = Vec::new();
            match inbox.recv_timeout(INTERVAL) {
                Ok(first) => asked.push(first),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            asked.extend(inbox.try_iter());
            let result = self.pass();
            let error = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
            if !error.is_empty() && error != last_error {
                tracing::error!(error, "the harvest failed; it is tried again");
            }
            last_error = error;
            for answer in asked {
                // Whoever asked may have gone meanwhile.
                drop(answer.send(result.clone()));
            }
        }
    }

    /// Takes everything that was journaled before now. A shard that cannot be read does not keep
    /// the others waiting; the first fault is returned.
    pub fn pass(&mut self) -> Outcome<()> {
        let begun_ns = clock::unix_ns();
        let mut result = Ok(());
        for node in self.nodes.clone() {
            let shards = shards(&node);
            let keep = node.keep_len / shards.len().max(1) as u64;
            for (shard, folder) in shards {
                let key = (node.name.clone(), shard);
                if let Err(fault) = self.pass_shard(&key, folder, keep, begun_ns) {
                    // What was read and not stored must be read again.
                    self.readers.remove(&key);
                    result = result.and(Err(fault));
                }
            }
        }
        result
    }

    fn pass_shard(
        &mut self,
        key: &(String, u8),
        folder: PathBuf,
        keep: u64,
        begun_ns: u64,
    ) -> Outcome<()> {
        if !self.readers.contains_key(key) {
            let (node, shard) = key.clone();
            let cursor = self.writer.call_blocking(move |store| store.cursor(&node, shard))?;
            self.readers.insert(key.clone(), ShardReader::new(folder, cursor));
        }
        let reader = self.readers.get_mut(key).expect("it was put in just now");
        let unreadable = |error| Fault::failed(format!("journal of {} {}: {error}", key.0, key.1));
        while let Some(read) = reader.read().map_err(unreadable)? {
            let at_ns = read.at_ns;
            self.writer.call_blocking(move |store| store.take(&read.batch))?;
            if at_ns >= begun_ns {
                break;
            }
        }
        // What cannot be deleted now is so the next time, and harms nobody.
        if let Err(error) = reader.delete_spent(keep) {
            tracing::warn!(node = key.0, shard = key.1, %error, "spent volumes stay");
        }
        Ok(())
    }
}

/// The shards of a node that have a journal, by number.
pub(crate) fn shards(node: &Node) -> BTreeMap<u8, PathBuf> {
    let entries = std::fs::read_dir(node.data.join("journal")).into_iter().flatten().flatten();
    let shard = |entry: std::fs::DirEntry| {
        let number = entry.file_name().to_str()?.strip_prefix("shard-")?.parse().ok()?;
        Some((number, entry.path()))
    };
    entries.filter_map(shard).collect()
}

/// How often the journals are looked at: nobody calls when a file grows.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long one waits for a harvest that has much to catch up with.
const PATIENCE: Duration = Duration::from_secs(60);

const REQUESTS_MAX: usize = 64;
