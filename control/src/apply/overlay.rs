//! A wish laid over what is known.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::fault::{Fault, Outcome, nearest};

/// The fields of a request or of a noun.
pub(super) type Fields = Map<String, Value>;

/// What is known with a wish on top: what the wish does not name stays as it is, and a setting
/// that it says is `null` has its default again.
pub(super) fn overlay<T>(known: &T, wish: &Fields) -> Outcome<T>
where
    T: Serialize + DeserializeOwned,
{
    let known = fields(known)?;
    let mut whole = known.clone();
    wish.iter().for_each(|one| lay(&mut whole, one));
    serde_json::from_value(Value::Object(whole)).map_err(|error| {
        // The error does not say which field it is about; laid over one by one, they tell.
        for (name, value) in wish {
            let mut one = known.clone();
            lay(&mut one, (name, value));
            if let Err(error) = serde_json::from_value::<T>(Value::Object(one)) {
                return blame(&known, name, &error);
            }
        }
        Fault::invalid(error.to_string())
    })
}

/// The fields of a noun.
pub(super) fn fields(noun: &impl Serialize) -> Outcome<Fields> {
    match serde_json::to_value(noun)? {
        Value::Object(fields) => Ok(fields),
        _ => unreachable!("every noun is a struct"),
    }
}

fn lay(fields: &mut Fields, (name, value): (&String, &Value)) {
    if value.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.clone(), value.clone());
    }
}

fn blame(known: &Fields, name: &str, error: &serde_json::Error) -> Fault {
    if known.contains_key(name) {
        return Fault::invalid(format!("{name}: {error}")).field(name);
    }
    foreign(name, known.keys().map(String::as_str))
}

/// The fault of a field alone, as serde words it.
pub(super) fn blamed(name: &str, error: &serde_json::Error) -> Fault {
    let words = error.to_string();
    if !words.starts_with("unknown field") {
        return Fault::invalid(format!("{name}: {error}")).field(name);
    }
    // "unknown field `domian`, expected one of `domain`, `smpp`"
    foreign(name, words.split('`').skip(3).step_by(2))
}

/// The fault of naming a field that does not exist.
pub(super) fn foreign<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Fault {
    let fault = Fault::invalid(format!("there is no field '{name}'")).field(name);
    match nearest(name, known.clone()) {
        Some(near) => fault.cure(format!("did you mean {near}?")),
        None => fault.cure(format!("there are {}", known.collect::<Vec<_>>().join(", "))),
    }
}
