//! What must hold of policies, lists and rules.

use std::collections::HashSet;

use routing::Pattern;

use super::Troubles;
use crate::model::route::{is_list_entry, wrong_text_pattern};
use crate::model::{Key, List, Policy, Rewrite, Table, Terms};

/// A policy.
pub(super) fn policy(troubles: &mut Troubles, key: &Key, policy: &Policy) {
    let pattern = policy.pattern(&key.name);
    if let Err(error) = Pattern::parse(pattern) {
        let cure = if policy.terms.pattern.is_empty() { "; or say --pattern" } else { "" };
        troubles.say(format!("pattern '{pattern}': {error}{cure}"));
    }
    troubles.demand(!policy.via.is_empty(), || format!("{key}: it leads nowhere; say --via"));
    let most = routing::Policy::WAYS_MAX;
    troubles.demand(policy.via.len() <= most, || {
        format!("{key}: it has {} ways, {most} is the most", policy.via.len())
    });
    let names: Vec<&str> = policy.via.iter().filter_map(|via| via.connection()).collect();
    let distinct = names.iter().collect::<HashSet<_>>().len() == names.len();
    troubles.demand(distinct, || format!("{key}: it names a connection twice"));
    conditions(troubles, key, &policy.terms);
}

/// A table; its rows were checked when they came.
pub(super) fn table(troubles: &mut Troubles, key: &Key, table: &Table) {
    troubles.demand(table.terms.pattern.is_empty(), || {
        format!("{key}: its rows are its patterns; it has no --pattern")
    });
    conditions(troubles, key, &table.terms);
}

/// When a policy counts.
fn conditions(troubles: &mut Troubles, key: &Key, terms: &Terms) {
    let patterns = [("source", &terms.source), ("domain", &terms.domain)];
    for (what, pattern) in patterns {
        if let Some(pattern) = pattern
            && let Some(wrong) = wrong_text_pattern(pattern)
        {
            troubles.say(format!("{key}: '{pattern}' is no {what} pattern: {wrong}"));
        }
    }
    if let (Some(from), Some(until)) = (terms.valid_from, terms.valid_until) {
        troubles.demand(from.0 < until.0, || format!("{key}: {from} is not before {until}"));
    }
    troubles.demand(terms.windows.len() <= WINDOWS_MAX, || {
        format!("{key}: it has more than {WINDOWS_MAX} windows")
    });
}

/// A list.
pub(super) fn list(troubles: &mut Troubles, key: &Key, list: &List) {
    for entry in list.entries.iter().filter(|entry| !is_list_entry(entry)) {
        troubles.say(format!("{key}: '{entry}' is no number, pattern or name; write 222% or INFO"));
    }
}

/// The rules of a carrier or a connection.
pub(super) fn rewrites(troubles: &mut Troubles, key: &Key, rules: &[Rewrite]) {
    troubles.demand(rules.len() <= RULES_MAX, || {
        format!("{key}: it has {} rewriting rules, {RULES_MAX} is the most", rules.len())
    });
}

/// A week has seven days; more windows than this want a list of their own.
const WINDOWS_MAX: usize = 32;

/// They are tried one after another for each Sms.
const RULES_MAX: usize = 64;
