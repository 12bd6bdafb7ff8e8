//! Customers and products: who leans on them.

use crate::model::{Account, Key, Kind, Model};

/// What leans on a customer or on a product, in words; of many accounts some.
pub(super) fn leaning(model: &Model, key: &Key) -> Vec<String> {
    let name = Some(key.name.as_str());
    let is_product = key.kind == Kind::Product;
    let mut found = Vec::new();
    if is_product {
        let customers = model.customers(&key.env);
        let using = customers.filter(|(.., one)| one.product.as_deref() == name);
        found.extend(using.map(|(name, ..)| format!("customer {name}")));
    } else {
        let carriers = model.carriers(&key.env);
        let using = carriers.filter(|(.., one)| one.contract.customer.as_deref() == name);
        found.extend(using.map(|(name, ..)| format!("carrier {name}")));
    }
    let leans = |one: &Account| {
        let own = if is_product { &one.product } else { &one.customer };
        own.as_deref() == name
    };
    let mut using = model.accounts(&key.env).filter(|(.., one)| leans(one));
    found.extend(using.by_ref().take(SHOWN).map(|(name, ..)| format!("account {name}")));
    match using.count() {
        0 => {}
        more => found.push(format!("{more} accounts more")),
    }
    found
}

/// Accounts that are named; the others are counted.
const SHOWN: usize = 5;
