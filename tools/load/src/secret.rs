//! Passwords, from the command line or a file, and never shown.

use std::fmt;
use std::path::PathBuf;

use crate::failure::{Doing, Failure};

/// Where the password comes from.
#[derive(clap::Args, Clone)]
pub(crate) struct Secret {
    /// The password; visible to every user of this machine, so better a file.
    #[arg(long, conflicts_with = "password_file")]
    password: Option<String>,
    /// A file whose first line is the password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Secret {
    /// The password, or `None` if none was given.
    pub(crate) fn read(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.password_file else {
            return Ok(self.password.clone());
        };
        let text = std::fs::read_to_string(path)
            .doing(|| format!("read the password from {}", path.display()))?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}

/// Says nothing of the password.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
