//! A submit_sm, encoded once; for each SMS three places in it change.

use std::ops::Range;

use smpp::{Address, HEADER_LEN, ShortMessage, npi, ton};

use crate::args::Numbers;
use crate::mark::{Marks, put_digits};

/// The octets all SMS of a run have in common.
#[derive(Debug)]
pub(crate) struct Template {
    octets: Vec<u8>,
    marks: Marks,
    numbers: Numbers,
    number_at: Range<usize>,
    mark_at: Range<usize>,
}

impl Template {
    /// A template for texts of `text_length` characters.
    pub(crate) fn new(
        source: &str,
        numbers: Numbers,
        marks: Marks,
        text_length: usize,
        registered_delivery: u8,
    ) -> Self {
        let mark = marks.of(0);
        let filler = b" The quick brown fox jumps over the lazy dog.";
        let text: Vec<u8> =
            mark.iter().chain(filler.iter().cycle()).copied().take(text_length).collect();
        let number = vec![b'0'; numbers.digits];
        let source = source.as_bytes();
        let message = ShortMessage {
            source: Address { ton: ton::ALPHANUMERIC, npi: npi::UNKNOWN, addr: source },
            destination: Address { ton: ton::INTERNATIONAL, npi: npi::ISDN, addr: &number },
            registered_delivery,
            short_message: &text,
            ..ShortMessage::default()
        };
        let mut octets = Vec::new();
        message.encode_submit_sm(1, &mut octets);
        // Before the number: header, empty service_type, source with TON, NPI and NUL, TON, NPI.
        let number_at = HEADER_LEN + 1 + 2 + source.len() + 1 + 2;
        let mark_at = octets.len() - text.len();
        Self {
            number_at: number_at..number_at + numbers.digits,
            mark_at: mark_at..mark_at + mark.len(),
            octets,
            marks,
            numbers,
        }
    }

    /// Appends the submit_sm of SMS `id`. Its sequence number is [`sequence_of`] it.
    pub(crate) fn put(&self, id: u32, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.octets);
        let pdu = &mut out[start..];
        pdu[12..16].copy_from_slice(&sequence_of(id).to_be_bytes());
        put_digits(self.numbers.of(id), &mut pdu[self.number_at.clone()]);
        pdu[self.mark_at.clone()].copy_from_slice(&self.marks.of(id));
    }

    /// Octets of one SMS.
    pub(crate) const fn len(&self) -> usize {
        self.octets.len()
    }
}

/// The sequence number of SMS `id`, over whichever bind it goes: the answer names the SMS.
pub(crate) const fn sequence_of(id: u32) -> u32 {
    id + 1
}

/// The SMS that a response with this sequence number answers.
pub(crate) const fn id_of(sequence: u32) -> u32 {
    sequence.wrapping_sub(1)
}

#[cfg(test)]
mod tests;
