//! By what a SIP message comes and goes: one of our UDP sockets, or a connection.

use std::net::SocketAddr;

use routing::Transport;

use crate::config::{Config, Entry, Speaks};
use crate::input::{LinkId, ShardId, SocketId};

/// By what a SIP message comes and goes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Line {
    /// One of our UDP sockets; every shard has it.
    Socket(SocketId),
    /// A connection; one shard has it.
    Flow(FlowId),
}

/// A connection that carries SIP (a *flow* in RFC 5626), as every shard of the node names it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FlowId {
    /// The shard that keeps it.
    pub shard: ShardId,
    /// The place of its listener in [`Config::streams`]; of one that we dialled, the place at
    /// which we are heard by SIP ([`Place`]).
    pub listener: u16,
    /// What its shard calls it.
    pub link: LinkId,
}

impl Line {
    /// The same as a number, for those who need not know more than whether two are equal.
    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Socket(socket) => u64::from(socket.0),
            Self::Flow(FlowId { shard, listener, link }) => {
                debug_assert!(link.0 < 1 << LINK_BITS, "a shard never accepts so many");
                FLOW | u64::from(shard.0) << 56 | u64::from(listener) << LINK_BITS | link.0
            }
        }
    }

    /// The line with that number.
    pub(crate) fn of(number: u64) -> Self {
        if number & FLOW == 0 {
            return Self::Socket(SocketId(number as u16));
        }
        Self::Flow(FlowId {
            shard: ShardId((number >> 56 & 0x7F) as u8),
            listener: (number >> LINK_BITS) as u16,
            link: LinkId(number & ((1 << LINK_BITS) - 1)),
        })
    }

    /// The flow, if it is one.
    pub(crate) fn flow(self) -> Option<FlowId> {
        match self {
            Self::Socket(_) => None,
            Self::Flow(flow) => Some(flow),
        }
    }

    /// May an answer to what was sent by `self` come by `other`? Sockets are all ours; what was
    /// said on a connection is answered there and nowhere else.
    pub(crate) fn may_answer(self, other: Self) -> bool {
        match (self, other) {
            (Self::Socket(_), Self::Socket(_)) => true,
            (one, other) => one == other,
        }
    }
}

impl Config {
    /// Where a line ends on our side.
    pub(crate) fn entry(&self, line: Line) -> Option<&Entry> {
        match line {
            Line::Socket(socket) => self.sip.get(usize::from(socket.0)),
            Line::Flow(flow) => match Place::of(flow.listener) {
                Place::Stream(at) => self.streams.get(usize::from(at)),
                Place::Socket(at) => self.sip.get(usize::from(at)),
            },
        }
    }

    /// Our address and the transport of a line; `None` if there is no such line.
    pub(crate) fn end_of(&self, line: Line) -> Option<(SocketAddr, Transport)> {
        let entry = self.entry(line)?;
        if let Some(transport) = line.flow().and_then(|flow| Place::transport(flow.listener)) {
            return Some((entry.address, transport));
        }
        match entry.speaks {
            Speaks::Sip(transport) => Some((entry.address, transport)),
            Speaks::Smpp => None,
        }
    }
}

/// Where we are heard by SIP, as a connection that we dialled names it: its end on our side is no
/// address anybody could dial.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// A listener, by its place in [`Config::streams`].
    Stream(u16),
    /// A socket, by its place in [`Config::sip`].
    Socket(u16),
}

impl Place {
    /// The listener of a connection that we dialled.
    pub(crate) fn dialled(self, secure: bool) -> u16 {
        let secure = if secure { SECURE } else { 0 };
        match self {
            Self::Stream(at) => DIALLED | secure | at & PLACE,
            Self::Socket(at) => DIALLED | SOCKET | secure | at & PLACE,
        }
    }

    pub(crate) fn of(listener: u16) -> Self {
        match (listener & DIALLED, listener & SOCKET) {
            (0, _) => Self::Stream(listener),
            (_, 0) => Self::Stream(listener & PLACE),
            _ => Self::Socket(listener & PLACE),
        }
    }

    /// What a connection that we dialled is carried by.
    fn transport(listener: u16) -> Option<Transport> {
        let secure = listener & SECURE != 0;
        let transport = if secure { Transport::Tls } else { Transport::Tcp };
        (listener & DIALLED != 0).then_some(transport)
    }
}

/// The transport as it stands in a Via.
pub(crate) fn in_via(transport: Transport) -> sip::Transport<'static> {
    match transport {
        Transport::Udp => sip::Transport::Udp,
        Transport::Tcp => sip::Transport::Tcp,
        Transport::Tls => sip::Transport::Tls,
        Transport::Ws => sip::Transport::Ws,
        Transport::Wss => sip::Transport::Wss,
    }
}

/// Marks the number of a flow; then 7 bits of shard, 16 of listener, 40 of link.
const FLOW: u64 = 1 << 63;

/// The bits of a listener: one that we dialled, over TLS, heard at a socket; then 13 of its place.
const DIALLED: u16 = 1 << 15;
const SECURE: u16 = 1 << 14;
const SOCKET: u16 = 1 << 13;
const PLACE: u16 = SOCKET - 1;

/// A million connections a second for twelve days; a shard has 64 at most in its seven bits.
const LINK_BITS: u32 = 40;

#[cfg(test)]
mod tests;
