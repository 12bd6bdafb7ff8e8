//! The names that control knows, for completion. Control that does not answer knows none.

use serde_json::Value;

use super::Assistant;
use super::complete::{Asked, Names};
use crate::contexts;
use crate::writing;

impl Assistant<'_> {
    /// The names that an answer to what is asked may have.
    pub(super) fn names(&self, asked: &Asked<'_>) -> Vec<String> {
        let env = asked.env.or(self.env.as_deref());
        match asked.names {
            Names::Objects(kinds) => {
                kinds.iter().flat_map(|kind| self.objects(kind, env, asked.begun)).collect()
            }
            Names::Contexts => contexts::names(),
            Names::Tokens => self.column("/v1/tokens", "name"),
            Names::Generations => self.column("/v1/history", "number"),
            Names::Planned => self.column("/v1/planned", "id"),
        }
    }

    fn objects(&self, kind: &str, env: Option<&str>, begun: &str) -> Vec<String> {
        let world = env.filter(|_| kind != "environment");
        // With a million of them, those that begin so are far from the first page.
        let mut after = begun.to_owned();
        after.pop();
        let after = world.filter(|_| !after.is_empty()).map(|world| format!("{world}/{after}"));
        let parameters = [
            ("kind", Some(kind)),
            ("env", world),
            ("after", after.as_deref()),
            ("limit", Some("1000")),
        ];
        let rows = self.session.client.get("/v1/objects", &parameters);
        rows.and_then(|answer| answer.read()).map(|rows| of(rows, "name")).unwrap_or_default()
    }

    fn column(&self, path: &str, key: &str) -> Vec<String> {
        let rows = self.session.client.get(path, &[]);
        rows.and_then(|answer| answer.read()).map(|rows| of(rows, key)).unwrap_or_default()
    }
}

fn of(rows: Vec<Value>, key: &str) -> Vec<String> {
    rows.iter().map(|row| writing::text(&row[key])).collect()
}
