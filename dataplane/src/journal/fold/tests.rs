use std::time::Duration;

use crossbeam::channel::{Sender, unbounded};
use routing::journal::{ContactRow, Contacts, Record, base_name, volume_name};

use super::*;
use crate::clock;
use crate::journal::{Last, Read, Supply, Verdict, Writer, read};

const MIB: u64 = 1 << 20;

fn writer(journal: &Path, shard: u8, last: Last, finished: &Sender<Finished>) -> Writer {
    let (volume, supply) =
        Supply::start(journal, "test", shard, last, MIB, finished.clone()).unwrap();
    Writer::new(volume, supply, last, Duration::ZERO)
}

/// The contacts of an account, of some length.
fn contacts(at_ns: u64, account: u32) -> Vec<u8> {
    let row = ContactRow {
        uri: "x".repeat(50_000),
        local: "127.0.0.2:5060".parse().unwrap(),
        transport: routing::Transport::Udp,
        source: "127.0.0.1:40000".parse().unwrap(),
        call_id: String::new(),
        cseq: at_ns as u32,
        expires_ns: 1,
        q: 1000,
        instance: String::new(),
        reg_id: 0,
        path: String::new(),
        abilities: 0,
    };
    let mut octets = Vec::new();
    let rows = vec![row];
    Record::Contacts(Contacts { at_ns, environment: 1, account, rows, ..Default::default() })
        .encode(&mut octets);
    octets
}

/// Writes contacts of sixty accounts over and over, a commit each.
fn fill(writer: &mut Writer, shard: u8, rounds: std::ops::Range<u64>) {
    for at_ns in rounds {
        let account = (at_ns % 60) as u32 * 2 + u32::from(shard);
        writer.stage(at_ns, 1, &contacts(at_ns, account));
        while !writer.is_idle() {
            let Some(commit) = writer.poll_commit(clock::read()) else {
                std::thread::yield_now();
                continue;
            };
            let file = &commit.file;
            let written =
                std::os::unix::fs::FileExt::write_all_at(&**file, &commit.octets, commit.offset);
            let verdict = writer.handle_committed(commit.octets, written);
            assert_eq!(verdict, Verdict::Recorded(at_ns));
        }
    }
}

/// What a restart would know.
#[derive(Debug, Eq, PartialEq)]
struct Known {
    contacts: Vec<Contacts>,
    lasts: Vec<(u64, u64, u64)>,
    damage: u64,
}

fn known(journal: &Path) -> Known {
    let Read { lasts, recovered, damage, .. } = read(journal, "test", 2).unwrap();
    let contacts = recovered.into_iter().flat_map(|share| share.contacts).collect();
    let lasts = lasts.iter().map(|last| (last.volume, last.epoch, last.sequence)).collect();
    Known { contacts, lasts, damage }
}

fn folder(journal: &Path) -> Folder {
    let Read { finished, base, .. } = read(journal, "test", 2).unwrap();
    Folder::new(journal.to_owned(), "test".to_owned(), MIB, finished, base)
}

/// Folds all that can be; how many bases that took.
fn fold_all(journal: &Path) -> u64 {
    let mut folder = folder(journal);
    let (before, mut left) = (folder.base.number, u64::MAX);
    while folder.unfolded() > 0 && folder.unfolded() < left {
        left = folder.unfolded();
        folder.fold(1).unwrap();
    }
    folder.base.number - before
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn volumes(dir: &Path) -> usize {
    names(dir).iter().filter(|name| volume_number(name).is_some()).count()
}

/// Two shards write, the node restarts, they write on; all the while volumes are folded.
#[test]
fn what_is_folded_says_what_the_volumes_said() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path();
    let (finished, inbox) = unbounded();
    let mut before = 0;
    for start in 0..4u64 {
        let lasts = read(journal, "test", 2).unwrap().lasts;
        for shard in 0..2u8 {
            let mut writer = writer(journal, shard, lasts[usize::from(shard)], &finished);
            fill(&mut writer, shard, start * 100 + 1..start * 100 + 100);
        }
        let unfolded = known(journal);
        assert!(unfolded.damage == 0 && unfolded.lasts[0].2 > before);
        before = unfolded.lasts[0].2;
        folder(journal).fold(1).unwrap();
        assert_eq!(known(journal), unfolded, "start {start}");
    }
    assert!(inbox.try_iter().count() > 20);
    assert_eq!(names(journal)[..2], [base_name(3), base_name(4)], "two are kept");
    let shard = journal.join("shard-00");
    let (spent, live) = (volumes(&shard.join(SPENT)), volumes(&shard));
    assert!(spent >= 12 && live <= 8, "{spent} spent, {live} kept");
    // What is spent may go: no restart asks for it.
    let all = known(journal);
    fs::remove_dir_all(shard.join(SPENT)).unwrap();
    assert_eq!(known(journal), all);
}

/// The process dies between any two steps of a fold, or the newest base is damaged later.
#[test]
fn b09_a_fold_that_dies_or_is_damaged_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path();
    let (finished, _inbox) = unbounded();
    for rounds in [1..60, 60..120] {
        let lasts = read(journal, "test", 2).unwrap().lasts;
        fill(&mut writer(journal, 0, lasts[0], &finished), 0, rounds);
        folder(journal).fold(1).unwrap();
    }
    let whole = known(journal);
    // A base in the making.
    fs::write(journal.join("base.tmp"), b"SBBASE").unwrap();
    assert_eq!(known(journal), whole);
    // Named, and nothing given away yet.
    let shard = journal.join("shard-00");
    for name in names(&shard.join(SPENT)) {
        fs::rename(shard.join(SPENT).join(&name), shard.join(name)).unwrap();
    }
    assert_eq!(known(journal), whole);
    // Given away in part.
    fs::rename(shard.join(volume_name(1)), shard.join(SPENT).join(volume_name(1))).unwrap();
    assert_eq!(known(journal), whole);
    folder(journal).fold(1).unwrap();
    assert_eq!(known(journal), whole);
    // The newest base is damaged: the one before it has all its volumes still.
    let newest =
        journal.join(names(journal).iter().rfind(|name| name.starts_with("base-")).unwrap());
    let mut octets = fs::read(&newest).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(&newest, octets).unwrap();
    assert_eq!(known(journal), whole);
}

/// Damaged volumes stay where they are, for whoever repairs them.
#[test]
fn b06_damaged_volumes_are_not_folded() {
    let dir = tempfile::tempdir().unwrap();
    let (finished, _inbox) = unbounded();
    fill(&mut writer(dir.path(), 0, Last::default(), &finished), 0, 1..60);
    let first = dir.path().join("shard-00").join(volume_name(1));
    let mut octets = fs::read(&first).unwrap();
    octets[100_000] ^= 1;
    fs::write(&first, octets).unwrap();
    folder(dir.path()).fold(1).unwrap_err();
    assert!(first.exists() && !names(dir.path()).iter().any(|name| name.starts_with("base-")));
}

/// Volumes rest before they are folded, and fewer than eight are not worth it.
#[test]
fn what_has_rested_is_folded_when_it_is_worth_it() {
    let dir = tempfile::tempdir().unwrap();
    let (finished, inbox) = unbounded();
    let mut writer = writer(dir.path(), 0, Last::default(), &finished);
    let mut folder = folder(dir.path());
    let take = |folder: &mut Folder, at: Instant| {
        folder.resting.extend(inbox.try_iter().map(|volume| (at, volume)));
    };
    let start = clock::now();
    fill(&mut writer, 0, 1..60);
    take(&mut folder, start);
    folder.rest(start + REST);
    assert!(!folder.is_due(), "three volumes are read soon enough");
    fill(&mut writer, 0, 60..400);
    take(&mut folder, start + REST);
    folder.rest(start + REST);
    assert!(!folder.is_due(), "the others have not rested");
    folder.rest(start + 2 * REST);
    assert!(folder.is_due());
    while folder.is_due() {
        folder.fold(1).unwrap();
    }
    assert!(folder.unfolded() < FOLD_VOLUMES && dir.path().join(base_name(1)).exists());
}

/// A node that dies each second folds what it can in that time; the next life goes on from there.
#[test]
fn many_volumes_are_folded_a_few_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path();
    let (finished, _inbox) = unbounded();
    fill(&mut writer(journal, 0, Last::default(), &finished), 0, 1..600);
    let whole = known(journal);
    let (all, mut covered) = (folder(journal).unfolded(), 0);
    assert!(all > 2 * FOLD_VOLUMES, "{all}");
    for _ in 0..2 {
        let mut folder = folder(journal);
        let most = FOLD_VOLUMES.max(folder.base_len.div_ceil(MIB));
        folder.fold(1).unwrap();
        let now = folder.base.covers(0).volume;
        assert_eq!(now - covered, most);
        covered = now;
        assert_eq!(known(journal), whole);
    }
    fold_all(journal);
    assert_eq!((folder(journal).unfolded(), known(journal)), (0, whole));
}
