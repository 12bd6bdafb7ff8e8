//! What shards of one node say to each other.

use std::net::SocketAddr;
use std::time::Duration;

use routing::journal::ReceiptEnd;
use routing::{Address, MessageId, Refusal, Sms, Standing, State};

use crate::input::{LinkId, ShardId};
use crate::later::{Alert, Ask, Told};
use crate::notices::Notice;
use crate::peers::lines::{FlowId, Line};
use crate::peers::relay::Relay;
use crate::receipts::ReceiptAnswer;
use crate::reroute::Moving;

/// What shards of one node say to each other.
///
/// A shard owns an Sms from its ACCEPT to its OUTCOME; every other shard that deals with it
/// does so by mail.
#[derive(Debug)]
pub enum Mail {
    /// To the owner: take this Sms, and answer to the ingress ticket.
    Take(Order),
    /// To the bank of whoever pays: hold the price, and send it on to its owner.
    Pay {
        /// The owner.
        owner: ShardId,
        /// The Sms.
        order: Order,
    },
    /// To the owner, from a bank: take this Sms, whose price is held, and answer the ingress.
    Paid {
        /// Where it came in.
        from: ShardId,
        /// The Sms.
        order: Order,
    },
    /// To the bank of whoever pays: so much of what was held is not spent.
    GivenBack {
        /// The environment.
        environment: u32,
        /// The carrier.
        carrier: u32,
        /// In millionths of its tariff's currency.
        micros: i64,
    },
    /// From the owner: it is durable (or refused), answer your peer.
    Answer {
        /// As in `Take`.
        ticket: u64,
        /// The id, or why not.
        verdict: Result<MessageId, Refusal>,
    },
    /// From the owner: its one attempt failed, and its sender waits for just that.
    Failed {
        /// As in `Take`.
        ticket: u64,
        /// Why.
        why: Failed,
    },
    /// To the owner: the link by which this `Take` came is gone. If it is not answered yet, its
    /// sender will never hear that it is ours.
    Orphaned {
        /// As in `Take`.
        ticket: u64,
        /// As in `Take`.
        likeness: u64,
    },
    /// To the owner: the answer for this Sms may never have reached its sender.
    Doubt {
        /// The Sms.
        id: MessageId,
        /// As in `Take`.
        likeness: u64,
    },
    /// To the next shard that may know: a carrier asks about what it has submitted.
    Ask(Box<Ask>),
    /// To a shard where its carrier receives: an account can be reached again.
    Alert(Box<Alert>),
    /// To the shard that took the question in: the answer.
    Told {
        /// What the answer must name.
        ticket: u64,
        /// The answer.
        told: Told,
    },
    /// To every shard: a connection is bound, or is no more.
    Connected {
        /// The environment.
        environment: u32,
        /// The connection.
        connection: u32,
        /// Can it be sent over now?
        up: bool,
    },
    /// To every shard: how a connection stands that is bound.
    Outlook {
        /// The environment.
        environment: u32,
        /// The connection.
        connection: u32,
        /// How it stands.
        standing: Standing,
        /// How well it delivers.
        quality: u32,
    },
    /// From an owner: this Sms is yours, if you have room.
    Move {
        /// The Sms, and what its attempts came to.
        moving: Box<Moving>,
    },
    /// To the owner before: what became of a `Move`.
    Moved {
        /// The Sms.
        id: MessageId,
        /// Is it taken, durably?
        taken: bool,
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
        /// What the carrier said.
        answer: ReceiptAnswer,
    },
    /// To the home of the account that sent an Sms: it shall hear what became of it.
    Notice {
        /// What it shall hear.
        notice: Box<Notice>,
    },
    /// To the owner of the Sms: its sender was told, or will not be.
    Noticed {
        /// The Sms.
        id: MessageId,
        /// How it ended.
        end: ReceiptEnd,
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
    /// To every shard: how much of a carrier's quota was used here.
    Spent {
        /// The environment.
        environment: u32,
        /// The carrier.
        carrier: u32,
        /// The UTC day, counted from 1970.
        day: u64,
        /// Sms accepted here on that day.
        spent: u64,
    },
    /// To the home of a carrier: receipts wait for it, and it has no bind that receives.
    Outbind {
        /// The environment.
        environment: u32,
        /// The carrier.
        carrier: u32,
    },
    /// To the home of an account: it says how an Sms ended that went to it.
    Disposed {
        /// The environment.
        environment: u32,
        /// The account.
        account: u32,
        /// The Sms, as it says.
        id: MessageId,
        /// How it ended, as it says.
        state: State,
    },
    /// To the home of an account: its handset said something by the relay layer (TS 24.011).
    Relayed {
        /// The environment.
        environment: u32,
        /// The account.
        account: u32,
        /// The Sms, if it names one.
        id: Option<MessageId>,
        /// The reference, and the cause if it is an error; nothing if it has room again.
        said: Option<(u8, Option<u8>)>,
    },
    /// To the home of an account: say this to its handset by the relay layer.
    SayRelay {
        /// The environment.
        environment: u32,
        /// The account.
        account: u32,
        /// The Call-ID of what is answered.
        call_id: String,
        /// The message of the relay layer.
        octets: Vec<u8>,
    },
    /// About a link that one of us holds and the other talks on.
    Relay(Relay),
    /// A SIP message that belongs to the receiving shard.
    Sip {
        /// By what it came.
        line: Line,
        /// Who sent it.
        peer: SocketAddr,
        /// The message.
        octets: Vec<u8>,
    },
    /// To the shard that keeps a connection: say this on it.
    Say {
        /// The connection.
        link: LinkId,
        /// A SIP message.
        octets: Vec<u8>,
    },
    /// To the shard that keeps a connection: somebody known uses it for so long.
    Keep {
        /// The connection.
        link: LinkId,
        /// How long from now.
        duration: Duration,
    },
    /// To a shard that had to do with a connection: it is gone.
    Ended {
        /// The connection.
        flow: FlowId,
    },
}

/// Why the one attempt of an Sms failed, as its sender may hear it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Failed {
    /// delivery_failure_reason (SMPP 3.4 §5.3.2.33).
    pub reason: u8,
    /// dpf_result (SMPP 3.4 §5.3.2.28), if the sender asked with set_dpf: will it hear when the
    /// app is back?
    pub pending: Option<bool>,
}

/// An Sms on its way to its owner.
#[derive(Debug)]
pub struct Order {
    /// The Sms; its id is not yet given.
    pub sms: Box<Sms>,
    /// Equal for what its sender would call the same Sms.
    pub likeness: u64,
    /// What the answer must name.
    pub ticket: u64,
    /// Takes it the place of one that waits? (replace_if_present_flag, SMPP 3.4 §5.2.18)
    pub replaces: bool,
    /// Is it refused unless it is in doubt? Its sender proved itself in an earlier life, and may
    /// have been refused there.
    pub only_known: bool,
}

/// A receipt on its way to a bind of the carrier that sent the Sms; of one whose state is not
/// final nobody hears what became of it.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The Sms it is about.
    pub id: MessageId,
    /// The name its sender knows it by.
    pub told: MessageId,
    /// The environment.
    pub environment: u32,
    /// The carrier that gets it.
    pub carrier: u32,
    /// The called address: the receipt's source.
    pub source: Address,
    /// The calling address: the receipt's destination.
    pub destination: Address,
    /// How it ended.
    pub state: State,
    /// SIP status or command_status; 0 for success.
    pub code: u32,
    /// When it was accepted, Unix nanoseconds.
    pub submitted_ns: u64,
    /// When it ended, Unix nanoseconds.
    pub done_ns: u64,
    /// The user_message_reference its sender gave it.
    pub reference: Option<u16>,
    /// The first characters of the text.
    pub text: Vec<u8>,
}
