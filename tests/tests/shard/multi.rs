//! One text to many (submit_multi, SMPP 3.4 §4.5), and what is not served at all.

use smpp::{Command, Header, MessageState, Status};
use tests::World;
use tests::checks::accepts_of;
use tests::peers::esme::{Question, Reply};
use tests::scene::{bound, registered, with_shards, with_site};

fn ask(world: &mut World, esme: usize, question: Question) -> Reply {
    let (carrier, net) = world.esme(esme);
    assert!(carrier.ask(net, question), "it is bound");
    world.run_ms(100);
    world.esme(esme).0.replies.last().expect("an answer").clone()
}

fn to(numbers: &[&str], text: &str) -> Question {
    Question::Multi(numbers.iter().map(|number| number.to_string()).collect(), text.to_owned())
}

#[test]
fn each_destination_has_its_own_sms_charge_and_receipt_under_one_name() {
    with_shards(|world| {
        let phones = ["1111", "1112"].map(|user| registered(world, user));
        let tata = bound(world, "tata", 1);
        let reply = ask(world, tata, to(&["1111", "friends", "999", "1112", "1113"], "to all"));
        let (id, refused) = reply.multi.expect("a body");
        assert_eq!(reply.status, Status::ROK);
        let no = |to: &str, status: Status| (to.to_owned(), status.0);
        assert_eq!(refused, [no("friends", Status::RINVDLNAME), no("999", Status::RINVDSTADR)]);
        world.run_ms(2000);
        for phone in phones {
            assert_eq!(world.phone(phone).0.texts(), ["to all"]);
        }
        let receipts: Vec<_> =
            world.esme(tata).0.receipts.iter().map(|r| (&*r.id, r.state)).collect();
        assert_eq!(receipts, [(&*id, Some(MessageState::Delivered)); 2]);
        let accepted = accepts_of(world, "tata");
        let due: i64 = accepted.iter().map(|sms| sms.charge.amount_micros).sum();
        assert_eq!((accepted.len(), due), (3, 3 * tests::model::PRICE), "refused ones are free");
        let state = |world: &mut World| ask(world, tata, Question::Query(id.clone())).state;
        assert_eq!(state(world).unwrap().0, MessageState::Enroute, "1113 is away");
        let cancelled = ask(world, tata, Question::Cancel(id.clone())).status;
        assert_eq!(cancelled, Status::ROK);
        assert_eq!(state(world).unwrap().0, MessageState::Deleted, "not all have got it");
        assert_eq!(world.esme(tata).0.receipts.len(), 3);
        assert_eq!(world.esme(tata).0.wrongs, [""; 0]);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

#[test]
fn what_nobody_takes_has_no_name_and_costs_nothing() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        let reply = ask(world, tata, to(&["999", "998"], "nobody"));
        assert_eq!((reply.status, reply.multi.unwrap().0), (Status::RINVDSTADR, String::new()));
        let reply = ask(world, tata, to(&["999", "list"], "nobody"));
        assert_eq!(reply.status, Status::RSUBMITFAIL, "for different reasons");
        assert!(accepts_of(world, "tata").is_empty());
    });
}

#[test]
fn two_hundred_and_fifty_five_destinations_are_one_request_and_all_durable() {
    let mut site = tests::Site::standard();
    site.carrier_of("tata").window = 1;
    with_site(&site.publish(), |world| {
        let tata = bound(world, "tata", 1);
        world.net.faults.commit_us = 20_000;
        let reply = ask(world, tata, to(&["1111"; 255], "many"));
        assert_eq!((reply.status, reply.multi.unwrap().1.len()), (Status::ROK, 0));
        assert_eq!(accepts_of(world, "tata").len(), 255);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0]);
    });
}

#[test]
fn no_receipt_is_quicker_than_the_name_it_bears() {
    for seed in 0..40 {
        let mut world = World::of(seed, [3, 1], tests::Site::standard());
        world.run_ms(500);
        for user in ["1111", "1112", "1113", "1114"] {
            registered(&mut world, user);
        }
        let tata = bound(&mut world, "tata", 2);
        world.net.faults.commit_us = 30_000;
        let (carrier, net) = world.esme(tata);
        carrier.ask(net, to(&["1111", "1112", "1113", "1114"], "a race"));
        world.run_ms(2000);
        assert_eq!(world.esme(tata).0.receipts.len(), 4);
        assert_eq!(world.nodes[0].watch.wrongs, [""; 0], "seed {seed}");
    }
}

#[test]
fn d08_a_submit_multi_after_a_lost_answer_gets_the_same_name_and_is_not_doubled() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = bound(world, "tata", 1);
        world.net.faults.commit_us = 50_000;
        let question = to(&["1111", "1112"], "once");
        let (carrier, net) = world.esme(tata);
        carrier.redial_ms = 300..301;
        carrier.ask(net, question.clone());
        let wire = carrier.wire(carrier.bound()[0]).unwrap();
        world.run_ms(10);
        world.net.cut(wire);
        world.run_ms(1000);
        let reply = ask(world, tata, question);
        assert_eq!(reply.status, Status::ROK);
        world.run_ms(2000);
        assert_eq!(accepts_of(world, "tata").len(), 2);
        assert_eq!(world.phone(phone).0.texts(), ["once"]);
        let (name, _) = reply.multi.unwrap();
        assert_eq!(world.esme(tata).0.receipts[0].id, name, "the receipt bears that name");
    });
}

#[test]
fn broadcasts_are_refused_and_the_link_lives() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        let broadcasts =
            [Command::BroadcastSm, Command::QueryBroadcastSm, Command::CancelBroadcastSm];
        for (sequence, command) in (77..).zip(broadcasts) {
            let mut octets = Vec::new();
            Header::put(command, Status::ROK, sequence, &mut octets);
            let (esme, net) = world.esme(tata);
            let link = esme.bound()[0];
            esme.write(net, link, &octets);
            world.run_ms(50);
            let last = *world.esme(tata).0.others.last().unwrap();
            assert_eq!(last, (Command::GenericNack, Status::RINVCMDID, sequence));
        }
        assert_eq!(world.esme(tata).0.bound().len(), 1);
    });
}
