//! The process: what it says of its configuration, and how it begins and ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use site::{ask, control, start};

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
        ("/v1/nothing", "HTTP/1.1 400"),
        ("/v1/object?kind=carrier&env=env1&name=x", "HTTP/1.1 404"),
        ("/v1/object?kind=colour", "HTTP/1.1 400"),
    ] {
        let answer = ask(folder.path(), "GET", path, "");
        assert!(answer.starts_with(expected), "{answer}");
        assert!(answer.contains(r#"{"error":""#), "{answer}");
    }
    let huge = format!("{}{}", " ".repeat(1024 * 1024), wish);
    assert!(ask(folder.path(), "POST", "/v1/change", &huge).starts_with("HTTP/1.1 400"));
    let ended = Command::new("kill").arg(third.id().to_string()).status().unwrap();
    assert!(ended.success());
    assert!(third.wait().unwrap().success(), "SIGTERM ends it in good order");
    assert!(!folder.path().join("control.sock").exists());
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
