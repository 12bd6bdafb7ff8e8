//! What differs between two models, in words and in fields.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{Body, Destination, Entry, Key, Kind, Model};

/// One object that differs.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Difference {
    /// Its kind, environment and name.
    #[serde(flatten)]
    pub key: Key,
    /// How it differs.
    pub change: Sort,
    /// One line: `+ policy '222%' -> env2 (env1)`.
    pub words: String,
    /// The fields that changed; empty for what was added or removed.
    pub fields: Vec<FieldChange>,
}

/// How an object differs.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// It is new.
    Added,
    /// Some of its fields are others.
    Changed,
    /// It is gone.
    Removed,
}

/// One field that differs.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was.
    pub old: Value,
    /// What it is.
    pub new: Value,
}

/// Everything that differs, environments first.
pub fn diff(old: &Model, new: &Model) -> Vec<Difference> {
    old.apart(new).into_iter().filter_map(|key| differ(key, old.get(key), new.get(key))).collect()
}

/// The first of many differences.
#[derive(Debug)]
pub struct Differences {
    /// The first ones.
    pub changes: Vec<Difference>,
    /// How many there are.
    pub count: usize,
}

/// What differs, environments first, in words as far as somebody may read it.
pub fn first_of(old: &Model, new: &Model, most: usize) -> Differences {
    let mut found = Differences { changes: Vec::new(), count: 0 };
    for key in old.apart(new) {
        let (old, new) = (old.get(key), new.get(key));
        if old.map(|entry| &entry.body) == new.map(|entry| &entry.body) {
            continue;
        }
        found.count += 1;
        if found.changes.len() < most {
            found.changes.extend(differ(key, old, new));
        }
    }
    found
}

/// How one object differs; `None` if it does not.
pub fn differ(key: &Key, old: Option<&Entry>, new: Option<&Entry>) -> Option<Difference> {
    let (sort, fields, shown) = match (old, new) {
        (None, None) => return None,
        (None, Some(new)) => (Sort::Added, Vec::new(), new),
        (Some(old), None) => (Sort::Removed, Vec::new(), old),
        (Some(old), Some(new)) if old.body == new.body => return None,
        (Some(old), Some(new)) => (Sort::Changed, changes(&old.body, &new.body), new),
    };
    let words = words(key, sort, &shown.body, &fields);
    Some(Difference { key: key.clone(), change: sort, words, fields })
}

fn changes(old: &Body, new: &Body) -> Vec<FieldChange> {
    let (old_fields, new_fields) = (old.fields(), new.fields());
    let mut changes = Vec::new();
    let names: BTreeSet<&String> = old_fields.keys().chain(new_fields.keys()).collect();
    for field in names {
        let [old, new] =
            [&old_fields, &new_fields].map(|all| all.get(field).unwrap_or(&Value::Null));
        match (field.as_str(), old, new) {
            (_, old, new) if old == new => {}
            ("prices", Value::Object(old), Value::Object(new)) => {
                prices(&mut changes, "", old, new);
            }
            ("lists", old, new) => {
                let none = Map::new();
                let [old, new] = [old, new].map(|lists| lists.as_object().unwrap_or(&none));
                lists(&mut changes, old, new);
            }
            ("targets", Value::Array(old), Value::Array(new))
                if old.len().max(new.len()) > TARGETS_SHOWN =>
            {
                let [old, new] = [old.len(), new.len()].map(|len| format!("{len} targets").into());
                changes.push(FieldChange { field: field.clone(), old, new });
            }
            ("sha256", Value::String(old), Value::String(new)) => {
                let [old, new] =
                    [old, new].map(|hash| hash.chars().take(12).collect::<String>().into());
                changes.push(FieldChange { field: field.clone(), old, new });
            }
            (_, old, new) => changes.push(FieldChange {
                field: field.clone(),
                old: old.clone(),
                new: new.clone(),
            }),
        }
    }
    let secrets = [
        ("password", old.secret(), new.secret()),
        ("outbind_password", old.outbind_secret(), new.outbind_secret()),
    ];
    for (field, old, new) in secrets.into_iter().filter(|(_, old, new)| old != new) {
        let word = |secret: Option<&_>, word: &str| secret.map_or(Value::Null, |_| word.into());
        let (old, new) = (word(old, "(secret)"), word(new, "(another secret)"));
        changes.push(FieldChange { field: field.to_owned(), old, new });
    }
    changes
}

/// The prices that differ, each under the name of its list.
fn prices(changes: &mut Vec<FieldChange>, list: &str, old: &Prices, new: &Prices) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differ = |key: &&&String| old.get(**key) != new.get(**key);
    let count = keys.iter().filter(differ).count();
    if count > PRICES_SHOWN {
        let [old, new] = [old, new].map(|prices| format!("{} prices", prices.len()));
        let new = format!("{new}, {count} others");
        changes.push(FieldChange {
            field: format!("{list}prices"),
            old: old.into(),
            new: new.into(),
        });
        return;
    }
    changes.extend(keys.into_iter().filter_map(|key| {
        let [old, new] = [old, new].map(|prices| prices.get(key).cloned().unwrap_or_default());
        (old != new).then(|| FieldChange { field: format!("{list}price {key}"), old, new })
    }));
}

/// The price lists that differ, price by price.
fn lists(changes: &mut Vec<FieldChange>, old: &Prices, new: &Prices) {
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for from in all {
        let [was, is] = [old, new].map(|lists| lists.get(from));
        let field = |list: Option<&Value>, name: &str| {
            list.and_then(|list| list.get(name)).cloned().unwrap_or_default()
        };
        let name = format!("from {from} ");
        if was.is_none() || is.is_none() {
            let word = |list: Option<&Value>| match list {
                None => Value::Null,
                Some(list) => match field(Some(list), "prices").as_object().map_or(0, Map::len) {
                    1 => "1 price".into(),
                    count => format!("{count} prices").into(),
                },
            };
            let (old, new) = (word(was), word(is));
            changes.push(FieldChange { field: name.trim().to_owned(), old, new });
            continue;
        }
        let (old, new) = (field(was, "until"), field(is, "until"));
        if old != new {
            changes.push(FieldChange { field: format!("{name}until"), old, new });
        }
        if let (Value::Object(old), Value::Object(new)) =
            (field(was, "prices"), field(is, "prices"))
        {
            prices(changes, &name, &old, &new);
        }
    }
}

type Prices = Map<String, Value>;

fn words(key: &Key, sort: Sort, body: &Body, fields: &[FieldChange]) -> String {
    let sign = match sort {
        Sort::Added => '+',
        Sort::Changed => '~',
        Sort::Removed => '-',
    };
    let world = if key.kind == Kind::Environment { "" } else { &key.env };
    let detail = match sort {
        Sort::Added => gist(body),
        Sort::Removed => String::new(),
        Sort::Changed => {
            let one = |change: &FieldChange| {
                format!("{} {} -> {}", change.field, plain(&change.old), plain(&change.new))
            };
            fields.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    };
    let name = match (key.kind, body) {
        (Kind::Policy, Body::Policy(policy)) => {
            let ways: Vec<String> = policy.via.iter().map(ToString::to_string).collect();
            let shadow = if policy.terms.shadow { " (shadow)" } else { "" };
            format!("'{}' -> {}{shadow}", key.name, ways.join(","))
        }
        _ => key.name.clone(),
    };
    let mut line = format!("{sign} {} {name}", key.kind.word());
    for part in [world, detail.as_str()].into_iter().filter(|part| !part.is_empty()) {
        line.push_str("  ");
        line.push_str(part);
    }
    line
}

/// What makes an object what it is, in a few words.
pub fn gist(body: &Body) -> String {
    match body {
        Body::Environment(environment) => {
            let list = |addresses: &[std::net::SocketAddr]| {
                addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
            };
            let (smpp, sip) = (list(&environment.smpp), list(&environment.sip));
            format!("domain {} smpp {smpp} sip {sip}", environment.domain)
        }
        Body::Tariff(tariff) => {
            let prices = |count: usize| match count {
                1 => "1 price".to_owned(),
                count => format!("{count} prices"),
            };
            let later = tariff.lists.iter();
            let later =
                later.map(|(from, list)| format!(", {} from {from}", prices(list.prices.len())));
            let later: String = later.collect();
            format!("{} {}{later}", tariff.currency, prices(tariff.prices.len()))
        }
        Body::Carrier(carrier) => {
            let tariff = carrier.tariff.as_deref().unwrap_or("(free of charge)");
            format!(
                "system_id {} tariff {tariff} window {} tps {}{}",
                carrier.system_id,
                carrier.window,
                carrier.tps,
                settings(body)
            )
        }
        Body::Connection(connection) if connection.trunk.is_used() => {
            let places: Vec<_> = connection.trunk.sip.iter().map(ToString::to_string).collect();
            let state = if connection.enabled { "" } else { " disabled" };
            format!("{}{state}{}", places.join(" "), settings(body))
        }
        Body::Connection(connection) => format!(
            "{} as {} ({}){}{}",
            connection.remote,
            connection.system_id,
            connection.bind,
            if connection.enabled { "" } else { " disabled" },
            settings(body)
        ),
        Body::Product(product) => {
            let messaging = if product.messaging { "" } else { "messaging off" };
            format!("{messaging}{}", limit(" numbers", product.numbers_max)).trim().to_owned()
        }
        Body::Customer(customer) => {
            let (accounts, numbers) = (customer.accounts_max, customer.numbers_max);
            let product = customer.product.iter().map(|name| format!(" product {name}"));
            let product: String = product.collect();
            let limits = limit(" accounts", accounts) + &limit(" numbers", numbers);
            format!("{}{product}{limits}", customer.contact)
        }
        Body::Range(range) => format!("rest {} days", range.rest_days),
        Body::List(list) => format!("{} entries", list.entries.len()),
        Body::Policy(policy) => format!("priority {}", policy.priority),
        Body::Table(table) => format!(
            "{} rows to {}, priority {}{}",
            table.content.rows,
            targets(&table.content.targets),
            table.priority,
            settings(body)
        ),
        Body::Account(account) => {
            let messaging = if account.messaging { "" } else { " messaging off" };
            format!("numbers {}{messaging}{}", account.numbers.join(","), settings(body))
        }
    }
}

/// A limit, if there is one.
fn limit(what: &str, max: u32) -> String {
    if max == 0 { String::new() } else { format!("{what} up to {max}") }
}

/// Where the rows of a table lead; many are only counted.
fn targets(targets: &[Destination]) -> String {
    match targets.len() {
        0..=TARGETS_SHOWN => {
            let each: Vec<String> =
                targets.iter().map(|one| Destination::words(&one.via)).collect();
            each.join(",")
        }
        many => format!("{many} targets"),
    }
}

/// The settings that do not have their default, each in a word or two.
fn settings(body: &Body) -> String {
    let settings = body.settings();
    settings.iter().map(|(name, value)| format!(" {name} {}", plain(value))).collect()
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Object(fields) if fields.is_empty() => "(none)".to_owned(),
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| format!("{name}={}", plain(value));
            fields.iter().map(one).collect::<Vec<_>>().join(",")
        }
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        other => other.to_string(),
    }
}

/// More than these are counted; whoever imports a sheet is told what rises and what falls.
const PRICES_SHOWN: usize = 50;

/// A line that names more than these is read by nobody.
const TARGETS_SHOWN: usize = 8;

#[cfg(test)]
mod tests;
