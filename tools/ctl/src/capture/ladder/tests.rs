use super::*;

fn packet(at_us: u64, from: &str, to: &str, sent: bool, payload: &[u8]) -> Packet {
    Packet {
        at_ns: 1_000_000_000 + at_us * 1_000,
        from: from.parse().expect("an address"),
        to: to.parse().expect("an address"),
        sent,
        id: Some("0CHP041FG0800000".to_owned()),
        payload: payload.to_vec(),
    }
}

fn pdu(command: u32, status: u32) -> Vec<u8> {
    [16, command, status, 7].iter().flat_map(|word: &u32| word.to_be_bytes()).collect()
}

const TATA: &str = "198.51.100.7:40001";
const SMPP: &str = "192.0.2.1:2775";
const SIP: &str = "192.0.2.1:5060";
const APP: &str = "203.0.113.9:5070";

fn story() -> Vec<Packet> {
    vec![
        packet(1_300, SIP, APP, true, b"MESSAGE sip:1111@203.0.113.9:5070 SIP/2.0\r\n\r\n"),
        packet(0, TATA, SMPP, false, &pdu(4, 0)),
        packet(1_250, SMPP, TATA, true, &pdu(0x8000_0004, 0)),
        packet(9_000, APP, SIP, false, b"SIP/2.0 404 Not Found\r\n\r\n"),
        packet(9_400, SMPP, TATA, true, &pdu(5, 0)),
        packet(12_000, TATA, SMPP, false, &pdu(0x8000_0005, 8)),
    ]
}

#[test]
fn a_ladder_has_a_rung_for_each_message_in_the_order_of_time() {
    let journeys = journeys(story().into_iter());
    assert_eq!(journeys.len(), 1);
    let drawn = draw(&journeys[0]);
    let plain = anstream::adapter::strip_str(&drawn).to_string();
    let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    assert_eq!(lines, include_str!("ladder.txt").lines().collect::<Vec<_>>());
    assert_eq!(journeys[0].steps.iter().filter(|step| step.bad).count(), 2);
}

#[test]
fn what_has_no_name_is_on_no_ladder() {
    let mut story = story();
    story.iter_mut().for_each(|packet| packet.id = None);
    assert!(journeys(story.into_iter()).is_empty());
    for payload in [&b""[..], b"\0\0\0\x10\0\0\0\x15", &pdu(0x15, 0)] {
        assert_eq!(named(payload), None);
    }
}
