//! Several datagrams to one address that pass through the kernel as one, until they are received
//! or a device cuts them (UDP_SEGMENT, Linux 4.18): it asks for memory, looks for the way and
//! filters once for all of them, which is most of what sending costs.

use std::io::IoSlice;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, SockaddrStorage, sendmsg};

use super::Letter;

/// What became of a train.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Departed {
    /// It is on its way, or lost for want of room.
    Gone,
    /// None of it was sent: its datagrams have to go one by one.
    Refused,
}

/// How many of the letters, of which the longest to each address stands first, are one train: all
/// as long as the first, and the last one may be shorter.
pub(super) fn length(letters: &[Letter]) -> usize {
    let Some(first) = letters.first() else { return 0 };
    let (octets, mut whole) = (first.range.len(), 0);
    for (place, letter) in letters.iter().enumerate().take(LENGTH_MAX) {
        let is_theirs = letter.socket == first.socket && letter.peer == first.peer;
        whole += letter.range.len();
        if !is_theirs || letter.range.is_empty() || whole > OCTETS_MAX {
            return place.max(1);
        }
        if letter.range.len() < octets {
            return place + 1;
        }
    }
    letters.len().min(LENGTH_MAX)
}

/// Sends a train.
pub(super) fn depart(socket: &UdpSocket, train: &[Letter], octets: &[u8]) -> Departed {
    let Some(first) = train.first() else { return Departed::Gone };
    let mut pieces = [IoSlice::new(&[]); LENGTH_MAX];
    for (piece, letter) in pieces.iter_mut().zip(train) {
        *piece = IoSlice::new(&octets[letter.range.clone()]);
    }
    let Ok(cut) = u16::try_from(first.range.len()) else { return Departed::Refused };
    let (cut, peer) = ([ControlMessage::UdpGsoSegments(&cut)], storage(first.peer));
    let pieces = &pieces[..train.len().min(LENGTH_MAX)];
    loop {
        let sent = sendmsg(socket.as_raw_fd(), pieces, &cut, MsgFlags::MSG_DONTWAIT, Some(&peer));
        match sent {
            Ok(_) | Err(Errno::EAGAIN | Errno::ENOBUFS) => return Departed::Gone,
            Err(Errno::EINTR) => {}
            // Longer than what the way carries, a device that cannot cut, or no way at all.
            Err(_) => return Departed::Refused,
        }
    }
}

fn storage(peer: SocketAddr) -> SockaddrStorage {
    peer.into()
}

/// The most that one may have in every kernel that has them.
const LENGTH_MAX: usize = 64;

/// The octets of the largest datagram, which a train is until it is cut.
const OCTETS_MAX: usize = 65_000;
