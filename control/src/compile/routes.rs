//! Policies, lists and rules, as shards read them.

use routing::snapshot::RowsName;
use routing::{Conditions, Exit, PolicyTable, Way};

use super::Ids;
use crate::fault::Outcome;
use crate::model::{Kind, Policy, Rewrite, Screen, Table, To, Via};
use crate::tables::Tables;

/// All policies, and the tables whose rows are policies: their files join those `named` by the
/// plan.
pub(super) fn policies(
    ids: &Ids<'_>,
    tables: &Tables,
    named: &mut Vec<RowsName>,
) -> Outcome<PolicyTable> {
    let Ids { model, env } = *ids;
    let single = model.policies(env).map(|(name, entry, body)| policy(ids, entry.id, name, body));
    let rows = model.tables(env).flat_map(|(name, _, table)| {
        let each = table.content.targets.iter();
        each.map(move |to| {
            policy(ids, to.policy, &Table::policy_name(name, &to.via), &table.policy(name, to))
        })
    });
    let mut policies = PolicyTable::build(single.chain(rows).collect());
    for (_, _, table) in model.tables(env) {
        let places: Vec<u32> = table.content.targets.iter().map(|to| to.policy).collect();
        let name = tables.get(&table.content)?.name();
        let at = named.iter().position(|one| *one == name).unwrap_or(named.len());
        if at == named.len() {
            named.push(name);
        }
        policies = policies.with_table(at as u32, &places);
    }
    Ok(policies)
}

/// A policy. A way over a connection that is not there is left out.
fn policy(ids: &Ids<'_>, id: u32, name: &str, body: &Policy) -> routing::Policy {
    let terms = &body.terms;
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
    let pattern = body.pattern(name);
    routing::Policy {
        id,
        name: if name == pattern { String::new() } else { name.to_owned() },
        pattern: pattern.to_owned(),
        priority: body.priority,
        only: Conditions {
            source: lower(&terms.source),
            domain: lower(&terms.domain),
            from_ns: terms.valid_from.map_or(0, |from| from.0),
            until_ns: terms.valid_until.map_or(0, |until| until.0),
            windows: terms.windows.iter().flat_map(|window| window.pieces()).collect(),
            screens: screens(ids, &terms.screens),
        },
        order: terms.order.0,
        ways: body.via.iter().filter_map(|via| way(ids, via)).collect(),
        below_cost: terms.below_cost,
        shadow: terms.shadow,
    }
}

fn way(ids: &Ids<'_>, via: &Via) -> Option<Way> {
    let to = match &via.to {
        To::Connection(name) => Exit::Connection(ids.of(Kind::Connection, name)?),
        To::Refuse(refusal) => Exit::Refuse(*refusal as u8),
    };
    Some(Way { to, weight: via.weight, tps: via.tps })
}

/// Who has to pass which list.
pub(super) fn screens(ids: &Ids<'_>, screens: &[Screen]) -> Vec<routing::Screen> {
    let one = |screen: &Screen| {
        let list = ids.of(Kind::List, &screen.list)?;
        Some(routing::Screen { list, side: screen.side, stance: screen.stance })
    };
    screens.iter().filter_map(one).collect()
}

/// The rules, in their order.
pub(super) fn rewrites(rules: &[Rewrite]) -> Vec<routing::Rewrite> {
    rules.iter().map(|rule| rule.0.clone()).collect()
}
