//! Environments behind the one entry address: what one of them does not concern the others.

use routing::board::Tally;
use smpp::MessageState;
use tests::World;
use tests::checks::Mercy;
use tests::net::Place;
use tests::peers::Job;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};

/// The states that a carrier was told, by job.
fn told(world: &mut World, esme: usize) -> Vec<Option<MessageState>> {
    let esme = world.esme(esme).0;
    let receipts = &esme.receipts;
    let of = |job: &Job| {
        let id = job.id()?;
        receipts.iter().find(|receipt| receipt.id == id)?.state
    };
    esme.jobs.iter().map(of).collect()
}

#[test]
fn j03_an_environment_that_is_down_concerns_nobody_else() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        registered(world, "1111");
        let there = registered(world, "2222");
        let tata = bound(world, "tata", 2);
        world.crash(1, 60_000);
        for number in 0..30 {
            for (called, where_to) in [("2222", "away"), ("1111", "here"), ("3331", "out")] {
                submit(world, tata, Job::new(called, &format!("{where_to} {number}")));
            }
        }
        world.run_ms(1_000);
        let states = told(world, tata);
        let delivered = |which: usize| {
            let of = states.iter().skip(which).step_by(3);
            of.filter(|state| **state == Some(MessageState::Delivered)).count()
        };
        assert_eq!([delivered(0), delivered(1), delivered(2)], [0, 30, 30]);
        assert_eq!(world.smsc(smsc).got.len(), 30);
        assert_eq!(world.nodes[0].tally(Tally::Pending), 30, "they wait");
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        assert_eq!(world.phone(there).0.texts().len(), 30, "and arrive when it is back");
    });
}

#[test]
fn j07_a_link_between_environments_that_breaks_makes_no_double() {
    with_shards(|world| {
        let there = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        world.net.faults.tcp_us = 20_000;
        let mut cuts = 0;
        for number in 0..60 {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new("2222", &format!("over a bad wire {number}")));
            world.run_ms(23);
            // The wire between the environments, in every state of what is on it.
            if number % 4 == 3 {
                let ours = |place: Option<Place>| matches!(place, Some(Place::Shard { .. }));
                let mut wires = world.net.whole_wires();
                wires.retain(|wire| (0..2).all(|end| ours(world.net.holder(*wire, end))));
                cuts += wires.len();
                wires.into_iter().for_each(|wire| world.net.cut(wire));
            }
        }
        settle(world);
        let mut texts = world.phone(there).0.texts();
        assert!(cuts > 5, "{cuts} wires broke");
        assert_eq!(texts.len(), 60, "each once");
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 60);
    });
}
