//! Everything that can happen to a shard.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use routing::journal::{Contacts, Doubt, Final, Flight, Orphan, Spent};
use routing::{MessageId, Paid, Sms};

use crate::handover::Handed;
use crate::mail::Mail;
use crate::plan::Adopted;

/// The moment at which something happens: one reading of both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The monotonic clock: every interval and timer runs on it.
    pub now: Instant,
    /// The Unix clock in nanoseconds: dates, prices and expiry are told by it.
    pub unix_ns: u64,
}

/// A TCP connection, by a number its shard never uses again. The body gives even numbers to
/// links it accepted; the shard gives odd numbers to links it asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LinkId(pub u64);

/// One of the node's UDP sockets, by its place in [`Config::sip`](crate::Config::sip).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SocketId(pub u16);

/// A shard of this node.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ShardId(pub u8);

/// Everything that can happen to a shard. Nothing else ever does.
#[derive(Debug)]
pub enum Input<'a> {
    /// A snapshot was checked and is ours to obey from now on.
    Adopted(Adopted),
    /// These messages are to be seen from now on, and no others.
    Tapped(Arc<[routing::Tap]>),
    /// Bytes arrived on a link.
    Bytes {
        /// The link.
        link: LinkId,
        /// What arrived; what is left over is the shard's to keep.
        bytes: &'a [u8],
    },
    /// A datagram arrived on one of our fixed sockets.
    Datagram {
        /// The socket.
        socket: SocketId,
        /// Who sent it.
        peer: SocketAddr,
        /// Its payload.
        bytes: &'a [u8],
    },
    /// A link opened: accepted by a listener, or dialled as [`Plug::Dial`](crate::Plug) asked.
    Linked {
        /// The link.
        link: LinkId,
        /// The listener's place in [`Config::streams`](crate::Config::streams), which says what it
        /// speaks; `None` if we dialled.
        listener: Option<u16>,
        /// Our address.
        local: SocketAddr,
        /// Its address.
        peer: SocketAddr,
        /// It speaks TLS. One that we dialled is agreed on; one that was accepted is not yet, and
        /// says nothing until it is.
        tls: bool,
    },
    /// A link is gone, or could not be dialled. No output for it reaches anybody any more.
    Unlinked {
        /// The link.
        link: LinkId,
        /// Why.
        cause: Unlink,
    },
    /// Another shard has something to say.
    Mail {
        /// Who.
        from: ShardId,
        /// What.
        mail: Mail,
    },
    /// Every record up to this one is safe on disk.
    Recorded {
        /// As in [`Output::Record`](crate::Output).
        upto: u64,
    },
    /// The journal failed; nothing that was not recorded will be.
    NotRecorded,
    /// The disk has no room for another volume of the journal, or has room again. What is left
    /// is for the outcomes of what is ours already.
    Scarce(bool),
    /// There is more to come from before the restart: until `false` comes, peers may bind, and all
    /// that may be about an Sms that is not here yet waits.
    Recovering(bool),
    /// An open flight from before the restart; ours from now on.
    Recovered(Box<Flight>),
    /// An Sms accepted just before the restart, whose sender may not have heard the answer.
    Doubtful(Box<Sms>),
    /// What was in doubt already, oldest first.
    Doubted(Vec<Doubt>),
    /// Receipts that were answered just before the restart and are about no Sms we knew, oldest
    /// first. They come before the flights, which may be what they are about.
    Orphans(Vec<Orphan>),
    /// How Sms ended before the restart, oldest first.
    Finals(Vec<Final>),
    /// What carriers paid, all of them: they may spend it beyond their credit.
    Paid(Arc<[Paid]>),
    /// What carriers spent of their credit before the restart, and hold, whose bank this is.
    Spent(Vec<Spent>),
    /// The contacts of an account from before the restart.
    Known(Contacts),
    /// It is written to the attic, or there was no room.
    Stowed {
        /// As in [`Output::Stow`](crate::Output).
        id: MessageId,
        /// Is it there?
        is_kept: bool,
    },
    /// It was read from the attic, or could not be.
    Fetched {
        /// As in [`Output::Fetch`](crate::Output).
        id: MessageId,
        /// What stands there.
        octets: Option<&'a [u8]>,
    },
    /// The moment asked for by [`Output::Wake`](crate::Output) has come.
    Time,
    /// This process hands its links to another one soon: begin nothing, keep what peers ask, take
    /// what they answer.
    Pause,
    /// It does so now: whatever comes is kept for the other one.
    Freeze,
    /// A link of the process before this one, to go on with. Comes before any plan.
    Handed(Box<Handed>),
    /// Take nothing new, unbind, and say [`Output::Drained`](crate::Output) when all is answered.
    Stop,
}

/// Why a link is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unlink {
    /// The peer closed it.
    Closed,
    /// The peer reset it, or the network did.
    Reset,
    /// It could not be dialled.
    Refused,
    /// TLS could not be agreed on, or was broken.
    Insecure,
    /// It did not take our octets for too long, or more waited than it may hold.
    Slow,
    /// We asked for it.
    Asked,
}
