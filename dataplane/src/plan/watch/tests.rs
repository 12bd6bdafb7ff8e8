use std::fs;
use std::time::SystemTime;

use routing::snapshot::{file_name, freeze};
use routing::{Plan, Row, RowTable};

use super::*;

/// Publishes rows, the later ones of a higher number.
fn publish_rows(dir: &Path, number: u8, spoil: bool) -> RowsName {
    let name = RowsName([number; 32]);
    let rows = RowTable::build([(Row::parse(b"22%").unwrap(), 0)]);
    let mut octets = RowFile::freeze(name, &rows);
    octets[100] ^= u8::from(spoil);
    let path = dir.join(name.file_name());
    fs::write(&path, &octets).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number));
    fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    name
}

fn publish(dir: &Path, generation: u64, tables: Vec<RowsName>) {
    let plan = Plan { generation, tables, ..Plan::default() };
    fs::write(dir.join(file_name(generation)), freeze(&plan)).unwrap();
    fs::write(dir.join("current"), file_name(generation)).unwrap();
}

#[test]
fn rows_are_read_before_a_plan_names_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut watcher = Watcher {
        dir: dir.path().to_owned(),
        seal: Seal::new([7; 32]),
        generation: 0,
        held: Vec::new(),
        ahead: None,
        refused: Arc::default(),
        seen: None,
        taps: Taps::default(),
        credits: Credits::default(),
        tell: |_| true,
    };
    let first = publish_rows(dir.path(), 1, false);
    watcher.look_ahead();
    let second = publish_rows(dir.path(), 2, false);
    watcher.look_ahead();
    fs::remove_file(dir.path().join(second.file_name())).unwrap();
    publish(dir.path(), 1, vec![first, second]);
    let adopted = watcher.newer().unwrap().expect("the second was read before");
    assert_eq!(adopted.snapshot.tables().len(), 2);
    // What a plan holds is held by nobody else, what is gone by nobody.
    watcher.look_ahead();
    assert!(watcher.ahead.is_none());
    // What is not good is looked at once, and is refused with the plan.
    let third = publish_rows(dir.path(), 3, true);
    watcher.look_ahead();
    assert!(matches!(&watcher.ahead, Some((name, None)) if *name == third));
    publish(dir.path(), 2, vec![third]);
    assert!(matches!(watcher.newer(), Err(PlanError::Snapshot { .. })));
}
