use super::*;

use shard::Transport;

fn sighting(speaks: Speaks, sent: bool, octets: &[u8]) -> Sighting {
    Sighting {
        at_ns: 1,
        sent,
        speaks: Some(speaks),
        secure: false,
        local: "192.0.2.1:2775".parse().unwrap(),
        peer: "198.51.100.7:40001".parse().unwrap(),
        id: None,
        octets: octets.to_vec(),
        taps: Vec::new().into(),
        wanted: 1,
    }
}

fn packets(conversations: &mut Conversations, sighting: &Sighting) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    conversations.packets(sighting, |packet| packets.push(packet.to_vec()));
    packets
}

/// A receiver adds everything up, checksums included, and gets all ones (RFC 1071 §1).
fn adds_up(packet: &[u8]) {
    let (head, carried) = packet.split_at(V4_HEAD);
    assert_eq!(folded(sum_of(head)), u16::MAX, "IP");
    let ends = sum_of(&head[12..]) + u64::from(head[9]) + carried.len() as u64;
    assert_eq!(folded(ends + sum_of(carried)), u16::MAX, "TCP or UDP");
    assert_eq!(usize::from(u16::from_be_bytes([head[2], head[3]])), packet.len());
}

#[test]
fn checksums_are_right_for_any_length() {
    for length in [0, 1, 2, 3, 160, 1_301, 65_000] {
        let octets = vec![0xA5; length];
        let datagram = sighting(Speaks::Sip(Transport::Udp), true, &octets);
        let pdu = sighting(Speaks::Smpp, false, &octets);
        for sighting in [datagram, pdu] {
            packets(&mut Conversations::default(), &sighting).iter().for_each(|one| adds_up(one));
        }
    }
}

#[test]
fn a_conversation_counts_the_octets_of_either_side() {
    let mut conversations = Conversations::default();
    let numbers = |packet: &[u8]| {
        let four = |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().unwrap());
        (four(24), four(28))
    };
    let said = [(false, 10, (1, 1)), (true, 7, (1, 11)), (false, 5, (11, 8)), (true, 1, (8, 16))];
    for (sent, length, expected) in said {
        let sighting = sighting(Speaks::Smpp, sent, &vec![0; length]);
        let packets = packets(&mut conversations, &sighting);
        assert_eq!(packets.iter().map(|one| numbers(one)).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn what_is_longer_than_a_packet_takes_several() {
    let sighting = sighting(Speaks::Smpp, true, &vec![1; 150_000]);
    let packets = packets(&mut Conversations::default(), &sighting);
    let carried: usize = packets.iter().map(|one| one.len() - V4_HEAD - TCP_HEAD).sum();
    assert_eq!((packets.len(), carried), (3, 150_000));
}
