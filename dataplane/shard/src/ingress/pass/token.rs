//! Where something goes back to, as a word that only we can make (RFC 5626 §5.2).

use std::net::SocketAddr;

use sip::outbound::{FlowKey, FlowToken, FlowWord};

use crate::peers::lines::Line;

/// The other end of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct End {
    pub(super) line: Line,
    pub(super) peer: SocketAddr,
}

impl End {
    /// The word.
    pub(super) fn seal(self, key: &FlowKey) -> FlowWord {
        // A connection of an earlier life is known by its peer: who looks compares that.
        let token = FlowToken { line: self.line.number(), incarnation: 0, peer: self.peer };
        key.word(&token)
    }

    /// What a word means: `None` if it is none of ours, and `Some(None)` if it is forged.
    pub(super) fn unseal(key: &FlowKey, word: &str) -> Option<Option<Self>> {
        let token = key.read(word)?;
        let end = |token: FlowToken| Self { line: Line::of(token.line), peer: token.peer };
        Some(token.ok().map(end))
    }
}

#[cfg(test)]
mod tests;
