#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use super::build::{Data, Party};
use super::*;
use crate::Alphabet;

fn octets(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn unpacked(data: &UserData<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    data.unpack(&mut out);
    out
}

#[test]
fn the_submission_that_everybody_quotes_is_read() {
    let wire = octets("11000B916407281553F80000AA0AE8329BFD4697D9EC37");
    let Tpdu::Submit(submit) = Tpdu::decode(&wire, From::Handset, false).unwrap() else { panic!() };
    assert_eq!(submit.destination.text(), "46708251358");
    assert_eq!((submit.destination.ton, submit.destination.npi), (1, 1));
    assert_eq!(submit.validity, Validity::Relative(4 * 86_400));
    assert!(!submit.wants_report && submit.reference == 0);
    assert_eq!(unpacked(&submit.data), b"hellohello");
}

#[test]
fn the_delivery_that_everybody_quotes_is_read() {
    let wire = octets("040BC87238880900F10000993092516195800AE8329BFD4697D9EC37");
    let Tpdu::Deliver(deliver) = Tpdu::decode(&wire, From::Centre, false).unwrap() else {
        panic!()
    };
    assert_eq!(deliver.origin.text(), "27838890001");
    // 29 March of '99 (which is 2099 now), 15:16:59, two hours east.
    assert_eq!(deliver.accepted.unix_secs, 4_078_473_419);
    assert!(!deliver.has_more);
    assert_eq!(unpacked(&deliver.data), b"hellohello");
}

#[test]
fn what_we_write_we_read() {
    let udh = [5, 0, 3, 7, 2, 1];
    for (coding, header, text) in [
        (0x00, 0, b"hello \x00 seven".to_vec()),
        (0x00, 0, b"eight ch".to_vec()),
        (0x00, 0, b"seven77".to_vec()),
        (0x00, 0, b"ends in\r".to_vec()),
        (0x10, 6, [&udh[..], b"with a header"].concat()),
        (0x08, 6, [&udh[..], &[4, 0x3F, 4, 0x40]].concat()),
        (0x04, 0, (0..=139).collect()),
        (0xF5, 0, vec![0xFF; 3]),
        (0x00, 0, Vec::new()),
        (0x00, 0, vec![0x41; 160]),
    ] {
        let origin = Party { ton: 5, npi: 0, text: "AsiaCell" };
        let data = Data { coding, protocol_id: 0, header, octets: &text };
        let accepted = Stamp { unix_secs: 1_705_314_600 };
        let mut wire = Vec::new();
        assert!(build::deliver(origin, accepted, data, &mut wire));
        let read = Tpdu::decode(&wire, From::Centre, false).unwrap();
        let Tpdu::Deliver(deliver) = read else { panic!("{read:?}") };
        assert_eq!((deliver.origin.text().as_str(), deliver.accepted), ("AsiaCell", accepted));
        assert_eq!(unpacked(&deliver.data), text, "{coding:#x}");
        assert_eq!(deliver.data.has_header, header > 0);
        let destination = Party { ton: 1, npi: 1, text: "111222333" };
        let mut wire = Vec::new();
        assert!(build::submit(9, true, destination, data, &mut wire));
        let read = Tpdu::decode(&wire, From::Handset, false).unwrap();
        let Tpdu::Submit(submit) = read else { panic!("{read:?}") };
        assert_eq!((submit.reference, submit.wants_report), (9, true));
        assert_eq!(submit.destination.text(), "111222333");
        assert_eq!(unpacked(&submit.data), text);
    }
}

#[test]
fn what_is_too_long_is_not_written() {
    for (coding, len) in [(0x00, 161), (0x04, 141), (0x08, 142)] {
        let text = vec![0x41; len];
        let data = Data { coding, protocol_id: 0, header: 0, octets: &text };
        let mut wire = vec![1];
        let origin = Party { ton: 1, npi: 1, text: "1" };
        assert!(!build::deliver(origin, Stamp::default(), data, &mut wire), "{coding:#x}");
        assert_eq!(wire, [1]);
    }
}

#[test]
fn a_status_report_is_read_as_it_was_written() {
    let recipient = Party { ton: 1, npi: 1, text: "4912345" };
    let times = (Stamp { unix_secs: 1_705_314_600 }, Stamp { unix_secs: 1_705_314_661 });
    let mut wire = Vec::new();
    build::status_report(200, recipient, times, 0x46, &mut wire);
    let read = Tpdu::decode(&wire, From::Centre, false).unwrap();
    let Tpdu::StatusReport(report) = read else { panic!("{read:?}") };
    assert_eq!((report.reference, report.status), (200, 0x46));
    assert_eq!((report.accepted, report.done), times);
    assert_eq!(report.recipient.text(), "4912345");
}

#[test]
fn reports_carry_their_cause() {
    fn read(octets: &[u8], from: From, error: bool) -> Tpdu<'_> {
        Tpdu::decode(octets, from, error).unwrap()
    }
    let yes = read(&[0, 0], From::Handset, false);
    assert_eq!(yes, Tpdu::Report(Refused(None)));
    let full = read(&[0, 0xD3, 0], From::Handset, true);
    assert_eq!(full, Tpdu::Report(Refused(Some(0xD3))));
    let mut wire = Vec::new();
    build::submit_refused(0xC0, Stamp { unix_secs: 0 }, &mut wire);
    assert_eq!(read(&wire, From::Centre, true), Tpdu::Report(Refused(Some(0xC0))));
    wire.clear();
    build::submit_report(Stamp { unix_secs: 0 }, &mut wire);
    assert_eq!(read(&wire, From::Centre, false), Tpdu::Report(Refused(None)));
}

#[test]
fn every_length_that_lies_is_refused() {
    let whole = octets("11000B916407281553F80000AA0AE8329BFD4697D9EC37");
    for len in 0..whole.len() {
        assert!(Tpdu::decode(&whole[..len], From::Handset, false).is_err(), "{len}");
    }
    let mut header = whole.clone();
    header[0] |= 0x40;
    header[14] = 200;
    assert!(Tpdu::decode(&header, From::Handset, false).is_err(), "a header beyond the data");
    let mut address = whole;
    address[2] = 0xFF;
    assert!(Tpdu::decode(&address, From::Handset, false).is_err());
}

#[test]
fn coding_schemes_and_data_codings_mean_the_same() {
    for (scheme, alphabet, data_coding) in [
        (0x00, Alphabet::Gsm7, 0x00),
        (0x04, Alphabet::Binary, 0x04),
        (0x08, Alphabet::Ucs2, 0x08),
        (0x10, Alphabet::Gsm7, 0x10),
        (0x18, Alphabet::Ucs2, 0x18),
        (0xF1, Alphabet::Gsm7, 0xF1),
        (0xF5, Alphabet::Binary, 0xF5),
        (0xC8, Alphabet::Gsm7, 0xC8),
        (0x20, Alphabet::Binary, 0x20),
    ] {
        assert_eq!(alphabet_of(scheme), alphabet, "{scheme:#x}");
        assert_eq!(to_data_coding(scheme), data_coding, "{scheme:#x}");
    }
    assert_eq!(from_data_coding(0x00, Alphabet::Ucs2), 0x08);
    assert_eq!(from_data_coding(0xF0, Alphabet::Gsm7), 0x10, "flash stays flash");
    assert_eq!(from_data_coding(0x18, Alphabet::Gsm7), 0x10);
    assert_eq!(from_data_coding(0xC8, Alphabet::Gsm7), 0xC8);
}

#[test]
fn a_header_without_a_text_is_read_as_it_was_written() {
    for header in 3..20_u8 {
        let octets = [&[header - 1, 0x70, header - 3][..], &[7; 20][..]].concat();
        let data = build::Data {
            coding: 0,
            protocol_id: 0,
            header: header.into(),
            octets: &octets[..header.into()],
        };
        let origin = build::Party { ton: 1, npi: 1, text: "4512345678" };
        let mut wire = Vec::new();
        assert!(build::deliver(origin, Stamp { unix_secs: 946_684_800 }, data, &mut wire));
        let Ok(Tpdu::Deliver(read)) = Tpdu::decode(&wire, From::Centre, false) else {
            panic!("{header}: {wire:02x?}")
        };
        assert_eq!(unpacked(&read.data), data.octets, "{header}");
    }
}
