use proptest::prelude::*;

use super::*;
use crate::Status;

#[test]
fn stray_octets_and_values_past_the_end_are_refused() {
    let cases: [&[u8]; 5] =
        [&[0], &[0, 1], &[0, 1, 0], &[0, 1, 0, 1], &[0, 1, 0, 1, 9, 0, 1, 0, 2, 9]];
    for raw in cases {
        assert_eq!(Tlvs::decode(raw).unwrap_err().status, Status::RINVTLVSTREAM);
    }
    assert_eq!(Tlvs::decode(&[]), Ok(Tlvs::EMPTY));
}

#[test]
fn values_are_read_by_size() {
    let mut buffer = TlvBuffer::new();
    buffer
        .put_u8(tag::MESSAGE_STATE, 2)
        .put_u16(tag::USER_MESSAGE_REFERENCE, 0x1234)
        .put_c_octets(tag::RECEIPTED_MESSAGE_ID, b"abc")
        .put(0x3FFF, b"vendor")
        .put_u8(tag::MESSAGE_STATE, 5);
    let tlvs = Tlvs::decode(buffer.view().raw()).unwrap();
    assert_eq!(tlvs.get_u8(tag::MESSAGE_STATE), Some(2), "the first of two counts");
    assert_eq!(tlvs.get_u16(tag::USER_MESSAGE_REFERENCE), Some(0x1234));
    assert_eq!(tlvs.get_u8(tag::USER_MESSAGE_REFERENCE), None);
    assert_eq!(tlvs.get_c_octets(tag::RECEIPTED_MESSAGE_ID), Some(&b"abc"[..]));
    assert_eq!(tlvs.get_c_octets(0x3FFF), Some(&b"vendor"[..]));
    assert_eq!(tlvs.get(tag::HOP_COUNT), None);
    assert_eq!(tlvs.into_iter().count(), 5);
    let shown: Vec<String> = tlvs.iter().map(|tlv| tlv.to_string()).collect();
    assert_eq!(shown[1], "user_message_reference=1234");
    assert_eq!(shown[3], "0x3FFF=76656e646f72");
    buffer.clear();
    assert!(buffer.view().is_empty());
}

#[test]
fn a_value_a_tlv_cannot_hold_is_cut() {
    let huge = vec![1; 70_000];
    let mut buffer = TlvBuffer::new();
    buffer.put(1, &huge).put_c_octets(2, &huge);
    let tlvs = Tlvs::decode(buffer.view().raw()).unwrap();
    assert_eq!(tlvs.get(1).unwrap().len(), 65_535);
    assert_eq!(tlvs.get(2).unwrap().len(), 65_535);
    assert_eq!(tlvs.get(2).unwrap().last(), Some(&0));
}

#[test]
fn tags_have_names_and_no_doubles() {
    assert!(tag::ALL.is_sorted_by(|a, b| a < b));
    assert!(tag::ALL.iter().all(|&tag| tag::name(tag).is_some()));
    assert_eq!(tag::name(0x1401), Some("hop_count"));
    assert_eq!(tag::name(0x9999), None);
}

proptest! {
    #[test]
    fn any_octets_are_walked_without_loss(raw in proptest::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(tlvs) = Tlvs::decode(&raw) {
            let sum: usize = tlvs.iter().map(|tlv| tlv.value.len() + TLV_HEADER_LEN).sum();
            prop_assert_eq!(sum, raw.len());
        }
    }
}

#[test]
fn every_tag_of_the_standard_has_its_size() {
    let legal = |tag: u16, size: usize| Tlv { tag, value: &vec![0; size] }.has_legal_size();
    for &tag in tag::ALL {
        let (least, most) = tag::size(tag).unwrap();
        let (least, most) = (usize::from(least), usize::from(most));
        assert!(legal(tag, least) && legal(tag, most), "{tag:#06x}");
        assert!(least == 0 || !legal(tag, least - 1), "{tag:#06x}");
        assert!(most == usize::from(u16::MAX) || !legal(tag, most + 1), "{tag:#06x}");
    }
    assert_eq!(tag::size(tag::CALLBACK_NUM), Some((4, 19)));
    assert_eq!(tag::size(tag::NETWORK_ERROR_CODE), Some((3, 3)));
    assert!(legal(0x1400, 0) && legal(0x3FFF, 300) && legal(0x7777, 1), "nobody knows these");
}
