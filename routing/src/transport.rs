//! What carries SIP.

use std::fmt;

use rkyv::{Archive, Deserialize, Serialize};

use crate::octets::{Field, Reader, Short, Write};

/// What carries SIP between an app and us (RFC 3261 §18, RFC 7118).
#[derive(
    Archive, Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[repr(u8)]
pub enum Transport {
    /// Datagrams.
    Udp = 0,
    /// A TCP connection.
    Tcp = 1,
    /// A TCP connection with TLS.
    Tls = 2,
    /// A WebSocket.
    Ws = 3,
    /// A WebSocket over TLS.
    Wss = 4,
}

impl Transport {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Udp, Self::Tcp, Self::Tls, Self::Ws, Self::Wss];

    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// Is it a connection? What was registered over one ends with it.
    pub fn is_stream(self) -> bool {
        self != Self::Udp
    }

    /// Is SIP in frames of a WebSocket?
    pub fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// Is TLS around it?
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Field for Transport {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u8(*self as u8);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Self::ALL.get(usize::from(reader.u8()?)).copied().ok_or(Short)
    }
}
