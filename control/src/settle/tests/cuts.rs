use routing::journal::{Ack, Cost, Moved, Record, Taken};
use routing::{Sms, Target};

use super::refunds::agreed;
use super::*;
use crate::cdr::{Filter, list};
use crate::store::given;

/// However what happened is cut into batches, in whatever order they come: the records and the
/// ledger are those of batches so small that each fact is written for itself.
#[test]
fn records_and_ledger_do_not_ask_where_batches_end() {
    let agreements: [(&str, &[&str]); 5] = [
        ("accepted", &[]),
        ("accepted", &["expired", "undeliverable"]),
        ("submitted", &[]),
        ("submitted", &["undeliverable"]),
        ("delivered", &[]),
    ];
    for (seed, (charge_on, ends)) in (1..).zip(agreements) {
        let mut dice = Dice(seed);
        let mut world = World::story();
        let refund = agreed(&mut world, charge_on, ends).unwrap();
        let day = day(&mut dice, refund);
        take(&mut world, &day, || 9);
        let expected = told(&world);
        assert_eq!(expected.0.len(), COUNT as usize);
        let mut shuffled = day.clone();
        (1..shuffled.len()).for_each(|at| shuffled.swap(at, dice.below(at + 1)));
        // Read again from somewhere in the middle, as after a start from an older store.
        let again = [&day[..], &day[day.len() / 3..]].concat();
        for (what, records) in [("in time", day), ("in no order", shuffled), ("twice", again)] {
            let mut world = World::story();
            agreed(&mut world, charge_on, ends).unwrap();
            take(&mut world, &records, || 40 + dice.below(600));
            assert_eq!(told(&world), expected, "{charge_on} {ends:?}, {what}");
        }
    }
}

/// A day of many Sms, each record at its time: some are tried twice, some are moved to another
/// way, some are named, some never end.
fn day(dice: &mut Dice, refund: Refund) -> Vec<Record> {
    let mut records = Vec::new();
    for n in 0..COUNT {
        let to = if dice.one_of(3) { "1111" } else { "2222" };
        let mut sms = Sms { generation: 2, ..sms(n, to) };
        sms.charge.refund = refund;
        let state = [State::Delivered, State::Undeliverable, State::Expired][dice.below(3)];
        let mut at = u64::from(n);
        let mut later = |dice: &mut Dice| {
            at += dice.below(60) as u64;
            at
        };
        let id = sms.id;
        let mut of = life(sms.clone(), state);
        let ended = of.pop().filter(|_| !dice.one_of(20));
        if dice.one_of(15) {
            let Record::Attempt(mut again) = of[1].clone() else { unreachable!("as life() says") };
            (again.attempt, again.cost) = (2, Cost { tariff: 0, micros: 0 });
            of.push(Record::Attempt(again));
        }
        if dice.one_of(20) {
            let mut sms = sms.clone();
            sms.journey = sms.journey.onwards(1, 1);
            sms.target = Target::Connection { policy: 1, connection: 1 };
            of.push(Record::Moved(Box::new(Moved { at_ns: 2, sms })));
        }
        if to == "2222" && dice.one_of(2) {
            of.push(Record::Taken(Taken { id, at_ns: sms.accepted_ns + 1, peer_id: vec![b'7'] }));
        }
        let receipt = ended.is_some() && dice.one_of(2);
        of.extend(ended);
        if receipt {
            let end = routing::journal::ReceiptEnd::ALL[dice.below(3)];
            of.push(Record::Ack(Ack { id, at_ns: sms.accepted_ns + 9, end }));
        }
        records.extend(of.into_iter().map(|record| (later(dice), record)));
    }
    records.sort_by_key(|(at, _)| *at);
    records.into_iter().map(|(_, record)| record).collect()
}

/// Takes records in batches of so many.
fn take(world: &mut World, mut records: &[Record], mut count: impl FnMut() -> usize) {
    while !records.is_empty() {
        let (these, others) = records.split_at(count().min(records.len()));
        let mut batch = Batch::default();
        for (place, record) in these.iter().enumerate() {
            batch.handle(1, place, record.clone());
        }
        world.store.take(&batch).unwrap();
        records = others;
    }
}

/// All records, all entries of the ledger, and the balance that is kept of them.
fn told(world: &World) -> (Vec<String>, Vec<String>, i64) {
    let db = world.store.place().reader().unwrap();
    let records = list(&db, &Filter { limit: Some(COUNT + 1), ..Filter::default() });
    let sql = "SELECT carrier, received_ns, message_id, kind, amount_micros FROM ledger
         ORDER BY carrier, received_ns, message_id, kind";
    let entries = db.all(sql, given![], |row| {
        let (carrier, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (id, kind): (String, String) = (row.get(2)?, row.get(3)?);
        Ok(format!("{carrier} {at} {id} {kind} {}", row.get::<_, i64>(4)?))
    });
    (records.unwrap(), entries.unwrap(), crate::store::charged(&db).unwrap().values().sum())
}

/// Numbers that nobody expects, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % end
    }

    fn one_of(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

const COUNT: u32 = 300;
