//! Receipts that come before the name of their Sms, and nodes that die or are upgraded before they
//! hear it (promises.md 1.3).

use routing::journal::Record;
use smpp::{Address, MessageState, ShortMessage, Status};
use tests::checks::accepts_of;
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::smsc::Habit;
use tests::scene::{bound, submit, with_site};
use tests::{Site, World};

/// Plays with an SMSC behind `333%` that has an Sms of TATA's, has not answered it, and was
/// answered when it said that the Sms it will call 102 failed.
fn with_orphan(play: impl Fn(&mut World, usize, usize)) {
    with_site(&Site::standard().publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).spelling = (|_| "102".to_owned(), |_| "102".to_owned());
        world.smsc(smsc).habits = [Habit::Silent, Habit::TakeOnly].into();
        submit(world, tata, Job::new("3331", "named late"));
        world.run_ms(500);
        fail(world, smsc);
        world.run_ms(4500);
        assert_eq!(world.smsc(smsc).receipts, [], "it waits for the name");
        world.run_ms(600);
        assert_eq!(world.smsc(smsc).receipts, [Status::ROK]);
        play(world, smsc, tata);
    });
}

/// The SMSC says that 102 failed.
fn fail(world: &mut World, smsc: usize) {
    let said = ShortMessage {
        esm_class: smpp::pdu::esm_class::TYPE_RECEIPT,
        source: Address { ton: 1, npi: 1, addr: b"3331" },
        destination: Address { ton: 1, npi: 1, addr: b"TATA" },
        short_message: b"id:102 stat:UNDELIV err:021 text:",
        ..ShortMessage::default()
    };
    let (smsc, net) = world.centre(smsc);
    smsc.deliver(net, &said);
}

/// The node is killed, and a second later it is there again.
fn restart(world: &mut World) {
    world.crash(0, 1000);
    world.run_ms(1000);
}

fn states(world: &mut World, tata: usize) -> Vec<Option<MessageState>> {
    world.esme(tata).0.receipts.iter().map(|receipt| receipt.state).collect()
}

/// Orphans in the journals: those that were answered, and those that were claimed.
fn orphans(world: &World) -> (usize, usize) {
    let records = world.nodes[0].records();
    let orphans = records.filter_map(|record| match record {
        Record::Orphan(orphan) => Some(orphan.claimed_ns.is_some()),
        _ => None,
    });
    let (claimed, answered): (Vec<bool>, Vec<bool>) = orphans.partition(|claimed| *claimed);
    (answered.len(), claimed.len())
}

#[test]
fn an_orphan_outlives_a_crash_and_is_matched_when_its_sms_gets_its_name() {
    with_orphan(|world, smsc, tata| {
        restart(world);
        world.run_ms(9000);
        assert_eq!(world.smsc(smsc).got.len(), 2, "nobody knew what became of the first try");
        assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)]);
        assert_eq!(world.smsc(smsc).receipts, [Status::ROK], "it was answered before");
        assert_eq!((accepts_of(world, "tata").len(), orphans(world)), (1, (1, 1)));
    });
}

/// The next hop is away while the node dies again, and comes up with other numbers of shards.
#[test]
fn an_orphan_outlives_several_crashes_and_another_number_of_shards() {
    with_orphan(|world, smsc, tata| {
        world.smsc(smsc).mute = true;
        for shards in [3, 1, 2] {
            world.nodes[0].shards = shards;
            restart(world);
            world.run_ms(15_000);
        }
        world.smsc(smsc).mute = false;
        let named = |w: &World| w.tally(routing::board::Tally::Failed) > 0;
        assert!(world.run_until_that(world.net.now + 60 * SEC, named), "it ends by its receipt");
        world.run_ms(9000);
        assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)]);
    });
}

#[test]
fn an_orphan_outlives_an_upgrade() {
    with_orphan(|world, _, tata| {
        assert!(world.upgrade(0));
        world.run_ms(30_000);
        assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)]);
        assert_eq!(orphans(world), (1, 1));
    });
}

/// The SMSC gives the same name again.
#[test]
fn an_orphan_that_was_claimed_settles_no_other_after_a_crash() {
    with_orphan(|world, smsc, tata| {
        restart(world);
        world.run_ms(9000);
        assert_eq!(states(world, tata).len(), 1);
        restart(world);
        world.run_ms(9000);
        world.smsc(smsc).habits = [Habit::TakeOnly].into();
        submit(world, tata, Job::new("3331", "of the same name"));
        world.run_ms(20_000);
        assert_eq!(world.smsc(smsc).got.len(), 3);
        assert_eq!(states(world, tata).len(), 1, "nobody said how this one ended");
    });
}

/// As long as a copy may be given the name, in this life or in the next one.
#[test]
fn an_orphan_waits_for_a_name_that_comes_minutes_later() {
    for crash in [false, true] {
        with_orphan(|world, smsc, tata| {
            world.smsc(smsc).mute = true;
            world.run_ms(130_000);
            let c1 = bound(world, "c1", 1);
            submit(world, c1, Job::new("999", "refused, and something to journal"));
            if crash {
                restart(world);
            }
            world.smsc(smsc).mute = false;
            world.run_ms(60_000);
            assert!(world.smsc(smsc).got.len() > 1);
            assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)], "crash {crash}");
        });
    }
}

/// Receipts come on a link of their own, while the answer is owed on another one.
#[test]
fn a_receipt_on_another_link_waits_for_the_name_too() {
    let mut site = Site::standard();
    site.environment("env1").connections[1].manner.links = 2;
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(9000);
        assert_eq!(world.smsc(smsc).wires().len(), 2);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::Silent, Habit::Silent].into();
        submit(world, tata, Job::new("3331", "named never"));
        world.run_ms(500);
        fail(world, smsc);
        world.run_ms(4500);
        assert_eq!(world.smsc(smsc).receipts, []);
        world.run_ms(600);
        assert_eq!(
            (world.smsc(smsc).receipts.clone(), orphans(world)),
            (vec![Status::ROK], (1, 0))
        );
    });
}
