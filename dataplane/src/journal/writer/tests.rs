use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use routing::MessageId;
use routing::journal::{Ack, Blocks, Contacts, Record, VOLUME_HEADER_LEN, VolumeHeader};

use super::{PATIENCE, Verdict, Writer};
use crate::clock;
use crossbeam::channel::unbounded;

use crate::journal::{Last, Read, ReadError, Supply, judge, read};

const MIB: u64 = 1 << 20;

fn open(journal: &Path, last: Last, interval: Duration) -> Writer {
    let (volume, supply) = Supply::start(journal, "test", 0, last, MIB, unbounded().0).unwrap();
    Writer::new(volume, supply, last, interval)
}

fn ack(number: u64) -> Vec<u8> {
    let mut octets = Vec::new();
    let id = MessageId::from_bits(number.into());
    Record::Ack(Ack { id, at_ns: number, end: Default::default() }).encode(&mut octets);
    octets
}

/// A record of about `len` octets about one account.
fn contacts(account: u32, len: usize) -> Vec<u8> {
    let row = routing::journal::ContactRow {
        uri: "x".repeat(len),
        local: "127.0.0.2:5060".parse().unwrap(),
        transport: routing::Transport::Udp,
        source: "127.0.0.1:40000".parse().unwrap(),
        call_id: String::new(),
        cseq: 1,
        expires_ns: 1,
        q: 1000,
        instance: String::new(),
        reg_id: 0,
        path: Default::default(),
        abilities: 0,
    };
    let mut octets = Vec::new();
    let rows = vec![row];
    Record::Contacts(Contacts { at_ns: 1, environment: 1, account, rows, ..Default::default() })
        .encode(&mut octets);
    octets
}

/// Commits until nothing waits, as a body would; tells up to where it is safe.
fn commit_all(writer: &mut Writer) -> u64 {
    let mut safe = 0;
    while !writer.is_idle() {
        let Some(commit) = writer.poll_commit(clock::read()) else {
            std::thread::yield_now();
            continue;
        };
        let written = commit.file.write_all_at(&commit.octets, commit.offset);
        match writer.handle_committed(commit.octets, written) {
            Verdict::Recorded(upto) => safe = upto,
            Verdict::Voiding | Verdict::NotRecorded => panic!("the disk is sound"),
        }
    }
    safe
}

fn read_all(journal: &Path) -> Read {
    read(journal, "test", 1).unwrap()
}

#[test]
fn what_was_written_is_read_across_volumes_and_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut last = Last::default();
    let mut account = 0;
    for start in 1..=3 {
        let mut writer = open(dir.path(), last, Duration::ZERO);
        for upto in 1..=30 {
            account += 1;
            // Some 100 KiB each: a volume of 1 MiB holds ten.
            writer.stage(upto, 1, &contacts(account, 100_000));
            assert_eq!(commit_all(&mut writer), upto);
        }
        assert_eq!(writer.commits(), 30);
        drop(writer);
        let found = read_all(dir.path());
        assert_eq!((found.blocks, found.damage), (30 * start, 0));
        last = found.lasts[0];
        assert_eq!((last.epoch, last.sequence), (start, 30 * start));
        assert_eq!(found.recovered[0].contacts.len(), account as usize);
    }
}

#[test]
fn one_commit_flies_while_the_next_gathers() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    writer.stage(1, 1, &ack(1));
    let first = writer.poll_commit(clock::read()).unwrap();
    for number in 2..=100 {
        writer.stage(number, 1, &ack(number));
        assert!(writer.poll_commit(clock::read()).is_none());
    }
    assert_eq!(writer.poll_timeout(clock::now()), None);
    assert_eq!(writer.handle_committed(first.octets, Ok(())), Verdict::Recorded(1));
    let second = writer.poll_commit(clock::read()).unwrap();
    assert_eq!(second.offset % 8, 0);
    assert_eq!(writer.handle_committed(second.octets, Ok(())), Verdict::Recorded(100));
    assert!(writer.is_idle());
}

#[test]
fn commits_keep_their_distance() {
    let dir = tempfile::tempdir().unwrap();
    let interval = Duration::from_millis(5);
    let mut writer = open(dir.path(), Last::default(), interval);
    let mut at = clock::read();
    writer.stage(1, 1, &ack(1));
    let commit = writer.poll_commit(at).unwrap();
    writer.handle_committed(commit.octets, Ok(()));
    writer.stage(2, 1, &ack(2));
    assert!(writer.poll_commit(at).is_none());
    assert_eq!(writer.poll_timeout(at.now), Some(at.now + interval));
    at.now += interval;
    assert!(writer.poll_commit(at).is_some());
}

#[test]
fn contacts_wait_a_moment_for_others_and_an_sms_for_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    let mut at = clock::read();
    let commit = |writer: &mut Writer, at| {
        let commit = writer.poll_commit(at)?;
        Some(writer.handle_committed(commit.octets, Ok(())))
    };
    // Nothing was committed of late: there is nobody to wait for.
    writer.stage_patient(1, 1, &contacts(1, 10));
    assert_eq!(commit(&mut writer, at), Some(Verdict::Recorded(1)));
    writer.stage_patient(2, 1, &contacts(2, 10));
    assert_eq!(commit(&mut writer, at), None);
    assert_eq!(writer.poll_timeout(at.now), Some(at.now + PATIENCE));
    // An Sms takes them along.
    writer.stage(3, 1, &ack(3));
    writer.stage_patient(4, 1, &contacts(4, 10));
    assert_eq!(writer.poll_timeout(at.now), Some(at.now));
    assert_eq!(commit(&mut writer, at), Some(Verdict::Recorded(4)));
    // And who finds no Sms goes alone in the end.
    writer.stage_patient(5, 1, &contacts(5, 10));
    assert_eq!(commit(&mut writer, at), None);
    at.now += PATIENCE;
    assert_eq!(commit(&mut writer, at), Some(Verdict::Recorded(5)));
    assert!(writer.is_idle());
}

#[test]
fn what_exceeds_a_block_is_split_between_records() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    let (mut octets, count) = (Vec::new(), 50);
    (1..=count).for_each(|account| octets.extend(contacts(account, 100_000)));
    writer.stage(u64::from(count), count, &octets);
    assert_eq!(commit_all(&mut writer), u64::from(count));
    let found = read_all(dir.path());
    assert_eq!(found.recovered[0].contacts.len(), count as usize);
    assert!(found.blocks >= 20);
}

/// The shard hears of it while there is a whole volume left for what is begun.
#[test]
fn b01_a_volume_that_cannot_be_made_is_told_and_so_is_one_that_can() {
    let dir = tempfile::tempdir().unwrap();
    // Nothing can be written where the next volume is made.
    let aside = dir.path().join("shard-00/next.tmp");
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    let told = |writer: &mut Writer| {
        loop {
            match writer.poll_scarce() {
                Some(is_scarce) => return is_scarce,
                None => std::thread::yield_now(),
            }
        }
    };
    for (account, contacts) in (1..).map(|account| (account, contacts(account, 100_000))).take(12) {
        writer.stage(account.into(), 1, &contacts);
        commit_all(&mut writer);
        if account == 4 {
            while !dir.path().join("shard-00/vol-0000000002.sbj").exists() {
                std::thread::yield_now();
            }
            fs::create_dir(&aside).unwrap();
        }
    }
    assert!(told(&mut writer));
    writer.stage(13, 1, &contacts(13, 100_000));
    assert_eq!(commit_all(&mut writer), 13, "there is room in the volume that was ready");
    fs::remove_dir(&aside).unwrap();
    assert!(!told(&mut writer));
}

/// The block of the commit that failed was written, and is not read by a restart.
#[test]
fn b02_a_failed_commit_is_the_last_and_void() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    writer.stage(1, 1, &ack(1));
    commit_all(&mut writer);
    writer.stage(2, 1, &ack(2));
    let commit = writer.poll_commit(clock::read()).unwrap();
    commit.file.write_all_at(&commit.octets, commit.offset).unwrap();
    writer.stage(3, 1, &ack(3));
    let error = io::Error::from_raw_os_error(libc::EIO);
    assert_eq!(writer.handle_committed(commit.octets, Err(error)), Verdict::Voiding);
    assert_eq!(read_all(dir.path()).lasts[0].sequence, 2, "it stands on disk");
    let void = writer.poll_commit(clock::read()).unwrap();
    assert!(writer.poll_commit(clock::read()).is_none());
    void.file.write_all_at(&void.octets, void.offset).unwrap();
    writer.stage(4, 1, &ack(4));
    assert!(!writer.poll_failed(), "the shard is told when it is void");
    assert_eq!(writer.handle_committed(void.octets, Ok(())), Verdict::NotRecorded);
    let read = read_all(dir.path());
    assert_eq!((read.lasts[0].sequence, read.damage), (1, 0));
    assert!(!writer.poll_failed(), "the shard has just been told");
    writer.stage(5, 1, &ack(5));
    assert!(writer.poll_failed(), "but not about what came later");
    assert!(!writer.poll_failed());
    assert!(writer.poll_commit(clock::read()).is_none());
    assert!(writer.is_idle());
    assert_eq!(writer.poll_timeout(clock::now()), None);
}

/// A start that dies early must not become the end from which the next one counts its doubts.
#[test]
fn the_end_of_a_life_is_noted_until_what_it_left_in_doubt_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("ended");
    let restart = || {
        let Read { lasts, untold, .. } = read_all(dir.path());
        let noted = fs::read_to_string(&note).ok().map(|text| text.trim().to_owned());
        (open(dir.path(), lasts[0], Duration::ZERO).telling(untold), noted)
    };
    let (mut writer, noted) = restart();
    assert_eq!(noted, None, "it has not lived before");
    writer.all_is_told();
    writer.stage(1, 1, &ack(1000));
    commit_all(&mut writer);
    let (mut writer, noted) = restart();
    assert_eq!(noted.as_deref(), Some("1000"));
    writer.stage(1, 1, &ack(2000));
    commit_all(&mut writer);
    let (mut writer, noted) = restart();
    assert_eq!(noted.as_deref(), Some("1000"), "the start that died told nothing");
    writer.stage(1, 1, &ack(3000));
    writer.all_is_told();
    assert!(note.exists(), "it is not durable");
    let commit = writer.poll_commit(clock::read()).unwrap();
    let error = io::Error::from_raw_os_error(libc::EIO);
    assert_eq!(writer.handle_committed(commit.octets, Err(error)), Verdict::Voiding);
    let (mut writer, noted) = restart();
    assert_eq!(noted.as_deref(), Some("1000"), "nor did one whose disk failed");
    writer.stage(1, 1, &ack(4000));
    writer.all_is_told();
    commit_all(&mut writer);
    assert!(!note.exists());
    let (mut writer, noted) = restart();
    assert_eq!(noted.as_deref(), Some("4000"));
    writer.all_is_told();
    assert!(!note.exists(), "nothing had to be told");
}

#[test]
fn b08_a_volume_that_was_deleted_takes_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    writer.stage(1, 1, &ack(1));
    commit_all(&mut writer);
    writer.look_after();
    assert!(!writer.poll_failed());
    writer.stage(2, 1, &ack(2));
    let commit = writer.poll_commit(clock::read()).unwrap();
    fs::remove_dir_all(dir.path()).unwrap();
    writer.look_after();
    assert!(writer.poll_failed());
    assert_eq!(writer.handle_committed(commit.octets, Ok(())), Verdict::NotRecorded);
    writer.look_after();
    assert!(!writer.poll_failed(), "told once");
}

#[test]
fn b05_a_torn_tail_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    for number in 1..=10 {
        writer.stage(number, 1, &contacts(number as u32, 1000));
        commit_all(&mut writer);
    }
    drop(writer);
    let path = dir.path().join("shard-00/vol-0000000001.sbj");
    let octets = fs::read(&path).unwrap();
    let ends: Vec<usize> = Blocks::new(&octets, 0).map(|(at, block)| at + block.len).collect();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    // Cut the last block at every place that is worth one.
    for cut in (ends[8] + 8..ends[9] - 8).step_by(97) {
        file.write_all_at(&octets[ends[8]..ends[9]], ends[8] as u64).unwrap();
        file.write_all_at(&vec![0; ends[9] - cut], cut as u64).unwrap();
        let found = read_all(dir.path());
        assert_eq!((found.blocks, found.damage), (9, 0), "cut at {cut}");
        assert_eq!(found.lasts[0].sequence, 9);
    }
}

#[test]
fn b06_damage_in_the_middle_is_counted_and_the_rest_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    for number in 1..=10 {
        writer.stage(number, 1, &contacts(number as u32, 1000));
        commit_all(&mut writer);
    }
    drop(writer);
    let path = dir.path().join("shard-00/vol-0000000001.sbj");
    let mut octets = fs::read(&path).unwrap();
    octets[VOLUME_HEADER_LEN + 1500] ^= 1;
    fs::write(&path, octets).unwrap();
    let found = read_all(dir.path());
    assert_eq!(found.blocks, 9);
    assert!(found.damage >= 1);
    assert_eq!(found.lasts[0].sequence, 10);
    assert_eq!(found.recovered[0].contacts.len(), 9);
}

#[test]
fn a_volume_that_was_never_written_is_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    writer.stage(1, 1, &ack(1));
    commit_all(&mut writer);
    // The volume ahead is ready when the maker offers it.
    while writer.supply.poll().is_none() {
        std::thread::yield_now();
    }
    drop(writer);
    let ahead = dir.path().join("shard-00/vol-0000000002.sbj");
    while !ahead.exists() {
        std::thread::yield_now();
    }
    let last = read_all(dir.path()).lasts[0];
    let (unused, len) = last.unused.unwrap();
    assert!(unused >= 2);
    assert_eq!(len, MIB);
    let (volume, _supply) = Supply::start(dir.path(), "test", 0, last, MIB, unbounded().0).unwrap();
    assert_eq!(volume.number, unused);
    let name = dir.path().join(format!("shard-00/vol-{unused:010}.sbj"));
    let header = VolumeHeader::decode(&fs::read(name).unwrap()).unwrap();
    assert_eq!((header.epoch, header.number), (2, unused));
}

#[test]
fn flights_find_their_home_among_fewer_shards() {
    let dir = tempfile::tempdir().unwrap();
    for shard in 0..4u8 {
        let last = Last::default();
        let (volume, supply) =
            Supply::start(dir.path(), "test", shard, last, MIB, unbounded().0).unwrap();
        let mut writer = Writer::new(volume, supply, last, Duration::ZERO);
        writer.stage(1, 1, &contacts(u32::from(shard), 10));
        commit_all(&mut writer);
    }
    let found = read(dir.path(), "test", 3).unwrap();
    let homes: Vec<Vec<u32>> = found
        .recovered
        .iter()
        .map(|share| share.contacts.iter().map(|known| known.account).collect())
        .collect();
    assert_eq!(homes, [vec![0, 3], vec![1], vec![2]]);
    assert_eq!(found.lasts.len(), 3);
}

#[test]
fn a07_a_journal_of_another_version_is_refused_before_anybody_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(dir.path(), Last::default(), Duration::ZERO);
    writer.stage(1, 1, &ack(1));
    commit_all(&mut writer);
    drop(writer);
    assert!(judge(dir.path()).is_ok());
    let path = dir.path().join("shard-00/vol-0000000001.sbj");
    let mut octets = fs::read(&path).unwrap();
    // The format stands behind eight octets of magic.
    octets[8] ^= 0x40;
    fs::write(&path, &octets).unwrap();
    let error = judge(dir.path()).unwrap_err();
    assert!(matches!(error, ReadError::Format { .. }));
    assert!(error.to_string().ends_with("start the version that wrote it"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), octets, "and is left as it is");
}
