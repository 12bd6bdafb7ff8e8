//! Memory for the MESSAGEs of ours that wait for an answer, so that none is asked for each time.

use routing::{Address, MessageId, home};

use crate::config::{Config, Entry};
use crate::input::ShardId;
use crate::limits::{DATAGRAM_MAX, SPARE_MESSAGES_MAX};
use crate::peers::lines::{Line, Place};

/// Buffers, and texts that are always the same.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Of MESSAGEs that were answered, for the next ones.
    spare: Vec<Vec<u8>>,
    /// Of the names in the MESSAGE that is being written.
    text: String,
    ends: Ends,
}

/// Our end of each line as it stands in a Via.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    datagrams: Vec<String>,
    streams: Vec<String>,
}

/// The names in one MESSAGE, one after the other in one text.
pub(crate) struct Names<'a> {
    text: &'a str,
    branch: usize,
    call_id: usize,
}

impl Names<'_> {
    /// The branch.
    pub(crate) fn branch(&self) -> &str {
        &self.text[..self.branch]
    }

    /// The Call-ID.
    pub(crate) fn call_id(&self) -> &str {
        &self.text[self.branch..self.call_id]
    }

    /// The From tag: the id of the Sms, with which the Call-ID begins.
    pub(crate) fn tag(&self) -> &str {
        &self.call_id()[..MessageId::TEXT_LEN]
    }

    /// The sender as it stands in the user part of From.
    pub(crate) fn user(&self) -> &str {
        &self.text[self.call_id..]
    }
}

impl Desk {
    /// Learns what is always the same.
    pub(crate) fn new(config: &Config) -> Self {
        let texts = |entries: &[Entry]| entries.iter().map(|e| e.address.to_string()).collect();
        let ends = Ends { datagrams: texts(&config.sip), streams: texts(&config.streams) };
        Self { ends, ..Self::default() }
    }

    /// An empty buffer.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(DATAGRAM_MAX))
    }

    /// Gives a buffer back.
    pub(crate) fn give(&mut self, mut octets: Vec<u8>) {
        if self.spare.len() < SPARE_MESSAGES_MAX && octets.capacity() <= DATAGRAM_MAX {
            octets.clear();
            self.spare.push(octets);
        }
    }

    /// Our end of a line as it stands in a Via.
    pub(crate) fn end_of(&self, line: Line) -> &str {
        self.ends.of(line)
    }

    /// Writes the names of one MESSAGE.
    pub(crate) fn write(
        &mut self,
        branch: Branch,
        domain: &str,
        source: &Address,
    ) -> (&Ends, Names<'_>) {
        let Self { text, ends, .. } = self;
        text.clear();
        branch.put(text);
        let branch_end = text.len();
        put_id(branch.id, text);
        text.push('@');
        text.push_str(domain);
        let call_id = text.len();
        put_sender(source, text);
        (ends, Names { text, branch: branch_end, call_id })
    }
}

impl Ends {
    /// That of one line; empty if there is no such line.
    pub(crate) fn of(&self, line: Line) -> &str {
        let end = match line {
            Line::Socket(socket) => self.datagrams.get(usize::from(socket.0)),
            Line::Flow(flow) => match Place::of(flow.listener) {
                Place::Stream(at) => self.streams.get(usize::from(at)),
                Place::Socket(at) => self.datagrams.get(usize::from(at)),
            },
        };
        end.map_or("", String::as_str)
    }
}

/// What a branch of ours names: the same for the same attempt, also after a restart with another
/// number of shards, so that the app then takes it for a retransmission (RFC 3261 §17.2.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    /// The account it is for, at whose home it is sent and answered.
    pub(crate) account: u32,
    /// The Sms.
    pub(crate) id: MessageId,
    /// Which attempt.
    pub(crate) attempt: u16,
    /// The place of the contact.
    pub(crate) index: usize,
}

impl Branch {
    /// The branch of another short message of the same text.
    pub(crate) fn of_part(self, part: u8) -> Self {
        Self { index: self.index + usize::from(part) * PARTS, ..self }
    }

    /// Appends the branch.
    pub(crate) fn put(self, text: &mut String) {
        text.push_str(BRANCH_START);
        put_number(self.account as usize, text);
        text.push('-');
        put_id(self.id, text);
        text.push('-');
        put_number(self.attempt.into(), text);
        text.push('-');
        put_number(self.index, text);
    }
}

/// The shard of so many that a branch of ours names: the home of an account, or, in the branch of
/// a request for a trunk or of one that passes, the shard itself in two hexadecimal digits.
pub(crate) fn shard_of(branch: &str, shards: u8) -> Option<ShardId> {
    let named = branch.strip_prefix(BRANCH_START)?;
    let digits = named.bytes().take_while(u8::is_ascii_digit).count();
    if named.as_bytes().get(digits) == Some(&b'-') {
        return named[..digits].parse().ok().map(|account| ShardId(home(account, shards)));
    }
    u8::from_str_radix(named.get(..2)?, 16).ok().map(ShardId)
}

/// The sender's name if it is shown as a display name, too: one that is no number.
pub(crate) fn display_of(source: &Address) -> std::borrow::Cow<'_, str> {
    if is_number(source) { "".into() } else { String::from_utf8_lossy(source.as_bytes()) }
}

/// The sender as a user part: an international number gets its `+` back, which a short number
/// inside our environments never had.
pub(super) fn put_sender(source: &Address, text: &mut String) {
    let octets = source.as_bytes();
    let international = source.ton == smpp::ton::INTERNATIONAL && octets.len() >= E164_MIN;
    match is_number(source) {
        true if international => text.push('+'),
        false if octets.is_empty() => text.push_str("anonymous"),
        true | false => {}
    }
    text.push_str(&String::from_utf8_lossy(octets));
}

fn is_number(source: &Address) -> bool {
    let octets = source.as_bytes();
    !octets.is_empty() && octets.iter().all(u8::is_ascii_digit)
}

fn put_id(id: MessageId, text: &mut String) {
    text.push_str(str::from_utf8(&id.text()).expect("the alphabet is ASCII"));
}

fn put_number(number: usize, text: &mut String) {
    if number > 9 {
        put_number(number / 10, text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// RFC 3261's cookie and ours.
pub(crate) const BRANCH_START: &str = "z9hG4bKsb";

/// More than there are contacts of an account, and texts owed to devices between two restarts.
const PARTS: usize = 1 << 20;

/// The fewest digits of a number with its country code.
const E164_MIN: usize = 7;

#[cfg(test)]
mod tests;
