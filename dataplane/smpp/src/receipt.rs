//! Delivery receipts: a text nobody standardised (SMPP 3.4 Appendix B) and the TLVs
//! that say the same reliably (3.4 §5.3.2).
//!
//! We write one dialect and read them all: fields missing, out of order, in any
//! case; dates with or without seconds and century; ids of any shape. Where a TLV
//! and the text disagree, the TLV wins. Ids are compared by whoever keeps them.

use crate::time::{format_minutes, format_seconds, parse_receipt_date};
use crate::tlv::{TlvBuffer, Tlvs, tag};
use crate::{MessageState, ShortMessage};

/// What a receipt says; what it does not say is `None` or empty.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Receipt<'a> {
    /// The message_id that submit_sm_resp gave, perhaps in another notation.
    pub id: &'a [u8],
    /// How many messages were submitted.
    pub sub: Option<u16>,
    /// How many of them arrived.
    pub dlvrd: Option<u16>,
    /// When it was submitted, seconds since 1970.
    pub submit_date: Option<i64>,
    /// When it became final, seconds since 1970.
    pub done_date: Option<i64>,
    /// What became of it.
    pub state: Option<MessageState>,
    /// The network's own error code, mostly three digits, `000` if none.
    pub err: &'a [u8],
    /// The beginning of the text, at most [`TEXT_MAX`] octets.
    pub text: &'a [u8],
}

/// Octets of the original text that a receipt repeats.
pub const TEXT_MAX: usize = 20;

impl<'a> Receipt<'a> {
    /// Reads a deliver_sm as a receipt: its text and its TLVs. `None` if neither
    /// says which message it is about.
    ///
    /// Whether it is one is esm_class's to say, see [`ShortMessage::is_receipt`].
    pub fn of(message: &ShortMessage<'a>) -> Option<Self> {
        let mut receipt = Self::parse(message.payload());
        receipt.overrule(message.tlvs);
        (!receipt.id.is_empty()).then_some(receipt)
    }

    /// Reads the text of a receipt, whatever the dialect. Never fails: a text that
    /// is no receipt says nothing.
    pub fn parse(text: &'a [u8]) -> Self {
        let mut receipt = Self::default();
        let mut label = Label::find(text, 0);
        while let Some(here) = label {
            if here.key == Key::Text {
                receipt.text = trim_front(&text[here.end..]);
                break;
            }
            label = Label::find(text, here.end);
            let end = label.map_or(text.len(), |next| next.start);
            let value = first_word(&text[here.end..end]);
            if !value.is_empty() {
                receipt.set(here.key, value);
            }
        }
        receipt
    }

    /// Lets the TLVs have the last word.
    pub fn overrule(&mut self, tlvs: Tlvs<'a>) {
        match tlvs.get_c_octets(tag::RECEIPTED_MESSAGE_ID) {
            Some(id) if !id.is_empty() => self.id = id,
            Some(_) | None => {}
        }
        if let Some(state) = tlvs.get_u8(tag::MESSAGE_STATE).and_then(MessageState::decode) {
            self.state = Some(state);
        }
    }

    /// Appends the text in our dialect, which is that of the standard. What is not
    /// known is written as zeros; no state is UNKNOWN.
    pub fn encode_text(&self, out: &mut Vec<u8>) {
        let date = |date: Option<i64>| date.map_or([b'0'; 10], format_minutes);
        let submitted = date(self.submit_date);
        // Most are done within the minute, and what is written twice is reckoned once.
        let minute = |date: Option<i64>| date.map(|date| date.div_euclid(60));
        let is_same = minute(self.submit_date) == minute(self.done_date);
        let done = if is_same { submitted } else { date(self.done_date) };
        self.put_text(&submitted, &done, out);
    }

    /// The same with dates that have seconds, as some want them.
    pub fn encode_text_to_the_second(&self, out: &mut Vec<u8>) {
        let date = |date: Option<i64>| date.map_or([b'0'; 12], format_seconds);
        self.put_text(&date(self.submit_date), &date(self.done_date), out);
    }

    fn put_text(&self, submit_date: &[u8], done_date: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"id:");
        out.extend_from_slice(self.id);
        out.extend_from_slice(b" sub:");
        out.extend_from_slice(&three_digits(self.sub.unwrap_or(0)));
        out.extend_from_slice(b" dlvrd:");
        out.extend_from_slice(&three_digits(self.dlvrd.unwrap_or(0)));
        out.extend_from_slice(b" submit date:");
        out.extend_from_slice(submit_date);
        out.extend_from_slice(b" done date:");
        out.extend_from_slice(done_date);
        out.extend_from_slice(b" stat:");
        let state = self.state.unwrap_or(MessageState::Unknown);
        out.extend_from_slice(state.word().as_bytes());
        out.extend_from_slice(b" err:");
        out.extend_from_slice(if self.err.is_empty() { b"000" } else { self.err });
        out.extend_from_slice(b" text:");
        out.extend_from_slice(&self.text[..self.text.len().min(TEXT_MAX)]);
    }

    /// Appends receipted_message_id and message_state.
    pub fn put_tlvs(&self, tlvs: &mut TlvBuffer) {
        tlvs.put_c_octets(tag::RECEIPTED_MESSAGE_ID, self.id);
        let state = self.state.unwrap_or(MessageState::Unknown);
        tlvs.put_u8(tag::MESSAGE_STATE, state.number());
    }

    fn set(&mut self, key: Key, value: &'a [u8]) {
        match key {
            Key::Id if self.id.is_empty() => self.id = value,
            Key::Err if self.err.is_empty() => self.err = value,
            Key::Id | Key::Err | Key::Text => {}
            Key::Sub => self.sub = self.sub.or_else(|| number(value)),
            Key::Dlvrd => self.dlvrd = self.dlvrd.or_else(|| number(value)),
            Key::Submit => {
                self.submit_date = self.submit_date.or_else(|| parse_receipt_date(value));
            }
            Key::Done => self.done_date = self.done_date.or_else(|| parse_receipt_date(value)),
            Key::Stat => self.state = self.state.or_else(|| MessageState::parse(value)),
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Key {
    Id,
    Sub,
    Dlvrd,
    Submit,
    Done,
    Stat,
    Err,
    Text,
}

/// Where a key stands in a receipt's text, its colon included.
#[derive(Clone, Copy, Debug)]
struct Label {
    key: Key,
    start: usize,
    end: usize,
}

impl Label {
    /// The first label at or after `from` that begins a word.
    fn find(text: &[u8], from: usize) -> Option<Self> {
        let begins_word = |at: usize| at == 0 || !text[at - 1].is_ascii_alphanumeric();
        (from..text.len()).filter(|&at| begins_word(at)).find_map(|start| {
            let (key, name) = KEYS.iter().find(|(_, name)| starts_with(&text[start..], name))?;
            Some(Self { key: *key, start, end: start + name.len() })
        })
    }
}

/// Longest first where one could hide another; a blank stands for blank or underscore.
const KEYS: [(Key, &[u8]); 10] = [
    (Key::Id, b"id:"),
    (Key::Sub, b"sub:"),
    (Key::Dlvrd, b"dlvrd:"),
    (Key::Submit, b"submit date:"),
    (Key::Submit, b"submitdate:"),
    (Key::Done, b"done date:"),
    (Key::Done, b"donedate:"),
    (Key::Stat, b"stat:"),
    (Key::Err, b"err:"),
    (Key::Text, b"text:"),
];

fn starts_with(text: &[u8], name: &[u8]) -> bool {
    text.len() >= name.len()
        && text.iter().zip(name).all(|(&octet, &expected)| {
            octet.eq_ignore_ascii_case(&expected) || expected == b' ' && octet == b'_'
        })
}

fn first_word(value: &[u8]) -> &[u8] {
    value
        .split(|octet| octet.is_ascii_whitespace() || *octet == 0)
        .find(|word| !word.is_empty())
        .unwrap_or(&[])
}

fn trim_front(text: &[u8]) -> &[u8] {
    text.strip_prefix(b" ").unwrap_or(text)
}

fn number(digits: &[u8]) -> Option<u16> {
    str::from_utf8(digits).ok()?.parse().ok()
}

fn three_digits(value: u16) -> [u8; 3] {
    let value = value.min(999);
    [value / 100, value / 10 % 10, value % 10].map(|digit| b'0' + digit as u8)
}

#[cfg(test)]
mod tests;
