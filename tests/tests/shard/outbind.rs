//! Outbind in both roles (SMPP 3.4 §2.2.1): an SMSC that dials us and is bound to on its own
//! link, and carriers that we dial when receipts wait for them.

use routing::board::Tally;
use routing::{Connection, Outbind, Summons};
use smpp::BindKind;
use tests::model::address;
use tests::peers::Job;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, submit, with_site};
use tests::{Site, World};

/// Plays with an SMSC behind `333%` that dials us, and TATA bound.
fn awaiting(change: impl Fn(&mut Connection), play: impl Fn(&mut World, usize, usize)) {
    let mut site = Site::standard();
    site.connection_outbinds.push((302, b"open".to_vec()));
    let connection = &mut site.environment("env1").connections[1];
    connection.manner.outbind = Some(Outbind::default());
    change(connection);
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        let tata = bound(world, "tata", 1);
        play(world, smsc, tata);
    });
}

fn call(world: &mut World, smsc: usize, system_id: &str, password: &str) {
    let (centre, net) = world.centre(smsc);
    centre.call(net, system_id, password);
    world.run_ms(100);
}

fn has_note(world: &World, what: &str) -> bool {
    world.nodes[0].notes.iter().any(|(_, note)| note.contains(what))
}

#[test]
fn a_connection_that_waits_never_dials_and_binds_on_the_link_that_said_outbind() {
    awaiting(
        |_| {},
        |world, smsc, tata| {
            world.run_ms(60_000);
            assert_eq!(world.smsc(smsc).wires().len(), 0, "nobody was dialled");
            // The kernel gives each call to a shard of its own choice.
            for round in 0..6 {
                call(world, smsc, "smsc", "");
                assert_eq!(world.smsc(smsc).binds.len(), round + 1);
                assert_eq!(world.smsc(smsc).binds[round].kind, BindKind::Transceiver);
                submit(world, tata, Job::new("3331", &format!("round {round}")));
                world.run_ms(200);
                assert_eq!(world.smsc(smsc).got.len(), round + 1);
                assert_eq!(world.esme(tata).0.receipts.len(), round + 1, "deliver_sm came in");
                let wire = world.smsc(smsc).wires()[0];
                world.net.cut(wire);
                world.run_ms(60_000);
                assert_eq!(world.smsc(smsc).wires().len(), 0, "it waits again");
            }
            settle(world);
        },
    );
}

#[test]
fn a_relayed_link_carries_much_in_order_and_is_unbound_at_the_end() {
    awaiting(
        |connection| connection.manner.links = 4,
        |world, smsc, tata| {
            for _ in 0..4 {
                call(world, smsc, "smsc", "");
            }
            assert_eq!(world.smsc(smsc).wires().len(), 4);
            call(world, smsc, "smsc", "");
            assert_eq!(world.smsc(smsc).wires().len(), 4, "it has all its links");
            world.smsc(smsc).habits = [Habit::Late(20); 40].into();
            for number in 0..200 {
                let (esme, net) = world.esme(tata);
                esme.submit(net, Job::new("3331", &format!("number {number}")));
            }
            world.run_ms(20_000);
            assert_eq!(world.smsc(smsc).got.len(), 200);
            assert_eq!(world.esme(tata).0.receipts.len(), 200);
            settle(world);
            world.stop(0);
            world.run_ms(2000);
            assert_eq!(world.smsc(smsc).wires().len(), 0);
            assert_eq!(world.nodes[0].drained, world.nodes[0].cores.len(), "every shard drains");
        },
    );
}

#[test]
fn an_outbind_with_other_words_than_agreed_leads_to_no_bind() {
    let strict = |connection: &mut Connection| {
        let outbind = Outbind { system_id: "smsc".to_owned(), password: vec![1] };
        connection.manner.outbind = Some(outbind);
    };
    awaiting(strict, |world, smsc, _| {
        for (system_id, password) in [("smsc", ""), ("smsc", "opem"), ("msc", "open"), ("", "")] {
            call(world, smsc, system_id, password);
            assert!(world.smsc(smsc).binds.is_empty(), "{system_id:?} {password:?}");
        }
        call(world, smsc, "smsc", "open");
        assert_eq!(world.smsc(smsc).binds.len(), 1);
    });
}

#[test]
fn an_outbind_from_another_address_or_for_a_connection_that_dials_is_refused() {
    let elsewhere = |connection: &mut Connection| connection.remote = address("127.0.0.8:2775");
    let dialling = |connection: &mut Connection| {
        connection.manner.outbind = None;
        connection.enabled = false;
    };
    for change in [elsewhere as fn(&mut Connection), dialling] {
        awaiting(change, |world, smsc, _| {
            call(world, smsc, "smsc", "open");
            assert!(world.smsc(smsc).binds.is_empty());
            assert!(!has_note(world, "outbind"));
        });
    }
}

/// Plays with a carrier that is dialled, and not there yet; an app has its number 1111.
fn summoned(play: impl Fn(&mut World, usize, usize)) {
    let mut site = Site::standard();
    site.carrier_outbinds.push((202, b"come".to_vec()));
    let outbind = Outbind { system_id: "centre".to_owned(), password: vec![1] };
    let remote = address(LISTENS);
    site.carrier_of("c1").contract.outbind = Some(Summons { remote, outbind });
    with_site(&site.publish(), |world| {
        let sender = world.add_esme("c1", 1);
        let receiver = world.add_esme_of("c1", &[]);
        let (esme, _) = world.esme(receiver);
        (esme.persistent, esme.kinds) = (false, vec![BindKind::Receiver]);
        world.run_ms(200);
        play(world, sender, receiver);
    });
}

/// The carrier submits, hears that it is taken, and goes before its receipts come.
fn leave_receipts(world: &mut World, sender: usize, count: usize) {
    for number in 0..count {
        submit(world, sender, Job::new("1111", &format!("number {number}")));
    }
    let (esme, _) = world.esme(sender);
    esme.persistent = false;
    let link = esme.bound()[0];
    let (esme, net) = world.esme(sender);
    esme.unbind(net, link);
    world.run_ms(100);
    registered(world, "1111");
    world.run_ms(500);
}

#[test]
fn a_carrier_with_receipts_and_no_bind_is_dialled_and_told_outbind() {
    summoned(|world, sender, receiver| {
        world.esme(receiver).0.listens = Some(address(LISTENS));
        world.run_ms(5_000);
        assert!(world.esme(receiver).0.outbinds.is_empty(), "nothing waits for it");
        leave_receipts(world, sender, 3);
        world.run_ms(2_000);
        let (esme, _) = world.esme(receiver);
        assert_eq!(esme.outbinds, [("centre".to_owned(), "come".to_owned())]);
        assert_eq!(esme.bound().len(), 1);
        assert_eq!(esme.receipts.len(), 3);
        // It is a bind like any other from now on, and its end calls for no other.
        let link = esme.bound()[0];
        let (esme, net) = world.esme(receiver);
        esme.unbind(net, link);
        world.run_ms(120_000);
        assert_eq!(world.esme(receiver).0.outbinds.len(), 1);
        assert_eq!(world.tally(Tally::ReceiptsPending), 0);
    });
}

#[test]
fn a_carrier_that_is_away_or_does_not_bind_is_dialled_again_ever_more_rarely() {
    summoned(|world, sender, receiver| {
        leave_receipts(world, sender, 1);
        world.run_ms(20_000);
        assert!(has_note(world, "no bind after an outbind"));
        let (esme, _) = world.esme(receiver);
        (esme.listens, esme.heeds) = (Some(address(LISTENS)), false);
        world.run_ms(600_000);
        let heard = world.esme(receiver).0.outbinds.len();
        assert!((8..=11).contains(&heard), "about every 65 s: {heard}");
        assert!(world.esme(receiver).0.connected().len() <= 1, "the link does not stay open");
        world.esme(receiver).0.heeds = true;
        world.run_ms(70_000);
        assert_eq!(world.esme(receiver).0.receipts.len(), 1);
        assert_eq!(world.tally(Tally::ReceiptsPending), 0);
    });
}

/// A transmitter takes no receipts: it is not what was asked for.
#[test]
fn a_bind_that_does_not_receive_is_no_answer_to_an_outbind() {
    summoned(|world, sender, receiver| {
        let (esme, _) = world.esme(receiver);
        (esme.listens, esme.kinds) = (Some(address(LISTENS)), vec![BindKind::Transmitter]);
        leave_receipts(world, sender, 1);
        world.run_ms(10_000);
        let outbinds = world.esme(receiver).0.outbinds.len();
        assert!((2..=5).contains(&outbinds), "again, after pauses: {outbinds}");
        world.esme(receiver).0.kinds = vec![BindKind::Transceiver];
        world.run_ms(60_000);
        assert_eq!(world.esme(receiver).0.receipts.len(), 1);
    });
}

/// Where the carrier waits to be dialled.
const LISTENS: &str = "127.0.0.1:2776";
