use super::*;
use crate::journal::record::tests::all;
use crate::journal::{BlockHeader, Record, VolumeHeader, begin_block, seal_block};

fn header() -> VolumeHeader {
    VolumeHeader { node: "env1".into(), shard: 0, epoch: 3, number: 1, created_ns: 5 }
}

/// A volume of `count` blocks, the nth with its first n+1 records, and room behind them.
fn volume(count: u64) -> (Vec<u8>, Vec<usize>) {
    let (mut volume, mut block, mut starts) = (header().encode(), Vec::new(), Vec::new());
    for sequence in 0..count {
        begin_block(&mut block);
        let records = all().into_iter().take(sequence as usize + 1);
        let records = records.inspect(|record| record.encode(&mut block)).count() as u32;
        seal_block(&mut block, BlockHeader { records, epoch: 3, sequence, at_ns: 9 });
        starts.push(volume.len());
        volume.extend_from_slice(&block);
    }
    starts.push(volume.len());
    volume.resize(volume.len() + 4096, 0);
    (volume, starts)
}

fn sequences(volume: &[u8]) -> (Vec<u64>, Vec<Damage>, Tail) {
    let mut blocks = Blocks::new(volume, 0);
    let sequences = blocks.by_ref().map(|(_, block)| block.header.sequence).collect();
    (sequences, blocks.damage().to_vec(), blocks.tail())
}

#[test]
fn what_was_sealed_is_read() {
    let (volume, _) = volume(3);
    assert_eq!(VolumeHeader::decode(&volume), Ok(header()));
    let read: Vec<Record> = Blocks::new(&volume, 0)
        .flat_map(|(_, block)| block.records.map(Result::unwrap).collect::<Vec<_>>())
        .collect();
    let expected: Vec<Record> = (1..=3).flat_map(|n| all().into_iter().take(n)).collect();
    assert_eq!(read, expected);
    assert_eq!(sequences(&volume), (vec![0, 1, 2], vec![], Tail::Clean));
}

#[test]
fn b05_a_tail_cut_anywhere_keeps_all_before_it() {
    let (volume, starts) = volume(3);
    for cut in starts[2] + 1..starts[3] {
        let mut torn = volume[..cut].to_vec();
        torn.resize(volume.len(), 0);
        let (read, damage, tail) = sequences(&torn);
        let lost_nothing = volume[cut..starts[3]].iter().all(|octet| *octet == 0);
        assert!(lost_nothing || (read == [0, 1] && tail == Tail::Torn), "cut at {cut}");
        assert_eq!(damage, [], "cut at {cut}");
    }
}

#[test]
fn b06_damage_in_the_middle_is_isolated() {
    let (volume, starts) = volume(3);
    for at in starts[1]..starts[1] + 60 {
        let mut broken = volume.clone();
        broken[at] ^= 1;
        let lost = Damage { offset: starts[1], len: starts[2] - starts[1] };
        assert_eq!(sequences(&broken), (vec![0, 2], vec![lost], Tail::Clean), "octet {at}");
    }
}

#[test]
fn b06_a_changed_volume_header_is_refused() {
    let octets = header().encode();
    for at in 0..40 {
        let mut broken = octets.clone();
        broken[at] ^= 1;
        assert!(VolumeHeader::decode(&broken).is_err(), "octet {at}");
    }
}
