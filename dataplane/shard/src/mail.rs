//! What shards of one node say to each other.

use std::net::SocketAddr;

use routing::{MessageId, Refusal, Sms};

use crate::input::{LinkId, SocketId};

/// What shards of one node say to each other.
///
/// A shard owns an Sms from its ACCEPT to its OUTCOME; every other shard that deals with it
/// does so by mail.
#[derive(Debug)]
pub enum Mail {
    /// To the owner: take this Sms, and answer to the ingress ticket.
    Take {
        /// The Sms; its id is not yet given.
        sms: Box<Sms>,
        /// What the answer must name.
        ticket: u64,
    },
    /// From the owner: it is durable (or refused), answer your peer.
    Answer {
        /// As in `Take`.
        ticket: u64,
        /// The id, or why not.
        verdict: Result<MessageId, Refusal>,
    },
    /// To the owners: answers for these may never have reached their sender.
    Doubt {
        /// The Sms.
        id: MessageId,
    },
    /// From an owner: a receipt for a carrier that is bound at the receiving shard.
    Receipt {
        /// The receipt.
        receipt: Box<Receipt>,
    },
    /// To the owner: what became of a receipt.
    Receipted {
        /// Which.
        id: MessageId,
        /// Did the carrier take it?
        taken: bool,
    },
    /// To every shard: how many binds of a carrier here can take a receipt.
    Binds {
        /// The environment.
        environment: u32,
        /// The carrier.
        carrier: u32,
        /// How many binds it holds here in all.
        binds: u16,
        /// How many of them receive.
        receivers: u16,
    },
    /// A datagram that belongs to the receiving shard.
    Datagram {
        /// The socket it came in by.
        socket: SocketId,
        /// Who sent it.
        peer: SocketAddr,
        /// Its payload.
        octets: Vec<u8>,
    },
}

/// A final receipt on its way to the sender's bind.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The Sms it is about.
    pub id: MessageId,
    /// The environment.
    pub environment: u32,
    /// The carrier that gets it.
    pub carrier: u32,
    /// The deliver_sm without its sequence number: see `receipts`.
    pub receipt: ReceiptParts,
}

/// What a receipt says.
#[derive(Clone, Debug)]
pub struct ReceiptParts {
    /// The called address: the receipt's source.
    pub source: routing::Address,
    /// The calling address: the receipt's destination.
    pub destination: routing::Address,
    /// How it ended.
    pub state: routing::State,
    /// SIP status or command_status; 0 for success.
    pub code: u32,
    /// When it was accepted, Unix nanoseconds.
    pub submitted_ns: u64,
    /// When it ended, Unix nanoseconds.
    pub done_ns: u64,
    /// The first characters of the text, as octets of the receipt's text.
    pub text: Vec<u8>,
    /// The link it came by, preferred if it still stands.
    pub link: LinkId,
}
