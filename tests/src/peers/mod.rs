//! Who talks to the nodes: carriers ([`esme`]), apps ([`phone`]), somebody else's message centre
//! ([`smsc`]) and the other end of a trunk ([`gateway`]).
//!
//! Each keeps its own books of what it said and heard; the judges of `checks` read nothing else.

pub mod esme;
pub mod gateway;
pub mod phone;
pub mod smsc;

pub use esme::{Esme, Job};
pub use gateway::Gateway;
pub use phone::Phone;
pub use smsc::Smsc;

use std::net::SocketAddr;

use crate::net::Net;

/// A peer as the world sees it.
#[derive(Debug)]
pub enum Peer {
    /// A carrier.
    Esme(Esme),
    /// An app.
    Phone(Phone),
    /// A message centre.
    Smsc(Smsc),
    /// The other end of a trunk.
    Gateway(Gateway),
}

impl Peer {
    /// The message centre it is, if it is one.
    pub fn centre(&self) -> Option<&Smsc> {
        match self {
            Self::Smsc(smsc) => Some(smsc),
            Self::Esme(_) | Self::Phone(_) | Self::Gateway(_) => None,
        }
    }

    /// A link is there.
    pub fn linked(&mut self, net: &mut Net, link: u64, wire: u64) {
        match self {
            Self::Esme(esme) => esme.linked(net, link, wire),
            Self::Smsc(smsc) => smsc.linked(net, link, wire),
            Self::Phone(phone) => phone.linked(net, link, wire),
            Self::Gateway(gateway) => gateway.linked(link, wire),
        }
    }

    /// Octets came.
    pub fn bytes(&mut self, net: &mut Net, link: u64, bytes: &[u8]) {
        match self {
            Self::Esme(esme) => esme.bytes(net, link, bytes),
            Self::Smsc(smsc) => smsc.bytes(net, link, bytes),
            Self::Phone(phone) => phone.bytes(net, link, bytes),
            Self::Gateway(gateway) => gateway.bytes(net, link, bytes),
        }
    }

    /// A link is gone, or could not be had.
    pub fn hangup(&mut self, net: &mut Net, link: u64) {
        match self {
            Self::Esme(esme) => esme.hangup(net, link),
            Self::Smsc(smsc) => smsc.hangup(link),
            Self::Phone(phone) => phone.hangup(net, link),
            Self::Gateway(gateway) => gateway.hangup(link),
        }
    }

    /// A datagram came.
    pub fn datagram(&mut self, net: &mut Net, from: SocketAddr, bytes: &[u8]) {
        match self {
            Self::Phone(phone) => phone.datagram(net, from, bytes),
            Self::Gateway(gateway) => gateway.datagram(net, from, bytes),
            Self::Esme(_) | Self::Smsc(_) => {}
        }
    }

    /// The moment it asked for.
    pub fn tick(&mut self, net: &mut Net, tag: u64) {
        match self {
            Self::Esme(esme) => esme.tick(net, tag),
            Self::Phone(phone) => phone.tick(net),
            Self::Smsc(smsc) => smsc.tick(net, tag),
            Self::Gateway(_) => {}
        }
    }
}
