//! What waits long for an app is not in memory, and nobody can tell.

use smpp::{MessageState, Status};
use tests::World;
use tests::checks::Mercy;
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

/// Lets them wait until they are away; so many of them were written, and none was read.
fn stowed(world: &mut World, count: usize) {
    world.run_ms(4_000);
    assert_eq!(world.nodes[0].stowed_and_fetched(), (count, 0));
    let pending = world.nodes[0].tally(routing::board::Tally::Pending);
    assert_eq!(pending, count as u64, "they are pending all the same");
}

fn register(world: &mut World, phone: usize) {
    let (app, net) = world.phone(phone);
    app.register(net);
}

const UNDELIVERED: Mercy = Mercy { crashes: false, receipts_again: false, undelivered: true };

#[test]
fn what_waited_comes_in_order_and_urgent_ones_first() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 2);
        for (text, priority) in [("one", 0), ("two", 0), ("urgent", 3), ("three", 0)] {
            submit(world, tata, Job::new("1111", text).priority(priority));
        }
        stowed(world, 4);
        submit(world, tata, Job::new("1111", "four"));
        submit(world, tata, Job::new("1111", "quick").priority(3));
        register(world, phone);
        world.run_ms(1_000);
        let texts = world.phone(phone).0.texts();
        assert_eq!(texts, ["urgent", "quick", "one", "two", "three", "four"]);
        settle(world);
        assert_eq!(world.esme(tata).0.receipts.len(), 6);
    });
}

#[test]
fn what_is_on_its_way_when_the_app_leaves_again_waits_again() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        for text in ["one", "two", "three"] {
            submit(world, tata, Job::new("1111", text));
        }
        stowed(world, 3);
        register(world, phone);
        world.phone(phone).0.answers = vec![Answer::Status(480)].into();
        world.run_ms(30);
        let (app, net) = world.phone(phone);
        app.leave(net);
        world.run_ms(60_000);
        let (written, read) = world.nodes[0].stowed_and_fetched();
        assert!(written > 3 && read > 0, "one of them went up again: {written}, {read}");
        world.phone(phone).0.expires_secs = 3_600;
        register(world, phone);
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["one", "two", "three"]);
    });
}

#[test]
fn its_validity_ends_when_it_should() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        for validity in ["000000000130000R", "000000000131000R"] {
            submit(world, tata, Job::new("1111", validity).validity(validity));
        }
        stowed(world, 2);
        world.run_ms(85_000);
        assert!(world.esme(tata).0.receipts.is_empty(), "valid for ninety seconds");
        world.run_ms(1_500);
        assert_eq!(world.esme(tata).0.receipts.len(), 1);
        settle_with(world, UNDELIVERED);
        let states: Vec<_> = world.esme(tata).0.receipts.iter().map(|r| r.state).collect();
        assert_eq!(states, [Some(MessageState::Expired); 2]);
    });
}

#[test]
fn it_is_found_replaced_and_cancelled_by_its_name() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        let jobs = ["kept", "cancelled", "replaced"]
            .map(|text| submit(world, tata, Job::new("1111", text)));
        let [kept, cancelled, replaced] = jobs.map(|job| id_of(world, tata, job));
        stowed(world, 3);
        let standing = ask(world, tata, Question::Query(kept.clone())).state;
        assert_eq!(standing, Some((MessageState::Enroute, 0)));
        assert_eq!(ask(world, tata, Question::Cancel(cancelled.clone())).status, Status::ROK);
        let words = Question::Replace(replaced, "other words".to_owned(), 1);
        assert_eq!(ask(world, tata, words).status, Status::ROK);
        assert_eq!(world.nodes[0].stowed_and_fetched().1, 3, "each was read once");
        let again = ask(world, tata, Question::Query(cancelled)).state;
        assert_eq!(again, Some((MessageState::Deleted, 255)));
        // What was said instead goes up as the first words did.
        world.run_ms(40_000);
        assert_eq!(world.nodes[0].stowed_and_fetched().0, 5);
        register(world, phone);
        world.run_ms(2_000);
        assert_eq!(world.phone(phone).0.texts(), ["kept", "other words"]);
    });
}

#[test]
fn all_to_an_address_are_cancelled_wherever_they_are() {
    with_shards(|world| {
        let phones = ["1111", "1112"].map(|user| world.add_phone(user));
        let tata = bound(world, "tata", 1);
        for (to, text) in [("1111", "a"), ("1112", "b"), ("1111", "c"), ("1112", "d")] {
            submit(world, tata, Job::new(to, text));
        }
        stowed(world, 4);
        submit(world, tata, Job::new("1111", "in memory"));
        let answer = ask(world, tata, Question::CancelAll("1111".to_owned()));
        assert_eq!(answer.status, Status::ROK);
        phones.iter().for_each(|phone| register(world, *phone));
        settle_with(world, UNDELIVERED);
        assert!(world.phone(phones[0]).0.texts().is_empty());
        assert_eq!(world.phone(phones[1]).0.texts(), ["b", "d"]);
    });
}

#[test]
fn a_newer_one_takes_the_place_of_one_that_is_away() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        for text in ["weather: rain", "another"] {
            submit(world, tata, Job::new("1111", text));
        }
        stowed(world, 2);
        submit(world, tata, Job::new("1111", "weather: sun").replacing());
        world.run_ms(100);
        register(world, phone);
        settle_with(world, UNDELIVERED);
        assert_eq!(world.phone(phone).0.texts(), ["weather: rain", "weather: sun"]);
    });
}

#[test]
fn a_crash_takes_the_attic_and_loses_nothing() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        let texts: Vec<String> = (0..20).map(|number| format!("text {number}")).collect();
        for text in &texts {
            submit(world, tata, Job::new("1111", text));
        }
        stowed(world, 20);
        world.nodes[0].shards = 4 - world.nodes[0].shards;
        world.crash(0, 100);
        world.run_ms(5_000);
        assert_eq!(world.nodes[0].stowed_and_fetched(), (20, 0), "they went up again at once");
        register(world, phone);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        assert_eq!(world.phone(phone).0.texts(), texts);
    });
}

#[test]
fn a_file_that_fails_makes_nobody_lose_anything() {
    for fails in 1..5 {
        with_shards(|world| {
            world.net.faults.attic_fails = fails;
            let phone = world.add_phone("1111");
            let tata = bound(world, "tata", 1);
            let texts: Vec<String> = (0..12).map(|number| format!("text {number}")).collect();
            for text in &texts {
                submit(world, tata, Job::new("1111", text));
            }
            world.run_ms(200_000);
            register(world, phone);
            if fails > 1 {
                settle(world);
            } else {
                world.run_ms(10_000);
                assert_eq!(world.nodes[0].stowed_and_fetched().1, 0, "nothing went up");
            }
            assert_eq!(world.phone(phone).0.texts(), texts);
        });
    }
}

/// Whatever comes while an Sms is on its way up or down finds it.
#[test]
fn nothing_passes_by_what_is_on_its_way() {
    for ms in (1_900..2_400).step_by(20) {
        with_shards(|world| {
            world.net.faults.attic_us = 200_000;
            let phone = world.add_phone("1111");
            let tata = bound(world, "tata", 1);
            let jobs = ["cancelled", "replaced"].map(|text| {
                let (carrier, net) = world.esme(tata);
                carrier.submit(net, Job::new("1111", text))
            });
            world.run_ms(100);
            let [cancelled, replaced] = jobs.map(|job| id_of(world, tata, job));
            world.run_ms(ms - 100);
            let (carrier, net) = world.esme(tata);
            carrier.ask(net, Question::Replace(replaced, "other words".to_owned(), 1));
            carrier.ask(net, Question::Cancel(cancelled));
            world.run_ms(1_000);
            let replies = &world.esme(tata).0.replies;
            assert!(replies.iter().all(|reply| reply.status == Status::ROK), "{replies:?}");
            register(world, phone);
            world.run_ms(2_000);
            assert_eq!(world.phone(phone).0.texts(), ["other words"], "after {ms} ms");
        });
    }
}

/// An app comes or a node dies while they are on their way up.
#[test]
fn an_app_that_comes_just_then_gets_all_in_order() {
    for ms in (1_800..2_500).step_by(50) {
        with_shards(|world| {
            world.net.faults.attic_us = 150_000;
            let phone = world.add_phone("1111");
            let tata = bound(world, "tata", 1);
            for text in ["one", "two", "three", "four"] {
                let (carrier, net) = world.esme(tata);
                carrier.submit(net, Job::new("1111", text));
            }
            world.run_ms(ms);
            register(world, phone);
            settle(world);
            assert_eq!(world.phone(phone).0.texts(), ["one", "two", "three", "four"]);
        });
    }
}

/// A disk that takes seconds and says no in the end.
#[test]
fn what_the_disk_refuses_was_never_there() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        world.net.faults.commit_us = 12_000_000;
        let job = submit(world, tata, Job::new("1111", "refused"));
        world.run_ms(100);
        world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = true);
        world.run_ms(20_000);
        assert_eq!(world.esme(tata).0.jobs[job].refused(), Some(Status::RSYSERR.0));
        assert_eq!(world.nodes[0].stowed_and_fetched().0, 0);
        world.nodes[0].disks.iter_mut().for_each(|disk| disk.broken = false);
        world.net.faults.commit_us = 500;
        world.crash(0, 100);
        world.run_ms(2_000);
        register(world, phone);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
    });
}

/// What waits for an app that is there and silent is looked at again, and holds up nobody.
#[test]
fn a_slow_app_keeps_nobody_in_memory() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        world.phone(phone).0.answers = vec![Answer::Silent; 12].into();
        let tata = bound(world, "tata", 1);
        for text in ["on its way", "behind it"] {
            submit(world, tata, Job::new("1111", text));
        }
        world.run_ms(3_000);
        submit(world, tata, Job::new("1112", "for nobody"));
        world.run_ms(4_000);
        assert_eq!(world.nodes[0].stowed_and_fetched(), (1, 0));
    });
}

#[test]
fn a_quick_app_never_needs_it() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        for number in 0..50 {
            submit(world, tata, Job::new("1111", &format!("text {number}")));
        }
        settle(world);
        assert_eq!(world.nodes[0].stowed_and_fetched(), (0, 0));
    });
}
