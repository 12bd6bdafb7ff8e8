//! A control that runs, and a node beside it that obeys every plan.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use routing::board::{PAGE_LEN, Page};
use routing::snapshot::generation_of;

/// A folder with a control that runs and a node that obeys.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    control: Child,
    node: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("control.toml");
        std::fs::write(&config, CONFIG).unwrap();
        let mut control = Command::new(sibling("signalbox-control"))
            .arg("--config")
            .arg(&config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(control.stderr.take().unwrap()).lines();
        let ready = log.by_ref().any(|line| line.unwrap().contains("control is ready"));
        assert!(ready, "control ended before it was ready");
        std::thread::spawn(move || log.for_each(|line| eprintln!("{}", line.unwrap())));
        let (stop, stopped) = channel();
        let path = folder.path().to_owned();
        let node = std::thread::spawn(move || obey(&path, &stopped));
        Self { folder, control, node: Some((stop, node)) }
    }
}

impl Site {
    /// Where its control listens.
    pub(crate) fn socket(&self) -> String {
        self.folder.path().join("control.sock").to_str().unwrap().to_owned()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let id = self.control.id().to_string();
        let killed = Command::new("kill").arg(id).status().unwrap();
        assert!(killed.success());
        assert!(self.control.wait().unwrap().success(), "control stops in good order");
        assert!(!self.folder.path().join("control.sock").exists());
        let (stop, node) = self.node.take().unwrap();
        drop(stop);
        node.join().unwrap();
    }
}

/// Writes a board that beats and shows whatever generation is published.
fn obey(site: &Path, stopped: &Receiver<()>) {
    std::fs::create_dir_all(site.join("env1")).unwrap();
    let board = File::create(site.join("env1/board")).unwrap();
    board.set_len(2 * PAGE_LEN as u64).unwrap();
    loop {
        let current = std::fs::read_to_string(site.join("plan/current")).unwrap_or_default();
        let generation = generation_of(current.trim()).unwrap_or_default();
        for shard in 0..2 {
            let beat_ns = unix_ns();
            let page = Page { shard, shards: 2, pid: 1, beat_ns, generation, ..Page::default() };
            let mut octets = Vec::new();
            page.encode(&mut octets);
            board.write_all_at(&octets, u64::from(shard) * PAGE_LEN as u64).unwrap();
        }
        match stopped.recv_timeout(Duration::from_millis(5)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the node of the test has a clock")]
fn unix_ns() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

/// A binary of another package, built as the one of this package was and beside it.
fn sibling(name: &str) -> PathBuf {
    let own = PathBuf::from(env!("CARGO_BIN_EXE_signalbox"));
    let profile = own.parent().and_then(Path::file_name).unwrap().to_str().unwrap();
    let profile = if profile == "debug" { "dev" } else { profile };
    let mut cargo = Command::new(env!("CARGO"));
    // What a test is told of its own package would have ring built anew, there and back.
    let told =
        |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|one| name.starts_with(one));
    for (name, _) in std::env::vars().filter(|(name, _)| told(name)) {
        cargo.env_remove(name);
    }
    let built = cargo
        // With what the whole workspace asks of its dependencies, or they are all built once more.
        .args(["build", "--quiet", "--workspace", "--bin", name, "--profile", profile])
        .status()
        .unwrap();
    assert!(built.success());
    own.with_file_name(name)
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
