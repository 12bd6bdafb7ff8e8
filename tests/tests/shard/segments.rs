//! Long texts: segments for an app are joined into one MESSAGE, each keeps its charge and receipt;
//! a text from an app becomes segments of a next hop.

use routing::{Incomplete, Segmenting, Sms};
use sip::Transport;
use smpp::pdu::esm_class;
use smpp::tlv::tag;
use smpp::{MessageState, Tlvs};
use tests::checks::accepts_of;
use tests::peers::Job;
use tests::scene::{bound, registered, settle, submit, with_shards, with_site};
use tests::{Site, World};

/// A segment under an 8-bit reference; all octets of it are ASCII, as those of a [`Job`] are.
fn segment(reference: u8, total: u8, sequence: u8, text: &str) -> Job {
    let header: String =
        [5, 0, 3, reference, total, sequence].into_iter().map(char::from).collect();
    let mut job = Job::new("1111", &format!("{header}{text}"));
    job.esm_class = esm_class::UDHI;
    job
}

/// What a segment says, different from all others.
fn said(reference: u8, sequence: u8) -> String {
    format!("text {reference} segment {sequence}; ")
}

fn delivered(world: &mut World, esme: usize) -> usize {
    let receipts = world.esme(esme).0.receipts.iter();
    receipts.filter(|receipt| receipt.state == Some(MessageState::Delivered)).count()
}

#[test]
fn f01_segments_in_any_order_are_one_text_with_a_receipt_each() {
    let orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 2);
        for (reference, order) in (1..).zip(orders) {
            for sequence in order {
                submit(world, tata, segment(reference, 3, sequence, &said(reference, sequence)));
            }
        }
        world.run_ms(5000);
        let whole = |reference| (1..=3).map(|sequence| said(reference, sequence)).collect();
        let whole: Vec<String> = (1..=6).map(whole).collect();
        let mut texts = world.phone(phone).0.texts();
        texts.sort_unstable();
        assert_eq!(texts, whole);
        assert_eq!((accepts_of(world, "tata").len(), delivered(world, tata)), (18, 18));
        let due: i64 = accepts_of(world, "tata").iter().map(|sms| sms.charge.amount_micros).sum();
        assert_eq!(due, 18 * tests::model::PRICE);
        settle(world);
    });
}

#[test]
fn f02_a_segment_that_comes_twice_is_shown_once() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        // Before the others, with them on their way, and after all was said.
        for sequence in [1, 1, 2] {
            submit(world, tata, segment(7, 2, sequence, &said(7, sequence)));
        }
        world.run_ms(2000);
        submit(world, tata, segment(7, 2, 2, &said(7, 2)));
        world.run_ms(70_000);
        assert_eq!(world.phone(phone).0.texts(), [said(7, 1) + &said(7, 2)]);
        assert_eq!((accepts_of(world, "tata").len(), delivered(world, tata)), (4, 4));
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

#[test]
fn f03_what_came_goes_with_a_mark_when_the_time_is_over() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        for sequence in [2, 4] {
            submit(world, tata, segment(7, 5, sequence, &said(7, sequence)));
        }
        world.run_ms(58_000);
        assert_eq!(world.phone(phone).0.texts(), [""; 0]);
        world.run_ms(5_000);
        let marked = format!("[…]{}[…]{}[…]", said(7, 2), said(7, 4));
        assert_eq!(world.phone(phone).0.texts(), [marked]);
        assert_eq!(delivered(world, tata), 2);
        settle(world);
    });
}

#[test]
fn f04_a_reference_used_anew_mixes_no_texts() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, segment(7, 2, 1, "an old one that never ends; "));
        world.run_ms(500);
        for sequence in [1, 2] {
            submit(world, tata, segment(7, 2, sequence, &said(7, sequence)));
        }
        // The same reference from another number is another text.
        world.run_ms(2000);
        let texts = world.phone(phone).0.texts();
        let whole = said(7, 1) + &said(7, 2);
        assert_eq!(texts, ["an old one that never ends; […]", &whole]);
        settle(world);
    });
}

#[test]
fn f06_segments_survive_a_crash_and_join() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.redial_ms = 300..301;
        for sequence in [3, 1] {
            submit(world, tata, segment(7, 3, sequence, &said(7, sequence)));
        }
        world.run_ms(1000);
        world.crash(0, 500);
        world.run_ms(3000);
        submit(world, tata, segment(7, 3, 2, &said(7, 2)));
        world.run_ms(5000);
        let whole: String = (1..=3).map(|sequence| said(7, sequence)).collect();
        assert_eq!(world.phone(phone).0.texts(), [whole]);
        assert_eq!(delivered(world, tata), 3);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

#[test]
fn f07_segments_over_several_binds_and_shards_join() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tatas = [bound(world, "tata", 3), bound(world, "tata", 3)];
        for sequence in 1..=6 {
            let tata = tatas[usize::from(sequence % 2)];
            submit(world, tata, segment(7, 6, sequence, &said(7, sequence)));
        }
        world.run_ms(5000);
        let whole: String = (1..=6).map(|sequence| said(7, sequence)).collect();
        assert_eq!(world.phone(phone).0.texts(), [whole]);
    });
}

#[test]
fn segments_wait_in_an_inbox_as_one() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        for sequence in [2, 1] {
            submit(world, tata, segment(7, 2, sequence, &said(7, sequence)));
        }
        world.run_ms(90_000);
        assert_eq!(world.esme(tata).0.receipts.len(), 0);
        let phone = registered(world, "1111");
        world.run_ms(2000);
        assert_eq!(world.phone(phone).0.texts(), [said(7, 1) + &said(7, 2)]);
        assert_eq!(delivered(world, tata), 2);
        settle(world);
    });
}

#[test]
fn f01_all_orders_of_up_to_five_segments_are_one_text() {
    for total in 2..=5_u8 {
        let mut world = World::new(42, [2, 1]);
        world.run_ms(500);
        let phone = registered(&mut world, "1111");
        let tata = bound(&mut world, "tata", 2);
        let orders = permutations((1..=total).collect());
        for (reference, order) in (1..).zip(&orders) {
            // The first one comes twice.
            for sequence in order.iter().chain(&order[..1]) {
                let job = segment(reference, total, *sequence, &said(reference, *sequence));
                let (carrier, net) = world.esme(tata);
                carrier.submit(net, job);
            }
            world.run_ms(200);
        }
        came_whole(&mut world, phone, total, orders.len());
        assert_eq!(delivered(&mut world, tata), orders.len() * (usize::from(total) + 1));
    }
}

#[test]
fn f06_all_orders_of_up_to_five_segments_are_one_text_across_a_crash() {
    for total in 2..=5_u8 {
        let mut world = World::new(42, [2, 1]);
        world.run_ms(500);
        let phone = registered(&mut world, "1111");
        let tatas = [bound(&mut world, "tata", 2), bound(&mut world, "tata", 1)];
        tatas.iter().for_each(|tata| world.esme(*tata).0.redial_ms = 300..301);
        let orders = permutations((1..=total).collect());
        let half = usize::from(total).div_ceil(2);
        for is_first in [true, false] {
            for (reference, order) in (1..).zip(&orders) {
                let (before, after) = order.split_at(half);
                // What came before the crash comes again behind it.
                let now = if is_first { before.to_vec() } else { [after, before].concat() };
                for (place, sequence) in now.into_iter().enumerate() {
                    let job = segment(reference, total, sequence, &said(reference, sequence));
                    let (carrier, net) = world.esme(tatas[place % 2]);
                    carrier.submit(net, job);
                }
                world.run_ms(100);
            }
            if is_first {
                world.run_ms(1000);
                world.crash(0, 500);
                world.run_ms(3000);
            }
        }
        came_whole(&mut world, phone, total, orders.len());
        let told: usize = tatas.iter().map(|tata| delivered(&mut world, *tata)).sum();
        // Of those that came again some were in doubt, and got the id they had (D8).
        let taken = accepts_of(&world, "tata").len();
        assert!(taken >= orders.len() * usize::from(total));
        assert_eq!(told, taken, "{total}");
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    }
}

/// So many texts of so many segments reach the app, whole and once each.
fn came_whole(world: &mut World, phone: usize, total: u8, count: usize) {
    world.run_ms(5000);
    let whole = |reference| (1..=total).map(|sequence| said(reference, sequence)).collect();
    let mut whole: Vec<String> = (1..).take(count).map(whole).collect();
    let mut texts = world.phone(phone).0.texts();
    whole.sort_unstable();
    texts.sort_unstable();
    assert_eq!(texts, whole, "{total}");
}

/// All orders of these.
fn permutations(of: Vec<u8>) -> Vec<Vec<u8>> {
    if of.len() <= 1 {
        return vec![of];
    }
    let mut all = Vec::new();
    for at in 0..of.len() {
        let mut others = of.clone();
        let first = others.remove(at);
        all.extend(permutations(others).into_iter().map(|rest| [vec![first], rest].concat()));
    }
    all
}

#[test]
fn f01_two_hundred_and_fifty_five_segments_are_one_message_on_a_connection() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        world.phone(phone).0.carriage.transport = Transport::Tcp;
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(200);
        assert!(world.phone(phone).0.registered);
        let tata = bound(world, "tata", 2);
        // As long as segments of GSM 7-bit are, in an order of their own.
        let long = |sequence: u8| format!("{sequence:03}{}", "x".repeat(150));
        for number in 0..255_u32 {
            let sequence = (number * 101 % 255 + 1) as u8;
            let (carrier, net) = world.esme(tata);
            let header = [5, 0, 3, 7, 255, sequence];
            let octets = [&header, long(sequence).as_bytes()].concat();
            let job = Job::new("1111", "").coded(0, &octets).under_header();
            carrier.submit(net, job);
            world.run_ms(10);
        }
        world.run_ms(5000);
        let texts = world.phone(phone).0.texts();
        let whole = [(1..=255).map(long).collect::<String>()];
        assert!(texts == whole, "{} MESSAGEs", texts.len());
        assert_eq!(delivered(world, tata), 255);
    });
}

#[test]
fn f03_what_goes_in_several_datagrams_has_its_marks_where_they_belong() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        let long = |sequence: u8| format!("{sequence}{}", "x".repeat(152));
        for sequence in [2, 3, 4, 6, 7, 9, 10, 11] {
            submit(world, tata, segment(7, 12, sequence, &long(sequence)));
        }
        submit(world, tata, Job::new("1111", "the next one"));
        world.run_ms(70_000);
        let texts = world.phone(phone).0.texts();
        let joined = |sequences: &[u8]| sequences.iter().copied().map(long).collect::<String>();
        let expected = [
            "the next one".to_owned(),
            format!("[…]{}[…]{}", joined(&[2, 3, 4]), joined(&[6, 7])),
            format!("[…]{}[…]", joined(&[9, 10, 11])),
        ];
        assert_eq!(texts, expected);
        assert_eq!(delivered(world, tata), 9);
        settle(world);
    });
}

#[test]
fn a_text_too_long_for_a_datagram_goes_in_several_messages() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        let long = |sequence: u8| said(7, sequence).repeat(6);
        for sequence in 1..=8 {
            submit(world, tata, segment(7, 8, sequence, &long(sequence)));
        }
        world.run_ms(5000);
        let texts = world.phone(phone).0.texts().concat();
        assert_eq!(texts, (1..=8).map(long).collect::<String>());
        assert_eq!(world.phone(phone).0.texts().len(), 2);
        assert_eq!(delivered(world, tata), 8);
    });
}

/// What an app sends to an SMSC behind `333%` that wants long texts so, and what comes of it.
fn sent_to_smsc(way: Segmenting, text: &str, judge: impl Fn(&[tests::peers::smsc::Got])) {
    let mut site = Site::standard();
    site.environment("env1").connections[1].manner.segments = way;
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "1111");
        let (app, net) = world.phone(phone);
        let number = app.send(net, "3331", text);
        world.run_ms(3000);
        assert_eq!(world.phone(phone).0.sent[number].status, Some(202));
        judge(&world.smsc(smsc).got);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

/// A text of so many Cyrillic letters and an emoji in the end.
fn cyrillic(letters: usize) -> String {
    ('а'..='я').cycle().take(letters).chain(['😀']).collect()
}

fn read(octets: &[u8]) -> String {
    let mut text = String::new();
    let _ = text::ucs2::decode_to(octets, &mut text);
    text
}

#[test]
fn a_long_text_from_an_app_is_split_under_a_header() {
    for (way, header) in [(Segmenting::Udh, 6), (Segmenting::Udh16, 7)] {
        let whole = cyrillic(150);
        sent_to_smsc(way, &whole, |got| {
            let mut joined = String::new();
            for (sequence, got) in (1..).zip(got) {
                let (udh, rest) = text::Udh::decode(&got.text).unwrap();
                let concat = udh.concat().unwrap();
                assert_eq!((concat.total, concat.sequence), (3, sequence));
                assert_eq!((udh.octets(), got.data_coding), (header, 8));
                assert!(got.text.len() <= 140);
                joined.push_str(&read(rest));
            }
            assert_eq!((joined.as_str(), got.len()), (whole.as_str(), 3));
        });
    }
}

#[test]
fn a_long_text_from_an_app_is_numbered_beside_or_sent_whole() {
    let whole = cyrillic(150);
    sent_to_smsc(Segmenting::Sar, &whole, |got| {
        let numbers = got.iter().map(|got| {
            let tlvs = Tlvs::decode(&got.tlvs).unwrap();
            let one = |tag| tlvs.get_u8(tag).unwrap();
            (one(tag::SAR_TOTAL_SEGMENTS), one(tag::SAR_SEGMENT_SEQNUM))
        });
        assert_eq!(numbers.collect::<Vec<_>>(), [(3, 1), (3, 2), (3, 3)]);
        assert_eq!(got.iter().map(|got| read(&got.text)).collect::<String>(), whole);
    });
    sent_to_smsc(Segmenting::Payload, &whole, |got| {
        assert_eq!(got.iter().map(|got| read(&got.text)).collect::<Vec<_>>(), [whole.as_str()]);
    });
    // 160 letters of GSM 7-bit are not long.
    sent_to_smsc(Segmenting::Udh, &"g".repeat(160), |got| assert_eq!(got.len(), 1));
    sent_to_smsc(Segmenting::Udh, &"g".repeat(161), |got| {
        let lengths: Vec<_> = got.iter().map(|got| got.text.len()).collect();
        assert_eq!(lengths, [6 + 153, 6 + 8]);
    });
}

#[test]
fn a_long_text_between_environments_is_whole_at_its_end() {
    with_shards(|world| {
        let here = registered(world, "1111");
        let there = registered(world, "2222");
        let whole = cyrillic(300);
        let (app, net) = world.phone(here);
        let number = app.send(net, "2222", &whole);
        world.run_ms(5000);
        assert_eq!(world.phone(here).0.sent[number].status, Some(202));
        assert_eq!(world.phone(there).0.texts(), [whole]);
        settle(world);
    });
}

#[test]
fn f06_a_long_text_that_was_answered_survives_a_crash_whole_and_is_not_doubled() {
    with_shards(|world| {
        let here = registered(world, "1111");
        let there = registered(world, "2222");
        let whole = cyrillic(300);
        world.net.faults.commit_us = 50_000;
        let (app, net) = world.phone(here);
        let number = app.send(net, "2222", &whole);
        // The segments are durable and the answer is lost with the process.
        world.run_ms(60);
        world.crash(0, 200);
        world.run_ms(60_000);
        assert_eq!(world.phone(here).0.sent[number].status, Some(202));
        assert_eq!(world.phone(there).0.texts(), [whole]);
        let accepts: Vec<Sms> = world.nodes[0]
            .records()
            .filter_map(|record| match record {
                routing::journal::Record::Accept(sms) => Some(*sms),
                _ => None,
            })
            .collect();
        assert_eq!(accepts.len(), 5, "each segment became ours once");
    });
}

#[test]
fn f03_what_is_not_whole_expires_where_that_was_agreed() {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.incomplete = Incomplete::Expire;
    with_site(&site.publish(), |world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        for sequence in [1, 3] {
            submit(world, tata, segment(7, 3, sequence, &said(7, sequence)));
        }
        world.run_ms(65_000);
        assert_eq!(world.phone(phone).0.texts(), [""; 0]);
        let receipts = &world.esme(tata).0.receipts;
        let states: Vec<_> = receipts.iter().map(|receipt| receipt.state).collect();
        assert_eq!(states, [Some(MessageState::Expired); 2]);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

#[test]
fn a_text_is_transliterated_where_that_was_agreed_and_all_of_it_can_be() {
    let quoted = |inside: &str| format!("“{}” – {inside}…", "Don’t ".repeat(16));
    let plain = format!("\"{}\" - Zlutoucky...", "Don't ".repeat(16));
    let cases = [
        (true, quoted("Žluťoučký"), vec![plain]),
        (true, quoted("привет"), vec![]),
        (false, quoted("Žluťoučký"), vec![]),
    ];
    for (transliterate, text, expected) in cases {
        let mut site = Site::standard();
        site.environment("env1").connections[1].manner.transliterate = transliterate;
        with_site(&site.publish(), |world| {
            let smsc = world.add_smsc();
            world.run_ms(3000);
            let phone = registered(world, "1111");
            let (app, net) = world.phone(phone);
            app.send(net, "3331", &text);
            world.run_ms(3000);
            let got = &world.smsc(smsc).got;
            if expected.is_empty() {
                let said = got.iter().map(|got| read(&got.text[6..])).collect::<String>();
                assert_eq!((said, got[0].data_coding), (text.clone(), 8));
            } else {
                let said = got.iter().map(|got| String::from_utf8_lossy(&got.text));
                assert_eq!(said.collect::<Vec<_>>(), expected);
            }
        });
    }
}

#[test]
fn f05_a_segment_whose_header_is_nonsense_stands_alone() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        // A total of 0, a number of 0, a number above the total, half an element, no header.
        let headers = [
            "\x05\0\x03\x07\0\x01",
            "\x05\0\x03\x07\x02\0",
            "\x05\0\x03\x07\x02\x03",
            "\x03\0\x03\x07",
            "\x7F",
        ];
        for (number, header) in headers.into_iter().enumerate() {
            let mut job = Job::new("1111", &format!("{header}alone {number}"));
            job.esm_class = esm_class::UDHI;
            submit(world, tata, job);
        }
        world.run_ms(2000);
        let texts = world.phone(phone).0.texts();
        assert_eq!(texts.len(), headers.len());
        for (number, text) in texts.iter().enumerate() {
            assert!(text.ends_with(&format!("alone {number}")), "{text:?}");
        }
        assert_eq!(delivered(world, tata), headers.len());
    });
}
