//! The numbers of the inventory, each free, assigned to an account, or resting since it was given
//! back.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::fault::{Fault, Outcome};
use crate::model::{Body, Key, Kind, Model, Range};
use crate::store::Store;

/// How it stands with a number.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// An account may have it.
    Free,
    /// An account has it.
    Assigned,
    /// An account had it, and no other may have it yet.
    Resting,
}

/// A number of the inventory.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct NumberRow {
    /// Its environment.
    pub env: String,
    /// Its digits.
    pub number: String,
    /// How it stands with it, once your draft is live.
    pub state: State,
    /// Who has it, or had it while it rests.
    pub account: Option<String>,
    /// Until when it rests, RFC 3339.
    pub until: Option<String>,
    /// The range that it is of.
    pub range: String,
}

/// Which numbers are asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In this environment.
    pub env: String,
    /// This one alone.
    pub number: Option<String>,
    /// Those of this range.
    pub range: Option<String>,
    /// Those in this state.
    pub state: Option<State>,
    /// Those after this one.
    pub after: Option<String>,
    /// How many at most.
    pub limit: usize,
}

/// Numbers by range, and the number to go on after if there may be more.
pub fn list(
    store: &Store,
    model: &Model,
    wanted: &Wanted,
    now_ns: u64,
) -> Outcome<(Vec<NumberRow>, Option<String>)> {
    let env = wanted.env.as_str();
    let longest = model.inventory(env).map(|(.., range)| rest_ns(range)).max().unwrap_or_default();
    let released = store.released_since(env, now_ns.saturating_sub(longest))?;
    let mut rows: Vec<NumberRow> = Vec::new();
    let mut begun = wanted.after.is_none();
    for (name, numbers, range) in model.inventory(env) {
        let here = wanted.after.as_deref().filter(|after| numbers.has(after));
        begun |= here.is_some();
        if !begun || wanted.range.as_deref().is_some_and(|range| range != name) {
            continue;
        }
        let one = wanted.number.clone().filter(|number| numbers.has(number));
        let numbers: Box<dyn Iterator<Item = String>> = match &wanted.number {
            Some(_) => Box::new(one.into_iter()),
            None => Box::new(numbers.after(here)),
        };
        for number in numbers {
            let holder = model.claimants(env, &number).next();
            let rest = released.get(&number).map(|one| (one, one.at_ns + rest_ns(range)));
            let rest = rest.filter(|(_, until_ns)| *until_ns > now_ns);
            let (state, account, until_ns) = match (holder, rest) {
                (Some(holder), _) => (State::Assigned, Some(holder.to_owned()), None),
                (None, Some((one, until_ns))) => {
                    (State::Resting, Some(one.holder.clone()), Some(until_ns))
                }
                (None, None) => (State::Free, None, None),
            };
            if wanted.state.is_some_and(|wanted| wanted != state) {
                continue;
            }
            rows.push(NumberRow {
                env: env.to_owned(),
                number,
                state,
                account,
                until: until_ns.map(|until_ns| clock::rfc3339(until_ns, 0)),
                range: name.to_owned(),
            });
            if rows.len() == wanted.limit {
                let last = rows.last().map(|row| row.number.clone());
                return Ok((rows, last));
            }
        }
    }
    Ok((rows, None))
}

/// Refuses changes that give a number to an account while it rests. Who had it may have it again.
pub fn rested<'a>(
    store: &Store,
    model: &Model,
    changes: impl Iterator<Item = (&'a Key, &'a Option<Arc<Body>>)>,
    now_ns: u64,
) -> Outcome<()> {
    for (key, body) in changes {
        let Some(Body::Account(account)) = body.as_deref() else { continue };
        if model.of(Kind::Range, &key.env).next().is_none() {
            continue;
        }
        let had = match store.live().get(key).map(|entry| &*entry.body) {
            Some(Body::Account(account)) => account.numbers.as_slice(),
            _ => &[],
        };
        for number in account.numbers.iter().filter(|number| !had.contains(number)) {
            let Some((_, range)) = model.range_of(&key.env, number) else { continue };
            let Some(released) = store.released(&key.env, number)? else { continue };
            let until_ns = released.at_ns + rest_ns(range);
            if until_ns > now_ns && released.holder != key.name {
                let (until, holder) = (clock::rfc3339(until_ns, 0), released.holder);
                let error = format!("{key}: number {number} of {holder} rests until {until}");
                let cure = "take another one: signalbox number list --state free";
                return Err(Fault::invalid(error).cure(cure));
            }
        }
    }
    Ok(())
}

fn rest_ns(range: &Range) -> u64 {
    u64::from(range.rest_days) * 86_400_000_000_000
}

#[cfg(test)]
mod tests;
