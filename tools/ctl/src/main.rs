//! `signalbox`, the operator's command.
//!
//! It speaks to control, over its socket or from afar, and to nobody else. Data goes to stdout
//! and talk to stderr; tables and colour appear on a terminal only; and the exit code always says
//! how it went:
//!
//! 0 done, 1 failed, 2 usage, 3 not found, 4 stale draft, 5 invalid, 6 denied, 7 control
//! unreachable, 8 differs.

mod accounts;
mod again;
mod arguments;
mod bookings;
mod capture;
mod client;
mod closed;
mod columns;
mod contexts;
mod doctor;
mod far;
mod fields;
mod files;
mod flow;
mod import;
mod live;
mod money;
mod nouns;
mod numbers;
mod papers;
mod past;
mod reasons;
mod sending;
mod shape;
mod sheets;
mod shell;
mod statement;
mod steps;
mod tables;
mod tokens;
mod top;
mod trouble;
mod writing;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match arguments.run() {
        Ok(code) => code,
        Err(trouble) => {
            trouble.tell();
            trouble.exit_code()
        }
    }
}
