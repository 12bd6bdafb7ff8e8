#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::Duration;

use routing::board::{Count, Least, Most};
use smpp::pdu::{put_enquire_link, put_error};
use smpp::tlv::{TlvBuffer, tag};
use smpp::{Status, Version};

use super::*;

/// A link that is seen from its first PDU on.
struct Scene {
    seen: Seen,
    at: Moment,
}

impl Scene {
    fn new() -> Self {
        let at = Moment { now: Instant::now(), unix_ns: 1_705_314_600_000_000_000 };
        Self { seen: Seen::default(), at }
    }

    fn pass(&mut self, ms: u64) {
        self.at.now += Duration::from_millis(ms);
    }

    fn hears(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        self.hears_under(Verdict::Allow, put);
    }

    fn hears_under(&mut self, verdict: Verdict, put: impl FnOnce(&mut Vec<u8>)) {
        let mut octets = Vec::new();
        put(&mut octets);
        let pdu = frame::next(&octets, usize::MAX).unwrap().unwrap();
        self.seen.received(self.at, &pdu, verdict);
    }

    fn says(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        let mut octets = Vec::new();
        put(&mut octets);
        self.seen.sent(self.at, &octets);
    }

    fn sight(&mut self) -> Sight {
        self.seen.take().unwrap()
    }
}

fn text(data_coding: u8, short_message: &[u8]) -> ShortMessage<'_> {
    ShortMessage { data_coding, short_message, ..ShortMessage::default() }
}

fn receipt(short_message: &[u8]) -> ShortMessage<'_> {
    ShortMessage { esm_class: 0x04, short_message, ..ShortMessage::default() }
}

#[test]
fn versions_windows_and_times_are_counted() {
    let mut scene = Scene::new();
    let resp = BindResp { system_id: b"smsc", sc_interface_version: Some(Version::V50.0) };
    scene.hears(|out| resp.encode(BindKind::Transceiver, Status::ROK, 1, out));
    scene.says(|out| (2..=4).for_each(|sequence| text(0, b"").encode_submit_sm(sequence, out)));
    scene.pass(7);
    let resp = SubmitResp { message_id: b"0A1F", tlvs: smpp::Tlvs::EMPTY };
    scene.hears(|out| resp.encode(Status::ROK, 2, out));
    scene.hears(|out| put_error(Command::SubmitSm, Status::RTHROTTLED, 3, out));
    scene.says(|out| text(0, b"").encode_submit_sm(5, out));
    scene.seen.unanswered(2);
    let sight = scene.sight();
    assert_eq!((sight.version, sight.sent, sight.our_window), (Most(0x50), Count(4), Most(3)));
    assert_eq!((sight.answer_least_us, sight.answer_most_us), (Least(7_000), Most(7_000)));
    assert_eq!((sight.timed, sight.unanswered), (Count(1), Count(2)));
    assert_eq!(sight.said.count(Status::RTHROTTLED.0), 1);
    assert_eq!((sight.ids.seen, sight.ids.upper, sight.ids.zeros), (Count(1), Count(1), Count(1)));
    assert_eq!((sight.our_rate, sight.their_rate), (Most(4), Most(0)));
    assert!(scene.seen.take().is_none(), "there is no news");
}

#[test]
fn rates_are_those_of_the_last_full_second() {
    let mut scene = Scene::new();
    scene.says(|out| (2..=4).for_each(|sequence| text(0, b"").encode_submit_sm(sequence, out)));
    scene.hears(|out| text(0, b"").encode_deliver_sm(1, out));
    assert_eq!(scene.seen.rates(scene.at), (0, 0));
    scene.at.unix_ns += NANOS;
    assert_eq!(scene.seen.rates(scene.at), (1, 3));
    scene.hears(|out| text(0, b"").encode_deliver_sm(2, out));
    assert_eq!(scene.seen.rates(scene.at), (1, 3));
    scene.at.unix_ns += NANOS;
    assert_eq!(scene.seen.rates(scene.at), (1, 0));
}

#[test]
fn what_a_carrier_sends_is_counted() {
    let mut scene = Scene::new();
    for sequence in 1..=3 {
        scene.hears(|out| text(8, b"\0h\0i").encode_submit_sm(sequence, out));
    }
    scene.says(|out| put_error(Command::SubmitSm, Status::RTHROTTLED, 1, out));
    scene.hears(|out| text(0, b"hi").encode_submit_sm(4, out));
    for pause in [30_000, 45_000, 1] {
        scene.hears(|out| put_enquire_link(9, out));
        scene.pass(pause);
    }
    let sight = scene.sight();
    assert_eq!((sight.received, sight.their_window), (Count(4), Most(3)));
    assert_eq!((sight.codings.count(8), sight.codings.count(0)), (3, 1));
    assert_eq!(sight.told.count(Status::RTHROTTLED.0), 1);
    assert_eq!((sight.enquire_least_ms, sight.enquire_most_ms), (Least(30_000), Most(45_000)));
}

#[test]
fn texts_without_an_alphabet_tell_what_they_are_made_of() {
    type Shows = fn(&mut routing::board::Plain);
    let all: [(&[u8], Shows); 7] = [
        (b"hello", |_| {}),
        ("Gr\u{fc}\u{df}e".as_bytes(), |plain| (plain.high.add(1), plain.utf8.add(1)).0),
        (b"Gr\xFC\xDFe aus der Stadt", |plain| plain.high.add(1)),
        (b"\xC8\x32\x9B\xFD\xBE", |plain| (plain.high.add(1), plain.dense.add(1)).0),
        (b"1 \x1Be", |plain| plain.escapes.add(1)),
        (b"a\x00b", |plain| plain.low.add(1)),
        (b"a@b_c\r\n", |plain| plain.punctuation.add(1)),
    ];
    for (octets, shows) in all {
        let mut expected = routing::board::Plain { texts: Count(1), ..Default::default() };
        shows(&mut expected);
        let mut scene = Scene::new();
        scene.hears(|out| text(0, octets).encode_submit_sm(1, out));
        assert_eq!(scene.sight().plain, expected, "{octets:x?}");
    }
}

#[test]
fn receipts_tell_their_dialect() {
    let mut scene = Scene::new();
    let first = b"id:2591 sub:001 dlvrd:001 submit date:240115103000 done date:2401151030 \
                  stat:DELIVRD err:000 text:hello";
    scene.hears(|out| receipt(first).encode_deliver_sm(1, out));
    let mut tlvs = TlvBuffer::new();
    tlvs.put_c_octets(tag::RECEIPTED_MESSAGE_ID, b"0a1f").put_u8(tag::MESSAGE_STATE, 2);
    let second =
        ShortMessage { tlvs: tlvs.view(), ..receipt(b"ID:2592 Done_Date:1 stat:BUFFERED") };
    scene.hears(|out| second.encode_deliver_sm(2, out));
    scene.hears(|out| text(3, b"id:1 stat:DELIVRD").encode_deliver_sm(3, out));
    let sight = scene.sight();
    let receipts = sight.receipts;
    assert_eq!((receipts.seen, receipts.unflagged), (Count(2), Count(1)));
    assert_eq!((receipts.tlv_ids, receipts.tlv_states), (Count(1), Count(1)));
    assert_eq!((receipts.fields.0, receipts.lacking.0), (0b1111_1111, 0b1100_1110));
    assert!([1, 10, 12].into_iter().all(|digits| receipts.date_digits.has(digits)));
    assert_eq!(receipts.words.words(), ["BUFFERED"]);
    assert_eq!((sight.receipt_ids.decimal, sight.receipt_ids.lower), (Count(1), Count(1)));
    assert_eq!(sight.codings.iter().collect::<Vec<_>>(), [(3, 1)], "receipts have no alphabet");
    let tlvs: Vec<_> = sight.tlvs.iter().map(|(tag, _)| tag as u16).collect();
    assert_eq!(tlvs, [tag::RECEIPTED_MESSAGE_ID, tag::MESSAGE_STATE]);
}

#[test]
fn violations_are_told_apart() {
    let mut scene = Scene::new();
    let good = |sequence| move |out: &mut Vec<u8>| text(0, b"").encode_submit_sm(sequence, out);
    scene.hears_under(Verdict::BadState, good(1));
    scene.hears_under(Verdict::AlreadyBound, good(2));
    scene.hears_under(Verdict::Unknown, good(3));
    scene.hears(good(0));
    scene.hears(good(0x8000_0000));
    let broken = |cut: usize, more: &'static [u8]| {
        move |out: &mut Vec<u8>| {
            good(5)(out);
            out.truncate(out.len() - cut);
            out.extend_from_slice(more);
            let len = out.len() as u32;
            out[..4].copy_from_slice(&len.to_be_bytes());
        }
    };
    scene.hears(broken(3, b""));
    scene.hears(broken(0, b"\x14\x00\x00"));
    scene.hears(broken(17, b"seven-letters"));
    scene.seen.violated(Violation::Length);
    let violations = scene.sight().violations;
    let count = |violation: Violation| violations[violation as usize].0;
    assert_eq!(count(Violation::BadSequence), 2);
    for violation in [
        Violation::WrongState,
        Violation::BoundTwice,
        Violation::UnknownCommand,
        Violation::Length,
        Violation::CutShort,
        Violation::BadTlv,
        Violation::BadField,
    ] {
        assert_eq!(count(violation), 1, "{violation:?}");
    }
}

#[test]
fn a_busy_peer_is_looked_at_now_and_then() {
    let mut scene = Scene::new();
    let mut octets = Vec::new();
    text(0, b"").encode_submit_sm(1, &mut octets);
    let pdu = frame::next(&octets, usize::MAX).unwrap().unwrap();
    (0..LOOKED_ALL + 160).for_each(|_| scene.seen.received(scene.at, &pdu, Verdict::Allow));
    let sight = scene.sight();
    assert_eq!((sight.received.0, sight.looked.0), (LOOKED_ALL + 160, LOOKED_ALL + 10));
}
