//! Who has a number and an app.

use rkyv::{Archive, Deserialize, Serialize};

/// A person with a SIP app.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Account {
    /// Given by control once, never used again for another account.
    pub id: u32,
    /// The user part of its address of record and its digest username.
    pub user: String,
    /// Its numbers, packed (see [`Number::packed`](crate::Number::packed)); the first one is
    /// the calling number of what it sends.
    pub numbers: Vec<u64>,
    /// MD5(user:domain:password), RFC 7616 §3.4.2.
    pub ha1_md5: [u8; 16],
    /// SHA-256 of the same.
    pub ha1_sha256: [u8; 32],
    /// Does its product include messaging?
    pub messaging: bool,
    /// Who has to have a text when it has several devices.
    pub devices: Devices,
}

/// Which devices of an account a text is for.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Devices {
    /// Whichever takes it first.
    #[default]
    Any,
    /// Each that is known, once; one that is away gets it when it is back.
    All,
}

/// The shard that keeps what belongs to an account or a connection: its contacts, its inbox,
/// its link. All that is sent there is accepted, journaled and settled by that shard.
pub fn home(id: u32, shards: u8) -> u8 {
    (id % u32::from(shards.max(1))) as u8
}
