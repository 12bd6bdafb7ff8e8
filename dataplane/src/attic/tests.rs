use std::time::Duration;

use super::*;

/// What a place is, only a shard decides: these are its offsets.
fn keeper() -> Keeper {
    Keeper { file: tempfile::tempfile().unwrap(), checked: 0, failed: false }
}

fn id(bits: u128) -> MessageId {
    MessageId::from_bits(bits)
}

#[test]
fn what_was_written_is_read_and_what_was_not_is_told() {
    let mut keeper = keeper();
    for (number, offset) in [(1, 0), (2, 64), (3, 1 << 20)] {
        let octets = vec![number as u8; 64];
        let answer = keeper.carry_out(Order::Write { id: id(number), offset, octets });
        assert!(matches!(answer, Answer::Stowed { is_kept: true, .. }));
    }
    let Answer::Fetched { octets, .. } =
        keeper.carry_out(Order::Read { id: id(2), offset: 64, len: 64 })
    else {
        panic!("an answer to a read")
    };
    assert_eq!(octets, Some(vec![2; 64]));
    let beyond = keeper.carry_out(Order::Read { id: id(4), offset: 2 << 20, len: 64 });
    assert!(matches!(beyond, Answer::Fetched { octets: None, .. }));
    assert!(keeper.failed, "and the log says so");
}

#[test]
fn a_file_that_takes_nothing_is_told_of() {
    let file = File::options().read(true).write(true).open("/dev/full").unwrap();
    let mut keeper = Keeper { file, checked: u64::MAX, failed: false };
    let write = Order::Write { id: id(1), offset: 0, octets: vec![1] };
    assert!(matches!(keeper.carry_out(write), Answer::Stowed { is_kept: false, .. }));
}

#[test]
fn a_start_finds_it_empty_and_the_shard_is_woken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("attic");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("shard-00"), b"what another life left").unwrap();
    let bell = Arc::new(Bell::new().unwrap());
    let attic = Attic::open(dir.path(), ShardId(0), bell).unwrap();
    assert_eq!(std::fs::metadata(path.join("shard-00")).unwrap().len(), 0);
    attic.order(Order::Read { id: id(1), offset: 0, len: 1 });
    let answer = attic.answers.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(matches!(answer, Answer::Fetched { octets: None, .. }));
}
