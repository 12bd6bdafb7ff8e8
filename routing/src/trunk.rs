//! A way out and in by SIP: another registrar, an IMS core, a provider.

use std::net::SocketAddr;

use rkyv::{Archive, Deserialize, Serialize};

use crate::{Cidr, Transport};

/// What is spoken over a connection.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub enum Protocol {
    /// SMPP: we bind as an ESME.
    #[default]
    Smpp,
    /// SIP: MESSAGEs go out, and come in, as through a trunk.
    Sip(Box<Trunk>),
}

/// The other end of a connection that speaks SIP.
///
/// Its name was resolved by control (RFC 3263): what stands here are addresses, and another plan
/// comes when the name leads elsewhere.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Trunk {
    /// Where it is, as URIs: what control resolves. Shards do not look at them.
    pub places: Vec<String>,
    /// Where requests go, best first.
    pub hops: Vec<Hop>,
    /// The host of Request-URI and To, with its port if it has one.
    pub host: String,
    /// The host of From; empty is the environment's domain.
    pub domain: String,
    /// As whom we answer its challenges; empty is the system_id of nobody: challenges fail.
    pub username: String,
    /// Is a whole number written with its `+`?
    pub plus: bool,
    /// How often an idle hop is asked by OPTIONS whether it lives, in milliseconds; 0 is never.
    pub probe_ms: u32,
    /// For how many seconds we register there as `username`; 0 is not at all.
    pub register_secs: u32,
    /// From where its MESSAGEs come; empty is from its hops.
    pub sources: Vec<Cidr>,
    /// Do REGISTERs of the environment's apps go there?
    pub registrar: bool,
}

/// One address of a trunk (RFC 3263 §4).
#[derive(Archive, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Hop {
    /// Where it is.
    pub address: SocketAddr,
    /// By what it is reached; never a WebSocket.
    pub transport: Transport,
    /// The name its certificate must carry; empty is its address.
    pub name: String,
    /// Lower is asked first (RFC 2782).
    pub priority: u16,
    /// Its share among hops of the same priority (RFC 2782).
    pub weight: u16,
}

impl Hop {
    /// Is it the same address, by the same transport and under the same name?
    pub fn is_at(&self, other: &Self) -> bool {
        let address = self.address == other.address && self.transport == other.transport;
        address && self.name == other.name
    }
}

impl ArchivedTrunk {
    /// A copy to keep.
    pub fn thawed(&self) -> Trunk {
        rkyv::deserialize::<Trunk, rkyv::rancor::Error>(self)
            .expect("copying what was checked when the snapshot was opened asks for memory alone")
    }
}

impl crate::ArchivedConnection {
    /// Its other end, if it speaks SIP.
    pub fn trunk(&self) -> Option<&ArchivedTrunk> {
        match &self.protocol {
            ArchivedProtocol::Smpp => None,
            ArchivedProtocol::Sip(trunk) => Some(trunk),
        }
    }
}
