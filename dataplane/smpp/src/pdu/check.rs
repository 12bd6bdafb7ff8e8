//! Whether a well-formed submit_sm means something legal, in the order in which we
//! promise to answer: addresses, esm_class, priority_flag, times, registered_delivery,
//! TLVs.
//!
//! Decoding has already answered what is not well formed (ESME_RINVMSGLEN among
//! it). data_coding is judged by whoever reads texts, routes by whoever knows them.

use super::{ShortMessage, esm_class};
use crate::address::ton;
use crate::{Field, FieldError, Validity};

impl ShortMessage<'_> {
    /// The first field that is not legal in a submit_sm.
    pub fn check(&self) -> Result<(), FieldError> {
        let checks = [
            (self.source.has_legal_ton(), Field::SourceAddrTon),
            (self.source.has_legal_npi(), Field::SourceAddrNpi),
            (self.destination.has_legal_ton(), Field::DestAddrTon),
            (self.destination.has_legal_npi(), Field::DestAddrNpi),
            (self.has_legal_source(), Field::SourceAddr),
            (self.has_legal_destination(), Field::DestinationAddr),
            (self.has_legal_esm_class(), Field::EsmClass),
            (self.priority_flag <= PRIORITY_MAX, Field::PriorityFlag),
            (is_legal_time(self.validity_period), Field::ValidityPeriod),
            (is_legal_time(self.schedule_delivery_time), Field::ScheduleDeliveryTime),
            (self.registered_delivery & 0xE0 == 0, Field::RegisteredDelivery),
            (self.replace_if_present <= 1, Field::ReplaceIfPresent),
            (self.tlvs.iter().all(|tlv| tlv.has_legal_size()), Field::TlvLength),
        ];
        match checks.into_iter().find(|(legal, _)| !legal) {
            Some((_, field)) => Err(FieldError::of(field)),
            None => Ok(()),
        }
    }

    /// Empty (the message centre's default), a number, or, unless the type of number
    /// promises digits, a name without control characters.
    fn has_legal_source(&self) -> bool {
        let source = &self.source;
        let is_name = source.addr.iter().all(|&octet| octet >= b' ' && octet != 0x7F);
        let may_be_name = !matches!(source.ton, ton::INTERNATIONAL | ton::NATIONAL);
        source.addr.is_empty() && source.ton != ton::ALPHANUMERIC
            || source.digits().is_some()
            || may_be_name && is_name && !source.addr.is_empty()
    }

    /// One to twenty digits, perhaps behind a `+`.
    fn has_legal_destination(&self) -> bool {
        self.destination.digits().is_some_and(|digits| digits.len() <= 20)
    }

    /// An ESME sends ordinary messages and acknowledgements, never receipts
    /// (SMPP 3.4 §5.2.12).
    fn has_legal_esm_class(&self) -> bool {
        matches!(
            self.esm_class & esm_class::TYPE_MASK,
            0 | esm_class::TYPE_DELIVERY_ACK | esm_class::TYPE_USER_ACK
        )
    }
}

/// The highest priority_flag any network has (5.0 §4.7.14: 3, and 4 of cell broadcast).
const PRIORITY_MAX: u8 = 4;

fn is_legal_time(octets: &[u8]) -> bool {
    Validity::parse(octets).is_ok()
}
