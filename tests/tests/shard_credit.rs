//! Carriers that pay beforehand: the faults of promises.md 4 G that the shards alone can show,
//! each named by its number.

use std::collections::BTreeMap;

use routing::ChargeOn;
use routing::journal::{Record, Recovery};
use tests::checks::{Mercy, accepts_of};
use tests::model::PRICE;
use tests::node::Given;
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::scene::{bound, registered, settle, settle_with, with_site};
use tests::storm::live_on;
use tests::{Site, World};

/// The standard site where TATA may spend the price of so many Sms.
fn site(count: i64) -> Site {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.credit_micros = Some(count * PRICE);
    site.publish()
}

/// What TATA's bank finds in the journals.
fn spent(world: &World) -> i64 {
    let mut recovery = Recovery::default();
    world.nodes[0].records().for_each(|record| recovery.handle(record));
    recovery.finish(0).spent.iter().map(|one| one.micros).sum()
}

/// How many jobs were taken, and how many refused as they should be when nothing is left.
fn verdicts(world: &mut World, esme: usize) -> (usize, usize) {
    let jobs = &world.esme(esme).0.jobs;
    let taken = jobs.iter().filter(|job| job.id().is_some()).count();
    let refused = jobs.iter().filter_map(Job::refused);
    (taken, refused.inspect(|status| assert_eq!(*status, 0x45)).count())
}

#[test]
fn g03_sixty_four_sources_spend_one_balance_to_exactly_its_limit() {
    with_site(&site(100), |world| {
        for user in ["1111", "1112", "1113", "1114"] {
            registered(world, user);
        }
        // Eight binds with windows of eight, spread over the shards, to owners on all of them.
        let tata = bound(world, "tata", 8);
        let (esme, net) = world.esme(tata);
        (esme.persistent, esme.window) = (false, 8);
        for number in 0..300 {
            let to = ["1111", "1112", "1113", "1114"][number % 4];
            esme.submit(net, Job::new(to, &format!("one of {number}")));
        }
        world.run_ms(20_000);
        assert_eq!(verdicts(world, tata), (100, 200));
        let is_refusal =
            |record: &Record| matches!(record, Record::Refused(one) if one.code == 0x45);
        assert_eq!(world.nodes[0].records().filter(is_refusal).count(), 200);
        let due: i64 = accepts_of(world, "tata").iter().map(|sms| sms.charge.amount_micros).sum();
        assert_eq!((due, spent(world)), (100 * PRICE, 100 * PRICE));
        settle(world);
    });
}

#[test]
fn g04_a_crash_at_any_step_leaves_neither_a_cent_too_much_nor_too_little() {
    with_site(&site(40), |world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 3);
        for round in 0..4 {
            let (esme, net) = world.esme(tata);
            for number in 0..20 {
                esme.submit(net, Job::new("1111", &format!("round {round} number {number}")));
            }
            // Between hold and ACCEPT, ACCEPT and answer, answer and receipt.
            world.run_ms(1 + 3 * round);
            world.crash(0, 300);
            world.run_ms(4_000);
        }
        world.run_ms(20_000);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        assert_eq!(spent(world), 40 * PRICE, "all of it, and no more");
        let due: i64 = accepts_of(world, "tata").iter().map(|sms| sms.charge.amount_micros).sum();
        assert_eq!(due, 40 * PRICE);
    });
}

#[test]
fn g08_what_is_not_delivered_is_given_back_once() {
    let mut site = site(5);
    site.carrier_of("tata").charge_on = ChargeOn::Delivered;
    with_site(&site, |world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 2);
        world.phone(phone).0.answers = [Answer::Status(404), Answer::Status(404)].into();
        let submit = |world: &mut World, text: &str| {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new("1111", text));
            world.run_ms(1_000);
        };
        for number in 0..7 {
            submit(world, &format!("number {number}"));
        }
        // Two were given back, so that seven of them cost as much as five.
        assert_eq!(verdicts(world, tata), (7, 0));
        submit(world, "one too many");
        assert_eq!(verdicts(world, tata), (7, 1));
        assert_eq!(spent(world), 5 * PRICE);
        // A restart finds the same.
        world.crash(0, 300);
        world.run_ms(5_000);
        submit(world, "still too many");
        assert_eq!(verdicts(world, tata), (7, 2));
    });
}

#[test]
fn what_its_owner_refuses_costs_nothing() {
    with_site(&site(3), |world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        let submit = |world: &mut World, text: &str| {
            let (esme, net) = world.esme(tata);
            esme.persistent = false;
            let job = esme.submit(net, Job::new("1111", text));
            world.run_ms(1_000);
            world.esme(tata).0.jobs[job].refused()
        };
        scarce(world, true);
        assert_eq!(submit(world, "no room"), Some(0x08));
        assert_eq!(submit(world, "still no room"), Some(0x08));
        scarce(world, false);
        for text in ["one", "two", "three"] {
            assert_eq!(submit(world, text), None);
        }
        assert_eq!(submit(world, "four"), Some(0x45));
    });
}

/// Crashes, lost links, duplicates and clocks that stand still: of what there is to spend no more
/// is spent, and the bank finds again what the records say.
#[test]
fn random_days_spend_what_there_is_and_no_more() {
    let mut least = i64::MAX;
    for seed in 1..=DAYS {
        let credit = 20 * PRICE;
        let (world, ..) = live_on(seed, |site| {
            site.carrier_of("tata").contract.credit_micros = Some(credit);
            site.carrier_of("tata").charge_on =
                if seed % 2 == 0 { ChargeOn::Delivered } else { ChargeOn::Accepted };
        });
        let outcomes: BTreeMap<_, _> = world.nodes[0]
            .records()
            .filter_map(|record| match record {
                Record::Outcome(outcome) => Some((outcome.id, outcome.state)),
                _ => None,
            })
            .collect();
        let accepted: BTreeMap<_, _> =
            accepts_of(&world, "tata").into_iter().map(|sms| (sms.id, sms)).collect();
        let due = accepted.iter().map(|(id, sms)| sms.credit_spent(outcomes.get(id).copied()));
        let due: i64 = due.sum();
        assert!(due <= credit, "seed {seed}: {due} of {credit}");
        assert_eq!(due, spent(&world), "seed {seed}");
        least = least.min(credit - due);
    }
    assert_eq!(least, 0, "on some days all of it is spent");
}

/// How many random days there are.
const DAYS: u64 = 24;

/// The disk of env1 is full, or is not any more.
fn scarce(world: &mut World, is_scarce: bool) {
    let World { nodes, net, .. } = world;
    for shard in 0..nodes[0].shards {
        nodes[0].give(net, shard, Given::Scarce(is_scarce));
    }
}
