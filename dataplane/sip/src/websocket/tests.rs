//! Handshakes and frames: the examples of RFC 6455 and 7118, every law as a table, and the same
//! events however the octets arrive.

use proptest::prelude::*;

use super::put_message;
use super::{Decoder, Event, Handshake, Opcode, Refused, Violation, put_close, put_frame};
use crate::MESSAGE_MAX;

/// RFC 7118 §8.1.
const REQUEST: &str = "GET / HTTP/1.1\r\n\
    Host: sip-ws.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: http://www.example.com\r\n\
    Sec-WebSocket-Protocol: sip\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

fn replaced(old: &str, new: &str) -> String {
    assert!(REQUEST.contains(old), "{old}");
    REQUEST.replace(old, new)
}

#[test]
fn the_example_of_the_rfc_is_accepted_with_its_key() {
    for text in [
        REQUEST.to_owned(),
        replaced("Connection: Upgrade", "connection:keep-alive , upgrade"),
        replaced("Sec-WebSocket-Protocol: sip", "sec-websocket-protocol: msrp,  SIP"),
        replaced("Upgrade: websocket", "UPGRADE:WebSocket"),
    ] {
        let octets = [text.as_bytes(), b"rest"].concat();
        let (length, handshake) = Handshake::parse(&octets).unwrap().expect("a whole head");
        assert_eq!((length, handshake.target), (text.len(), "/"));
        let mut out = Vec::new();
        handshake.accept(&mut out);
        let answer = String::from_utf8(out).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        assert!(answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
        assert!(answer.contains("\r\nSec-WebSocket-Protocol: sip\r\n"));
        for end in 0..text.len() {
            assert_eq!(Handshake::parse(&octets[..end]), Ok(None), "{end}");
        }
    }
}

#[test]
fn what_opens_no_websocket_is_told_why() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let long = format!("Host: {}", "x".repeat(9000));
    let rows = [
        ("GET / HTTP/1.1", "GET / HTTP/1.0", Refused::Nonsense),
        ("GET / HTTP/1.1", "REGISTER sip:x SIP/2.0", Refused::Nonsense),
        ("GET / HTTP/1.1", "POST / HTTP/1.1", Refused::Method),
        ("Origin: ", "Origin ", Refused::NoWebSocket),
        ("Host: sip-ws.example.com\r\n", "", Refused::NoWebSocket),
        ("Upgrade: websocket\r\n", "", Refused::NoWebSocket),
        ("Connection: Upgrade\r\n", "Connection: close\r\n", Refused::NoWebSocket),
        (key, "", Refused::NoWebSocket),
        (key, &key.repeat(2), Refused::NoWebSocket),
        ("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", Refused::NoWebSocket),
        ("Version: 13", "Version: 8", Refused::Version),
        ("Protocol: sip", "Protocol: sips", Refused::Protocol),
        ("Host: sip-ws.example.com", &long, Refused::TooLong),
    ];
    for (old, new, refused) in rows {
        let text = replaced(old, new);
        let text = if old == "Origin: " { text.replace("http://", "http//") } else { text };
        let refused = if old == "Origin: " { Refused::Nonsense } else { refused };
        assert_eq!(Handshake::parse(text.as_bytes()), Err(refused), "{text}");
        let mut out = Vec::new();
        refused.put(&mut out);
        let status = format!("HTTP/1.1 {} ", refused.status());
        assert!(out.starts_with(status.as_bytes()) && out.ends_with(b"\r\n\r\n"));
    }
}

/// A frame as a client sends it.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    put_frame(Opcode::Text, payload, &mut frame);
    let start = frame.len() - payload.len();
    (frame[0], frame[1]) = (first, frame[1] | 0x80);
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let hidden: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(o, m)| o ^ m).collect();
    frame.truncate(start);
    [frame, mask.to_vec(), hidden].concat()
}

/// All events of a stream that comes in pieces, with the octets of each.
fn events(octets: &[u8], pace: usize) -> Result<Vec<(Event, Vec<u8>)>, Violation> {
    let (mut decoder, mut held, mut out) = (Decoder::default(), Vec::new(), Vec::new());
    let mut found = Vec::new();
    for piece in octets.chunks(pace) {
        held.extend_from_slice(piece);
        while let Some((used, event)) = decoder.next(&held, &mut out)? {
            held.drain(..used);
            if event != Event::Piece {
                found.push((event, out.clone()));
            }
        }
    }
    Ok(found)
}

#[test]
fn the_examples_of_the_rfc() {
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(masked(0x81, b"Hello"), hello);
    assert_eq!(events(&hello, 1), Ok(vec![(Event::Message, b"Hello".to_vec())]));
    let pieces = [masked(0x01, b"Hel"), masked(0x89, b"ping"), masked(0x80, b"lo")].concat();
    let expected = vec![(Event::Ping, b"ping".to_vec()), (Event::Message, b"Hello".to_vec())];
    for pace in 1..=pieces.len() {
        assert_eq!(events(&pieces, pace), Ok(expected.clone()), "{pace}");
    }
    let mut out = Vec::new();
    put_frame(Opcode::Pong, b"Hello", &mut out);
    assert_eq!(out, [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    out.clear();
    put_close(1002, &mut out);
    assert_eq!(out, [0x88, 0x02, 0x03, 0xea]);
}

#[test]
fn lengths_of_every_form() {
    for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        let mut out = Vec::new();
        put_message(&vec![b'x'; length], &mut out);
        assert_eq!((out[0], out.len()), (0x81, header + length));
    }
    let mut out = Vec::new();
    put_message(&[0xff], &mut out);
    assert_eq!(out, [0x82, 1, 0xff], "what is no text goes as octets");
    let longest = masked(0x82, &vec![7; MESSAGE_MAX]);
    assert_eq!(events(&longest, 4096).unwrap()[0].1.len(), MESSAGE_MAX);
}

#[test]
fn e30_what_a_frame_may_not_be_ends_the_connection() {
    let protocol = 1002;
    let unmasked = vec![0x81, 0x05, b'H', b'e', b'l', b'l', b'o'];
    let gigabyte = vec![0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0];
    let endless = vec![0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let amid = [masked(0x01, b"a"), masked(0x81, b"b")].concat();
    let grown = [masked(0x02, &[0; 60_000]), masked(0x80, &[0; 6_000])].concat();
    let split = [masked(0x01, b"\xe2\x82"), masked(0x80, b"x")].concat();
    let rows = [
        ("unmasked", unmasked, protocol),
        ("a gigabyte", gigabyte, 1009),
        ("more than memory", endless, 1009),
        ("compressed", masked(0xC1, b"x"), protocol),
        ("unknown opcode", masked(0x83, b"x"), protocol),
        ("unknown control", masked(0x8B, b"x"), protocol),
        ("ping in pieces", masked(0x09, b"x"), protocol),
        ("long ping", masked(0x89, &[0; 126]), protocol),
        ("a piece of nothing", masked(0x80, b"x"), protocol),
        ("a message amid another", amid, protocol),
        ("pieces that grow", grown, 1009),
        ("bad UTF-8", masked(0x81, b"\xff"), 1007),
        ("bad UTF-8 across pieces", split, 1007),
        ("half a status", masked(0x88, b"x"), protocol),
        ("a status never sent", masked(0x88, &1005u16.to_be_bytes()), protocol),
        ("bad UTF-8 in a reason", masked(0x88, b"\x03\xe8\xff"), 1007),
    ];
    for (what, octets, status) in rows {
        let ended = events(&octets, 7).map_err(Violation::status);
        assert_eq!(ended, Err(status), "{what}");
    }
    assert_eq!(events(&masked(0x88, b"\x03\xe8bye"), 3).unwrap()[0].0, Event::Close(Some(1000)));
    assert_eq!(events(&masked(0x88, b""), 3).unwrap()[0].0, Event::Close(None));
}

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

proptest! {
    #[test]
    fn any_octets_are_the_same_events_in_any_pieces(
        frames in prop::collection::vec((any::<u8>(), octets(200)), 0..6),
        noise in prop::collection::vec(any::<u8>(), 0..20),
        pace in 1..64usize,
    ) {
        let frames = frames.iter().flat_map(|(first, payload)| masked(*first & 0x8F, payload));
        let octets: Vec<u8> = frames.chain(noise).collect();
        prop_assert_eq!(events(&octets, pace), events(&octets, octets.len().max(1)));
    }

    #[test]
    fn what_was_cut_in_pieces_is_put_together(
        text in "\\PC{0,300}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        pace in 1..64usize,
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        places.sort_unstable();
        let bounds = [vec![0], places, vec![text.len()]].concat();
        let mut octets = Vec::new();
        for (index, pair) in bounds.windows(2).enumerate() {
            let last = if index + 2 == bounds.len() { 0x80 } else { 0 };
            let opcode = if index == 0 { 1 } else { 0 };
            octets.extend(masked(last | opcode, &text.as_bytes()[pair[0]..pair[1]]));
        }
        prop_assert_eq!(events(&octets, pace), Ok(vec![(Event::Message, text.into_bytes())]));
    }

    #[test]
    fn no_octets_make_a_handshake_stumble(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Handshake::parse(&octets);
    }
}
