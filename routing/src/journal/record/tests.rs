use proptest::prelude::*;

use super::*;
use crate::journal::{DeviceRow, OwedRow};
use crate::{AckLevel, Charge, Content, Journey, Rewritten, Target, Trace, Transport};

pub(crate) fn sms(counter: u32) -> Sms {
    Sms {
        id: MessageId::new(1_800_000_000_000, 1, 0, counter),
        group: Default::default(),
        environment: 1,
        generation: 42,
        received_ns: 1_800_000_000_000_000_000,
        accepted_ns: 1_800_000_000_000_000_500,
        expires_ns: 1_800_086_400_000_000_000,
        not_before_ns: 0,
        ack: AckLevel::Durable,
        ingress: Ingress::Smpp {
            carrier: 4,
            local: "127.0.0.2:2775".parse().unwrap(),
            peer: "127.0.0.1:40112".parse().unwrap(),
            link: 9,
            sequence: 2,
        },
        source: Address::new(5, 0, b"AsiaCell").unwrap(),
        destination: Address::new(1, 1, b"+111222333").unwrap(),
        number: "111222333".parse().unwrap(),
        service_type: [0; 5],
        esm_class: 0,
        protocol_id: 0,
        priority: 0,
        registered_delivery: 1,
        content: Content::Coded {
            data_coding: 0,
            alphabet: Default::default(),
            octets: b"Asia Cell".to_vec(),
        },
        tlvs: vec![0x14, 0x01, 0, 1, 1],
        rewritten: Rewritten { source: None, destination: Address::new(1, 1, b"111222333") },
        trace: Trace::default().onwards(7, MessageId::from_bits(8)),
        journey: Journey::default(),
        wanted: None,
        device: 0,
        target: Target::Account(3),
        charge: Charge {
            tariff: 5,
            version: 7,
            since_ns: 1_790_000_000_000_000_000,
            prefix: "111".parse().ok(),
            price_micros: 10_000,
            units: 1,
            amount_micros: 10_000,
            hold: crate::Hold::Delivered,
            refund: crate::Refund::after([crate::State::Deleted]),
        },
    }
}

pub(crate) fn all() -> Vec<Record> {
    let (id, at_ns) = (sms(1).id, 1_800_000_000_000_001_000);
    let from_app = Sms {
        ingress: Ingress::Sip {
            account: 3,
            local: "[::1]:5060".parse().unwrap(),
            peer: "[2001:db8::1]:5070".parse().unwrap(),
            call_id: "a@b".into(),
            transaction: [7; 16],
        },
        content: Content::Text("hello €".into()),
        wanted: Some(Box::new(crate::Wanted {
            name: "34jk324j".into(),
            delivered: true,
            failed: false,
            form: crate::WantedForm::StatusReport(7),
        })),
        target: Target::Connection { policy: 1, connection: 2 },
        charge: Charge::default(),
        ..sms(2)
    };
    let row = crate::journal::ContactRow {
        uri: "sip:1111@127.0.0.1:5070".into(),
        local: "127.0.0.2:5060".parse().unwrap(),
        transport: Transport::Wss,
        source: "127.0.0.1:5070".parse().unwrap(),
        call_id: "reg1".into(),
        cseq: 2,
        expires_ns: 3,
        q: 1000,
        instance: "<urn:uuid:1>".into(),
        reg_id: 1,
        path: "<sip:edge;lr>".into(),
        abilities: 9,
    };
    let (source, destination) = (sms(1).source, sms(1).destination);
    let device = DeviceRow { device: 7, seen_ns: 8, push: "fcm - x".into() };
    let owed = OwedRow {
        id,
        source,
        accepted_ns: 1,
        expires_ns: 2,
        attempts: 3,
        devices: vec![7, 8],
        content_type: "text/plain".into(),
        body: b"hello".to_vec(),
        tlvs: vec![0, 5, 0, 1, 1],
    };
    let wake = Wake { at_ns, environment: 1, account: 3, push: "fcm - x".into() };
    let via = Via::Smpp("127.0.0.3:2775".parse().unwrap());
    vec![
        Record::Accept(Box::new(sms(1))),
        Record::Accept(Box::new(from_app)),
        Record::Attempt(Attempt {
            id,
            at_ns,
            attempt: 1,
            via: Via::Nothing,
            repeats: false,
            cost: Cost::default(),
        }),
        Record::Attempt(Attempt {
            id,
            at_ns,
            attempt: 2,
            via,
            repeats: true,
            cost: Cost { tariff: 3, micros: -4_000 },
        }),
        Record::Taken(Taken { id, at_ns, peer_id: b"B1".to_vec() }),
        Record::Replaced(Box::new(Replaced {
            id,
            at_ns,
            not_before_ns: at_ns + 5,
            expires_ns: at_ns + 7,
            registered_delivery: 2,
            content: Content::Coded {
                data_coding: 8,
                alphabet: Default::default(),
                octets: vec![0, 65],
            },
        })),
        Record::Outcome(Outcome {
            id,
            at_ns,
            state: State::Delivered,
            code: 0,
            attempts: 2,
            via: Via::Sip("127.0.0.1:5070".parse().unwrap()),
            doubled: true,
        }),
        Record::Moved(Box::new(Moved {
            at_ns,
            sms: Sms { journey: Journey::default().onwards(9, 2), ..sms(3) },
        })),
        Record::Left(Left { id, at_ns, moves: 1 }),
        Record::Ack(Ack { id, at_ns, end: ReceiptEnd::Refused }),
        Record::Doubt(Doubt { id, at_ns, likeness: 9, shard: 1, shards: 2 }),
        Record::Orphan(Orphan {
            at_ns,
            environment: 1,
            connection: 2,
            name: 7,
            source,
            reference: Some(9),
            state: State::Delivered,
            code: 0,
            claimed_ns: Some(at_ns + 1),
        }),
        Record::Refused(Refused {
            at_ns,
            environment: 1,
            ingress: sms(1).ingress,
            source,
            destination,
            refusal: Refusal::NoRoute,
            code: 0x0B,
        }),
        Record::Wake(wake),
        Record::Spent(Spent { environment: 1, carrier: 2, micros: 5_000_000 }),
        Record::Contacts(Contacts {
            at_ns,
            environment: 1,
            account: 3,
            rows: vec![row],
            devices: vec![device],
            owed: vec![owed],
        }),
        Record::Ended(Box::new(Final {
            id,
            told: MessageId::new(9, 1, 2, 3),
            at_ns,
            code: 0x14,
            environment: 1,
            carrier: 7,
            source,
            state: State::Undeliverable,
        })),
    ]
}

#[test]
fn every_record_comes_back() {
    let mut octets = Vec::new();
    all().iter().for_each(|record| record.encode(&mut octets));
    let read: Vec<Record> = Records(&octets).map(Result::unwrap).collect();
    assert_eq!(read, all());
}

#[test]
fn a_cut_record_is_an_error_and_the_end() {
    let mut octets = Vec::new();
    all()[0].encode(&mut octets);
    for len in 1..octets.len() {
        let read: Vec<_> = Records(&octets[..len]).collect();
        assert_eq!(read, [Err(Short)], "{len} octets");
    }
}

proptest! {
    #[test]
    fn nonsense_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        Records(&octets).for_each(drop);
    }

    #[test]
    fn a_flipped_octet_never_panics(which in 0..all().len(), at: usize, bit in 0u8..8) {
        let mut octets = Vec::new();
        all()[which].encode(&mut octets);
        let at = at % octets.len();
        octets[at] ^= 1 << bit;
        Records(&octets).for_each(drop);
    }
}
