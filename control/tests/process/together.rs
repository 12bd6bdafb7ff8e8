//! Two controls on one PostgreSQL: what one commits, both publish; and what is when it is gone.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
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
    let environment = |name: &str, octet: u8| {
        format!(
            r#"{{"verb":"add","kind":"environment","name":"{name}",
                "fields":{{"domain":"{name}.example","smpp":["127.0.0.{octet}:2775"]}}}}"#
        )
    };
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

const CONFIG: &str = r#"
data = "control"
socket = "control.sock"
plan = "plan"
key_file = "../seal.key"
"#;
