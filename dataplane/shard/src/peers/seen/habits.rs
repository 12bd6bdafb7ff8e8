//! What a message, an id and a receipt say about the habits of who wrote them.

use routing::board::{Ids, Plain, RECEIPT_FIELDS, Sight};
use smpp::tlv::tag;
use smpp::{MessageState, ShortMessage};

/// Counts what a message shows.
pub(super) fn message(sight: &mut Sight, message: &ShortMessage<'_>) {
    for tlv in message.tlvs {
        sight.tlvs.add(u32::from(tlv.tag), 1);
    }
    let text = message.payload();
    if message.is_receipt() {
        return receipt(sight, message, text);
    }
    if starts_like_a_receipt(text) {
        sight.receipts.unflagged.add(1);
    }
    sight.codings.add(u32::from(message.data_coding), 1);
    if message.data_coding == 0 && !message.has_udh() {
        plain(&mut sight.plain, text);
    }
}

/// Counts how an id is spelled.
pub(super) fn id(ids: &mut Ids, id: &[u8]) {
    if id.is_empty() {
        return;
    }
    ids.seen.add(1);
    ids.shortest.see(id.len() as u64);
    ids.longest.see(id.len() as u64);
    let kind = if id.iter().all(u8::is_ascii_digit) {
        &mut ids.decimal
    } else if id.iter().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f')) {
        &mut ids.lower
    } else if id.iter().all(|octet| matches!(octet, b'0'..=b'9' | b'A'..=b'F')) {
        &mut ids.upper
    } else {
        &mut ids.text
    };
    kind.add(1);
    if id[0] == b'0' {
        ids.zeros.add(1);
    }
}

/// Counts what a text with data_coding 0 is made of.
fn plain(plain: &mut Plain, text: &[u8]) {
    plain.texts.add(1);
    let high = text.iter().filter(|octet| **octet >= 0x80).count();
    if high > 0 {
        plain.high.add(1);
        if std::str::from_utf8(text).is_ok() {
            plain.utf8.add(1);
        } else if high * 3 >= text.len() {
            plain.dense.add(1);
        }
    }
    if text.windows(2).any(|pair| pair[0] == ESCAPE && EXTENSIONS.contains(&pair[1])) {
        plain.escapes.add(1);
    }
    // Line feed, carriage return and escape are what both alphabets have down there.
    if text.iter().any(|octet| *octet < 0x20 && !matches!(*octet, 0x0A | 0x0D | ESCAPE)) {
        plain.low.add(1);
    }
    if text.iter().any(|octet| matches!(octet, b'@' | b'_' | b'[' | b']' | b'{' | b'}')) {
        plain.punctuation.add(1);
    }
}

/// Counts how a receipt is spelled.
fn receipt(sight: &mut Sight, message: &ShortMessage<'_>, text: &[u8]) {
    let receipts = &mut sight.receipts;
    receipts.seen.add(1);
    let tlv_id = message.tlvs.get_c_octets(tag::RECEIPTED_MESSAGE_ID);
    receipts.tlv_ids.add(tlv_id.is_some().into());
    receipts.tlv_states.add(message.tlvs.get(tag::MESSAGE_STATE).is_some().into());
    let mut text_id = None;
    for (bit, name) in (0..).zip(RECEIPT_FIELDS) {
        let Some(value) = field(text, name) else {
            receipts.lacking.see(bit);
            continue;
        };
        receipts.fields.see(bit);
        match name {
            "id" => text_id = Some(value),
            "submit date" | "done date" => receipts.date_digits.see(value.len() as u32),
            "stat" if MessageState::parse(value).is_none() => receipts.words.see(value),
            _ => {}
        }
    }
    if let Some(spelled) = tlv_id.or(text_id) {
        id(&mut sight.receipt_ids, spelled);
    }
}

/// The word behind `name:` where a word begins; an underscore or nothing may stand for a blank.
fn field<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let begins = |at: usize| at == 0 || !text[at - 1].is_ascii_alphanumeric();
    let end = (0..text.len()).filter(|at| begins(*at)).find_map(|at| label(text, at, name))?;
    let value = &text[end..];
    let len = value.iter().take_while(|octet| !octet.is_ascii_whitespace() && **octet != 0).count();
    Some(&value[..len])
}

/// Where the label ends if it stands here.
fn label(text: &[u8], at: usize, name: &str) -> Option<usize> {
    let mut at = at;
    for expected in name.bytes() {
        let found = text.get(at)?;
        if found.eq_ignore_ascii_case(&expected) || expected == b' ' && *found == b'_' {
            at += 1;
        } else if expected != b' ' {
            return None;
        }
    }
    (text.get(at) == Some(&b':')).then_some(at + 1)
}

fn starts_like_a_receipt(text: &[u8]) -> bool {
    label(text, 0, "id").is_some() && field(text, "stat").is_some()
}

const ESCAPE: u8 = 0x1B;

/// What may follow an escape (3GPP TS 23.038 §6.2.1.1).
const EXTENSIONS: [u8; 10] = [0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65];
