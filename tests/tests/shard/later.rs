//! What a carrier may still say about an Sms it has submitted (SMPP 3.4 §4.8-4.10), and who
//! wins when the delivery is quicker (D34).

use smpp::{Command, MessageState, Status};
use tests::World;
use tests::checks::{Mercy, accepts_of};
use tests::peers::Job;
use tests::peers::esme::{Question, Reply};
use tests::peers::phone::Answer;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};

/// Asks, waits a little and returns the answer.
fn ask(world: &mut World, esme: usize, question: Question) -> Reply {
    let (carrier, net) = world.esme(esme);
    assert!(carrier.ask(net, question), "it is bound");
    world.run_ms(100);
    world.esme(esme).0.replies.last().expect("an answer").clone()
}

fn id_of(world: &mut World, esme: usize, job: usize) -> String {
    world.esme(esme).0.jobs[job].id().expect("a positive answer").to_owned()
}

fn query(world: &mut World, esme: usize, job: usize) -> Option<(MessageState, u8)> {
    let id = id_of(world, esme, job);
    ask(world, esme, Question::Query(id)).state
}

fn cancel(world: &mut World, esme: usize, job: usize) -> Status {
    let id = id_of(world, esme, job);
    ask(world, esme, Question::Cancel(id)).status
}

const UNDELIVERED: Mercy = Mercy { crashes: false, receipts_again: false, undelivered: true };

#[test]
fn a_query_tells_how_it_stands_from_the_answer_until_long_after_its_end() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 2);
        let jobs = [0, 1].map(|registered| {
            submit(world, tata, Job::new("1111", &format!("r{registered}")).registered(registered))
        });
        for job in jobs {
            assert_eq!(query(world, tata, job), Some((MessageState::Enroute, 0)));
        }
        let (app, net) = world.phone(phone);
        app.answers.push_back(Answer::Status(603));
        app.register(net);
        settle_with(world, UNDELIVERED);
        world.run_ms(600_000);
        assert_eq!(query(world, tata, jobs[0]), Some((MessageState::Rejected, 255)));
        assert_eq!(query(world, tata, jobs[1]), Some((MessageState::Delivered, 0)));
    });
}

#[test]
fn what_ended_can_be_asked_for_after_a_restart_with_another_number_of_shards() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        let ended = submit(world, tata, Job::new("1111", "it ended"));
        let open = submit(world, tata, Job::new("1112", "it waits"));
        world.run_ms(1000);
        world.nodes[0].shards = 4 - world.nodes[0].shards;
        world.crash(0, 100);
        world.run_ms(3000);
        assert_eq!(query(world, tata, ended), Some((MessageState::Delivered, 0)));
        assert_eq!(query(world, tata, open), Some((MessageState::Enroute, 0)));
    });
}

#[test]
fn nobody_asks_about_what_another_carrier_sent_or_nobody_did() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        let c1 = bound(world, "c1", 1);
        let job = submit(world, tata, Job::new("1111", "private"));
        let id = id_of(world, tata, job);
        let unknown = "0".repeat(16);
        for id in [&id, &unknown, "no id at all"] {
            let asked = [Question::Query(id.to_owned()), Question::Cancel(id.to_owned())];
            let replace = Question::Replace(id.to_owned(), "mine".to_owned(), 1);
            for question in asked.into_iter().chain([replace]) {
                assert_eq!(ask(world, c1, question).status, Status::RINVMSGID);
            }
        }
        assert_eq!(query(world, tata, job), Some((MessageState::Enroute, 0)));
    });
}

#[test]
fn what_waits_is_cancelled_for_good_and_says_so() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        for registered in [0, 1, 2] {
            let text = format!("wants {registered}");
            let job = submit(world, tata, Job::new("1111", &text).registered(registered));
            assert_eq!(cancel(world, tata, job), Status::ROK);
            assert_eq!(cancel(world, tata, job), Status::RCANCELFAIL, "once is enough");
            assert_eq!(query(world, tata, job), Some((MessageState::Deleted, 255)));
        }
        let states: Vec<_> = world.esme(tata).0.receipts.iter().map(|r| r.state).collect();
        assert_eq!(states, [Some(MessageState::Deleted); 2], "0 wants none, 1 and 2 want it");
        let (app, net) = world.phone(phone);
        app.register(net);
        settle_with(world, UNDELIVERED);
        assert!(world.phone(phone).0.got.is_empty());
        world.crash(0, 100);
        world.run_ms(3000);
        assert_eq!(query(world, tata, 0), Some((MessageState::Deleted, 255)));
        assert!(world.phone(phone).0.got.is_empty(), "nor after a restart");
    });
}

#[test]
fn d34_what_is_under_way_or_may_have_arrived_is_not_cancelled() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.answers = vec![Answer::Silent; 12].into();
        let job = submit(world, tata, Job::new("1111", "the app is silent"));
        world.run_ms(1000);
        assert_eq!(cancel(world, tata, job), Status::RCANCELFAIL, "a MESSAGE is out");
        world.run_ms(34_000);
        assert_eq!(query(world, tata, job), Some((MessageState::Enroute, 0)));
        assert_eq!(cancel(world, tata, job), Status::RCANCELFAIL, "the app may have shown it");
        let id = id_of(world, tata, job);
        let replace = ask(world, tata, Question::Replace(id, "other words".to_owned(), 1));
        assert_eq!(replace.status, Status::RREPLACEFAIL);
        settle(world);
        assert_eq!(query(world, tata, job), Some((MessageState::Delivered, 0)));
        assert_eq!(cancel(world, tata, job), Status::RCANCELFAIL, "it arrived");
    });
}

#[test]
fn d34_cancelling_and_delivering_have_one_winner_at_every_interleaving() {
    let (mut cancelled, mut delivered) = (0, 0);
    for seed in 0..60 {
        let mut world = World::of(seed, [1 + seed as u8 % 3, 1], tests::Site::standard());
        world.run_ms(500);
        let phone = world.add_phone("1111");
        let tata = bound(&mut world, "tata", 1);
        world.net.faults.commit_us = [200, 2_000, 10_000][seed as usize % 3];
        let job = submit(&mut world, tata, Job::new("1111", "a race"));
        world.run_ms(100);
        let id = id_of(&mut world, tata, job);
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_until(world.net.now + seed * 300_000);
        let (carrier, net) = world.esme(tata);
        carrier.ask(net, Question::Cancel(id));
        settle_with(&mut world, UNDELIVERED);
        let won = world.esme(tata).0.replies[0].status == Status::ROK;
        let came = world.phone(phone).0.got.len() == 1;
        assert_ne!(won, came, "seed {seed}");
        let state = world.esme(tata).0.receipts[0].state;
        let told = if won { MessageState::Deleted } else { MessageState::Delivered };
        assert_eq!(state, Some(told), "seed {seed}");
        (cancelled, delivered) = (cancelled + i32::from(won), delivered + i32::from(came));
    }
    assert!(cancelled > 5 && delivered > 5, "a race: {cancelled} to {delivered}");
}

#[test]
fn d34_what_was_answered_outlives_a_crash() {
    let mut answered = 0;
    for seed in 0..40 {
        let mut world = World::of(seed, [1 + seed as u8 % 3, 1], tests::Site::standard());
        world.run_ms(500);
        let phone = world.add_phone("1111");
        let tata = bound(&mut world, "tata", 1);
        let job = submit(&mut world, tata, Job::new("1111", "cancelled, perhaps"));
        world.run_ms(100);
        world.net.faults.commit_us = 20_000;
        let id = id_of(&mut world, tata, job);
        let (carrier, net) = world.esme(tata);
        carrier.ask(net, Question::Cancel(id));
        world.run_ms(8);
        world.crash(0, 100);
        world.run_ms(3000);
        let (app, net) = world.phone(phone);
        app.register(net);
        settle_with(&mut world, Mercy { crashes: true, ..UNDELIVERED });
        answered += world.esme(tata).0.replies.len();
    }
    assert!((5..40).contains(&answered), "the crash comes before or after: {answered}");
}

#[test]
fn all_to_an_address_are_cancelled_at_once_and_nobody_elses() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        let jobs: Vec<_> =
            (0..40).map(|n| submit(world, tata, Job::new("1111", &format!("many {n}")))).collect();
        let other = submit(world, tata, Job::new("1112", "another recipient"));
        let c1 = bound(world, "c1", 1);
        let foreign = submit(world, c1, Job::new("1111", "another sender"));
        let all = |number: &str| Question::CancelAll(number.to_owned());
        assert_eq!(ask(world, tata, all("1113")).status, Status::RCANCELFAIL, "there is none");
        assert_eq!(ask(world, tata, all("1111")).status, Status::ROK);
        for job in jobs {
            assert_eq!(query(world, tata, job).unwrap().0, MessageState::Deleted);
        }
        assert_eq!(query(world, tata, other).unwrap().0, MessageState::Enroute);
        assert_eq!(query(world, c1, foreign).unwrap().0, MessageState::Enroute);
    });
}

#[test]
fn the_new_words_are_delivered_and_the_price_stands() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        let job = submit(world, tata, Job::new("1111", "old words"));
        let id = id_of(world, tata, job);
        let replace = Question::Replace(id, "new words".to_owned(), 0);
        assert_eq!(ask(world, tata, replace).status, Status::ROK);
        world.crash(0, 100);
        world.run_ms(3000);
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(2000);
        assert_eq!(world.phone(phone).0.texts(), ["new words"]);
        assert!(world.esme(tata).0.receipts.is_empty(), "it wants none any more");
        assert_eq!(query(world, tata, job), Some((MessageState::Delivered, 0)));
        let accepted = accepts_of(world, "tata");
        assert_eq!((accepted.len(), accepted[0].charge.amount_micros), (1, tests::model::PRICE));
    });
}

#[test]
fn a_newer_sms_takes_the_place_of_the_one_that_waits() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        let old = submit(world, tata, Job::new("1111", "delayed by one hour"));
        let kept = submit(world, tata, Job::new("1111", "newer, and a message of its own"));
        let new = submit(world, tata, Job::new("1111", "delayed by two hours").replacing());
        assert_eq!(query(world, tata, kept).unwrap().0, MessageState::Deleted, "the latest");
        assert_eq!(query(world, tata, old).unwrap().0, MessageState::Enroute);
        let (app, net) = world.phone(phone);
        app.register(net);
        settle_with(world, UNDELIVERED);
        assert_eq!(world.phone(phone).0.texts(), ["delayed by one hour", "delayed by two hours"]);
        assert_eq!(query(world, tata, new).unwrap().0, MessageState::Delivered);
    });
}

#[test]
fn who_asked_for_it_hears_once_that_an_app_is_back() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 2);
        let c1 = bound(world, "c1", 1);
        for text in ["one", "two"] {
            submit(world, tata, Job::new("1111", text).alerting());
        }
        submit(world, c1, Job::new("1111", "quiet"));
        let alerts = |world: &mut World, esme: usize| {
            let others = &world.esme(esme).0.others;
            others.iter().filter(|other| other.0 == Command::AlertNotification).count()
        };
        assert_eq!(alerts(world, tata), 0);
        for _ in 0..2 {
            let (app, net) = world.phone(phone);
            app.register(net);
            world.run_ms(500);
            assert_eq!((alerts(world, tata), alerts(world, c1)), (1, 0));
        }
        submit(world, tata, Job::new("1111", "reached at once").alerting());
        settle(world);
        assert_eq!(alerts(world, tata), 1, "it never was away");
    });
}
