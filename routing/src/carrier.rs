//! Who sends by SMPP and pays.

use std::net::IpAddr;

use rkyv::rancor::Error;
use rkyv::{Archive, Deserialize, Serialize};

use crate::pattern::like;
use crate::{
    AckLevel, Address, BindKind, Dialect, Plane, Refund, Rewrite, Screen, Sealed, Summons,
};

/// A carrier that binds to us.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Carrier {
    /// Given by control once, never used again for another carrier.
    pub id: u32,
    /// Its name for people.
    pub name: String,
    /// The system_id it binds with; unique within an environment.
    pub system_id: String,
    /// The password it binds with, under the site's seal.
    pub password: Sealed,
    /// From where it may bind; empty means from anywhere.
    pub allow: Vec<Cidr>,
    /// How many binds it may hold at once.
    pub binds_max: u16,
    /// How many of its requests may wait for our answer on one bind.
    pub window: u16,
    /// Sms per second over all its binds of one shard; 0 is no limit.
    pub tps: u32,
    /// The tariff that prices what it sends; `None` is free of charge.
    pub tariff: Option<u32>,
    /// When it is charged.
    pub charge_on: ChargeOn,
    /// What else was agreed with it.
    pub contract: Contract,
}

/// What a carrier may do and how it speaks, beyond what every carrier has.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Contract {
    /// How it speaks.
    pub dialect: Dialect,
    /// Which binds it may make; empty allows all three.
    pub bind_kinds: Vec<BindKind>,
    /// How many Sms may come at once beyond its rate; 0 is one second of it.
    pub burst: u32,
    /// Sms per UTC day; 0 is no limit. A node counts while it runs: a restart begins anew.
    pub quota_daily: u64,
    /// What it may spend in all, in millionths of its tariff's currency: the sum of what it paid
    /// and of what it may owe. `None` is no limit.
    pub credit_micros: Option<i64>,
    /// After which ends it gets back what it was charged.
    pub refund: Refund,
    /// Calling addresses it may use, as patterns; empty allows every address.
    pub sources: Vec<String>,
    /// What happens to a calling address it may not use.
    pub foreign_source: ForeignSource,
    /// When it is answered.
    pub ack: AckLevel,
    /// It may ask for datagram and transaction mode with each Sms (SMPP 3.4 §5.2.12); otherwise
    /// such an Sms is answered as `ack` says.
    pub modes: bool,
    /// It is bound over TLS only.
    pub tls_only: bool,
    /// Where it is dialled and asked to bind when receipts wait for it.
    pub outbind: Option<Summons>,
    /// What shows that an app has a text.
    pub proof: Proof,
    /// What becomes of a long text of which a segment is missing.
    pub incomplete: Incomplete,
    /// The lists that what it sends has to pass.
    pub screens: Vec<Screen>,
    /// What becomes of the addresses it gives, before anything is decided.
    pub rewrites: Vec<Rewrite>,
}

/// What becomes of a long text for an app of which a segment is missing when its time is over.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Incomplete {
    /// What came is delivered, with a mark for what did not.
    #[default]
    Deliver,
    /// What came ends EXPIRED.
    Expire,
}

/// What shows a carrier that an app has its text.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Proof {
    /// The app's answer.
    #[default]
    Accepted,
    /// The app's report that its user has it (RFC 5438).
    Handset,
}

impl ArchivedProof {
    /// Is it the report?
    pub fn is_handset(&self) -> bool {
        matches!(self, Self::Handset)
    }
}

/// What happens to a calling address that a carrier may not use.
#[derive(Archive, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ForeignSource {
    /// The Sms is refused with ESME_RINVSRCADR.
    #[default]
    Refuse,
    /// This address takes its place.
    Rewrite {
        /// The address's characters.
        address: String,
        /// Its type of number and numbering plan.
        plane: Plane,
    },
}

/// The event that charges a carrier.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ChargeOn {
    /// The positive answer.
    #[default]
    Accepted,
    /// The delivery.
    Delivered,
    /// That a next hop took it, whatever became of it there, or that it was delivered.
    Submitted,
}

/// A block of addresses, RFC 4632.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cidr {
    /// Its first address.
    pub address: IpAddr,
    /// How many leading bits an address of the block shares.
    pub bits: u8,
}

impl Cidr {
    /// Reads `198.51.100.0/24`, `2001:db8::/32` or a single address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let bits_max = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let bits = bits.unwrap_or(bits_max);
        (bits <= bits_max).then_some(Self { address, bits })
    }

    /// The block of one address.
    pub fn host(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Self { address, bits }
    }

    /// Is this address of the block? An IPv4-mapped IPv6 address counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(block), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.bits);
                u32::from(block).checked_shr(shift) == u32::from(ip).checked_shr(shift)
            }
            (IpAddr::V6(block), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.bits);
                u128::from(block).checked_shr(shift) == u128::from(ip).checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl ForeignSource {
    /// The address that takes the place of one that may not be used, if it does.
    pub fn replacement(&self) -> Option<Address> {
        match self {
            Self::Refuse => None,
            Self::Rewrite { address, plane } => {
                Address::new(plane.ton, plane.npi, address.as_bytes())
            }
        }
    }
}

impl Contract {
    /// May this calling address be used? The patterns are those of numbers, over any
    /// characters; a leading `+` is not looked at.
    pub fn may_use(&self, source: &[u8]) -> bool {
        let source = source.strip_prefix(b"+").unwrap_or(source);
        self.sources.is_empty()
            || self.sources.iter().any(|pattern| like(pattern.as_bytes(), source))
    }
}

impl ArchivedCarrier {
    /// What was agreed with the carrier.
    pub fn thawed_contract(&self) -> Contract {
        let thawed = rkyv::deserialize::<_, Error>(&self.contract);
        thawed.expect("a snapshot was checked when it was opened")
    }

    /// May the carrier bind from this address?
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|cidr| cidr.unarchived().contains(address))
    }
}

impl ArchivedCidr {
    fn unarchived(&self) -> Cidr {
        Cidr { address: self.address.as_ipaddr(), bits: self.bits }
    }
}

#[cfg(test)]
mod tests;
