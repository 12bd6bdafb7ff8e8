//! Taps: every leg of an Sms is shown under its id, to those who asked for it, and to nobody else.

use std::collections::BTreeSet;

use routing::{MessageId, Pattern, Tap};
use shard::{Sighting, Speaks};
use tests::World;
use tests::peers::Job;
use tests::scene::{bound, registered, settle, submit, with_shards};

fn tap() -> Tap {
    Tap { number: 1, until_ns: u64::MAX, peer: None, party: None, one_in: 1 }
}

fn about(party: &str) -> Tap {
    Tap { party: Some(Pattern::parse(party).expect("a pattern")), ..tap() }
}

/// A message in a word: who says it and what it is.
fn word(sighting: &Sighting) -> String {
    let way = if sighting.sent { "out" } else { "in" };
    let what = match sighting.speaks {
        None => {
            let line = String::from_utf8_lossy(&sighting.octets).into_owned();
            return line.split(' ').next().unwrap_or_default().to_owned();
        }
        Some(Speaks::Smpp) => {
            let header = smpp::frame::next(&sighting.octets, smpp::frame::PDU_MAX);
            let header = header.expect("a PDU").expect("a whole one").header;
            format!("{:?}", header.command)
        }
        Some(Speaks::Sip(_)) => {
            let text = String::from_utf8_lossy(&sighting.octets);
            let mut words = text.split_whitespace();
            let first = words.next().unwrap_or_default();
            if first == "SIP/2.0" { words.next().unwrap_or_default() } else { first }.to_owned()
        }
    };
    format!("{way} {what}")
}

/// The legs of one Sms to an app, in the order of the alphabet.
const LEGS: [&str; 10] = [
    "ACCEPT",
    "ACK",
    "ATTEMPT",
    "OUTCOME",
    "in 200",
    "in DeliverSmResp",
    "in SubmitSm",
    "out DeliverSm",
    "out MESSAGE",
    "out SubmitSmResp",
];

/// Each once, however often it was said; shards have no order among them.
fn words(seen: &[Sighting]) -> Vec<String> {
    seen.iter().map(word).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The one Sms that all of these are about.
fn only_id(seen: &[Sighting]) -> Option<MessageId> {
    let ids: BTreeSet<_> = seen.iter().map(|sighting| sighting.id).collect();
    assert_eq!(ids.len(), 1, "one Sms, one id: {ids:?}");
    ids.into_iter().next().flatten()
}

#[test]
fn every_leg_of_an_sms_is_shown_under_its_id() {
    with_shards(|world| {
        let (_, tata) = (registered(world, "1111"), bound(world, "tata", 2));
        registered(world, "1112");
        world.tap(&[about("1111")]);
        world.run_ms(10);
        submit(world, tata, Job::new("1111", "to be seen"));
        submit(world, tata, Job::new("1112", "of nobody's interest"));
        settle(world);
        let seen = world.seen();
        assert_eq!(words(&seen), LEGS);
        assert!(only_id(&seen).is_some());
        assert!(seen.iter().all(|sighting| sighting.wanted == 1));
    });
}

#[test]
fn a_message_of_an_app_and_what_becomes_of_it_have_one_name() {
    with_shards(|world| {
        world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "1111");
        world.tap(&[about("333%")]);
        world.run_ms(10);
        let (app, net) = world.phone(phone);
        app.send(net, "3331", "from an app");
        world.run_ms(10_000);
        let seen = world.seen();
        let recorded = ["ACCEPT", "ATTEMPT", "OUTCOME", "TAKEN"];
        let legs = ["in MESSAGE", "in SubmitSmResp", "out 202", "out 407", "out SubmitSm"];
        assert_eq!(words(&seen), [&recorded[..], &legs].concat());
        assert!(only_id(&seen).is_some(), "also what was said before it had one");
    });
}

#[test]
fn a_receipt_of_the_next_hop_has_the_name_too() {
    with_shards(|world| {
        world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        world.tap(&[about("333%")]);
        world.run_ms(10);
        submit(world, tata, Job::new("3331", "through us"));
        settle(world);
        let seen = world.seen();
        let commands = ["DeliverSm", "DeliverSmResp", "SubmitSm", "SubmitSmResp"];
        let legs = ["in", "out"].map(|way| commands.map(|command| format!("{way} {command}")));
        let recorded = ["ACCEPT", "ACK", "ATTEMPT", "OUTCOME", "TAKEN"].map(str::to_owned);
        assert_eq!(words(&seen), [&recorded[..], &legs.concat()].concat());
        assert!(only_id(&seen).is_some());
        let said = |sighting: &Sighting| String::from_utf8_lossy(&sighting.octets).into_owned();
        let line = seen.iter().filter(|one| one.speaks.is_none()).map(said).collect::<Vec<_>>();
        assert!(line.iter().any(|line| line.starts_with("ACCEPT ") && line.contains("> 3331")));
        assert!(line.iter().all(|line| !line.contains("through us")), "{line:?}");
    });
}

#[test]
fn a_carrier_is_seen_binding_but_not_its_password() {
    with_shards(|world| {
        world.tap(&[tap(), Tap { peer: Some("TATA".to_owned()), number: 2, ..tap() }]);
        bound(world, "tata", 1);
        world.run_ms(2_000);
        let seen = world.seen();
        let bind = seen.iter().find(|sighting| word(sighting).starts_with("in Bind"));
        let bind = bind.expect("a bind");
        let text = String::from_utf8_lossy(&bind.octets);
        assert!(text.contains("tata\0******") && !text.contains(tests::model::PASSWORD), "{text}");
        // Who it is was not known when it came.
        assert_eq!((bind.wanted, bind.id), (1, None));
        let answer = seen.iter().find(|sighting| word(sighting).starts_with("out Bind"));
        assert_eq!(answer.expect("an answer").wanted, 3);
    });
}

#[test]
fn one_in_so_many_is_shown_whole() {
    with_shards(|world| {
        let (_, tata) = (registered(world, "1111"), bound(world, "tata", 2));
        world.tap(&[Tap { one_in: 4, ..about("1111") }]);
        world.run_ms(10);
        for number in 0..40 {
            submit(world, tata, Job::new("1111", &format!("number {number}")));
            world.run_ms(7);
        }
        settle(world);
        let seen = world.seen();
        let ids: BTreeSet<_> = seen.iter().map(|sighting| sighting.id).collect();
        assert!((3..=20).contains(&ids.len()), "{}", ids.len());
        for id in ids {
            let legs: Vec<Sighting> = seen.iter().filter(|one| one.id == id).cloned().collect();
            assert_eq!(words(&legs), LEGS);
        }
    });
}

#[test]
fn a_tap_ends_by_itself_and_nothing_is_shown_without_one() {
    with_shards(|world| {
        let (_, tata) = (registered(world, "1111"), bound(world, "tata", 1));
        submit(world, tata, Job::new("1111", "before"));
        settle(world);
        assert!(world.seen().is_empty());
        let until_ns = now_ns(world, tata) + 60_000_000_000;
        world.tap(&[Tap { until_ns, ..tap() }]);
        submit(world, tata, Job::new("1111", "meanwhile"));
        settle(world);
        assert!(!world.seen().is_empty());
        world.run_ms(61_000);
        world.seen();
        submit(world, tata, Job::new("1111", "after"));
        settle(world);
        assert!(world.seen().is_empty());
    });
}

/// The wall clock, by what a tap shows of a message.
fn now_ns(world: &mut World, tata: usize) -> u64 {
    world.tap(&[tap()]);
    world.run_ms(10);
    submit(world, tata, Job::new("1111", "what is the time"));
    settle(world);
    let seen = world.seen();
    world.tap(&[]);
    world.run_ms(10);
    seen.last().expect("something was seen").at_ns
}

#[test]
fn without_a_name_it_is_shown_after_a_second_and_no_later() {
    with_shards(|world| {
        world.tap(&[tap()]);
        world.run_ms(10);
        registered(world, "1111");
        world.run_ms(2_500);
        let said = words(&world.seen());
        for word in ["in REGISTER", "out 401", "out 200"] {
            assert!(said.iter().any(|said| said == word), "{word} in {said:?}");
        }
    });
}
