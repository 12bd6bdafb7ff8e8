//! A peer that runs, and what it says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// A running peer. It ends with the test at the latest.
pub(crate) struct Peer {
    child: Child,
    events: Receiver<Value>,
}

/// How a peer ended.
pub(crate) struct Ended {
    /// Its exit status.
    pub(crate) code: i32,
    /// Its totals.
    pub(crate) summary: Value,
}

impl Peer {
    /// Starts `signalbox-peer`; words are separated by blanks. No test waits longer than that.
    pub(crate) fn start(words: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signalbox-peer"));
        command.args(words.split_whitespace()).arg("--json");
        if !words.contains("--for") {
            command.args(["--for", "20"]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, events) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
                if tell.send(event).is_err() {
                    return;
                }
            }
        });
        Self { child, events }
    }

    /// Waits for the next event of that name.
    pub(crate) fn event(&self, name: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE);
            let event = event.unwrap_or_else(|error| panic!("waiting for {name}: {error}"));
            if event["event"] == name {
                return event;
            }
        }
    }

    /// Waits for as many events of that name.
    pub(crate) fn events(&self, name: &str, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.event(name)).collect()
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        let summary = self.event("summary");
        let code = self.child.wait().unwrap().code().unwrap();
        Ended { code, summary }
    }

    /// Asks it to stop, and waits for the end.
    pub(crate) fn stop(self) -> Ended {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(status.success());
        self.end()
    }

    /// Lets it die without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(20);
