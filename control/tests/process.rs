//! The process: what it says of its configuration, and how it begins and ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use site::{ask, control, start};

#[path = "process/bad.rs"]
mod bad;
#[path = "process/remote.rs"]
mod remote;
#[path = "process/site.rs"]
mod site;
#[path = "process/together.rs"]
mod together;

fn check(text: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("control.toml");
    std::fs::write(&config, text).unwrap();
    let Output { status, stderr, .. } = control(&config).arg("--check").output().unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a check makes nothing");
    let said = String::from_utf8(stderr).unwrap();
    (status.code(), said.replace(&config.display().to_string(), "control.toml"))
}

#[test]
fn a_check_says_where_it_is_wrong() {
    assert_eq!(check(CONFIG), (Some(0), String::new()));
    let (code, said) = check(&format!("{CONFIG}colour = 'red'\n"));
    assert_eq!(code, Some(5));
    assert!(said.starts_with("signalbox-control: control.toml:9:1: unknown field"), "{said}");
    let (code, said) = check("data = 'control'\nsocket = [\n");
    assert_eq!(code, Some(5));
    assert!(said.starts_with("signalbox-control: control.toml:"), "{said}");
}

#[test]
fn a_killed_control_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("control.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let mut first = start(&config);
    let socket = std::fs::metadata(folder.path().join("control.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o660);
    let second = control(&config).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8(second.stderr).unwrap().contains("another signalbox-control runs"));
    let wish = r#"{"verb":"add","kind":"environment","name":"env1",
        "fields":{"domain":"env1.example","smpp":["127.0.0.2:2775"]}}"#;
    assert!(ask(folder.path(), "POST", "/v1/change", wish).starts_with("HTTP/1.1 200"));
    assert!(ask(folder.path(), "POST", "/v1/commit", r#"{"message":"m"}"#).contains("200 OK"));
    let wish = wish.replace("env1", "env2").replace("0.0.2", "0.0.3");
    assert!(ask(folder.path(), "POST", "/v1/change", &wish).starts_with("HTTP/1.1 200"));
    first.kill().unwrap();
    first.wait().unwrap();
    std::fs::remove_dir_all(folder.path().join("plan")).unwrap();

    let mut third = start(&config);
    let current = std::fs::read_to_string(folder.path().join("plan/current")).unwrap();
    assert_eq!(current, "plan-0000000001.snap\n", "published again");
    let status = ask(folder.path(), "GET", "/v1/status", "");
    assert!(status.contains(r#""generation": 1"#), "{status}");
    assert!(status.contains(r#""draft_changes": 1"#), "the draft is still there: {status}");
    for (path, expected) in [
        ("/v1/nothing", "HTTP/1.1 404"),
        ("/v1/object?kind=carrier&env=env1&name=x", "HTTP/1.1 404"),
        ("/v1/object?kind=colour", "HTTP/1.1 400"),
    ] {
        let answer = ask(folder.path(), "GET", path, "");
        assert!(answer.starts_with(expected), "{answer}");
        assert!(answer.contains(r#""detail":""#), "{answer}");
    }
    let huge = format!("{}{}", " ".repeat(1024 * 1024), wish);
    assert!(ask(folder.path(), "POST", "/v1/change", &huge).starts_with("HTTP/1.1 413"));
    let ended = Command::new("kill").arg(third.id().to_string()).status().unwrap();
    assert!(ended.success());
    assert!(third.wait().unwrap().success(), "SIGTERM ends it in good order");
    assert!(!folder.path().join("control.sock").exists());
}

#[test]
fn h10_what_control_keeps_is_for_its_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("control.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let mut child = start(&config);
    let wish = r#"{"verb":"add","kind":"environment","name":"env1",
        "fields":{"domain":"env1.example","smpp":["127.0.0.2:2775"]}}"#;
    assert!(ask(folder.path(), "POST", "/v1/change", wish).contains("200 OK"));
    assert!(ask(folder.path(), "POST", "/v1/commit", r#"{"message":"m"}"#).contains("200 OK"));
    std::fs::remove_file(&config).unwrap();
    let (mut folders, mut seen) = (vec![folder.path().to_owned()], Vec::new());
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let (path, meta) = entry.map(|one| (one.path(), one.metadata().unwrap())).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let expected = if name == "control.sock" { 0o060 } else { 0 };
            assert_eq!(meta.permissions().mode() & 0o077, expected, "{}", path.display());
            seen.push(name);
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    for name in ["seal.key", "signalbox.db", "plan-0000000001.snap", "control.sock", "lock"] {
        assert!(seen.iter().any(|one| one == name), "{name} is not in {seen:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

const CONFIG: &str = r#"
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "seal.key"
[[node]]
name = "env1"
data = "env1"
"#;
