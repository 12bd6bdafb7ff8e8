//! Looking again and again.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::trouble::Trouble;

/// How often to look.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Again {
    /// Look again every so often, until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2",
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    watch: Option<u64>,
}

impl Again {
    /// Looks once, or for ever; a terminal shows the latest only.
    pub(crate) fn look(
        self,
        mut look: impl FnMut() -> Result<ExitCode, Trouble>,
    ) -> Result<ExitCode, Trouble> {
        let Some(seconds) = self.watch else { return look() };
        loop {
            if std::io::stdout().is_terminal() {
                anstream::print!("\x1b[H\x1b[2J");
            }
            look()?;
            pause(Duration::from_secs(seconds));
        }
    }

    /// Does something once, or for ever.
    pub(crate) fn go_on(
        self,
        mut look: impl FnMut() -> Result<(), Trouble>,
    ) -> Result<ExitCode, Trouble> {
        loop {
            look()?;
            let Some(seconds) = self.watch else { return Ok(ExitCode::SUCCESS) };
            pause(Duration::from_secs(seconds));
        }
    }
}

/// Lets the time pass that an operator asked for.
#[expect(clippy::disallowed_methods, reason = "an operator asked to look for, or after, a time")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
