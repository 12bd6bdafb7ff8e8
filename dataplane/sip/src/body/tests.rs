#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};

use super::*;
use crate::header::ContentType;

fn zlib(octets: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn raw(octets: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn both_kinds_of_deflate_are_unpacked() {
    for text in [&b"x"[..], b"hello ", &[b'a'; 5000], b"<imdn><message-id>1</message-id></imdn>"] {
        for packed in [zlib(text), raw(text)] {
            assert_eq!(inflate(&packed, 5000).unwrap(), text);
            assert!(inflate(&packed, text.len()).is_ok(), "as long as allowed");
            let short = &packed[..packed.len() - 1];
            assert!(inflate(short, 5000).is_err() || packed.len() < 3, "cut off");
        }
    }
    assert_eq!(inflate(&zlib(b""), 10).unwrap(), b"");
    assert!(inflate(b"", 10).is_err());
    assert!(inflate(b"this was never compressed", 1000).is_err());
}

#[test]
fn a_compressed_bomb_is_refused_before_it_bursts() {
    let bomb = vec![0; 10_000_000];
    for packed in [zlib(&bomb), raw(&bomb)] {
        assert!(packed.len() < 11_000);
        assert!(inflate(&packed, 65_535).is_err());
    }
    assert!(inflate(&zlib(b"four"), 3).is_err());
}

/// The parts of a body under the boundary `b`.
fn parts(body: &str) -> Vec<Result<(Option<&str>, &str), u16>> {
    let content_type = ContentType::parse("multipart/mixed;boundary=\"b\"").unwrap();
    let parts = Parts::of(&content_type, body.as_bytes()).unwrap();
    let said = |part: Part<'static>| (part.content_type, str::from_utf8(part.body).unwrap());
    let body: &'static str = Box::leak(body.to_owned().into_boxed_str());
    drop(parts);
    let parts = Parts::of(&content_type, body.as_bytes()).unwrap();
    parts.map(|part| part.map(said).map_err(|error| error.status())).collect()
}

#[test]
fn parts_are_found_between_delimiters() {
    let two = "preamble\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>\r\n--bc\r\n\r\n--b  \r\n\
               content-type: text/plain;charset=utf-8\r\nX: y\r\n z\r\n\r\nhello\r\n--b--\r\nend";
    assert_eq!(
        parts(two),
        [
            Ok((Some("text/html"), "<b>\r\n--bc\r\n")),
            Ok((Some("text/plain;charset=utf-8"), "hello"))
        ]
    );
    assert_eq!(parts("--b\n\nwith line feeds\n--b--"), [Ok((None, "with line feeds"))]);
    assert_eq!(parts("--b\r\n\r\nnever ended"), [Ok((None, "never ended"))]);
    assert_eq!(parts("--b--"), []);
    assert_eq!(parts("nothing of the kind"), []);
    assert_eq!(parts("--b\r\nno empty line"), [Err(400)]);
}

#[test]
fn a_thousand_parts_are_not_read() {
    let many = "--b\r\n\r\nx\r\n".repeat(1000);
    let read = parts(&many);
    assert_eq!(read.len(), 17);
    assert_eq!(read[16], Err(400));
    let head = format!("--b\r\n{}\r\nx\r\n--b--", "A: b\r\n".repeat(1000));
    assert_eq!(parts(&head), [Err(400)]);
}

#[test]
fn a_boundary_must_be_named() {
    for wrong in ["multipart/mixed", "multipart/mixed;boundary=\"\""] {
        let content_type = ContentType::parse(wrong).unwrap();
        assert!(Parts::of(&content_type, b"--\r\n\r\nx\r\n--").is_err(), "{wrong}");
    }
    let long = format!("multipart/mixed;boundary={}", "b".repeat(71));
    assert!(Parts::of(&ContentType::parse(&long).unwrap(), b"").is_err());
}
