//! The submit_sm of an Sms.

use routing::{DefaultAlphabet, MessageId, Sms};
use smpp::tlv::{self, tag};
use smpp::{ShortMessage, Tlvs};

use crate::content;
use crate::receipts::smpp_address;

/// The submit_sm of an Sms; what a carrier sent passes unchanged.
pub(super) fn encode_submit(
    sms: &Sms,
    sequence: u32,
    has_tlvs: bool,
    count_hops: bool,
    towards: DefaultAlphabet,
    out: &mut Vec<u8>,
) {
    let (data_coding, octets) = content::coded(sms, towards);
    let mut raw = Vec::new();
    if has_tlvs {
        raw.extend_from_slice(&sms.tlvs);
        let known = Tlvs::decode(&raw).unwrap_or(Tlvs::EMPTY);
        if known.get(tag::USER_MESSAGE_REFERENCE).is_none() {
            tlv::put_u16(tag::USER_MESSAGE_REFERENCE, reference(sms.id), &mut raw);
        }
        if count_hops {
            tlv::put_u8(tag::HOP_COUNT, sms.hops.saturating_add(1), &mut raw);
        }
    }
    let validity = smpp::time::format_absolute((sms.expires_ns / 1_000_000_000) as i64);
    let message = ShortMessage {
        source: smpp_address(&sms.source),
        destination: smpp_address(&sms.destination),
        esm_class: sms.esm_class,
        protocol_id: sms.protocol_id,
        priority_flag: sms.priority,
        validity_period: &validity,
        registered_delivery: sms.registered_delivery,
        data_coding,
        short_message: &octets,
        tlvs: Tlvs::decode(&raw).unwrap_or(Tlvs::EMPTY),
        ..ShortMessage::default()
    };
    message.encode_submit_sm(sequence, out);
}

/// The same for the same Sms whenever it is sent, and most likely different for another one:
/// a next hop that takes equal texts for one Sms looks at it. The low bits of an id alone
/// would be 0 for the first Sms of every millisecond.
fn reference(id: MessageId) -> u16 {
    (0..5).fold(0, |folded, word| folded ^ (id.bits() >> (16 * word)) as u16)
}
