//! Control with a store of its own, and its fold in a process that may be killed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use control::apply::{Change, apply};
use control::config::Node;
use control::generations::{Reason, commit};
use control::harvest::Harvester;
use control::publish::Publisher;
use control::seal::Seal;
use control::store::{Db, Place, Store, Writer};
use routing::ChargeOn;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Control, and the node whose journals it reads.
#[derive(Debug)]
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// Knows TATA and C1, which are charged then, and what they pay by.
    pub fn new(on: ChargeOn) -> Self {
        let desk = Self { folder: tempfile::tempdir().expect("there is a place for files") };
        let mut store = open(desk.folder.path());
        let seal = Seal::open(&desk.folder.path().join("seal.key")).expect("a key can be made");
        let plans = Publisher::new(&plans(desk.folder.path())).expect("plans can be published");
        let mut wish = |kind: &str, name: &str, fields: Value| {
            let env = if kind == "environment" { "" } else { "env1" };
            let wish = json!({"verb": "add", "kind": kind, "env": env, "name": name,
                "fields": fields});
            let change: Change = serde_json::from_value(wish).expect("the wish is well formed");
            let desk = store.desk(ME).expect("the store can be read");
            let applied = apply(&desk.candidate, &seal, change).expect("the wish can be granted");
            store.draft(ME, applied.key, applied.body, 1).expect("the store can be written");
        };
        wish(
            "environment",
            "env1",
            json!({"domain": "env1.example",
            "smpp": ["127.0.0.2:2775"], "sip": ["127.0.0.2:5060"]}),
        );
        wish("tariff", "TATA-in", json!({"currency": "USD", "prices": {"*": "0.01"}}));
        let on = match on {
            ChargeOn::Accepted => "accepted",
            ChargeOn::Delivered => "delivered",
            ChargeOn::Submitted => "submitted",
        };
        for name in ["TATA", "C1"] {
            wish(
                "carrier",
                name,
                json!({"system_id": name.to_lowercase(), "charge_on": on,
                "password": "secret", "tariff": "TATA-in"}),
            );
        }
        let reason = Reason { author: ME.to_owned(), force: true, ..Reason::default() };
        commit(&mut store, &plans, reason).expect("the draft is sound");
        let db = desk.db();
        for (kind, name, id) in
            [("carrier", "TATA", TATA), ("carrier", "C1", C1), ("tariff", "TATA-in", TARIFF)]
        {
            let sql = format!("SELECT id FROM identity WHERE kind = '{kind}' AND key = '{name}'");
            let found: Option<u32> =
                db.one(&sql, &[], |row| row.get(0)).expect("the store can be read");
            assert_eq!(found, Some(id), "{kind} {name} has the number that the site gives it");
        }
        desk
    }

    /// Where the node keeps its journals.
    pub fn journal(&self) -> PathBuf {
        node(self.folder.path()).data.join("journal")
    }

    /// The node as control knows it.
    pub fn node(&self) -> Node {
        node(self.folder.path())
    }

    /// What the store says.
    pub fn db(&self) -> Db {
        Place::in_folder(&data(self.folder.path())).reader().expect("the store can be read")
    }

    /// Folds what is journaled, in a process of its own: another start of this test program,
    /// which runs the test [`APART`]. The kernel kills it when it writes behind octet `limit` of
    /// any file, wherever in its work that is. Says whether it came to its end.
    ///
    /// # Panics
    ///
    /// If it ended in another way.
    pub fn harvest(&self, limit: Option<u64>) -> bool {
        let program = std::env::current_exe().expect("a test knows its program");
        let mut command = Command::new(program);
        command.args(["--exact", APART, "--ignored"]).env(FOLDER, self.folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(limit) = limit {
            command.env(LIMIT, limit.to_string());
        }
        let ended = command.status().expect("the program of this test can be started");
        let signal = std::os::unix::process::ExitStatusExt::signal(&ended);
        assert!(ended.success() || signal == Some(SIGXFSZ) && limit.is_some(), "{ended}");
        ended.success()
    }
}

/// What the process of [`Desk::harvest`] does; nothing, if somebody else started it.
///
/// # Panics
///
/// If what is journaled cannot be folded.
pub fn harvest_within_a_limit() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    if let Ok(limit) = std::env::var(LIMIT) {
        let limit = limit.parse().expect("a limit is a number");
        let only = |most| Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(Resource::Core, only(0)).expect("less may be wished");
        setrlimit(Resource::Fsize, only(limit)).expect("less may be wished");
    }
    let (writer, thread) = Writer::start(open(folder)).expect("a thread can be started");
    let done = Harvester::new(vec![node(folder)], writer.clone()).pass();
    drop(writer);
    thread.join().expect("the store does not panic");
    done.expect("what is journaled can be folded");
}

fn open(folder: &Path) -> Store {
    let data = data(folder);
    Store::open(&data, &plans(folder), Place::in_folder(&data)).expect("the store can be opened")
}

fn data(folder: &Path) -> PathBuf {
    folder.join("control")
}

fn plans(folder: &Path) -> PathBuf {
    folder.join("plan")
}

fn node(folder: &Path) -> Node {
    // Nothing of the journal is kept longer than needed.
    Node { name: "env1".to_owned(), data: folder.join("env1"), keep_len: 0 }
}

/// The numbers that the store gives, in the order in which they are asked for.
pub const TATA: u32 = 1;
/// The other carrier.
pub const C1: u32 = 2;
/// What both pay by.
pub const TARIFF: u32 = 1;

/// The test that is no test: each program that folds has one of this name, which calls
/// [`harvest_within_a_limit`].
pub const APART: &str = "folds_in_a_process_of_its_own";

const ME: &str = "me";
const FOLDER: &str = "SIGNALBOX_MONEY_FOLDER";
const LIMIT: &str = "SIGNALBOX_MONEY_LIMIT";

/// A write beyond the limit of a process (signal(7)).
const SIGXFSZ: i32 = 25;
