//! The file of `signalbox apply`, as a JSON Schema (2020-12): what editors complete and check.
//!
//! It is made of the types that the store keeps, less what control makes itself (digests, ids)
//! and with what only a file says: passwords, and where they stand. `docs/apply.schema.json` is
//! this, and the command has it within.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::apply::{ListFields, TariffFields};
use crate::model::{
    Account, Carrier, Connection, Customer, Environment, Kind, Policy, Product, Range, Table,
};

/// The schema.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut nouns = Map::new();
    for kind in Kind::ALL {
        let mut noun = noun(kind, &mut generator);
        strict(&mut noun);
        refit(kind, &mut noun);
        nouns.insert(
            kind.word().to_owned(),
            json!({ "type": "object", "additionalProperties": noun }),
        );
    }
    nouns["environment"]["minProperties"] = 1.into();
    nouns["environment"]["maxProperties"] = 1.into();
    let mut kinds = Value::from(generator.take_definitions(true));
    strict(&mut kinds);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An environment of Signalbox",
        "description": "What `signalbox apply` takes and `signalbox export` writes, as TOML.",
        "type": "object",
        "properties": nouns,
        "required": ["environment"],
        "additionalProperties": false,
        "$defs": kinds,
    })
}

fn noun(kind: Kind, generator: &mut SchemaGenerator) -> Value {
    fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
        T::json_schema(generator).to_value()
    }
    match kind {
        Kind::Environment => of::<Environment>(generator),
        Kind::Tariff => of::<TariffFields>(generator),
        Kind::Product => of::<Product>(generator),
        Kind::Customer => of::<Customer>(generator),
        Kind::Range => of::<Range>(generator),
        Kind::Carrier => of::<Carrier>(generator),
        Kind::Connection => of::<Connection>(generator),
        Kind::List => of::<ListFields>(generator),
        Kind::Policy => of::<Policy>(generator),
        Kind::Table => of::<Table>(generator),
        Kind::Account => of::<Account>(generator),
    }
}

/// Makes of what is kept what may be said.
fn refit(kind: Kind, noun: &mut Value) {
    let Some(shape) = noun.as_object_mut() else { return };
    // What a file does not name stays as it is.
    shape.remove("required");
    shape.remove("default");
    shape.insert("additionalProperties".to_owned(), false.into());
    let Some(fields) = shape.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let made: &[&str] = match kind {
        Kind::Account => &["realm", "ha1_md5", "ha1_sha256"],
        Kind::Table => &["rows", "targets", "pattern"],
        Kind::Tariff => &["drop_prices", "drop_fees", "from", "until", "drop_lists", "drop_tiers"],
        Kind::List => &["add", "drop"],
        Kind::Environment
        | Kind::Product
        | Kind::Customer
        | Kind::Range
        | Kind::Carrier
        | Kind::Connection
        | Kind::Policy => &[],
    };
    made.iter().for_each(|name| drop(fields.remove(*name)));
    if matches!(kind, Kind::Account | Kind::Carrier | Kind::Connection) {
        fields.insert("password".to_owned(), text("Its password; better: password_file."));
        let file = text("The file whose first line is the password, from the folder of this one.");
        fields.insert("password_file".to_owned(), file);
    }
    if matches!(kind, Kind::Carrier | Kind::Connection) {
        fields.insert("outbind_password".to_owned(), text("The password of its outbind."));
    }
    if kind == Kind::Table {
        fields.insert("file".to_owned(), text("The rows: a file, from the folder of this one."));
    }
}

fn text(what: &str) -> Value {
    json!({ "type": "string", "description": what })
}

/// Takes `null` out: TOML has none, and what is left out has its default.
fn strict(shape: &mut Value) {
    match shape {
        Value::Object(fields) => {
            if let Some(several) = fields.get_mut("type").and_then(Value::as_array_mut) {
                several.retain(|one| *one != "null");
                if let [one] = several.as_slice() {
                    let one = one.clone();
                    fields.insert("type".to_owned(), one);
                }
            }
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            if let Some(Value::Array(mut several)) = fields.remove("anyOf") {
                several.retain(|one| one["type"] != "null");
                match several.as_mut_slice() {
                    [Value::Object(one)] => fields.extend(std::mem::take(one)),
                    _ => drop(fields.insert("anyOf".to_owned(), several.into())),
                }
            }
            fields.values_mut().for_each(strict);
        }
        Value::Array(several) => several.iter_mut().for_each(strict),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
