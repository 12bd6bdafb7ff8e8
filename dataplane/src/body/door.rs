//! What a core and its body say to each other.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use shard::{Input, LinkId, Plug, SocketId};

use crate::journal::Commit;
use crate::net::tls::Keys;

/// Carries octets between one core and the kernel.
///
/// A turn is `collect`, then any number of orders, then `flush`, then `wait`.
pub trait Body {
    /// Hands what was ordered to the kernel and sleeps until something happened, or for
    /// `patience`. With no patience it only looks.
    fn wait(&mut self, patience: Duration) -> io::Result<()>;

    /// Says what happened: at most some `limit` of completions.
    fn collect(&mut self, now: Instant, limit: usize, sink: &mut impl FnMut(Event<'_>));

    /// Writes to a link; one that is gone swallows it.
    fn send(&mut self, link: LinkId, bytes: &[u8]);

    /// Sends a datagram with the next [`flush`](Self::flush).
    fn send_to(&mut self, socket: SocketId, peer: SocketAddr, bytes: &[u8]);

    /// From now on links are made with these; those that there are keep what they have.
    fn rekey(&mut self, keys: Keys);

    /// Dials or closes.
    fn plug(&mut self, now: Instant, plug: Plug);

    /// Writes and syncs a block; [`Event::Committed`] answers. One at a time.
    fn commit(&mut self, commit: Commit);

    /// From now on nothing is accepted or read: what comes waits in the kernel.
    fn hush(&mut self);

    /// Was everything said that was read before that?
    fn is_hushed(&self) -> bool;

    /// The socket of a link, once more, and what is not written to it; `None` if another process
    /// could not go on with it.
    fn will(&mut self, link: LinkId) -> Option<(OwnedFd, Vec<u8>)>;

    /// Goes on with a link of the process before this one, and writes this first.
    fn inherit(&mut self, link: LinkId, peer: SocketAddr, fd: OwnedFd, unwritten: &[u8]);

    /// Prepares all that was ordered in this turn.
    fn flush(&mut self);

    /// When [`collect`](Self::collect) has something to say although nothing arrives.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Is every octet written that a link still takes?
    fn is_flushed(&self) -> bool;
}

/// What a body says.
#[derive(Debug)]
pub enum Event<'a> {
    /// For the mind.
    Input(Input<'a>),
    /// A commit is on disk, or failed.
    Committed {
        /// The commit's buffer.
        octets: Vec<u8>,
        /// Did it succeed?
        result: io::Result<()>,
    },
}

/// What one read of a link takes at most, and the size of a provided buffer.
pub(super) const READ_LEN: usize = 16 << 10;
