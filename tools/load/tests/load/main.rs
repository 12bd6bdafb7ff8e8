//! The harness as a process: against itself, and against a small gateway that can misbehave.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod centre;
mod gateway;
mod register;
mod sip_sip;
mod smpp_sip;
mod smpp_smpp;

use std::process::Command;

use serde_json::Value;

/// Runs the harness; returns its exit status and its report.
fn load(words: &str) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signalbox-load"));
    let output = command.args(words.split_whitespace()).arg("--json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_str(&text).unwrap_or(Value::String(errors));
    (output.status.code().unwrap(), report)
}
