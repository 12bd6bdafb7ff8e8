//! What is asked or found wrongly: a clear answer, and nothing half done.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use tempfile::TempDir;

use crate::CONFIG;
use crate::site::{ask, control, start};

fn site() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("control.toml");
    std::fs::write(&config, CONFIG).unwrap();
    (folder, config)
}

/// A store with an environment that is live, and no control any more.
fn committed(config: &Path) {
    let folder = config.parent().unwrap();
    let mut child = start(config);
    assert!(ask(folder, "POST", "/v1/change", ENV1).contains("200 OK"));
    assert!(ask(folder, "POST", "/v1/commit", r#"{"message":"m"}"#).contains("200 OK"));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What a control says that does not start.
fn refusal(config: &Path) -> String {
    let ended = control(config).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn a_corrupt_store_is_named_and_the_plan_stays() {
    let (folder, config) = site();
    committed(&config);
    let store = folder.path().join("control/signalbox.db");
    for name in ["signalbox.db-wal", "signalbox.db-shm"] {
        drop(std::fs::remove_file(folder.path().join("control").join(name)));
    }
    let plan = folder.path().join("plan/plan-0000000001.snap");
    let published = std::fs::read(&plan).unwrap();
    for rubbish in [vec![0x5A; 8192], b"not a store at all".repeat(600)] {
        std::fs::write(&store, rubbish).unwrap();
        let said = refusal(&config);
        assert!(said.contains("not a database"), "{said}");
        assert!(said.contains("signalbox.db"), "{said}");
        assert_eq!(std::fs::read(&plan).unwrap(), published, "nodes go on with what is published");
    }
}

#[test]
fn a_store_of_a_newer_control_is_left_alone() {
    let (folder, config) = site();
    committed(&config);
    let store = folder.path().join("control/signalbox.db");
    let version = |number: u32| {
        let db = rusqlite::Connection::open(&store).unwrap();
        db.pragma_update(None, "user_version", number).unwrap();
    };
    version(999);
    let said = refusal(&config);
    assert!(said.contains("the store has version 999, this binary knows"), "{said}");
    assert!(said.contains("run the newer binary"), "{said}");
}

#[test]
fn an_import_that_breaks_off_leaves_nothing() {
    let (folder, config) = site();
    let mut child = start(&config);
    assert!(ask(folder.path(), "POST", "/v1/change", ENV1).contains("200 OK"));
    let rows = accounts(0..500);
    let mut stream = UnixStream::connect(folder.path().join("control.sock")).unwrap();
    let len = rows.len() * 2;
    write!(stream, "POST /v1/import HTTP/1.1\r\nhost: x\r\ncontent-length: {len}\r\n\r\n{rows}")
        .unwrap();
    drop(stream);
    let status = || ask(folder.path(), "GET", "/v1/status", "");
    assert!(status().contains(r#""draft_changes": 1"#), "{}", status());
    // One that is whole but for its last line is refused whole, and the line is named.
    let spoilt = accounts(0..500) + r#"{"verb":"put","kind":"account","name":"x","fields":{}}"#;
    let answer = ask(folder.path(), "POST", "/v1/import", &spoilt);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains(r#""about":{"change":500"#), "{answer}");
    assert!(status().contains(r#""draft_changes": 1"#), "{}", status());
    let answer = ask(folder.path(), "POST", "/v1/import", &accounts(0..500));
    assert!(answer.contains(r#""changed": 500"#), "{answer}");
    assert!(status().contains(r#""draft_changes": 501"#), "{}", status());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_request_of_100_mb_is_refused_and_control_goes_on() {
    let (folder, config) = site();
    let mut child = start(&config);
    for (path, expected) in [("/v1/change", "HTTP/1.1 413"), ("/v1/import", "HTTP/1.1 400")] {
        let mut stream = UnixStream::connect(folder.path().join("control.sock")).unwrap();
        let len = 100 << 20;
        let head = "content-type: application/json\r\nconnection: close";
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: x\r\n{head}\r\ncontent-length: {len}\r\n\r\n"
        )
        .unwrap();
        let some = vec![b'x'; 1 << 20];
        let mut answer = String::new();
        // Whoever refuses need not hear the rest.
        let sent = (0..100).take_while(|_| stream.write_all(&some).is_ok()).count();
        drop(stream.read_to_string(&mut answer));
        assert!(answer.starts_with(expected), "{path}: after {sent} MiB: {answer}");
    }
    let status = ask(folder.path(), "GET", "/v1/status", "");
    assert!(status.starts_with("HTTP/1.1 200"), "{status}");
    let memory = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.split_whitespace().next().unwrap().parse().unwrap();
    assert!(kib < 300 << 10, "{kib} KiB");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Changes that add accounts, a line each.
fn accounts(numbers: std::ops::Range<u32>) -> String {
    numbers.fold(String::new(), |mut text, number| {
        let fields = r#"{"password":"pw"}"#;
        writeln!(
            text,
            r#"{{"verb":"put","kind":"account","name":"{}","fields":{fields}}}"#,
            391_000_000 + number
        )
        .unwrap();
        text
    })
}

const ENV1: &str = r#"{"verb":"add","kind":"environment","name":"env1",
    "fields":{"domain":"env1.example","smpp":["127.0.0.2:2775"]}}"#;
