//! Policies and lists.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Desk;
use super::overlay::{Fields, fields, overlay};
use crate::fault::{Code, Fault, Outcome};
use crate::model::{Content, Key, List, Model, Policy, Screen, Table, Terms, Via};

/// The entries of a list: all of them, or only what changes.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListFields {
    entries: Option<Vec<String>>,
    add: Vec<String>,
    drop: Vec<String>,
}

impl Desk<'_> {
    /// A policy as a wish makes it.
    pub(super) fn policy(&self, known: Option<Policy>, wish: Fields) -> Outcome<Policy> {
        let said = wish.get("via").is_some_and(|via| !via.is_null());
        if known.is_none() && !said {
            return Err(self.lacks("--via"));
        }
        let mut wish = wish;
        if wish.get("pattern") == Some(&Value::from(self.key.name.as_str())) {
            wish.insert("pattern".to_owned(), Value::Null);
        }
        overlay(&known.unwrap_or_else(new_policy), &wish)
    }

    /// A table as a wish makes it; what it holds comes as a file and in no other way.
    pub(super) fn table(&mut self, known: Option<Table>, wish: Fields) -> Outcome<Table> {
        let content = self.content.take();
        if known.is_none() && content.is_none() {
            let fault = Fault::new(Code::Usage, "a new table comes from a file");
            return Err(fault.cure("signalbox table import NAME FILE.csv"));
        }
        let own = fields(&Content::default())?;
        if let Some(foreign) = wish.keys().find(|name| own.contains_key(*name)) {
            return Err(Fault::invalid(format!("'{foreign}' follows from the table's file"))
                .cure("signalbox table import NAME FILE.csv"));
        }
        let table = overlay(&known.unwrap_or_else(new_table), &wish)?;
        Ok(match content {
            Some(content) => Table { content, ..table },
            None => table,
        })
    }

    /// A list as a wish makes it.
    pub(super) fn list(&self, known: Option<List>, fields: ListFields) -> Outcome<List> {
        let mut entries = known.map(|known| known.entries).unwrap_or_default();
        entries = fields.entries.unwrap_or(entries);
        for gone in &fields.drop {
            let at = entries.iter().position(|entry| entry == gone);
            let at = at.ok_or_else(|| Fault::not_found(format!("{} has no {gone}", self.key)))?;
            entries.remove(at);
        }
        entries.extend(fields.add);
        entries.sort_unstable();
        entries.dedup();
        Ok(List { entries })
    }
}

fn new_policy() -> Policy {
    Policy { priority: PRIORITY_DEFAULT, via: Vec::new(), terms: Terms::default() }
}

fn new_table() -> Table {
    let Policy { priority, terms, .. } = new_policy();
    Table { priority, terms, content: Content::default() }
}

/// The tables with rows over a connection, in words.
pub(super) fn tables_over(model: &Model, connection: &Key) -> Vec<String> {
    let name = Some(connection.name.as_str());
    let leads = |table: &Table| {
        let ways = table.content.targets.iter().flat_map(|target| &target.via);
        ways.map(Via::connection).any(|over| over == name)
    };
    let tables = model.tables(&connection.env).filter(|(.., table)| leads(table));
    tables.map(|(name, ..)| format!("table {name}")).collect()
}

/// Who has to pass a list, in words.
pub(super) fn screened(model: &Model, list: &Key) -> Vec<String> {
    let env = list.env.as_str();
    let by = |screens: &[Screen]| screens.iter().any(|screen| screen.list == list.name);
    let own = model.environment(env).filter(|one| by(&one.screens));
    let carriers = model.carriers(env).filter(|(.., one)| by(&one.contract.screens));
    let policies = model.policies(env).filter(|(.., one)| by(&one.terms.screens));
    let tables = model.tables(env).filter(|(.., one)| by(&one.terms.screens));
    own.map(|_| format!("environment {env}"))
        .into_iter()
        .chain(carriers.map(|(name, ..)| format!("carrier {name}")))
        .chain(policies.map(|(name, ..)| format!("policy '{name}'")))
        .chain(tables.map(|(name, ..)| format!("table {name}")))
        .collect()
}

const PRIORITY_DEFAULT: u32 = 10;
