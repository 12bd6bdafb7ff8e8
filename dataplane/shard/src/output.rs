//! Everything a shard can ask of the world.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use routing::MessageId;

use crate::attic::Place;
use crate::input::{LinkId, ShardId, SocketId};
use crate::mail::Mail;
use crate::note::Note;
use crate::taps::Sighting;

/// Everything a shard can ask of the world. Slices live until the next call to the shard.
#[derive(Debug)]
pub enum Output<'a> {
    /// Append these whole records to the journal and say [`Input::Recorded`](crate::Input) when
    /// they are durable. One per turn at most, and before any `Send` of the turn.
    Record {
        /// The number of the last record among them; numbers count from 1 without a gap.
        upto: u64,
        /// How many records there are.
        count: u32,
        /// Nobody minds if they wait a few milliseconds for others: they tell of contacts alone.
        patient: bool,
        /// The records, as [`routing::journal::Record::encode`] wrote them.
        octets: &'a [u8],
    },
    /// Write to a link; all that a turn has to say to one link comes in one piece.
    Send {
        /// The link.
        link: LinkId,
        /// What to write.
        bytes: &'a [u8],
    },
    /// Send a datagram from one of our fixed sockets.
    SendTo {
        /// The socket.
        socket: SocketId,
        /// To whom.
        peer: SocketAddr,
        /// Its payload.
        bytes: &'a [u8],
    },
    /// Deliver to another shard of this node; never lost, never reordered.
    Post {
        /// To whom.
        to: ShardId,
        /// What.
        mail: Mail,
    },
    /// Write to the shard's attic at a place that is its own until it is fetched, and say
    /// [`Input::Stowed`](crate::Input). The file need not survive anything, and what is asked of
    /// it is done in this order.
    Stow {
        /// Whose place it is.
        id: MessageId,
        /// Where.
        place: Place,
        /// What to write.
        octets: &'a [u8],
    },
    /// Read from the attic, and say [`Input::Fetched`](crate::Input).
    Fetch {
        /// Whose place it is.
        id: MessageId,
        /// Where.
        place: Place,
        /// How many octets.
        len: u32,
    },
    /// Open or close a link.
    Plug(Plug),
    /// Tell the operator.
    Note(Note),
    /// Show a message to those who tap it.
    Seen(Box<Sighting>),
    /// Say [`Input::Time`](crate::Input) at this moment; replaces any earlier wish.
    Wake(Instant),
    /// After [`Input::Stop`](crate::Input): nothing is left to do.
    Drained,
}

/// Open or close a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Plug {
    /// Dial; `Linked` or `Unlinked` under this number answers.
    Dial {
        /// The number the link will have.
        link: LinkId,
        /// From which address, if it matters.
        local: Option<IpAddr>,
        /// To whom.
        remote: SocketAddr,
        /// Speaks TLS to a peer whose certificate carries this name; empty is its address.
        tls: Option<String>,
    },
    /// Close once what was sent before is written; `Unlinked` answers.
    Close {
        /// The link.
        link: LinkId,
    },
}
