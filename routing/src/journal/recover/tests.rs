use super::super::finals::FINALS_KEPT_NS;
use super::super::moves::{Left, Moved};
use super::super::record::tests::{all, sms};
use super::super::record::{Ack, Cost, Replaced, Taken, Via};
use super::*;
use crate::State;

const SECOND: u64 = 1_000_000_000;

fn accept(counter: u32) -> Record {
    Record::Accept(Box::new(sms(counter)))
}

fn attempt(counter: u32, attempt: u16) -> Record {
    let (id, at_ns) = (sms(counter).id, sms(counter).accepted_ns);
    Record::Attempt(Attempt {
        id,
        at_ns,
        attempt,
        via: Via::Nothing,
        repeats: false,
        cost: Cost::default(),
    })
}

fn outcome(counter: u32) -> Record {
    let (id, at_ns) = (sms(counter).id, sms(counter).accepted_ns);
    let state = State::Delivered;
    let (attempts, via, doubled) = (1, Via::Nothing, false);
    Record::Outcome(Outcome { id, at_ns, state, code: 0, attempts, via, doubled })
}

fn ack(counter: u32) -> Record {
    Record::Ack(Ack {
        id: sms(counter).id,
        at_ns: sms(counter).accepted_ns,
        end: Default::default(),
    })
}

fn open(records: impl IntoIterator<Item = Record>) -> Vec<Flight> {
    let mut recovery = Recovery::default();
    records.into_iter().for_each(|record| recovery.handle(record));
    recovery.finish(SECOND).flights
}

/// What its sender may send again, open or not, by its id.
fn in_doubt(recovery: Recovery) -> Vec<Sms> {
    let Restored { flights, doubtful, .. } = recovery.finish(SECOND);
    let open = flights.into_iter().filter(|flight| flight.doubted).map(|flight| flight.sms);
    let mut all: Vec<Sms> = doubtful.into_iter().chain(open).map(|sms| *sms).collect();
    all.sort_by_key(|sms| sms.id);
    all
}

#[test]
fn a_flight_is_open_until_its_receipt_is_taken() {
    assert_eq!(open([accept(1)]).len(), 1);
    assert_eq!(open([accept(1), attempt(1, 1)])[0].attempt.unwrap().attempt, 1);
    let final_unacked = open([accept(1), attempt(1, 1), outcome(1)]);
    assert_eq!(final_unacked[0].outcome.unwrap().state, State::Delivered);
    assert_eq!(open([accept(1), outcome(1), ack(1)]), []);
}

#[test]
fn without_a_wish_for_a_receipt_the_outcome_closes() {
    let quiet = Sms { registered_delivery: 0, ..sms(1) };
    assert_eq!(open([Record::Accept(Box::new(quiet)), outcome(1)]), []);
}

#[test]
fn the_order_of_shards_does_not_matter() {
    let records = [accept(1), attempt(1, 1), attempt(1, 2), outcome(1), ack(1), accept(2)];
    for turn in 0..records.len() {
        let mut turned = records.to_vec();
        turned.rotate_left(turn);
        let flights = open(turned);
        assert_eq!(flights.len(), 1, "rotated by {turn}");
        assert_eq!(flights[0].sms.id, sms(2).id);
    }
}

#[test]
fn the_latest_attempt_and_the_peers_name_survive() {
    let taken = Record::Taken(Taken { id: sms(1).id, at_ns: 0, peer_id: b"B".to_vec() });
    let flights = open([attempt(1, 2), accept(1), attempt(1, 1), taken]);
    assert_eq!(flights[0].attempt.unwrap().attempt, 2);
    assert_eq!(flights[0].peer_id.as_deref(), Some(&b"B"[..]));
}

#[test]
fn what_was_answered_just_before_the_end_is_doubtful() {
    let mut recovery = Recovery::default();
    let old = Sms { accepted_ns: sms(1).accepted_ns - 2 * SECOND, ..sms(1) };
    recovery.handle(Record::Accept(Box::new(old)));
    recovery.handle(accept(2));
    recovery.handle(outcome(2));
    recovery.handle(ack(2));
    let Restored { flights, doubtful, .. } = recovery.finish(SECOND);
    assert_eq!(flights.len(), 1, "the old one is open");
    assert!(!flights[0].doubted);
    assert_eq!(doubtful, [Box::new(sms(2))], "the closed one may be sent again");
}

#[test]
fn what_was_in_doubt_before_stays_so_over_a_restart() {
    let mut recovery = Recovery::default();
    let old = Sms { accepted_ns: sms(1).accepted_ns - 300 * SECOND, ..sms(1) };
    recovery.handle(Record::Accept(Box::new(old.clone())));
    recovery.handle(outcome(1));
    recovery.handle(ack(1));
    let doubt = |counter: u32, at_ns| {
        let (likeness, shard, shards) = (counter.into(), 0, 1);
        Doubt { id: sms(counter).id, at_ns, likeness, shard, shards }
    };
    let before = doubt(1, old.accepted_ns + SECOND);
    recovery.handle(Record::Doubt(before));
    // The start after that crash died when it had said this, long after the crash: what that
    // start had not come to is as young as it was.
    let again = doubt(2, sms(2).accepted_ns + 30 * SECOND);
    let records = [accept(2), accept(3), Record::Doubt(again)];
    records.into_iter().for_each(|record| recovery.handle(record));
    let Restored { flights, doubts, doubtful, .. } = recovery.finish(SECOND);
    assert_eq!((doubts, doubtful), (vec![before, again], vec![]));
    let doubted: Vec<(MessageId, bool)> =
        flights.iter().map(|flight| (flight.sms.id, flight.doubted)).collect();
    assert_eq!(doubted, [(sms(2).id, false), (sms(3).id, true)], "a doubt says the second one is");
}

/// Twenty minutes, by the clock of the life that ended and not by that of a start that died since.
#[test]
fn orphans_of_the_last_twenty_minutes_of_a_life_come_back() {
    let end_ns = sms(1).accepted_ns;
    let orphan = |at_ns| Orphan {
        at_ns,
        environment: 1,
        connection: 2,
        name: 3,
        source: sms(1).destination,
        reference: None,
        state: State::Undeliverable,
        code: 21,
        claimed_ns: None,
    };
    let [old, young] = [1201, 1200].map(|age| orphan(end_ns - age * SECOND));
    let claimed = Orphan { claimed_ns: Some(end_ns), ..orphan(end_ns - SECOND) };
    let of = |started: &[Record], ended_ns: Option<u64>| {
        let mut recovery = Recovery::default();
        let records = [old, young, claimed].map(Record::Orphan);
        records.into_iter().chain(started.to_vec()).for_each(|record| recovery.handle(record));
        ended_ns.into_iter().for_each(|ended_ns| recovery.ended_at(ended_ns));
        recovery.finish(SECOND).orphans
    };
    assert_eq!(of(&[accept(1)], None), [young]);
    let start = [Record::Accept(Box::new(Sms { accepted_ns: end_ns + 90 * SECOND, ..sms(2) }))];
    assert_eq!(of(&start, None), []);
    assert_eq!(of(&start, Some(end_ns)), [young]);
}

#[test]
fn what_an_app_sent_is_in_doubt_as_long_as_it_retransmits() {
    let (local, peer) = ("127.0.0.2:5060".parse().unwrap(), "127.0.0.1:5070".parse().unwrap());
    let (call_id, transaction) = ("a".to_owned(), [0; 16]);
    let ingress = crate::Ingress::Sip { account: 3, local, peer, call_id, transaction };
    let accepted_ns = sms(1).accepted_ns - 30 * SECOND;
    let by_app = Sms { accepted_ns, ingress, ..sms(1) };
    let mut recovery = Recovery::default();
    recovery.handle(Record::Accept(Box::new(by_app.clone())));
    recovery.handle(accept(2));
    assert_eq!(in_doubt(recovery), [by_app, sms(2)]);
}

#[test]
fn an_attempt_that_left_again_counts_from_the_first_time() {
    let (id, via, repeats) = (sms(1).id, Via::Nothing, false);
    let again = |at_ns| Attempt { id, at_ns, attempt: 1, via, repeats, cost: Cost::default() };
    let flights = open([accept(1), Record::Attempt(again(5)), Record::Attempt(again(9))]);
    assert_eq!(flights[0].attempt.unwrap().at_ns, 5);
}

#[test]
fn the_newest_contacts_win() {
    let rows = all().into_iter().find_map(|record| match record {
        Record::Contacts(contacts) => Some(contacts.rows),
        _ => None,
    });
    let rows = rows.unwrap();
    let contacts = |at_ns| Contacts {
        at_ns,
        environment: 1,
        account: 3,
        rows: rows.clone(),
        ..Default::default()
    };
    let gone =
        |at_ns| Contacts { at_ns, environment: 1, account: 4, rows: vec![], ..Default::default() };
    let mut recovery = Recovery::default();
    for contacts in [contacts(9), contacts(8), gone(9), Contacts { account: 4, ..contacts(8) }] {
        recovery.handle(Record::Contacts(contacts));
    }
    assert_eq!(recovery.finish(SECOND).contacts, [contacts(9)]);
}

#[test]
fn what_was_closed_long_ago_is_forgotten() {
    let mut recovery = Recovery::default();
    let later = Sms { accepted_ns: sms(3).accepted_ns + 100 * SECOND, ..sms(3) };
    recovery.handle(accept(1));
    recovery.handle(outcome(1));
    recovery.handle(ack(1));
    recovery.handle(accept(2));
    recovery.sweep(sms(1).accepted_ns);
    assert_eq!(recovery.open.len(), 2, "its sender may come again");
    recovery.handle(Record::Accept(Box::new(later.clone())));
    recovery.sweep(later.accepted_ns);
    assert_eq!(recovery.open.len(), 2, "the first one is closed and old");
}

#[test]
fn how_a_closed_one_ended_is_known_for_a_day() {
    let mut recovery = Recovery::default();
    [accept(1), outcome(1), ack(1)].into_iter().for_each(|record| recovery.handle(record));
    recovery.sweep(sms(1).accepted_ns + 3600 * SECOND);
    assert!(recovery.open.is_empty(), "it is old enough to be put away");
    [accept(2), outcome(2)].into_iter().for_each(|record| recovery.handle(record));
    let finals = recovery.finish(SECOND).finals;
    assert_eq!(finals.len(), 1, "the second one is open for its receipt");
    assert_eq!((finals[0].id, finals[0].state), (sms(1).id, State::Delivered));
    let mut recovery = Recovery::default();
    [accept(1), outcome(1), ack(1)].into_iter().for_each(|record| recovery.handle(record));
    let tomorrow = Sms { accepted_ns: sms(3).accepted_ns + FINALS_KEPT_NS + SECOND, ..sms(3) };
    recovery.handle(Record::Accept(Box::new(tomorrow)));
    assert_eq!(recovery.finish(SECOND).finals, []);
}

#[test]
fn what_was_replaced_last_is_sent() {
    let replaced = |at_ns: u64, text: &[u8]| {
        let (alphabet, octets) = (Default::default(), text.to_vec());
        let content = crate::Content::Coded { data_coding: 0, alphabet, octets };
        let (id, expires_ns) = (sms(1).id, at_ns + SECOND);
        let registered_delivery = 0;
        let not_before_ns = 0;
        let replaced =
            Replaced { id, at_ns, not_before_ns, expires_ns, registered_delivery, content };
        Record::Replaced(Box::new(replaced))
    };
    let at_ns = sms(1).accepted_ns;
    let flights = open([replaced(at_ns + 2, b"second"), accept(1), replaced(at_ns + 1, b"first")]);
    let crate::Content::Coded { octets, .. } = &flights[0].sms.content else { panic!("coded") };
    assert_eq!((&octets[..], flights[0].sms.expires_ns), (&b"second"[..], at_ns + 2 + SECOND));
    assert_eq!(open([accept(1), replaced(at_ns, b"quiet"), outcome(1)]), [], "no receipt any more");
}

/// The Sms after so many moves, each to the connection with that number.
fn moved(moves: u8) -> Record {
    let mut sms = sms(1);
    for count in 1..=moves {
        sms.journey = sms.journey.onwards(100 + u32::from(count) - 1, u16::from(count));
        sms.target = crate::Target::Connection { policy: 1, connection: 100 + u32::from(count) };
    }
    Record::Moved(Box::new(Moved { at_ns: sms.accepted_ns, sms }))
}

fn left(moves: u8) -> Record {
    Record::Left(Left { id: sms(1).id, at_ns: sms(1).accepted_ns, moves })
}

/// Reads journals one after the other and forgets after every record what may be forgotten.
fn resolved(journals: &[&[Record]]) -> Vec<Flight> {
    let mut recovery = Recovery::default();
    for record in journals.iter().copied().flatten() {
        recovery.handle(record.clone());
        recovery.sweep(u64::MAX);
    }
    recovery.finish(0).flights
}

/// Every cut of three journals that a crash can leave, in every order of reading.
#[test]
fn an_sms_that_moved_has_one_owner_whenever_the_node_died() {
    let first = [accept(1), left(1)];
    let second = [moved(1), attempt(1, 2), left(2)];
    let third = [moved(2), attempt(1, 3), outcome(1), ack(1)];
    let (mut cuts, mut wrongs) = (0, Vec::new());
    for (a, b, c) in
        (0..=2).flat_map(|a| (0..=3).flat_map(move |b| (0..=4).map(move |c| (a, b, c))))
    {
        // A new owner writes what an old one sent; an old one leaves when the new one has it.
        let possible =
            (b == 0 || a >= 1) && (a < 2 || b >= 1) && (c == 0 || b >= 2) && (b < 3 || c >= 1);
        if a == 0 || !possible {
            continue;
        }
        cuts += 1;
        let journals = [&first[..a], &second[..b], &third[..c]];
        let owner = if c > 0 {
            Some(102)
        } else if b > 0 {
            Some(101)
        } else {
            None
        };
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let flights = resolved(&order.map(|at| journals[at]));
            let target = flights.first().map(|flight| flight.sms.target);
            let connection = match target {
                Some(crate::Target::Connection { connection, .. }) => Some(connection),
                Some(crate::Target::Account(_)) | None => None,
            };
            let right =
                if c == 4 { flights.is_empty() } else { flights.len() == 1 && connection == owner };
            if !right {
                wrongs.push((a, b, c, order, flights.len(), connection));
            }
        }
    }
    assert_eq!((cuts, wrongs), (cuts, vec![]));
    assert!(cuts > 10, "{cuts} cuts");
}
