//! Carriers that pay beforehand: the faults of promises.md 4 G that the shards alone can show,
//! each named by its number.

use std::collections::{BTreeMap, BTreeSet};

use routing::journal::{Record, Recovery};
use routing::{ChargeOn, Paid, PriceList, Rate, Refund, State, Tariff};
use smpp::{MessageState, Status};
use tests::checks::{Mercy, accepts_of};
use tests::model::PRICE;
use tests::node::Given;
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::peers::smsc::Habit;
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

/// What was accepted keeps the price of that instant: another tariff while it waits for its app,
/// and a crash, change neither it nor the version that is written down with it.
#[test]
fn g01_the_price_of_accept_stands_when_the_tariff_changes_before_delivery() {
    with_site(&Site::standard(), |world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        let submit = |world: &mut World, text: &str| {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new("1111", text));
            world.run_ms(500);
        };
        submit(world, "cheap");
        let mut site = Site::standard();
        let dear = Rate { prefix: 0, price_micros: 2 * PRICE };
        site.environment("env1").tariffs = vec![Tariff::new(401, "TATA-in", 2, "USD", vec![dear])];
        world.publish(site.publish());
        world.run_ms(100);
        submit(world, "dear");
        world.crash(0, 300);
        world.run_ms(8_000);
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(20_000);
        assert_eq!(world.phone(phone).0.texts(), ["cheap", "dear"]);
        let accepted = accepts_of(world, "tata");
        let mut prices: Vec<_> = accepted
            .iter()
            .map(|sms| (sms.charge.version, sms.charge.price_micros, sms.charge.amount_micros))
            .collect();
        prices.sort_unstable();
        assert_eq!(prices, [(1, PRICE, PRICE), (2, 2 * PRICE, 2 * PRICE)]);
    });
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

/// What a next hop took is charged whatever it says later; what none took is not, nor what an app
/// refused.
#[test]
fn what_is_charged_on_submission_is_given_back_if_no_next_hop_takes_it() {
    let mut site = site(3);
    site.carrier_of("tata").charge_on = ChargeOn::Submitted;
    with_site(&site, |world| {
        let smsc = world.add_smsc();
        let phone = registered(world, "1111");
        world.run_ms(3_000);
        let tata = bound(world, "tata", 1);
        let undeliverable = Habit::Take(MessageState::Undeliverable, 100);
        world.smsc(smsc).habits = [Habit::Refuse(Status::RINVDSTADR), undeliverable].into();
        world.phone(phone).0.answers = [Answer::Status(404), Answer::Status(404)].into();
        let submit = |world: &mut World, to: &str, text: &str| {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new(to, text));
            world.run_ms(2_000);
        };
        for (to, text, due) in [
            ("3331", "it refuses", 0),
            ("3331", "it takes it and fails", 1),
            ("1111", "no", 1),
            ("1111", "no again", 1),
            ("1111", "yes", 2),
            ("3331", "it delivers", 3),
        ] {
            submit(world, to, text);
            assert_eq!(spent(world), due * PRICE, "{text}");
        }
        submit(world, "1111", "nothing is left");
        assert_eq!(verdicts(world, tata), (6, 1));
        world.crash(0, 300);
        world.run_ms(5_000);
        submit(world, "1111", "still nothing");
        assert_eq!((verdicts(world, tata), spent(world)), ((6, 2), 3 * PRICE));
    });
}

/// What was charged when it was taken is given back by the ends that the carrier's rule names, and
/// by no others, whatever dies.
#[test]
fn g08_what_the_rule_gives_back_may_be_spent_again() {
    let mut site = site(2);
    let tata = site.carrier_of("tata");
    tata.contract.refund = Refund::after([State::Undeliverable]);
    let site = site.publish();
    with_site(&site, |world| {
        let smsc = world.add_smsc();
        registered(world, "1111");
        world.run_ms(3_000);
        let tata = bound(world, "tata", 1);
        let failing = |state| Habit::Take(state, 100);
        let (undeliverable, expired) = (MessageState::Undeliverable, MessageState::Expired);
        world.smsc(smsc).habits =
            [failing(undeliverable), failing(expired), failing(undeliverable)].into();
        let submit = |world: &mut World, to: &str, text: &str| {
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new(to, text));
            world.run_ms(2_000);
        };
        for (to, text, due) in [
            ("3331", "it fails", 0),
            ("3331", "it expires there", 1),
            ("3331", "it fails, too", 1),
            ("1111", "it is delivered", 2),
        ] {
            submit(world, to, text);
            assert_eq!(spent(world), due * PRICE, "{text}");
        }
        submit(world, "1111", "nothing is left");
        assert_eq!(verdicts(world, tata), (4, 1));
        world.crash(0, 300);
        world.run_ms(5_000);
        submit(world, "1111", "still nothing");
        assert_eq!((verdicts(world, tata), spent(world)), ((4, 2), 2 * PRICE));
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

/// What it paid is spent to exactly the last of it, and is still paid after a restart.
#[test]
fn g03_what_is_paid_may_be_spent_at_once_and_no_more() {
    let mut site = site(2);
    let tata = site.carrier_of("tata").id;
    with_site(&site, |world| {
        registered(world, "1111");
        let esme = bound(world, "tata", 3);
        let submit = |world: &mut World, count: usize| {
            let (esme, net) = world.esme(esme);
            for number in 0..count {
                esme.submit(net, Job::new("1111", &format!("at {} number {number}", net.now)));
            }
            world.run_ms(3_000);
        };
        let pay = |world: &mut World, count: i64| {
            let World { nodes, net, .. } = world;
            let other = Paid { environment: 1, carrier: tata + 1, micros: 99 * PRICE };
            let paid = Paid { environment: 1, carrier: tata, micros: count * PRICE };
            nodes[0].pay(net, &[paid, other]);
            world.run_ms(100);
        };
        submit(world, 3);
        assert_eq!(verdicts(world, esme), (2, 1));
        pay(world, 3);
        submit(world, 4);
        assert_eq!(verdicts(world, esme), (5, 2));
        world.crash(0, 300);
        world.run_ms(5_000);
        submit(world, 1);
        assert_eq!(verdicts(world, esme), (5, 3));
        pay(world, 5);
        submit(world, 3);
        assert_eq!(verdicts(world, esme), (7, 4));
        // Somebody found that too much was booked: nothing is taken back, nothing is given.
        pay(world, 1);
        submit(world, 1);
        assert_eq!((verdicts(world, esme), spent(world)), ((7, 5), 7 * PRICE));
    });
}

/// A list that begins while they send: the instant at which each was accepted says its price,
/// whichever shard accepted it.
#[test]
fn g02_a_price_begins_on_every_shard_at_one_instant() {
    with_site(&Site::standard(), |world| {
        let mut site = Site::standard();
        let since_ns = world.net.moment().unix_ns + 8_000_000_000;
        let dear = Rate { prefix: 0, price_micros: 3 * PRICE };
        let env1 = &mut site.plan.environments[0];
        let tariff = env1.tariffs.remove(0);
        let later = PriceList::new(since_ns, vec![dear]);
        env1.tariffs.insert(0, tariff.with_lists(vec![(later, 0)]));
        world.publish(site.publish());
        for user in ["1111", "1112", "1113", "1114"] {
            registered(world, user);
        }
        let tata = bound(world, "tata", 4);
        for number in 0..200 {
            let (esme, net) = world.esme(tata);
            let to = ["1111", "1112", "1113", "1114"][number % 4];
            esme.submit(net, Job::new(to, &format!("number {number}")));
            world.run_ms(50);
        }
        world.run_ms(5_000);
        let accepted = accepts_of(world, "tata");
        let dear: Vec<bool> = accepted.iter().map(|sms| sms.accepted_ns >= since_ns).collect();
        assert!(dear.contains(&true) && dear.contains(&false) && dear.len() == 200);
        for (sms, is_dear) in accepted.iter().zip(dear) {
            let expected = if is_dear { (3 * PRICE, since_ns) } else { (PRICE, 0) };
            assert_eq!((sms.charge.price_micros, sms.charge.since_ns), expected);
        }
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
                [ChargeOn::Delivered, ChargeOn::Accepted, ChargeOn::Submitted][seed as usize % 3];
            site.carrier_of("tata").contract.refund = Refund::from_number((seed / 3) as u8 * 0x1C);
        });
        let outcomes: BTreeMap<_, _> = world.nodes[0]
            .records()
            .filter_map(|record| match record {
                Record::Outcome(outcome) => Some((outcome.id, outcome.state)),
                _ => None,
            })
            .collect();
        let taken: BTreeSet<_> = world.nodes[0]
            .records()
            .filter_map(|record| match record {
                Record::Taken(taken) => Some(taken.id),
                _ => None,
            })
            .collect();
        let accepted: BTreeMap<_, _> =
            accepts_of(&world, "tata").into_iter().map(|sms| (sms.id, sms)).collect();
        let due = accepted
            .iter()
            .map(|(id, sms)| sms.credit_spent(outcomes.get(id).copied(), taken.contains(id)));
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
