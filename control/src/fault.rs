//! Why an operation was not done, as the operator reads it.

use schemars::JsonSchema;
use serde::Serialize;

/// A reason with its kind and, where there is one, the cure.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct Fault {
    /// What is wrong, in lower case without a full stop.
    pub error: String,
    /// Its kind; the command's exit code follows from it.
    pub code: Code,
    /// What to do about it.
    pub cure: Option<String>,
    /// What of a request it is about, if it is about a part.
    pub about: Option<About>,
}

/// A part of a request with several changes.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct About {
    /// Which of the changes, the first being 0.
    pub change: u64,
    /// Which of its fields, if it is about one.
    pub field: Option<String>,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Something outside the request went wrong.
    Failed,
    /// The request itself is malformed.
    Usage,
    /// What was named does not exist.
    NotFound,
    /// The address does not take this method.
    Method,
    /// The draft was overtaken by somebody else's commit.
    Stale,
    /// The same request, by its key, was begun before and nobody knows how it ended.
    Begun,
    /// What the request was to act on is not what its caller saw (If-Match).
    Changed,
    /// The model does not allow it.
    Invalid,
    /// The caller may not do it.
    Denied,
    /// Nobody knows who the caller is.
    Unknown,
    /// The caller asks too often.
    Busy,
    /// The request is larger than any may be.
    TooLarge,
}

/// What operations return.
pub type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// A fault without a cure.
    pub fn new(code: Code, error: impl Into<String>) -> Self {
        Self { error: error.into(), code, cure: None, about: None }
    }

    /// The model does not allow it.
    pub fn invalid(error: impl Into<String>) -> Self {
        Self::new(Code::Invalid, error)
    }

    /// Something named does not exist.
    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(Code::NotFound, error)
    }

    /// Something outside the request went wrong.
    pub fn failed(error: impl Into<String>) -> Self {
        Self::new(Code::Failed, error)
    }

    /// Says which field it is about.
    pub fn field(mut self, name: &str) -> Self {
        self.about.get_or_insert_default().field = Some(name.to_owned());
        self
    }

    /// Says which of several changes it is about.
    pub fn at(mut self, change: u64) -> Self {
        self.about.get_or_insert_default().change = change;
        self
    }

    /// Adds what to do about it.
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::failed(format!("the store failed: {error}"))
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(format!("the store holds what this version cannot read: {error}"))
    }
}

/// The nearest of some names to a name that does not exist, if one is near.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| {
            (strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase()), known)
        })
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .min()
        .map(|(_, known)| known)
}
