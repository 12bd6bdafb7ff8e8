//! Tokens: who may ask from afar, and what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Row, Store, given};
use crate::clock::rfc3339;
use crate::fault::{Fault, Outcome};

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look.
    Read,
    /// Look, roll back, confirm.
    Operate,
    /// Look, draft, commit.
    Provision,
    /// Everything.
    Admin,
}

/// A token as it is listed; nobody can read its secret again.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct TokenRow {
    /// Its name, under which its holder is an author.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// The only environment that it is for.
    pub env: Option<String>,
    /// Who made it.
    pub author: String,
    /// When, RFC 3339.
    pub at: String,
}

impl Role {
    const ALL: [Self; 4] = [Self::Read, Self::Operate, Self::Provision, Self::Admin];

    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Provision => "provision",
            Self::Admin => "admin",
        }
    }
}

impl Store {
    /// Adds a token of which only the digest is known here.
    pub fn add_token(&mut self, token: &TokenRow, digest: &str, at_ns: u64) -> Outcome<()> {
        let TokenRow { name, role, env, author, .. } = token;
        let sql = "INSERT INTO token (name, digest, role, env, author, at_ns)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let given = given![name, digest, role.word(), env.as_deref(), author, at_ns];
        match self.db.change(sql, given)? {
            0 => Err(Fault::invalid(format!("there is a token {name} already"))),
            _ => Ok(()),
        }
    }

    /// The token with a digest.
    pub fn token(&self, digest: &str) -> Outcome<Option<TokenRow>> {
        let sql = "SELECT name, role, env, author, at_ns FROM token WHERE digest = ?1";
        self.db.one(sql, given![digest], token_row)
    }

    /// Every token, by name.
    pub fn tokens(&self) -> Outcome<Vec<TokenRow>> {
        let sql = "SELECT name, role, env, author, at_ns FROM token ORDER BY name";
        self.db.all(sql, &[], token_row)
    }

    /// Removes a token; it opens nothing from now on.
    pub fn remove_token(&mut self, name: &str) -> Outcome<()> {
        match self.db.change("DELETE FROM token WHERE name = ?1", given![name])? {
            0 => Err(Fault::not_found(format!("there is no token {name}"))),
            _ => Ok(()),
        }
    }
}

fn token_row(row: &Row<'_>) -> Outcome<TokenRow> {
    let word: String = row.get(1)?;
    let role = Role::ALL.into_iter().find(|role| role.word() == word);
    Ok(TokenRow {
        name: row.get(0)?,
        role: role.ok_or_else(|| Fault::failed(format!("the store holds a role '{word}'")))?,
        env: row.get(2)?,
        author: row.get(3)?,
        at: rfc3339(row.get(4)?, 0),
    })
}
