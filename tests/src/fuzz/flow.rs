//! Connections of apps: SIP on a stream, WebSockets, and a shard that keeps both.

use std::time::Duration;

use shard::{Input, LinkId, Unlink};
use sip::websocket::{Decoder, Event, Handshake};
use sip::{Cut, Framer, Message};

use crate::door::{Door, peer};
use crate::model::{ENV1_SIP, address};

/// A stream of SIP is cut into the same messages wherever the network cuts it.
///
/// # Panics
///
/// If it is not so.
pub fn sip_stream(data: &[u8]) {
    let Some((pace, octets)) = data.split_first() else { return };
    let whole = messages(octets, octets.len().max(1));
    assert_eq!(whole, messages(octets, usize::from(*pace).max(1)), "however they come");
    for message in &whole {
        if let Ok(read) = Message::parse(message) {
            assert!(message.ends_with(read.body()), "cut where its body ends");
        }
        let _ = Message::salvage(message);
    }
}

/// All messages of a stream that comes in pieces.
fn messages(octets: &[u8], pace: usize) -> Vec<Vec<u8>> {
    let (mut framer, mut held, mut found) = (Framer::default(), Vec::new(), Vec::new());
    for piece in octets.chunks(pace) {
        held.extend_from_slice(piece);
        loop {
            match framer.cut(&held, false) {
                Ok(Cut::More) => break,
                Ok(Cut::Ping(length) | Cut::Pong(length)) => drop(held.drain(..length)),
                Ok(Cut::Message(length)) => found.push(held.drain(..length).collect()),
                Err(_) => return found,
            }
        }
    }
    found
}

/// A WebSocket's frames are the same events wherever the network cuts them, and what is put
/// together is never longer than a message may be.
///
/// # Panics
///
/// If it is not so.
pub fn websocket(data: &[u8]) {
    let Some((pace, octets)) = data.split_first() else { return };
    let (whole, pieces) = (events(octets, octets.len().max(1)), events(octets, (*pace).into()));
    assert_eq!(whole, pieces, "however they come");
    if let Ok(Some((length, handshake))) = Handshake::parse(octets) {
        assert!(length <= octets.len());
        let mut out = Vec::new();
        handshake.accept(&mut out);
        assert!(out.ends_with(b"\r\n\r\n"));
    }
}

fn events(octets: &[u8], pace: usize) -> Vec<(Event, Vec<u8>)> {
    let (mut decoder, mut held, mut out) = (Decoder::default(), Vec::new(), Vec::new());
    let mut found = Vec::new();
    for piece in octets.chunks(pace.max(1)) {
        held.extend_from_slice(piece);
        loop {
            match decoder.next(&held, &mut out) {
                Ok(None) => break,
                Ok(Some((length, event))) => {
                    held.drain(..length);
                    assert!(out.len() <= sip::MESSAGE_MAX);
                    found.extend((event != Event::Piece).then(|| (event, out.clone())));
                }
                Err(_) => return found,
            }
        }
    }
    found
}

/// A connection of somebody who never proves who they are: whatever they say, and however slowly,
/// they are gone after a minute.
///
/// # Panics
///
/// If it is not so.
pub fn flow(data: &[u8]) {
    let Some((first, octets)) = data.split_first() else { return };
    let (mut door, link) = (Door::open(), LinkId(2));
    let listener = Some(1 + u16::from(first & 1));
    let local = address(ENV1_SIP);
    door.give(Input::Linked { link, listener, local, peer: peer(40_000), tls: false });
    for bytes in octets.chunks(usize::from(first >> 2).max(1) * 16) {
        door.give(Input::Bytes { link, bytes });
        if first & 2 != 0 {
            door.wait(Duration::from_millis(500));
        }
    }
    door.wait(Duration::from_secs(61));
    assert!(door.closed.contains(&link), "a stranger for more than a minute");
    door.give(Input::Unlinked { link, cause: Unlink::Asked });
    door.wait(Duration::from_secs(61));
}
