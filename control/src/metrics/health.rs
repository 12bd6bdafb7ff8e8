//! Is it well? For load balancers, and for people who ask in a hurry.

use serde::Serialize;

use crate::watch::NodeView;

/// What is not well, and how each shard does.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    /// Does every node beat, and do all shards obey what was published?
    pub(super) ready: bool,
    /// Why not, in words.
    pub(super) because: Vec<String>,
    /// Each shard.
    pub(super) shards: Vec<ShardHealth>,
}

/// How one shard does.
#[derive(Debug, Serialize)]
pub(super) struct ShardHealth {
    node: String,
    shard: u8,
    up: bool,
    generation: u64,
}

/// How the nodes do.
pub(super) fn look(views: &[NodeView], published: u64) -> Health {
    let mut health = Health { ready: true, because: Vec::new(), shards: Vec::new() };
    for view in views {
        if !view.is_up() {
            health.because.push(format!("node {} does not beat", view.name));
        }
        for page in &view.pages {
            let (node, shard, generation) = (view.name.clone(), page.shard, page.generation);
            if generation < published {
                let behind = format!("shard {shard} of {node} obeys {generation}, not {published}");
                health.because.push(behind);
            }
            health.shards.push(ShardHealth { node, shard, up: view.is_up(), generation });
        }
    }
    health.ready = health.because.is_empty();
    health
}
