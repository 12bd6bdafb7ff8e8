//! The datagrams of one turn, sent together.

use std::io::IoSlice;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;

use rustix::io::Errno;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};
use shard::SocketId;

/// The datagrams of one turn, sent together when it ends.
#[derive(Debug, Default)]
pub struct Letters {
    octets: Vec<u8>,
    letters: Vec<Letter>,
}

#[derive(Debug)]
struct Letter {
    socket: SocketId,
    peer: SocketAddrAny,
    range: Range<usize>,
}

impl Letters {
    /// Adds one.
    pub fn push(&mut self, socket: SocketId, peer: SocketAddr, bytes: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(bytes);
        self.letters.push(Letter { socket, peer: peer.into(), range: start..self.octets.len() });
    }

    /// Sends all. What the kernel does not take at once is lost, as a datagram may be: SIP
    /// repeats it (RFC 3261 §17.1.2.2).
    pub fn flush(&mut self, sockets: &[UdpSocket]) {
        for run in self.letters.chunk_by(|one, other| one.socket == other.socket) {
            if let Some(socket) = sockets.get(usize::from(run[0].socket.0)) {
                run.chunks(BATCH).for_each(|batch| send(socket, batch, &self.octets));
            }
        }
        self.letters.clear();
        self.octets.clear();
    }
}

fn send(socket: &UdpSocket, batch: &[Letter], octets: &[u8]) {
    let pieces: Vec<[IoSlice<'_>; 1]> =
        batch.iter().map(|letter| [IoSlice::new(&octets[letter.range.clone()])]).collect();
    let mut none: Vec<_> = batch.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut messages: Vec<MMsgHdr<'_>> = batch
        .iter()
        .zip(&pieces)
        .zip(&mut none)
        .map(|((letter, piece), none)| MMsgHdr::new_with_addr(&letter.peer, piece, none))
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
