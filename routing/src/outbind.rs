//! A message centre that dials an ESME and asks it to bind (SMPP 3.4 §2.2.1).

use std::net::SocketAddr;

use rkyv::{Archive, Deserialize, Serialize};

use crate::Sealed;

/// What an outbind says, as the two sides agreed (SMPP 3.4 §4.1.7).
#[derive(Archive, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Outbind {
    /// Who asks for the bind. Empty: ours is said, and whatever is said to us is taken.
    pub system_id: String,
    /// The secret, under the site's seal. Empty: none is said, and whatever is said to us is
    /// taken.
    pub password: Sealed,
}

/// Where a carrier is dialled when receipts wait for it, and what it is told.
#[derive(Archive, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Summons {
    /// Its address and port; plain TCP.
    pub remote: SocketAddr,
    /// What it is told.
    pub outbind: Outbind,
}
