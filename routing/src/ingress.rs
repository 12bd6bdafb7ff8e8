//! How an Sms came in, and who sent it.

use std::net::SocketAddr;

use crate::octets::{Field, Reader, Short, Write};

/// How an Sms came in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ingress {
    /// By submit_sm (or data_sm) over a bind of a carrier.
    Smpp {
        /// The carrier.
        carrier: u32,
        /// Our address.
        local: SocketAddr,
        /// Its address.
        peer: SocketAddr,
        /// The link, unique in the life of the node.
        link: u64,
        /// The sequence_number it was submitted under.
        sequence: u32,
    },
    /// By deliver_sm (or data_sm) over a connection of ours; nobody there takes receipts.
    Connection {
        /// The connection.
        connection: u32,
        /// The carrier that pays, if one does.
        carrier: Option<u32>,
        /// Our address.
        local: SocketAddr,
        /// Its address.
        peer: SocketAddr,
        /// The link, unique in the life of the node.
        link: u64,
        /// The sequence_number it was delivered under.
        sequence: u32,
    },
    /// By MESSAGE over a connection that speaks SIP; nobody there takes receipts.
    Trunk {
        /// The connection.
        connection: u32,
        /// The carrier that pays, if one does.
        carrier: Option<u32>,
        /// Our address.
        local: SocketAddr,
        /// Its address.
        peer: SocketAddr,
        /// The Call-ID it was sent under.
        call_id: String,
        /// The key of the server transaction, as for an app.
        transaction: [u8; 16],
    },
    /// By MESSAGE from an app.
    Sip {
        /// The account.
        account: u32,
        /// Our address.
        local: SocketAddr,
        /// Its address.
        peer: SocketAddr,
        /// The Call-ID it was sent under.
        call_id: String,
        /// The key of the server transaction, so that a retransmission after a restart is
        /// known (RFC 3261 §17.2.3).
        transaction: [u8; 16],
    },
}

impl Ingress {
    /// The carrier that pays for what comes so, if one does.
    pub fn payer(&self) -> Option<u32> {
        match self {
            Self::Smpp { carrier, .. } => Some(*carrier),
            Self::Connection { carrier, .. } | Self::Trunk { carrier, .. } => *carrier,
            Self::Sip { .. } => None,
        }
    }

    /// The connection it came by, if it came by one.
    pub fn connection(&self) -> Option<u32> {
        match self {
            Self::Connection { connection, .. } | Self::Trunk { connection, .. } => {
                Some(*connection)
            }
            Self::Smpp { .. } | Self::Sip { .. } => None,
        }
    }
}

impl Field for Ingress {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Smpp { carrier, local, peer, link, sequence } => {
                out.put_u8(0);
                out.put_u32(*carrier);
                local.put(out);
                peer.put(out);
                out.put_u64(*link);
                out.put_u32(*sequence);
            }
            Self::Sip { account, local, peer, call_id, transaction } => {
                out.put_u8(1);
                out.put_u32(*account);
                local.put(out);
                peer.put(out);
                call_id.put(out);
                out.put_raw(transaction);
            }
            Self::Connection { connection, carrier, local, peer, link, sequence } => {
                out.put_u8(2);
                out.put_u32(*connection);
                local.put(out);
                peer.put(out);
                out.put_u32(carrier.unwrap_or(0));
                out.put_u64(*link);
                out.put_u32(*sequence);
            }
            Self::Trunk { connection, carrier, local, peer, call_id, transaction } => {
                out.put_u8(3);
                out.put_u32(*connection);
                local.put(out);
                peer.put(out);
                out.put_u32(carrier.unwrap_or(0));
                call_id.put(out);
                out.put_raw(transaction);
            }
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let kind = reader.u8()?;
        let sender = reader.u32()?;
        let (local, peer) = (SocketAddr::take(reader)?, SocketAddr::take(reader)?);
        match kind {
            0 => {
                let (link, sequence) = (reader.u64()?, reader.u32()?);
                Ok(Self::Smpp { carrier: sender, local, peer, link, sequence })
            }
            1 => {
                let (call_id, transaction) = (String::take(reader)?, reader.array()?);
                Ok(Self::Sip { account: sender, local, peer, call_id, transaction })
            }
            2 => {
                let carrier = Some(reader.u32()?).filter(|carrier| *carrier != 0);
                let (link, sequence) = (reader.u64()?, reader.u32()?);
                let connection = sender;
                Ok(Self::Connection { connection, carrier, local, peer, link, sequence })
            }
            3 => {
                let carrier = Some(reader.u32()?).filter(|carrier| *carrier != 0);
                let (call_id, transaction) = (String::take(reader)?, reader.array()?);
                let connection = sender;
                Ok(Self::Trunk { connection, carrier, local, peer, call_id, transaction })
            }
            _ => Err(Short),
        }
    }
}
