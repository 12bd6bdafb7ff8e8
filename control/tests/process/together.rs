//! Two controls on one PostgreSQL: what one commits, both publish; and what is when it is gone.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::site::{ask, start};

/// A server of its own: this test ends it and starts it again.
fn postgres(verb: &str, folder: &Path) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/postgres.sh");
    let done = Command::new(script).arg(verb).arg(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// One of the controls.
struct Half {
    folder: PathBuf,
    child: Child,
}

impl Half {
    fn start(site: &Path, name: &str, address: &str) -> Self {
        let folder = site.join(name);
        std::fs::create_dir(&folder).unwrap();
        let config = folder.join("control.toml");
        let text = format!("{CONFIG}postgres = \"{address} dbname=postgres\"\n");
        std::fs::write(&config, text).unwrap();
        Self { child: start(&config), folder }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        ask(&self.folder, method, path, body)
    }

    /// Waits until it has published a generation, and reads it.
    fn published(&self, generation: u64) -> Vec<u8> {
        let name = format!("plan-{generation:010}.snap");
        let until = now() + Duration::from_secs(20);
        while std::fs::read_to_string(self.folder.join("plan/current"))
            .is_ok_and(|current| current.trim() < name.as_str())
            || !self.folder.join("plan").join(&name).exists()
        {
            assert!(now() < until, "{name} is not published in {}", self.folder.display());
            std::thread::park_timeout(Duration::from_millis(10));
        }
        std::fs::read(self.folder.join("plan").join(name)).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test may wait for another process")]
fn now() -> Instant {
    Instant::now()
}

impl Drop for Half {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn c08_two_controls_share_a_server_and_outlive_it() {
    let site = tempfile::tempdir().unwrap();
    let server = tempfile::tempdir().unwrap();
    let address = postgres("start", server.path());
    let (a, b) = (Half::start(site.path(), "a", &address), Half::start(site.path(), "b", &address));
    assert!(a.ask("POST", "/v1/change", &environment("env1", 2)).contains("200 OK"));
    // Both are the same user, so it is the same draft.
    assert!(b.ask("POST", "/v1/change", &environment("env2", 3)).contains(r#""draft_changes": 2"#));
    assert!(a.ask("POST", "/v1/commit", r#"{"message":"from a"}"#).contains("200 OK"));
    assert_eq!(a.published(1), b.published(1));
    assert!(b.ask("POST", "/v1/change", &environment("env3", 4)).contains("200 OK"));
    assert!(b.ask("POST", "/v1/commit", r#"{"message":"from b"}"#).contains("200 OK"));
    assert_eq!(b.published(2), a.published(2));

    postgres("stop", server.path());
    let refused = a.ask("POST", "/v1/change", &environment("env4", 5));
    assert!(refused.starts_with("HTTP/1.1 500"), "{refused}");
    assert!(refused.contains("nodes go on with what is published"), "{refused}");
    assert_eq!(a.published(2), b.published(2), "nothing is taken from the nodes");

    postgres("again", server.path());
    assert!(b.ask("POST", "/v1/change", &environment("env4", 5)).contains(r#""draft_changes": 1"#));
    assert!(b.ask("POST", "/v1/commit", r#"{"message":"again"}"#).contains("200 OK"));
    assert_eq!(b.published(3), a.published(3));
    drop((a, b));
    postgres("stop", server.path());
}

/// Between a control and its server: octets pass until it is told to keep them.
struct Relay {
    folder: tempfile::TempDir,
    open: Arc<AtomicBool>,
}

impl Relay {
    fn before(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = ".s.PGSQL.5432";
        let listener = UnixListener::bind(folder.path().join(name)).unwrap();
        let (open, target) = (Arc::new(AtomicBool::new(true)), server.join(name));
        let gate = open.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let far = UnixStream::connect(&target).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let gate = gate.clone();
                    std::thread::spawn(move || pass(from, to, &gate));
                }
            }
        });
        Self { folder, open }
    }

    fn address(&self) -> String {
        format!("host={} user=signalbox", self.folder.path().display())
    }
}

/// While the gate is closed nothing is refused and nothing arrives: as behind a dead line.
fn pass(mut from: UnixStream, mut to: UnixStream, gate: &AtomicBool) {
    let mut octets = [0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        while !gate.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
}

fn environment(name: &str, octet: u8) -> String {
    format!(
        r#"{{"verb":"add","kind":"environment","name":"{name}",
            "fields":{{"domain":"{name}.example","smpp":["127.0.0.{octet}:2775"]}}}}"#
    )
}

#[test]
fn c09_a_control_behind_a_dead_line_decides_nothing_and_follows_when_it_is_back() {
    let site = tempfile::tempdir().unwrap();
    let server = tempfile::tempdir().unwrap();
    let address = postgres("start", server.path());
    let relay = Relay::before(server.path());
    let a = Half::start(site.path(), "a", &address);
    let b = Half::start(site.path(), "b", &relay.address());
    assert!(a.ask("POST", "/v1/change", &environment("env1", 2)).contains("200 OK"));
    assert!(a.ask("POST", "/v1/commit", r#"{"message":"one"}"#).contains("200 OK"));
    assert_eq!(a.published(1), b.published(1));
    assert!(b.ask("POST", "/v1/change", &environment("env2", 3)).contains("200 OK"));

    relay.open.store(false, Ordering::Relaxed);
    let begun = now();
    let refused = b.ask("POST", "/v1/commit", r#"{"message":"from b"}"#);
    assert!(refused.starts_with("HTTP/1.1 500"), "{refused}");
    assert!(now() - begun < Duration::from_secs(15), "it does not wait for ever");
    let own = b.folder.join("plan/plan-0000000002.snap");
    assert!(!own.exists(), "what is not committed is not published");
    // The other side goes on; the draft is still its author's.
    assert!(a.ask("POST", "/v1/change", &environment("env3", 4)).contains("200 OK"));
    assert!(a.ask("POST", "/v1/commit", r#"{"message":"two"}"#).contains("200 OK"));
    let two = a.published(2);

    relay.open.store(true, Ordering::Relaxed);
    assert_eq!(b.published(2), two, "one generation has one content, whoever publishes it");
    let history = |half: &Half| {
        half.ask("GET", "/v1/history", "").split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    assert_eq!(history(&a), history(&b));
    drop((a, b));
    postgres("stop", server.path());
}

#[test]
fn c10_a_control_that_slept_has_the_latest_and_what_is_told_twice_is_done_once() {
    let site = tempfile::tempdir().unwrap();
    let server = tempfile::tempdir().unwrap();
    let address = postgres("start", server.path());
    let (a, b) = (Half::start(site.path(), "a", &address), Half::start(site.path(), "b", &address));
    let signal = |name: &str| {
        let done = Command::new("kill").args([name, &b.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    };
    assert!(a.ask("POST", "/v1/change", &environment("env1", 2)).contains("200 OK"));
    assert!(a.ask("POST", "/v1/commit", r#"{"message":"1"}"#).contains("200 OK"));
    b.published(1);
    signal("-STOP");
    for number in 2..=20_u8 {
        let wish = environment(&format!("env{number}"), number + 1);
        assert!(a.ask("POST", "/v1/change", &wish).contains("200 OK"));
        let commit = format!(r#"{{"message":"{number}","wait_s":0}}"#);
        assert!(a.ask("POST", "/v1/commit", &commit).contains("200 OK"));
    }
    signal("-CONT");
    assert_eq!(b.published(20), a.published(20));
    // Told again and again, nothing is written anew.
    let plan = b.folder.join("plan/plan-0000000020.snap");
    let written = std::fs::metadata(&plan).unwrap().modified().unwrap();
    for _ in 0..50 {
        psql(&address, "SELECT pg_notify('signalbox', '20')");
    }
    assert!(b.ask("GET", "/v1/status", "").contains(r#""generation": 20"#));
    assert_eq!(std::fs::metadata(&plan).unwrap().modified().unwrap(), written);
    drop((a, b));
    postgres("stop", server.path());
}

/// Tells the server something, as nobody of ours would.
fn psql(address: &str, statement: &str) {
    let address = format!("{address} dbname=postgres");
    let done = Command::new("psql").args([&address, "-qtc", statement]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

const CONFIG: &str = r#"
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "../seal.key"
"#;
