//! Data from an app that is too long for one message of a next hop: in each segment its header,
//! with the ports, and which segment it is.

use routing::{Content, Ingress, Refusal, Sms};
use smpp::pdu::esm_class;
use text::tpdu::USER_DATA_MAX;
use text::{Alphabet, Coding, Concat, Header, split_udh};

use super::splitting::part_of;

/// Is it data that an app sent, and too long for one message?
pub(super) fn is_long(sms: &Sms) -> bool {
    let Content::Coded { data_coding, octets, .. } = &sms.content else { return false };
    matches!(sms.ingress, Ingress::Sip { .. } | Ingress::Trunk { .. })
        && octets.len() > USER_DATA_MAX
        && Coding::of(*data_coding).alphabet == Alphabet::Binary
}

/// Its segments.
pub(super) fn segments(whole: &Sms, reference: u16, wide: bool) -> Result<Vec<Sms>, Refusal> {
    let Content::Coded { data_coding, alphabet, octets } = &whole.content else {
        return Ok(Vec::new());
    };
    let has_header = whole.esm_class & esm_class::UDHI != 0;
    let (before, data) = if has_header { split_udh(octets) } else { (None, &octets[..]) };
    let header = |total, sequence| {
        let mut header = Header::new();
        let concat = Concat { reference, total, sequence, wide };
        header.push_concat(&concat).and_then(|()| match &before {
            Some(before) => header.push_others(before),
            None => Ok(()),
        })?;
        Ok::<Header, text::udh::Full>(header)
    };
    let room = header(2, 1).map_err(|_| Refusal::TooLong)?.octets().len();
    let room = USER_DATA_MAX.checked_sub(room).filter(|room| *room > 0);
    let room = room.ok_or(Refusal::TooLong)?;
    let total = u8::try_from(data.len().div_ceil(room)).map_err(|_| Refusal::TooLong)?;
    let segment = |(sequence, data): (u8, &[u8])| {
        let header = header(total, sequence).map_err(|_| Refusal::TooLong)?;
        let octets = [header.octets(), data].concat();
        let content = Content::Coded { data_coding: *data_coding, alphabet: *alphabet, octets };
        let esm_class = whole.esm_class | esm_class::UDHI;
        Ok(Sms { esm_class, content, ..part_of(whole, sequence) })
    };
    (1..=total).zip(data.chunks(room)).map(segment).collect()
}
