//! Why a command did not do what it was asked to.

use std::process::ExitCode;

use owo_colors::OwoColorize;
use serde::Deserialize;

/// A reason with its exit code.
#[derive(Debug)]
pub(crate) struct Trouble {
    error: String,
    code: u8,
    cure: Option<String>,
    /// The place it is about, as it stands in a file.
    shown: Option<String>,
    /// Which of several changes it is about, and which of its fields.
    about: Option<(u64, Option<String>)>,
}

/// A refusal as control words it.
#[derive(Deserialize)]
struct Refusal {
    detail: String,
    code: String,
    cure: Option<String>,
    about: Option<About>,
}

#[derive(Deserialize)]
struct About {
    change: u64,
    field: Option<String>,
}

pub(crate) const FAILED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const NOT_FOUND: u8 = 3;
pub(crate) const STALE: u8 = 4;
pub(crate) const INVALID: u8 = 5;
pub(crate) const DENIED: u8 = 6;
pub(crate) const UNREACHABLE: u8 = 7;
pub(crate) const DIFFERS: u8 = 8;

impl Trouble {
    pub(crate) fn new(code: u8, error: impl Into<String>) -> Self {
        Self { error: error.into(), code, cure: None, shown: None, about: None }
    }

    pub(crate) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    /// Says where it stands.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.error = format!("{place}: {}", self.error);
        self
    }

    /// Shows the place.
    pub(crate) fn shown(mut self, lines: String) -> Self {
        self.shown = Some(lines);
        self
    }

    /// Which of several changes it is about, and which of its fields.
    pub(crate) fn about(&self) -> Option<(u64, Option<&str>)> {
        self.about.as_ref().map(|(change, field)| (*change, field.as_deref()))
    }

    /// Reads control's refusal.
    pub(crate) fn refused(status: u16, body: &[u8]) -> Self {
        let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
            let error = format!("control answered {status} with what this version cannot read");
            return Self::new(FAILED, error);
        };
        let code = match refusal.code.as_str() {
            "usage" => USAGE,
            "not_found" => NOT_FOUND,
            "stale" | "begun" | "changed" => STALE,
            "invalid" => INVALID,
            "denied" | "unknown" => DENIED,
            _ => FAILED,
        };
        let about = refusal.about.map(|about| (about.change, about.field));
        Self { error: refusal.detail, code, cure: refusal.cure, shown: None, about }
    }

    /// Tells the operator.
    pub(crate) fn tell(&self) {
        anstream::eprintln!("{} {}", "error:".red().bold(), self.error);
        if let Some(shown) = &self.shown {
            anstream::eprintln!("{shown}");
        }
        if let Some(cure) = &self.cure {
            anstream::eprintln!("  {cure}");
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::new(FAILED, error.to_string())
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::new(FAILED, format!("control answered what this version cannot read: {error}"))
    }
}
