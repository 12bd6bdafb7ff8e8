//! What a carrier meets at the door: binds, windows, nonsense, goodbyes, and a disk that fails.

use routing::journal::Record;
use smpp::pdu::put_enquire_link;
use smpp::session::Patience;
use smpp::{Bind, BindKind, Command, MessageState, Status};
use tests::checks::{Mercy, accepts_of};
use tests::node::Given;
use tests::peers::phone::Answer;
use tests::peers::smsc::Habit;
use tests::peers::{Esme, Job, esme};
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

/// A carrier that says only what the test says, connected.
fn raw(world: &mut World) -> (usize, u64) {
    let at = world.add_esme("raw", 1);
    let esme = world.esme(at).0;
    (esme.raw, esme.persistent) = (true, false);
    world.run_ms(50);
    let link = world.esme(at).0.connected()[0];
    (at, link)
}

fn say(world: &mut World, (at, link): (usize, u64), octets: &[u8]) {
    let (esme, net) = world.esme(at);
    esme.write(net, link, octets);
    world.run_ms(50);
}

fn bind(kind: BindKind, system_id: &str, password: &str, sequence: u32) -> Vec<u8> {
    let bind = Bind {
        kind,
        system_id: system_id.as_bytes(),
        password: password.as_bytes(),
        system_type: b"",
        interface_version: 0x34,
        addr_ton: 0,
        addr_npi: 0,
        address_range: b"",
    };
    let mut octets = Vec::new();
    bind.encode(sequence, &mut octets);
    octets
}

fn last(esme: &Esme) -> (Command, Status, u32) {
    *esme.others.last().expect("an answer")
}

#[test]
fn h1_whatever_was_wrong_with_a_bind_the_answer_is_the_same() {
    let mut site = Site::standard();
    site.carrier_of("c1").allow = vec![routing::Cidr::parse("198.51.100.0/24").unwrap()];
    site.carrier_of("tata").binds_max = 1;
    with_site(&site.publish(), |world| {
        bound(world, "tata", 1);
        let wrong = [("nobody", "secret"), ("tata", "wrong"), ("c1", "secret"), ("tata", "secret")];
        for (system_id, password) in wrong {
            let link = raw(world);
            say(world, link, &bind(BindKind::Transceiver, system_id, password, 9));
            world.run_ms(1000);
            let esme = world.esme(link.0).0;
            assert_eq!(last(esme), (Command::BindTransceiverResp, Status::RBINDFAIL, 9));
            assert_eq!(esme.hangups, 1, "and the connection is closed");
        }
    });
}

#[test]
fn d18_nothing_is_submitted_before_a_bind_nor_by_a_receiver() {
    with_shards(|world| {
        let link = raw(world);
        let submit = esme::submit(&Job::new("1111", "too early"), 3);
        say(world, link, &submit);
        let answer = (Command::SubmitSmResp, Status::RINVBNDSTS, 3);
        assert_eq!(last(world.esme(link.0).0), answer);
        say(world, link, &bind(BindKind::Receiver, "tata", "secret", 4));
        assert_eq!(last(world.esme(link.0).0).1, Status::ROK);
        say(world, link, &submit);
        assert_eq!(last(world.esme(link.0).0), answer);
        say(world, link, &bind(BindKind::Transceiver, "tata", "secret", 5));
        assert_eq!(last(world.esme(link.0).0).1, Status::RALYBND);
        assert!(world.nodes[0].accepts().is_empty());
    });
}

#[test]
fn garbage_is_answered_with_a_nack_and_a_closed_door() {
    with_shards(|world| {
        for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0, 0, 0, 3, 0, 0, 0, 4], &[0xFF; 16]] {
            let link = raw(world);
            say(world, link, garbage);
            let esme = world.esme(link.0).0;
            assert_eq!(last(esme), (Command::GenericNack, Status::RINVCMDLEN, 0));
            assert_eq!(esme.hangups, 1);
        }
    });
}

#[test]
fn d17_an_unknown_command_is_answered_and_the_link_lives() {
    with_shards(|world| {
        let link = raw(world);
        say(world, link, &bind(BindKind::Transceiver, "tata", "secret", 1));
        say(world, link, &[0, 0, 0, 16, 0, 0, 1, 0x99, 0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(last(world.esme(link.0).0), (Command::GenericNack, Status::RINVCMDID, 7));
        let mut octets = Vec::new();
        put_enquire_link(8, &mut octets);
        say(world, link, &octets);
        assert_eq!(last(world.esme(link.0).0), (Command::EnquireLinkResp, Status::ROK, 8));
    });
}

#[test]
fn d19_who_does_not_bind_in_time_is_shown_the_door() {
    with_shards(|world| {
        let link = raw(world);
        let patience = Patience::default().session_init.as_millis() as u64;
        world.run_ms(patience - 200);
        assert_eq!(world.esme(link.0).0.hangups, 0);
        world.run_ms(200);
        assert_eq!(world.esme(link.0).0.hangups, 1);
    });
}

#[test]
fn a_peer_that_is_silent_is_asked_and_then_given_up() {
    with_shards(|world| {
        let link = raw(world);
        say(world, link, &bind(BindKind::Transceiver, "tata", "secret", 1));
        world.run_ms(31_000);
        assert_eq!(last(world.esme(link.0).0).0, Command::EnquireLink);
        world.run_ms(20_000);
        assert_eq!(world.esme(link.0).0.hangups, 1);
    });
}

#[test]
fn d04_what_overruns_the_window_is_throttled_and_not_stored() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        world.net.faults.commit_us = 400_000;
        let tata = bound(world, "tata", 1);
        let (esme, net) = world.esme(tata);
        (esme.window, esme.persistent) = (14, false);
        for number in 0..14 {
            esme.submit(net, Job::new("1111", &format!("burst {number}")));
        }
        world.run_ms(5000);
        let jobs = &world.esme(tata).0.jobs;
        let refused: Vec<_> = jobs.iter().filter_map(Job::refused).collect();
        assert_eq!(refused, [Status::RTHROTTLED.0; 4], "ten of fourteen fit");
        assert_eq!(world.phone(phone).0.got.len(), 10);
        assert_eq!(accepts_of(world, "tata").len(), 10);
    });
}

#[test]
fn d32_who_says_goodbye_hears_every_answer_first() {
    with_shards(|world| {
        registered(world, "1111");
        world.net.faults.commit_us = 50_000;
        let tata = bound(world, "tata", 1);
        let (esme, net) = world.esme(tata);
        for number in 0..5 {
            esme.submit(net, Job::new("1111", &format!("before {number}")));
        }
        let link = esme.bound()[0];
        esme.unbind(net, link);
        esme.redial_ms = 2000..2001;
        world.run_ms(1500);
        let esme = world.esme(tata).0;
        assert!(esme.jobs.iter().all(|job| job.id().is_some() && job.sent == 1));
        assert_eq!(esme.others, [(Command::UnbindResp, Status::ROK, 7)]);
        assert_eq!(esme.hangups, 1);
        settle(world);
        assert_eq!(world.esme(tata).0.receipts.len(), 5, "they waited for the next bind");
    });
}

#[test]
fn d31_receipts_find_another_bind_when_one_dies() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 2);
        for number in 0..6 {
            submit(world, tata, Job::new("1111", &format!("two binds {number}")));
        }
        let esme = world.esme(tata).0;
        esme.persistent = false;
        let wire = esme.wire(esme.bound()[0]).expect("it is connected");
        world.net.cut(wire);
        world.run_ms(100);
        let (app, net) = world.phone(phone);
        app.register(net);
        settle(world);
        let esme = world.esme(tata).0;
        let left = esme.bound();
        assert_eq!(left.len(), 1);
        assert_eq!(esme.receipts.len(), 6);
        assert!(esme.receipts.iter().all(|receipt| receipt.link == left[0]));
    });
}

#[test]
fn d29_a_transmitter_sends_and_a_receiver_hears() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = world.add_esme_of("tata", &[BindKind::Transmitter, BindKind::Receiver]);
        world.run_ms(100);
        submit(world, tata, Job::new("1111", "one way"));
        settle(world);
        assert_eq!(world.esme(tata).0.receipts.len(), 1);
    });
}

/// Whatever bind it takes: mail between shards is slow, disk and app are quick.
#[test]
fn a_receipt_never_overtakes_its_answer() {
    let (trx, tx, rx) = (BindKind::Transceiver, BindKind::Transmitter, BindKind::Receiver);
    for seed in 0..40 {
        let kinds = if seed % 2 == 0 { vec![trx, trx, trx] } else { vec![tx, rx, tx, rx] };
        let mut world = World::new(seed, [3, 1]);
        world.run_ms(500);
        registered(&mut world, "1111");
        registered(&mut world, "1112");
        let tata = world.add_esme_of("tata", &kinds);
        world.run_ms(100);
        (world.net.faults.mail_us, world.net.faults.commit_us) = (20_000, 50);
        for number in 0..20 {
            let called = ["1111", "1112"][number % 2];
            submit(&mut world, tata, Job::new(called, &format!("who is first {number}")));
        }
        settle(&mut world);
    }
}

#[test]
fn d30_a_receipt_without_an_answer_comes_again() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.deaf = 1000;
        submit(world, tata, Job::new("1111", "say it again"));
        world.run_ms(5000);
        world.esme(tata).0.deaf = 0;
        settle_with(world, Mercy { receipts_again: true, ..Mercy::default() });
        let receipts = &world.esme(tata).0.receipts;
        assert_eq!(receipts.iter().map(|r| r.answered).collect::<Vec<_>>(), [false, true]);
    });
}

#[test]
fn a_disk_that_fails_takes_nothing_and_says_so() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.persistent = false;
        world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = true);
        let jobs = [0, 1].map(|number| {
            submit(world, tata, Job::new("1111", &format!("nowhere to put it {number}")))
        });
        world.run_ms(2000);
        for job in jobs {
            assert_eq!(world.esme(tata).0.jobs[job].refused(), Some(Status::RSYSERR.0));
        }
        assert!(world.phone(phone).0.got.is_empty());
        assert!(world.nodes[0].accepts().is_empty());
    });
}

/// What was ours before the disk was full is delivered and its receipt taken; nothing new is.
#[test]
fn b01_a_full_disk_takes_nothing_new_and_ends_what_is_begun() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.persistent = false;
        world.phone(phone).0.answer = Answer::Silent;
        submit(world, tata, Job::new("1111", "before"));
        world.run_ms(500);
        let scarce = |world: &mut World, is_scarce| {
            let World { nodes, net, .. } = world;
            for shard in 0..nodes[0].shards {
                nodes[0].give(net, shard, Given::Scarce(is_scarce));
            }
        };
        scarce(world, true);
        world.run_ms(10);
        let refused = submit(world, tata, Job::new("1111", "while it is full"));
        world.phone(phone).0.answer = Answer::Status(200);
        world.run_ms(20_000);
        assert_eq!(world.esme(tata).0.jobs[refused].refused(), Some(Status::RSYSERR.0));
        assert_eq!(world.phone(phone).0.got.len(), 1);
        assert_eq!(world.esme(tata).0.receipts.len(), 1);
        let is_refusal = |record: &Record| matches!(record, Record::Refused(_));
        assert!(!world.nodes[0].records().any(|record| is_refusal(&record)), "room is spared");
        scarce(world, false);
        world.run_ms(10);
        submit(world, tata, Job::new("1111", "after"));
        world.run_ms(2000);
        assert_eq!(world.phone(phone).0.got.len(), 2);
        assert_eq!(world.nodes[0].accepts().len(), 2);
    });
}

#[test]
fn a_carrier_that_the_plan_no_longer_knows_must_leave() {
    with_shards(|world| {
        registered(world, "1111");
        let (tata, c1) = (bound(world, "tata", 2), bound(world, "c1", 1));
        submit(world, tata, Job::new("1111", "the last one"));
        let mut site = world.site.clone();
        site.environment("env1").carriers.retain(|carrier| carrier.system_id != "tata");
        world.publish(site);
        world.run_ms(2000);
        assert!(world.esme(tata).0.bound().is_empty());
        assert_eq!(world.esme(tata).0.binds.last(), Some(&Status::RBINDFAIL));
        assert_eq!(world.esme(c1).0.hangups, 0, "the others do not notice");
        submit(world, c1, Job::new("1111", "and the others stay"));
        world.run_ms(1000);
        assert_eq!(world.esme(c1).0.receipts.len(), 1);
    });
}

#[test]
fn a_connection_that_is_down_keeps_its_queue_until_it_is_up() {
    with_shards(|world| {
        registered(world, "2222");
        let tata = bound(world, "tata", 1);
        world.nodes[1].crash(&mut world.net);
        world.run_ms(100);
        for number in 0..20 {
            submit(world, tata, Job::new("2222", &format!("queued {number}")));
        }
        world.run_ms(20_000);
        assert!(world.esme(tata).0.jobs.iter().all(|job| job.id().is_some()));
        world.crash(1, 10);
        settle(world);
        let expected: Vec<_> = (0..20).map(|number| format!("queued {number}")).collect();
        let got: Vec<_> = world.phones().next().expect("it is 2222").texts();
        assert_eq!(got, expected);
    });
}

#[test]
fn a_stop_answers_what_was_asked_and_says_goodbye() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 2);
        for number in 0..8 {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new("1111", &format!("at the end {number}")));
        }
        world.run_ms(2);
        world.stop(0);
        world.run_ms(12_000);
        assert_eq!(world.nodes[0].drained, usize::from(world.nodes[0].shards));
        assert!(world.esme(tata).0.bound().is_empty());
        world.crash(0, 10);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
    });
}

/// The habits of somebody else's message centre, and how the Sms ends.
#[test]
fn a_message_centre_may_be_slow_deaf_or_in_a_hurry() {
    let delivered = MessageState::Delivered;
    let table = [
        (vec![Habit::Take(delivered, 100)], 1, delivered),
        (vec![Habit::Take(MessageState::Rejected, 100)], 1, MessageState::Rejected),
        (vec![Habit::ReceiptFirst(delivered)], 1, delivered),
        (vec![Habit::Late(12_000)], 1, delivered),
        (vec![Habit::Silent], 2, delivered),
        (vec![Habit::Refuse(Status::RTHROTTLED), Habit::Refuse(Status::RMSGQFUL)], 3, delivered),
        (vec![Habit::Refuse(Status::RSYSERR)], 2, delivered),
        (vec![Habit::Refuse(Status::RINVDSTADR)], 1, MessageState::Undeliverable),
    ];
    for (habits, submits, state) in table {
        with_shards(|world| {
            let smsc = world.add_smsc();
            world.run_ms(2000);
            let tata = bound(world, "tata", 1);
            world.smsc(smsc).habits = habits.clone().into();
            submit(world, tata, Job::new("3331", "far away"));
            world.run_ms(90_000);
            let receipts = &world.esme(tata).0.receipts;
            let states: Vec<_> = receipts.iter().map(|receipt| receipt.state).collect();
            assert_eq!(states, [Some(state)], "{habits:?}");
            assert_eq!(world.smsc(smsc).got.len(), submits, "{habits:?}");
        });
    }
}
