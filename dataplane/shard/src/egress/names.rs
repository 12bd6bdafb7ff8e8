//! What next hops call the Sms they took.

use routing::MessageId;

use crate::egress::queues::ConnectionKey;
use crate::tables::Table;

/// What next hops call the Sms they took. Bounded by the flights of the shard.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: Table<(ConnectionKey, Vec<u8>), MessageId>,
}

impl Names {
    /// The next hop calls this Sms so.
    pub(crate) fn named(&mut self, key: ConnectionKey, peer_id: &[u8], id: MessageId) {
        self.taken.insert((key, canonical(peer_id)), id);
    }

    /// Which Sms the next hop means.
    pub(crate) fn meant(&self, key: ConnectionKey, peer_id: &[u8]) -> Option<MessageId> {
        self.taken.get(&(key, canonical(peer_id))).copied()
    }

    pub(crate) fn forget_name(&mut self, key: ConnectionKey, peer_id: &[u8]) {
        self.taken.remove(&(key, canonical(peer_id)));
    }
}

/// Ids are compared without case and without leading zeros: SMSCs are not careful.
pub(crate) fn canonical(peer_id: &[u8]) -> Vec<u8> {
    let zeros = peer_id.iter().take_while(|octet| **octet == b'0').count();
    peer_id[zeros..].to_ascii_uppercase()
}

#[cfg(test)]
mod tests;
