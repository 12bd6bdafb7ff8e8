//! What the template writes is what the codec reads.

use smpp::{Pdu, frame};

use super::{Carried, Template, id_of, sequence_of};
use crate::args::{Load, Numbers};
use crate::mark::{Mark, Marks};
use crate::mix::LONG_CHARACTERS;

#[test]
fn every_sms_is_a_good_submit_sm() {
    let (marks, numbers) = (Marks::new(3), Numbers::new("100000", 1000).unwrap());
    for length in [20, 40, 160] {
        let load = Load::of(&format!("--receipts --text-length {length}"));
        let template = Template::new(&load, numbers, marks, Carried::Submit);
        let mut octets = Vec::new();
        for id in [0, 1, 1001, 99_999_999] {
            octets.clear();
            template.put(id, &mut octets);
            assert_eq!(octets.len(), template.len());
            let frame = frame::next(&octets, frame::PDU_MAX).unwrap().unwrap();
            assert_eq!(frame.header.sequence, sequence_of(id));
            assert_eq!(id_of(frame.header.sequence), id);
            let Pdu::SubmitSm(message) = Pdu::decode(&frame).unwrap() else { panic!() };
            assert_eq!(message.source.addr, b"LOAD");
            assert_eq!(message.destination.addr, (100_000 + id % 1000).to_string().as_bytes());
            assert_eq!(message.registered_delivery, 1);
            assert_eq!(message.short_message.len(), length);
            assert_eq!(marks.read(message.short_message), Mark::Ours(id));
        }
    }
}

#[test]
fn each_kind_is_what_it_says_and_carries_its_mark() {
    let (marks, numbers) = (Marks::new(3), Numbers::new("100000", 1000).unwrap());
    let load = Load::of("--mix ucs2=25,long=25,urgent=25 --text-length 160");
    let template = Template::new(&load, numbers, marks, Carried::Deliver);
    let mut seen = [0; 4];
    for id in 0..100 {
        let mut octets = Vec::new();
        template.put(id, &mut octets);
        let frame = frame::next(&octets, frame::PDU_MAX).unwrap().unwrap();
        let Pdu::DeliverSm(message) = Pdu::decode(&frame).unwrap() else { panic!() };
        let mut text = message.payload().to_vec();
        let place = match (message.data_coding, message.priority_flag, text.len()) {
            (0, 0, 160) => 0,
            (8, 0, 140) => 1,
            (0, 0, LONG_CHARACTERS) => 2,
            (0, 2, 160) => 3,
            other => panic!("{other:?}"),
        };
        if place == 1 {
            assert_eq!(text[138..], [0x04, 0x16]);
            text = text.chunks_exact(2).map(|unit| unit[1]).collect();
        }
        assert_eq!(marks.read(&text), Mark::Ours(id));
        assert_eq!(message.destination.addr, (100_000 + id).to_string().as_bytes());
        seen[place] += 1;
    }
    assert_eq!(seen, [25; 4]);
}
