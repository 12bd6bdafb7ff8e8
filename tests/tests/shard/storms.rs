//! Peers that take nothing for a while, and peers that say everything at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use routing::board::Tally;
use smpp::{BindKind, MessageState, Status};
use tests::net::MS;
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, submit, with_shards};
use tests::{Site, World};

/// How long a carrier waits for the answer to one Sms to 1112, in microseconds.
fn answer_us(world: &mut World, esme: usize, text: &str) -> u64 {
    let start = world.net.now;
    let (carrier, net) = world.esme(esme);
    let job = carrier.submit(net, Job::new("1112", text));
    while world.esme(esme).0.jobs[job].answer.is_none() && world.net.now < start + 1000 * MS {
        world.run_until(world.net.now + MS / 10);
    }
    (world.net.now - start) / 1000
}

fn send(world: &mut World, esme: usize, to: &str, count: usize) {
    for number in 0..count {
        let (carrier, net) = world.esme(esme);
        carrier.submit(net, Job::new(to, &format!("number {number:06}")));
    }
}

/// The body ends its link when its kernel could write nothing for 30 seconds: see
/// `d02_gives_up_who_takes_nothing` of the bodies.
#[test]
fn d02_a_carrier_that_reads_nothing_costs_a_window_and_nobody_else_anything() {
    with_shards(|world| {
        registered(world, "1111");
        registered(world, "1112");
        let c1 = bound(world, "c1", 1);
        let slow = world.add_esme_of("tata", &[BindKind::Transmitter]);
        let reader = world.add_esme_of("tata", &[BindKind::Receiver]);
        let (esme, _) = world.esme(reader);
        (esme.deaf, esme.persistent) = (1000, false);
        world.run_ms(200);
        let quiet = answer_us(world, c1, "on a quiet day");
        send(world, slow, "1111", 100);
        world.run_ms(5_000);
        assert_eq!(world.esme(reader).0.receipts.len(), 10, "its window and no more");
        assert_eq!(world.tally(Tally::ReceiptsPending), 100, "none of them is lost");
        for number in 0..10 {
            let took = answer_us(world, c1, &format!("beside it {number}"));
            assert!(took <= 2 * quiet + 1000, "{took} us against {quiet} us");
        }
        world.run_ms(25_000);
        let link = world.esme(reader).0.bound()[0];
        let wire = world.esme(reader).0.wire(link).unwrap();
        world.net.cut(wire);
        let heir = world.add_esme_of("tata", &[BindKind::Receiver]);
        world.run_ms(20_000);
        let mut ids: Vec<_> =
            world.esme(heir).0.receipts.iter().map(|receipt| receipt.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 100, "another bind gets each of them");
        assert_eq!(world.tally(Tally::ReceiptsPending), 0);
    });
}

/// O11: an app that never answers, with a hundred Sms behind the first, and a message centre that
/// never answers, with its window full and a thousand Sms behind it.
#[test]
fn h11_who_never_answers_keeps_nobody_else_waiting() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(1000);
        let mute = registered(world, "1111");
        registered(world, "1112");
        let (tata, c1) = (bound(world, "tata", 2), bound(world, "c1", 1));
        let quiet: Vec<_> =
            (0..20).map(|at| answer_us(world, c1, &format!("on a quiet day {at}"))).collect();
        let quiet = quiet.into_iter().max().unwrap();
        world.phone(mute).0.answer = Answer::Silent;
        world.smsc(smsc).habits = vec![Habit::Silent; 2_000].into();
        send(world, tata, "1111", 100);
        send(world, tata, "3331", 1_000);
        world.run_ms(2_000);
        let got = world.esme(c1).0.receipts.len();
        for number in 0..20 {
            let took = answer_us(world, c1, &format!("beside them {number}"));
            assert!(took <= 2 * quiet, "{took} us against {quiet} us");
        }
        world.run_ms(100);
        assert_eq!(world.esme(c1).0.receipts.len(), got + 20, "and each was delivered at once");
    });
}

/// `SIGNALBOX_STORM` says how many; promises.md asks for as many as one has patience for.
#[test]
fn d27_a_burst_of_receipts_from_an_smsc_holds_nobody_up_and_loses_nothing() {
    let asked = std::env::var("SIGNALBOX_STORM").ok().and_then(|count| count.parse().ok());
    let count = asked.unwrap_or(STORM);
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(1000);
        registered(world, "1112");
        let (tata, c1) = (bound(world, "tata", 2), bound(world, "c1", 1));
        let quiet = answer_us(world, c1, "on a quiet day");
        world.smsc(smsc).habits = vec![Habit::Keep; count].into();
        send(world, tata, "3331", count);
        world.run_until_that(world.net.now + 3600 * 1000 * MS, |world| {
            world.smscs().all(|smsc| smsc.got.len() == count)
        });
        world.run_ms(1000);
        assert_eq!(world.esme(tata).0.receipts.len(), 0, "an outage of receipts");
        let (centre, net) = world.centre(smsc);
        centre.release(net);
        let mut worst = 0;
        for number in 0..20 {
            worst = worst.max(answer_us(world, c1, &format!("in the storm {number}")));
        }
        assert!(worst <= 2 * quiet + 1000, "{worst} us against {quiet} us");
        send(world, tata, "3331", 20);
        settle(world);
        let receipts = &world.esme(tata).0.receipts;
        assert_eq!(receipts.len(), count + 20, "each Sms has one");
        assert!(receipts.iter().all(|one| one.state == Some(MessageState::Delivered)));
        assert_eq!(world.smsc(smsc).got.len(), count + 20, "and none was sent again");
    });
}

/// One more than a carrier may leave with us for later; see SCHEDULED_MAX.
#[test]
fn h11_a_carrier_that_schedules_too_many_is_refused_and_nobody_else_is() {
    let mut site = Site::standard();
    site.carrier_of("tata").window = 1_000;
    let mut world = World::of(42, [1, 1], site.publish());
    world.run_ms(500);
    let (tata, c1) = (bound(&mut world, "tata", 1), bound(&mut world, "c1", 1));
    let (esme, _) = world.esme(tata);
    (esme.window, esme.persistent) = (1_000, false);
    let later = || Job::new("1111", "tomorrow").schedule("000001000000000R");
    for _ in 0..(1 << 16) + 1 {
        let (esme, net) = world.esme(tata);
        esme.submit(net, later());
    }
    world.run_ms(60_000);
    let jobs = &world.esme(tata).0.jobs;
    let refused: Vec<_> = jobs.iter().filter_map(Job::refused).collect();
    assert_eq!(refused, [Status::RMSGQFUL.0]);
    assert_eq!(jobs.iter().filter(|job| job.id().is_some()).count(), 1 << 16);
    let job = submit(&mut world, c1, later());
    assert!(world.esme(c1).0.jobs[job].id().is_some(), "another one may");
}

/// Receipts of a test that everybody runs.
const STORM: usize = 1_000;
