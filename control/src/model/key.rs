//! The name of a thing of the model.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The nouns.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A world of its own.
    Environment,
    /// Prices by prefix.
    Tariff,
    /// What an account is sold.
    Product,
    /// Who stands above carriers and accounts.
    Customer,
    /// Numbers that there are to give.
    Range,
    /// Who sends by SMPP and pays.
    Carrier,
    /// A way out.
    Connection,
    /// Numbers and names that are blocked, or alone allowed.
    List,
    /// A pattern and its connections.
    Policy,
    /// Rows that came as a file, and are policies.
    Table,
    /// Who has a number and an app.
    Account,
}

impl Kind {
    /// Every kind, in the order in which one leans on the other.
    pub const ALL: [Self; 11] = [
        Self::Environment,
        Self::Tariff,
        Self::Product,
        Self::Customer,
        Self::Range,
        Self::List,
        Self::Carrier,
        Self::Connection,
        Self::Policy,
        Self::Table,
        Self::Account,
    ];

    /// The word operators write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Tariff => "tariff",
            Self::Product => "product",
            Self::Customer => "customer",
            Self::Range => "range",
            Self::Carrier => "carrier",
            Self::Connection => "connection",
            Self::List => "list",
            Self::Policy => "policy",
            Self::Table => "table",
            Self::Account => "account",
        }
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How many of them, in words.
    pub fn count(self, count: usize) -> String {
        match (self, count) {
            (_, 1) => format!("1 {}", self.word()),
            (Self::Policy, _) => format!("{count} policies"),
            _ => format!("{count} {}s", self.word()),
        }
    }
}

/// A kind, the environment it lives in, and a name unique there.
#[derive(Clone, Debug, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The environment; empty for an environment itself.
    pub env: String,
    /// The name; a policy's name is its pattern unless it was given another one, an
    /// account's its user.
    pub name: String,
}

impl Key {
    /// A key; the environment of an environment is dropped.
    pub fn new(kind: Kind, env: &str, name: &str) -> Self {
        let env = if kind == Kind::Environment { "" } else { env };
        Self { kind, env: env.to_owned(), name: name.to_owned() }
    }

    /// The key of an environment.
    pub fn environment(name: &str) -> Self {
        Self::new(Kind::Environment, "", name)
    }

    /// The environment this thing belongs to; its own name if it is one.
    pub fn world(&self) -> &str {
        if self.kind == Kind::Environment { &self.name } else { &self.env }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Environment => write!(f, "environment {}", self.name),
            Kind::Policy => write!(f, "policy '{}' of {}", self.name, self.env),
            kind => write!(f, "{} {} of {}", kind.word(), self.name, self.env),
        }
    }
}
