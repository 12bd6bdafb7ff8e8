//! A configured way out to an SMSC or another environment.

use std::net::{IpAddr, SocketAddr};

use rkyv::{Archive, Deserialize, Serialize};

use crate::Sealed;

/// A way out by SMPP: we bind as an ESME.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Connection {
    /// Given by control once, never used again for another connection.
    pub id: u32,
    /// Its name for people.
    pub name: String,
    /// Where we dial.
    pub remote: SocketAddr,
    /// The address we dial from; the other side may know us by it.
    pub local: Option<IpAddr>,
    /// The system_id we bind with.
    pub system_id: String,
    /// The password we bind with, under the site's seal.
    pub password: Sealed,
    /// The system_type we bind with.
    pub system_type: String,
    /// How we bind.
    pub bind: BindKind,
    /// How many of our requests may wait for an answer.
    pub window: u16,
    /// Sms per second; 0 is no limit.
    pub tps: u32,
    /// Do we count hops towards it (TLV 0x1401)? Right for another environment of ours.
    pub count_hops: bool,
    /// A disabled connection unbinds and stays away.
    pub enabled: bool,
}

/// Which of the three binds (SMPP 3.4 §2.2).
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum BindKind {
    /// Sends and receives on one session.
    #[default]
    Transceiver,
    /// Only sends.
    Transmitter,
    /// Only receives.
    Receiver,
}

impl BindKind {
    /// The word operators write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transceiver => "transceiver",
            Self::Transmitter => "transmitter",
            Self::Receiver => "receiver",
        }
    }
}
