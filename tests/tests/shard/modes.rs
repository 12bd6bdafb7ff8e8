//! When a sender is answered, when an Sms leaves, and who goes first.

use routing::journal::Record;
use routing::{AckLevel, State};
use smpp::Status;
use tests::checks::{Mercy, accepts_of, judge};
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

const DATAGRAM: u8 = 1;
const TRANSACTION: u8 = 2;
const STORE_AND_FORWARD: u8 = 3;

/// TATA may ask for modes.
fn opted_in() -> Site {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.modes = true;
    site.publish()
}

fn outcomes(world: &World) -> Vec<State> {
    let state = |record| match record {
        Record::Outcome(outcome) => Some(outcome.state),
        _ => None,
    };
    world.nodes[0].records().filter_map(state).collect()
}

/// What was answered to a job: the status, and why it failed.
fn answer(world: &mut World, esme: usize, job: usize) -> (Option<u32>, Option<u8>) {
    let job = &world.esme(esme).0.jobs[job];
    assert!(job.answer.is_some(), "{:?} is answered", job.text);
    (job.refused(), job.reason)
}

#[test]
fn a_transaction_is_answered_with_what_the_app_says() {
    let failed = Some(Status::RDELIVERYFAILURE.0);
    let table = [
        (200, None, None),
        (404, failed, Some(1)),
        (480, failed, Some(0)),
        (486, failed, Some(0)),
        (503, failed, Some(3)),
        (603, failed, Some(2)),
    ];
    for (status, refused, reason) in table {
        with_site(&opted_in(), |world| {
            let phone = registered(world, "1111");
            let tata = bound(world, "tata", 1);
            world.phone(phone).0.answers.push_back(Answer::Status(status));
            let job = submit(world, tata, Job::new("1111", "how did it end").mode(TRANSACTION));
            world.run_ms(1000);
            assert_eq!(answer(world, tata, job), (refused, reason), "the app says {status}");
            world.run_ms(60_000);
            let attempts: u64 = world.phone(phone).0.answered.values().sum();
            assert_eq!(attempts, 1, "one attempt");
            assert!(world.esme(tata).0.receipts.is_empty(), "and no receipt");
            settle(world);
        });
    }
}

#[test]
fn a_transaction_to_an_app_that_is_away_fails_at_once_and_costs_nothing() {
    with_site(&opted_in(), |world| {
        let tata = bound(world, "tata", 1);
        let job = submit(world, tata, Job::new("1111", "is anybody there").mode(TRANSACTION));
        let failed = Some(Status::RDELIVERYFAILURE.0);
        assert_eq!(answer(world, tata, job), (failed, Some(0)));
        assert_eq!(outcomes(world), [State::Undeliverable]);
        settle(world);
        let phone = registered(world, "1111");
        world.run_ms(60_000);
        assert!(world.phone(phone).0.got.is_empty());
    });
}

#[test]
fn a_transaction_over_a_connection_is_answered_with_what_the_next_hop_says() {
    let failed = Some(Status::RDELIVERYFAILURE.0);
    let table = [
        (Habit::TakeOnly, None, None),
        (Habit::Refuse(Status::RINVDSTADR), failed, Some(1)),
        (Habit::Refuse(Status::RTHROTTLED), failed, Some(3)),
        (Habit::Refuse(Status::RSUBMITFAIL), failed, Some(2)),
    ];
    for (habit, refused, reason) in table {
        let mut site = opted_in();
        for connection in &mut site.environment("env1").connections {
            connection.manner.always_ask = true;
        }
        with_site(&site.publish(), |world| {
            let smsc = world.add_smsc();
            world.run_ms(2000);
            let tata = bound(world, "tata", 1);
            world.smsc(smsc).habits.push_back(habit);
            let job = submit(world, tata, Job::new("3331", "and over there").mode(TRANSACTION));
            world.run_ms(500);
            assert_eq!(answer(world, tata, job), (refused, reason), "{habit:?}");
            settle(world);
            assert_eq!(world.smsc(smsc).got.len(), 1, "one attempt");
        });
    }
}

#[test]
fn who_may_not_ask_for_a_mode_is_answered_when_it_is_durable() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        for mode in [DATAGRAM, TRANSACTION, STORE_AND_FORWARD] {
            submit(world, tata, Job::new("1111", &format!("mode {mode}")).mode(mode));
        }
        let levels: Vec<_> = accepts_of(world, "tata").iter().map(|sms| sms.ack).collect();
        assert_eq!(levels, [AckLevel::Durable; 3]);
        let phone = registered(world, "1111");
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["mode 1", "mode 2", "mode 3"]);
        assert_eq!(world.esme(tata).0.receipts.len(), 3);
    });
}

#[test]
fn a_datagram_is_answered_at_once_and_tried_once() {
    with_site(&opted_in(), |world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.net.faults.commit_us = 400_000;
        for (text, status) in [("it arrives", 200), ("it does not", 503)] {
            world.phone(phone).0.answers.push_back(Answer::Status(status));
            let job = submit(world, tata, Job::new("1111", text).mode(DATAGRAM));
            assert_eq!(answer(world, tata, job), (None, None), "before any disk has it");
            world.run_ms(3000);
        }
        world.run_ms(60_000);
        assert_eq!(world.phone(phone).0.texts(), ["it arrives"]);
        assert_eq!(outcomes(world), [State::Delivered, State::Undeliverable]);
        assert!(world.esme(tata).0.receipts.is_empty());
        settle(world);
    });
}

/// What is answered at once may be lost within a moment, and is as good as any other after it.
#[test]
fn what_was_answered_before_it_was_durable_is_lost_in_a_crash_and_only_then() {
    let mut lost = 0;
    for seed in 0..10 {
        let mut site = Site::standard();
        site.carrier_of("tata").contract.ack = AckLevel::Memory;
        let mut world = World::of(seed, [1, 1], site.publish());
        world.run_ms(500);
        let tata = bound(&mut world, "tata", 1);
        submit(&mut world, tata, Job::new("1111", "written down in time"));
        world.run_ms(1000);
        world.net.faults.commit_us = 400_000;
        submit(&mut world, tata, Job::new("1111", "not written down in time"));
        assert!(world.esme(tata).0.jobs.iter().all(|job| job.id().is_some()));
        world.crash(0, 100);
        world.net.faults.commit_us = 200;
        world.run_ms(3000);
        let phone = registered(&mut world, "1111");
        settle_with(&mut world, Mercy { crashes: true, ..Mercy::default() });
        // A commit that was under way may have arrived or not.
        let texts = world.phone(phone).0.texts();
        assert_eq!(texts[0], "written down in time");
        if texts.len() == 1 {
            lost += 1;
            assert!(!judge(&world, Mercy::default()).is_empty(), "without a crash it is a fault");
        }
    }
    assert!(lost > 0, "none was lost, so nothing was shown");
}

/// A sender whose link dies while it waits for the outcome, and that asks again.
#[test]
fn d08_who_asks_again_for_an_outcome_hears_that_of_the_first() {
    for answers in [vec![], vec![Answer::Status(503)]] {
        with_site(&opted_in(), |world| {
            let phone = registered(world, "1111");
            let tata = bound(world, "tata", 1);
            world.phone(phone).0.online = false;
            world.phone(phone).0.answers = answers.clone().into();
            submit(world, tata, Job::new("1111", "once or not at all").mode(TRANSACTION));
            let esme = world.esme(tata).0;
            esme.redial_ms = 20..30;
            let wire = esme.wire(esme.bound()[0]).expect("it is connected");
            world.net.cut(wire);
            world.run_ms(1000);
            assert_eq!(world.esme(tata).0.jobs[0].sent, 2, "it asked again");
            world.phone(phone).0.online = true;
            world.run_ms(20_000);
            assert_eq!(accepts_of(world, "tata").len(), 1, "and that was the same Sms");
            let expected = answers.first().map(|_| Status::RDELIVERYFAILURE.0);
            assert_eq!(world.esme(tata).0.jobs[0].refused(), expected);
            settle_with(world, Mercy { receipts_again: true, ..Mercy::default() });
        });
    }
}

#[test]
fn a_transaction_that_we_did_not_survive_is_never_tried_again() {
    with_site(&opted_in(), |world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.online = false;
        submit(world, tata, Job::new("1111", "until we fall").mode(TRANSACTION));
        world.esme(tata).0.persistent = false;
        world.crash(0, 100);
        world.run_ms(2000);
        world.phone(phone).0.online = true;
        world.run_ms(60_000);
        assert_eq!(outcomes(world), [State::Unknown]);
        assert!(world.phone(phone).0.got.is_empty());
        let (esme, net) = world.esme(tata);
        esme.persistent = true;
        esme.begin(net);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        assert_eq!(world.phone(phone).0.texts(), ["until we fall"], "its sender tried it anew");
        assert_eq!(accepts_of(world, "tata").len(), 2);
    });
}

#[test]
fn a_disk_that_fails_answers_who_waits_for_an_outcome() {
    with_site(&opted_in(), |world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.online = false;
        world.esme(tata).0.persistent = false;
        let job = submit(world, tata, Job::new("1111", "and the disk").mode(TRANSACTION));
        world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = true);
        submit(world, tata, Job::new("1111", "breaks it"));
        world.run_ms(1000);
        assert_eq!(world.esme(tata).0.jobs[job].refused(), Some(Status::RSYSERR.0));
    });
}

/// Nor is one told yes whose link was gone by then and who asks again: no outcome of it can be
/// written down any more.
#[test]
fn a_disk_that_fails_tells_nobody_who_comes_back_that_it_is_done() {
    with_site(&opted_in(), |world| {
        let phone = registered(world, "1111");
        let (tata, c1) = (bound(world, "tata", 1), bound(world, "c1", 1));
        world.phone(phone).0.online = false;
        let job = submit(world, tata, Job::new("1111", "nobody knows").mode(TRANSACTION));
        let esme = world.esme(tata).0;
        esme.redial_ms = 2000..2001;
        let wire = esme.wire(esme.bound()[0]).expect("it is connected");
        world.net.cut(wire);
        world.run_ms(500);
        world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = true);
        submit(world, c1, Job::new("1111", "breaks the disk"));
        world.run_ms(3000);
        let job = &world.esme(tata).0.jobs[job];
        assert_eq!((job.sent > 1, job.refused()), (true, Some(Status::RSYSERR.0)));
    });
}

#[test]
fn what_is_scheduled_leaves_at_its_time_and_survives_a_restart() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let far = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        for (text, secs) in [("fourth", 50), ("second", 10), ("third", 30), ("first", 0)] {
            let schedule = format!("0000000000{secs:02}000R");
            submit(world, tata, Job::new("1111", text).schedule(&schedule));
            submit(world, tata, Job::new("2222", &format!("far {text}")).schedule(&schedule));
        }
        world.run_ms(9000);
        assert!(world.esme(tata).0.jobs.iter().all(|job| job.id().is_some()));
        assert_eq!(world.phone(phone).0.texts(), ["first"]);
        world.run_ms(5000);
        assert_eq!(world.phone(phone).0.texts(), ["first", "second"]);
        world.nodes[0].shards = 4 - world.nodes[0].shards;
        world.crash(0, 1000);
        world.run_ms(5000);
        assert_eq!(world.phone(phone).0.texts(), ["first", "second"]);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        let all = ["first", "second", "third", "fourth"];
        assert_eq!(world.phone(phone).0.texts(), all);
        assert_eq!(world.phone(far).0.texts(), all.map(|text| format!("far {text}")));
    });
}

#[test]
fn a_schedule_that_cannot_be_kept_is_refused() {
    let table = [
        (0, "20", "", Some(Status::RINVSCHED)),
        (0, "000100000000000R", "", None),
        (0, "000200000000000R", "", Some(Status::RINVSCHED)),
        (0, "000000000010000R", "000000000005000R", Some(Status::RINVEXPIRY)),
        (0, "000000000005000R", "000000000010000R", None),
        (0, "000101000000000+", "", None),
        (0, "", "000101000000000+", Some(Status::RINVEXPIRY)),
        (0, "", "240115103000049+", Some(Status::RINVEXPIRY)),
        (DATAGRAM, "000000000010000R", "", Some(Status::RINVSCHED)),
        (TRANSACTION, "000000000010000R", "", Some(Status::RINVSCHED)),
        (STORE_AND_FORWARD, "000000000010000R", "", None),
        (0, "", "", None),
    ];
    let mut world = World::of(7, [2, 1], opted_in());
    world.run_ms(500);
    let tata = bound(&mut world, "tata", 1);
    for (number, (mode, schedule, validity, refused)) in table.into_iter().enumerate() {
        let job = Job::new("1111", &format!("{number}")).mode(mode);
        let job = job.schedule(schedule).validity(validity);
        let job = submit(&mut world, tata, job);
        world.run_ms(100);
        let refused = refused.map(|status| status.0);
        assert_eq!(answer(&mut world, tata, job).0, refused, "{mode} {schedule} {validity}");
    }
}

/// Scenario 1.2: the app has a campaign in its inbox, and a one-time password comes.
#[test]
fn a_password_does_not_wait_behind_a_campaign_to_the_same_app() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let (tata, c1) = (bound(world, "tata", 1), bound(world, "c1", 1));
        for number in 0..50 {
            submit(world, tata, Job::new("1111", &format!("buy {number}")));
        }
        submit(world, c1, Job::new("1111", "Viber code: 482193").priority(3));
        let (app, net) = world.phone(phone);
        app.register(net);
        settle(world);
        let texts = world.phone(phone).0.texts();
        assert_eq!(texts[0], "Viber code: 482193");
        let campaign: Vec<_> = (0..50).map(|number| format!("buy {number}")).collect();
        assert_eq!(texts[1..], campaign, "in order, each once");
    });
}

/// The same towards a next hop whose window is full of the campaign.
#[test]
fn a_password_waits_for_no_more_than_a_window_of_the_campaign() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(2000);
        let (tata, c1) = (bound(world, "tata", 1), bound(world, "c1", 1));
        world.smsc(smsc).habits = vec![Habit::Late(100); 300].into();
        let (esme, net) = world.esme(tata);
        for number in 0..300 {
            esme.submit(net, Job::new("3331", &format!("buy {number}")).registered(0));
        }
        world.run_ms(500);
        let sent = world.smsc(smsc).got.len();
        assert!(sent < 100, "most of it still waits: {sent}");
        let (esme, net) = world.esme(c1);
        esme.submit(net, Job::new("3331", "code 482193").priority(3));
        settle(world);
        let got = &world.smsc(smsc).got;
        let at = got.iter().position(|got| got.text == b"code 482193").expect("it arrived");
        assert!(at - sent <= 20, "{} went first: more than two windows", at - sent);
    });
}

/// One carrier's flood halves another's speed at worst (promises.md 1.4, O11).
#[test]
fn a_flood_leaves_half_of_the_way_to_others() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(2000);
        let (tata, c1) = (bound(world, "tata", 1), bound(world, "c1", 1));
        // It is slow, so that both queue.
        world.smsc(smsc).habits = vec![Habit::Late(200); 340].into();
        for (esme, count) in [(tata, 300), (c1, 40)] {
            let (esme, net) = world.esme(esme);
            for number in 0..count {
                let text = format!("{} {number}", esme.system_id);
                esme.submit(net, Job::new("3331", &text).registered(0));
            }
        }
        settle(world);
        let got = &world.smsc(smsc).got;
        let of_c1 = |got: &&tests::peers::smsc::Got| got.text.starts_with(b"c1");
        let last = got.iter().rposition(|got| of_c1(&got)).expect("they arrived");
        let theirs = got[..last].iter().filter(|got| !of_c1(got)).count();
        assert!(theirs <= 40 + 20, "{theirs} of the flood went before 40 of the other");
    });
}
