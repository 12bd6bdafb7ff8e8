//! The octets the scenarios were agreed in.

use proptest::prelude::*;

use super::{a_message, whole, write};
use crate::{Address, MessageState, Pdu, Receipt, ShortMessage, TlvBuffer, frame};

const VECTORS: &str = include_str!("../../../../../tests/data/smpp_vectors.json");

fn vectors() -> Vec<(String, Vec<u8>)> {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = vectors.as_array().unwrap().iter().map(|vector| {
        let hex = vector["hex"].as_str().unwrap();
        let octets = (0..hex.len()).step_by(2);
        let octets = octets.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        (vector["name"].as_str().unwrap().to_owned(), octets)
    });
    vectors.collect()
}

fn vector(name: &str) -> Vec<u8> {
    vectors().into_iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn every_vector_reads_and_is_written_the_same() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 32);
    for (name, octets) in vectors {
        let frame = whole(&octets);
        let pdu = Pdu::decode(&frame).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(write(&frame.header, &pdu), octets, "{name}");
        if let Pdu::SubmitSm(message) = pdu {
            assert_eq!(message.check(), Ok(()), "{name}");
        }
        super::oracle::agrees(&octets);
    }
}

#[test]
fn receipts_are_built_octet_for_octet() {
    let cases = [
        ("deliver_receipt_delivrd", 1, 1, MessageState::Delivered, &b""[..]),
        ("deliver_receipt_undeliv", 2, 0, MessageState::Undeliverable, b"404"),
        ("deliver_receipt_expired", 3, 0, MessageState::Expired, b"408"),
    ];
    for (name, sequence, dlvrd, state, err) in cases {
        let receipt = Receipt {
            id: b"01J0000000000001",
            sub: Some(1),
            dlvrd: Some(dlvrd),
            submit_date: Some(1_705_314_600),
            done_date: Some(1_705_314_600),
            state: Some(state),
            err,
            text: b"Asia Cell: 50% bonus @ weekend",
        };
        let (mut text, mut tlvs, mut octets) = (Vec::new(), TlvBuffer::new(), Vec::new());
        receipt.encode_text(&mut text);
        receipt.put_tlvs(&mut tlvs);
        let message = ShortMessage {
            source: Address { ton: 1, npi: 1, addr: b"111222333" },
            destination: Address { ton: 5, npi: 0, addr: b"AsiaCell" },
            esm_class: 0x04,
            short_message: &text,
            tlvs: tlvs.view(),
            ..ShortMessage::default()
        };
        message.encode_deliver_sm(sequence, &mut octets);
        assert_eq!(octets, vector(name), "{name}");
        assert!(message.is_receipt());
        let read = Receipt::of(&message).unwrap();
        let err = if err.is_empty() { b"000" } else { err };
        assert_eq!(read, Receipt { err, text: b"Asia Cell: 50% bonus", ..receipt });
    }
    assert!(!a_message().is_receipt());
}

/// Changes, drops or doubles octets anywhere behind the length.
fn mutate(octets: &mut Vec<u8>, changes: &[(usize, u8, u8)]) {
    for &(at, kind, octet) in changes {
        let at = 16 + at % (octets.len() - 15).max(1);
        match kind % 3 {
            0 if at < octets.len() => octets[at] = octet,
            1 if at < octets.len() => drop(octets.remove(at)),
            _ => octets.insert(at.min(octets.len()), octet),
        }
    }
    let length = octets.len() as u32;
    octets[..4].copy_from_slice(&length.to_be_bytes());
}

proptest! {
    #[test]
    fn mutated_vectors_never_make_us_panic(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..6),
    ) {
        let vectors = vectors();
        let mut octets = which.get(&vectors).1.clone();
        mutate(&mut octets, &changes);
        let frame = whole(&octets);
        if let Ok(pdu) = Pdu::decode(&frame) {
            let again = write(&frame.header, &pdu);
            let reread = Pdu::decode(&whole(&again));
            prop_assert!(reread.is_ok(), "what we write can be read");
            if let Pdu::DeliverSm(message) = pdu {
                let _ = Receipt::of(&message);
            }
        }
    }

    #[test]
    fn a_stream_cut_anywhere_yields_the_same_pdus(
        cuts in proptest::collection::vec(1..200_usize, 1..60),
    ) {
        let vectors = vectors();
        let stream: Vec<u8> = vectors.iter().flat_map(|(_, octets)| octets).copied().collect();
        let mut unsent = &stream[..];
        let (mut buffer, mut seen) = (Vec::new(), Vec::new());
        for cut in cuts.iter().cycle() {
            let (piece, rest) = unsent.split_at((*cut).min(unsent.len()));
            buffer.extend_from_slice(piece);
            unsent = rest;
            while let Some(frame) = frame::next(&buffer, frame::PDU_MAX).unwrap() {
                seen.push(frame.octets.to_vec());
                let length = frame.len();
                buffer.drain(..length);
            }
            if unsent.is_empty() {
                break;
            }
        }
        prop_assert!(buffer.is_empty());
        prop_assert_eq!(seen, vectors.into_iter().map(|(_, octets)| octets).collect::<Vec<_>>());
    }
}
