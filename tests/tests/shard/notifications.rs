//! Intermediate notifications (SMPP 3.4 §5.2.12): what a carrier hears before an Sms ends.

use smpp::MessageState;
use smpp::pdu::esm_class;
use tests::World;
use tests::checks::Mercy;
use tests::peers::Job;
use tests::peers::phone::Answer;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};

/// An Sms that asks for a receipt, and for notifications.
fn curious(destination: &str, text: &str) -> Job {
    let mut job = Job::new(destination, text);
    job.registered = 0x11;
    job
}

/// The states and codes a carrier heard of on the way.
fn notified(world: &mut World, esme: usize) -> Vec<(Option<MessageState>, String)> {
    let notifications = &world.esme(esme).0.notifications;
    notifications.iter().map(|one| (one.state, one.err.clone())).collect()
}

#[test]
fn a_carrier_that_asks_hears_of_the_first_try_that_failed() {
    with_shards(|world| {
        let (phone, tata) = (registered(world, "1111"), bound(world, "tata", 2));
        let busy = [Answer::Status(486), Answer::Status(480), Answer::Status(200)];
        for (job, expected) in [
            (curious("1111", "who asks"), vec![(Some(MessageState::Enroute), "486".to_owned())]),
            (Job::new("1111", "who does not"), vec![]),
        ] {
            world.phone(phone).0.answers.extend(busy);
            let before = notified(world, tata).len();
            let number = submit(world, tata, job);
            settle(world);
            assert_eq!(notified(world, tata)[before..], expected);
            let carrier = world.esme(tata).0;
            let id = carrier.jobs[number].answer.clone().expect("an answer").expect("an id");
            let about = carrier.notifications.iter().filter(|one| one.id == id);
            assert_eq!(about.count(), expected.len(), "it names the Sms as the receipt does");
            let delivered = carrier.receipts.last().and_then(|receipt| receipt.state);
            assert_eq!(delivered, Some(MessageState::Delivered));
        }
    });
}

#[test]
fn nothing_is_said_on_the_way_of_what_ends_at_once() {
    with_shards(|world| {
        let (phone, tata) = (registered(world, "1111"), bound(world, "tata", 1));
        world.phone(phone).0.answers.extend([Answer::Status(200), Answer::Status(404)]);
        submit(world, tata, curious("1111", "delivered"));
        submit(world, tata, curious("1111", "refused"));
        settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
        assert!(notified(world, tata).is_empty());
    });
}

#[test]
fn what_a_next_hop_says_on_the_way_reaches_who_asked() {
    with_shards(|world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        // A receipt that is not final says the same.
        for (kind, job, expected) in [
            (esm_class::TYPE_INTERMEDIATE, curious("3331", "asks"), 1),
            (esm_class::TYPE_RECEIPT, curious("3331", "asks, by a receipt"), 2),
            (esm_class::TYPE_INTERMEDIATE, Job::new("3331", "does not ask"), 2),
        ] {
            world.smsc(smsc).habits.push_back(Habit::Enroute(kind));
            let asked = job.registered;
            submit(world, tata, job);
            world.run_ms(500);
            assert_eq!(notified(world, tata).len(), expected);
            let got = world.smsc(smsc).got.last().expect("a submit_sm");
            assert_eq!(got.registered_delivery, asked, "it asks the next hop for the same");
            settle(world);
        }
        let said = notified(world, tata);
        assert!(said.iter().all(|(state, _)| *state == Some(MessageState::Enroute)));
        assert_eq!(world.esme(tata).0.receipts.len(), 3, "and one receipt each");
    });
}

#[test]
fn without_a_bind_that_receives_a_notification_is_not_kept() {
    with_shards(|world| {
        let phone = registered(world, "1111");
        let tata = world.add_esme_of("tata", &[smpp::BindKind::Transmitter]);
        world.run_ms(100);
        world.phone(phone).0.answers.extend([Answer::Status(486)]);
        submit(world, tata, curious("1111", "nobody listens"));
        world.run_ms(60_000);
        assert!(notified(world, tata).is_empty());
        assert_eq!(world.phone(phone).0.texts(), ["nobody listens"]);
    });
}
