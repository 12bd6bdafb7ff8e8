//! What an app meets: challenges, refusals, retransmissions, and its contacts coming and going.

use routing::board::Tally;
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

/// Sends a text and waits for the final answer.
fn text(world: &mut World, phone: usize, to: &str, text: &str) -> Option<u16> {
    let (app, net) = world.phone(phone);
    let number = app.send(net, to, text);
    world.run_ms(200);
    world.phone(phone).0.sent[number].status
}

#[test]
fn a_wrong_password_is_challenged_again_and_nothing_else() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        world.phone(phone).0.password = "wrong".to_owned();
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(100);
        assert_eq!(world.phone(phone).0.registers, [401]);
        assert_eq!(text(world, phone, "1112", "hello"), Some(407));
        assert!(world.nodes[0].accepts().is_empty());
        assert_eq!(world.tally(Tally::AccountsReachable), 0);
    });
}

#[test]
fn e13_guessing_a_password_becomes_slow() {
    with_shards(|world| {
        let (liar, other) = (world.add_phone("1111"), registered(world, "1112"));
        let password = std::mem::replace(&mut world.phone(liar).0.password, "guess".to_owned());
        let register = |world: &mut World, phone: usize| {
            let (app, net) = world.phone(phone);
            app.register(net);
            world.run_ms(100);
            world.phone(phone).0.registers.last().copied()
        };
        let heard: Vec<_> = (0..4).map(|_| register(world, liar)).collect();
        assert_eq!(heard, [Some(401), Some(401), Some(401), Some(403)]);
        world.phone(liar).0.password = password;
        assert_eq!(register(world, liar), Some(403), "right or wrong: it is not looked at");
        assert_eq!(register(world, other), Some(200), "another account of that address");
        world.run_ms(10_000);
        assert_eq!(register(world, liar), Some(200));
    });
}

#[test]
fn refusals_say_why() {
    let mut site = Site::standard();
    site.environment("env1").accounts[3].messaging = false;
    with_site(&site.publish(), |world| {
        let (one, mute) = (registered(world, "1111"), registered(world, "1114"));
        assert_eq!(text(world, one, "999", "nobody has this"), Some(404));
        assert_eq!(text(world, one, "1114", "no messaging there"), Some(403));
        assert_eq!(text(world, mute, "1111", "nor from there"), Some(403));
        world.phone(one).0.alias = Some("1112".to_owned());
        assert_eq!(text(world, one, "1112", "in somebody's name"), Some(403));
        world.phone(one).0.alias = None;
        world.phone(one).0.content_type = "image/png".to_owned();
        assert_eq!(text(world, one, "1112", "no picture"), Some(415));
        world.phone(one).0.content_type = "message/imdn+xml".to_owned();
        assert_eq!(text(world, one, "1112", "a report"), Some(200));
        assert!(world.nodes[0].accepts().is_empty());
    });
}

#[test]
fn a_lossy_network_loses_no_sms_and_doubles_none() {
    for seed in 0..20 {
        let mut world = World::new(seed, [2, 2]);
        world.run_ms(500);
        let phones = ["1111", "1112", "2222"].map(|user| registered(&mut world, user));
        let tata = bound(&mut world, "tata", 1);
        (world.net.faults.loss, world.net.faults.twice) = (300, 100);
        world.net.faults.udp_us = 300_000;
        for number in 0..10 {
            for phone in phones {
                let to = ["1112", "2222", "1111"][number % 3];
                let (app, net) = world.phone(phone);
                app.send(net, to, &format!("{phone} {number}"));
            }
            submit(&mut world, tata, Job::new("1111", &format!("tata {number}")));
        }
        settle(&mut world);
        assert!(world.phones().any(|phone| phone.retransmissions > 0));
    }
}

#[test]
fn a_retransmission_is_answered_as_the_request_was() {
    with_shards(|world| {
        registered(world, "1112");
        let phone = registered(world, "1111");
        world.net.faults.twice = 1000;
        assert_eq!(text(world, phone, "1112", "twice on the wire"), Some(202));
        settle(world);
        assert_eq!(world.nodes[0].accepts().len(), 1);
    });
}

#[test]
fn a_contact_that_was_taken_back_or_has_ended_is_not_reached() {
    with_shards(|world| {
        let (gone, short) = (registered(world, "1111"), world.add_phone("1112"));
        let (app, net) = world.phone(gone);
        app.leave(net);
        let (app, net) = world.phone(short);
        app.expires_secs = 60;
        app.register(net);
        world.run_ms(100);
        app_sleeps(world, short);
        let tata = bound(world, "tata", 1);
        world.run_ms(61_000);
        assert_eq!(world.tally(Tally::AccountsReachable), 0);
        submit(world, tata, Job::new("1111", "to nobody"));
        submit(world, tata, Job::new("1112", "to nobody either"));
        world.run_ms(10_000);
        assert_eq!(world.tally(Tally::Attempts), 0);
        assert_eq!(world.tally(Tally::Pending), 2);
    });
}

/// It hears nothing and says nothing any more.
fn app_sleeps(world: &mut World, phone: usize) {
    let app = world.phone(phone).0;
    app.remote = tests::model::address("127.0.0.99:5060");
    app.online = false;
}

#[test]
fn an_app_stays_registered_for_a_day() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.run_ms(86_400_000);
        submit(world, tata, Job::new("1111", "still there"));
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["still there"]);
        assert!(world.phone(phone).0.registers.iter().all(|status| *status == 200));
    });
}

#[test]
fn a_silent_app_is_given_up_and_tried_again_without_a_second_copy() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.phone(phone).0.answers = [Answer::Silent; 15].into();
        let from = world.net.now;
        submit(world, tata, Job::new("1111", "are you there"));
        settle(world);
        let got = &world.phone(phone).0.got;
        assert_eq!(got.len(), 1);
        assert!(got[0].at - from > 32 * SEC, "after Timer F and a pause");
    });
}

#[test]
fn a_text_too_long_for_a_datagram_is_undeliverable() {
    with_shards(|world| {
        registered(world, "1112");
        let phone = registered(world, "1111");
        assert_eq!(text(world, phone, "1112", &"long ".repeat(260)), Some(202));
        let merciful = tests::checks::Mercy { undelivered: true, ..Default::default() };
        settle_with(world, merciful);
        assert_eq!(world.tally(Tally::Failed), 1);
    });
}
