//! Wall clocks that jump, within one life of a node and over a restart.

use routing::MessageId;
use routing::board::Tally;
use tests::World;
use tests::checks::Mercy;
use tests::peers::Job;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};

const HOUR_NS: i64 = 3_600_000_000_000;

fn ids(world: &World) -> Vec<MessageId> {
    let mut ids: Vec<_> = world.nodes[0].accepts().into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids
}

/// A13: what waits is judged by the clock that never jumps, whatever the other one says.
#[test]
fn a13_a_step_of_the_clock_expires_nothing_and_turns_nothing_around() {
    for step in [HOUR_NS, -HOUR_NS, 24 * HOUR_NS, -24 * HOUR_NS] {
        with_shards(|world| {
            let phone = world.add_phone("1111");
            let tata = bound(world, "tata", 1);
            submit(world, tata, Job::new("1111", "one").validity("000000020000000R"));
            world.net.skew_ns += step;
            world.run_ms(5000);
            assert!(world.esme(tata).0.receipts.is_empty(), "it is valid for two hours");
            submit(world, tata, Job::new("1111", "two"));
            assert_eq!(world.esme(tata).0.bound().len(), 1, "no link is lost");
            let (app, net) = world.phone(phone);
            app.register(net);
            world.run_ms(2000);
            assert_eq!(world.phone(phone).0.texts(), ["one", "two"], "step {step}");
            settle(world);
            let mut distinct = ids(world);
            distinct.dedup();
            assert_eq!(distinct.len(), 2);
        });
    }
}

#[test]
fn a13_a_clock_that_went_back_over_a_restart_gives_no_id_again() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        for number in 0..5 {
            submit(world, tata, Job::new("1111", &format!("before {number}")));
        }
        world.run_ms(3000);
        let before = ids(world);
        world.net.skew_ns -= HOUR_NS;
        world.crash(0, 100);
        world.run_ms(2000);
        for number in 0..5 {
            submit(world, tata, Job::new("1111", &format!("behind {number}")));
        }
        world.run_ms(1000);
        let after = ids(world);
        assert_eq!(after[..5], before, "those that came later have later names");
        assert_eq!(after.len(), 10);
        settle_with(world, Mercy { crashes: true, receipts_again: true, undelivered: false });
    });
}

#[test]
fn a13_contacts_outlive_a_step_of_the_clock() {
    for step in [24 * HOUR_NS, -24 * HOUR_NS] {
        with_shards(|world| {
            let phone = registered(world, "1111");
            let tata = bound(world, "tata", 1);
            world.net.skew_ns += step;
            submit(world, tata, Job::new("1111", "still there"));
            world.run_ms(500);
            assert_eq!(world.phone(phone).0.texts(), ["still there"], "step {step}");
            let (app, net) = world.phone(phone);
            app.register(net);
            world.run_ms(500);
            assert!(world.phone(phone).0.registered);
            settle(world);
        });
    }
}

#[test]
fn a13_the_latest_contacts_count_though_the_clock_went_back_over_a_restart() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        world.net.skew_ns -= HOUR_NS;
        world.crash(0, 100);
        world.run_ms(1000);
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(1000);
        assert_eq!(world.tally(Tally::AccountsReachable), 1);
        let (app, net) = world.phone(phone);
        app.leave(net);
        world.run_ms(1000);
        assert_eq!(world.tally(Tally::AccountsReachable), 0);
        world.crash(0, 100);
        world.run_ms(1000);
        assert_eq!(world.tally(Tally::AccountsReachable), 0);
    });
}
