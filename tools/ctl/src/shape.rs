//! What a file of `apply` may say: the schema that control's types make, within this command.

use std::process::ExitCode;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::trouble::Trouble;

const SCHEMA: &str = include_str!("../../../docs/apply.schema.json");

static SHAPE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(SCHEMA).expect("a test of control wrote it"));

/// `signalbox apply --schema`
pub(crate) fn print() -> Result<ExitCode, Trouble> {
    anstream::print!("{SCHEMA}");
    Ok(ExitCode::SUCCESS)
}

/// The nouns that a file may have.
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> + Clone {
    SHAPE["properties"].as_object().into_iter().flatten().map(|(kind, _)| kind.as_str())
}

/// The fields of a noun, each with its shape.
pub(crate) fn fields(kind: &str) -> Option<&'static Map<String, Value>> {
    SHAPE["properties"][kind]["additionalProperties"]["properties"].as_object()
}

/// The nearest of some names to one that does not exist, if one is near.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| (strsim::damerau_levenshtein(known, &name.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .min()
        .map(|(_, known)| known)
}

/// Says which word was meant, or which words there are.
pub(crate) fn cure<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, names.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    }
}
