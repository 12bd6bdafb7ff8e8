//! One thing the doctor has to say.

use schemars::JsonSchema;
use serde::Serialize;

/// What one rule found.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Finding {
    /// What it is about, in a word or two.
    pub topic: &'static str,
    /// How it stands.
    pub level: Level,
    /// What was seen.
    pub words: String,
    /// The command that makes our side agree with the peer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// How it stands with what was found.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something is lost or refused.
    Trouble,
    /// A setting would suit the peer better.
    Advice,
    /// Worth to know.
    Fact,
    /// Both sides agree.
    Good,
}

impl Finding {
    /// Both sides agree.
    pub fn good(topic: &'static str, words: impl Into<String>) -> Self {
        Self { topic, level: Level::Good, words: words.into(), command: None }
    }

    /// Worth to know.
    pub fn fact(topic: &'static str, words: impl Into<String>) -> Self {
        Self { topic, level: Level::Fact, words: words.into(), command: None }
    }

    /// A setting would suit the peer better.
    pub fn advice(topic: &'static str, words: impl Into<String>) -> Self {
        Self { topic, level: Level::Advice, words: words.into(), command: None }
    }

    /// Something is lost or refused.
    pub fn trouble(topic: &'static str, words: impl Into<String>) -> Self {
        Self { topic, level: Level::Trouble, words: words.into(), command: None }
    }

    /// Adds the command that helps.
    pub fn command(mut self, command: String) -> Self {
        self.command = Some(command);
        self
    }
}
