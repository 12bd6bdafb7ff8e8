use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use crossbeam::channel::{Receiver, unbounded};
use routing::snapshot::{RowFile, RowsName, Snapshot, SnapshotError, file_name, freeze};
use routing::{BindKind, Connection, Environment, Plan, Row, RowTable};
use shard::Adopted;

use super::{News, PlanError, Seal, SealError, load, newest, watch};

const KEY: [u8; 32] = [7; 32];

fn sealed(secret: &[u8], key: [u8; 32]) -> Vec<u8> {
    let nonce = [9; 24];
    let payload = Payload { msg: secret, aad: b"signalbox" };
    let cipher = XChaCha20Poly1305::new(&key.into());
    let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload).unwrap();
    [&nonce[..], &ciphertext].concat()
}

fn connection(id: u32, password: Vec<u8>) -> Connection {
    Connection {
        id,
        name: format!("env{id}"),
        remote: "127.0.0.3:2775".parse().unwrap(),
        local: None,
        system_id: "env1".to_owned(),
        password,
        system_type: String::new(),
        bind: BindKind::Transceiver,
        window: 10,
        tps: 0,
        count_hops: true,
        enabled: true,
        manner: Default::default(),
        protocol: Default::default(),
    }
}

fn plan(generation: u64) -> Plan {
    let connections =
        vec![connection(1, sealed(b"secret", KEY)), connection(2, sealed(b"other", [8; 32]))];
    let environment = Environment { connections, ..Environment::default() }.index();
    Plan { generation, environments: vec![environment], ..Plan::default() }
}

/// Publishes as control does.
fn publish(dir: &Path, generation: u64, spoil: impl Fn(&mut Vec<u8>)) {
    let mut octets = freeze(&plan(generation));
    spoil(&mut octets);
    replace_plan(dir, generation, &octets);
}

fn replace_plan(dir: &Path, generation: u64, octets: &[u8]) {
    replace(dir, &file_name(generation), octets);
    replace(dir, "current", format!("{}\n", file_name(generation)).as_bytes());
}

fn replace(dir: &Path, name: &str, octets: &[u8]) {
    fs::write(dir.join("aside"), octets).unwrap();
    fs::rename(dir.join("aside"), dir.join(name)).unwrap();
}

fn watched(dir: &Path) -> (Receiver<Adopted>, Arc<AtomicU64>) {
    let (sender, adopted) = unbounded();
    let refused = Arc::new(AtomicU64::new(0));
    let adopt = move |news| match news {
        News::Plan(adopted) => sender.send(adopted).is_ok(),
        News::Taps(_) | News::Paid(_) => true,
    };
    watch(dir.to_owned(), Seal::new(KEY), None, Arc::clone(&refused), adopt).unwrap();
    (adopted, refused)
}

fn generation(adopted: &Receiver<Adopted>) -> u64 {
    let adopted = adopted.recv_timeout(Duration::from_secs(5)).expect("a plan");
    adopted.snapshot.generation()
}

#[test]
fn taps_are_told_when_they_change_and_those_not_understood_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, told) = unbounded();
    let tell = move |news| match news {
        News::Plan(_) | News::Paid(_) => true,
        News::Taps(taps) => sender.send(taps).is_ok(),
    };
    watch(dir.path().to_owned(), Seal::new(KEY), None, Arc::default(), tell).unwrap();
    let next = || -> Vec<u64> {
        let taps = told.recv_timeout(Duration::from_secs(5)).expect("taps");
        taps.into_iter().map(|tap| tap.number).collect()
    };
    assert!(next().is_empty());
    for (text, numbers) in [
        ("number=1 until_ns=9\nnumber=2 until_ns=9\n", vec![1, 2]),
        ("number=1 until_ns=9\nnumber=two\n", vec![]),
        ("number=3 until_ns=9\n", vec![3]),
    ] {
        replace(dir.path(), "taps", text.as_bytes());
        assert_eq!(next(), numbers);
    }
}

#[test]
fn what_was_paid_is_told_when_it_changes_and_stands_if_it_cannot_be_understood() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, told) = unbounded();
    let tell = move |news| match news {
        News::Plan(_) | News::Taps(_) => true,
        News::Paid(paid) => sender.send(paid).is_ok(),
    };
    watch(dir.path().to_owned(), Seal::new(KEY), None, Arc::default(), tell).unwrap();
    let next = || -> Vec<i64> {
        let paid = told.recv_timeout(Duration::from_secs(5)).expect("what was paid");
        paid.into_iter().map(|one| one.micros).collect()
    };
    assert!(next().is_empty(), "said at the start, too");
    replace(dir.path(), "credits", b"1 7 5\n");
    assert_eq!(next(), [5]);
    replace(dir.path(), "credits", b"1 7 fi\n");
    replace(dir.path(), "credits", b"1 7 8\n1 9 -1\n");
    assert_eq!(next(), [8, -1]);
}

#[test]
fn a_new_plan_is_adopted_and_unsealed() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), 1, |_| {});
    let (adoptions, refused) = watched(dir.path());
    let adopted = adoptions.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(adopted.snapshot.generation(), 1);
    // The other one is sealed with another key.
    let secrets: Vec<_> = adopted.secrets.connections.iter().collect();
    assert_eq!(secrets, [(&1, &b"secret".to_vec())]);
    publish(dir.path(), 2, |_| {});
    assert_eq!(generation(&adoptions), 2);
    // Lower ones are not for us, whatever `current` says.
    publish(dir.path(), 1, |_| {});
    publish(dir.path(), 7, |_| {});
    assert_eq!(generation(&adoptions), 7);
    assert_eq!(refused.load(Ordering::Relaxed), 0);
}

#[test]
fn c07_no_shard_is_the_last_to_let_go_of_a_plan() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), 1, |_| {});
    let (adoptions, _) = watched(dir.path());
    let first = adoptions.recv_timeout(Duration::from_secs(5)).unwrap().snapshot;
    publish(dir.path(), 2, |_| {});
    let second = adoptions.recv_timeout(Duration::from_secs(5)).unwrap().snapshot;
    // The watcher holds what is adopted, also when another plan came.
    assert!(first.is_shared() && second.is_shared());
}

#[test]
fn c03_a_flipped_snapshot_is_refused_once_and_the_next_good_one_adopted() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), 1, |_| {});
    let (adoptions, refused) = watched(dir.path());
    assert_eq!(generation(&adoptions), 1);
    publish(dir.path(), 2, |octets| {
        let middle = octets.len() / 2;
        octets[middle] ^= 0x10;
    });
    // Longer than two rounds of polling: it is refused once, not every time it is seen.
    assert!(adoptions.recv_timeout(Duration::from_millis(1300)).is_err());
    assert_eq!(refused.load(Ordering::Relaxed), 1);
    publish(dir.path(), 3, |_| {});
    assert_eq!(generation(&adoptions), 3);
    assert_eq!(refused.load(Ordering::Relaxed), 1);
}

#[test]
fn rows_are_read_once_for_all_plans_that_name_them() {
    let dir = tempfile::tempdir().unwrap();
    let names = [RowsName([1; 32]), RowsName([2; 32])];
    let publish = |generation, tables: &[RowsName]| {
        let plan = Plan { tables: tables.to_vec(), ..plan(generation) };
        replace_plan(dir.path(), generation, &freeze(&plan));
    };
    let rows = |name: RowsName| {
        let row = (Row::parse(b"22%").unwrap(), 0);
        // More than what one thread reads.
        let many = (0..1_000_000).map(|n| (Row::Prefix(format!("44{n:07}").parse().unwrap()), 0));
        let rows = RowTable::build(many.chain([row]));
        replace(dir.path(), &name.file_name(), &RowFile::freeze(name, &rows));
    };
    rows(names[0]);
    publish(1, &names[..1]);
    let (adoptions, refused) = watched(dir.path());
    let first = adoptions.recv_timeout(Duration::from_secs(5)).unwrap().snapshot;
    fs::remove_file(dir.path().join(names[0].file_name())).unwrap();
    publish(2, &names[..1]);
    let second = adoptions.recv_timeout(Duration::from_secs(5)).unwrap().snapshot;
    assert_eq!(second.generation(), 2);
    let octets = |plan: &Snapshot| plan.tables()[0].octets().as_ptr();
    assert_eq!(octets(&first), octets(&second), "both look at the same memory");
    publish(3, &names);
    assert!(adoptions.recv_timeout(Duration::from_millis(1300)).is_err(), "one is not there");
    assert_eq!(refused.load(Ordering::Relaxed), 1);
    rows(names[1]);
    assert_eq!(generation(&adoptions), 3, "it is adopted as soon as its rows are there");
    // A start has no rows in memory.
    let (snapshot, refused) = newest(dir.path());
    assert!(snapshot.is_none());
    assert!(
        matches!(&refused[0], PlanError::Io { path, .. } if path.ends_with(names[0].file_name()))
    );
}

#[test]
fn a_directory_that_appears_later_is_watched() {
    let dir = tempfile::tempdir().unwrap();
    let plans = dir.path().join("plan");
    let (adoptions, _) = watched(&plans);
    fs::create_dir(&plans).unwrap();
    publish(&plans, 4, |_| {});
    assert_eq!(generation(&adoptions), 4);
}

#[test]
fn a_start_takes_the_newest_good_plan() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(newest(dir.path()), (None, refused) if refused.is_empty()));
    publish(dir.path(), 9, |_| {});
    publish(dir.path(), 10, |_| {});
    publish(dir.path(), 11, |octets| octets.truncate(100));
    let (snapshot, refused) = newest(dir.path());
    assert_eq!(snapshot.unwrap().generation(), 10);
    assert!(matches!(
        &refused[..],
        [PlanError::Snapshot { source: SnapshotError::Length { .. }, .. }]
    ));
    // What lies beyond `current` was taken back by control.
    replace(dir.path(), "current", file_name(9).as_bytes());
    assert_eq!(newest(dir.path()).0.unwrap().generation(), 9);
}

#[test]
fn names_must_be_names_of_snapshots() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), 1, |_| {});
    replace(dir.path(), "current", b"../../etc/passwd");
    let (snapshot, refused) = newest(dir.path());
    assert_eq!(snapshot.unwrap().generation(), 1);
    assert!(matches!(&refused[..], [PlanError::Name { .. }]));
    fs::rename(dir.path().join(file_name(1)), dir.path().join(file_name(2))).unwrap();
    let misnamed = load(dir.path(), &file_name(2), &[]);
    assert!(matches!(misnamed, Err(PlanError::Generation { found: 1, .. })));
    fs::write(dir.path().join(file_name(3)), b"").unwrap();
    assert!(load(dir.path(), &file_name(3), &[]).is_err());
}

#[test]
fn a_key_file_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("seal.key");
    fs::write(&path, hex::encode(KEY) + "\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Seal::read(&path), Err(SealError::Mode { mode: 0o640, .. })));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(Seal::read(&path).unwrap().key(), KEY);
    fs::write(&path, "not a key").unwrap();
    assert!(matches!(Seal::read(&path), Err(SealError::Content { .. })));
    assert!(matches!(Seal::read(Path::new("/nonexistent")), Err(SealError::Io { .. })));
}
