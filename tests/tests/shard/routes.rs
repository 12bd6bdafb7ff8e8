//! Ways that fail, end or lead in a circle, and the Sms that go another way.

use routing::journal::{Cost, Record};
use routing::{Manner, Order, Policy, PolicyTable, Rate, Tariff, Unknown};
use smpp::{MessageState, Status};
use tests::checks::Mercy;
use tests::net::US;
use tests::peers::Job;
use tests::peers::smsc::Habit;
use tests::scene::{bound, registered, settle, settle_with, submit, with_site};
use tests::{Site, World};

const CRASHED: Mercy = Mercy { crashes: true, receipts_again: true, undelivered: false };

/// The standard site with other policies in env1, and a connection 303 to where nobody listens.
fn site(policies: Vec<Policy>) -> Site {
    let mut site = Site::standard();
    let nowhere = site.connection(303, "nowhere", "127.0.0.8:2775", "env1");
    let env1 = site.environment("env1");
    env1.connections.push(nowhere);
    env1.policies = PolicyTable::build(policies);
    site.publish()
}

fn over(connections: &[u32]) -> Policy {
    Policy::new(501, "222%", 10, connections)
}

/// How often records of a kind stand in the journals of env1.
fn count(world: &World, kind: fn(&Record) -> bool) -> usize {
    world.nodes[0].records().filter(kind).count()
}

fn moves(world: &World) -> usize {
    count(world, |record| matches!(record, Record::Moved(_)))
}

fn accepted(world: &World) -> usize {
    count(world, |record| matches!(record, Record::Accept(_)))
}

#[test]
fn scenario_3_1f_a_temporary_failure_tries_the_next_way_and_a_permanent_one_stops() {
    with_site(&site(vec![over(&[302, 301])]), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        let failures = [Status::RSYSERR, Status(0x64), Status::RINVDSTADR];
        world.smsc(smsc).habits = failures.map(Habit::Refuse).into();
        for text in ["system error", "application error"] {
            submit(world, tata, Job::new("2222", text));
        }
        submit(world, tata, Job::new("2222", "no such number").registered(0));
        submit(world, tata, Job::new("2222", "taken there"));
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["system error", "application error"]);
        assert_eq!(world.smsc(smsc).got.len(), 4, "each was tried there once");
        assert_eq!((accepted(world), moves(world)), (4, 2));
    });
}

#[test]
fn g09_the_cost_is_that_of_the_way_that_was_used_and_the_price_stands() {
    let mut site = site(vec![over(&[302, 301])]);
    let rate = |price_micros| vec![Rate { prefix: 0, price_micros }];
    let env1 = site.environment("env1");
    env1.tariffs.push(Tariff::new(902, "dear", 1, "USD", rate(7_000)));
    env1.tariffs.push(Tariff::new(903, "cheap", 1, "EUR", rate(2_000)));
    env1.policies.ranked[0].below_cost = true;
    for connection in &mut env1.connections {
        connection.manner.cost = [(301, 903), (302, 902)]
            .into_iter()
            .find_map(|(id, tariff)| (id == connection.id).then_some(tariff));
    }
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        registered(world, "2222");
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = [Habit::Refuse(Status::RSYSERR)].into();
        submit(world, tata, Job::new("2222", "dear, then cheap"));
        settle(world);
        let costs = world.nodes[0].records().filter_map(|record| match record {
            Record::Attempt(attempt) => Some((attempt.attempt, attempt.cost)),
            _ => None,
        });
        let mut costs: Vec<(u16, Cost)> = costs.collect();
        costs.sort_by_key(|(attempt, _)| *attempt);
        let (dear, cheap) =
            (Cost { tariff: 902, micros: 7_000 }, Cost { tariff: 903, micros: 2_000 });
        assert_eq!(costs, [(1, dear), (2, cheap)]);
    });
}

#[test]
fn a_way_that_is_down_is_passed_over_at_once() {
    with_site(&site(vec![over(&[303, 301])]), |world| {
        world.run_ms(3000);
        let phone = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        submit(world, tata, Job::new("2222", "straight on"));
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["straight on"]);
        assert_eq!(moves(world), 0, "it was chosen so");
    });
}

#[test]
fn what_waits_for_a_way_that_stays_down_takes_one_that_comes_up() {
    let mut site = site(vec![over(&[303, 302])]);
    site.environment("env1").connections[1].enabled = false;
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        for number in 0..20 {
            submit(world, tata, Job::new("2222", &format!("patience {number}")));
        }
        assert!(world.smsc(smsc).got.is_empty());
        let mut open = world.site.clone();
        open.environment("env1").connections[1].enabled = true;
        world.publish(open);
        world.run_ms(10_000);
        assert_eq!(world.smsc(smsc).got.len(), 20, "in order and once each");
        let texts = world.smsc(smsc).got.iter().map(|got| got.text.clone());
        let expected = (0..20).map(|number| format!("patience {number}").into_bytes());
        assert!(texts.eq(expected));
        assert_eq!((accepted(world), moves(world)), (20, 20));
    });
}

#[test]
fn c12_what_waits_for_a_removed_connection_goes_by_the_new_plan() {
    with_site(&site(vec![over(&[303])]), |world| {
        let phone = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        for number in 0..30 {
            submit(world, tata, Job::new("2222", &format!("moved {number}")));
        }
        let mut moved = world.site.clone();
        let env1 = moved.environment("env1");
        env1.connections.retain(|connection| connection.id != 303);
        env1.policies = PolicyTable::build(vec![over(&[301])]);
        world.publish(moved);
        settle(world);
        let expected: Vec<String> = (0..30).map(|number| format!("moved {number}")).collect();
        assert_eq!(world.phone(phone).0.texts(), expected);
        assert_eq!((accepted(world), moves(world)), (30, 30));
        let left = count(world, |record| matches!(record, Record::Left(_)));
        let shards = world.nodes[0].shards;
        // 301 and 303 are at home on one shard if there is one, or two; never if there are three.
        assert_eq!(left, if shards == 3 { 30 } else { 0 }, "{shards} shards");
    });
}

/// The node dies at any moment of a move, with its old and its new owner on different shards.
#[test]
fn a_crash_at_any_moment_of_a_move_leaves_one_owner() {
    let mut moved_on = 0;
    for step in 0..120 {
        let mut world = World::of(step, [3, 1], site(vec![over(&[303])]));
        world.net.faults.commit_us = 300;
        world.run_ms(500);
        registered(&mut world, "2222");
        let tata = bound(&mut world, "tata", 1);
        for number in 0..3 {
            submit(&mut world, tata, Job::new("2222", &format!("moved {number}")));
        }
        let mut moved = world.site.clone();
        moved.environment("env1").policies = PolicyTable::build(vec![over(&[301])]);
        world.publish(moved);
        let until = world.net.now + 25 * step * US;
        world.run_until(until);
        moved_on += moves(&world);
        world.crash(0, 30);
        // And again, when the second life has just begun to read what the first one wrote.
        world.run_ms(31);
        let until = world.net.now + 40 * (step % 30) * US;
        world.run_until(until);
        world.crash(0, 30);
        settle_with(&mut world, CRASHED);
        assert_eq!(accepted(&world), 3, "step {step}");
    }
    assert!((20..340).contains(&moved_on), "the crashes hit the middle: {moved_on}");
}

#[test]
fn an_sms_of_which_nobody_knows_is_not_sent_another_way() {
    for (unknown, sent) in [(Unknown::Hold, 0), (Unknown::Fail, 0)] {
        let mut site = site(vec![over(&[302, 301])]);
        site.environment("env1").connections[1].manner = Manner { unknown, ..Manner::default() };
        with_site(&site.publish(), |world| {
            let smsc = world.add_smsc();
            world.run_ms(3000);
            let phone = registered(world, "2222");
            let tata = bound(world, "tata", 1);
            world.smsc(smsc).habits = [Habit::Silent].into();
            submit(world, tata, Job::new("2222", "perhaps"));
            for wire in world.smsc(smsc).wires() {
                world.net.cut(wire);
            }
            world.run_ms(400_000);
            settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
            assert_eq!(world.phone(phone).0.texts().len(), sent, "{unknown:?}");
            assert_eq!(world.smsc(smsc).got.len(), 1);
        });
    }
}

#[test]
fn reroutes_are_bounded() {
    let mut site = site(vec![over(&[302, 304, 305, 306, 307, 308])]);
    for id in 304..=308 {
        let another = site.connection(id, &format!("c{id}"), tests::model::SMSC, "env1");
        site.environment("env1").connections.push(another);
    }
    with_site(&site.publish(), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = vec![Habit::Refuse(Status::RSYSERR); 5].into();
        submit(world, tata, Job::new("2222", "round"));
        world.run_ms(1000);
        assert_eq!(moves(world), 4, "and then it rests where it is");
        assert_eq!(world.smsc(smsc).got.len(), 5);
        settle(world);
        assert_eq!(world.smsc(smsc).got.len(), 6);
    });
}

#[test]
fn j02_a_text_that_comes_round_without_a_trace_is_stopped() {
    let to_smsc = Policy::new(501, "333%", 10, &[302]);
    with_site(&site(vec![to_smsc]), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let (tata, echo) = (bound(world, "tata", 1), bound(world, "c1", 1));
        submit(world, tata, Job::new("3331", "hello"));
        // The message centre hands back by another bind whatever it is given.
        let mut returned = 0;
        while returned < 100 {
            let got = world.smsc(smsc).got.len();
            if got <= returned {
                break;
            }
            submit(world, echo, Job::new("3331", "hello"));
            returned += 1;
            world.run_ms(100);
        }
        let jobs = &world.esme(echo).0.jobs;
        let refused = jobs.iter().filter(|job| job.refused() == Some(0x08)).count();
        assert_eq!((returned, refused), (6, 1), "five may come, the sixth is a loop");
        let notes = &world.nodes[0].notes;
        let alarms = notes.iter().filter(|note| format!("{note:?}").contains("routing loop"));
        assert_eq!(alarms.count(), 1);
        for number in 0..50 {
            submit(world, tata, Job::new("3332", "a campaign"));
            assert!(world.esme(tata).0.jobs[number + 1].id().is_some(), "all alike, all its own");
        }
    });
}

#[test]
fn a_shadow_counts_and_takes_nothing() {
    let shadow = Policy { shadow: true, ..Policy::new(502, "2222", 1, &[302]) };
    with_site(&site(vec![shadow, over(&[301])]), |world| {
        let phone = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        for text in ["one", "two"] {
            submit(world, tata, Job::new("2222", text));
        }
        submit(world, tata, Job::new("2223", "not its number").registered(0));
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["one", "two"]);
        let shadows = world.nodes[0].pages().into_iter().flat_map(|page| page.shadows);
        let taken: u64 = shadows.filter(|row| row.policy == 502).map(|row| row.taken).sum();
        assert_eq!(taken, 2);
    });
}

#[test]
fn j09_one_of_a_hundred_to_another_way_and_back() {
    let canary = Policy { order: Order::Weight, ..over(&[301, 302]) };
    let mut policy = canary;
    (policy.ways[0].weight, policy.ways[1].weight) = (99, 1);
    with_site(&site(vec![policy]), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        let (esme, net) = world.esme(tata);
        for number in 0..300 {
            esme.submit(net, Job::new("2222", &format!("{number} of many")));
        }
        world.run_ms(2000);
        let mut back = world.site.clone();
        back.environment("env1").policies = PolicyTable::build(vec![over(&[301])]);
        world.publish(back);
        settle(world);
        let (here, there) = (world.phone(phone).0.texts().len(), world.smsc(smsc).got.len());
        assert_eq!(here + there, 300, "each once");
        assert!((1..12).contains(&there), "{there} of 300");
        assert_eq!(accepted(world), 300);
    });
}

#[test]
fn j06_an_environment_moves_while_its_sms_fly() {
    with_site(&site(vec![over(&[302])]), |world| {
        let smsc = world.add_smsc();
        world.run_ms(3000);
        let phone = registered(world, "2222");
        let tata = bound(world, "tata", 1);
        world.smsc(smsc).habits = vec![Habit::Take(MessageState::Delivered, 20_000); 10].into();
        for number in 0..10 {
            submit(world, tata, Job::new("2222", &format!("before {number}")));
        }
        let mut moved = world.site.clone();
        moved.environment("env1").policies = PolicyTable::build(vec![over(&[301])]);
        world.publish(moved);
        for number in 0..10 {
            submit(world, tata, Job::new("2222", &format!("after {number}")));
        }
        settle(world);
        assert_eq!(world.smsc(smsc).got.len(), 10, "what was under way keeps its way");
        assert_eq!(world.phone(phone).0.texts().len(), 10);
        assert_eq!(world.esme(tata).0.receipts.len(), 20, "and its receipts find back");
        assert_eq!(moves(world), 0);
    });
}

#[test]
fn c11_another_password_ends_the_binds_and_nothing_else() {
    with_site(&Site::standard(), |world| {
        let tata = bound(world, "tata", 2);
        let job = submit(world, tata, Job::new("1111", "for later"));
        let mut changed = world.site.clone();
        let id = changed.carrier_of("tata").id;
        for (carrier, password) in &mut changed.carriers {
            if *carrier == id {
                *password = b"another".to_vec();
            }
        }
        world.esme(tata).0.persistent = false;
        world.publish(changed);
        world.run_ms(5000);
        assert!(world.esme(tata).0.bound().is_empty(), "gone within five seconds");
        let phone = registered(world, "1111");
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.texts(), ["for later"], "what was taken keeps its fate");
        assert!(world.esme(tata).0.receipts.is_empty());
        let old = world.site.clone();
        let mut back = old;
        for (carrier, password) in &mut back.carriers {
            if *carrier == id {
                *password = tests::model::PASSWORD.as_bytes().to_vec();
            }
        }
        world.publish(back);
        let (esme, net) = world.esme(tata);
        esme.begin(net);
        settle(world);
        let esme = world.esme(tata).0;
        assert_eq!(esme.receipts.len(), 1, "its receipt waited for its next bind");
        assert_eq!(Some(esme.receipts[0].id.as_str()), esme.jobs[job].id());
    });
}
