//! What carriers do wrong, and what was agreed with them: the faults of promises.md 4 D and H
//! that a carrier's bind can show, each named by its number.

use routing::{BindKind as Kind, DefaultAlphabet, ForeignSource, IdForm, Plane, ReceiptForm};
use smpp::pdu::{DeliverResp, put_enquire_link, put_error, put_unbind};
use smpp::session::{Direction, Role, State, may};
use smpp::tlv::{self, tag};
use smpp::{
    Address, Bind, BindKind, Command, Receipt, ShortMessage, Status, SubmitResp, Tlvs, frame,
};
use tests::checks::{Mercy, accepts_of};
use tests::peers::{Esme, Job, esme};
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

/// A carrier for which the test speaks.
#[derive(Clone, Copy)]
struct Raw {
    peer: usize,
    link: u64,
}

impl Raw {
    fn connect(world: &mut World) -> Self {
        let peer = world.add_esme("raw", 1);
        let esme = world.esme(peer).0;
        (esme.raw, esme.persistent) = (true, false);
        world.run_ms(50);
        let link = world.esme(peer).0.connected()[0];
        Self { peer, link }
    }

    /// Bound as TATA in this version.
    fn bound(world: &mut World, kind: BindKind, version: u8) -> Self {
        let raw = Self::connect(world);
        raw.say(world, &bind(kind, version));
        assert_eq!(raw.last(world).1, Status::ROK, "{kind} {version:#x}");
        raw
    }

    fn write(self, world: &mut World, octets: &[u8]) {
        let (esme, net) = world.esme(self.peer);
        esme.write(net, self.link, octets);
    }

    fn say(self, world: &mut World, octets: &[u8]) {
        self.write(world, octets);
        world.run_ms(50);
    }

    fn esme(self, world: &mut World) -> &mut Esme {
        world.esme(self.peer).0
    }

    fn last(self, world: &mut World) -> (Command, Status, u32) {
        *self.esme(world).others.last().expect("an answer")
    }

    fn is_open(self, world: &mut World) -> bool {
        self.esme(world).hangups == 0
    }

    /// Every PDU of this kind it heard.
    fn heard(self, world: &mut World, command: Command) -> Vec<Vec<u8>> {
        let heard = self.esme(world).heard.iter();
        heard.filter(|octets| header(octets).0 == command).cloned().collect()
    }

    /// Answers every deliver_sm it has not answered yet.
    fn answer_delivers(self, world: &mut World, status: Status) -> usize {
        let delivers = self.heard(world, Command::DeliverSm);
        self.esme(world).heard.clear();
        for deliver in &delivers {
            let mut octets = Vec::new();
            DeliverResp.encode(status, header(deliver).1, &mut octets);
            self.write(world, &octets);
        }
        world.run_ms(50);
        delivers.len()
    }
}

fn header(octets: &[u8]) -> (Command, u32) {
    match frame::next(octets, frame::PDU_MAX) {
        Ok(Some(pdu)) => (pdu.header.command, pdu.header.sequence),
        other => panic!("no PDU: {other:?}"),
    }
}

fn bind(kind: BindKind, version: u8) -> Vec<u8> {
    bind_as(kind, version, "tata", "secret", 1)
}

fn bind_as(kind: BindKind, version: u8, system_id: &str, password: &str, sequence: u32) -> Vec<u8> {
    let bind = Bind {
        kind,
        system_id: system_id.as_bytes(),
        password: password.as_bytes(),
        system_type: b"",
        interface_version: version,
        addr_ton: 0,
        addr_npi: 0,
        address_range: b"",
    };
    let mut octets = Vec::new();
    bind.encode(sequence, &mut octets);
    octets
}

fn submit_sm(text: &str, sequence: u32) -> Vec<u8> {
    esme::submit(&Job::new("1111", text), sequence)
}

fn enquire(sequence: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    put_enquire_link(sequence, &mut octets);
    octets
}

/// A header and nothing else.
fn bare(command: u32, sequence: u32) -> Vec<u8> {
    [16, command, 0, sequence].iter().flat_map(|word: &u32| word.to_be_bytes()).collect()
}

fn message(octets: &[u8]) -> ShortMessage<'_> {
    ShortMessage::decode(&octets[16..]).expect("a deliver_sm that can be read")
}

fn id_of(octets: &[u8]) -> String {
    let resp = SubmitResp::decode(&octets[16..]).expect("a submit_sm_resp that can be read");
    String::from_utf8_lossy(resp.message_id).into_owned()
}

const TRX: BindKind = BindKind::Transceiver;

#[test]
fn d05_a_sequence_number_used_twice_is_answered_twice() {
    with_shards(|world| {
        registered(world, "1111");
        world.net.faults.commit_us = 50_000;
        let raw = Raw::bound(world, TRX, 0x34);
        raw.write(world, &[submit_sm("one", 7), submit_sm("two", 7)].concat());
        world.run_ms(500);
        let resps = raw.heard(world, Command::SubmitSmResp);
        assert_eq!(resps.iter().map(|resp| header(resp).1).collect::<Vec<_>>(), [7, 7]);
        let ids: std::collections::BTreeSet<_> = resps.iter().map(|resp| id_of(resp)).collect();
        assert_eq!(ids.len(), 2, "two Sms with two names");
        assert_eq!(accepts_of(world, "tata").len(), 2);
    });
}

#[test]
fn d06_any_sequence_number_is_echoed() {
    with_shards(|world| {
        let raw = Raw::bound(world, TRX, 0x34);
        for sequence in [0, 1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX, 1] {
            raw.say(world, &enquire(sequence));
            assert_eq!(raw.last(world), (Command::EnquireLinkResp, Status::ROK, sequence));
        }
    });
}

#[test]
fn d07_answers_to_nothing_change_nothing() {
    with_shards(|world| {
        registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        for id in [0x8000_0005, 0x8000_0004, 0x8000_0103, 0x8000_0015, 0x8000_0000, 0x8000_0006] {
            if id != 0x8000_0006 {
                raw.say(world, &bare(id, 4_711));
            }
        }
        raw.say(world, &submit_sm("with a receipt", 3));
        world.run_ms(500);
        let deliver = raw.heard(world, Command::DeliverSm);
        assert_eq!(deliver.len(), 1);
        let sequence = header(&deliver[0]).1;
        // The wrong command, then the right one twice.
        raw.say(world, &bare(0x8000_0004, sequence));
        let mut resp = Vec::new();
        DeliverResp.encode(Status::ROK, sequence, &mut resp);
        raw.say(world, &[resp.clone(), resp].concat());
        assert!(raw.is_open(world));
        assert_eq!(world.tally(routing::board::Tally::ReceiptsTaken), 1);
    });
}

#[test]
fn d14_d15_a_length_that_cannot_be_ends_the_link() {
    with_shards(|world| {
        let other = bound(world, "tata", 1);
        let lengths = [0, 1, 15, 70_001, 0x0001_1171, 0x7FFF_FFFF, 0xFFFF_FFFF];
        for length in lengths {
            for is_bound in [false, true] {
                let raw = match is_bound {
                    true => Raw::bound(world, TRX, 0x34),
                    false => Raw::connect(world),
                };
                let octets = [&u32::to_be_bytes(length)[..], &[0, 0, 0, 4]].concat();
                raw.say(world, &octets);
                let nack = (Command::GenericNack, Status::RINVCMDLEN, 0);
                assert_eq!(raw.last(world), nack, "{length:#x}");
                assert!(!raw.is_open(world), "{length:#x}");
            }
        }
        let raw = Raw::connect(world);
        raw.say(world, &1_025_u32.to_be_bytes());
        assert!(!raw.is_open(world), "who is not bound has little to say");
        assert_eq!(world.esme(other).0.hangups, 0);
    });
}

#[test]
fn d16_a_pdu_has_ten_seconds() {
    with_shards(|world| {
        let raw = Raw::bound(world, TRX, 0x34);
        let octets = submit_sm("drop by drop", 2);
        for octet in &octets[..9] {
            raw.write(world, &[*octet]);
            world.run_ms(1000);
        }
        assert!(raw.is_open(world), "nine seconds");
        world.run_ms(1100);
        assert!(!raw.is_open(world), "ten seconds");
        assert!(world.nodes[0].accepts().is_empty());
    });
}

#[test]
fn d16_a_thousand_pdus_in_one_segment_are_all_answered() {
    with_shards(|world| {
        let raw = Raw::bound(world, TRX, 0x34);
        let octets: Vec<u8> = (0..1000).flat_map(enquire).collect();
        raw.say(world, &octets);
        assert_eq!(raw.heard(world, Command::EnquireLinkResp).len(), 1000);
    });
}

#[test]
fn d17_an_unknown_answer_is_ignored_and_an_unknown_request_is_not() {
    with_shards(|world| {
        let raw = Raw::bound(world, TRX, 0x34);
        for id in [0x8000_000A, 0x8001_0200, 0xFFFF_FFFF] {
            raw.say(world, &bare(id, 5));
        }
        assert_eq!(raw.esme(world).others.len(), 1, "the bind's answer and nothing else");
        for id in 0..40 {
            raw.say(world, &bare(0x0199, id));
            assert_eq!(raw.last(world), (Command::GenericNack, Status::RINVCMDID, id));
        }
        assert!(raw.is_open(world));
    });
}

/// Each request of the standard in each state, said by a carrier: the answer is the table's.
#[test]
fn d18_every_request_in_every_state_gets_the_answer_of_the_table() {
    let states = [
        (None, State::Open),
        (Some(BindKind::Transmitter), State::BoundTx),
        (Some(BindKind::Receiver), State::BoundRx),
        (Some(BindKind::Transceiver), State::BoundTrx),
    ];
    let mut world = World::of(42, [1, 1], Site::standard());
    world.run_ms(500);
    let world = &mut world;
    for (kind, state) in states {
        for command in Command::ALL.iter().copied().filter(|command| !command.is_response()) {
            let verdict = may(state, Role::Server, Direction::Received, command);
            let raw = match kind {
                Some(kind) => Raw::bound(world, kind, 0x34),
                None => Raw::connect(world),
            };
            let before = raw.esme(world).others.len();
            raw.say(world, &bare(command.id(), 77));
            let answers = raw.esme(world).others[before..].to_vec();
            let context = format!("{command} in {state:?}: {answers:?}");
            match verdict.status() {
                Some(status) => {
                    assert_eq!(answers, [(command.response(), status, 77)], "{context}");
                    assert!(raw.is_open(world), "{context}");
                }
                None if command == Command::Unbind => {
                    assert_eq!(answers, [(Command::UnbindResp, Status::ROK, 77)], "{context}");
                }
                // Allowed, but there is nothing in it.
                None => {
                    let bind = state == State::Open && command != Command::EnquireLink;
                    assert!(answers.len() == usize::from(!bind), "{context}");
                }
            }
            let (esme, net) = world.esme(raw.peer);
            let wire = esme.wire(raw.link);
            wire.into_iter().for_each(|wire| net.cut(wire));
            world.run_ms(20);
        }
    }
    assert!(world.nodes[0].accepts().is_empty());
}

#[test]
fn d18_who_goes_on_in_the_wrong_state_is_shown_the_door() {
    with_shards(|world| {
        let table = [(None, 8), (Some(BindKind::Receiver), 15)];
        for (kind, allowed) in table {
            let raw = match kind {
                Some(kind) => Raw::bound(world, kind, 0x34),
                None => Raw::connect(world),
            };
            for sequence in 0..allowed {
                raw.say(world, &submit_sm("no", sequence));
                let answer = (Command::SubmitSmResp, Status::RINVBNDSTS, sequence);
                assert_eq!(raw.last(world), answer);
                assert!(raw.is_open(world), "{sequence}");
            }
            raw.say(world, &submit_sm("no", 99));
            assert!(!raw.is_open(world), "{kind:?}");
        }
    });
}

#[test]
fn d19_one_address_holds_only_so_many_unbound_links() {
    with_shards(|world| {
        let crowd: Vec<usize> = (0..300 * usize::from(world.nodes[0].shards))
            .map(|_| {
                let peer = world.add_esme("raw", 1);
                let esme = world.esme(peer).0;
                (esme.raw, esme.persistent) = (true, false);
                peer
            })
            .collect();
        world.run_ms(100);
        let held = crowd.iter().filter(|peer| !world.esme(**peer).0.connected().is_empty());
        let held: Vec<usize> = held.copied().collect();
        assert!(held.len() <= 256 * usize::from(world.nodes[0].shards), "{}", held.len());
        assert!(held.len() >= 200);
        world.run_ms(5000);
        let left = held.iter().filter(|peer| !world.esme(**peer).0.connected().is_empty());
        assert_eq!(left.count(), 0, "and none of them for longer than it takes to bind");
        bound(world, "tata", 2);
    });
}

#[test]
fn d19_a_bind_without_traffic_is_unbound() {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.dialect.timers.inactivity_ms = 20_000;
    site.carrier_of("tata").contract.dialect.timers.enquire_ms = 7_000;
    with_site(&site.publish(), |world| {
        let raw = Raw::bound(world, TRX, 0x34);
        for _ in 0..19 {
            world.run_ms(1000);
            let asked = raw.heard(world, Command::EnquireLink);
            raw.esme(world).heard.clear();
            for asked in asked {
                let mut octets = Vec::new();
                smpp::pdu::put_enquire_link_resp(header(&asked).1, &mut octets);
                raw.write(world, &octets);
            }
        }
        assert_eq!(raw.heard(world, Command::Unbind).len(), 0);
        world.run_ms(1500);
        assert_eq!(raw.heard(world, Command::Unbind).len(), 1, "an enquire_link is no traffic");
        world.run_ms(11_000);
        assert!(!raw.is_open(world), "and it does not answer that");
    });
}

#[test]
fn d20_what_is_not_well_formed_has_its_status() {
    let good = submit_sm("well formed", 9);
    let with = |cut: &dyn Fn(&mut Vec<u8>)| {
        let mut octets = good.clone();
        cut(&mut octets);
        let length = octets.len() as u32;
        octets[..4].copy_from_slice(&length.to_be_bytes());
        octets
    };
    let at_source = 16 + 1 + 2;
    let table: Vec<(&str, Vec<u8>, Status)> = vec![
        ("service_type without end", with(&|o| o[16..22].fill(b'x')), Status::RINVSERTYP),
        (
            "source_addr without end",
            with(&|o| {
                o.truncate(at_source);
                o.extend([b'1'; 30]);
            }),
            Status::RINVSRCADR,
        ),
        ("sm_length > rest", with(&|o| o.truncate(o.len() - 3)), Status::RINVMSGLEN),
        ("nothing at all", with(&|o| o.truncate(16)), Status::RINVCMDLEN),
        ("TLV cut", with(&|o| o.extend([0x02, 0x04, 0, 2, 1])), Status::RINVTLVSTREAM),
        ("stray octets", with(&|o| o.extend([0x02, 0x04])), Status::RINVTLVSTREAM),
        ("TLV length > rest", with(&|o| o.extend([2, 4, 255, 255])), Status::RINVTLVSTREAM),
        ("TLV of a wrong size", with(&|o| o.extend([2, 4, 0, 1, 1])), Status::RINVTLVLEN),
        ("two of one", with(&|o| o.extend([2, 4, 0, 2, 0, 1, 2, 4, 0, 2, 0, 2])), Status::ROK),
        ("unknown TLVs", with(&|o| o.extend([0x14, 0, 0, 1, 7, 0x77, 0, 0, 0])), Status::ROK),
    ];
    with_shards(|world| {
        registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        for (what, octets, status) in &table {
            raw.say(world, octets);
            let resps = raw.heard(world, Command::SubmitSmResp);
            raw.esme(world).heard.clear();
            let answers = raw.esme(world).others.iter().rev();
            let answer = answers.copied().find(|(command, ..)| *command == Command::SubmitSmResp);
            assert_eq!(answer, Some((Command::SubmitSmResp, *status, 9)), "{what}");
            assert_eq!(resps.len(), 1, "{what}");
            assert!(raw.is_open(world), "{what}");
        }
    });
}

#[test]
fn d21_of_two_texts_the_payload_counts_and_it_is_noted() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        let mut tlvs = Vec::new();
        tlv::put(tag::MESSAGE_PAYLOAD, b"the payload", &mut tlvs);
        let message = ShortMessage {
            source: Address { ton: 5, npi: 0, addr: b"TATA" },
            destination: Address { ton: 1, npi: 1, addr: b"1111" },
            short_message: b"the short one",
            tlvs: Tlvs::decode(&tlvs).unwrap(),
            ..ShortMessage::default()
        };
        let mut octets = Vec::new();
        message.encode_submit_sm(4, &mut octets);
        raw.say(world, &octets);
        world.run_ms(500);
        assert_eq!(world.phone(phone).0.texts(), ["the payload"]);
        assert!(world.nodes[0].notes.iter().any(|(_, note)| note.contains("message_payload")));
    });
}

#[test]
fn d22_a_peer_of_3_3_reads_no_tlv_and_no_long_id() {
    with_shards(|world| {
        registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x33);
        let resp = raw.heard(world, Command::BindTransceiverResp);
        assert!(smpp::BindResp::decode(&resp[0][16..]).unwrap().sc_interface_version.is_none());
        raw.say(world, &submit_sm("for an old one", 2));
        world.run_ms(500);
        let id = id_of(&raw.heard(world, Command::SubmitSmResp)[0]);
        assert_eq!(id.len(), 8);
        let delivers = raw.heard(world, Command::DeliverSm);
        let message = message(&delivers[0]);
        assert!(message.tlvs.is_empty());
        assert_eq!(Receipt::of(&message).unwrap().id, id.as_bytes(), "the same id in the receipt");
        assert_eq!(raw.answer_delivers(world, Status::ROK), 1);
    });
}

#[test]
fn each_carrier_reads_ids_and_receipts_as_agreed() {
    let table = [
        (IdForm::Auto, ReceiptForm::Both, 16, 16),
        (IdForm::Hex, ReceiptForm::Both, 16, 16),
        (IdForm::Decimal, ReceiptForm::Words, 19, 19),
        (IdForm::HexThenDecimal, ReceiptForm::Seconds, 16, 19),
        (IdForm::Short, ReceiptForm::Tlvs, 8, 8),
    ];
    for (ids, receipts, answer_len, receipt_len) in table {
        let mut site = Site::standard();
        let dialect = &mut site.carrier_of("tata").contract.dialect;
        (dialect.ids, dialect.receipts) = (ids, receipts);
        with_site(&site.publish(), |world| {
            registered(world, "1111");
            let raw = Raw::bound(world, TRX, 0x34);
            raw.say(world, &submit_sm("as agreed", 2));
            world.run_ms(500);
            let id = id_of(&raw.heard(world, Command::SubmitSmResp)[0]);
            assert_eq!(id.len(), answer_len, "{ids:?} {id}");
            let delivers = raw.heard(world, Command::DeliverSm);
            let message = message(&delivers[0]);
            let receipt = Receipt::of(&message).unwrap();
            assert_eq!(receipt.id.len(), receipt_len, "{ids:?}");
            let value = |text: &[u8], base| {
                u64::from_str_radix(std::str::from_utf8(text).unwrap(), base).unwrap_or(1)
            };
            match ids {
                IdForm::HexThenDecimal => {
                    assert_eq!(value(id.as_bytes(), 16), value(receipt.id, 10));
                }
                _ => assert_eq!(receipt.id, id.as_bytes()),
            }
            let words = String::from_utf8_lossy(message.short_message).into_owned();
            let date = words.split("submit date:").nth(1).map(|rest| rest.find(' ').unwrap());
            let expected = match receipts {
                ReceiptForm::Both => (Some(10), true),
                ReceiptForm::Words => (Some(10), false),
                ReceiptForm::Seconds => (Some(12), true),
                ReceiptForm::Tlvs => (None, true),
            };
            let has_state = message.tlvs.get(tag::MESSAGE_STATE).is_some();
            assert_eq!((date, has_state), expected, "{receipts:?}: {words}");
        });
    }
}

#[test]
fn d23_bodies_where_none_belong_are_tolerated() {
    with_shards(|world| {
        registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        let mut octets = enquire(3);
        octets.extend_from_slice(b"why not");
        let length = octets.len() as u32;
        octets[..4].copy_from_slice(&length.to_be_bytes());
        raw.say(world, &octets);
        assert_eq!(raw.last(world), (Command::EnquireLinkResp, Status::ROK, 3));
        assert_eq!(raw.heard(world, Command::EnquireLinkResp)[0].len(), 16, "ours has none");
        raw.say(world, &submit_sm("a receipt", 4));
        world.run_ms(500);
        let sequence = header(&raw.heard(world, Command::DeliverSm)[0]).1;
        let mut octets = Vec::new();
        put_error(Command::DeliverSm, Status::RX_T_APPN, sequence, &mut octets);
        octets.extend_from_slice(b"and why\0");
        let length = octets.len() as u32;
        octets[..4].copy_from_slice(&length.to_be_bytes());
        raw.esme(world).heard.clear();
        raw.say(world, &octets);
        assert!(raw.is_open(world));
        world.run_ms(1100);
        assert_eq!(raw.answer_delivers(world, Status::ROK), 1, "it came again");
    });
}

/// 2,000 receipts wait for TATA; C1's Sms are answered as fast as on a quiet day.
#[test]
fn d27_a_storm_of_receipts_holds_nobody_up() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = world.add_esme_of("tata", &[BindKind::Transmitter]);
        let c1 = bound(world, "c1", 1);
        world.run_ms(100);
        for number in 0..2000 {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new("1111", &format!("storm {number}")));
        }
        world.run_ms(60_000);
        let waiting = world.tally(routing::board::Tally::ReceiptsPending);
        assert_eq!(waiting, 2000, "nobody takes them");
        let answer_us = |world: &mut World, text: &str| {
            let start = world.net.now;
            let (esme, net) = world.esme(c1);
            let job = esme.submit(net, Job::new("1112", text));
            let limit = start + 1_000_000_000;
            while world.esme(c1).0.jobs[job].answer.is_none() && world.net.now < limit {
                world.run_until(world.net.now + 100_000);
            }
            (world.net.now - start) / 1000
        };
        let quiet = answer_us(world, "on a quiet day");
        let (esme, net) = world.esme(tata);
        esme.kinds.push(BindKind::Receiver);
        esme.begin(net);
        let mut worst = 0;
        for number in 0..20 {
            worst = worst.max(answer_us(world, &format!("in the storm {number}")));
        }
        assert!(worst <= 2 * quiet + 1000, "{worst} us against {quiet} us");
        registered(world, "1112");
        world.run_ms(30_000);
        let ids: Vec<_> = world.esme(tata).0.receipts.iter().map(|r| r.id.clone()).collect();
        assert_eq!(ids.len(), 2000);
        if world.nodes[0].shards == 1 {
            assert!(ids.is_sorted(), "in the order in which they were accepted");
        }
    });
}

#[test]
fn d29_receipts_wait_for_a_bind_that_receives() {
    with_shards(|world| {
        registered(world, "1111");
        let tx = Raw::bound(world, BindKind::Transmitter, 0x34);
        tx.say(world, &submit_sm("for later", 2));
        world.run_ms(3_600_000);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 1);
        let rx = Raw::bound(world, BindKind::Receiver, 0x34);
        world.run_ms(100);
        assert_eq!(rx.answer_delivers(world, Status::ROK), 1);
        world.run_ms(1000);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 0);
        assert_eq!(rx.answer_delivers(world, Status::ROK), 0, "once");
    });
}

#[test]
fn d29_a_receipt_nobody_fetches_is_dropped_and_told() {
    with_shards(|world| {
        registered(world, "1111");
        let tx = Raw::bound(world, BindKind::Transmitter, 0x34);
        tx.say(world, &submit_sm("for nobody", 2));
        world.run_ms(71 * 3_600_000);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 1);
        world.run_ms(2 * 3_600_000);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 0);
        let told =
            |(_, note): &(u64, String)| note.starts_with("receipt dropped: its carrier stays");
        assert_eq!(world.nodes[0].notes.iter().filter(|note| told(note)).count(), 1);
    });
}

#[test]
fn d30_a_receipt_that_is_refused_comes_again_and_then_no_more() {
    with_shards(|world| {
        registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        // Temporary: as often as it takes, with growing pauses.
        raw.say(world, &submit_sm("not now", 2));
        world.run_ms(500);
        for pause in [1_100, 5_100, 30_100] {
            assert_eq!(raw.answer_delivers(world, Status::RX_T_APPN), 1, "{pause}");
            world.run_ms(pause - 500);
            assert_eq!(raw.heard(world, Command::DeliverSm).len(), 0, "{pause}");
            world.run_ms(500);
        }
        assert_eq!(raw.answer_delivers(world, Status::ROK), 1);
        // Permanent: three times.
        raw.say(world, &submit_sm("never", 3));
        world.run_ms(500);
        for pause in [1_100, 5_100, 0] {
            assert_eq!(raw.answer_delivers(world, Status::RX_P_APPN), 1, "{pause}");
            world.run_ms(pause);
        }
        world.run_ms(3_600_000);
        assert_eq!(raw.heard(world, Command::DeliverSm).len(), 0);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 0);
        let told = |(_, note): &(u64, String)| note.contains("its carrier refuses it");
        assert_eq!(world.nodes[0].notes.iter().filter(|note| told(note)).count(), 1);
    });
}

#[test]
fn d32_an_unbind_waits_for_both_sides() {
    with_shards(|world| {
        registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        raw.say(world, &submit_sm("a receipt", 2));
        world.run_ms(500);
        let sequence = header(&raw.heard(world, Command::DeliverSm)[0]).1;
        let mut goodbye = Vec::new();
        put_unbind(3, &mut goodbye);
        raw.write(world, &goodbye);
        world.run_ms(20);
        assert!(raw.heard(world, Command::UnbindResp).is_empty(), "a receipt is unanswered");
        let mut resp = Vec::new();
        DeliverResp.encode(Status::ROK, sequence, &mut resp);
        raw.say(world, &resp);
        assert_eq!(raw.last(world), (Command::UnbindResp, Status::ROK, 3));
        assert!(!raw.is_open(world));
        world.run_ms(100);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 0, "it was answered");
        // Who never answers is not waited for long.
        let raw = Raw::bound(world, TRX, 0x34);
        raw.say(world, &submit_sm("another receipt", 2));
        world.run_ms(500);
        raw.say(world, &goodbye);
        world.run_ms(600);
        assert_eq!(raw.last(world), (Command::UnbindResp, Status::ROK, 3));
    });
}

#[test]
fn h1_h2_no_bind_that_fails_tells_why_not_even_by_its_time() {
    let mut site = Site::standard();
    site.carrier_of("c1").allow = vec![routing::Cidr::parse("198.51.100.0/24").unwrap()];
    site.carrier_of("tata").contract.bind_kinds = vec![Kind::Receiver];
    let mut tls = site.carrier_of("tata").clone();
    (tls.id, tls.system_id, tls.contract.tls_only) = (299, "tls".to_owned(), true);
    site.carriers.push((299, b"secret".to_vec()));
    site.environment("env1").carriers.push(tls);
    with_site(&site.publish(), |world| {
        let table = [
            ("nobody", "secret", TRX),
            ("tata", "wrong", BindKind::Receiver),
            ("tata", "secret", TRX),
            ("c1", "secret", TRX),
            ("tls", "secret", BindKind::Receiver),
        ];
        for (system_id, password, kind) in table {
            let raw = Raw::connect(world);
            raw.write(world, &bind_as(kind, 0x34, system_id, password, 9));
            world.run_ms(999);
            assert!(raw.esme(world).others.is_empty(), "{system_id} {password}");
            raw.write(world, &enquire(10));
            world.run_ms(4);
            let answer = (kind.command().response(), Status::RBINDFAIL, 9);
            assert_eq!(raw.esme(world).others, [answer], "{system_id} {password}");
            world.run_ms(10);
            assert!(!raw.is_open(world));
        }
        Raw::bound(world, BindKind::Receiver, 0x34);
    });
}

#[test]
fn h3_a_calling_address_that_is_not_the_carrier_s_is_refused_or_replaced() {
    let rewrite =
        ForeignSource::Rewrite { address: "4477".to_owned(), plane: Plane { ton: 1, npi: 1 } };
    let table = [
        ("+4479001", ForeignSource::Refuse, Ok("+4479001")),
        ("4479001", ForeignSource::Refuse, Ok("4479001")),
        ("TATA", ForeignSource::Refuse, Ok("TATA")),
        ("TATA2", ForeignSource::Refuse, Err(Status::RINVSRCADR)),
        ("1199", ForeignSource::Refuse, Err(Status::RINVSRCADR)),
        ("BANK", rewrite, Ok("4477")),
    ];
    for (said, foreign, expected) in table {
        let mut site = Site::standard();
        let contract = &mut site.carrier_of("tata").contract;
        contract.sources = vec!["4479%".to_owned(), "TATA".to_owned()];
        contract.foreign_source = foreign;
        with_site(&site.publish(), |world| {
            registered(world, "1111");
            let raw = Raw::bound(world, TRX, 0x34);
            let message = ShortMessage {
                source: Address { ton: 0, npi: 0, addr: said.as_bytes() },
                destination: Address { ton: 1, npi: 1, addr: b"1111" },
                short_message: b"who am I",
                ..ShortMessage::default()
            };
            let mut octets = Vec::new();
            message.encode_submit_sm(4, &mut octets);
            raw.say(world, &octets);
            assert_eq!(raw.last(world).1, expected.err().unwrap_or(Status::ROK), "{said}");
            let accepts = world.nodes[0].accepts();
            let source = accepts.first().map(|(_, sms)| sms.source.to_string());
            assert_eq!(source.as_deref(), expected.ok(), "{said}");
        });
    }
}

#[test]
fn an_address_without_type_gets_the_one_that_was_agreed() {
    let mut site = Site::standard();
    let dialect = &mut site.carrier_of("tata").contract.dialect;
    dialect.source = Some(Plane { ton: 5, npi: 0 });
    dialect.destination = Some(Plane { ton: 1, npi: 1 });
    dialect.alphabet = DefaultAlphabet::Latin1;
    with_site(&site.publish(), |world| {
        let phone = registered(world, "1111");
        let raw = Raw::bound(world, TRX, 0x34);
        let message = ShortMessage {
            source: Address { ton: 0, npi: 0, addr: b"TATA" },
            destination: Address { ton: 0, npi: 0, addr: b"1111" },
            short_message: b"gr\xFC\xDFe",
            ..ShortMessage::default()
        };
        let mut octets = Vec::new();
        message.encode_submit_sm(4, &mut octets);
        raw.say(world, &octets);
        world.run_ms(500);
        let accepts = world.nodes[0].accepts();
        let (_, sms) = &accepts[0];
        assert_eq!((sms.source.ton, sms.source.npi), (5, 0));
        assert_eq!((sms.destination.ton, sms.destination.npi), (1, 1));
        assert_eq!(world.phone(phone).0.texts(), ["grüße"], "and 0 means Latin-1 here");
    });
}

#[test]
fn a_quota_is_a_day_s_and_a_burst_is_a_burst() {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.quota_daily = 5;
    site.carrier_of("c1").tps = 10;
    site.carrier_of("c1").contract.burst = 3;
    with_site(&site.publish(), |world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.persistent = false;
        let numbers: Vec<_> = (0..8)
            .map(|number| submit(world, tata, Job::new("1111", &format!("quota {number}"))))
            .collect();
        let jobs = &world.esme(tata).0.jobs;
        let refused: Vec<_> = numbers.iter().filter_map(|number| jobs[*number].refused()).collect();
        assert_eq!(refused, [Status::RTHROTTLED.0; 3]);
        world.run_ms(86_400_000);
        let tomorrow = submit(world, tata, Job::new("1111", "tomorrow"));
        assert!(world.esme(tata).0.jobs[tomorrow].id().is_some());
        let c1 = bound(world, "c1", 1);
        let (esme, net) = world.esme(c1);
        esme.persistent = false;
        for number in 0..6 {
            esme.submit(net, Job::new("1111", &format!("burst {number}")));
        }
        world.run_ms(1000);
        let refused = world.esme(c1).0.jobs.iter().filter_map(Job::refused).count();
        assert_eq!(refused, 3);
    });
}

#[test]
fn a_quota_holds_over_all_binds_wherever_they_are() {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.quota_daily = 20;
    with_site(&site.publish(), |world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 6);
        let (esme, net) = world.esme(tata);
        (esme.persistent, esme.window) = (false, 1);
        for number in 0..60 {
            esme.submit(net, Job::new("1111", &format!("shared {number}")));
        }
        world.run_ms(5000);
        let taken = world.esme(tata).0.jobs.iter().filter(|job| job.id().is_some()).count();
        // What is on its way while a shard tells the others: one of each bind.
        assert!((20..26).contains(&taken), "{taken}");
    });
}

#[test]
fn a_peer_of_5_0_hears_how_congested_we_are_and_others_do_not() {
    with_shards(|world| {
        registered(world, "1111");
        world.net.faults.commit_us = 20_000;
        for (version, hears) in [(0x50, true), (0x34, false)] {
            let raw = Raw::bound(world, TRX, version);
            let octets: Vec<u8> = (2..11).flat_map(|n| submit_sm(&format!("{n}"), n)).collect();
            raw.say(world, &octets);
            world.run_ms(500);
            let resps = raw.heard(world, Command::SubmitSmResp);
            assert_eq!(resps.len(), 9);
            let states: Vec<_> = resps
                .iter()
                .map(|resp| SubmitResp::decode(&resp[16..]).unwrap())
                .map(|resp| resp.tlvs.get_u8(tag::CONGESTION_STATE))
                .collect();
            assert_eq!(states.iter().all(Option::is_some), hears, "{states:?}");
            assert!(states.iter().flatten().all(|state| *state <= 100));
            if hears {
                assert!(states[0] > Some(70), "nine of ten are waiting: {states:?}");
            }
            raw.answer_delivers(world, Status::ROK);
        }
    });
}

#[test]
fn what_a_carrier_adds_goes_on_in_its_order() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(2000);
        let raw = Raw::bound(world, TRX, 0x34);
        let mut tlvs = Vec::new();
        for (tag, value) in [
            (0x1400_u16, &b"1101234567890"[..]),
            (0x0381, b"\x01\x01\x01111"),
            (0x3FFF, b""),
            (0x0381, b"\x01\x01\x01222"),
            (0x1402, b"template"),
        ] {
            tlv::put(tag, value, &mut tlvs);
        }
        let message = ShortMessage {
            source: Address { ton: 5, npi: 0, addr: b"TATA" },
            destination: Address { ton: 1, npi: 1, addr: b"3331" },
            short_message: b"with more",
            tlvs: Tlvs::decode(&tlvs).unwrap(),
            ..ShortMessage::default()
        };
        let mut octets = Vec::new();
        message.encode_submit_sm(4, &mut octets);
        raw.say(world, &octets);
        world.run_ms(2000);
        let got = &world.smsc(smsc).got;
        assert_eq!(got.len(), 1);
        assert!(got[0].tlvs.starts_with(&tlvs), "octet for octet, ours behind");
    });
}

#[test]
fn a_plan_that_allows_less_unbinds_who_is_too_much() {
    with_shards(|world| {
        let trx = Raw::bound(world, TRX, 0x34);
        let rx = Raw::bound(world, BindKind::Receiver, 0x34);
        let mut site = world.site.clone();
        site.carrier_of("tata").contract.bind_kinds = vec![Kind::Receiver];
        world.publish(site);
        world.run_ms(100);
        assert_eq!(trx.heard(world, Command::Unbind).len(), 1);
        assert_eq!(rx.heard(world, Command::Unbind).len(), 0);
    });
}

#[test]
fn d31_what_a_dead_bind_had_comes_once_by_another() {
    with_shards(|world| {
        registered(world, "1111");
        let one = Raw::bound(world, TRX, 0x34);
        one.say(world, &submit_sm("not lost", 2));
        world.run_ms(500);
        assert_eq!(one.heard(world, Command::DeliverSm).len(), 1);
        let other = Raw::bound(world, TRX, 0x34);
        let (esme, net) = world.esme(one.peer);
        let wire = esme.wire(one.link).expect("it is connected");
        net.cut(wire);
        world.run_ms(100);
        assert_eq!(other.answer_delivers(world, Status::ROK), 1, "at once");
        world.run_ms(10_000);
        assert_eq!(other.answer_delivers(world, Status::ROK), 0, "and once");
        let mercy = Mercy { receipts_again: true, ..Mercy::default() };
        settle_with(world, mercy);
        settle(world);
    });
}

/// There are no cells here: a peer of 5.0 hears it from the command's own answer.
#[test]
fn broadcasts_are_refused_in_the_words_of_the_peers_version() {
    with_shards(|world| {
        for version in [0x33, 0x34, 0x50] {
            let raw = Raw::bound(world, TRX, version);
            for (sequence, id) in (7..).zip([0x111, 0x112, 0x113]) {
                raw.say(world, &bare(id, sequence));
                let expected = match version {
                    0x50 => (Command::decode(id | 0x8000_0000), Status::RPROHIBITED),
                    _ => (Command::GenericNack, Status::RINVCMDID),
                };
                assert_eq!(raw.last(world), (expected.0, expected.1, sequence), "{version:#x}");
            }
            raw.say(world, &enquire(99));
            assert_eq!(raw.last(world).0, Command::EnquireLinkResp, "the link lives");
            raw.say(world, &bare(6, 100));
        }
    });
}

#[test]
fn a_throttled_peer_of_5_0_hears_how_congested_we_are() {
    let mut site = Site::standard();
    site.carrier_of("tata").tps = 1;
    with_site(&site.publish(), |world| {
        registered(world, "1111");
        for (version, expected) in [(0x34, None), (0x50, Some(100))] {
            let raw = Raw::bound(world, TRX, version);
            (2..9).for_each(|sequence| raw.write(world, &submit_sm("at once", sequence)));
            world.run_ms(500);
            let resps = raw.heard(world, Command::SubmitSmResp);
            let status = Status::RTHROTTLED.0.to_be_bytes();
            let resp = resps.iter().find(|resp| resp[8..12] == status).expect("it is throttled");
            let resp = SubmitResp::decode(&resp[16..]).expect("it can be read");
            assert_eq!(resp.tlvs.get_u8(tag::CONGESTION_STATE), expected, "{version:#x}");
            raw.say(world, &bare(6, 100));
            world.run_ms(5000);
        }
    });
}

/// Who waits for the outcome of a data_sm with set_dpf hears whether an alert will follow.
#[test]
fn a_data_sm_that_failed_tells_whether_an_alert_will_follow() {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.ack = routing::AckLevel::Delivered;
    with_site(&site.publish(), |world| {
        let raw = Raw::bound(world, TRX, 0x34);
        for (sequence, set_dpf, expected) in
            [(2, None, None), (3, Some(0), None), (4, Some(1), Some(1))]
        {
            let mut tlvs = smpp::TlvBuffer::new();
            tlvs.put(tag::MESSAGE_PAYLOAD, b"call me");
            if let Some(set_dpf) = set_dpf {
                tlvs.put_u8(tag::SET_DPF, set_dpf);
            }
            let source = Address { ton: 5, npi: 0, addr: b"TATA" };
            let destination = Address { ton: 1, npi: 1, addr: b"1111" };
            let tlvs = tlvs.view();
            let data = smpp::pdu::DataSm { source, destination, tlvs, ..Default::default() };
            let mut octets = Vec::new();
            data.encode(sequence, &mut octets);
            raw.say(world, &octets);
            world.run_ms(1000);
            assert_eq!(raw.last(world).1, Status::RDELIVERYFAILURE);
            let resps = raw.heard(world, Command::DataSmResp);
            let resp = resps.last().expect("an answer");
            let resp = SubmitResp::decode(&resp[16..]).expect("it can be read");
            assert_eq!(resp.tlvs.get_u8(tag::DELIVERY_FAILURE_REASON), Some(0));
            assert_eq!(resp.tlvs.get_u8(tag::DPF_RESULT), expected, "set_dpf {set_dpf:?}");
        }
        registered(world, "1111");
        world.run_ms(100);
        assert_eq!(raw.heard(world, Command::AlertNotification).len(), 1);
    });
}
