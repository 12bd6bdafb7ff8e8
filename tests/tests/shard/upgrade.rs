//! Hot upgrade (promises.md A6): links live on, half PDUs end, numbers go on, nothing comes twice.

use routing::board::Tally;
use smpp::Status;
use tests::checks::Mercy;
use tests::net::MS;
use tests::peers::Job;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

/// Hangups of a carrier, and of its own sequence: what an upgrade must not change.
fn hangups(world: &mut World, esme: usize) -> u32 {
    world.esme(esme).0.hangups
}

#[test]
fn idle_links_live_on_and_are_used() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 3);
        submit(world, tata, Job::new("1111", "before").registered(1));
        world.run_ms(500);
        let links = world.esme(tata).0.bound();
        assert!(world.upgrade(0));
        world.run_ms(300);
        assert_eq!(world.esme(tata).0.bound(), links, "the same links");
        for number in 0..6 {
            submit(world, tata, Job::new("1111", &format!("after {number}")).registered(1));
        }
        world.run_ms(2000);
        assert_eq!(hangups(world, tata), 0);
        assert_eq!(world.phone(phone).0.got.len(), 7);
        assert_eq!(world.esme(tata).0.receipts.len(), 7);
        let binds = world.nodes[0].tally(Tally::BindsAccepted);
        assert_eq!((binds, world.nodes[1].tally(Tally::BindsAccepted)), (0, 1), "nobody anew");
        settle(world);
    });
}

/// Ten times in a row while octets come in pieces of seven: each upgrade meets half PDUs.
#[test]
fn a06_ten_times_under_load_with_half_pdus() {
    with_shards(|world| {
        world.net.faults.segment = 7;
        world.net.faults.tcp_us = 20_000;
        registered(world, "1111");
        registered(world, "2222");
        let tata = bound(world, "tata", 2);
        let mut sent = 0;
        for _ in 0..10 {
            for _ in 0..12 {
                let called = if sent % 3 == 0 { "2222" } else { "1111" };
                let (carrier, net) = world.esme(tata);
                carrier.submit(net, Job::new(called, &format!("number {sent}")).registered(1));
                sent += 1;
            }
            world.run_ms(30);
            assert!(world.upgrade(0));
            world.run_ms(20);
        }
        world.run_ms(5000);
        assert_eq!(hangups(world, tata), 0);
        let jobs = &world.esme(tata).0.jobs;
        let once = jobs.iter().filter(|job| job.sent == 1 && matches!(job.answer, Some(Ok(_))));
        assert_eq!(once.count(), sent, "each is sent and answered once");
        settle(world);
    });
}

/// Equal texts before and after are two: the link lives, so nothing is in doubt.
#[test]
fn equal_texts_before_and_after_are_two() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "again").registered(1));
        assert!(world.upgrade(0));
        world.run_ms(300);
        submit(world, tata, Job::new("1111", "again").registered(1));
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.got.len(), 2);
        // And what was answered there before is in doubt when the link dies after all.
        submit(world, tata, Job::new("1111", "doubtful").registered(1));
        assert!(world.upgrade(0));
        let wire = {
            let (carrier, _) = world.esme(tata);
            let link = carrier.bound()[0];
            carrier.wire(link).expect("a bound link has a wire")
        };
        world.net.cut(wire);
        world.run_ms(3000);
        submit(world, tata, Job::new("1111", "doubtful").registered(1));
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.got.len(), 3, "the second is known again");
    });
}

/// A next hop that answers late keeps its link: it is waited for, and asked nothing twice.
#[test]
fn a_next_hop_that_answers_late_is_waited_for() {
    with_site(&Site::standard().publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::Late(1500)].into();
        submit(world, tata, Job::new("3331", "slowly").registered(1));
        let (wires, began) = (world.smsc(smsc).wires(), world.net.now);
        assert!(world.upgrade(0));
        assert!(world.net.now - began >= 1000 * MS, "it waited");
        world.run_ms(3000);
        assert_eq!(world.smsc(smsc).wires(), wires, "the same link");
        submit(world, tata, Job::new("3331", "at once").registered(1));
        world.run_ms(3000);
        assert_eq!(world.smsc(smsc).got.len(), 2, "no copy");
        assert_eq!(world.esme(tata).0.receipts.len(), 2);
        assert_eq!(hangups(world, tata), 0);
    });
}

/// A next hop that never answers loses that link and no other: what it may have goes once more
/// over the one that lives on.
#[test]
fn what_nobody_knows_of_goes_again_over_a_link_that_lives() {
    let mut site = Site::standard();
    site.environment("env1").connections[1].manner.links = 2;
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(9000);
        let wires = world.smsc(smsc).wires();
        assert_eq!(wires.len(), 2);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::Silent].into();
        submit(world, tata, Job::new("3331", "answered never").registered(1));
        assert!(world.upgrade(0));
        world.run_ms(100);
        let left = world.smsc(smsc).wires();
        assert_eq!(left.iter().filter(|wire| wires.contains(wire)).count(), 1, "one lives on");
        assert_eq!(world.smsc(smsc).got.len(), 2, "and takes it at once");
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        assert_eq!(world.esme(tata).0.receipts.len(), 1);
    });
}

/// A bind of which half has come before and half comes after.
#[test]
fn a_bind_in_the_middle_ends_well() {
    with_shards(|world| {
        world.net.faults.segment = 5;
        world.net.faults.tcp_us = 40_000;
        let tata = world.add_esme("tata", 2);
        world.run_ms(60);
        assert!(world.upgrade(0));
        world.run_ms(3000);
        let carrier = world.esme(tata).0;
        assert_eq!((carrier.bound().len(), carrier.hangups), (2, 0));
        assert!(carrier.binds.iter().all(|status| *status == Status::ROK));
    });
}
