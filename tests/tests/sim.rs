//! Whole messages through whole nodes (scenarios.md), with one, two and three shards; and
//! random days by seed.

use smpp::{MessageState, Status};
use tests::checks::{Mercy, accepts_of};
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};

#[test]
fn a_campaign_sms_reaches_the_app_and_its_receipt_the_carrier() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        let job = submit(world, tata, Job::new("1111", "hi 1111"));
        settle(world);
        let esme = world.esme(tata).0;
        let id = esme.jobs[job].id().expect("a positive answer").to_owned();
        assert_eq!(esme.receipts[0].id, id);
        assert_eq!(esme.receipts[0].state, Some(MessageState::Delivered));
        let got = &world.phone(phone).0.got[0];
        assert_eq!((got.from.as_str(), got.text.as_str()), ("TATA", "hi 1111"));
    });
}

#[test]
fn an_app_that_was_away_gets_its_sms_within_a_second_of_its_register() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        for text in ["one", "two", "three"] {
            submit(world, tata, Job::new("1111", text));
        }
        world.run_ms(60_000);
        assert!(world.esme(tata).0.receipts.is_empty(), "nothing is final yet");
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["one", "two", "three"]);
        settle(world);
        assert_eq!(world.esme(tata).0.receipts.len(), 3);
    });
}

#[test]
fn an_app_that_stays_away_lets_its_sms_expire() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "late").validity("000000000130000R"));
        world.run_ms(80_000);
        assert!(world.esme(tata).0.receipts.is_empty(), "it is valid for ninety seconds");
        settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
        assert_eq!(world.esme(tata).0.receipts[0].state, Some(MessageState::Expired));
        assert!(world.net.now < 100 * tests::net::SEC);
    });
}

#[test]
fn what_an_app_refuses_is_reported_as_the_table_says() {
    let table = [
        (404, MessageState::Undeliverable),
        (415, MessageState::Undeliverable),
        (488, MessageState::Undeliverable),
        (403, MessageState::Rejected),
        (603, MessageState::Rejected),
    ];
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        for (status, state) in table {
            world.phone(phone).0.answers.push_back(Answer::Status(status));
            submit(world, tata, Job::new("1111", &format!("refused with {status}")));
            world.run_ms(500);
            let receipt = world.esme(tata).0.receipts.last().expect("a receipt").clone();
            assert_eq!((receipt.state, receipt.err), (Some(state), status.to_string()));
        }
        settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
        assert!(world.phone(phone).0.got.is_empty());
    });
}

#[test]
fn a_busy_app_is_tried_again() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.answers =
            [Answer::Status(486), Answer::Status(480), Answer::Silent].into();
        submit(world, tata, Job::new("1111", "patience"));
        submit(world, tata, Job::new("1111", "and order"));
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["patience", "and order"]);
    });
}

#[test]
fn every_contact_of_an_account_gets_the_sms_and_there_is_one_receipt() {
    with_shards(|world| {
        let phones = [registered(world, "1111"), registered(world, "1111")];
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "to both"));
        world.run_ms(2000);
        for phone in phones {
            assert_eq!(world.phone(phone).0.texts(), ["to both"]);
        }
        assert_eq!(world.esme(tata).0.receipts.len(), 1);
    });
}

#[test]
fn receipts_come_only_as_asked_for() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        for (registered, refused) in [(0, false), (1, false), (2, false), (2, true), (3, false)] {
            if refused {
                world.phone(phone).0.answers.push_back(Answer::Status(404));
            }
            let text = format!("rd {registered} {refused}");
            submit(world, tata, Job::new("1111", &text).registered(registered));
        }
        settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
        assert_eq!(world.esme(tata).0.receipts.len(), 3);
    });
}

#[test]
fn an_app_writes_to_an_app_of_another_environment() {
    with_shards(|world| {
        let (from, to) = (registered(world, "1111"), registered(world, "2222"));
        let (app, net) = world.phone(from);
        app.send(net, "2222", "hello 2222");
        settle(world);
        assert_eq!(world.phone(from).0.sent[0].status, Some(202));
        let got = &world.phone(to).0.got[0];
        assert_eq!((got.from.as_str(), got.text.as_str()), ("1111", "hello 2222"));
        let (app, net) = world.phone(to);
        app.send(net, "1111", "and back, grüße");
        settle(world);
        assert_eq!(world.phone(from).0.texts(), ["and back, grüße"]);
    });
}

#[test]
fn a_local_account_comes_before_every_policy() {
    let mut site = tests::Site::standard();
    let env1 = site.environment("env1");
    env1.policies = routing::PolicyTable::build(vec![tests::model::policy(503, "%", 301)]);
    tests::scene::with_site(&site.publish(), |world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "hi 1111"));
        settle(world);
        assert!(world.nodes[1].accepts().is_empty(), "env2 saw nothing of it");
    });
}

#[test]
fn a_receipt_from_the_next_environment_comes_back_under_our_id() {
    with_shards(|world| {
        registered(world, "2222");
        let tata = bound(world, "tata", 1);
        let job = submit(world, tata, Job::new("2222", "hello 2222"));
        settle(world);
        let esme = world.esme(tata).0;
        let id = esme.jobs[job].id().expect("a positive answer").to_owned();
        assert_eq!(esme.receipts.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), [&id]);
        let (here, there) = (world.nodes[0].accepts(), world.nodes[1].accepts());
        assert_eq!(here[0].0.to_string(), id);
        assert_ne!(there[0].0.to_string(), id);
        assert_eq!(here[0].1.content, there[0].1.content);
        assert_eq!((here[0].1.trace.hops, there[0].1.trace.hops), (0, 1));
        assert_eq!(there[0].1.charge.amount_micros, 0, "between environments nobody pays");
    });
}

#[test]
fn a_number_nobody_has_is_refused_and_costs_nothing() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        let job = submit(world, tata, Job::new("999000", "nowhere"));
        let esme = world.esme(tata).0;
        assert_eq!(esme.jobs[job].refused(), Some(Status::RINVDSTADR.0));
        let job = submit(world, tata, Job::new("12ab", "no number"));
        assert_eq!(world.esme(tata).0.jobs[job].refused(), Some(Status::RINVDSTADR.0));
        settle(world);
        assert!(accepts_of(world, "tata").is_empty());
    });
}

#[test]
fn two_equal_texts_are_two_sms() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("1111", "OK"));
        submit(world, tata, Job::new("1111", "OK"));
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["OK", "OK"]);
        assert_eq!(accepts_of(world, "tata").len(), 2);
    });
}

#[test]
fn a_thousand_sms_cost_ten_dollars() {
    with_shards(|world| {
        for user in ["1111", "1112", "2222"] {
            registered(world, user);
        }
        let tata = bound(world, "tata", 2);
        for number in 0..1000 {
            let called = ["1111", "1112", "2222", "1111"][number % 4];
            let (esme, net) = world.esme(tata);
            esme.submit(net, Job::new(called, &format!("campaign {number}")));
        }
        settle(world);
        let due: i64 = accepts_of(world, "tata").iter().map(|sms| sms.charge.amount_micros).sum();
        assert_eq!(due, 10_000_000);
    });
}

/// Days on which a law was broken once.
#[test]
fn sim_days_that_went_wrong() {
    for seed in [
        2_081, 2_232, 2_855, 2_002_270, 2_003_836, 2_013_428, 3_000_199, 3_001_000, 3_005_014,
        3_021_550, 3_022_816, 7_003_477, 10_075_326, 10_215_800,
    ] {
        if let Err(wrongs) = tests::storm::day(seed) {
            panic!("seed {seed}: {wrongs:#?}");
        }
    }
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
    let first: Vec<_> = failed.iter().take(5).collect();
    assert!(failed.is_empty(), "{} seeds failed, such as {first:#?}", failed.len());
}
