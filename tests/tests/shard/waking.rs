//! A start while there is much to be read: who may come in at once, and what waits for the rest.

use tests::World;
use tests::checks::{Mercy, accepts_of};
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::esme::submit as octets_of;
use tests::scene::{bound, registered, settle_with, submit, with_shards};

const CRASHED: Mercy = Mercy { crashes: true, receipts_again: true, undelivered: false };

/// The node of env1 dies, and reads its journals for seconds when it starts again.
fn falls_asleep(world: &mut World) {
    world.net.faults.read_us = 5_000_000;
    world.crash(0, 100);
    world.run_ms(200);
}

fn wakes(world: &mut World) {
    world.run_ms(6000);
}

#[test]
fn a01_carriers_bind_while_the_journal_is_read_and_what_they_submit_waits() {
    with_shards(|world| {
        let phone = world.add_phone("1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.redial_ms = 10..20;
        submit(world, tata, Job::new("1111", "before"));
        falls_asleep(world);
        assert_eq!(world.esme(tata).0.bound().len(), 1, "it is bound at once");
        let behind = submit(world, tata, Job::new("1111", "behind"));
        let (app, net) = world.phone(phone);
        app.register(net);
        world.run_ms(1000);
        assert!(world.esme(tata).0.jobs[behind].answer.is_none(), "nobody knows yet");
        assert!(!world.phone(phone).0.registered);
        wakes(world);
        world.run_ms(3000);
        assert!(world.esme(tata).0.jobs[behind].id().is_some());
        assert_eq!(world.phone(phone).0.texts(), ["before", "behind"]);
        settle_with(world, CRASHED);
    });
}

#[test]
fn a02_what_is_sent_again_while_the_journal_is_read_gets_its_old_id() {
    with_shards(|world| {
        registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.esme(tata).0.redial_ms = 10..20;
        world.net.faults.tcp_us = 50_000;
        let (esme, net) = world.esme(tata);
        let job = esme.submit(net, Job::new("1111", "only once"));
        assert!(world.run_until_that(world.net.now + SEC, |w| !w.nodes[0].accepts().is_empty()));
        falls_asleep(world);
        world.run_ms(1000);
        assert!(world.esme(tata).0.jobs[job].answer.is_none());
        wakes(world);
        settle_with(world, CRASHED);
        let id = world.esme(tata).0.jobs[job].id().expect("a positive answer").to_owned();
        let accepts = accepts_of(world, "tata");
        assert_eq!(accepts.iter().map(|sms| sms.id.to_string()).collect::<Vec<_>>(), [id]);
    });
}

#[test]
fn h11_who_says_more_than_there_is_room_for_is_left() {
    with_shards(|world| {
        let [loud, calm] = [bound(world, "c1", 1), bound(world, "tata", 1)];
        for esme in [loud, calm] {
            world.esme(esme).0.redial_ms = 10..20;
        }
        submit(world, calm, Job::new("1111", "something to read"));
        falls_asleep(world);
        let job = Job::new("1111", &"x".repeat(200));
        let (esme, net) = world.esme(loud);
        let (link, hangups) = (esme.bound()[0], esme.hangups);
        for sequence in 100..2_000 {
            esme.write(net, link, &octets_of(&job, sequence));
        }
        let behind = submit(world, calm, Job::new("1111", "patient"));
        world.run_ms(500);
        assert_eq!(world.esme(loud).0.hangups, hangups + 1);
        wakes(world);
        assert!(world.esme(calm).0.jobs[behind].id().is_some());
        assert!(accepts_of(world, "c1").is_empty(), "no answer, and nothing was taken");
    });
}
