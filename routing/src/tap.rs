//! Taps: which messages somebody wishes to see, and who gets them.
//!
//! Taps that come and go stand in a file beside the plans, `taps`, one on each line; control
//! writes it anew and renames it, the dataplane reads it when it changes. A tap ends by itself,
//! so that one that was forgotten costs nothing.

use std::fmt;

use crate::{MessageId, Pattern};

/// Which messages somebody wishes to see. What is not said does not matter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tap {
    /// By which its capture is known; 0 for the node's own, which goes to a collector.
    pub number: u64,
    /// When it ends, in nanoseconds since 1970 UTC.
    pub until_ns: u64,
    /// Of this carrier or connection.
    pub peer: Option<String>,
    /// Of Sms to or from such a number.
    pub party: Option<Pattern>,
    /// Of one Sms in so many, at least 1.
    pub one_in: u32,
}

/// What is known of a message to be seen.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The names of carrier and connection.
    pub peers: [Option<&'a str>; 2],
    /// The digits of both numbers; empty if they are not known.
    pub parties: [&'a [u8]; 2],
}

/// Why a line of the file is no tap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TapError {
    /// The line, counted from 1.
    pub line: usize,
    /// The word that is not understood.
    pub word: String,
}

impl Tap {
    /// The file's name, in the directory of plans.
    pub const FILE: &str = "taps";

    /// So many at a time: each message is held against each of them.
    pub const MAX: usize = 8;

    /// Is this what it wants to see? [`one_in`](Self::one_in) is another question.
    pub fn wants(&self, subject: &Subject<'_>) -> bool {
        let is_peer = |name: &str| subject.peers.contains(&Some(name));
        let is_party = |pattern: &Pattern| {
            subject.parties.iter().any(|digits| !digits.is_empty() && pattern.matches(digits))
        };
        self.peer.as_deref().is_none_or(is_peer) && self.party.as_ref().is_none_or(is_party)
    }

    /// Is this one of the Sms that it wants to see of all? One that has no id yet is not, unless
    /// all are wanted.
    pub fn draws(&self, id: Option<MessageId>) -> bool {
        // Ids of one shard differ by multiples: all of their bits have a say.
        let mixed = |id: MessageId| (id.bits() as u64 ^ (id.bits() >> 64) as u64).wrapping_mul(MIX);
        let lot = |id: MessageId| (u128::from(mixed(id)) * u128::from(self.one_in)) >> 64 == 0;
        self.one_in <= 1 || id.is_some_and(lot)
    }

    /// Reads the file; what is empty is no tap.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, TapError> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines.take(Self::MAX).map(|(at, line)| Self::parse(at, line)).collect()
    }

    fn parse(line: usize, text: &str) -> Result<Self, TapError> {
        let mut tap = Self { number: 0, until_ns: 0, peer: None, party: None, one_in: 1 };
        for word in text.split_whitespace() {
            let wrong = || TapError { line, word: word.to_owned() };
            let (key, value) = word.split_once('=').ok_or_else(wrong)?;
            match key {
                "number" => tap.number = value.parse().map_err(|_| wrong())?,
                "until_ns" => tap.until_ns = value.parse().map_err(|_| wrong())?,
                "peer" => tap.peer = Some(value.to_owned()),
                "party" => tap.party = Some(Pattern::parse(value).map_err(|_| wrong())?),
                "one_in" => tap.one_in = value.parse().map_err(|_| wrong())?,
                _ => return Err(wrong()),
            }
        }
        Ok(tap)
    }
}

/// The line of the file.
impl fmt::Display for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, until_ns, peer, party, one_in } = self;
        write!(f, "number={number} until_ns={until_ns} one_in={one_in}")?;
        if let Some(peer) = peer {
            write!(f, " peer={peer}")?;
        }
        if let Some(party) = party {
            write!(f, " party={party}")?;
        }
        Ok(())
    }
}

impl fmt::Display for TapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {:?} says nothing", Tap::FILE, self.line, self.word)
    }
}

impl std::error::Error for TapError {}

/// An odd number without a pattern: 2^64 by the golden ratio.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests;
