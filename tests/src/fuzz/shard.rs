//! A whole shard between arbitrary peers.

use std::time::Duration;

use shard::{Input, LinkId, SocketId, Unlink};
use smpp::frame::{self, PDU_MAX};
use smpp::{Bind, BindKind, BindResp, Command, Status};

use crate::door::{Door, peer};
use crate::model::{ENV1_SMPP, ENV2_SMPP, PASSWORD, address};

/// Octets on a link of a carrier, bound or not.
///
/// # Panics
///
/// If a request is answered twice, by another command or by no PDU at all.
pub fn carrier(data: &[u8]) {
    let Some((first, octets)) = data.split_first() else { return };
    let (mut door, link) = (Door::open(), LinkId(2));
    let (local, peer) = (address(ENV1_SMPP), peer(40_000));
    door.give(linked(link, Some(0), local, peer));
    let mut asked = Vec::new();
    let kinds = [BindKind::Transceiver, BindKind::Transmitter, BindKind::Receiver];
    if let Some(kind) = kinds.get(usize::from(first & 3)) {
        bind(*kind).encode(1, &mut asked);
        door.give(Input::Bytes { link, bytes: &asked });
    }
    converse(&mut door, link, *first, octets, &mut asked);
    check_answers(&asked, door.said.get(&link).map_or(&[], Vec::as_slice));
    end(&mut door, link);
}

/// Octets of an SMSC or another environment on a link that we dialled.
///
/// # Panics
///
/// As [`carrier`].
pub fn connection(data: &[u8]) {
    let Some((first, octets)) = data.split_first() else { return };
    let mut door = Door::open();
    let link = *door.dialled.first().expect("the site has connections");
    door.give(linked(link, None, peer(41_000), address(ENV2_SMPP)));
    let mut asked = Vec::new();
    if first & 1 == 0 {
        let resp = BindResp { system_id: b"env2", sc_interface_version: Some(0x34) };
        resp.encode(BindKind::Transceiver, Status::ROK, 1, &mut asked);
        door.give(Input::Bytes { link, bytes: &asked });
    }
    converse(&mut door, link, *first, octets, &mut asked);
    check_answers(&asked, door.said.get(&link).map_or(&[], Vec::as_slice));
    end(&mut door, link);
}

/// Datagrams from anybody: each is a length and as many octets.
///
/// # Panics
///
/// If more leaves than one answer and its retransmissions could explain.
pub fn datagram(data: &[u8]) {
    let (mut door, mut rest, mut came) = (Door::open(), data, 0);
    while let [high, low, tail @ ..] = rest {
        let len = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
        let (bytes, next) = tail.split_at(len);
        let peer = peer(5060 + u16::from(low & 3));
        door.give(Input::Datagram { socket: SocketId(0), peer, bytes });
        (rest, came) = (next, came + 1);
    }
    assert!(door.datagrams.len() <= 2 * came, "an answer at most, and a provisional one");
    door.wait(Duration::from_secs(120));
}

/// Says octets in pieces; now and then a second passes.
fn converse(door: &mut Door, link: LinkId, pace: u8, octets: &[u8], asked: &mut Vec<u8>) {
    asked.extend_from_slice(octets);
    for piece in octets.chunks(usize::from(pace >> 2).max(1) * 16) {
        door.give(Input::Bytes { link, bytes: piece });
        if pace & 0x10 != 0 {
            door.wait(Duration::from_millis(500));
        }
    }
}

/// Everything we said is a PDU, and no request has more answers than it was asked.
fn check_answers(asked: &[u8], said: &[u8]) {
    let asked = requests(asked);
    let mut said = said;
    let mut answered = Vec::new();
    while let Some(pdu) = frame::next(said, PDU_MAX).expect("a length that is true") {
        said = &said[pdu.len()..];
        if pdu.header.command.is_response() {
            answered.push((pdu.header.command, pdu.header.sequence));
        }
    }
    assert!(said.is_empty(), "half a PDU");
    for answer in &answered {
        let times = answered.iter().filter(|one| *one == answer).count();
        let questions = asked.iter().filter(|question| explains(**question, *answer)).count();
        let nacks = usize::from(answer.0 == Command::GenericNack);
        assert!(times <= questions + nacks, "{answer:?} {times} times for {questions} requests");
    }
}

fn explains(question: (Command, u32), answer: (Command, u32)) -> bool {
    question.1 == answer.1
        && (answer.0 == Command::GenericNack || question.0.response() == answer.0)
}

fn requests(octets: &[u8]) -> Vec<(Command, u32)> {
    let (mut rest, mut found) = (octets, Vec::new());
    while let Ok(Some(pdu)) = frame::next(rest, PDU_MAX) {
        rest = &rest[pdu.len()..];
        found.push((pdu.header.command, pdu.header.sequence));
    }
    found
}

/// The link goes, a day passes, and the shard is still sane.
fn end(door: &mut Door, link: LinkId) {
    door.give(Input::Unlinked { link, cause: Unlink::Reset });
    door.wait(Duration::from_secs(86_400));
}

fn linked(
    link: LinkId,
    listener: Option<u16>,
    local: std::net::SocketAddr,
    peer: std::net::SocketAddr,
) -> Input<'static> {
    Input::Linked { link, listener, local, peer, tls: false }
}

fn bind(kind: BindKind) -> Bind<'static> {
    Bind {
        kind,
        system_id: b"tata",
        password: PASSWORD.as_bytes(),
        system_type: b"",
        interface_version: 0x34,
        addr_ton: 0,
        addr_npi: 0,
        address_range: b"",
    }
}
