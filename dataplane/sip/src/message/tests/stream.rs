//! Messages on a stream: cut right however the octets arrive, and never wrongly.

use super::message;
use crate::{Cut, FrameError, Framer, MESSAGE_MAX};

/// Everything that stands in a stream, fed in pieces of `step` octets.
fn cuts(octets: &[u8], step: usize) -> Result<Vec<Cut>, FrameError> {
    let (mut framer, mut found, mut start, mut end) = (Framer::default(), Vec::new(), 0, 0);
    while end < octets.len() {
        end = octets.len().min(end + step);
        loop {
            let cut = framer.cut(&octets[start..end], false)?;
            start += match cut {
                Cut::More => break,
                Cut::Ping(length) | Cut::Pong(length) | Cut::Message(length) => length,
            };
            found.push(cut);
        }
    }
    assert_eq!(framer.cut(&octets[start..], false), Ok(Cut::More));
    Ok(found)
}

#[test]
fn the_same_messages_in_pieces_of_every_size() {
    let first = message(&[]);
    let second = message(&[("Content-Length: 2", "l : 0"), ("hi", "")]);
    let stream = format!("\r\n\r\n{first}{second}\r\n\r\n\r\n\r\n{first}");
    let expected = [
        Cut::Ping(4),
        Cut::Message(first.len()),
        Cut::Message(second.len()),
        Cut::Ping(4),
        Cut::Ping(4),
        Cut::Message(first.len()),
    ];
    for step in 1..=stream.len() {
        assert_eq!(cuts(stream.as_bytes(), step).unwrap(), expected, "{step}");
    }
}

#[test]
fn a_pong_is_taken_by_those_who_wait_for_it() {
    assert_eq!(Framer::default().cut(b"\r\n", true), Ok(Cut::Pong(2)));
    assert_eq!(Framer::default().cut(b"\r\n", false), Ok(Cut::More));
    assert_eq!(Framer::default().cut(b"\r\nMESSAGE", false), Ok(Cut::Pong(2)));
}

#[test]
fn lengths_that_end_the_connection() {
    for length in [
        "",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999\r\n",
        "Content-Length: 2\r\nl: 3\r\n",
        "Content-Length: 1\r\n 2\r\n",
        "Content-Length: x\r\n",
    ] {
        let text = message(&[("Content-Length: 2\r\n", length)]);
        assert_eq!(cuts(text.as_bytes(), text.len()), Err(FrameError::ContentLength), "{length}");
    }
}

#[test]
fn nothing_grows_without_end() {
    let text = message(&[("Content-Length: 2", "Content-Length: 65535")]);
    assert_eq!(cuts(text.as_bytes(), 100), Err(FrameError::TooLong));
    let endless = vec![b'x'; MESSAGE_MAX + 1];
    assert_eq!(cuts(&endless, 1000), Err(FrameError::TooLong));
}
