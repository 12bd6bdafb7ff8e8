//! What is written for readers and shells: completions and man pages from the same words as the
//! help, and the description of the interface as control gives it.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::{Arguments, Session};
use crate::trouble::Trouble;

/// `signalbox completions SHELL`
pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Trouble> {
    let mut octets = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "signalbox", &mut octets);
    anstream::print!("{}", String::from_utf8_lossy(&octets));
    Ok(ExitCode::SUCCESS)
}

/// `signalbox api`
pub(crate) fn api(session: &Session) -> Result<ExitCode, Trouble> {
    session.client.get("/openapi.json", &[])?.print();
    Ok(ExitCode::SUCCESS)
}

/// `signalbox man FOLDER`: a page for each command, `signalbox-carrier-add.1` and so on.
pub(crate) fn man(folder: &Path) -> Result<ExitCode, Trouble> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    let pages = std::fs::read_dir(folder)?.count();
    anstream::eprintln!("{pages} pages are in {}", folder.display());
    Ok(ExitCode::SUCCESS)
}
