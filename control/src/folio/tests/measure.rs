//! How fast records are harvested, closed, found, summed and verified. Not run by itself:
//!
//! ```console
//! $ SIGNALBOX_RECORDS=1000000 cargo test --release -p signalbox-control --lib measure -- \
//!       --ignored --nocapture
//! ```

use super::super::columnar::Columnar;
use super::*;
use crate::cdr;
use crate::clock::instant;
use crate::testing::block;
use crate::verify::{Question, verify};

#[test]
#[ignore = "takes a minute and a gigabyte"]
fn measure() {
    let wanted = std::env::var("SIGNALBOX_RECORDS").unwrap_or_else(|_| "100000".to_owned());
    let count: u32 = wanted.parse().unwrap();
    let mut desk = Desk::new();
    desk.keeping.wanted.formats = vec![Format::Parquet];
    let mut octets = Vec::new();
    for (sequence, first) in (1..=count).step_by(1000).enumerate() {
        let of = |at: u32| life(sms(at, &number(at)), State::Delivered);
        let entries: Vec<_> = (first..(first + 1000).min(count + 1)).flat_map(of).collect();
        octets.extend(block(sequence as u64 + 1, &entries));
    }
    told("journal", octets.len() as f64 / f64::from(count), "octets a record");
    desk.write(&octets);
    drop(octets);
    timed("harvest into the store", count, || desk.harvest());
    let mut steps = Vec::new();
    let begun = instant();
    desk.close_until(LATER_NS, &mut |step| {
        steps.push((step, begun.elapsed()));
        Ok(())
    })
    .unwrap();
    let total = begun.elapsed();
    let written = steps.iter().find(|(step, _)| *step == Step::Write).unwrap().1;
    told("gathering", f64::from(count) / written.as_secs_f64(), "records/s (first folio)");
    told("closing, all of it", f64::from(count) / total.as_secs_f64(), "records/s");
    let db = desk.db();
    let mut kept = Vec::new();
    timed("reading records of the store", count, || {
        for folio in crate::store::folios(&db, "").unwrap() {
            records(&db, folio.number, |record| {
                kept.push(record.values);
                Ok(())
            })
            .unwrap();
        }
    });
    timed("Parquet, from records in memory", count, || {
        let mut columnar = Columnar::begin(std::io::sink(), VERSION).unwrap();
        kept.iter().for_each(|record| columnar.add(record).unwrap());
        columnar.end().unwrap();
    });
    drop(kept);
    let begun = instant();
    for at in 0..100 {
        let number = Some(number(at * (count / 100) + 1));
        let found = cdr::list(&db, &cdr::Filter { number, ..Default::default() }).unwrap();
        assert!(!found.is_empty());
    }
    told("find by number", begun.elapsed().as_secs_f64() * 10_000.0, "us");
    let begun = instant();
    let sums = charged(&db, 1, (0, i64::MAX)).unwrap();
    assert_eq!(sums.iter().map(|sum| sum.messages).sum::<i64>(), i64::from(count));
    told("sum of all for a settlement", begun.elapsed().as_secs_f64() * 1e6, "us");
    timed("verify", count, || {
        let mut question = Question::default();
        loop {
            let found = verify(&db, std::slice::from_ref(&desk.node), &question).unwrap();
            assert_eq!(found.faults, [] as [String; 0]);
            question.from = found.next;
            if found.next.is_none() {
                break;
            }
        }
    });
}

/// One of some hundred thousand numbers.
fn number(at: u32) -> String {
    format!("1{:06}", at.wrapping_mul(2_654_435_761) % 999_983)
}

fn timed(what: &str, count: u32, work: impl FnOnce()) {
    let begun = instant();
    work();
    told(what, f64::from(count) / begun.elapsed().as_secs_f64(), "records/s");
}

#[expect(clippy::print_stdout, reason = "the figures of a measurement")]
fn told(what: &str, figure: f64, unit: &str) {
    println!("{what:<40}{figure:>14.0} {unit}");
}
