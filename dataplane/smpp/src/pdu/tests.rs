use proptest::prelude::*;

use super::*;
use crate::{Address, Command, Field, FieldError, Frame, Header, MessageState, Status};
use crate::{TlvBuffer, Tlvs, frame, tlv};

mod oracle;
mod vectors;

/// One PDU that fills `octets`.
fn whole(octets: &[u8]) -> Frame<'_> {
    let frame = frame::next(octets, frame::PDU_MAX).unwrap().unwrap();
    assert_eq!(frame.len(), octets.len());
    frame
}

/// Writes a decoded PDU again.
fn write(header: &Header, pdu: &Pdu<'_>) -> Vec<u8> {
    let Header { command, status, sequence, .. } = *header;
    let out = &mut Vec::new();
    match pdu {
        Pdu::Bind(bind) => bind.encode(sequence, out),
        Pdu::BindResp(kind, resp) => resp.encode(*kind, status, sequence, out),
        Pdu::Outbind(outbind) => outbind.encode(sequence, out),
        Pdu::SubmitSm(message) => message.encode_submit_sm(sequence, out),
        Pdu::SubmitSmResp(resp) => resp.encode(status, sequence, out),
        Pdu::DeliverSm(message) => message.encode_deliver_sm(sequence, out),
        Pdu::DeliverSmResp(resp) => resp.encode(status, sequence, out),
        Pdu::DataSm(message) => message.encode(sequence, out),
        Pdu::DataSmResp(resp) => resp.encode_data_sm_resp(status, sequence, out),
        Pdu::QuerySm(query) => query.encode(sequence, out),
        Pdu::QuerySmResp(resp) => resp.encode(status, sequence, out),
        Pdu::CancelSm(cancel) => cancel.encode(sequence, out),
        Pdu::ReplaceSm(replace) => replace.encode(sequence, out),
        Pdu::SubmitMulti(multi) => multi.encode(sequence, out),
        Pdu::SubmitMultiResp(resp) => resp.encode(status, sequence, out),
        Pdu::AlertNotification(alert) => alert.encode(sequence, out),
        Pdu::Bare(_) => Header::put(command, status, sequence, out),
    }
    std::mem::take(out)
}

fn decode_submit(body: &[u8]) -> Result<ShortMessage<'_>, FieldError> {
    ShortMessage::decode(body)
}

fn a_message() -> ShortMessage<'static> {
    ShortMessage {
        source: Address { ton: 5, npi: 0, addr: b"AsiaCell" },
        destination: Address { ton: 1, npi: 1, addr: b"111222333" },
        registered_delivery: 1,
        short_message: b"hello",
        ..ShortMessage::default()
    }
}

/// The body of `a_message` with `octets` put in place of the field at `at`.
fn body_with(at: std::ops::Range<usize>, octets: &[u8]) -> Vec<u8> {
    let mut pdu = Vec::new();
    a_message().encode_submit_sm(1, &mut pdu);
    let mut body = pdu.split_off(16);
    body.splice(at, octets.iter().copied());
    body
}

#[test]
fn an_overlong_field_is_that_field_s_error() {
    let long = [b'1'; 70];
    // service_type 0, source 1-11 (addr 3-11), destination 12-23, esm 24, pid, priority,
    // schedule 27, validity 28, rd 29, replace, dcs, default id, sm_length 33.
    let cases = [
        (0..1, Field::ServiceType, Status::RINVSERTYP),
        (3..3, Field::SourceAddr, Status::RINVSRCADR),
        (14..14, Field::DestinationAddr, Status::RINVDSTADR),
        (27..27, Field::ScheduleDeliveryTime, Status::RINVSCHED),
        (28..28, Field::ValidityPeriod, Status::RINVEXPIRY),
    ];
    for (at, field, status) in cases {
        let body = body_with(at, &long);
        assert_eq!(decode_submit(&body), Err(FieldError { field, status }));
    }
    let kind = BindKind::Transceiver;
    let body = b"0123456789ABCDEF\0secret\0\0\x34\0\0\0";
    let error = FieldError { field: Field::SystemId, status: Status::RINVSYSID };
    assert_eq!(Bind::decode(kind, body), Err(error));
    let body = b"tata\0eightchr\0\0\x34\0\0\0";
    assert_eq!(Bind::decode(kind, body).unwrap().password, b"eightchr");
    let body = b"tata\0ninechars\0\0\x34\0\0\0";
    let error = FieldError { field: Field::Password, status: Status::RINVPASWD };
    assert_eq!(Bind::decode(kind, body), Err(error));
}

#[test]
fn lengths_that_lie_are_named() {
    let short_message = FieldError { field: Field::ShortMessage, status: Status::RINVMSGLEN };
    assert_eq!(decode_submit(&body_with(33..34, &[6])), Err(short_message));
    let stray = FieldError { field: Field::Tlv, status: Status::RINVTLVSTREAM };
    assert_eq!(decode_submit(&body_with(33..34, &[4])), Err(stray));
    let body = body_with(39..39, &[0x04, 0x24, 0, 2, 1]);
    assert_eq!(decode_submit(&body), Err(stray));
    let cut = FieldError { field: Field::EsmClass, status: Status::RINVCMDLEN };
    assert_eq!(decode_submit(&body_with(24..39, &[])), Err(cut));
}

#[test]
fn a_short_message_may_have_255_octets_but_we_send_254() {
    let text = [b'x'; 255];
    let mut body = body_with(33..39, &[255]);
    body.extend_from_slice(&text);
    let message = decode_submit(&body).unwrap();
    assert_eq!(message.short_message, text);
    for (length, in_payload) in [(254, false), (255, true), (1000, true)] {
        let text = vec![b'x'; length];
        let mut pdu = Vec::new();
        ShortMessage { short_message: &text, ..a_message() }.encode_submit_sm(7, &mut pdu);
        let written = decode_submit(whole(&pdu).body).unwrap();
        assert_eq!(written.payload(), text);
        assert_eq!(written.short_message.is_empty(), in_payload);
    }
}

#[test]
fn the_payload_supersedes() {
    let mut tlvs = TlvBuffer::new();
    tlvs.put(tlv::tag::MESSAGE_PAYLOAD, b"payload");
    let message = ShortMessage { tlvs: tlvs.view(), ..a_message() };
    assert!(message.has_both_texts());
    assert_eq!(message.payload(), b"payload");
    assert_eq!(a_message().payload(), b"hello");
}

#[test]
fn what_an_encoder_cannot_hold_does_not_leave() {
    let message = ShortMessage {
        source: Address { ton: 5, npi: 0, addr: b"with\0nul" },
        destination: Address { ton: 1, npi: 1, addr: &[b'1'; 100] },
        ..ShortMessage::default()
    };
    let mut pdu = Vec::new();
    message.encode_submit_sm(1, &mut pdu);
    let written = decode_submit(whole(&pdu).body).unwrap();
    assert_eq!(written.source.addr, b"with");
    assert_eq!(written.destination.addr, &[b'1'; 20]);
}

#[test]
fn responses_are_read_as_peers_send_them() {
    let read = |octets: &[u8]| SubmitResp::decode(octets).map(|resp| resp.message_id.to_vec());
    assert_eq!(read(b""), Ok(b"".to_vec()));
    assert_eq!(read(b"abc\0"), Ok(b"abc".to_vec()));
    assert_eq!(read(b"abc"), Ok(b"abc".to_vec()));
    assert_eq!(read(b"abc\0\x04"), Ok(b"abc".to_vec()));
    assert_eq!(read(&[b'1'; 64]), Ok(vec![b'1'; 64]));
    assert_eq!(read(&[b'1'; 65]), Err(FieldError::of(Field::MessageId)));
    assert_eq!(BindResp::decode(b""), Ok(BindResp::default()));
    assert_eq!(BindResp::decode(b"mc\0\x02").unwrap().system_id, b"mc");
}

/// An error response with a body is an error response.
#[test]
fn the_body_of_an_error_is_not_looked_at() {
    for id in (1..0x120).map(|id| id | 0x8000_0000) {
        let mut octets = Vec::new();
        Header::put(Command::decode(id), Status::RSYSERR, 9, &mut octets);
        octets.extend_from_slice(&[0xFF; 200]);
        octets[2..4].copy_from_slice(&216_u16.to_be_bytes());
        let frame = whole(&octets);
        let pdu = Pdu::decode(&frame).unwrap();
        assert_eq!(write(&frame.header, &pdu).len(), 16, "{}", frame.header);
    }
}

#[test]
fn checks_answer_in_the_promised_order() {
    let good = a_message();
    assert_eq!(good.check(), Ok(()));
    let source = |ton, addr| Address { ton, npi: 0, addr };
    let destination = |addr| Address { ton: 1, npi: 1, addr };
    let bad_npi = Address { npi: 2, ..good.source };
    let cases = [
        (ShortMessage { source: source(7, b"x"), ..good }, Status::RINVSRCTON),
        (ShortMessage { source: bad_npi, ..good }, Status::RINVSRCNPI),
        (ShortMessage { source: source(1, b"abc"), ..good }, Status::RINVSRCADR),
        (ShortMessage { source: source(5, b""), ..good }, Status::RINVSRCADR),
        (ShortMessage { source: source(5, b"a\r\nb"), ..good }, Status::RINVSRCADR),
        (ShortMessage { destination: destination(b""), ..good }, Status::RINVDSTADR),
        (ShortMessage { destination: destination(b"12a"), ..good }, Status::RINVDSTADR),
        (ShortMessage { esm_class: 0x04, ..good }, Status::RINVESMCLASS),
        (ShortMessage { validity_period: b"1", ..good }, Status::RINVEXPIRY),
        (ShortMessage { schedule_delivery_time: b"soon", ..good }, Status::RINVSCHED),
        (ShortMessage { registered_delivery: 0x20, ..good }, Status::RINVREGDLVFLG),
    ];
    for (message, status) in cases {
        assert_eq!(message.check().map_err(|error| error.status), Err(status));
    }
    // Later faults do not hide earlier ones.
    for (first, (earlier, status)) in cases.iter().enumerate().skip(2) {
        for (later, _) in &cases[first..] {
            let both = ShortMessage {
                source: if first < 5 { earlier.source } else { later.source },
                registered_delivery: 0x20,
                ..*earlier
            };
            assert_eq!(both.check().unwrap_err().status, *status);
        }
    }
    for addr in [&b"1"[..], b"12345678901234567890", b"+4912345"] {
        assert_eq!(ShortMessage { destination: destination(addr), ..good }.check(), Ok(()));
    }
}

#[test]
fn many_destinations_are_read_and_written() {
    let mut dests = DestBuffer::new();
    dests.push_address(Address { ton: 1, npi: 1, addr: b"111" }).unwrap();
    dests.push_list(b"friends").unwrap();
    let multi = SubmitMulti { message: a_message(), dests: dests.view() };
    let mut octets = Vec::new();
    multi.encode(3, &mut octets);
    let frame = whole(&octets);
    let Ok(Pdu::SubmitMulti(read)) = Pdu::decode(&frame) else { panic!("it is one") };
    let to: Vec<Dest<'_>> = read.dests.iter().collect();
    assert_eq!(to[0], Dest::Address(Address { ton: 1, npi: 1, addr: b"111" }));
    assert_eq!(to[1], Dest::List(b"friends"));
    assert_eq!(to.len(), 2);
    assert_eq!(read.message.short_message, b"hello");
    for _ in 2..255 {
        dests.push_list(b"x").unwrap();
    }
    assert_eq!(dests.push_list(b"x"), Err(TooMany));
}

fn octets(max: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..max)
}

fn c_octets(max: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(1..=255_u8, 0..max)
}

type Addressed = (u8, u8, Vec<u8>);

fn address(max: usize) -> impl Strategy<Value = Addressed> {
    (any::<u8>(), any::<u8>(), c_octets(max))
}

const fn as_address((ton, npi, addr): &Addressed) -> Address<'_> {
    Address { ton: *ton, npi: *npi, addr: addr.as_slice() }
}

fn tlvs() -> impl Strategy<Value = TlvBuffer> {
    proptest::collection::vec((any::<u16>(), octets(40)), 0..6).prop_map(|tlvs| {
        let mut buffer = TlvBuffer::new();
        for (tag, value) in tlvs {
            buffer.put(tag, &value);
        }
        buffer
    })
}

proptest! {
    #[test]
    fn a_message_reads_as_it_was_written(
        texts in (c_octets(6), c_octets(17), c_octets(17), octets(255)),
        source in address(21), destination in address(21),
        flags in any::<[u8; 7]>(), tlvs in tlvs(),
        sequence in any::<u32>(),
    ) {
        let message = ShortMessage {
            service_type: &texts.0,
            source: as_address(&source),
            destination: as_address(&destination),
            esm_class: flags[0],
            protocol_id: flags[1],
            priority_flag: flags[2],
            schedule_delivery_time: &texts.1,
            validity_period: &texts.2,
            registered_delivery: flags[3],
            replace_if_present: flags[4],
            data_coding: flags[5],
            sm_default_msg_id: flags[6],
            short_message: &texts.3,
            tlvs: tlvs.view(),
        };
        let mut octets = b"before".to_vec();
        message.encode_submit_sm(sequence, &mut octets);
        let frame = whole(&octets[6..]);
        prop_assert_eq!(frame.header.command, Command::SubmitSm);
        prop_assert_eq!(frame.header.sequence, sequence);
        prop_assert_eq!(Pdu::decode(&frame), Ok(Pdu::SubmitSm(message)));
        octets.clear();
        message.encode_deliver_sm(sequence, &mut octets);
        prop_assert_eq!(Pdu::decode(&whole(&octets)), Ok(Pdu::DeliverSm(message)));
    }

    #[test]
    fn the_other_pdus_read_as_they_were_written(
        ids in (c_octets(16), c_octets(9), c_octets(13), c_octets(41), c_octets(65)),
        source in address(21), destination in address(21), wide in (address(65), address(65)),
        numbers in any::<[u8; 3]>(), state in 0..10_u8, text in octets(255), tlvs in tlvs(),
    ) {
        let (source, destination) = (as_address(&source), as_address(&destination));
        let mut time = ids.3.clone();
        time.truncate(16);
        let service_type = &ids.1[..ids.1.len().min(5)];
        let message_id = &ids.4[..];
        let tlvs = tlvs.view();
        let resp = SubmitResp { message_id, tlvs };
        let pdus = [
            Pdu::Bind(Bind {
                kind: BindKind::Receiver,
                system_id: &ids.0,
                password: &ids.1,
                system_type: &ids.2,
                interface_version: numbers[0],
                addr_ton: numbers[1],
                addr_npi: numbers[2],
                address_range: &ids.3,
            }),
            Pdu::BindResp(
                BindKind::Transmitter,
                BindResp { system_id: &ids.0, sc_interface_version: Some(numbers[0]) },
            ),
            Pdu::Outbind(Outbind { system_id: &ids.0, password: &ids.1 }),
            Pdu::SubmitSmResp(resp),
            Pdu::DataSmResp(resp),
            Pdu::DeliverSmResp(DeliverResp),
            Pdu::DataSm(DataSm {
                service_type,
                source: as_address(&wide.0),
                destination: as_address(&wide.1),
                esm_class: numbers[0],
                registered_delivery: numbers[1],
                data_coding: numbers[2],
                tlvs,
            }),
            Pdu::QuerySm(QuerySm { message_id, source }),
            Pdu::QuerySmResp(QuerySmResp {
                message_id,
                final_date: &time,
                message_state: MessageState::decode(state).unwrap(),
                error_code: numbers[0],
            }),
            Pdu::CancelSm(CancelSm { service_type, message_id, source, destination }),
            Pdu::ReplaceSm(ReplaceSm {
                message_id,
                source,
                schedule_delivery_time: &time,
                validity_period: &time,
                registered_delivery: numbers[0],
                sm_default_msg_id: numbers[1],
                short_message: &text,
                tlvs,
            }),
            Pdu::AlertNotification(AlertNotification {
                source: as_address(&wide.0),
                esme: as_address(&wide.1),
                tlvs,
            }),
        ];
        for pdu in pdus {
            let header = Header {
                command_length: 0,
                command: pdu.command(),
                status: Status::ROK,
                sequence: 5,
            };
            let octets = write(&header, &pdu);
            prop_assert_eq!(Pdu::decode(&whole(&octets)), Ok(pdu));
            oracle::agrees(&octets);
        }
    }

    #[test]
    fn no_body_makes_us_panic(body in octets(400), ok in any::<bool>()) {
        let mut octets = vec![0; 16];
        octets.extend_from_slice(&body);
        let length = octets.len() as u32;
        octets[..4].copy_from_slice(&length.to_be_bytes());
        octets[11] = u8::from(!ok);
        for command in Command::ALL {
            octets[4..8].copy_from_slice(&command.id().to_be_bytes());
            let frame = whole(&octets);
            if let Ok(pdu) = Pdu::decode(&frame) {
                let _ = write(&frame.header, &pdu);
                if let Pdu::SubmitSm(message) = pdu {
                    let _ = (message.check(), message.to_string());
                }
            }
        }
    }
}

#[test]
fn tlvs_of_no_pdu_are_empty() {
    assert_eq!(a_message().tlvs, Tlvs::EMPTY);
}
