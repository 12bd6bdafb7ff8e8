use super::*;

#[test]
fn what_is_written_is_read() {
    let answer = HandedAnswer {
        age_ns: 7,
        id: MessageId::from_bits(1 << 90),
        likeness: 9,
        owner: ShardId(3),
    };
    let link = Handed {
        link: LinkId(4),
        environment: 1,
        owner: Holder::Carrier(5),
        role: Role::Server,
        standing: Standing { state: State::BoundTrx, version: Version::V34, next: 77 },
        ends: ("127.0.0.2:2775".parse().unwrap(), "[::1]:4000".parse().unwrap()),
        since_ns: 1,
        counts: (2, 3),
        octets: b"half a PDU".to_vec(),
        answered: vec![answer, answer],
    };
    let ours = Handed { owner: Holder::Connection(6), role: Role::Client, ..link.clone() };
    let peer = "127.0.0.1:5060".parse().unwrap();
    let letter = Letter { socket: SocketId(1), peer, octets: b"MESSAGE".to_vec() };
    let estate = Estate { links: vec![link, ours], letters: vec![letter] };
    let mut octets = Vec::new();
    estate.encode(&mut octets);
    let mut reader = Reader(&octets);
    assert_eq!(Estate::decode(&mut reader), Ok(estate));
    assert!(reader.0.is_empty());
    for len in 0..octets.len() {
        assert_eq!(Estate::decode(&mut Reader(&octets[..len])), Err(Short), "{len}");
    }
}
