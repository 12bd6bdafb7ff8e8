//! From a policy that stands for rows of a table to the row that won.

use routing::Number;

use crate::fault::Outcome;
use crate::model::{Model, Table};
use crate::tables::{Tables, Won};

/// The model that was compiled and its files: who can say which row of a table decided.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The model.
    pub model: &'a Model,
    /// The files that it names.
    pub tables: &'a Tables,
}

impl Source<'_> {
    /// The row that made a policy decide about a number; none for a policy that is no table's.
    pub(super) fn won(&self, env: &str, policy: &str, number: Number) -> Outcome<Option<Won>> {
        let leads = |name: &str, table: &Table| {
            let mut targets = table.content.targets.iter();
            targets.any(|to| Table::policy_name(name, &to.via) == policy)
        };
        let mut tables = self.model.tables(env);
        match tables.find(|(name, _, table)| leads(name, table)) {
            Some((_, _, table)) => self.tables.won(&table.content, number),
            None => Ok(None),
        }
    }
}
