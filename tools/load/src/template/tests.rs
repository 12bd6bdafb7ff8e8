//! What the template writes is what the codec reads.

use smpp::{Pdu, frame};

use super::{Template, id_of, sequence_of};
use crate::args::Numbers;
use crate::mark::{Mark, Marks};

#[test]
fn every_sms_is_a_good_submit_sm() {
    let (marks, numbers) = (Marks::new(3), Numbers::new("100000", 1000).unwrap());
    for length in [20, 40, 160] {
        let template = Template::new("LOAD", numbers, marks, length, 1);
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
