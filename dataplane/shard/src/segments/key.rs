//! Which segment of which text an Sms is.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use routing::{Address, Content, Ingress, MessageId, Sms, Target};
use smpp::Tlvs;
use smpp::pdu::esm_class;
use smpp::tlv::tag;
use text::{Piece, Udh};

/// Who sends: an environment and a carrier, connection or account of it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Sender {
    Carrier(u32, u32),
    Connection(u32, u32),
    Account(u32, u32),
}

/// What the segments of one text have in common beside their sender.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub(super) source: Address,
    pub(super) account: u32,
    pub(super) reference: u16,
    pub(super) total: u8,
    pub(super) said: Said,
}

/// How a reference is said; those said differently never mix.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Said {
    /// With 8 bits in a header.
    Narrow,
    /// With 16 bits in a header.
    Wide,
    /// In TLVs (SMPP 3.4 §5.3.2.22).
    Beside,
}

/// Which text of whom.
pub(super) type Text = (Sender, Key);

/// A segment, as its head knows it.
pub(super) type Part = Piece<MessageId>;

/// Which segment of which text an Sms is; `None` if it stands alone. What has one attempt only
/// waits for nobody: its sender does, for its outcome.
pub(super) fn segment(sms: &Sms) -> Option<(Sender, Key, Part)> {
    let Content::Coded { octets, .. } = &sms.content else { return None };
    let has_header = sms.esm_class & esm_class::UDHI != 0;
    if (!has_header && sms.tlvs.is_empty()) || sms.is_single() {
        return None;
    }
    let (said, (reference, total, sequence)) = match Udh::decode(octets) {
        Some((udh, _)) if has_header => {
            let concat = udh.concat()?;
            let said = if concat.wide { Said::Wide } else { Said::Narrow };
            (said, (concat.reference, concat.total, concat.sequence))
        }
        Some(_) | None => (Said::Beside, beside(&sms.tlvs)?),
    };
    let sender = match sms.ingress {
        Ingress::Smpp { carrier, .. } => Sender::Carrier(sms.environment, carrier),
        Ingress::Connection { connection, .. } => Sender::Connection(sms.environment, connection),
        // A handset sends segments as they are on the air.
        Ingress::Sip { account, .. } => Sender::Account(sms.environment, account),
        Ingress::Trunk { .. } => return None,
    };
    let Target::Account(account) = sms.target else { return None };
    let key = Key { source: sms.calling(), account, reference, total, said };
    let likeness = BuildHasherDefault::<DefaultHasher>::default().hash_one(octets);
    (total > 1).then_some((sender, key, Piece { name: sms.id, sequence, likeness }))
}

/// What the three SAR parameters say, if they are there and agree (SMPP 3.4 §5.3.2.22).
fn beside(tlvs: &[u8]) -> Option<(u16, u8, u8)> {
    let tlvs = Tlvs::decode(tlvs).ok()?;
    let total = tlvs.get_u8(tag::SAR_TOTAL_SEGMENTS)?;
    let sequence = tlvs.get_u8(tag::SAR_SEGMENT_SEQNUM)?;
    let reference = tlvs.get_u16(tag::SAR_MSG_REF_NUM)?;
    (1..=total).contains(&sequence).then_some((reference, total, sequence))
}
