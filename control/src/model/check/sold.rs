//! What customers and products limit, and which numbers the inventory leaves to whom.

use std::collections::HashMap;

use super::Troubles;
use crate::model::{Account, Key, Model, Numbers};

/// The name of a range is what it is.
pub(super) fn range(troubles: &mut Troubles, key: &Key) {
    if let Err(error) = Numbers::parse(&key.name) {
        troubles.say(format!("range {}: {error}", key.name));
    }
}

/// No number is of two ranges.
pub(super) fn ranges(troubles: &mut Troubles, model: &Model, key: &Key) {
    let Ok(own) = Numbers::parse(&key.name) else { return };
    let others = model.inventory(&key.env).filter(|(name, ..)| *name != key.name);
    for (other, ..) in others.filter(|(_, numbers, _)| numbers.meets(&own)) {
        troubles.say(format!("{key} and range {other} share numbers"));
    }
}

/// Where there is an inventory, numbers that begin as it does are of it; and no account has more
/// of them than it was sold.
pub(super) fn account(troubles: &mut Troubles, model: &Model, key: &Key, account: &Account) {
    for number in &account.numbers {
        let mut begins = model.inventory(&key.env).filter(|(_, range, _)| range.begins(number));
        let Some((name, ..)) = begins.next() else { continue };
        if model.range_of(&key.env, number).is_none() {
            troubles.say(format!("{key}: number {number} begins as range {name} and is not of it"));
        }
    }
    let most = model.product_of(&key.env, account).map_or(0, |product| product.numbers_max);
    let has = account.numbers.len();
    troubles.demand(most == 0 || has <= most as usize, || {
        format!("{key}: its product allows {most} numbers, and it has {has}")
    });
}

/// No customer has more than was agreed.
pub(super) fn customers(troubles: &mut Troubles, model: &Model) {
    for (env, ..) in model.environments() {
        let limited = |max: (u32, u32)| max != (0, 0);
        let limits: HashMap<&str, (u32, u32)> = model
            .customers(env)
            .map(|(name, _, one)| (name, (one.accounts_max, one.numbers_max)))
            .filter(|(_, max)| limited(*max))
            .collect();
        if limits.is_empty() {
            continue;
        }
        let mut have = HashMap::<&str, (usize, usize)>::new();
        for (_, _, account) in model.accounts(env) {
            let Some(customer) = account.customer.as_deref() else { continue };
            if limits.contains_key(customer) {
                let has = have.entry(customer).or_default();
                *has = (has.0 + 1, has.1 + account.numbers.len());
            }
        }
        let mut names: Vec<&str> = have.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            let ((accounts, numbers), max) = (have[name], limits[name]);
            for (what, has, max) in [("accounts", accounts, max.0), ("numbers", numbers, max.1)] {
                troubles.demand(max == 0 || has <= max as usize, || {
                    format!("customer {name} of {env} may have {max} {what}, and has {has}")
                });
            }
        }
    }
}
