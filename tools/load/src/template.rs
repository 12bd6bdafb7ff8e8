//! A submit_sm or deliver_sm of each kind, encoded once; for each SMS three places in it change.

use std::ops::Range;

use smpp::tlv::{TlvBuffer, tag};
use smpp::{Address, HEADER_LEN, ShortMessage, npi, ton};

use crate::args::{Load, Numbers};
use crate::mark::{MARK_LEN, Marks, put_digits};
use crate::mix::{Kind, LONG_CHARACTERS, Mix};

/// The octets all SMS of a run have in common.
#[derive(Debug)]
pub(crate) struct Template {
    /// One for each kind.
    forms: [Form; 4],
    mix: Mix,
    marks: Marks,
    numbers: Numbers,
}

/// The octets all SMS of a kind have in common.
#[derive(Debug)]
struct Form {
    octets: Vec<u8>,
    number_at: Range<usize>,
    mark_at: usize,
    /// Octets of a character.
    width: usize,
}

/// Which PDU carries the SMS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carried {
    /// submit_sm: we are the carrier.
    Submit,
    /// deliver_sm: we are the message centre.
    Deliver,
}

impl Template {
    /// A template for each kind of SMS that `load` asks for.
    pub(crate) fn new(load: &Load, numbers: Numbers, marks: Marks, carried: Carried) -> Self {
        let forms = Kind::ALL.map(|kind| Form::new(kind, load, numbers, carried));
        Self { forms, mix: load.mix, marks, numbers }
    }

    /// Appends the PDU of SMS `id`. Its sequence number is [`sequence_of`] it.
    pub(crate) fn put(&self, id: u32, out: &mut Vec<u8>) {
        let form = &self.forms[self.mix.kind_of(id).place()];
        let start = out.len();
        out.extend_from_slice(&form.octets);
        let pdu = &mut out[start..];
        pdu[12..16].copy_from_slice(&sequence_of(id).to_be_bytes());
        put_digits(self.numbers.of(id), &mut pdu[form.number_at.clone()]);
        let text = &mut pdu[form.mark_at..];
        for (place, octet) in text.chunks_exact_mut(form.width).zip(self.marks.of(id)) {
            place[form.width - 1] = octet;
        }
    }

    /// Octets of a plain SMS.
    pub(crate) const fn len(&self) -> usize {
        self.forms[Kind::Plain.place()].octets.len()
    }
}

impl Form {
    fn new(kind: Kind, load: &Load, numbers: Numbers, carried: Carried) -> Self {
        let characters = match kind {
            Kind::Plain | Kind::Urgent => load.text_length.into(),
            Kind::Ucs2 => usize::from(load.text_length).min(UCS2_CHARACTERS),
            Kind::Long => LONG_CHARACTERS,
        };
        let filler = b" The quick brown fox jumps over the lazy dog.";
        let mut text: Vec<u8> = [b'#'; MARK_LEN]
            .iter()
            .chain(filler.iter().cycle())
            .copied()
            .take(characters)
            .collect();
        let ucs2 = kind == Kind::Ucs2;
        if ucs2 {
            text = text.iter().flat_map(|octet| [0, *octet]).collect();
            // No letter of GSM 03.38, so that the text stays what it is.
            let end = text.len();
            text[end - 2..].copy_from_slice(&LETTER_ZHE);
        }
        let mut tlvs = TlvBuffer::new();
        let long = kind == Kind::Long;
        if long {
            tlvs.put(tag::MESSAGE_PAYLOAD, &text);
        }
        let (number, source) = (vec![b'0'; numbers.digits], load.source.as_bytes());
        let message = ShortMessage {
            source: Address { ton: ton::ALPHANUMERIC, npi: npi::UNKNOWN, addr: source },
            destination: Address { ton: ton::INTERNATIONAL, npi: npi::ISDN, addr: &number },
            registered_delivery: load.registered_delivery(),
            priority_flag: if kind == Kind::Urgent { URGENT } else { 0 },
            data_coding: if ucs2 { DATA_CODING_UCS2 } else { 0 },
            short_message: if long { b"" } else { &text },
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        let mut octets = Vec::new();
        match carried {
            Carried::Submit => message.encode_submit_sm(1, &mut octets),
            Carried::Deliver => message.encode_deliver_sm(1, &mut octets),
        }
        // Before the number: header, empty service_type, source with TON, NPI and NUL, TON, NPI.
        let number_at = HEADER_LEN + 1 + 2 + source.len() + 1 + 2;
        let mark_at = octets.len() - text.len();
        let number_at = number_at..number_at + numbers.digits;
        Self { octets, number_at, mark_at, width: 1 + usize::from(ucs2) }
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

/// Characters of UCS-2 that one SMS has room for (3GPP TS 23.040 §9.2.3.24).
const UCS2_CHARACTERS: usize = 70;

/// A Cyrillic capital Zhe.
const LETTER_ZHE: [u8; 2] = [0x04, 0x16];

/// data_coding of UCS-2 (SMPP 3.4 §5.2.19).
pub(crate) const DATA_CODING_UCS2: u8 = 8;

/// "Urgent" of the bearers that know it, and a higher class everywhere (SMPP 3.4 §5.2.14).
const URGENT: u8 = 2;

#[cfg(test)]
mod tests;
