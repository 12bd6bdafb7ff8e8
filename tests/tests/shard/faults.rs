//! Crashes at the worst moments, and what must not be doubled, lost or charged again.

use routing::journal::Record;
use smpp::pdu::esm_class;
use smpp::{Address, MessageState, ShortMessage, Status};
use tests::checks::{Mercy, accepts_of, judge};
use tests::net::{SEC, US};
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

const CRASHED: Mercy = Mercy { crashes: true, receipts_again: true, undelivered: false };

/// The node dies at any microsecond of the first Sms, and both sides come back.
#[test]
fn a_crash_at_any_moment_loses_nothing_and_doubles_nothing() {
    let (mut done, mut step) = (0, 0);
    while done < 150 {
        step += 1;
        let shards = [1 + (step % 3) as u8, 1 + (step % 2) as u8];
        let mut world = World::new(step, shards);
        world.run_ms(500);
        registered(&mut world, "1111");
        registered(&mut world, "2222");
        let tata = bound(&mut world, "tata", 1);
        let (esme, net) = world.esme(tata);
        esme.submit(net, Job::new("1111", "here"));
        esme.submit(net, Job::new("2222", "there"));
        let until = world.net.now + 13 * step * US;
        world.run_until(until);
        world.crash((step % 2) as usize, 30);
        settle_with(&mut world, CRASHED);
        assert_eq!(accepts_of(&world, "tata").len(), 2, "step {step}");
        done += 1;
    }
}

#[test]
fn what_was_durable_and_not_answered_is_answered_with_the_same_id() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.net.faults.tcp_us = 50_000;
        let (esme, net) = world.esme(tata);
        let job = esme.submit(net, Job::new("1111", "only once"));
        assert!(world.run_until_that(world.net.now + SEC, |w| !w.nodes[0].accepts().is_empty()));
        let wire = {
            let esme = world.esme(tata).0;
            esme.wire(esme.bound()[0]).expect("it is connected")
        };
        world.net.cut(wire);
        settle_with(world, CRASHED);
        let esme = world.esme(tata).0;
        let id = esme.jobs[job].id().expect("a positive answer").to_owned();
        let accepts = accepts_of(world, "tata");
        assert_eq!(accepts.iter().map(|sms| sms.id.to_string()).collect::<Vec<_>>(), [id]);
    });
}

#[test]
fn a_peer_that_is_back_before_the_disk_is_gets_the_same_id() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.net.faults.commit_us = 900_000;
        let (esme, net) = world.esme(tata);
        esme.redial_ms = 1..2;
        for number in 0..5 {
            esme.submit(net, Job::new("1111", &format!("slow disk {number}")));
        }
        world.run_ms(2);
        let wire = {
            let esme = world.esme(tata).0;
            esme.wire(esme.bound()[0]).expect("it is connected")
        };
        world.net.cut(wire);
        settle_with(world, CRASHED);
        assert_eq!(accepts_of(world, "tata").len(), 5);
    });
}

#[test]
fn a_doubt_outlives_a_second_crash() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.redial_ms = 20_000..20_001;
        world.net.faults.tcp_us = 10_000;
        let (esme, net) = world.esme(tata);
        esme.submit(net, Job::new("1111", "twice in doubt"));
        assert!(world.run_until_that(world.net.now + SEC, |w| !w.nodes[0].accepts().is_empty()));
        world.crash(0, 30);
        world.run_ms(8000);
        let c1 = bound(world, "c1", 1);
        submit(world, c1, Job::new("1111", "the others go on"));
        world.crash(0, 30);
        settle_with(world, CRASHED);
        assert_eq!(accepts_of(world, "tata").len(), 1);
    });
}

/// One shard has told what is in doubt, and goes on; the disk of the other one has not taken it
/// yet when the node dies again. From then on the end of the first life is long ago.
#[test]
fn a_start_that_dies_before_all_doubts_are_durable_hides_none_of_them() {
    (1..9).for_each(dies_before_all_doubts_are_durable);
}

fn dies_before_all_doubts_are_durable(seed: u64) {
    let mut world = World::new(seed, [2, 1]);
    let users = ["1111", "1112", "1113"];
    for user in users {
        registered(&mut world, user);
    }
    let c1 = bound(&mut world, "c1", 1);
    let tata = bound(&mut world, "tata", 1);
    world.esme(tata).0.redial_ms = 90_000..90_001;
    world.net.faults.tcp_us = 10_000;
    for user in users {
        let (esme, net) = world.esme(tata);
        esme.submit(net, Job::new(user, &format!("in doubt {user}")).registered(0));
    }
    let are_there = |w: &World| w.nodes[0].accepts().len() == users.len();
    assert!(world.run_until_that(world.net.now + SEC, are_there));
    for shard in 0..2 {
        world.crash(0, 20_000);
        world.run_ms(19_999);
        world.nodes[0].disks[shard].broken = true;
        world.run_ms(5000);
        for user in users {
            submit(&mut world, c1, Job::new(user, &format!("what goes on {shard} {user}")));
        }
        world.run_ms(5000);
        world.nodes[0].disks[shard].broken = false;
    }
    world.crash(0, 20_000);
    settle_with(&mut world, CRASHED);
    assert_eq!(accepts_of(&world, "tata").len(), users.len());
}

#[test]
fn after_a_link_was_lost_an_equal_text_is_taken_for_the_first_one_once() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "OK"));
        let wire = {
            let esme = world.esme(tata).0;
            esme.wire(esme.bound()[0]).expect("it is connected")
        };
        world.net.cut(wire);
        world.run_ms(1000);
        let again = submit(world, tata, Job::new("1111", "OK"));
        let esme = world.esme(tata).0;
        assert_eq!(esme.jobs[again].id(), esme.jobs[0].id(), "it may be the first one");
        let third = submit(world, tata, Job::new("1111", "OK"));
        let esme = world.esme(tata).0;
        assert_ne!(esme.jobs[third].id(), esme.jobs[0].id(), "this cannot be");
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["OK", "OK"]);
    });
}

#[test]
fn a_message_on_its_way_at_a_crash_leaves_again_as_the_same_request() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.answers = [Answer::Silent].into();
        submit(world, tata, Job::new("1111", "same branch"));
        world.crash(0, 2000);
        settle_with(world, CRASHED);
        let attempts = world.nodes[0].records().filter_map(|record| match record {
            Record::Attempt(attempt) => Some(attempt.attempt),
            _ => None,
        });
        assert_eq!(attempts.collect::<Vec<_>>(), [1, 1]);
        assert_eq!(world.phone(phone).0.got[0].branches, 1);
    });
}

#[test]
fn an_app_that_retransmits_over_a_crash_gets_its_202_and_one_sms() {
    with_shards(|world| {
        registered(world, "1112");
        let phone = registered(world, "1111");
        let (app, net) = world.phone(phone);
        app.send(net, "1112", "still the same transaction");
        assert!(world.run_until_that(world.net.now + SEC, |w| !w.nodes[0].accepts().is_empty()));
        world.phone(phone).0.online = false;
        world.run_ms(6000);
        world.crash(0, 1000);
        world.run_ms(7000);
        world.phone(phone).0.online = true;
        settle_with(world, CRASHED);
        assert_eq!(world.nodes[0].accepts().len(), 1);
    });
}

/// The next hop's receipt comes before its answer, and we die in between.
#[test]
fn an_early_receipt_is_not_lost_with_us() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(2000);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::ReceiptFirst(smpp::MessageState::Delivered)].into();
        submit(world, tata, Job::new("3331", "early"));
        world.crash(0, 30);
        settle_with(world, CRASHED);
        assert_eq!(world.esme(tata).0.receipts[0].state, Some(smpp::MessageState::Delivered));
    });
}

#[test]
fn contacts_and_open_receipts_survive_a_restart_with_other_shards() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "before"));
        world.run_ms(1000);
        world.esme(tata).0.persistent = false;
        submit(world, tata, Job::new("2222", "nobody is there yet"));
        world.nodes[0].shards = 4 - world.nodes[0].shards;
        world.crash(0, 30);
        world.run_ms(1000);
        registered(world, "2222");
        world.run_ms(2000);
        assert_eq!(world.tally(routing::board::Tally::ReceiptsPending), 1);
        let c1 = bound(world, "c1", 1);
        submit(world, c1, Job::new("1111", "after"));
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["before", "after"], "no REGISTER was needed");
        let (esme, net) = world.esme(tata);
        (esme.persistent, esme.redial_ms) = (true, 1..2);
        esme.begin(net);
        settle_with(world, CRASHED);
    });
}

#[test]
fn what_is_on_its_way_to_an_app_is_the_same_request_after_a_restart_with_other_shards() {
    with_shards(|world| {
        let (phone, tata) = (registered(world, "1112"), bound(world, "tata", 1));
        world.net.faults.unheard = 1000;
        submit(world, tata, Job::new("1112", "twice on its way"));
        let came = |world: &World| world.phones().any(|phone| !phone.got.is_empty());
        assert!(world.run_until_that(world.net.now + SEC, came));
        world.nodes[0].shards = 4 - world.nodes[0].shards;
        world.crash(0, 30);
        world.net.faults.unheard = 0;
        let before = world.phone(phone).0.retransmissions;
        settle_with(world, CRASHED);
        let phone = world.phone(phone).0;
        assert!(phone.retransmissions > before, "it left again");
        assert_eq!(phone.got[0].branches, 1, "by the same branch");
    });
}

/// A peer that says goodbye has read its answers, but not those that were lost behind it.
#[test]
fn what_was_answered_behind_an_unbind_is_in_doubt_if_the_wire_broke() {
    with_shards(|world| {
        let (phone, tata) = (registered(world, "1111"), bound(world, "tata", 1));
        world.net.faults.commit_us = 300_000;
        let (esme, net) = world.esme(tata);
        let (link, wire) = (esme.bound()[0], esme.wire(esme.bound()[0]).expect("it is connected"));
        esme.submit(net, Job::new("1111", "and goodbye"));
        esme.unbind(net, link);
        world.run_ms(5);
        assert!(accepts_of(world, "tata").is_empty(), "the disk is at it");
        world.net.numb(wire, 2 * SEC);
        world.net.faults.commit_us = 0;
        settle_with(world, Mercy { receipts_again: true, ..Mercy::default() });
        assert_eq!(world.esme(tata).0.jobs[0].sent, 2, "it asked again");
        assert_eq!(accepts_of(world, "tata").len(), 1);
        assert_eq!(world.phone(phone).0.texts(), ["and goodbye"]);
    });
}

#[test]
fn j01_crossing_routes_are_stopped_at_the_first_return() {
    let mut site = Site::standard();
    let policies = vec![tests::model::policy(512, "%", 311)];
    site.environment("env2").policies = routing::PolicyTable::build(policies);
    tests::scene::with_site(&site.publish(), |world| {
        let tata = bound(world, "tata", 1);
        let lost = submit(world, tata, Job::new("2229", "round and round"));
        world.run_ms(1_000);
        let hops =
            world.nodes.iter().flat_map(|node| node.accepts()).map(|(_, sms)| sms.trace.hops);
        let mut hops: Vec<_> = hops.collect();
        hops.sort_unstable();
        assert_eq!(hops, [0, 1], "taken once in each environment");
        let alarms = |world: &World| {
            let notes = world.nodes.iter().flat_map(|node| &node.notes);
            notes.filter(|note| note.1.contains("routing loop")).count()
        };
        assert_eq!(alarms(world), 1, "the operator hears of it");
        for number in 0..20 {
            submit(world, tata, Job::new("2229", &format!("again {number}")));
        }
        world.run_ms(2_000);
        assert_eq!(alarms(world), 1, "once for all of them");
        assert!(world.nodes[0].watch.pdus < 200, "{} PDUs", world.nodes[0].watch.pdus);
        registered(world, "2222");
        let job = submit(world, tata, Job::new("2222", "not behind it"));
        world.run_ms(2000);
        let esme = world.esme(tata).0;
        let state_of = |job: usize| {
            let id = esme.jobs[job].id().expect("a positive answer").to_owned();
            esme.receipts.iter().find(|receipt| receipt.id == id).map(|receipt| receipt.state)
        };
        assert!(state_of(job).is_some(), "it is not held up");
        assert_eq!(state_of(lost), Some(Some(MessageState::Rejected)), "told at once");
    });
}

#[test]
fn a_disk_that_fails_in_the_middle_keeps_what_it_said() {
    for seed in 0..30 {
        let mut world = World::new(seed, [2, 1]);
        world.run_ms(500);
        registered(&mut world, "1111");
        registered(&mut world, "2222");
        let tata = bound(&mut world, "tata", 2);
        for number in 0..60 {
            let (esme, net) = world.esme(tata);
            let called = ["1111", "2222"][number % 2];
            esme.submit(net, Job::new(called, &format!("until it breaks {number}")));
            if number == 20 + seed as usize {
                world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = true);
            }
            world.run_ms(3);
        }
        world.run_ms(500);
        let esme = world.esme(tata).0;
        let refused = esme.jobs.iter().filter_map(Job::refused);
        assert!(refused.clone().all(|status| status == Status::RSYSERR.0), "seed {seed}");
        assert!(refused.count() > 0, "seed {seed}: the others were refused");
        world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = false);
        world.crash(0, 100);
        settle_with(&mut world, CRASHED);
    }
}

#[test]
fn the_same_seed_is_the_same_day() {
    let day = |seed| {
        let (world, ..) = tests::storm::live(seed);
        let records: Vec<Record> = world.nodes.iter().flat_map(|node| node.records()).collect();
        (world.net.now, world.events, records)
    };
    for seed in [3, 5, 8] {
        assert!(day(seed) == day(seed), "seed {seed}");
    }
}

#[test]
fn the_judges_see_what_is_wrong() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "fine"));
        settle(world);
        let esme = world.esme(tata).0;
        esme.receipts.push(esme.receipts[0].clone());
        assert!(!judge(world, Mercy::default()).is_empty(), "a receipt too many");
        world.esme(tata).0.receipts.clear();
        assert!(!judge(world, Mercy::default()).is_empty(), "a receipt too few");
    });
}

/// The first one settles the Sms, and it is gone; its outcome is on its way to the disk.
#[test]
fn d28_a_receipt_said_twice_is_answered_when_its_outcome_is_durable() {
    let mut site = Site::standard();
    site.environment("env1").connections[1].manner.always_ask = true;
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::TakeOnly].into();
        submit(world, tata, Job::new("3331", "no receipt for me").registered(0));
        world.run_ms(500);
        world.net.faults.commit_us = 500_000;
        let address = |addr| Address { ton: 1, npi: 1, addr };
        let (source, destination) = (address(b"3331"), address(b"TATA"));
        let short_message = b"id:101 stat:DELIVRD err:000 text:";
        let esm_class = esm_class::TYPE_RECEIPT;
        let receipt =
            ShortMessage { source, destination, esm_class, short_message, ..Default::default() };
        for _ in 0..2 {
            let (smsc, net) = world.centre(smsc);
            smsc.deliver(net, &receipt);
        }
        while world.smsc(smsc).receipts.len() < 2 {
            let is_outcome = |record| matches!(record, Record::Outcome(_));
            let stands = world.nodes[0].records().any(is_outcome);
            assert!(stands || world.smsc(smsc).receipts.is_empty(), "answered before it stands");
            world.run_ms(1);
        }
    });
}

#[test]
fn a05_a_stop_leaves_a_peer_that_never_answers_unbind() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        // An SMSC that owes an answer is waited for, one that owes none is not.
        for (owed, soon) in [(1, false), (0, true)] {
            world.smsc(smsc).mute = true;
            for number in 0..owed {
                submit(world, tata, Job::new("3331", &format!("unanswered {number}")));
            }
            world.stop(0);
            world.run_ms(2500);
            let is_over = world.nodes[0].drained == usize::from(world.nodes[0].shards);
            assert_eq!(is_over, soon, "{owed} unanswered");
            world.smsc(smsc).mute = false;
            world.crash(0, 100);
            world.run_ms(5000);
        }
    });
}

/// A receipt that comes after our crash names its Sms as the next hop named it before.
#[test]
fn a03_the_name_a_next_hop_gave_outlives_a_crash() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(2000);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::Keep].into();
        submit(world, tata, Job::new("3331", "named before"));
        world.run_ms(1000);
        world.crash(0, 100);
        world.run_ms(5000);
        settle_with(world, CRASHED);
        assert_eq!(world.esme(tata).0.receipts[0].state, Some(MessageState::Delivered));
    });
}
