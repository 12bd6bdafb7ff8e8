//! The submit_sm of an Sms.

use routing::{DefaultAlphabet, MessageId, Sms, Trace};
use smpp::tlv::{self, tag};
use smpp::{ShortMessage, Tlvs, Version};

use crate::content;
use crate::egress::outward::Outward;
use crate::receipts::smpp_address;

/// What must be known of the next hop to speak to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub(super) version: Version,
    /// It is asked for a final receipt whatever the sender asked for.
    pub(super) always_ask: bool,
    /// What it is told of where the Sms has been, and how it wants addresses.
    pub(super) outward: Outward,
    pub(super) towards: DefaultAlphabet,
}

impl Hop {
    /// Can it read the Sms at all? Without TLVs there is no room for a long text.
    pub(super) fn can_take(&self, sms: &Sms) -> bool {
        let max = self.version.short_message_max();
        self.version.has_tlvs() || content::coded(sms, self.towards).1.len() <= max
    }

    /// What is asked for in registered_delivery. That only successes are reported came with
    /// 5.0: others are asked for every end.
    fn asks(&self, registered_delivery: u8) -> u8 {
        let others = registered_delivery & !0b11;
        match registered_delivery & 0b11 {
            _ if self.always_ask => others | 1,
            3 if !self.version.is_v50() => others | 1,
            wanted => others | wanted,
        }
    }

    /// TLVs that this peer knows, and vendors' own.
    fn put_tlvs(&self, sms: &Sms, raw: &mut Vec<u8>) {
        if !self.version.has_tlvs() {
            return;
        }
        let known = Tlvs::decode(&sms.tlvs).unwrap_or(Tlvs::EMPTY);
        if self.version.is_v50() {
            raw.extend_from_slice(&sms.tlvs);
        } else {
            let readable = known.iter().filter(|tlv| !tag::needs_v50(tlv.tag));
            readable.for_each(|tlv| tlv::put(tlv.tag, tlv.value, raw));
        }
        if known.get(tag::USER_MESSAGE_REFERENCE).is_none() {
            tlv::put_u16(tag::USER_MESSAGE_REFERENCE, reference(sms.id), raw);
        }
        if let Some(mark) = self.outward.mark {
            let mut trace = Vec::with_capacity(Trace::LEN_MAX);
            sms.trace.onwards(mark, sms.id).encode(&mut trace);
            tlv::put(tag::HOP_COUNT, &trace, raw);
        }
    }
}

/// The submit_sm of an Sms; what a carrier sent passes unchanged.
pub(super) fn encode_submit(sms: &Sms, sequence: u32, hop: &Hop, out: &mut Vec<u8>) {
    let (data_coding, octets) = content::coded(sms, hop.towards);
    let mut raw = Vec::new();
    hop.put_tlvs(sms, &mut raw);
    let validity = smpp::time::format_absolute((sms.expires_ns / 1_000_000_000) as i64);
    let message = ShortMessage {
        source: smpp_address(&hop.outward.source),
        destination: smpp_address(&hop.outward.destination),
        esm_class: sms.esm_class,
        protocol_id: sms.protocol_id,
        priority_flag: sms.priority,
        validity_period: &validity,
        registered_delivery: hop.asks(sms.registered_delivery),
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
pub(super) fn reference(id: MessageId) -> u16 {
    (0..5).fold(0, |folded, word| folded ^ (id.bits() >> (16 * word)) as u16)
}
