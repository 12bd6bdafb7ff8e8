use super::*;

use std::collections::BTreeMap;

use routing::MessageId;

fn sighting(local: &str, peer: &str) -> Sighting {
    Sighting {
        at_ns: 1_700_000_000_123_456_789,
        sent: true,
        speaks: Some(Speaks::Sip(Transport::Udp)),
        secure: false,
        local: local.parse().unwrap(),
        peer: peer.parse().unwrap(),
        id: Some(MessageId::new(1_700_000_000_000, 1, 2, 3)),
        octets: b"MESSAGE sip:1111@env1.example SIP/2.0\r\n\r\n".to_vec(),
        taps: Vec::new().into(),
        wanted: 1,
    }
}

/// The chunks of a packet, by their type.
fn chunks(packet: &[u8]) -> BTreeMap<u16, Vec<u8>> {
    let (head, mut rest) = packet.split_at(6);
    assert_eq!(&head[..4], b"HEP3");
    assert_eq!(usize::from(u16::from_be_bytes([head[4], head[5]])), packet.len());
    let mut chunks = BTreeMap::new();
    while let [0, 0, kind @ .., _, _] = rest.first_chunk::<6>().copied().unwrap_or([1; 6]) {
        let length = usize::from(u16::from_be_bytes([rest[4], rest[5]]));
        let (chunk, left) = rest.split_at(length);
        assert!(chunks.insert(u16::from_be_bytes(kind), chunk[6..].to_vec()).is_none());
        rest = left;
    }
    assert!(rest.is_empty());
    chunks
}

#[test]
fn a_packet_says_who_told_whom_what_and_when() {
    let sighting = sighting("192.0.2.1:5060", "198.51.100.7:40000");
    let mut packet = Vec::new();
    encode(&sighting, 77, &mut packet);
    let chunks = chunks(&packet);
    let rows: [(u16, &[u8]); 12] = [
        (0x01, &[2]),
        (0x02, &[17]),
        (0x03, &[192, 0, 2, 1]),
        (0x04, &[198, 51, 100, 7]),
        (0x07, &5060u16.to_be_bytes()),
        (0x08, &40000u16.to_be_bytes()),
        (0x09, &1_700_000_000u32.to_be_bytes()),
        (0x0A, &123_456u32.to_be_bytes()),
        (0x0B, &[1]),
        (0x0C, &77u32.to_be_bytes()),
        (0x0F, &sighting.octets),
        (0x11, &sighting.id.unwrap().text()),
    ];
    for (kind, value) in &rows {
        assert_eq!(chunks.get(kind).map(Vec::as_slice), Some(*value), "{kind:#x}");
    }
    assert_eq!(chunks.len(), 12);
}

#[test]
fn what_came_is_turned_round_and_smpp_is_told_apart() {
    let mut sighting = sighting("[2001:db8::1]:2775", "[2001:db8::2]:50000");
    (sighting.sent, sighting.speaks, sighting.id) = (false, Some(Speaks::Smpp), None);
    let mut packet = Vec::new();
    encode(&sighting, 1, &mut packet);
    let chunks = chunks(&packet);
    assert_eq!(chunks[&0x07], 50000u16.to_be_bytes());
    for (kind, value) in [(0x01, 10), (0x02, 6), (0x0B, 200)] {
        assert_eq!(chunks[&kind], [value], "{kind:#x}");
    }
    assert_eq!(chunks[&0x05][15], 2);
    assert!(!chunks.contains_key(&0x11));
}

#[test]
fn what_is_longer_than_a_packet_is_cut() {
    let mut sighting = sighting("192.0.2.1:5060", "198.51.100.7:40000");
    sighting.octets = vec![b'x'; 100_000];
    let mut packet = Vec::new();
    encode(&sighting, 1, &mut packet);
    assert_eq!(packet.len(), usize::from(u16::MAX));
    assert!(chunks(&packet)[&0x0F].len() > 65_000);
}

#[test]
fn a_decision_is_a_line_of_a_log() {
    let mut sighting = sighting("192.0.2.1:2775", "192.0.2.1:2775");
    sighting.speaks = None;
    let mut packet = Vec::new();
    encode(&sighting, 1, &mut packet);
    assert_eq!(chunks(&packet)[&0x0B], [100]);
}
