use std::path::PathBuf;

use routing::journal::{Ack, Cost, Left, Moved, Record, Taken};
use routing::{MessageId, State, Target};

use super::reader::ShardReader;
use super::*;
use crate::cdr;
use crate::config::Node;
use crate::settle::{Question, settle};
use crate::store::{Batch, Cursor, Db, Place, Writer};
use crate::testing::{World, block, life, refused, sms, write_volume};

/// Less than two of the volumes that the tests write.
const KEPT: u64 = 20_000;

/// A world whose store has its thread, and a node.
struct Field {
    writer: Writer,
    node: Node,
    shard: PathBuf,
    store: Place,
    _folder: tempfile::TempDir,
}

impl Field {
    fn new() -> Self {
        let World { store, folder, .. } = World::story();
        let node =
            Node { name: "env1".to_owned(), data: folder.path().join("env1"), keep_len: KEPT };
        let shard = node.data.join("journal/shard-00");
        let place = store.place().clone();
        let (writer, _) = Writer::start(store).unwrap();
        Self { writer, node, shard, store: place, _folder: folder }
    }

    /// As after a restart: a new harvester knows only what the store knows.
    fn harvest(&self) {
        Harvester::new(vec![self.node.clone()], self.writer.clone()).pass().unwrap();
    }

    fn db(&self) -> Db {
        self.store.reader().unwrap()
    }

    /// Records and what the ledger says, in millionths.
    fn sums(&self) -> (i64, i64) {
        let one = |sql: &str| self.db().one(sql, &[], |row| row.get(0)).unwrap().unwrap();
        let ledger = one("SELECT CAST(coalesce(sum(amount_micros), 0) AS BIGINT) FROM ledger");
        let kept = one("SELECT CAST(coalesce(sum(amount_micros), 0) AS BIGINT) FROM ledger_sum");
        assert_eq!(kept, ledger, "what is kept of the ledger");
        (one("SELECT count(*) FROM cdr WHERE received_ns IS NOT NULL"), ledger)
    }

    fn records(&self) -> Vec<String> {
        cdr::list(&self.db(), &cdr::Filter::default()).unwrap()
    }
}

fn delivered(counter: u32) -> Vec<Record> {
    life(sms(counter, "1111"), State::Delivered)
}

#[test]
fn c08_every_record_counts_once_however_often_one_harvests() {
    let field = Field::new();
    field.harvest();
    assert_eq!(field.sums(), (0, 0), "no journal yet");
    let mut octets = block(1, &delivered(1));
    write_volume(&field.shard, 1, &octets);
    for _ in 0..3 {
        field.harvest();
        assert_eq!(field.sums(), (1, 10_000));
    }
    octets.extend(block(2, &[delivered(2), vec![refused(1), refused(2)]].concat()));
    write_volume(&field.shard, 1, &octets);
    let mut harvester = Harvester::new(vec![field.node.clone()], field.writer.clone());
    for _ in 0..3 {
        harvester.pass().unwrap();
        assert_eq!(field.sums(), (4, 20_000));
    }
    write_volume(&field.shard, 2, &block(3, &delivered(3)));
    harvester.pass().unwrap();
    field.harvest();
    assert_eq!(field.sums(), (5, 30_000));
}

#[test]
fn a_torn_tail_is_not_yet() {
    let field = Field::new();
    let (first, second) = (block(1, &delivered(1)), block(2, &delivered(2)));
    let whole = [first.clone(), second.clone()].concat();
    let mut harvester = Harvester::new(vec![field.node.clone()], field.writer.clone());
    for cut in (0..second.len() - 8).step_by(7) {
        write_volume(&field.shard, 1, &whole[..first.len() + cut]);
        harvester.pass().unwrap();
        assert_eq!(field.sums(), (1, 10_000), "cut at {cut}");
    }
    write_volume(&field.shard, 1, &whole);
    harvester.pass().unwrap();
    assert_eq!(field.sums(), (2, 20_000));
}

#[test]
fn a_torn_end_is_left_when_a_later_volume_has_begun() {
    let field = Field::new();
    let torn = block(2, &delivered(2));
    write_volume(&field.shard, 1, &[&block(1, &delivered(1))[..], &torn[..60]].concat());
    field.harvest();
    // Prepared but not begun: the writer may still be in the first one.
    write_volume(&field.shard, 2, &[]);
    field.harvest();
    assert_eq!(field.sums(), (1, 10_000));
    write_volume(&field.shard, 1, &[block(1, &delivered(1)), torn].concat());
    field.harvest();
    assert_eq!(field.sums(), (2, 20_000), "the first volume went on");
    write_volume(&field.shard, 3, &block(3, &delivered(3)));
    field.harvest();
    field.harvest();
    assert_eq!(field.sums(), (3, 30_000), "an empty volume in between is passed over");
}

#[test]
fn what_stands_behind_damage_is_taken() {
    let field = Field::new();
    let blocks: Vec<Vec<u8>> = (1..=3).map(|n| block(u64::from(n), &delivered(n))).collect();
    let mut octets = blocks.concat();
    octets[blocks[0].len() + 50] ^= 1;
    write_volume(&field.shard, 1, &octets);
    field.harvest();
    assert_eq!(field.sums(), (2, 20_000));
}

#[test]
fn a_block_larger_than_a_chunk_is_read_whole() {
    let field = Field::new();
    let many: Vec<Record> = (1..=2000).flat_map(delivered).collect();
    write_volume(&field.shard, 1, &[block(1, &many), block(2, &delivered(3000))].concat());
    field.harvest();
    assert_eq!(field.sums(), (2001, 20_010_000));
}

#[test]
fn who_is_behind_reads_more_at_once_and_less_again_when_there_is_little() {
    let field = Field::new();
    let octets = |numbers: std::ops::RangeInclusive<u64>| -> Vec<u8> {
        numbers.flat_map(|number| block(number, &[7; 64].map(refused))).collect()
    };
    let mut volume = octets(1..=400);
    write_volume(&field.shard, 1, &volume);
    let mut reader = ShardReader::new(field.shard.clone(), Cursor::default());
    let mut batches = || -> Vec<u64> {
        let read = || reader.read().unwrap().map(|read| read.batch.cursor.offset);
        std::iter::from_fn(read).collect()
    };
    let behind = batches();
    let steps: Vec<u64> = behind.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(steps.len() >= 2 && steps[1] > 3 * steps[0], "{steps:?}");
    volume.extend(octets(401..=440));
    write_volume(&field.shard, 1, &volume);
    let later = batches();
    assert!(later.len() > 1, "{} octets at once", later[0] - behind.last().unwrap());
}

/// A node puts away what no restart needs; control reads it there and deletes all but the newest.
#[test]
fn what_is_spent_is_harvested_and_then_deleted() {
    let field = Field::new();
    let spent = field.shard.join("spent");
    for number in 1..=4u8 {
        write_volume(&spent, number.into(), &block(number.into(), &delivered(number.into())));
    }
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&spent).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    write_volume(&field.shard, 5, &[]);
    field.harvest();
    assert_eq!(field.sums(), (4, 40_000));
    assert_eq!(names().len(), 2, "the one that was read last may go on; one before it is kept");
    write_volume(&field.shard, 5, &block(5, &delivered(5)));
    field.harvest();
    assert_eq!(field.sums(), (5, 50_000));
    assert_eq!(names(), ["vol-0000000004.sbj"]);
    write_volume(&field.shard, 6, &block(6, &delivered(6)));
    std::fs::rename(field.shard.join("vol-0000000005.sbj"), spent.join("vol-0000000005.sbj"))
        .unwrap();
    field.harvest();
    assert_eq!(field.sums(), (6, 60_000), "moved while it was read");
}

#[test]
fn a_journal_that_begins_again_is_harvested_again() {
    let field = Field::new();
    write_volume(&field.shard, 7, &block(1, &[delivered(1), vec![refused(1)]].concat()));
    field.harvest();
    std::fs::remove_dir_all(&field.shard).unwrap();
    write_volume(&field.shard, 1, &block(1, &[delivered(2), vec![refused(2)]].concat()));
    field.harvest();
    assert_eq!(field.sums(), (4, 20_000));
}

/// Every record of a life in a batch of its own, in every order, gives the same row.
#[test]
fn the_order_of_records_does_not_matter() {
    let mut world = World::story();
    let orders = permutations(5);
    for (counter, order) in (0..).zip(&orders) {
        let mut one = sms(1, "2222");
        one.id = MessageId::new(one.id.unix_ms(), 1, 0, counter);
        let id = one.id;
        let mut records = life(one, State::Delivered);
        records.push(Record::Taken(Taken { id, at_ns: 3, peer_id: b"B1".to_vec() }));
        records.push(Record::Ack(Ack { id, at_ns: 4, end: Default::default() }));
        for at in order {
            let mut batch = Batch::default();
            batch.handle(1, *at, records[*at].clone());
            world.store.take(&batch).unwrap();
        }
    }
    let db = world.store.place().reader().unwrap();
    let filter = cdr::Filter { limit: Some(1000), ..cdr::Filter::default() };
    let without_id = |line: String| {
        let mut record: serde_json::Value = serde_json::from_str(&line).unwrap();
        record["cdr_id"].take();
        record["message_id"].take();
        record["trace"].take();
        record
    };
    let records: Vec<_> = cdr::list(&db, &filter).unwrap().into_iter().map(without_id).collect();
    assert_eq!(records.len(), 120);
    records.iter().zip(&orders).for_each(|(one, order)| assert_eq!(*one, records[0], "{order:?}"));
    assert_eq!(records[0]["egress"]["peer_message_id"], "B1");
    assert_eq!(settle(&db, &january()).unwrap().due, "1.20 USD");
}

/// Two shards had it and three connections: one row, one charge, the last connection.
#[test]
fn an_sms_that_moved_is_one_record_in_whatever_order_it_is_read() {
    let mut world = World::story();
    let orders = permutations(5);
    for (counter, order) in (0..).zip(&orders) {
        let mut one = sms(1, "2222");
        one.id = MessageId::new(one.id.unix_ms(), 1, 0, counter);
        let id = one.id;
        let moved = |moves: u8| {
            let mut sms = one.clone();
            (0..moves).for_each(|_| sms.journey = sms.journey.onwards(1, 1));
            let connection = if moves == 2 { 1 } else { 99 };
            sms.target = Target::Connection { policy: 1, connection };
            Record::Moved(Box::new(Moved { at_ns: 2, sms }))
        };
        let mut records = life(one.clone(), State::Delivered);
        records.retain(|record| matches!(record, Record::Accept(_) | Record::Outcome(_)));
        records.extend([moved(1), moved(2), Record::Left(Left { id, at_ns: 3, moves: 1 })]);
        for at in order {
            let mut batch = Batch::default();
            batch.handle(1, *at, records[*at].clone());
            world.store.take(&batch).unwrap();
        }
    }
    let db = world.store.place().reader().unwrap();
    let filter = cdr::Filter { limit: Some(1000), ..cdr::Filter::default() };
    let lines = cdr::list(&db, &filter).unwrap();
    assert_eq!(lines.len(), 120);
    for (line, order) in lines.iter().zip(&orders) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let said = (record["connection"].as_str(), record["reroutes"].as_u64());
        assert_eq!(said, (Some("env2"), Some(2)), "{order:?}");
        assert_eq!(record["charge_micros"], 10_000, "{order:?}");
    }
    assert_eq!(settle(&db, &january()).unwrap().due, "1.20 USD");
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![Vec::new()], |shorter, next| {
        shorter
            .iter()
            .flat_map(|order: &Vec<usize>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, next);
                    longer
                })
            })
            .collect()
    })
}

fn january() -> Question {
    Question {
        carrier: "TATA".to_owned(),
        env: None,
        month: Some("2024-01".to_owned()),
        from: None,
        to: None,
        zone: None,
    }
}

#[test]
fn a_record_says_who_whom_how_and_what_it_cost() {
    let field = Field::new();
    let records = [life(sms(1, "1111"), State::Delivered), vec![refused(2)]].concat();
    write_volume(&field.shard, 1, &block(1, &records));
    field.harvest();
    let lines = field.records();
    let refusal: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(refusal["status"], "REJECTD");
    assert_eq!(
        (refusal["decision"].as_str(), refusal["charge_micros"].as_i64()),
        (Some("reject"), Some(0))
    );
    assert_eq!(
        lines[1],
        concat!(
            r#"{"cdr_id":"07DE8KE420800001","env":"env1","shard":0,"service":"Messaging","#,
            r#""ts_received":"2024-01-15T10:30:00.001000Z","#,
            r#""ts_accepted":"2024-01-15T10:30:00.001200Z","#,
            r#""ts_final":"2024-01-15T10:30:00.010200Z","#,
            r#""ingress":{"proto":"smpp","local":"127.0.0.2:2775","peer":"127.0.0.1:40112","#,
            r#""system_id":"tata","bind_id":"b-0001","sequence_number":1},"carrier":"TATA","#,
            r#""customer":"TATA","account_charged":"TATA","#,
            r#""cli":{"addr":"AsiaCell","ton":5,"npi":0},"#,
            r#""cld":{"addr":"1111","ton":1,"npi":1,"e164":"1111"},"#,
            r#""message_id":"07DE8KE420800001","data_coding":0,"chars":5,"octets":5,"parts":1,"#,
            r#""billing_units":1,"decision":"local","policy":null,"pattern":null,"#,
            r#""connection":null,"account":"1111","egress":{"proto":"sip","#,
            r#""peer":"127.0.0.1:5070","sip_status":200,"attempts":1},"status":"DELIVRD","#,
            r#""error":0,"tariff":"TATA-in","tariff_version":7,"prefix":"1","#,
            r#""price_micros":10000,"charge_micros":10000,"account_charge_micros":0,"#,
            r#""vendor":null,"vendor_cost_micros":0,"vendor_currency":null,"currency":"USD","#,
            r#""margin_micros":10000,"#,
            r#""node":"env1","receipt_taken":null,"trace":"07DE8KE420800001","reroutes":0}"#
        )
    );
}

#[test]
fn a_record_says_what_the_vendor_that_took_it_asks_for() {
    let taken = |id, at_ns| Record::Taken(Taken { id, at_ns, peer_id: b"B7".to_vec() });
    for (state, named, cost) in [
        (State::Delivered, true, 4_000),
        (State::Delivered, false, 4_000),
        (State::Undeliverable, true, 4_000),
        (State::Undeliverable, false, 0),
    ] {
        let field = Field::new();
        let mut records = life(sms(1, "2222"), state);
        for record in &mut records {
            if let Record::Attempt(attempt) = record {
                attempt.cost = Cost { tariff: 1, micros: 4_000 };
            }
        }
        if named {
            records.push(taken(sms(1, "2222").id, 9));
        }
        write_volume(&field.shard, 1, &block(1, &records));
        field.harvest();
        let record: serde_json::Value = serde_json::from_str(&field.records()[0]).unwrap();
        assert_eq!(record["vendor_cost_micros"], cost, "{state} {named}");
        assert_eq!(record["vendor_currency"].as_str(), (cost > 0).then_some("USD"));
        assert_eq!(record["charge_micros"], 10_000, "the price does not ask");
        assert_eq!(record["margin_micros"], 10_000 - cost);
    }
}

#[test]
fn a_record_says_if_a_copy_may_have_been_made() {
    for doubled in [false, true] {
        let field = Field::new();
        let mut records = delivered(1);
        for record in &mut records {
            if let Record::Outcome(outcome) = record {
                outcome.doubled = doubled;
            }
        }
        write_volume(&field.shard, 1, &block(1, &records));
        field.harvest();
        let said = field.records()[0].contains(r#""possible_duplicate":true"#);
        assert_eq!(said, doubled);
    }
}
