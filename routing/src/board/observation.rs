//! What a peer really does, as a shard saw it: one row for each carrier and connection.
//!
//! Every part knows how to become one with the same part of another link or another shard, so
//! that a row is the sum of all links of a peer.

use super::LinkRole;
use super::counts::{Absorb, Bag, Count, Least, Marks, Most, Strange};
use super::latency::Latencies;
use crate::octets::{Field, Reader, Short, Write};

macro_rules! sights {
    ($($(#[$doc:meta])* $kind:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
            pub struct $kind { $($(#[$field_doc])* pub $field: $type,)* }

            impl Absorb for $kind {
                fn absorb(&mut self, other: &Self) {
                    $(self.$field.absorb(&other.$field);)*
                }
            }

            impl Field for $kind {
                fn put(&self, out: &mut Vec<u8>) {
                    $(self.$field.put(out);)*
                }

                fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
                    Ok(Self { $($field: <$type>::take(reader)?,)* })
                }
            }
        )*
    };
}

sights! {
    /// Everything one peer was seen to do since the node started.
    Sight {
        /// When it was last heard, Unix nanoseconds.
        heard_ns: Most,
        /// Sessions that were bound.
        binds: Count,
        /// The interface_version it said last, highest first: 0x34 is 3.4; 0 said none.
        version: Most,
        /// Messages it sent.
        received: Count,
        /// How many of them were looked into; the others were only counted.
        looked: Count,
        /// Messages we sent it.
        sent: Count,
        /// The most requests of its that waited for us on one link.
        their_window: Most,
        /// The most requests of ours that waited for it on one link.
        our_window: Most,
        /// The most messages it sent on one link within one second.
        their_rate: Most,
        /// The most messages we sent it on one link within one second.
        our_rate: Most,
        /// enquire_links it sent.
        enquires: Count,
        /// The shortest pause between two of them on one link, milliseconds.
        enquire_least_ms: Least,
        /// The longest pause between two of them on one link, milliseconds.
        enquire_most_ms: Most,
        /// Answers whose time was taken.
        timed: Count,
        /// The quickest of them, microseconds.
        answer_least_us: Least,
        /// The slowest of them, microseconds.
        answer_most_us: Most,
        /// Requests of ours it did not answer in time.
        unanswered: Count,
        /// The command_status of its answers, where they were not 0.
        said: Bag<12>,
        /// The command_status of our answers to it, where they were not 0.
        told: Bag<12>,
        /// data_coding of its messages.
        codings: Bag<16>,
        /// Its texts with data_coding 0.
        plain: Plain,
        /// Tags of the TLVs in its messages.
        tlvs: Bag<24>,
        /// message_id in its submit_sm_resp and data_sm_resp.
        ids: Ids,
        /// message_id in its receipts.
        receipt_ids: Ids,
        /// Its receipts.
        receipts: Receipts,
        /// What it did against the standard, in the order of [`VIOLATIONS`].
        violations: [Count; VIOLATIONS.len()],
        /// How long its messages took, in the order of [`Span::ALL`](super::Span::ALL): until our
        /// answer, until they were delivered, until the receipt was taken.
        took: Latencies,
    }

    /// What texts with data_coding 0 are made of.
    Plain {
        /// How many there were.
        texts: Count,
        /// Texts with octets from 0x80.
        high: Count,
        /// Those of them that are UTF-8.
        utf8: Count,
        /// Those of them whose octets from 0x80 are a third or more: packed septets, not letters.
        dense: Count,
        /// Texts with an escape of GSM 03.38.
        escapes: Count,
        /// Texts with an octet below 0x20 that is a letter in GSM 03.38 and nothing in ASCII.
        low: Count,
        /// Texts with an octet that is punctuation in ASCII and a letter in GSM 03.38.
        punctuation: Count,
    }

    /// How message ids are spelled.
    Ids {
        /// How many there were.
        seen: Count,
        /// Digits alone.
        decimal: Count,
        /// Hexadecimal with letters in lower case.
        lower: Count,
        /// Hexadecimal with letters in upper case.
        upper: Count,
        /// Anything else.
        text: Count,
        /// Those that begin with a zero.
        zeros: Count,
        /// Octets of the shortest.
        shortest: Least,
        /// Octets of the longest.
        longest: Most,
    }

    /// How receipts are spelled.
    Receipts {
        /// How many there were.
        seen: Count,
        /// Texts that read like a receipt under an esm_class that says something else.
        unflagged: Count,
        /// Fields seen, in the order of [`RECEIPT_FIELDS`].
        fields: Marks,
        /// Fields that some receipt lacked.
        lacking: Marks,
        /// How many digits a date had: bit 10 for YYMMDDhhmm, bit 12 with seconds.
        date_digits: Marks,
        /// Those with TLV receipted_message_id.
        tlv_ids: Count,
        /// Those with TLV message_state.
        tlv_states: Count,
        /// Words behind `stat:` that nobody knows.
        words: Strange,
    }
}

impl Sight {
    /// Takes in what was seen of the same peer elsewhere.
    pub fn absorb(&mut self, other: &Self) {
        Absorb::absorb(self, other);
    }
}

/// A peer and what it was seen to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Observation {
    /// Is it a carrier or a connection?
    pub role: LinkRole,
    /// Its environment.
    pub environment: u32,
    /// The carrier or the connection.
    pub subject: u32,
    /// What was seen.
    pub sight: Sight,
}

impl Field for Observation {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u8(matches!(self.role, LinkRole::Connection).into());
        out.put_u32(self.environment);
        out.put_u32(self.subject);
        self.sight.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let role = reader.u8()?;
        Ok(Self {
            role: if role == 0 { LinkRole::Carrier } else { LinkRole::Connection },
            environment: reader.u32()?,
            subject: reader.u32()?,
            sight: Sight::take(reader)?,
        })
    }
}

macro_rules! violations {
    ($($(#[$doc:meta])* $name:ident = $words:literal,)*) => {
        /// What a peer may do against the standard.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(usize)]
        pub enum Violation { $($(#[$doc])* $name,)* }

        /// They in words, in order.
        pub const VIOLATIONS: [&str; [$($words),*].len()] = [$($words),*];
    };
}

violations! {
    /// A PDU that its session does not allow now.
    WrongState = "a PDU that its bind does not allow",
    /// A second bind on one session.
    BoundTwice = "a second bind on a session",
    /// A command_id nobody knows.
    UnknownCommand = "an unknown command_id",
    /// A command_length no PDU can have.
    Length = "a command_length that cannot be",
    /// A request under a sequence number outside 1 to 0x7FFFFFFF (SMPP 3.4 §5.1.4).
    BadSequence = "a sequence_number outside 1..0x7FFFFFFF",
    /// An answer to what was never asked, or was answered already.
    UnknownSequence = "an answer to nothing that was asked",
    /// A string without its NUL, or longer than its field.
    BadField = "a field that is not terminated, too long or not legal",
    /// TLVs that do not fill the PDU.
    BadTlv = "TLVs that do not fit the PDU",
    /// A body that ends before its fields.
    CutShort = "a body that ends too early",
}

/// The fields of a receipt's text (SMPP 3.4 appendix B).
pub const RECEIPT_FIELDS: [&str; 8] =
    ["id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text"];

#[cfg(test)]
mod tests;
