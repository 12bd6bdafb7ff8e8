use super::*;

#[test]
fn the_format_before_is_read_and_no_other() {
    let node = "env1".to_owned();
    let header = VolumeHeader { node, shard: 0, epoch: 3, number: 1, created_ns: 5 };
    for format in [OLDEST - 1, OLDEST, FORMAT, FORMAT + 1] {
        let mut octets = header.encode();
        octets[MAGIC.len()..][..4].copy_from_slice(&format.to_le_bytes());
        let found = match VolumeHeader::decode(&octets) {
            Err(VolumeError::Format { found }) => Some(found),
            // It may be read, but for the checksum, which the change has broken.
            Ok(_) | Err(VolumeError::Checksum) => None,
            Err(VolumeError::NotAVolume) => panic!("it is one"),
        };
        let is_read = (OLDEST..=FORMAT).contains(&format);
        assert_eq!(found, (!is_read).then_some(format));
    }
}
