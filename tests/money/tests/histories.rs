//! Ledger = fold(journal) = sum(CDR) = invoice, over random days of a node and of control in
//! which both die at any place (promises.md 1.2, 4 G).

use std::collections::{BTreeMap, BTreeSet};

use control::cdr::{Filter, list};
use control::settle::{Question, settle};
use control::verify::{Question as From, verify};
use routing::journal::Record;
use routing::{ChargeOn, Number, PriceList, Rate, Refund, Sms, State, Tariff};
use tests::model::PRICE;
use tests::peers::Job;
use tests::scene::{bound, registered};
use tests::storm::live_on;
use tests::{Rng, Site, World};
use tests_money::{C1, Desk, Expected, TARIFF, TATA, Volumes, harvest_within_a_limit};

#[test]
fn g04_g06_ledger_journal_records_and_invoice_agree_though_everything_dies() {
    let (mut killed, mut due, mut back) = (0, 0, 0);
    for seed in 1..=DAYS {
        let mut rng = Rng::new(seed);
        let on = rng.pick(&[ChargeOn::Accepted, ChargeOn::Submitted, ChargeOn::Delivered]);
        let credit = rng.pick(&[None, Some(30 * PRICE), Some(1000 * PRICE)]);
        let refund = rng.pick(&[Refund::default(), Refund::after(Refund::ENDS)]);
        let (world, ..) = live_on(seed, |site| agreed(site, on, credit, refund));
        let desk = Desk::new(on);
        let volumes = told(&world, &desk, &mut rng, &mut killed);
        assert!(desk.harvest(None), "seed {seed}");
        let expected = Expected::of(world.nodes[0].records());
        for (name, carrier) in [("TATA", TATA), ("C1", C1)] {
            due += same(&desk, &expected, name, &expected.kept(carrier, on));
        }
        let mut charged = expected.charged(TATA, on);
        charged.extend(expected.charged(C1, on));
        back += rows(&desk, &expected, &charged);
        answers(&world, &expected, on, seed);
        if credit.is_some() {
            let of = |(id, (sms, end)): (&String, &(Box<Sms>, Option<State>))| {
                sms.credit_spent(*end, expected.taken.contains(id))
            };
            let all = expected.sms.iter().map(of);
            assert_eq!(volumes.spent(), all.sum::<i64>(), "seed {seed}: the bank");
        }
        let found =
            verify(&desk.db(), &[desk.node()], &From::default()).expect("the store can be read");
        assert_eq!(found.faults, [] as [String; 0], "seed {seed}");
    }
    assert!(
        killed > DAYS && due > 0 && back > 0,
        "killed {killed} times, {due} due, {back} given back: this shows nothing"
    );
}

/// With control dead for an hour each carrier spends what it has and no more, though the node
/// dies in between; when control comes back, nothing is forgotten and nothing doubled.
#[test]
fn g05_with_control_dead_for_an_hour_no_more_is_spent_and_nothing_is_forgotten() {
    let mut site = Site::standard();
    agreed(&mut site, ChargeOn::Accepted, Some(30 * PRICE), Refund::default());
    let mut world = World::of(7, [2, 1], site);
    world.run_ms(500);
    registered(&mut world, "1111");
    let esme = bound(&mut world, "tata", 2);
    let desk = Desk::new(ChargeOn::Accepted);
    for minute in 0..60 {
        let (tata, net) = world.esme(esme);
        tata.submit(net, Job::new("1111", &format!("minute {minute}")));
        world.run_ms(50_000);
        if minute == 20 {
            world.crash(0, 300);
        }
        world.run_ms(10_000);
    }
    let jobs = &world.esme(esme).0.jobs;
    assert_eq!(jobs.iter().filter(|job| job.id().is_some()).count(), 30);
    assert_eq!(jobs.iter().filter(|job| job.refused() == Some(NO_CREDIT)).count(), 30);
    let mut rng = Rng::new(7);
    let volumes = told(&world, &desk, &mut rng, &mut 0);
    assert!(desk.harvest(None) && desk.harvest(None), "twice");
    let expected = Expected::of(world.nodes[0].records());
    let charged = expected.charged(TATA, ChargeOn::Accepted);
    assert_eq!(same(&desk, &expected, "TATA", &charged), 30 * PRICE);
    assert_eq!(volumes.spent(), 30 * PRICE);
}

#[test]
#[ignore = "the process that the others kill"]
fn folds_in_a_process_of_its_own() {
    harvest_within_a_limit();
}

/// The site of a day, with the numbers that control gives, a credit for TATA, several prices, and
/// one that begins in the middle.
fn agreed(site: &mut Site, on: ChargeOn, credit: Option<i64>, refund: Refund) {
    let rate = |digits: &str, price_micros| Rate {
        prefix: Number::parse(digits.as_bytes()).map_or(0, Number::packed),
        price_micros,
    };
    let every = Rate { prefix: 0, price_micros: PRICE };
    let now = vec![every, rate("1112", 0), rate("222", 3 * PRICE + 1)];
    let then = PriceList::new(BEGIN_NS + 15_000_000_000, vec![every, rate("111", 2 * PRICE)]);
    // Where the limit is to be met exactly, all cost the same.
    let is_scarce = credit.is_some_and(|micros| micros < 1000 * PRICE);
    let (prices, lists) =
        if is_scarce { (vec![every], Vec::new()) } else { (now, vec![(then, 0)]) };
    let tariff = Tariff::new(TARIFF, "TATA-in", 1, "USD", prices);
    site.environment("env1").tariffs = vec![tariff.with_lists(lists)];
    for (system_id, id) in [("tata", TATA), ("c1", C1)] {
        let carrier = site.carrier_of(system_id);
        let before = std::mem::replace(&mut carrier.id, id);
        (carrier.tariff, carrier.charge_on) = (Some(TARIFF), on);
        carrier.contract.refund = refund;
        let secrets = site.carriers.iter_mut().filter(|(of, _)| *of == before);
        secrets.for_each(|(of, _)| *of = id);
    }
    site.carrier_of("tata").contract.credit_micros = credit;
    *site = site.clone().publish();
}

/// A day's records come to the disk of the node and from there to control, in portions, while
/// either is killed now and then.
fn told(world: &World, desk: &Desk, rng: &mut Rng, killed: &mut u64) -> Volumes {
    let disks = &world.nodes[0].disks;
    let mut volumes = Volumes::open(&desk.journal(), disks.len() as u8);
    let mut written = vec![0; disks.len()];
    let left = |written: &[usize]| -> Vec<usize> {
        let is_left = |shard: &usize| written[*shard] < disks[*shard].blocks();
        (0..disks.len()).filter(is_left).collect()
    };
    let mut shards = left(&written);
    while !shards.is_empty() {
        let shard = rng.pick(&shards);
        let first = written[shard];
        let last = (first + rng.of(1..16) as usize).min(disks[shard].blocks());
        let records: Vec<Record> = disks[shard].read_blocks(first..last).collect();
        if rng.permille(80) {
            let permille = rng.of(0..500) as usize;
            volumes = volumes.die(shard, &never_accepted(&records), permille);
        }
        volumes.write(shard, &records);
        written[shard] = last;
        if rng.permille(250) {
            let limit = rng.permille(800).then(|| rng.of(LIMITS));
            *killed += u64::from(!desk.harvest(limit));
        }
        shards = left(&written);
    }
    volumes
}

/// The same under ids that nobody was told: what of it came to the disk must be on no bill.
fn never_accepted(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    for record in &mut records {
        if let Record::Accept(sms) = record {
            sms.id = routing::MessageId::new(1, 250, 0, sms.id.to_string().len() as u32);
        }
    }
    records
}

/// Ledger, invoice and what is expected are one; says what is due.
fn same(desk: &Desk, expected: &Expected, name: &str, charged: &BTreeMap<String, i64>) -> i64 {
    let db = desk.db();
    let carrier = if name == "TATA" { TATA } else { C1 };
    // A charge and what is given back of it are two entries of one Sms.
    let sql = format!(
        "SELECT message_id, CAST(sum(amount_micros) AS BIGINT) FROM ledger
         WHERE carrier = {carrier} GROUP BY message_id HAVING count(*) = 1"
    );
    let ledger =
        db.all(&sql, &[], |row| Ok((row.get(0)?, row.get(1)?))).expect("the store can be read");
    let count = ledger.len();
    let ledger: BTreeMap<String, i64> = ledger.into_iter().collect();
    assert_eq!((&ledger, count), (charged, charged.len()), "the ledger of {name}");
    let asked = serde_json::json!({"carrier": name, "from": "2020-01-01", "to": "2050-01-01"});
    let asked: Question = serde_json::from_value(asked).expect("the question is well formed");
    let told = settle(&db, &asked).expect("the records agree with the ledger");
    let due: i64 = charged.values().sum();
    let lines: i64 = told.lines.iter().map(|line| line.charge_micros).sum();
    assert_eq!((told.total_micros, lines), (due, due), "the invoice of {name}");
    let ours = expected.sms.values().filter(|(sms, _)| sms.payer() == Some(carrier)).count();
    assert_eq!(told.messages_accepted, ours as i64, "what {name} got accepted");
    let of = |id: &String| i64::from(expected.sms[id].0.charge.units);
    assert_eq!(told.billing_units, charged.keys().map(of).sum::<i64>(), "the units of {name}");
    assert_eq!(
        settle(&db, &asked).expect("the records agree with the ledger"),
        told,
        "asked again"
    );
    due
}

/// There is one CDR for each Sms, and it says what was charged for it and whether it ended.
/// Says how many were given back.
fn rows(desk: &Desk, expected: &Expected, charged: &BTreeMap<String, i64>) -> usize {
    let mut back = 0;
    let filter = Filter { limit: Some(100_000), ..Filter::default() };
    let mut seen = BTreeSet::new();
    for line in list(&desk.db(), &filter).expect("the store can be read") {
        let line: serde_json::Value = serde_json::from_str(&line).expect("a CDR is JSON");
        let Some(id) = line["message_id"].as_str() else { continue };
        let (_, end) = &expected.sms[id];
        let charge = charged.get(id).copied();
        assert_eq!(line["charge_micros"], charge.unwrap_or(0), "{id}");
        let refund = charge.filter(|_| expected.is_given_back(id));
        assert_eq!(line["refund_micros"].as_i64(), refund, "{id}");
        back += usize::from(refund.is_some());
        assert_eq!(line["ts_final"].is_null(), end.is_none(), "{id}");
        assert!(seen.insert(id.to_owned()), "{id} has two");
    }
    assert!(seen.iter().eq(expected.sms.keys()), "each has one");
    back
}

/// Whoever was told that its Sms is ours, and durable, is charged for it, if that is when.
fn answers(world: &World, expected: &Expected, on: ChargeOn, seed: u64) {
    let charged = expected.charged(TATA, on);
    let tata = world.esmes().find(|esme| esme.system_id == "tata").expect("every day has TATA");
    for id in tata.jobs.iter().filter_map(|job| job.id()) {
        let Some((sms, _)) = expected.sms.get(id) else {
            // A crash may take what was answered at once.
            continue;
        };
        if on == ChargeOn::Accepted && sms.ack == routing::AckLevel::Durable {
            assert!(charged.contains_key(id), "seed {seed}: {id}");
        }
    }
}

/// Octets of a file behind which control is killed: in the journal of its store, or while that
/// is brought to its place.
const LIMITS: std::ops::Range<u64> = 33_000..160_000;

/// How many random days there are.
const DAYS: u64 = 10;

/// The first instant of the simulator's clock, Unix nanoseconds.
const BEGIN_NS: u64 = tests::net::UNIX_ZERO;

/// What the table of refusals says for a credit that is used up.
const NO_CREDIT: u32 = 0x45;
