use proptest::prelude::*;

use super::*;
use crate::{Command, Status};

fn octets(command_length: u32, actual: usize) -> Vec<u8> {
    let mut octets = vec![0; actual];
    octets[..4].copy_from_slice(&command_length.to_be_bytes());
    octets
}

#[test]
fn impossible_lengths_end_the_stream_at_four_octets() {
    for command_length in 0..16 {
        let error = FrameError::TooShort { command_length };
        assert_eq!(next(&octets(command_length, 4), PDU_MAX), Err(error));
    }
    for command_length in [70_001, 0x7FFF_FFFF, u32::MAX] {
        let error = FrameError::TooLong { command_length };
        assert_eq!(next(&octets(command_length, 4), PDU_MAX), Err(error));
    }
    assert!(next(&octets(70_000, 70_000), PDU_MAX).unwrap().is_some());
}

#[test]
fn a_pdu_is_cut_when_it_is_whole_and_not_before() {
    let mut stream = Vec::new();
    Header::put(Command::EnquireLink, Status::ROK, 7, &mut stream);
    stream.extend_from_slice(b"next");
    for partial in 0..16 {
        assert_eq!(next(&stream[..partial], PDU_MAX), Ok(None));
    }
    let frame = next(&stream, PDU_MAX).unwrap().unwrap();
    assert_eq!((frame.header.command, frame.header.sequence), (Command::EnquireLink, 7));
    assert_eq!((frame.len(), frame.body), (16, &b""[..]));
    assert_eq!(frame.header.to_string(), "enquire_link #7 len 16");
}

proptest! {
    #[test]
    fn a_header_reads_as_it_was_written(words in any::<[u32; 4]>()) {
        let header = Header {
            command_length: words[0],
            command: Command::decode(words[1]),
            status: Status(words[2]),
            sequence: words[3],
        };
        prop_assert_eq!(Header::decode(&header.encode()), header);
    }

    #[test]
    fn any_octets_are_cut_within_bounds(stream in proptest::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(Some(frame)) = next(&stream, 64) {
            prop_assert!((16..=64).contains(&frame.len()) && frame.len() <= stream.len());
        }
    }
}
