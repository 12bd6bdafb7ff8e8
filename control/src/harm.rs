//! Changes that are sound and yet look like a mistake: they are live only with `--force`.

use crate::model::{Body, Key, Kind, Model};
use crate::money;

/// What would be harmful in going from one model to another, a line each.
pub fn harm(old: &Model, new: &Model) -> Vec<String> {
    let mut found = Vec::new();
    for (env, ..) in old.environments() {
        if new.get(&Key::environment(env)).is_none() {
            found.extend(removed(old, env));
            continue;
        }
        found.extend(RULES.iter().filter_map(|rule| rule.broken(env, old, new)));
        found.extend(old.tariffs(env).filter_map(|(name, _, was)| {
            let key = Key::new(Kind::Tariff, env, name);
            let now = new.get(&key).map(|entry| &*entry.body);
            let Some(Body::Tariff(now)) = now else { return None };
            let free = now.all_prices().all(|micros| micros == 0);
            let dearest = was.all_prices().max().unwrap_or_default();
            (free && dearest > 0).then(|| {
                let price = money::price(dearest);
                format!("every price of tariff {name} of {env} becomes 0 (today up to {price})")
            })
        }));
    }
    found
}

/// How many of something an environment has, and how few it may be left with.
struct Rule {
    what: &'static str,
    count: fn(&Model, &str) -> usize,
}

const RULES: &[Rule] = &[
    Rule {
        what: "accounts with messaging",
        count: |model, env| model.accounts(env).filter(|(.., one)| one.messaging).count(),
    },
    Rule { what: "carriers", count: |model, env| model.carriers(env).count() },
    Rule { what: "policies", count: |model, env| model.policies(env).count() },
    Rule {
        what: "rows of tables",
        count: |model, env| model.tables(env).map(|(.., one)| one.content.rows as usize).sum(),
    },
    Rule {
        what: "connections in use",
        count: |model, env| model.connections(env).filter(|(.., one)| one.enabled).count(),
    },
];

impl Rule {
    fn broken(&self, env: &str, old: &Model, new: &Model) -> Option<String> {
        let (was, now) = ((self.count)(old, env), (self.count)(new, env));
        let gone = was > 0 && now == 0;
        let nearly = was >= MANY && now * 10 <= was;
        let what = self.what;
        match (gone, nearly) {
            (true, _) => Some(format!("all {what} of {env} go ({was} today)")),
            (false, true) => Some(format!("{env} keeps {now} of its {was} {what}")),
            (false, false) => None,
        }
    }
}

fn removed(old: &Model, env: &str) -> Option<String> {
    let counts = RULES.iter().map(|rule| ((rule.count)(old, env), rule.what));
    let lost: Vec<String> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!lost.is_empty()).then(|| format!("environment {env} goes with its {}", lost.join(", ")))
}

/// From here on a tenth is a share and not an accident of small numbers.
const MANY: usize = 10;

#[cfg(test)]
mod tests;
