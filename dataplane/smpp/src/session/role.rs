//! Which side of a session we are (SMPP 3.4 §2.1).

/// What we are to the peer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// We are the message centre: the peer connected to us and binds.
    Server,
    /// We are the ESME: we connected and bind.
    Client,
}

/// Which way a PDU travels, seen from us.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Direction {
    /// From the peer to us.
    Received,
    /// From us to the peer.
    Sent,
}

/// Who utters a PDU, in the words of the standard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Sender {
    /// The external short messaging entity.
    Esme,
    /// The message centre.
    MessageCentre,
}

impl Role {
    /// Who utters a PDU that travels in this direction.
    pub const fn sender(self, direction: Direction) -> Sender {
        match (self, direction) {
            (Self::Server, Direction::Received) | (Self::Client, Direction::Sent) => Sender::Esme,
            (Self::Server, Direction::Sent) | (Self::Client, Direction::Received) => {
                Sender::MessageCentre
            }
        }
    }
}
