//! The deliver_sm of a receipt (SMPP 3.4 §4.6, appendix B), as its carrier wants to read it.

use routing::{IdForm, ReceiptForm};
use smpp::pdu::esm_class;
use smpp::tlv::tag;
use smpp::{MessageState, ShortMessage, TlvBuffer, Version};

use crate::mail::Receipt;
use crate::spelling::{Place, Spelling};

/// Memory for the words and the parameters of one receipt.
#[derive(Debug, Default)]
pub(super) struct Desk {
    text: Vec<u8>,
    tlvs: TlvBuffer,
}

/// Appends the deliver_sm of a receipt.
pub(super) fn encode_receipt(
    receipt: &Receipt,
    sequence: u32,
    (version, ids, form): (Version, IdForm, ReceiptForm),
    desk: &mut Desk,
    out: &mut Vec<u8>,
) {
    let id = Spelling::of(ids, version, Place::Receipt).write(receipt.told);
    let code = receipt.code.min(999);
    let err = [100, 10, 1].map(|place| b'0' + (code / place % 10) as u8);
    let state = MessageState::decode(receipt.state as u8);
    let said = smpp::Receipt {
        id: id.as_bytes(),
        sub: Some(1),
        dlvrd: Some(u16::from(state == Some(MessageState::Delivered))),
        submit_date: Some(secs(receipt.submitted_ns)),
        done_date: Some(secs(receipt.done_ns)),
        state,
        err: &err,
        text: &receipt.text,
    };
    let (has_words, has_tlvs) = match form {
        _ if !version.has_tlvs() => (true, false),
        ReceiptForm::Both | ReceiptForm::Seconds => (true, true),
        ReceiptForm::Words => (true, false),
        ReceiptForm::Tlvs => (false, true),
    };
    let Desk { text, tlvs } = desk;
    text.clear();
    tlvs.clear();
    if has_words && form == ReceiptForm::Seconds {
        said.encode_text_to_the_second(text);
    } else if has_words {
        said.encode_text(text);
    }
    if has_tlvs {
        said.put_tlvs(tlvs);
        if let Some(reference) = receipt.reference {
            tlvs.put_u16(tag::USER_MESSAGE_REFERENCE, reference);
        }
        if receipt.code > 0 {
            let [high, low] = (receipt.code.min(u32::from(u16::MAX)) as u16).to_be_bytes();
            tlvs.put(tag::NETWORK_ERROR_CODE, &[MESSAGE_CENTRE, high, low]);
        }
    }
    let message = ShortMessage {
        source: smpp_address(&receipt.source),
        destination: smpp_address(&receipt.destination),
        esm_class: match receipt.state.is_final() {
            true => esm_class::TYPE_RECEIPT,
            false => esm_class::TYPE_INTERMEDIATE,
        },
        short_message: text,
        tlvs: tlvs.view(),
        ..ShortMessage::default()
    };
    message.encode_deliver_sm(sequence, out);
}

pub(crate) fn smpp_address(address: &routing::Address) -> smpp::Address<'_> {
    smpp::Address { ton: address.ton, npi: address.npi, addr: address.as_bytes() }
}

fn secs(unix_ns: u64) -> i64 {
    (unix_ns / 1_000_000_000) as i64
}

/// The network type of a code that is the message centre's own (SMPP 5.0 §4.8.4.42).
const MESSAGE_CENTRE: u8 = 8;
