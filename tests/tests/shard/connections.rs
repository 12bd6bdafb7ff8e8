//! What an SMSC of somebody else meets in us: several links, a pace it can take, no second copy,
//! receipts understood in its dialect, and what it delivers taken in.

use routing::journal::Record;
use routing::{Connection, IdForm, Meaning, Unknown};
use smpp::{Address, BindKind, MessageState, ShortMessage, Status};
use tests::checks::accepts_of;
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::smsc::{Habit, Spelling, decimal, hex};
use tests::scene::{bound, registered, submit, with_site};
use tests::{Site, World};

/// Plays with an SMSC behind `333%` whose connection was changed, and TATA bound.
fn with_smsc(change: impl Fn(&mut Connection), play: impl Fn(&mut World, usize, usize)) {
    with_prepared(change, |_, _| {}, play);
}

/// The same with an SMSC that is prepared before anybody binds.
fn with_prepared(
    change: impl Fn(&mut Connection),
    prepare: impl Fn(&mut World, usize),
    play: impl Fn(&mut World, usize, usize),
) {
    let mut site = Site::standard();
    change(&mut site.environment("env1").connections[1]);
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        prepare(world, smsc);
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        play(world, smsc, tata);
    });
}

fn send(world: &mut World, tata: usize, count: usize) {
    for number in 0..count {
        let (esme, net) = world.esme(tata);
        esme.submit(net, Job::new("3331", &format!("number {number:03}")));
    }
}

fn texts(world: &mut World, smsc: usize) -> Vec<String> {
    let got = &world.smsc(smsc).got;
    got.iter().map(|got| String::from_utf8_lossy(&got.text).into_owned()).collect()
}

fn states(world: &mut World, tata: usize) -> Vec<Option<MessageState>> {
    world.esme(tata).0.receipts.iter().map(|receipt| receipt.state).collect()
}

/// Did the last outcome say that a copy may have been made?
fn doubled(world: &World) -> Option<bool> {
    let records = world.nodes[0].records();
    let outcomes = records.filter_map(|record| match record {
        Record::Outcome(outcome) => Some(outcome.doubled),
        _ => None,
    });
    outcomes.last()
}

fn notes(world: &World, what: &str) -> Vec<u64> {
    let notes = world.nodes[0].notes.iter().filter(|(_, note)| note.contains(what));
    notes.map(|(at, _)| *at).collect()
}

/// A deliver_sm of the SMSC from a number to another.
fn deliver(world: &mut World, smsc: usize, to: &str, message: &ShortMessage<'_>) {
    let source = Address { ton: 1, npi: 1, addr: b"3331" };
    let destination = Address { ton: 1, npi: 1, addr: to.as_bytes() };
    let (smsc, net) = world.centre(smsc);
    smsc.deliver(net, &ShortMessage { source, destination, ..*message });
    world.run_ms(100);
}

fn receipt<'a>(text: &'a [u8]) -> ShortMessage<'a> {
    let esm_class = smpp::pdu::esm_class::TYPE_RECEIPT;
    ShortMessage { esm_class, short_message: text, ..ShortMessage::default() }
}

#[test]
fn several_links_share_the_load_and_stand_in_for_each_other() {
    let three = |connection: &mut Connection| connection.manner.links = 3;
    with_smsc(three, |world, smsc, tata| {
        assert_eq!(world.smsc(smsc).wires().len(), 3);
        world.smsc(smsc).habits = [Habit::Late(300); 10].into();
        send(world, tata, 30);
        world.run_ms(2000);
        let mut links: Vec<u64> = world.smsc(smsc).got.iter().map(|got| got.link).collect();
        links.sort_unstable();
        links.dedup();
        assert_eq!(links.len(), 3, "each link carries some");
        let wire = world.smsc(smsc).wires()[0];
        world.net.cut(wire);
        world.run_ms(50);
        assert_eq!(world.smsc(smsc).wires().len(), 2);
        send(world, tata, 5);
        world.run_ms(100);
        assert_eq!(world.smsc(smsc).got.len(), 35, "the others go on at once");
        world.run_ms(2000);
        assert_eq!(world.smsc(smsc).wires().len(), 3, "and the third comes back");
    });
}

/// A peer that vanished: nothing is answered, not even an enquire_link.
#[test]
fn d01_a_half_open_link_is_closed_and_its_queue_moves() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            let before = notes(world, "connection down").len();
            world.smsc(smsc).mute = true;
            send(world, tata, 3);
            world.run_ms(42_000);
            assert_eq!(notes(world, "connection down").len(), before + 1, "within 40 s");
            world.smsc(smsc).mute = false;
            world.run_ms(30_000);
            let mut got = texts(world, smsc);
            got.sort();
            assert_eq!(got, ["number 000", "number 001", "number 002"]);
            assert_eq!(states(world, tata).len(), 3);
        },
    );
}

#[test]
fn d09_one_that_is_never_answered_holds_up_no_other() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::Silent].into();
            send(world, tata, 20);
            world.run_ms(5000);
            assert_eq!(world.smsc(smsc).got.len(), 20);
            world.run_ms(60_000);
            assert_eq!(world.smsc(smsc).got.len(), 20, "no copy while an answer may come");
            world.run_ms(20_000);
            assert_eq!(world.smsc(smsc).got.len(), 21, "one copy");
            let got = &world.smsc(smsc).got;
            assert_eq!(got[0].reference, got[20].reference);
            assert_eq!(states(world, tata).len(), 20);
            assert_eq!(doubled(world), Some(true), "the record says so");
        },
    );
}

#[test]
fn d10_a_late_yes_is_a_yes_and_nothing_is_sent_again() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::Late(11_000)].into();
            send(world, tata, 1);
            world.run_ms(120_000);
            assert_eq!(world.smsc(smsc).got.len(), 1);
            assert_eq!(states(world, tata), [Some(MessageState::Delivered)]);
            assert_eq!(doubled(world), Some(false));
        },
    );
}

/// promises.md 1.3 and O7: the link dies with a window of unanswered submits.
#[test]
fn d11_what_a_lost_link_left_unknown_follows_the_policy() {
    let table = [
        (Unknown::Resend, 10, MessageState::Delivered),
        (Unknown::Hold, 5, MessageState::Unknown),
        (Unknown::Fail, 5, MessageState::Unknown),
    ];
    for (unknown, submits, state) in table {
        let change = |connection: &mut Connection| connection.manner.unknown = unknown;
        with_smsc(change, |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::Silent; 5].into();
            send(world, tata, 5);
            world.run_ms(1000);
            let wire = world.smsc(smsc).wires()[0];
            world.net.cut(wire);
            world.run_ms(20_000);
            assert_eq!(world.smsc(smsc).got.len(), submits, "{unknown:?}");
            let patience = if unknown == Unknown::Hold { 301 } else { 1 };
            assert_eq!(states(world, tata).is_empty(), unknown == Unknown::Hold);
            world.run_ms(patience * 1000);
            assert_eq!(states(world, tata), [Some(state); 5], "{unknown:?}");
            assert_eq!(doubled(world), Some(unknown == Unknown::Resend));
            assert!(accepts_of(world, "tata").len() == 5, "charged once each");
        });
    }
}

#[test]
fn d11_what_is_held_is_named_by_its_reference_in_a_receipt() {
    let hold = |connection: &mut Connection| connection.manner.unknown = Unknown::Hold;
    with_smsc(hold, |world, smsc, tata| {
        world.smsc(smsc).habits = [Habit::Silent].into();
        send(world, tata, 1);
        world.run_ms(1000);
        let wire = world.smsc(smsc).wires()[0];
        world.net.cut(wire);
        world.run_ms(5000);
        let reference = world.smsc(smsc).got[0].reference.expect("it has one");
        let mut tlvs = smpp::TlvBuffer::new();
        tlvs.put_u16(smpp::tlv::tag::USER_MESSAGE_REFERENCE, reference);
        let told = receipt(b"id:77 stat:DELIVRD err:000 text:");
        deliver(world, smsc, "TATA", &ShortMessage { tlvs: tlvs.view(), ..told });
        assert_eq!(states(world, tata), [Some(MessageState::Delivered)]);
        assert_eq!(world.smsc(smsc).got.len(), 1);
    });
}

#[test]
fn d11_a_peer_that_comes_and_goes_meets_no_storm_of_binds() {
    with_smsc(
        |_| {},
        |world, smsc, _| {
            let begun = world.smsc(smsc).binds.len();
            for _ in 0..120 {
                for wire in world.smsc(smsc).wires() {
                    world.net.cut(wire);
                }
                world.run_ms(500);
            }
            let binds = world.smsc(smsc).binds.len() - begun;
            assert!((3..15).contains(&binds), "{binds} binds in a minute");
        },
    );
}

#[test]
fn d12_a_throttled_peer_gets_its_rate_in_order_and_all_of_it() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            world.smsc(smsc).per_second = Some(20);
            let from = world.net.now;
            send(world, tata, 200);
            assert!(world.run_until_that(from + 60 * SEC, |world| {
                world.esmes().all(|esme| esme.receipts.len() == 200)
            }));
            let refused = world.smsc(smsc).got.len() - 200;
            assert!(refused < 60, "{refused} sent in vain of 200");
            assert_eq!(states(world, tata), [Some(MessageState::Delivered); 200]);
        },
    );
}

/// A connection whose window is one: nothing may overtake what was throttled.
#[test]
fn d12_what_was_throttled_comes_first_again() {
    let one = |connection: &mut Connection| connection.window = 1;
    with_smsc(one, |world, smsc, tata| {
        let busy = Habit::Refuse(Status::RTHROTTLED);
        world.smsc(smsc).habits = [busy, Habit::Take(MessageState::Delivered, 10), busy].into();
        send(world, tata, 5);
        world.run_ms(20_000);
        let mut order = texts(world, smsc);
        order.dedup();
        let expected: Vec<_> = (0..5).map(|number| format!("number {number:03}")).collect();
        assert_eq!(order, expected);
    });
}

/// The first one is not taken, and nine are under way behind it, over two links.
#[test]
fn what_leaves_one_by_one_is_in_order_from_the_first_complaint_on() {
    for in_order in [true, false] {
        let agreed = |connection: &mut Connection| {
            (connection.manner.links, connection.manner.in_order) = (2, in_order);
        };
        with_smsc(agreed, |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::Refuse(Status::RTHROTTLED)].into();
            send(world, tata, 10);
            world.run_ms(20_000);
            let taken = world.smsc(smsc).got.iter().filter(|got| !got.refused);
            let texts: Vec<_> = taken.map(|got| got.text.clone()).collect();
            assert_eq!(texts.len(), 10);
            assert_eq!(texts.is_sorted(), in_order, "{texts:?}");
        });
    }
}

#[test]
fn d13_a_bind_that_is_refused_is_tried_ever_more_rarely() {
    for status in [Status::RBINDFAIL, Status::RINVPASWD, Status::RALYBND] {
        let three = |connection: &mut Connection| connection.manner.links = 3;
        let refuse = |world: &mut World, smsc: usize| {
            world.smsc(smsc).bind_answers = [status; 12].into();
        };
        with_prepared(three, refuse, |world, smsc, _| {
            world.run_ms(3_600_000);
            let binds: Vec<u64> = world.smsc(smsc).binds.iter().map(|bind| bind.at).collect();
            let gaps: Vec<u64> = binds.windows(2).map(|two| (two[1] - two[0]) / SEC).collect();
            assert!(gaps[..11].iter().all(|gap| (3..=301).contains(gap)), "{gaps:?}");
            assert!(gaps[8..11].iter().all(|gap| *gap >= 225), "five minutes at last: {gaps:?}");
            assert_eq!(notes(world, "bind of a connection refused").len(), 12);
            assert_eq!(world.smsc(smsc).wires().len(), 3, "and then all links are there");
        });
    }
}

#[test]
fn d22_a_peer_without_tlvs_gets_none_and_is_understood() {
    for version in [None, Some(0x33)] {
        let change = |_: &mut Connection| {};
        let old = |world: &mut World, smsc: usize| {
            world.smsc(smsc).version = version;
            world.smsc(smsc).receipt_tlvs = false;
        };
        with_prepared(change, old, |world, smsc, tata| {
            send(world, tata, 2);
            world.run_ms(1000);
            assert!(world.smsc(smsc).got.iter().all(|got| got.tlvs.is_empty()));
            assert_eq!(states(world, tata), [Some(MessageState::Delivered); 2]);
        });
    }
}

#[test]
fn d22_of_smpp_3_3_two_links_make_a_transceiver() {
    let old = |connection: &mut Connection| connection.manner.version = 0x33;
    with_smsc(old, |world, smsc, tata| {
        let binds = world.smsc(smsc).binds.clone();
        let kinds: Vec<_> = binds.iter().map(|bind| (bind.kind, bind.version)).collect();
        assert_eq!(kinds, [(BindKind::Transmitter, 0x33), (BindKind::Receiver, 0x33)]);
        send(world, tata, 1);
        world.run_ms(1000);
        assert_eq!(world.smsc(smsc).got.len(), 1);
    });
}

#[test]
fn d24_a_receipt_before_its_answer_is_kept_and_matched() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::ReceiptFirst(MessageState::Delivered); 10].into();
            send(world, tata, 10);
            world.run_ms(3000);
            assert_eq!(states(world, tata), [Some(MessageState::Delivered); 10]);
            assert_eq!(world.smsc(smsc).receipts, [Status::ROK; 10], "each answered once");
        },
    );
}

#[test]
fn d25_ids_and_receipts_are_understood_in_every_dialect() {
    let forms = [
        (IdForm::Auto, (hex as Spelling, hex as Spelling)),
        (IdForm::Auto, (hex, decimal)),
        (IdForm::Auto, (decimal, hex)),
        (IdForm::HexThenDecimal, (hex, decimal)),
        (IdForm::Decimal, (decimal, decimal)),
        (IdForm::Hex, (hex, hex)),
    ];
    for (form, spelling) in forms {
        for tlvs in [true, false] {
            let change = |connection: &mut Connection| connection.manner.dialect.ids = form;
            with_smsc(change, |world, smsc, tata| {
                world.smsc(smsc).spelling = spelling;
                world.smsc(smsc).receipt_tlvs = tlvs;
                send(world, tata, 5);
                world.run_ms(2000);
                assert_eq!(states(world, tata), [Some(MessageState::Delivered); 5], "{form:?}");
            });
        }
    }
}

#[test]
fn d26_a_receipt_for_nobody_is_answered_once_and_dropped() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            deliver(world, smsc, "TATA", &receipt(b"id:DEADBEEF stat:DELIVRD err:000 text:"));
            deliver(world, smsc, "TATA", &receipt(b"this says nothing\0\0"));
            assert_eq!(world.smsc(smsc).receipts, [Status::ROK; 2]);
            world.run_ms(21 * 60_000);
            assert_eq!(world.smsc(smsc).receipts.len(), 2, "and never again");
            assert_eq!(world.tally(routing::board::Tally::ReceiptsOrphaned), 2);
            assert!(states(world, tata).is_empty());
        },
    );
}

/// The id of the first Sms is 101.
#[test]
fn d26_an_orphan_is_matched_when_its_sms_gets_its_name_late() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            deliver(world, smsc, "TATA", &receipt(b"id:101 stat:UNDELIV err:021 text:"));
            assert_eq!(world.smsc(smsc).receipts, [Status::ROK]);
            world.smsc(smsc).habits = [Habit::TakeOnly].into();
            world.run_ms(20_000);
            send(world, tata, 1);
            world.run_ms(500);
            assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)]);
            assert_eq!(world.smsc(smsc).receipts, [Status::ROK], "it was answered before");
        },
    );
}

#[test]
fn d28_the_first_final_receipt_stands() {
    with_smsc(
        |_| {},
        |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::TakeOnly].into();
            send(world, tata, 1);
            world.run_ms(500);
            for stat in ["ENROUTE", "UNDELIV", "UNDELIV", "DELIVRD", "ENROUTE"] {
                let text =
                    format!("id:101 sub:001 dlvrd:000 submit date:261122010203 stat:{stat} err:1");
                deliver(world, smsc, "TATA", &receipt(text.as_bytes()));
            }
            world.run_ms(120_000);
            assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)]);
            assert_eq!(world.smsc(smsc).receipts, [Status::ROK; 5]);
            assert_eq!(accepts_of(world, "tata").len(), 1);
        },
    );
}

#[test]
fn a_status_means_what_was_agreed_for_the_connection() {
    let change = |connection: &mut Connection| {
        connection.manner.verdicts = vec![
            (Status::RINVDSTADR.0, Meaning::Temporary),
            (Status::RSYSERR.0, Meaning::Permanent),
            (0x401, Meaning::Busy),
        ];
    };
    let table = [
        (Status::RINVDSTADR, 2, MessageState::Delivered),
        (Status::RSYSERR, 1, MessageState::Undeliverable),
        (Status(0x401), 2, MessageState::Delivered),
    ];
    for (status, submits, state) in table {
        with_smsc(change, |world, smsc, tata| {
            world.smsc(smsc).habits = [Habit::Refuse(status)].into();
            send(world, tata, 1);
            world.run_ms(10_000);
            assert_eq!(world.smsc(smsc).got.len(), submits, "{status}");
            assert_eq!(states(world, tata), [Some(state)], "{status}");
        });
    }
}

#[test]
fn the_outcome_is_asked_for_whatever_the_sender_wants_to_hear() {
    let always = |connection: &mut Connection| connection.manner.always_ask = true;
    with_smsc(always, |world, smsc, tata| {
        let undelivered = Habit::Take(MessageState::Undeliverable, 100);
        world.smsc(smsc).habits = [undelivered; 3].into();
        for registered in [0, 2, 3] {
            let job = Job::new("3331", &format!("rd {registered}")).registered(registered);
            submit(world, tata, job);
        }
        world.run_ms(2000);
        assert!(world.smsc(smsc).got.iter().all(|got| got.registered_delivery == 1));
        assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)], "who asked for it");
        assert_eq!(world.tally(routing::board::Tally::Failed), 3, "and our records are true");
    });
}

#[test]
fn what_an_smsc_delivers_goes_on_and_never_back() {
    let paid = |connection: &mut Connection| connection.manner.carrier = Some(202);
    with_smsc(paid, |world, smsc, _| {
        let phone = registered(world, "1111");
        let hello = ShortMessage { short_message: b"hello 1111", ..ShortMessage::default() };
        let hello = ShortMessage { registered_delivery: 1, ..hello };
        deliver(world, smsc, "1111", &hello);
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["hello 1111"]);
        deliver(world, smsc, "3339", &hello);
        deliver(world, smsc, "999", &hello);
        let answers = [Status::ROK, Status::RX_P_APPN, Status::RX_P_APPN];
        assert_eq!(world.smsc(smsc).receipts, answers, "3339 would go back");
        assert!(world.smsc(smsc).got.is_empty());
        let accepts = world.nodes[0].accepts();
        assert_eq!(accepts.len(), 1);
        let sms = &accepts[0].1;
        assert_eq!((sms.payer(), sms.carrier()), (Some(202), None));
        assert_eq!(sms.charge.amount_micros, tests::model::PRICE);
    });
}

/// promises.md O9: those of the same sender to the same number wait for one that rests.
#[test]
fn what_must_be_sent_again_holds_back_its_own_number_and_no_other() {
    let one = |connection: &mut Connection| connection.window = 1;
    with_smsc(one, |world, smsc, tata| {
        world.smsc(smsc).habits = [Habit::Refuse(Status::RSYSERR)].into();
        send(world, tata, 3);
        submit(world, tata, Job::new("3332", "to another"));
        world.run_ms(10_000);
        let order = ["number 000", "to another", "number 000", "number 001", "number 002"];
        assert_eq!(texts(world, smsc), order);
    });
}
