use std::time::Duration;

use routing::Plan;
use routing::snapshot::freeze;

use super::*;

/// A folder with plans of these sizes in MiB, the last one current; each names these rows.
fn folder(plans: &[(u64, Option<u8>)]) -> (tempfile::TempDir, Publisher) {
    let folder = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(folder.path()).unwrap();
    for (generation, (size, rows)) in (1..).zip(plans) {
        let tables = rows.iter().map(|rows| RowsName([*rows; 32])).collect();
        let octets = freeze(&Plan { generation, tables, ..Plan::default() });
        publisher.stage(generation, &octets).unwrap().publish().unwrap();
        // Holes: nothing of it is written.
        let path = folder.path().join(file_name(generation));
        File::options().write(true).open(path).unwrap().set_len(size << 20).unwrap();
    }
    (folder, publisher)
}

/// A file of rows of this size in MiB, so many seconds old.
fn rows(folder: &Path, name: u8, size: u64, age_secs: u64) {
    let file = File::create(folder.join(RowsName([name; 32]).file_name())).unwrap();
    file.set_len(size << 20).unwrap();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age_secs);
    file.set_modified(at).unwrap();
}

fn kept(publisher: &Publisher) -> Vec<u64> {
    publisher.prune().unwrap();
    let mut generations = publisher.generations();
    generations.sort_unstable();
    generations
}

fn kept_rows(folder: &Path) -> Vec<u8> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let rows = names.filter_map(|name| RowsName::of_file(name.to_str()?));
    let mut rows: Vec<u8> = rows.map(|name| name.0[0]).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn of_small_plans_sixteen_stay() {
    let (_folder, publisher) = folder(&[(1, None); 20]);
    assert_eq!(kept(&publisher), (5..=20).collect::<Vec<u64>>());
}

#[test]
fn large_plans_stay_as_there_is_room_and_two_always() {
    let (_folder, publisher) = folder(&[1, 150, 150, 150, 150].map(|size| (size, None)));
    assert_eq!(kept(&publisher), [3, 4, 5], "after one that has no room comes none");
    let (_folder, publisher) = folder(&[1, 2, 900, 900].map(|size| (size, None)));
    assert_eq!(kept(&publisher), [3, 4]);
}

#[test]
fn what_is_current_stays() {
    let (folder, publisher) = folder(&[900, 900, 900].map(|size| (size, Some(1))));
    rows(folder.path(), 1, 900, 0);
    fs::write(folder.path().join("current"), file_name(1)).unwrap();
    assert_eq!(kept(&publisher), [1, 2, 3]);
    assert_eq!(kept_rows(folder.path()), [1]);
}

#[test]
fn rows_count_once_and_go_with_the_last_plan_that_names_them() {
    let plans = [(1, Some(1)), (1, Some(2)), (1, Some(2)), (1, Some(3)), (1, Some(3))];
    let (folder, publisher) = folder(&plans);
    for (name, age) in [(1, 50), (2, 40), (3, 30), (4, 20), (5, 10)] {
        rows(folder.path(), name, 200, age);
    }
    assert_eq!(kept(&publisher), [2, 3, 4, 5]);
    // The first two are named; of the others the latest have room.
    assert_eq!(kept_rows(folder.path()), [2, 3, 4, 5]);
}
