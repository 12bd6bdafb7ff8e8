use routing::journal::{BlockHeader, Outcome, Record, Via, begin_block, seal_block, volume_name};
use routing::{AckLevel, Address, Charge, Content, Ingress, MessageId, Sms, State, Target};

use super::*;

fn records() -> Vec<Record> {
    let id = MessageId::new(1_800_000_000_000, 1, 0, 1);
    let sms = Sms {
        id,
        group: Default::default(),
        environment: 1,
        generation: 42,
        received_ns: 5,
        accepted_ns: 1_000_000_006,
        expires_ns: 7,
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
        destination: Address::new(1, 1, b"1111").unwrap(),
        number: "1111".parse().unwrap(),
        service_type: [0; 5],
        esm_class: 0,
        protocol_id: 0,
        priority: 0,
        registered_delivery: 1,
        content: Content::Coded {
            data_coding: 0,
            alphabet: Default::default(),
            octets: b"482193".to_vec(),
        },
        tlvs: Vec::new(),
        rewritten: Default::default(),
        trace: Default::default(),
        journey: Default::default(),
        wanted: None,
        device: 0,
        target: Target::Account(3),
        charge: Charge { tariff: 5, amount_micros: 10_000, ..Charge::default() },
    };
    let via = Via::Sip("127.0.0.1:5070".parse().unwrap());
    let state = State::Delivered;
    let (attempts, doubled) = (1, false);
    let outcome = Outcome { id, at_ns: 2_000_000_000, state, code: 200, attempts, via, doubled };
    vec![Record::Accept(Box::new(sms)), Record::Outcome(outcome)]
}

/// A volume with one record a block.
fn volume(sequences: [u64; 2]) -> Vec<u8> {
    let header = VolumeHeader { node: "env1".into(), shard: 0, epoch: 1, number: 1, created_ns: 5 };
    let (mut octets, mut block) = (header.encode(), Vec::new());
    for (record, sequence) in records().iter().zip(sequences) {
        begin_block(&mut block);
        record.encode(&mut block);
        seal_block(&mut block, BlockHeader { records: 1, epoch: 1, sequence, at_ns: 9 });
        octets.extend_from_slice(&block);
    }
    octets.resize(octets.len() + 4096, 0);
    octets
}

fn shown(octets: &[u8], json: bool, text: bool) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let shard = folder.path().join("journal/shard-00");
    fs::create_dir_all(&shard).unwrap();
    fs::write(shard.join(volume_name(1)), octets).unwrap();
    let mut out = Vec::new();
    let sound = inspect(folder.path(), json, text, &mut out).unwrap();
    (sound, String::from_utf8(out).unwrap())
}

#[test]
fn records_stand_one_a_line_and_texts_stay_hidden() {
    let (sound, lines) = shown(&volume([1, 2]), false, false);
    assert!(sound);
    assert_eq!(
        lines,
        "1.000000006 ACCEPT 0CXSYNM000800001 g42 carrier 4 127.0.0.1:40112 seq 2 AsiaCell > 1111 \
         to account 3 10000 micros, 6 octets dc 0\n\
         2.000000000 OUTCOME 0CXSYNM000800001 DELIVRD code 200 after 1 by sip 127.0.0.1:5070\n"
    );
    assert!(!shown(&volume([1, 2]), true, false).1.contains("482193"));
    assert!(shown(&volume([1, 2]), true, true).1.contains(r#""text":"482193""#));
    assert!(shown(&volume([1, 2]), false, true).1.contains("482193"));
}

#[test]
fn what_is_missing_or_damaged_is_no_success_but_a_torn_tail_is() {
    assert!(!shown(&volume([1, 3]), false, false).0, "a block is missing");
    let whole = volume([1, 2]);
    let mut damaged = whole.clone();
    damaged[4096 + 50] ^= 1;
    assert!(!shown(&damaged, false, false).0, "the first block is damaged");
    let end = whole.len() - 4096;
    let mut torn = whole[..end - 20].to_vec();
    torn.resize(whole.len(), 0);
    let (sound, lines) = shown(&torn, false, false);
    assert!(sound);
    assert_eq!(lines.lines().count(), 1);
    let mut foreign = whole;
    foreign[0] = b'X';
    assert!(!shown(&foreign, false, false).0);
}
