//! The datagrams of one turn, sent together.
//!
//! What goes to one address in one turn, as to a trunk or to the proxy of many apps, goes as a
//! [`train`]: the kernel looks for its way once. All others go by one `sendmmsg`.

mod train;

use std::cmp::Reverse;
use std::io::IoSlice;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;

use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};
use shard::SocketId;

use self::train::{Departed, depart, length};

/// The datagrams of one turn, sent together when it ends.
#[derive(Debug, Default)]
pub struct Letters {
    octets: Vec<u8>,
    letters: Vec<Letter>,
    /// Those of the turn that go alone.
    single: Vec<Letter>,
    /// So many trains are not tried: the kernel refused one a moment ago.
    shy: u32,
}

#[derive(Clone, Debug)]
struct Letter {
    socket: SocketId,
    peer: SocketAddr,
    range: Range<usize>,
}

impl Letters {
    /// Adds one.
    pub fn push(&mut self, socket: SocketId, peer: SocketAddr, bytes: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(bytes);
        self.letters.push(Letter { socket, peer, range: start..self.octets.len() });
    }

    /// Sends all, in any order. What the kernel does not take at once is lost, as a datagram may
    /// be: SIP repeats it (RFC 3261 §17.1.2.2).
    pub fn flush(&mut self, sockets: &[UdpSocket]) {
        let Self { octets, letters, single, shy } = self;
        let place = |letter: &Letter| {
            let Range { start, end } = letter.range;
            (letter.socket, letter.peer, Reverse(end - start), start)
        };
        letters.sort_unstable_by_key(place);
        let mut rest = &letters[..];
        while let Some(first) = rest.first() {
            let (train, others) = rest.split_at(length(rest));
            rest = others;
            let Some(socket) = sockets.get(usize::from(first.socket.0)) else { continue };
            if train.len() > 1 && !is_spared(shy) {
                match depart(socket, train, octets) {
                    Departed::Gone => continue,
                    Departed::Refused => *shy = SHY,
                }
            }
            single.extend_from_slice(train);
        }
        for run in single.chunk_by(|one, other| one.socket == other.socket) {
            if let Some(socket) = sockets.get(usize::from(run[0].socket.0)) {
                run.chunks(BATCH).for_each(|batch| send(socket, batch, octets));
            }
        }
        single.clear();
        letters.clear();
        octets.clear();
    }
}

/// Is this train not tried?
fn is_spared(shy: &mut u32) -> bool {
    let is_spared = *shy > 0;
    *shy = shy.saturating_sub(1);
    is_spared
}

fn send(socket: &UdpSocket, batch: &[Letter], octets: &[u8]) {
    let pieces: Vec<[IoSlice<'_>; 1]> =
        batch.iter().map(|letter| [IoSlice::new(&octets[letter.range.clone()])]).collect();
    let peers: Vec<SocketAddrAny> = batch.iter().map(|letter| letter.peer.into()).collect();
    let mut none: Vec<_> = batch.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut messages: Vec<MMsgHdr<'_>> = peers
        .iter()
        .zip(&pieces)
        .zip(&mut none)
        .map(|((peer, piece), none)| MMsgHdr::new_with_addr(peer, piece, none))
        .collect();
    let mut rest = &mut messages[..];
    while !rest.is_empty() {
        let sent = match sendmmsg(socket, rest, SendFlags::DONTWAIT) {
            Ok(sent) => sent.max(1),
            Err(Errno::INTR) => 0,
            Err(Errno::AGAIN | Errno::NOBUFS) => return,
            // The error is about the first of them only, such as a peer that no route leads to.
            Err(_) => 1,
        };
        rest = &mut rest[sent..];
    }
}

/// How many datagrams one call sends.
const BATCH: usize = 64;

/// Trains that are not tried after one was refused, by a device or a way that cannot carry them.
const SHY: u32 = 1_024;

#[cfg(test)]
mod tests;
