//! Hot upgrade: this process becomes the new program, and keeps its sockets and its links.
//!
//! ```text
//!  signalbox-dataplane --upgrade          the node
//!        │ "upgrade" ──────────────────▶ door ── the new program rehearses ──▶ refused: why
//!        │                                 │ it can
//!        │                               pause: begin nothing, wait for what is owed
//!        │                               freeze: read nothing, seal the journals
//!        │                               exec ─── parcel on stdin ───▶ the new program
//!        │ ◀── "upgraded" ──────────────────────────── serves ─────────────┘
//! ```
//! There is one process all the time, with one pid and one lock, so no journal ever has two
//! writers and no service manager sees a change. What could keep the new program from starting is
//! found out by a **rehearsal** before anything is disturbed: the program is run beside the node
//! and does everything but bind and write. What it cannot foresee is a crash, and ends as one does:
//! the manager starts the node again and the journal brings back what was acknowledged.

mod door;
mod parcel;
mod rehearsal;
mod rounds;

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use shard::{Calm, Handed, Letter};

pub use self::door::{Wish, ask, open};
pub use self::parcel::{Lost, depart, receive};
pub use self::rehearsal::rehearse;
pub(crate) use self::rounds::Rounds;

use crate::net::Fixed;

/// What a shard hands to the same shard of the next process.
#[derive(Debug, Default)]
pub struct Bequest {
    /// Its links.
    pub links: Vec<Passed>,
    /// Datagrams that nobody has handled.
    pub letters: Vec<Letter>,
}

/// A link on its way.
#[derive(Debug)]
pub struct Passed {
    /// What its session must know.
    pub handed: Handed,
    /// Its socket.
    pub fd: OwnedFd,
    /// What is to be written first.
    pub unwritten: Vec<u8>,
}

/// How much a shard has still to wait for, and its mail so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Weight {
    /// How little.
    pub calm: Calm,
    /// Mails it sent.
    pub sent: u64,
    /// Mails it took in.
    pub received: u64,
}

/// Everything that goes to the next process.
#[derive(Debug)]
pub struct Legacy {
    /// The lock of the data directory, which is never let go.
    pub lock: File,
    /// The sockets at fixed addresses.
    pub sockets: Vec<Fixed>,
    /// Of each shard, in their order.
    pub bequests: Vec<Bequest>,
    /// Who asked for it, and waits.
    pub asker: Option<UnixStream>,
    /// When nothing new was begun any more, on the Unix clock.
    pub paused_ns: u64,
}
