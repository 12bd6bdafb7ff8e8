//! Rusmpp, written by others from the same standard, reads what we write.

use bytes::BytesMut;
use proptest::prelude::*;
use rusmpp_core::decode::owned::DecodeWithLength;
use rusmpp_core::encode::{Length, owned::Encode};
use rusmpp_core::pdus::owned::Pdu as Theirs;

use super::{address, as_address, octets, tlvs};
use crate::{HEADER_LEN, ShortMessage};

fn read(pdu: &[u8]) -> Option<rusmpp_core::command::owned::Command> {
    let mut body = BytesMut::from(&pdu[4..]);
    let length = body.len();
    let (command, used) = rusmpp_core::command::owned::Command::decode(&mut body, length).ok()?;
    (used == length).then_some(command)
}

/// What the oracle can read, it writes as we did. It refuses some of what peers
/// send and we accept (texts that are no ASCII, times of other lengths, addresses
/// of data_sm above twenty octets): of those it has no opinion.
pub(super) fn agrees(pdu: &[u8]) {
    let Some(command) = read(pdu) else { return };
    if command.pdu().is_none() && pdu.len() > HEADER_LEN {
        return;
    }
    let mut again = BytesMut::with_capacity(command.length());
    command.encode(&mut again);
    assert_eq!(&again[..], &pdu[4..]);
}

proptest! {
    #[test]
    fn the_oracle_sees_the_fields_we_wrote(
        numbers in ("[0-9]{1,20}", "[ -~]{0,20}"), service_type in "[A-Z]{0,5}",
        ton in 0..7_u8, flags in any::<[u8; 4]>(), text in octets(255),
    ) {
        let source = (ton, 1, numbers.1.clone().into_bytes());
        let destination = (1, 1, numbers.0.clone().into_bytes());
        let message = ShortMessage {
            service_type: service_type.as_bytes(),
            source: as_address(&source),
            destination: as_address(&destination),
            protocol_id: flags[0],
            sm_default_msg_id: flags[1],
            short_message: &text,
            ..ShortMessage::default()
        };
        let mut pdu = Vec::new();
        message.encode_submit_sm(0x0102_0304, &mut pdu);
        let command = read(&pdu).expect("the oracle reads a plain submit_sm");
        prop_assert_eq!(command.sequence_number, 0x0102_0304);
        let Some(Theirs::SubmitSm(seen)) = command.pdu() else { panic!("a submit_sm") };
        prop_assert_eq!(seen.service_type.value().as_str(), service_type);
        prop_assert_eq!(seen.source_addr.as_str(), numbers.1);
        prop_assert_eq!(seen.destination_addr.as_str(), numbers.0);
        prop_assert_eq!(u8::from(seen.source_addr_ton), ton);
        prop_assert_eq!(seen.protocol_id, flags[0]);
        prop_assert_eq!(seen.sm_default_msg_id, flags[1]);
        prop_assert_eq!(seen.short_message().as_ref(), &text[..]);
    }

    #[test]
    fn the_oracle_writes_what_it_read(
        source in address(21), destination in address(21), text in octets(255), tlvs in tlvs(),
    ) {
        let message = ShortMessage {
            source: as_address(&source),
            destination: as_address(&destination),
            short_message: &text,
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        let mut pdu = Vec::new();
        message.encode_deliver_sm(1, &mut pdu);
        agrees(&pdu);
    }
}
