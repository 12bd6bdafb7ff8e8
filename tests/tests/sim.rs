//! Whole messages through whole nodes (scenarios.md), with one, two and three shards.

use smpp::{MessageState, Status};
use tests::World;
use tests::checks::{Mercy, at_rest, judge};
use tests::net::SEC;
use tests::peers::Job;

/// Runs until nothing is on its way, then lets the judges look.
fn settle(world: &mut World, mercy: Mercy) {
    let until = world.net.now + 3600 * SEC;
    world.run_until_that(until, at_rest);
    world.run_ms(1000);
    let wrongs = judge(world, mercy);
    assert!(wrongs.is_empty(), "{wrongs:#?}\n{:#?}", world.nodes[0].notes);
}

/// The same with one, two and three shards on each node.
fn with_shards(test: impl Fn(&mut World)) {
    for shards in [[1, 1], [2, 1], [3, 2]] {
        let mut world = World::new(42, shards);
        world.run_ms(500);
        test(&mut world);
    }
}

/// A registered app.
fn registered(world: &mut World, user: &str) -> usize {
    let phone = world.add_phone(user);
    let (app, net) = world.phone(phone);
    app.register(net);
    world.run_ms(100);
    assert!(world.phone(phone).0.registered, "{user} is registered");
    phone
}

#[test]
fn a_campaign_sms_reaches_the_app_and_its_receipt_the_carrier() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = world.add_esme("tata", 1);
        world.run_ms(100);
        let (esme, net) = world.esme(tata);
        assert_eq!(esme.binds, [Status::ROK]);
        let job = esme.submit(net, Job::new("1111", "hi 1111"));
        settle(world, Mercy::default());
        let esme = world.esme(tata).0;
        let id = esme.jobs[job].id().expect("a positive answer").to_owned();
        assert_eq!(esme.receipts[0].id, id);
        assert_eq!(esme.receipts[0].state, Some(MessageState::Delivered));
        let got = &world.phone(phone).0.got[0];
        assert_eq!((got.from.as_str(), got.text.as_str()), ("TATA", "hi 1111"));
    });
}

/// Days of random operations and faults. `SIGNALBOX_SEED` lives through one day again,
/// `SIGNALBOX_SEEDS` through so many.
#[test]
fn sim_seeds() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SIGNALBOX_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("SIGNALBOX_SEEDS").unwrap_or(200) + 1,
    };
    let mut failed = Vec::new();
    for seed in seeds {
        match std::panic::catch_unwind(|| tests::storm::day(seed)) {
            Ok(Ok(_)) => {}
            Ok(Err(wrongs)) => failed.push((seed, wrongs)),
            Err(_) => failed.push((seed, vec!["panicked".to_owned()])),
        }
    }
    let first: Vec<_> = failed.iter().take(50).collect();
    assert!(failed.is_empty(), "{} seeds failed, such as {first:#?}", failed.len());
}
