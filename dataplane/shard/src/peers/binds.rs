//! Which carriers are bound where, on this shard and on the others.

use std::collections::BTreeMap;

use routing::home;

use crate::input::{LinkId, ShardId};

/// An environment and a carrier of it.
pub(crate) type CarrierKey = (u32, u32);

/// Which carriers are bound where.
#[derive(Debug, Default)]
pub(crate) struct Binds {
    /// Binds of this shard, and whether each receives.
    here: BTreeMap<CarrierKey, BTreeMap<LinkId, bool>>,
    /// Binds and receivers of the other shards.
    there: BTreeMap<CarrierKey, BTreeMap<ShardId, (u16, u16)>>,
}

impl Binds {
    pub(crate) fn add(&mut self, key: CarrierKey, link: LinkId, receives: bool) {
        self.here.entry(key).or_default().insert(link, receives);
    }

    pub(crate) fn remove(&mut self, key: CarrierKey, link: LinkId) {
        if let Some(links) = self.here.get_mut(&key) {
            links.remove(&link);
            if links.is_empty() {
                self.here.remove(&key);
            }
        }
    }

    /// What another shard said of its binds.
    pub(crate) fn heard(&mut self, key: CarrierKey, from: ShardId, binds: u16, receivers: u16) {
        let shards = self.there.entry(key).or_default();
        if binds == 0 {
            shards.remove(&from);
        } else {
            shards.insert(from, (binds, receivers));
        }
        if shards.is_empty() {
            self.there.remove(&key);
        }
    }

    /// Binds and receivers here, as the other shards want to hear it.
    pub(crate) fn told(&self, key: CarrierKey) -> (u16, u16) {
        let links = self.here.get(&key);
        let count = |receiving: bool| {
            let links = links.into_iter().flat_map(BTreeMap::values);
            links.filter(|receives| **receives || !receiving).count() as u16
        };
        (count(false), count(true))
    }

    /// All binds of a carrier on the node, as far as this shard knows.
    pub(crate) fn total(&self, key: CarrierKey) -> usize {
        let there = self.there.get(&key).into_iter().flat_map(BTreeMap::values);
        let there: usize = there.map(|(binds, _)| usize::from(*binds)).sum();
        self.here.get(&key).map_or(0, BTreeMap::len) + there
    }

    /// The links of a carrier here that receive.
    pub(crate) fn receivers(&self, key: CarrierKey) -> impl Iterator<Item = LinkId> + '_ {
        let links = self.here.get(&key).into_iter().flatten();
        links.filter(|(_, receives)| **receives).map(|(link, _)| *link)
    }

    /// Does the carrier receive at that other shard?
    pub(crate) fn receives_at(&self, key: CarrierKey, shard: ShardId) -> bool {
        let there = self.there.get(&key).and_then(|shards| shards.get(&shard));
        there.is_some_and(|(_, receivers)| *receivers > 0)
    }

    /// The other shards where the carrier receives.
    pub(crate) fn receiving_shards(&self, key: CarrierKey) -> impl Iterator<Item = ShardId> + '_ {
        let shards = self.there.get(&key).into_iter().flatten();
        shards.filter(|(_, (_, receivers))| *receivers > 0).map(|(shard, _)| *shard)
    }

    /// Another shard where the carrier receives, chosen by the Sms so that receipts spread.
    pub(crate) fn receiving_shard(&self, key: CarrierKey, spread: u32) -> Option<ShardId> {
        let count = self.receiving_shards(key).count().min(255) as u8;
        let chosen = (count > 0).then(|| home(spread, count))?;
        self.receiving_shards(key).nth(usize::from(chosen))
    }
}
